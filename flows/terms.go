package flows

import (
	"strings"
	"time"
)

// terms are a flow as it holds for one asker and one resource: with the overrides of the asker's group, and with the owner that the
// resource's tag names. The hash stays that of the flow.
func (f *Flow) terms(r Resource, facts *Facts) (t *Flow, trouble string) {
	c := *f
	for _, o := range f.ForGroups {
		in, trouble := isAmong([]Selector{{Kind: SelectGroup, Group: o.Group}}, facts)
		if trouble != "" {
			return nil, trouble
		}
		if in {
			if o.HowLong != nil {
				c.HowLong = *o.HowLong
			}
			if o.Approval != nil {
				c.Approval = *o.Approval
			}
			break
		}
	}
	c.Approval = c.Approval.owned(r)
	return &c, ""
}

// owned puts the people that a resource's tags name in the place of its owner.
func (a Approval) owned(r Resource) Approval {
	steps := make([]Step, len(a.Steps))
	for i, s := range a.Steps {
		steps[i] = Step{SamePerson: s.SamePerson, All: make([]Requirement, len(s.All))}
		for j, q := range s.All {
			steps[i].All[j] = q.owned(r)
		}
	}
	a.Steps = steps
	a.Fallback = ownedAll(a.Fallback, r)
	if a.Escalate != nil {
		e := *a.Escalate
		e.To = ownedAll(e.To, r)
		a.Escalate = &e
	}
	return a
}

// owned keeps the requirement's key, so that a right to it stays what it was.
func (q Requirement) owned(r Resource) Requirement {
	q.key = q.Key()
	q.From = q.From.owned(r)
	q.Any = ownedAll(q.Any, r)
	return q
}

func ownedAll(list []Selector, r Resource) []Selector {
	var out []Selector
	for _, s := range list {
		out = append(out, s.owned(r))
	}
	return out
}

// owned reads the tag: an address is a person, anything else a group. Without the tag there is surely nobody.
func (s Selector) owned(r Resource) Selector {
	if s.Kind != SelectOwner {
		return s
	}
	name := r.Tags[s.Owner]
	if name != "" && !strings.Contains(name, "@") {
		return Selector{Kind: SelectGroup, Group: name}
	}
	return Selector{Kind: SelectUser, User: name}
}

// Local is what the store knows that a verdict depends on; it is read inside the change.
type Local struct {
	Now       time.Time     // company time
	Used      time.Duration // what one human already has and had of the entitlement within the flow's rolling time
	AutoToday int           // how often one human got the entitlement without a human in the last 24 h
}

// overTotal reports whether a request would pass the flow's rolling total, so that a human must decide.
func (f *Flow) overTotal(r *Request, l Local) bool {
	t := f.HowLong.InTotal
	return t.Max > 0 && l.Used+r.Given() > t.Max
}

// lets says why a request goes through without a human, empty when it does not. What is unknown never lets through.
func (f *Flow) lets(r *Request, facts *Facts) string {
	a := f.Approval
	if f.overTotal(r, facts.Local) {
		return ""
	}
	if in, trouble := isAmong(a.Exempt, facts); in && trouble == "" {
		return "exempt"
	}
	if a.Automatic {
		return "automatic"
	}
	for _, c := range a.AutomaticIf {
		if c.holds(r, facts) {
			return "automatic: " + c.Words()
		}
	}
	return ""
}

func (c Condition) holds(r *Request, facts *Facts) bool {
	if c.Group != "" {
		if in, trouble := isAmong([]Selector{{Kind: SelectGroup, Group: c.Group}}, facts); !in || trouble != "" {
			return false
		}
	}
	if c.AtMost > 0 && r.Given() > c.AtMost {
		return false
	}
	return c.PerDay == 0 || facts.Local.AutoToday < c.PerDay
}

// Words names a condition for people: "in sre, at most 1 h, 3 times a day".
func (c Condition) Words() string {
	var out []string
	if c.Group != "" {
		out = append(out, "in "+c.Group)
	}
	if c.AtMost > 0 {
		out = append(out, "at most "+Span(c.AtMost))
	}
	if c.PerDay > 0 {
		out = append(out, times(c.PerDay)+" a day")
	}
	if len(out) == 0 {
		return "always"
	}
	return strings.Join(out, ", ")
}

// steps are the steps that humans decide. A flow that lets through by itself, but not this time, is decided by its fallback.
func (a Approval) steps() []Step {
	if len(a.Steps) > 0 || len(a.Fallback) == 0 {
		return a.Steps
	}
	return []Step{{All: []Requirement{{Any: a.Fallback}}}}
}
