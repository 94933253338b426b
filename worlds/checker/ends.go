package checker

import (
	"slices"
	"strings"
	"time"
)

// ends come on time: when planned, or a few minutes after target and Hallpass are well.
func (j *judge) ends() {
	for _, g := range j.grants {
		if g.given == nil {
			continue
		}
		if due := j.wellFor(g.ends, tickGrace, "hallpass"); !g.ends.IsZero() && due.Before(j.s.Ended) && (g.ending == nil || g.ending.At.After(due)) {
			j.fail("G%d was to end at %s and had not begun to by %s", g.id, clock(g.ends), clock(due))
		}
		if g.ending != nil {
			j.endOf(g)
		}
	}
}

func (j *judge) endOf(g *grant) {
	if g.kept != nil || g.over != nil && g.over.Action == "released" || j.putBack(g) {
		return
	}
	due := j.wellFor(g.ending.At, endWithin, "okta", "hallpass")
	if due.After(j.s.Ended) {
		return
	}
	for _, c := range j.s.Changes {
		if c.Who == g.who && c.Thing == g.thing && !c.Added && !c.At.Before(g.ending.At) && !c.At.After(due) {
			return
		}
	}
	if is, _ := j.has(g.who, g.thing, due); is && !j.leaning(g, due) {
		j.fail("G%d began to end at %s, and %s was still in %s at %s", g.id, clock(g.ending.At), g.who, g.thing, clock(due))
	}
}

// leaning reports whether another lease held the access up at a moment.
func (j *judge) leaning(g *grant, at time.Time) bool {
	return slices.ContainsFunc(j.on(g.who, g.thing), func(o *grant) bool {
		return o.id != g.id && len(o.giving) > 0 && !o.giving[0].At.After(at) && (o.ending == nil || o.ending.At.After(at))
	})
}

// putBack reports whether a second writer was noticed on a grant's holding.
func (j *judge) putBack(g *grant) bool {
	return slices.ContainsFunc(j.log, func(e Entry) bool {
		return e.Holding == g.holding && (e.Action == "put back by somebody else" || e.Action == "alarm" && strings.HasPrefix(e.Data["alarm"], "putback"))
	})
}

// has reports whether somebody was in a thing at a moment, and which change says so.
func (j *judge) has(who, thing string, at time.Time) (bool, Change) {
	var last Change
	for _, c := range j.s.Changes {
		if c.Who == who && c.Thing == thing && !c.At.After(at) {
			last = c
		}
	}
	return last.Added, last
}

// leavers lose what they have with the next sync.
func (j *judge) leavers() {
	for _, f := range j.s.Facts {
		if f.What != "active" || f.To.IsZero() {
			continue
		}
		due := j.wellFor(f.To, syncEvery+5*time.Minute, "okta", "hallpass")
		if due.After(j.s.Ended) || j.was("active", f.Who, f.To.Add(time.Millisecond), due) {
			continue
		}
		for _, g := range j.grants {
			if g.who == f.Who && g.given != nil && g.given.At.Before(f.To) && (g.ending == nil || g.ending.At.After(due)) {
				j.fail("%s was suspended at %s, and G%d had not begun to end by %s", f.Who, clock(f.To), g.id, clock(due))
			}
		}
	}
}
