package checker

import (
	"slices"
	"time"
)

// proofs: what is said to be taken back is gone, and was read absent twice.
func (j *judge) proofs() {
	for _, g := range j.grants {
		if g.over == nil || g.over.Action != "taken back" || g.ending == nil || g.kept != nil {
			continue
		}
		if is, by := j.has(g.who, g.thing, g.over.At); is && by.At.Before(g.over.At.Add(-j.s.Lag-time.Second)) {
			j.fail("entry %d: G%d is said to be taken back, but %s is in %s since %s", g.over.Seq, g.id, g.who, g.thing, clock(by.At))
		}
		var absent []time.Time
		for _, r := range j.s.Reads {
			if r.Who == g.who && !slices.Contains(r.Has, g.thing) && !r.At.Before(g.ending.At) && !r.At.After(g.over.At.Add(time.Millisecond)) { // the log cuts to milliseconds
				absent = append(absent, r.At)
			}
		}
		if n := len(absent); n < 2 || absent[n-1].Sub(absent[0]) < proofGap {
			j.fail("entry %d: G%d is said to be taken back, but was not read absent twice (%d reads)", g.over.Seq, g.id, n)
		}
	}
}
