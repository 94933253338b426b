package checker

import (
	"slices"
	"time"
)

func (j *judge) person(id string) Person {
	for _, p := range j.s.People {
		if p.ID == id {
			return p
		}
	}
	return Person{}
}

func (j *judge) human(id string) string {
	if p := j.person(id); p.Human != "" {
		return p.Human
	}
	return id
}

// was reports whether somebody was something at some moment of a time.
func (j *judge) was(what, who string, from, to time.Time) bool {
	return slices.ContainsFunc(j.s.Facts, func(f Fact) bool {
		return f.What == what && f.Who == who && !f.From.After(to) && (f.To.IsZero() || !f.To.Before(from))
	})
}

// is reports whether somebody was something at a moment.
func (j *judge) is(what, who string, at time.Time) bool {
	return slices.ContainsFunc(j.s.Facts, func(f Fact) bool {
		return f.What == what && f.Who == who && !f.From.After(at) && (f.To.IsZero() || f.To.After(at))
	})
}

// what are the people of a need, for an asker.
func what(from, asker string) string {
	if from == "manager" {
		return "manager/" + asker
	}
	return from
}

// entitled reports whether somebody was among a need's people, as a fact of the last minute has it.
func (j *judge) entitled(who string, n Need, asker string, at time.Time) bool {
	from := at.Add(-factsLast)
	return j.was(what(n.From, asker), who, from, at) && j.was("active", who, from, at)
}
