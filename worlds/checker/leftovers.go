package checker

import (
	"slices"
	"strings"
)

// atTheEnd everything has come to its end, and nobody had forgotten anything.
func (j *judge) atTheEnd() {
	for _, g := range j.grants {
		if g.over == nil && !j.stuck(g) {
			j.fail("G%d never came to its end", g.id)
		}
	}
	for i, c := range j.s.Changes {
		later := slices.ContainsFunc(j.s.Changes[i+1:], func(x Change) bool { return x.Who == c.Who && x.Thing == c.Thing })
		if c.Ours && c.Added && !later && !slices.ContainsFunc(j.on(c.Who, c.Thing), func(g *grant) bool { return g.over == nil || g.kept != nil }) {
			j.fail("%s is still in %s at the end, by the hand of Hallpass at %s", c.Who, c.Thing, clock(c.At))
		}
	}
	for _, r := range j.requests {
		approved := len(r.outcomes) > 0 && r.outcomes[len(r.outcomes)-1].Action == "approved"
		if approved && !r.extends && !slices.ContainsFunc(r.all, func(e Entry) bool { return e.Grant != 0 }) {
			j.fail("R%d was approved and never given", r.id)
		}
	}
	for _, e := range j.log {
		if a := e.Data["alarm"]; e.Action == "alarm" && (strings.HasPrefix(a, "sweep/") || strings.HasPrefix(a, "panic/")) {
			j.fail("entry %d: %s", e.Seq, e.Text)
		}
	}
	for _, x := range j.s.Swept {
		j.fail("the sweep found %s", x)
	}
	for _, x := range j.s.Left {
		j.fail("left to do: %s", x)
	}
	for _, x := range j.s.Problems {
		j.fail("Slack noticed: %s", x)
	}
}

// stuck reports whether a second writer keeps a grant's access up, which waits for people.
func (j *judge) stuck(g *grant) bool { return j.putBack(g) }
