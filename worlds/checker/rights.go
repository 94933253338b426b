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
	var made []Entry
	for _, e := range r.agreed {
		if e.Seq < before && j.human(e.Actor) != j.human(r.asked.Actor) {
			made = append(made, e)
		}
	}
	needs := f.needs()
	return len(needs) > 0 && j.met(needs, made, map[string]bool{}, f, r)
}

// needs are all needs of all steps, one for each who must agree.
func (f Flow) needs() (list []Need) {
	for _, step := range f.Steps {
		for _, n := range step {
			for range n.Count {
				list = append(list, n)
			}
		}
	}
	return list
}

// met tries every way to give each need a decision by somebody who is not used yet.
func (j *judge) met(needs []Need, made []Entry, used map[string]bool, f Flow, r *request) bool {
	if len(needs) == 0 {
		return true
	}
	for _, e := range made {
		h := j.human(e.Actor)
		if used[h] || !j.right(e, needs[0], f, r) {
			continue
		}
		used[h] = true
		if j.met(needs[1:], made, used, f, r) {
			return true
		}
		used[h] = false
	}
	return false
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
