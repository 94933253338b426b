package checker

import (
	"slices"
	"strings"
)

// deciding: nobody decides their own request, nor without a right, nor twice.
func (j *judge) deciding() {
	for _, e := range j.log {
		r := j.requests[e.Request]
		switch e.Action {
		case "asked":
			j.mayActAtAll(e)
			j.mayAsk(e, r)
		case "agreed", "denied":
			j.mayActAtAll(e)
			j.mayDecide(e, r)
		}
	}
	for _, r := range j.requests {
		j.noneAgreedTwice(r)
	}
}

func (j *judge) mayActAtAll(e Entry) {
	if p := j.person(e.Actor); !p.Allowed || !strings.Contains(e.Via, p.Account) {
		j.fail("entry %d: %s %s through %s, who may not use this at all", e.Seq, e.Actor, e.Action, e.Via)
	}
	if !j.was("active", e.Actor, e.At.Add(-factsLast), e.At) {
		j.fail("entry %d: %s %s, who is not active", e.Seq, e.Actor, e.Action)
	}
}

func (j *judge) mayAsk(e Entry, r *request) {
	if f, ok := j.flow(e.Data["hash"]); !ok || f.Deny || f.Who != "" && !j.was(f.Who, e.Actor, e.At.Add(-factsLast), e.At) {
		j.fail("entry %d: %s asked for %s by the flow %s, which does not cover them", e.Seq, e.Actor, r.thing, e.Data["flow"])
	}
}

func (j *judge) mayDecide(e Entry, r *request) {
	if j.human(e.Actor) == j.human(r.asked.Actor) {
		j.fail("entry %d: %s %s to their own request R%d", e.Seq, e.Actor, e.Action, r.id)
	}
	if !j.hasRight(e, r) {
		j.fail("entry %d: %s %s to R%d without any right", e.Seq, e.Actor, e.Action, r.id)
	}
}

// noneAgreedTwice, unless it was asked again or the flows have changed in between.
func (j *judge) noneAgreedTwice(r *request) {
	for i, e := range r.agreed {
		for _, o := range r.agreed[:i] {
			again := slices.ContainsFunc(r.outcomes, func(x Entry) bool { return x.Action == "asked again" && x.Seq > o.Seq && x.Seq < e.Seq })
			if j.human(o.Actor) == j.human(e.Actor) && !again && !j.flowChanged(o.Seq, e.Seq) {
				j.fail("entry %d: %s agreed to R%d twice", e.Seq, e.Actor, r.id)
			}
		}
	}
}

// hasRight reports whether somebody was among the people of any need.
func (j *judge) hasRight(e Entry, r *request) bool {
	for _, f := range j.flowsFor(r, e) {
		for _, step := range f.Steps {
			for _, n := range step {
				if j.right(e, n, f, r) {
					return true
				}
			}
		}
		if f.Automatic && j.entitled(e.Actor, Need{From: "security"}, r.asked.Actor, e.At) {
			return true // past its total, the fallback decides
		}
	}
	return false
}

// outcomes: one request has one, unless it was asked again.
func (j *judge) outcomes() {
	for _, r := range j.requests {
		decided := ""
		for _, e := range r.outcomes {
			switch {
			case e.Action == "asked again":
				decided = ""
			case decided != "":
				j.fail("entry %d: R%d is %s after it was %s", e.Seq, r.id, e.Action, decided)
			default:
				decided = e.Action
			}
		}
		for _, e := range r.agreed {
			if i := slices.IndexFunc(r.outcomes, func(o Entry) bool { return o.Seq > e.Seq }); i < 0 && decided != "" && r.outcomes[len(r.outcomes)-1].Action != "asked again" {
				j.fail("entry %d: %s agreed to R%d after it was %s", e.Seq, e.Actor, r.id, decided)
			}
		}
		if decided == "" {
			j.fail("R%d never came to an outcome", r.id)
		}
	}
}

// approvals satisfy the flow as asked and the flow as it is.
func (j *judge) approvals() {
	for _, r := range j.requests {
		for _, e := range r.outcomes {
			if e.Action != "approved" {
				continue
			}
			asked, known := j.flow(r.asked.Data["hash"])
			if !known || !j.satisfied(asked, r, e.Seq) {
				j.fail("entry %d: R%d is approved, but not by the flow as it was when asked", e.Seq, r.id)
			}
			if now, covered := j.covering(e.Data["policy"], r.thing); !covered || now.Deny || !j.satisfied(now, r, e.Seq) {
				j.fail("entry %d: R%d is approved, but not by the flow as it is", e.Seq, r.id)
			}
		}
	}
}

// fallbacks are asked only where surely nobody was there.
func (j *judge) fallbacks() {
	for _, e := range j.log {
		r := j.requests[e.Request]
		if e.Action != "fallback asked" {
			continue
		}
		if !slices.ContainsFunc(j.flowsFor(r, e), func(f Flow) bool {
			return f.Automatic || slices.ContainsFunc(f.Steps, func(step []Need) bool {
				return slices.ContainsFunc(step, func(n Need) bool { return j.empty(n, r, e) })
			})
		}) {
			j.fail("entry %d: the fallback was asked for R%d, but somebody was there for each need", e.Seq, r.id)
		}
	}
}
