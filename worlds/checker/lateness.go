package checker

import (
	"slices"
	"time"
)

// off is how wrong the clock was by which an entry was written.
func (j *judge) off(seq int64) (off time.Duration) {
	for _, c := range j.s.Clocks {
		if seq > c.After {
			off = c.Off
		}
	}
	return off
}

// setRight has every entry say when it was really written.
func (j *judge) setRight() {
	for i := range j.log {
		j.log[i].At = j.log[i].At.Add(-j.off(j.log[i].Seq))
	}
}

// offBetween reports whether the clock was wrong at some moment of a time.
func (j *judge) offBetween(from, to time.Time) bool {
	for i, c := range j.s.Clocks {
		until := j.s.Ended
		if i+1 < len(j.s.Clocks) {
			until = j.s.Clocks[i+1].Since
		}
		if c.Off != 0 && c.Since.Before(to) && until.After(from) {
			return true
		}
	}
	return false
}

// well reports whether nothing was wrong with these systems in a time.
func (j *judge) well(from, to time.Time, systems ...string) bool {
	return !slices.ContainsFunc(j.s.Troubles, func(t Trouble) bool {
		return slices.Contains(systems, t.System) && t.From.Before(to) && t.To.After(from)
	})
}

// wellFor is the first moment at which these systems had been well for so long since a time.
func (j *judge) wellFor(since time.Time, span time.Duration, systems ...string) time.Time {
	for moved := true; moved; {
		moved = false
		for _, t := range j.s.Troubles {
			if slices.Contains(systems, t.System) && t.From.Before(since.Add(span)) && t.To.After(since) {
				since, moved = t.To, true
			}
		}
	}
	return since.Add(span)
}
