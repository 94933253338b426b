package checker

import (
	"slices"
	"time"
)

// giving begins only while the decisions satisfy what is in force.
func (j *judge) giving() {
	for _, g := range j.grants {
		for _, e := range g.giving {
			if !slices.ContainsFunc(g.request.outcomes, func(o Entry) bool { return o.Action == "approved" && o.Seq < e.Seq }) {
				j.fail("entry %d: G%d is given without an approval", e.Seq, g.id)
			}
			if !slices.ContainsFunc(j.inForce(e), func(hash string) bool {
				f, ok := j.covering(hash, g.thing)
				return ok && !f.Deny && j.satisfied(f, g.request, e.Seq)
			}) {
				j.fail("entry %d: G%d is given, but the flow in force would not let it", e.Seq, g.id)
			}
			if off := j.off(e.Seq); off.Abs() > clocksPart && j.heard(e) {
				j.fail("entry %d: G%d is given while the clock is off by %s", e.Seq, g.id, off)
			}
			if !j.was("active", g.who, e.At.Add(-factsLast), e.At) {
				j.fail("entry %d: G%d is given to %s, who is not active", e.Seq, g.id, g.who)
			}
		}
	}
}

// heard reports whether the target had said what time it is for a while before an entry, to a Hallpass whose clock is wrong.
func (j *judge) heard(e Entry) bool {
	from := e.At.Add(-time.Minute)
	for _, c := range j.s.Clocks {
		if e.Seq > c.After && c.Since.After(from) {
			return false
		}
	}
	return j.well(from, e.At, "okta", "hallpass")
}

// leans reports whether a grant held access up when so many entries were committed.
func (g *grant) leans(head int64) bool {
	return len(g.giving) > 0 && g.giving[0].Seq <= head && !before(g.ending, head) && !before(g.over, head)
}

// firstOf reports whether a grant was the first that leaned on its holding.
func (j *judge) firstOf(g *grant) bool {
	for _, o := range j.grants {
		if o.holding == g.holding && o.id != g.id && len(o.giving) > 0 && o.giving[0].Seq < g.giving[0].Seq {
			return false
		}
	}
	return true
}

func before(e *Entry, head int64) bool { return e != nil && e.Seq <= head }
