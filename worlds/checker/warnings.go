package checker

import (
	"slices"
	"time"
)

// warnings come before planned ends that leave time for one.
func (j *judge) warnings() {
	for _, g := range j.grants {
		f, ok := j.flow(g.request.asked.Data["hash"])
		if g.given == nil || !ok || g.ends.IsZero() {
			continue
		}
		at := g.ends.Add(-f.Warn)
		if !at.After(g.planned.Add(time.Minute)) || g.ending != nil && g.ending.At.Before(at.Add(tickGrace)) {
			continue
		}
		if !j.offBetween(g.planned, g.ends) && j.well(at, at.Add(tickGrace), "hallpass") && !slices.ContainsFunc(g.warned, func(e Entry) bool { return !e.At.Before(at.Add(-time.Minute)) && e.At.Before(g.ends) }) {
			j.fail("G%d ended at %s and nobody was warned at %s", g.id, clock(g.ends), clock(at))
		}
	}
}
