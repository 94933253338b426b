package flows

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"time"
)

// Narrows reports whether the new policy surely lets nobody have more than the old one, nor with less: whatever the facts are. It is told
// from the texts alone, and every doubt counts as widening: a field that is not known here must stay as it is.
func Narrows(before, after *Policy) bool {
	return before.guardIn == after.guardIn && within(before.Guarded, after.Guarded) && flowsNarrow(before.Flows, after.Flows)
}

// flowsNarrow follows both lists from the top. Flows are the same by name; one that is gone, or covers less, hands what it covered down to
// those below it.
func flowsNarrow(before, after []*Flow) bool {
	rest := before
	for i, f := range after {
		j := slices.IndexFunc(rest, func(o *Flow) bool { return o.Name == f.Name })
		if j < 0 {
			if !f.Deny && !(len(rest) > 0 && takesFrom(rest[0], f)) {
				return false
			}
			continue // one more deny flow only refuses
		}
		for _, gone := range rest[:j] {
			if handsDown(gone, after[i:]) {
				return false
			}
		}
		if !flowNarrows(rest[j], f, after[i+1:]) {
			return false
		}
		rest = rest[j+1:]
	}
	return true
}

// handsDown reports whether something that a flow covered may come to a flow below, which may be laxer.
func handsDown(f *Flow, below []*Flow) bool {
	for _, g := range below {
		if g.Deny {
			continue
		}
		for _, a := range f.What {
			if slices.ContainsFunc(g.What, func(b What) bool { return mayMeet(a, b) }) {
				return true
			}
		}
	}
	return false
}

// takesFrom reports whether a new flow only takes from the one that it stands above, and is as strict.
func takesFrom(o, n *Flow) bool {
	return !o.Deny && coversLess(o, n) && termsNarrow(o.FlowSpec, n.FlowSpec)
}

// coversLess reports whether everybody and everything that a new flow lets in was let in by the old one.
func coversLess(o, n *Flow) bool {
	return within(n.Who.Any, o.Who.Any) && within(o.Who.Except, n.Who.Except) && within(o.Who.Skip, n.Who.Skip) && whatNarrows(o.What, n.What)
}

func flowNarrows(o, n *Flow, below []*Flow) bool {
	if o.Deny && !n.Deny {
		return false
	}
	if n.Deny {
		covers := within(o.Who.Any, n.Who.Any) && within(n.Who.Skip, o.Who.Skip) && linesWithin(o.What, n.What)
		return covers || !handsDown(o, below)
	}
	whole := within(o.Who.Any, n.Who.Any) && within(n.Who.Skip, o.Who.Skip) && linesWithin(o.What, n.What)
	return coversLess(o, n) && (whole || !handsDown(o, below)) && termsNarrow(o.FlowSpec, n.FlowSpec)
}

// whatNarrows reports whether all that the new lines offer was offered before. The first line that covers decides, so a new line must keep
// the excepts of every old line that it may meet.
func whatNarrows(o, n []What) bool {
	if same(o, n) {
		return true
	}
	for _, line := range n {
		for _, old := range o {
			if len(old.Except) > 0 && mayMeet(old, line) && !within(old.Except, line.Except) {
				return false
			}
		}
	}
	return linesWithin(n, o)
}

// linesWithin reports whether each of these lines, but for its excepts, lies within one of those.
func linesWithin(these, those []What) bool {
	for _, a := range these {
		if !slices.ContainsFunc(those, func(b What) bool { return lineWithin(a, b) }) {
			return false
		}
	}
	return true
}

func lineWithin(a, b What) bool {
	return a.In == b.In && a.Type == b.Type && choiceWithin(a.Permissions, b.Permissions) && namesWithin(a.Names, b.Names) && tagsWithin(a, b) &&
		(b.Under == "" || a.Under == b.Under || strings.HasPrefix(a.Under, strings.TrimSuffix(b.Under, "/")+"/")) && same(otherOf(a), otherOf(b))
}

// otherOf is what a line says besides what lineWithin knows.
func otherOf(w What) What {
	w.In, w.Type, w.Names, w.Tags, w.TagsIn, w.TagsExist, w.Under, w.Except, w.Permissions = "", "", nil, nil, nil, nil, "", nil, nil
	return w
}

// choiceWithin is within for lists of which the empty one means everything.
func choiceWithin(a, b []string) bool {
	return len(b) == 0 || (len(a) > 0 && within(a, b))
}

func namesWithin(a, b []string) bool {
	if len(b) == 0 {
		return true
	}
	for _, name := range a {
		if !slices.ContainsFunc(b, func(glob string) bool { return name == glob || (literal(name) && matches(glob, name)) }) {
			return false
		}
	}
	return len(a) > 0
}

func tagsWithin(a, b What) bool {
	for k, v := range b.Tags {
		if got, ok := a.Tags[k]; !ok || got != v {
			return false
		}
	}
	for k, list := range b.TagsIn {
		v, equal := a.Tags[k]
		in, some := a.TagsIn[k]
		if !(equal && slices.Contains(list, v)) && !(some && within(in, list)) {
			return false
		}
	}
	for _, k := range b.TagsExist {
		_, equal := a.Tags[k]
		_, some := a.TagsIn[k]
		if !equal && !some && !slices.Contains(a.TagsExist, k) {
			return false
		}
	}
	return true
}

// mayMeet reports whether one thing may lie on both lines.
func mayMeet(a, b What) bool {
	if a.In != b.In || a.Type != b.Type {
		return false
	}
	if len(a.Permissions) > 0 && len(b.Permissions) > 0 && !slices.ContainsFunc(a.Permissions, func(p string) bool { return slices.Contains(b.Permissions, p) }) {
		return false
	}
	for k, v := range a.Tags {
		if other, ok := b.Tags[k]; ok && other != v {
			return false
		}
	}
	if len(a.Names) == 0 || len(b.Names) == 0 {
		return true
	}
	for _, x := range a.Names {
		if slices.ContainsFunc(b.Names, func(y string) bool { return namesMeet(x, y) }) {
			return true
		}
	}
	return false
}

func namesMeet(a, b string) bool {
	switch {
	case literal(a):
		return a == b || matches(b, a)
	case literal(b):
		return matches(a, b)
	}
	x, y := beginning(a), beginning(b)
	return strings.HasPrefix(x, y) || strings.HasPrefix(y, x)
}

const wild = `*?[\`

func literal(name string) bool     { return !strings.ContainsAny(name, wild) }
func beginning(glob string) string { return glob[:strings.IndexAny(glob, wild)] }

func matches(glob, name string) bool {
	ok, _ := path.Match(glob, name) // a pattern that cannot be read was refused with its flow
	return ok
}

// termsNarrow compares what a flow says besides whom and what it covers.
func termsNarrow(o, n FlowSpec) bool {
	if !whyNarrows(o.Why, n.Why) || !same(otherTerms(o), otherTerms(n)) || !waysNarrow(o.HowLong, n.HowLong, o.Approval, n.Approval) {
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
		if was.Group != x.Group || !waysNarrow(oh, nh, oa, na) {
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

func waysNarrow(oh, nh HowLong, oa, na Approval) bool {
	return howLongNarrows(oh, nh) && approvalNarrows(oa, na, oh.InTotal.Max > 0)
}

func howLongNarrows(o, n HowLong) bool {
	total := o.InTotal.Max == 0 || (n.InTotal.Max > 0 && n.InTotal.Max <= o.InTotal.Max && n.InTotal.Per >= o.InTotal.Per)
	extend := n.Extend.Times == 0 || (n.Extend.Times <= o.Extend.Times && n.Extend.By <= o.Extend.By)
	return total && extend && n.Max <= o.Max && n.longest() <= o.longest() && same(otherTimes(o), otherTimes(n))
}

func otherTimes(h HowLong) HowLong {
	h.Choices, h.Default, h.Max, h.Custom, h.Extend, h.InTotal = nil, 0, 0, false, Extend{}, Total{}
	return h
}

// longest is the longest time that can be asked for.
func (h HowLong) longest() time.Duration {
	if h.Custom || len(h.Choices) == 0 {
		return h.Max
	}
	return max(h.Default, slices.Max(h.Choices))
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

// approvalNarrows compares how it is approved. Once a rolling total is used up, humans decide even what is automatic.
func approvalNarrows(o, n Approval, total bool) bool {
	if o.Automatic && !total {
		return true
	}
	easier := (n.Automatic && !o.Automatic) || !conditionsWithin(n.AutomaticIf, o.AutomaticIf) || !within(n.Exempt, o.Exempt)
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
	a.AtMost, a.PerDay = b.AtMost, b.PerDay
	return same(a, b)
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

// within reports whether each of these is among those.
func within[T any](these, those []T) bool {
	for _, a := range these {
		if !slices.ContainsFunc(those, func(b T) bool { return same(a, b) }) {
			return false
		}
	}
	return true
}

// same compares as flows are hashed: by what they are written as.
func same[T any](a, b T) bool { return string(written(a)) == string(written(b)) }

func written(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	return b
}
