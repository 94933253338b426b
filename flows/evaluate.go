package flows

import (
	"fmt"
	"slices"
	"time"
)

// Coverage is what the flows say about one person and one entitlement: the first flow that covers both, or why not.
type Coverage struct {
	Flow    *Flow
	Refused string // an except, a deny flow or a guard refuses, or no flow covers it
	Denied  *Flow  // the deny flow that forbids it, which says so
	Unknown string // the outside does not answer
	Guarded bool   // it is guarded, and the flow lets people ask for it all the same: two admins decide too
}

// Cover reads the flows from the top; the first that covers person and entitlement decides. An except refuses there.
func (p *Policy) Cover(r Resource, permission string, f *Facts) Coverage {
	const refused = "it is a group that decides about access, so it cannot be asked for"
	why, trouble := p.guards(r, f)
	if trouble != "" {
		return Coverage{Unknown: trouble}
	}
	guarded := why != ""
	if guarded && !p.opens(r, permission) {
		return Coverage{Refused: refused}
	}
	for _, flow := range p.Flows {
		covered, excepted := flow.line(r, permission)
		if !covered {
			continue
		}
		in, trouble := isAmong(flow.Who.Any, f)
		if trouble != "" {
			return Coverage{Unknown: trouble}
		}
		if !in {
			continue
		}
		skipped, trouble := isAmong(flow.Who.Skip, f)
		if trouble != "" {
			return Coverage{Unknown: trouble}
		}
		if skipped {
			continue
		}
		out, trouble := isAmong(flow.Who.Except, f)
		switch {
		case trouble != "":
			return Coverage{Unknown: trouble}
		case out || excepted:
			return Coverage{Refused: "flow " + flow.Name + " excepts it"}
		case flow.Deny:
			return Coverage{Refused: "flow " + flow.Name + " forbids it", Denied: flow}
		case guarded && !flow.opens(r, permission):
			return Coverage{Refused: refused}
		}
		return Coverage{Flow: flow, Guarded: guarded}
	}
	return Coverage{Refused: "no flow covers it"}
}

// isAmong reports whether the asker is one of these people. A yes from one selector needs no answer from the others.
func isAmong(list []Selector, f *Facts) (in bool, trouble string) {
	for _, s := range list {
		yes, t := s.covers(f)
		if yes {
			return true, ""
		}
		if t != "" {
			trouble = t
		}
	}
	return false, trouble
}

func (s Selector) covers(f *Facts) (bool, string) {
	if f.Asker.Trouble != "" {
		return false, f.Asker.Trouble
	}
	asker := f.Asker.Value.ID
	switch s.Kind {
	case SelectEveryone:
		return true, ""
	case SelectUser:
		u := fact(f.Users, s.User)
		return u.Trouble == "" && u.Value.ID == asker && asker != "", u.Trouble
	case SelectGroup:
		id := fact(f.GroupIDs, s.Group)
		if id.Trouble != "" || f.GroupsOf.Trouble != "" {
			return false, id.Trouble + f.GroupsOf.Trouble
		}
		return id.Value != "" && slices.Contains(f.GroupsOf.Value, id.Value), ""
	case SelectShift:
		on := fact(f.Shifts, *s.Shift)
		return slices.ContainsFunc(on.Value, func(x Standing) bool { return x.Person.ID == asker }), on.Trouble
	}
	return false, ""
}

// Verdict is what a flow says of a request and the decisions made so far.
type Verdict struct {
	Satisfied bool
	Step      int // the first step that is not met; the number of steps when Satisfied
	Open      []OpenRequirement
	Auto      string // why no human was needed, empty when humans decided
}

// Unknown is why somebody could not be looked up, empty when everybody could.
func (v Verdict) Unknown() string {
	for _, o := range v.Open {
		if o.Unknown != "" {
			return o.Unknown
		}
	}
	return ""
}

// Evaluate is the one function that says whether a request may go on. Every decision counts by the rights that its maker had when
// deciding; different humans meet different requirements, within a step and across steps, but for a step of SamePerson. One no is never
// satisfied. Nobody counts for their own request, not even by a decision made before it was known that two accounts are one human's.
func Evaluate(flow *Flow, r *Request, decisions []Decision, f *Facts, human func(PersonID) PersonID) Verdict {
	m := matching{human: human}
	for i := range decisions {
		switch d := &decisions[i]; {
		case !d.Yes:
			return Verdict{}
		case d.Proof == "" && !r.isOf(human(d.Person), human):
			m.add(d)
		}
	}
	if why := flow.lets(r, f); why != "" {
		return Verdict{Satisfied: true, Step: len(flow.Approval.Steps), Auto: why}
	}
	steps := flow.Approval.steps()
	for i, step := range steps {
		missing := m.meet(step)
		if len(missing) == 0 {
			continue
		}
		v := Verdict{Step: i}
		for _, q := range missing {
			v.Open = append(v.Open, open(flow, wanting{q.Requirement, q.others, step.SamePerson}, r, decisions, f, human))
		}
		return v
	}
	return Verdict{Satisfied: len(steps) > 0, Step: len(steps)}
}

// wanting is a requirement for which people are sought: others in its step whose people would help it, and whether whoever agreed already
// may meet it too.
type wanting struct {
	Requirement
	others []Requirement
	shared bool
}

// open says who could bring a requirement nearer: its own people, and those of others in the step whose yes would free a decision that
// it can use. Only an answer that is surely empty goes to the fallback.
func open(flow *Flow, q wanting, r *Request, decisions []Decision, f *Facts, human func(PersonID) PersonID) OpenRequirement {
	if q.shared {
		decisions = slices.DeleteFunc(slices.Clone(decisions), func(d Decision) bool { return !d.entitles(q.Key()) })
	}
	o := OpenRequirement{Key: q.Key(), Words: q.words(f), Lacks: q.Need()}
	add := func(s Selector, key string) {
		list, trouble := candidates(s, f)
		if trouble != "" {
			o.Unknown = firstNonEmpty(o.Unknown, trouble)
			return
		}
		for _, c := range firstAsked(s, f, q.Need(), eligible(list, r, decisions, human)) {
			c.Key = key
			if q.OfAdmins() {
				c.Right = "admin of Hallpass"
			}
			if at := o.names(c, human); at >= 0 {
				o.Candidates[at].also(c)
			} else {
				o.Candidates = append(o.Candidates, c)
			}
		}
	}
	for _, s := range q.People() {
		add(s, o.Key)
	}
	for _, x := range q.others {
		for _, s := range x.People() {
			add(s, x.Key())
		}
	}
	if e := flow.Approval.Escalate; e != nil && r.Escalated && !q.OfAdmins() {
		if e.Replace {
			o.Candidates = nil
		}
		for _, s := range e.To {
			add(s, o.Key)
		}
	}
	if len(o.Candidates) > 0 || o.Unknown != "" {
		return o
	}
	o.Fallback = true
	if q.OfAdmins() { // nobody stands in for them
		return o
	}
	for _, s := range flow.Approval.Fallback {
		add(s, o.Key)
	}
	if o.Unknown != "" {
		o.Candidates = nil
	}
	return o
}

// names is where a candidate already is among those of the requirement, by the same key; -1 when nowhere.
func (o OpenRequirement) names(c Candidate, human func(PersonID) PersonID) int {
	return slices.IndexFunc(o.Candidates, func(x Candidate) bool { return x.Key == c.Key && human(x.Person) == human(c.Person) })
}

// also is what it adds that somebody is named once more: asked at first by either, and on call.
func (c *Candidate) also(x Candidate) {
	c.Primary = c.Primary || x.Primary
	if c.Until.IsZero() && !x.Until.IsZero() {
		c.Right, c.Until = c.Right+", "+x.Right, x.Until
	}
}

// isOf reports whether a human asked for it, or is the one it is for.
func (r *Request) isOf(h PersonID, human func(PersonID) PersonID) bool {
	return h == human(r.Asker) || h == human(r.For)
}

// eligible leaves out the asker, the one it is for, whoever may not act, and whoever has made one of these decisions.
func eligible(list []Candidate, r *Request, decisions []Decision, human func(PersonID) PersonID) []Candidate {
	var out []Candidate
	for _, c := range list {
		h := human(c.Person)
		self := r.isOf(h, human)
		done := slices.ContainsFunc(decisions, func(d Decision) bool { return human(d.Person) == h })
		twice := slices.ContainsFunc(out, func(x Candidate) bool { return human(x.Person) == h })
		if !self && !done && !twice {
			out = append(out, c)
		}
	}
	return out
}

// firstAsked makes only the first few of a group Primary, and those who are on call, counted among those who can still decide, so that as many
// as are needed are always asked.
func firstAsked(s Selector, f *Facts, need int, list []Candidate) []Candidate {
	for i := range list {
		c := &list[i]
		if words, until := f.duty(c.Person); !until.IsZero() && s.Kind != SelectShift {
			c.Right, c.Until = c.Right+", "+words, until
		}
		c.Primary = s.Kind != SelectGroup || i < max(FirstOfGroup, need) || !c.Until.IsZero()
	}
	return list
}

// duty is the shift that somebody is on, of those that were looked up, and until when; the zero time when on none.
func (f *Facts) duty(p PersonID) (words string, until time.Time) {
	for s, on := range f.Shifts {
		for _, x := range on.Value {
			w := onCallWords(s, f)
			if x.Person.ID == p && on.Trouble == "" && (x.Until.After(until) || x.Until.Equal(until) && w < words) {
				words, until = w, x.Until
			}
		}
	}
	return words, until
}

func onCallWords(s Shift, f *Facts) string { return "on call, " + f.Names[s] }

// candidates lists the active people of a selector.
func candidates(s Selector, f *Facts) ([]Candidate, string) {
	switch s.Kind {
	case SelectUser:
		u := fact(f.Users, s.User)
		return one(s, u, "named by the flow"), u.Trouble
	case SelectManager:
		m := fact(f.Managers, s.Manager)
		return one(s, m, managerWords(s.Manager)), m.Trouble
	case SelectGroup:
		g := fact(f.Members, s.Group)
		var out []Candidate
		for _, p := range g.Value {
			if p.Active() {
				out = append(out, Candidate{Person: p.ID, Right: "one of " + s.Group, Source: g.Source, ReadAt: g.ReadAt, Via: s.Key()})
			}
		}
		return out, g.Trouble
	case SelectShift:
		on := fact(f.Shifts, *s.Shift)
		var out []Candidate
		for _, x := range on.Value {
			if x.Person.Active() {
				out = append(out, Candidate{Person: x.Person.ID, Right: onCallWords(*s.Shift, f), Until: x.Until, Source: on.Source, ReadAt: on.ReadAt, Via: s.Key()})
			}
		}
		return out, on.Trouble
	}
	return nil, ""
}

func one(s Selector, f Fact[Person], right string) []Candidate {
	if f.Trouble != "" || f.Value.ID == "" || !f.Value.Active() {
		return nil
	}
	return []Candidate{{Person: f.Value.ID, Right: right, Source: f.Source, ReadAt: f.ReadAt, Via: s.Key()}}
}

func managerWords(level int) string {
	if level == 1 {
		return "manager"
	}
	return fmt.Sprintf("manager, %d levels up", level)
}

// anyWords names alternatives: "your manager or one of database-owners", "2 of sre or security".
func (q Requirement) anyWords(f *Facts) string {
	var words []string
	for _, s := range q.Any {
		words = append(words, Requirement{From: s}.words(f))
	}
	if q.Need() > 1 {
		return fmt.Sprintf("%d of: %s", q.Need(), Join(words, "or"))
	}
	return Join(words, "or")
}

// words names a requirement for people: "your manager", "one of database-owners", "2 of database-owners".
func (q Requirement) words(f *Facts) string {
	switch {
	case q.OfAdmins() && q.Need() > 1:
		return "two admins"
	case q.OfAdmins():
		return "one more admin"
	case len(q.Any) > 0:
		return q.anyWords(f)
	}
	switch s := q.From; s.Kind {
	case SelectUser:
		if u := fact(f.Users, s.User); u.Value.Name != "" {
			return u.Value.Name
		}
		return s.User
	case SelectManager:
		if s.Manager == 1 {
			return "your manager"
		}
		return fmt.Sprintf("your manager %d levels up", s.Manager)
	case SelectGroup:
		if q.Need() > 1 {
			return fmt.Sprintf("%d of %s", q.Need(), s.Group)
		}
		return "one of " + s.Group
	case SelectShift:
		name := f.Names[*s.Shift]
		if name == "" {
			name = s.Shift.Schedule
		}
		return "somebody on call for " + name
	}
	return "somebody"
}
