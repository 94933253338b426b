package flows

import (
	"fmt"
	"strings"
	"time"

	"hallpass/flows/when"
)

// terms are a flow as it holds for one asker and one resource: with the overrides of the asker's group, and with the owner that the
// resource's tag names. The hash stays that of the flow.
func (f *Flow) terms(r Resource, facts *Facts) (t *Flow, trouble string) {
	c := f
	for _, o := range f.ForGroups {
		in, trouble := isAmong([]Selector{{Kind: SelectGroup, Group: o.Group}}, facts)
		if trouble != "" {
			return nil, trouble
		}
		if in {
			c = f.For(o.Group)
			break
		}
	}
	t = c.clone()
	t.Approval = t.Approval.owned(r)
	return t, ""
}

func (f *Flow) clone() *Flow { c := *f; return &c }

// For is the flow as it holds for members of a group that it has an override for; itself for any other. The hash stays that of the flow.
func (f *Flow) For(group string) *Flow {
	for _, o := range f.ForGroups {
		if o.Group != group {
			continue
		}
		c := f.clone()
		c.group = group
		if o.HowLong != nil {
			c.HowLong = *o.HowLong
		}
		if o.Approval != nil {
			c.Approval = *o.Approval
		}
		return c
	}
	return f
}

// askedTerms are the flow as asked, as it holds for the request's asker; for what depends on nobody in particular, such as its times.
func (w *work) askedTerms() *Flow { return w.asked.As(w.request) }

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
	Now       time.Time          // company time
	Used      time.Duration      // what one human already has and had of the entitlement within the flow's rolling time
	AutoToday int                // how often one human got the entitlement without a human in the last 24 h
	Plans     map[Shift]Planning // of the shifts that were asked about
}

// overTotal reports whether a request would pass the flow's rolling total, so that a human must decide.
func (f *Flow) overTotal(r *Request, l Local) bool {
	t := f.HowLong.InTotal
	return t.Max > 0 && r.Given() > t.Max-l.Used // Indefinite may stand on either side
}

// lets says why a request goes through without a human, empty when it does not. What is unknown never lets through, nor does what has no
// end.
func (f *Flow) lets(r *Request, facts *Facts) string {
	why, _ := f.passes(r, facts)
	return why
}

// passes also gives the shifts without which it would not go through.
func (f *Flow) passes(r *Request, facts *Facts) (why string, on []Selector) {
	a := f.Approval
	covered, by := f.Who.surely(facts)
	if r.Given() == Indefinite || f.overTotal(r, facts.Local) || !covered {
		return "", nil
	}
	if in, on := surelyAmong(a.Exempt, facts); in {
		return "exempt", append(on, by...)
	}
	if a.Automatic {
		return "automatic", by
	}
	for _, c := range a.AutomaticIf {
		if c.holds(r, facts) {
			return "automatic: " + c.wordsFor(facts), append(c.shifts(), by...)
		}
	}
	return "", nil
}

func (c Condition) holds(r *Request, facts *Facts) bool {
	if c.During != nil && !c.During.Contains(facts.Local.Now, facts.zone()) {
		return false
	}
	if c.Group != "" {
		if in, trouble := isAmong([]Selector{{Kind: SelectGroup, Group: c.Group}}, facts); !in || trouble != "" {
			return false
		}
	}
	if on, _ := surelyAmong(c.shifts(), facts); !on && c.Shift != nil {
		return false
	}
	if c.AtMost > 0 && r.Given() > c.AtMost {
		return false
	}
	return c.PerDay == 0 || facts.Local.AutoToday < c.PerDay
}

// inAskersZone reports whether the condition's window is in whatever zone the asker is in.
func (c Condition) inAskersZone() bool { return c.During != nil && c.During.Zone == "" }

// zone is the asker's, nil when the directory has none that is known and counts.
func (f *Facts) zone() *time.Location {
	if f.Zone.Trouble != "" || f.Zone.Value == "" {
		return nil
	}
	zone, err := when.Zone(f.Zone.Value)
	if err != nil {
		return nil
	}
	return zone
}

// zoneWords names the asker's zone and where it comes from: "in Ana Silva's zone (Europe/Lisbon, from Okta)".
func (f *Facts) zoneWords() string {
	why := f.Zone.Value + ", from " + titled(f.Zone.Source)
	switch {
	case f.Zone.Trouble != "":
		why = f.Zone.Trouble
	case f.Zone.Value == "":
		why = "none in " + titled(f.Zone.Source)
	case f.zone() == nil:
		why = fmt.Sprintf("%s says %q, which is none", titled(f.Zone.Source), Cut(f.Zone.Value, 40))
	}
	return " in " + firstNonEmpty(f.Asker.Value.Name, "the asker") + "'s zone (" + why + ")"
}

// Words names a condition for people: "in sre, at most 1 h, 3 times a day".
func (c Condition) Words() string { return c.words(" in the asker's time zone", nil) }

// wordsFor is Words with the zone of the asker whom the facts are about, and the schedule of a shift as it calls itself.
func (c Condition) wordsFor(f *Facts) string {
	if !c.inAskersZone() {
		return c.words("", f.Names)
	}
	return c.words(f.zoneWords(), f.Names)
}

func (c Condition) words(zone string, names map[Shift]string) string {
	var out []string
	if c.During != nil {
		out = append(out, c.During.Words(zone))
	}
	if c.Group != "" {
		out = append(out, "in "+c.Group)
	}
	if c.Shift != nil {
		out = append(out, "on call for "+c.Shift.words(names)+", as planned for "+Span(knownFor(c.KnownFor)))
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

// readLocal reads what the store knows that a verdict depends on: what one human has and had of the entitlement, through whichever
// account of the directory.
func (e *Engine) readLocal(tx Tx, w *work) error {
	f := *w.facts
	plans, err := e.plansOf(tx, w)
	if err != nil {
		return err
	}
	f.Local = Local{Now: tx.Now(), Plans: plans}
	per := longestTotal(w)
	for _, id := range e.accountsOf(w.request.For) {
		grants, err := tx.Grants(GrantFilter{Person: id})
		if err != nil {
			return err
		}
		for _, g := range grants {
			if g.Entitlement != w.request.Entitlement || g.Request == w.request.ID && w.request.ID != 0 || g.State == Dropped || g.State == Failed {
				continue
			}
			f.Local.Used = added(f.Local.Used, g.within(tx.Now(), per))
			if auto, err := wasAutomatic(tx, g); err != nil {
				return err
			} else if auto {
				f.Local.AutoToday++
			}
		}
	}
	w.facts = &f
	return nil
}

// longestTotal is the rolling time that grants are counted over. With different ones for groups, the longest: it counts more, never less.
func longestTotal(w *work) time.Duration {
	var per time.Duration
	for _, f := range []*Flow{w.asked, w.cover.Flow} {
		if f == nil {
			continue
		}
		per = max(per, f.HowLong.InTotal.Per)
		for _, o := range f.ForGroups {
			if o.HowLong != nil {
				per = max(per, o.HowLong.InTotal.Per)
			}
		}
	}
	return per
}

// within is how much of a grant lies in the rolling time that ends now, with what is still to come: without an end, Indefinite.
func (g *Grant) within(now time.Time, per time.Duration) time.Duration {
	if g.Started.IsZero() || g.Endless() && g.Ended.IsZero() {
		return g.Duration
	}
	from, to := later(g.Started, now.Add(-per)), g.Ends
	switch {
	case g.Endless():
		to = g.Ended
	case !g.Ended.IsZero():
		to = earlier(g.Ends, g.Ended) // taking it away may have taken a while
	}
	return max(0, to.Sub(from))
}

// wasAutomatic reports whether a grant of the last 24 h was given without a human.
func wasAutomatic(tx Tx, g *Grant) (bool, error) {
	r, err := tx.Request(g.Request)
	if err != nil || r.Made.Before(tx.Now().Add(-24*time.Hour)) {
		return false, err
	}
	list, err := tx.Decisions(g.Request)
	return len(list) == 0, err
}

// accountsOf are all people of the directory who are the same human.
func (e *Engine) accountsOf(id PersonID) []PersonID {
	h := e.human(id)
	out := []PersonID{id}
	for p, x := range e.humans.Load().of {
		if x == h && p != id {
			out = append(out, p)
		}
	}
	return out
}
