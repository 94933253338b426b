package flows

import (
	"slices"
	"time"
)

// Each of these says whether the second surely is at least as strict as the first. Of every part of a flow, what is not compared by name
// must stay as it is, so that a part added to the language later counts as widening until somebody has thought about it.

// termsNarrow compares what a flow says besides whom and what it covers.
func termsNarrow(o, n FlowSpec) bool {
	onCall := slices.ContainsFunc(o.Who.Any, Selector.isShift) // about whoever has just come on a shift humans decide even what is automatic
	if !whyNarrows(o.Why, n.Why) || !same(otherTerms(o), otherTerms(n)) || !waysNarrow(o.HowLong, n.HowLong, o.Approval, n.Approval, onCall) {
		return false
	}
	if len(o.ForGroups) > 0 && len(o.ForGroups) != len(n.ForGroups) {
		return false
	}
	for i, x := range n.ForGroups {
		was := Override{Group: x.Group}
		if len(o.ForGroups) > 0 {
			was = o.ForGroups[i]
		}
		oh, oa := was.over(o)
		nh, na := x.over(n)
		if was.Group != x.Group || !waysNarrow(oh, nh, oa, na, onCall) {
			return false
		}
	}
	return true
}

// over is what holds for the group of an override.
func (x Override) over(s FlowSpec) (HowLong, Approval) {
	h, a := s.HowLong, s.Approval
	if x.HowLong != nil {
		h = *x.HowLong
	}
	if x.Approval != nil {
		a = *x.Approval
	}
	return h, a
}

// otherTerms is what termsNarrow does not know, without what lets nobody have more: its name, warnings and tickets.
func otherTerms(s FlowSpec) FlowSpec {
	s.Name, s.Warn, s.Tickets, s.Deny = "", 0, TicketRule{}, false
	s.Who, s.What, s.HowLong, s.Why, s.Approval, s.ForGroups = Who{}, nil, HowLong{}, Why{}, Approval{}, nil
	return s
}

func waysNarrow(oh, nh HowLong, oa, na Approval, onCall bool) bool {
	return howLongNarrows(oh, nh) && approvalNarrows(oa, na, oh.InTotal.Max > 0 || oh.Indefinite || onCall)
}

func howLongNarrows(o, n HowLong) bool {
	total := o.InTotal.Max == 0 || (n.InTotal.Max > 0 && n.InTotal.Max <= o.InTotal.Max && n.InTotal.Per >= o.InTotal.Per)
	extend := n.Extend.Times == 0 || (n.Extend.Times <= o.Extend.Times && n.Extend.By <= o.Extend.By)
	endless := o.Indefinite || !n.Indefinite
	return total && extend && endless && n.Max <= o.Max && n.longest() <= o.longest() && same(otherTimes(o), otherTimes(n))
}

func otherTimes(h HowLong) HowLong {
	h.Choices, h.Default, h.Max, h.Custom, h.Indefinite, h.Extend, h.InTotal = nil, 0, 0, false, false, Extend{}, Total{}
	return h
}

// longest is the longest time that can be asked for with an end; zero when none can.
func (h HowLong) longest() time.Duration {
	if h.Custom {
		return h.Max
	}
	return slices.Max(append(slices.Clone(h.Choices), h.Default))
}

func whyNarrows(o, n Why) bool {
	asks := (n.Required || !o.Required) && n.AtLeast >= o.AtLeast && (o.Pattern == "" || o.Pattern == n.Pattern)
	for _, f := range o.Fields {
		asks = asks && (!f.Required || slices.ContainsFunc(n.Fields, func(x FormField) bool { return same(f, x) }))
	}
	ticket := o.Ticket == nil || (n.Ticket != nil && ticketNarrows(*o.Ticket, *n.Ticket))
	return asks && ticket && same(otherWhy(o), otherWhy(n))
}

func otherWhy(w Why) Why {
	w.Required, w.AtLeast, w.Hint, w.Pattern, w.Ticket, w.Fields = false, 0, "", "", nil, nil
	return w
}

func ticketNarrows(o, n TicketNeed) bool {
	statuses := len(o.Statuses) == 0 || (len(n.Statuses) > 0 && within(n.Statuses, o.Statuses))
	reuse := o.Reuse == 0 || (n.Reuse > 0 && n.Reuse <= o.Reuse)
	if !statuses || !reuse || (n.AnyAssignee && !o.AnyAssignee) {
		return false
	}
	o.Statuses, o.Reuse, o.AnyAssignee = n.Statuses, n.Reuse, n.AnyAssignee
	return same(o, n)
}

// approvalNarrows compares how it is approved. Once a rolling total is used up, and about access without an end, humans decide even what is
// automatic.
func approvalNarrows(o, n Approval, humans bool) bool {
	if o.Automatic && !humans {
		return true
	}
	easier := (n.Automatic && !o.Automatic) || !conditionsWithin(n.AutomaticIf, o.AutomaticIf) || !peopleWithin(n.Exempt, o.Exempt)
	people := escalateNarrows(o.Escalate, n.Escalate) && (len(n.Steps) == 0 || within(n.Fallback, o.Fallback)) && stepsNarrow(o.steps(), n.steps(), len(n.Fallback) > 0)
	return !easier && people && same(otherApproval(o), otherApproval(n))
}

// otherApproval is what approvalNarrows does not know, without what lets nobody have more: reminders and how long a request waits.
func otherApproval(a Approval) Approval {
	a.Automatic, a.AutomaticIf, a.Exempt, a.Escalate, a.Steps, a.Fallback, a.Remind, a.Lapse = false, nil, nil, nil, nil, nil, 0, 0
	return a
}

func conditionsWithin(these, those []Condition) bool {
	for _, a := range these {
		if !slices.ContainsFunc(those, func(b Condition) bool { return conditionWithin(a, b) }) {
			return false
		}
	}
	return true
}

func conditionWithin(a, b Condition) bool {
	if (b.AtMost > 0 && (a.AtMost == 0 || a.AtMost > b.AtMost)) || (b.PerDay > 0 && (a.PerDay == 0 || a.PerDay > b.PerDay)) {
		return false
	}
	if b.Shift == nil {
		a.Shift, a.KnownFor = nil, 0 // one thing more that must hold
	} else if knownFor(a.KnownFor) < knownFor(b.KnownFor) {
		return false
	}
	a.AtMost, a.PerDay, a.KnownFor = b.AtMost, b.PerDay, b.KnownFor
	return same(a, b)
}

// peopleWithin is within for people who may do without a human: a shift that must have been known for longer is stricter.
func peopleWithin(these, those []Selector) bool {
	for _, a := range these {
		if !slices.ContainsFunc(those, func(b Selector) bool {
			longer := !a.isShift() || knownFor(a.KnownFor) >= knownFor(b.KnownFor)
			b.KnownFor = a.KnownFor
			return longer && same(a, b)
		}) {
			return false
		}
	}
	return true
}

// covering is whom a list covers, without for how long a shift must have been known.
func covering(list []Selector) []Selector {
	out := slices.Clone(list)
	for i := range out {
		out[i].KnownFor = 0
	}
	return out
}

func escalateNarrows(o, n *Escalate) bool {
	switch {
	case n == nil:
		return o == nil || !o.Replace
	case o == nil:
		return false
	}
	return o.Replace == n.Replace && n.After >= o.After && within(n.To, o.To)
}

// stepsNarrow reports whether every old step is still there, in order, with all that it asked for. Where a fallback stands in for nobody,
// alternatives must stay, since without them it might have to stand in.
func stepsNarrow(o, n []Step, fallback bool) bool {
	if len(o) == 0 || len(n) == 0 {
		return len(n) == 0
	}
	for _, step := range o {
		j := slices.IndexFunc(n, func(x Step) bool { return stepNarrows(step, x, fallback) })
		if j < 0 {
			return false
		}
		n = n[j+1:]
	}
	return true
}

func stepNarrows(o, n Step, fallback bool) bool {
	if n.SamePerson && !o.SamePerson {
		return false
	}
	left := slices.Clone(n.All)
	for _, q := range o.All {
		j := slices.IndexFunc(left, func(x Requirement) bool { return requirementNarrows(q, x, fallback) })
		if j < 0 {
			return false
		}
		left = slices.Delete(left, j, j+1)
	}
	o.All, n.All, n.SamePerson = nil, nil, o.SamePerson
	return same(o, n)
}

func requirementNarrows(o, n Requirement, fallback bool) bool {
	people := within(n.People(), o.People()) && (!fallback || within(o.People(), n.People()))
	if n.Need() < o.Need() || !people {
		return false
	}
	o.From, o.Any, o.N = n.From, n.Any, n.N
	return same(o, n)
}
