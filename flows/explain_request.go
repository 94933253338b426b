package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// told is everything that the store keeps about one request.
type told struct {
	request   *Request
	resource  string
	flow      *Flow
	decisions []Decision
	entries   []Entry
	grants    []*Grant
	name      func(PersonID) string
	human     func(PersonID) PersonID
}

// ExplainRequest tells from its record why a request became what it is: the flow as it was when asked, each decision with the right it was
// made by and where that fact came from, and the log. A request that does not exist is an error of kind notfound.
func (e *Engine) ExplainRequest(ctx context.Context, id RequestID) (Explanation, error) {
	var x Explanation
	err := e.store.View(ctx, func(tx Tx) error {
		t, err := e.told(tx, id)
		if err != nil {
			return err
		}
		x = t.explain()
		return nil
	})
	if KindOf(err) == KindNotFound && err != nil {
		return x, Errorf(KindNotFound, "There is no request %s here.", id)
	}
	return x, err
}

func (e *Engine) told(tx Tx, id RequestID) (t told, err error) {
	if t.request, err = tx.Request(id); err != nil {
		return t, err
	}
	if t.flow, err = flowOf(tx, t.request.FlowHash); err != nil {
		return t, err
	}
	if t.decisions, err = tx.Decisions(id); err != nil {
		return t, err
	}
	if t.entries, err = tx.Entries(EntryFilter{Request: id}); err != nil {
		return t, err
	}
	if t.grants, err = tx.Grants(GrantFilter{Request: id}); err != nil {
		return t, err
	}
	t.flow = t.flow.As(t.request)
	t.resource, t.human = resourceName(tx, t.request.Entitlement), e.human
	names := map[PersonID]string{}
	for _, p := range t.people() {
		names[p] = nameOf(tx, p)
	}
	t.name = func(p PersonID) string { return firstNonEmpty(names[p], string(p)) }
	return t, nil
}

func (t told) people() []PersonID {
	out := []PersonID{t.request.Asker, t.request.For, t.request.ClosedBy}
	for _, d := range t.decisions {
		out = append(out, d.Person)
	}
	for _, a := range t.request.Asked {
		out = append(out, a.Person)
	}
	for _, e := range t.entries {
		out = append(out, e.Actor)
	}
	for _, o := range t.request.Open {
		for _, c := range o.Candidates {
			out = append(out, c.Person)
		}
	}
	return slices.DeleteFunc(out, func(p PersonID) bool { return p == "" })
}

func (t told) explain() Explanation {
	r := t.request
	x := Explanation{Flow: r.FlowName, Longest: Span(t.flow.HowLong.Limit())}
	x.Sentence = fmt.Sprintf("%s: %s asked for %s (%s) %s on %s; it is %s.", r.ID, t.name(r.Asker), t.resource, r.Entitlement.Permission, ForSpan(r.Duration), stamp(r.Made), r.State)
	flow := Line{Text: fmt.Sprintf("flow %s, as it was when asked (%s)", r.FlowName, short(r.FlowHash)), plain: "flow " + r.FlowName, admins: true}
	if r.Policy != "" {
		flow.Lines = append(flow.Lines, Line{Text: "last looked at under the policy " + short(r.Policy), admins: true})
	}
	x.Lines = []Line{flow}
	if ticket := t.kept(ActAsked, "ticket"); ticket != "" {
		x.Lines = append(x.Lines, Line{Mark: MarkYes, Text: "ticket " + ticket})
	}
	x.Lines = append(x.Lines, t.steps()...)
	if n := r.NotAtOnce; n != nil {
		x.Lines = append(x.Lines, Line{Mark: MarkNo, Text: "not at once: " + n.words(time.UTC)})
	}
	if r.Approved > 0 && r.Approved < r.Duration {
		x.Lines = append(x.Lines, Line{Text: "shortened to " + Span(r.Approved)})
	}
	if r.Ending != "" {
		x.Lines = append(x.Lines, Line{Text: "ended: " + r.Ending})
	}
	for _, g := range t.grants {
		x.Lines = append(x.Lines, Line{Text: grantWords(g)})
	}
	x.Nearest = t.nearest()
	return t.log(x)
}

// nearest is what would work after a no, a silence, or a ticket that was not good enough when it came to it.
func (t told) nearest() (out []Line) {
	r := t.request
	switch ticket := t.flow.Why.Ticket; {
	case r.State == Denied:
		return []Line{{Text: "asking again; until " + stamp(r.Closed.Add(noShown)) + " every card shows the no"}}
	case r.State == Lapsed:
		out = []Line{{Text: "asking again"}}
		for _, c := range t.flow.Approval.AutomaticIf {
			if c.During != nil && c.Group == "" && c.Shift == nil {
				out = append(out, Line{Text: "asking " + c.Words() + ": nobody would have to decide"})
			}
		}
	case ticket != nil && r.TicketKey != "" && strings.Contains(t.whyNot(), r.TicketKey):
		return ticket.nearest()
	}
	return out
}

// noShown is for how long cards for the same show that it was denied.
const noShown = 24 * time.Hour

// whyNot is why an approved request gave nothing, empty when it did.
func (t told) whyNot() string {
	for _, g := range t.grants {
		if g.State == Dropped {
			return g.EndWhy
		}
	}
	return t.request.Ending
}

func grantWords(g *Grant) string {
	words := "grant: " + string(g.State)
	if !g.Started.IsZero() {
		words += ", from " + stamp(g.Started) + " "
		if g.Endless() {
			words += untilRevoked
		} else {
			words += "until " + stamp(g.Ends)
		}
	}
	if !g.Ended.IsZero() {
		words += ", ended " + stamp(g.Ended)
	}
	return words
}

func short(hash string) string { return hash[:min(12, len(hash))] }

// steps shows which requirements the decisions met, each human once.
func (t told) steps() []Line {
	a := t.flow.Approval
	m := matching{human: t.human}
	var out []Line
	for i := range t.decisions {
		if d := &t.decisions[i]; d.Yes && d.Proof == "" {
			m.add(d)
		}
	}
	if t.request.State == Approved && len(t.decisions) == 0 {
		return []Line{t.unasked()}
	}
	for i, s := range a.steps() {
		m.meet(s)
		out = append(out, Line{Text: fmt.Sprintf("step %d of %d", i+1, len(a.steps()))})
	}
	t.fill(out, &m)
	for i := range t.decisions {
		if d := &t.decisions[i]; !d.Yes {
			out = append(out, Line{Mark: MarkNo, Text: t.name(d.Person) + " said no at " + stamp(d.At), Lines: t.rights(d)})
		}
	}
	return out
}

// unasked says why nobody had to decide, as the log has kept it. A condition may name a group, so that is for admins.
func (t told) unasked() Line {
	l := Line{Mark: MarkYes, Text: "nobody had to decide"}
	if why := t.kept(ActRequestOK, "why"); why != "" {
		l.Text, l.plain, l.admins = l.Text+": "+why, l.Text, true
	}
	return l
}

// kept is what the newest entry of an action says under a key; empty when it says nothing.
func (t told) kept(a Action, key string) (value string) {
	for _, e := range t.entries {
		if e.Action == a && e.Data[key] != "" {
			value = e.Data[key]
		}
	}
	return value
}

// fill puts each approval that was needed under its step, with whoever met it.
func (t told) fill(steps []Line, m *matching) {
	for s, slot := range m.slots {
		l := Line{Mark: MarkNo, Text: slot.from.written() + ": still missing"}
		if d, met := m.by(s); met {
			l = Line{Mark: MarkYes, Text: fmt.Sprintf("%s: %s agreed at %s", slot.from.written(), t.name(d.Person), stamp(d.At)), Lines: t.rights(d)}
		} else {
			l.Lines = t.open(slot.key)
		}
		steps[slot.step-1].Lines = append(steps[slot.step-1].Lines, l)
	}
}

// open is who could still decide, as last looked up.
func (t told) open(key string) (out []Line) {
	for _, o := range t.request.Open {
		if o.Key != key || !t.request.CanDecide() {
			continue
		}
		if o.Unknown != "" {
			out = append(out, Line{Mark: MarkUnknown, Text: o.Unknown})
		}
		for _, c := range o.Candidates {
			out = append(out, Line{Text: t.name(c.Person) + ", " + c.Right})
		}
	}
	return out
}

// written names a requirement as the policy has it.
func (q Requirement) written() string {
	if q.OfAdmins() {
		return "an admin, as it is guarded"
	}
	var words []string
	for _, s := range q.People() {
		words = append(words, explainer{Case: Case{Facts: &Facts{}}}.selector(s))
	}
	return Join(words, "or")
}

// rights is why a decision counts: the fact, its source and when it was read.
func (t told) rights(d *Decision) (out []Line) {
	for _, r := range d.Rights {
		out = append(out, Line{Text: fmt.Sprintf("%s (%s, by %s), read from %s at %s", r.Words, r.Key, firstNonEmpty(r.Via, r.Key), firstNonEmpty(r.Source, "nowhere"), r.ReadAt.UTC().Format("2006-01-02 15:04:05 UTC")), admins: true})
	}
	if d.Duration > 0 {
		out = append(out, Line{Text: "for " + Span(d.Duration) + " only"})
	}
	return out
}

// log adds the entries, for admins. Typed text is not among them.
func (t told) log(x Explanation) Explanation {
	l := Line{Text: "the log", admins: true}
	for _, e := range t.entries {
		words := fmt.Sprintf("%s %s", e.At.UTC().Format("2006-01-02 15:04:05 UTC"), e.Action)
		if e.Actor != "" {
			words += " by " + t.name(e.Actor)
		}
		var data []string
		for _, k := range sortedKeys(e.Data) {
			if e.Data[k] != "" && !strings.Contains(k, "hash") {
				data = append(data, k+"="+Cut(e.Data[k], 60))
			}
		}
		if len(data) > 0 {
			words += " (" + strings.Join(data, ", ") + ")"
		}
		l.Lines = append(l.Lines, Line{Text: fmt.Sprintf("%d %s %s", e.Seq, e.Short(), words), admins: true})
	}
	x.Lines = append(x.Lines, l)
	return x
}
