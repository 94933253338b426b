package checker

import (
	"slices"
	"time"
)

// writes of Hallpass in the target each follow an entry that asks for them.
func (j *judge) writes() {
	for i, c := range j.s.Changes {
		if !c.Ours {
			continue
		}
		list := j.on(c.Who, c.Thing)
		if c.Added {
			if !slices.ContainsFunc(list, func(g *grant) bool {
				return len(g.giving) > 0 && g.giving[0].Seq <= c.Head && !before(g.over, c.Head)
			}) {
				j.fail("%s: %s was put into %s before any entry asked for it", clock(c.At), c.Who, c.Thing)
			}
			continue
		}
		if slices.ContainsFunc(list, func(g *grant) bool { return g.leans(c.Head) }) {
			j.fail("%s: %s was taken out of %s while a lease still leaned on it", clock(c.At), c.Who, c.Thing)
		}
		if !slices.ContainsFunc(list, func(g *grant) bool { return before(g.ending, c.Head) || before(g.over, c.Head) }) {
			j.fail("%s: %s was taken out of %s before any entry asked for it", clock(c.At), c.Who, c.Thing)
		}
		j.thereBefore(i, list)
	}
}

// thereBefore: what was there before the request, and was seen, is never taken away.
func (j *judge) thereBefore(i int, list []*grant) {
	c := j.s.Changes[i]
	for k := i - 1; k >= 0; k-- {
		b := j.s.Changes[k]
		if b.Who != c.Who || b.Thing != c.Thing {
			continue
		}
		if b.Ours || !b.Added {
			return
		}
		for _, g := range list {
			seen := b.At.Equal(j.s.Begun) || j.well(b.At, g.request.asked.At, "okta", "hallpass") && g.request.asked.At.Sub(b.At) > syncEvery+2*time.Minute
			if b.At.Before(g.request.asked.At) && seen && len(g.giving) > 0 && g.giving[0].Seq <= c.Head && j.firstOf(g) {
				j.fail("%s: %s was taken out of %s, who was there before R%d was asked", clock(c.At), c.Who, c.Thing, g.request.id)
			}
		}
		return
	}
}
