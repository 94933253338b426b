package checker

import (
	"slices"
	"time"
)

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
