package checker

import (
	"slices"
	"strings"
	"time"
)

// request is what the log tells of one request.
type request struct {
	id       int64
	asked    Entry
	thing    string
	extends  bool
	agreed   []Entry
	outcomes []Entry
	all      []Entry
}

// grant is what the log tells of one grant.
type grant struct {
	id, holding int64
	who, thing  string
	request     *request
	giving      []Entry
	given       *Entry
	ends        time.Time // as planned at last
	planned     time.Time // when that was said
	warned      []Entry
	ending      *Entry
	over        *Entry // taken back, released, not given
	kept        *Entry
}

// sort reads the log into requests and grants.
func (j *judge) sort() {
	for _, e := range j.log {
		if e.Action == "policy loaded" {
			j.policies = append(j.policies, e)
		}
		if e.Request == 0 {
			continue
		}
		r := j.requests[e.Request]
		if r == nil {
			r = &request{id: e.Request}
			j.requests[e.Request] = r
		}
		r.all = append(r.all, e)
		switch e.Action {
		case "asked":
			r.asked, r.extends = e, e.Data["extends"] != ""
			thing, _, _ := strings.Cut(e.Data["entitlement"], "#")
			r.thing = thing[strings.LastIndexByte(thing, '/')+1:]
		case "agreed":
			r.agreed = append(r.agreed, e)
		case "denied", "approved", "canceled", "lapsed", "asked again":
			r.outcomes = append(r.outcomes, e)
		}
		if e.Grant != 0 && !(e.Action == "asked") {
			j.sortGrant(r, e)
		}
	}
}

func (j *judge) sortGrant(r *request, e Entry) {
	g := j.grants[e.Grant]
	if g == nil {
		g = &grant{id: e.Grant, who: r.asked.Actor, thing: r.thing, request: r}
		j.grants[e.Grant] = g
	}
	if e.Holding != 0 {
		g.holding = e.Holding
	}
	switch e.Action {
	case "giving":
		g.giving = append(g.giving, e)
	case "given":
		g.given = &e
		g.ends = j.end(e, "ends")
		g.planned = e.At
	case "extended":
		g.ends = j.end(e, "until")
		g.planned = e.At
	case "warned":
		g.warned = append(g.warned, e)
	case "ending":
		g.ending = &e
	case "taken back", "released", "not given":
		if g.over != nil && g.over.Action != e.Action {
			j.fail("G%d is over twice: entries %d and %d", g.id, g.over.Seq, e.Seq)
		}
		g.over = &e
	case "kept":
		g.kept = &e
	}
}

// end is when access is to end as an entry says. The clock that it is planned by may be set right before it comes: it is late only by both.
func (j *judge) end(e Entry, key string) time.Time {
	at, _ := time.Parse(time.RFC3339, e.Data[key])
	return at.Add(max(0, -j.off(e.Seq)))
}

// on are the grants of a person on a thing, in the order of their numbers.
func (j *judge) on(who, thing string) (out []*grant) {
	for _, g := range j.grants {
		if g.who == who && g.thing == thing {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *grant) int { return int(a.id - b.id) })
	return out
}
