package flows

import (
	"maps"
	"time"
)

// NotAtOnce is why a shift that lets people through without a human did not do so this time: what we know of its plan.
type NotAtOnce struct {
	Shift  string        // the schedule's own name
	Since  time.Time     // since when we have known that they would be on it now; zero: the plan read last did not say so
	Unread bool          // the plan was not read lately, or never: then nothing is known
	Wanted time.Duration // for how long it must have been known
}

// notAtOnce looks at the flow as asked and as it is now.
func (e *Engine) notAtOnce(w *work) *NotAtOnce {
	for _, f := range []*Flow{w.cover.Flow, w.asked} {
		if f == nil {
			continue
		}
		if t, trouble := w.termsOf(f); trouble == "" {
			if n := t.almost(w.request, w.facts); n != nil {
				return n
			}
		}
	}
	return nil
}

// almost is what stands against a request that would go through without a human if every plan had been known for long enough.
func (f *Flow) almost(r *Request, facts *Facts) *NotAtOnce {
	if f.lets(r, facts) != "" {
		return nil
	}
	then := *facts
	then.asPlanned()
	_, on := f.passes(r, &then)
	for _, s := range on {
		if facts.Local.known(*s.Shift, s.KnownFor) {
			continue
		}
		p := facts.Local.Plans[*s.Shift]
		return &NotAtOnce{Shift: s.Shift.words(facts.Names), Since: p.Since, Unread: p.Old, Wanted: knownFor(s.KnownFor)}
	}
	return nil
}

// leantOn adds to an entry by which shift a request went through without a human, and since when our reads of its plan had it so.
func (e *Engine) leantOn(w *work, data map[string]string) {
	t, trouble := w.termsOf(w.asked)
	if trouble != "" {
		return
	}
	if _, on := t.passes(w.request, w.facts); len(on) > 0 {
		data["shift"] = on[0].Key()
		data["planned since"] = w.facts.Local.Plans[*on[0].Shift].Since.UTC().Format(time.RFC3339)
	}
}

// shiftUnknown is who does not answer, where the answer could let a request through without a human; empty where it would change nothing.
func (e *Engine) shiftUnknown(w *work) string {
	then, why := *w.facts, ""
	then.Shifts, then.Local.Plans = maps.Clone(then.Shifts), maps.Clone(then.Local.Plans)
	for s, on := range w.facts.Shifts {
		if on.Trouble == "" && !w.facts.Local.Plans[s].Old {
			continue
		}
		why = firstNonEmpty(why, on.Trouble, "the plan of "+s.words(w.facts.Names)+" has not been read lately")
		if on.Trouble != "" {
			then.Shifts[s] = Fact[[]Standing]{Value: []Standing{{Person: w.facts.Asker.Value}}}
		}
		if w.facts.Local.Plans[s].Old {
			then.Local.Plans[s] = Planning{Since: w.facts.Local.Now.Add(-MostKnownFor)}
		}
	}
	if why == "" {
		return ""
	}
	answered := *w
	answered.facts = &then
	if !e.verdict(&answered).Satisfied {
		return ""
	}
	return why
}

// words say what stands against it, without whom it is about: "they" are who asks.
func (n *NotAtOnce) words(zone *time.Location) string {
	switch {
	case n.Unread:
		return "the plan of " + n.Shift + " has not been read lately, so it is not known for how long they have been on it"
	case n.Since.IsZero():
		return "the plan of " + n.Shift + ", as it was read last, did not have them on call now"
	}
	return "it has been known only since " + stamp(n.Since.In(zone)) + " that they are on call now (" + n.Shift + "), and " + Span(n.Wanted) + " are wanted"
}

// onShift says whether the asker is on a shift, and since when that was planned.
func (x explainer) onShift(s Selector) Line {
	in, trouble := s.covers(x.Facts)
	known, _ := surelyAmong([]Selector{s}, x.Facts)
	l := Line{Mark: markOf(known, trouble), Text: x.selector(s) + ", as planned for " + Span(knownFor(s.KnownFor)) + because(trouble), admins: !in, plain: "it is for whoever is on call"}
	if since := x.Facts.Local.Plans[*s.Shift].Since; in && !since.IsZero() {
		l.Text += " (known since " + stamp(since.In(x.Facts.Local.Now.Location())) + ")"
	}
	return l
}

// onCall says by which shift the offer is automatic.
func (o *Offer) onCall(on []Selector, f *Facts) {
	for _, s := range on {
		for _, x := range fact(f.Shifts, *s.Shift).Value {
			if x.Person.ID == f.Asker.Value.ID && o.OnCall == nil {
				o.OnCall, o.Shift = &x, s.Shift.words(f.Names)
			}
		}
	}
}
