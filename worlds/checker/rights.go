package checker

import (
	"slices"
	"time"
)

// right reports whether a decision of somebody counts for a need of a flow.
func (j *judge) right(e Entry, n Need, f Flow, r *request) bool {
	if j.entitled(e.Actor, n, r.asked.Actor, e.At) {
		return true
	}
	return f.Fallback != "" && j.entitled(e.Actor, Need{From: f.Fallback}, r.asked.Actor, e.At) && j.empty(n, r, e)
}

// satisfied reports whether a flow is, by decisions that were made before an entry: every need by different humans.
func (j *judge) satisfied(f Flow, r *request, before int64) bool {
	if f.Automatic {
		return true
	}
	var needs []Need
	for _, step := range f.Steps {
		for _, n := range step {
			for range n.Count {
				needs = append(needs, n)
			}
		}
	}
	var made []Entry
	for _, e := range r.agreed {
		if e.Seq < before && j.human(e.Actor) != j.human(r.asked.Actor) {
			made = append(made, e)
		}
	}
	used := map[string]bool{}
	var match func(i int) bool
	match = func(i int) bool {
		if i == len(needs) {
			return true
		}
		for _, e := range made {
			if h := j.human(e.Actor); !used[h] && j.right(e, needs[i], f, r) {
				used[h] = true
				if match(i + 1) {
					return true
				}
				used[h] = false
			}
		}
		return false
	}
	return len(needs) > 0 && match(0)
}

// empty reports whether at some moment of the minute before an entry nobody was there for a need who could still decide.
func (j *judge) empty(n Need, r *request, e Entry) bool {
	at := e.At
	from := at.Add(-factsLast)
	moments := []time.Time{at, at.Add(time.Millisecond)}
	for _, f := range j.s.Facts {
		for _, m := range []time.Time{f.From, f.To} {
			if !m.Before(from) && !m.After(at) {
				moments = append(moments, m, m.Add(-time.Millisecond))
			}
		}
	}
	moments = append(moments, from)
	for _, m := range moments {
		if !slices.ContainsFunc(j.s.People, func(p Person) bool {
			return j.is(what(n.From, r.asked.Actor), p.ID, m) && j.is("active", p.ID, m) && j.human(p.ID) != j.human(r.asked.Actor) && !j.decided(r, p.ID, e.Seq)
		}) {
			return true
		}
	}
	return false
}

func (j *judge) decided(r *request, who string, before int64) bool {
	return slices.ContainsFunc(r.agreed, func(e Entry) bool { return j.human(e.Actor) == j.human(who) && e.Seq < before })
}
