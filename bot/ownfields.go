package bot

import (
	"context"
	"slices"
	"strings"

	"hallpass/flows"
)

// What a flow asks besides the reason: a ticket, and questions of its own.

const (
	ticketAtMost = 100
	answerAtMost = 500
)

// besides are the fields of what a flow asks, filled in with what was typed.
func besides(w flows.Why, values map[string]string, people map[flows.PersonID]flows.Person) []Field {
	var out []Field
	if t := w.Ticket; t != nil {
		out = append(out, Field{Name: FieldTicket, Kind: TextLine, Label: "Ticket", Hint: "Its key", Help: t.Words(), Value: values[FieldTicket], AtMost: ticketAtMost})
	}
	for _, f := range w.Fields {
		out = append(out, ownField(f, values[f.Key()], people))
	}
	return out
}

func ownField(f flows.FormField, value string, people map[flows.PersonID]flows.Person) Field {
	out := Field{Name: f.Key(), Label: f.Label, Optional: !f.Required, Value: value}
	switch f.Kind {
	case flows.FieldChoice:
		out.Kind = Choice
		for _, c := range f.Choices {
			out.Choices = append(out.Choices, ChoiceItem{Value: c, Label: c})
		}
	case flows.FieldCheckbox:
		out.Kind, out.Choices = Checkbox, []ChoiceItem{{Value: flows.Ticked, Label: "Yes"}}
	case flows.FieldPerson:
		out.Kind, out.Hint = Person, "Part of the name"
		if p, ok := people[flows.PersonID(value)]; ok && value != "" {
			item := personItem(p)
			out.Chosen = &item
		}
	default:
		out.Kind, out.AtMost = TextLine, answerAtMost
	}
	return out
}

func personItem(p flows.Person) ChoiceItem {
	return ChoiceItem{Value: string(p.ID), Label: p.Name, Small: p.Email}
}

// answersOf are the answers to a flow's own questions in a form.
func answersOf(values map[string]string) map[string]string {
	out := map[string]string{}
	for name, v := range values {
		if own, ok := strings.CutPrefix(name, flows.OwnField); ok {
			out[own] = v
		}
	}
	return out
}

// answered puts a draft's ticket and answers back into a form.
func answered(values map[string]string, ticket string, answers map[string]string) {
	values[FieldTicket] = ticket
	for name, v := range answers {
		values[flows.OwnField+name] = v
	}
}

// chosenPeople reads whoever was chosen in the fields that ask for a person.
func (b *Bot) chosenPeople(ctx context.Context, w flows.Why, values map[string]string, into map[flows.PersonID]flows.Person) error {
	var ids []flows.PersonID
	for _, f := range w.Fields {
		if f.Kind == flows.FieldPerson {
			ids = append(ids, flows.PersonID(values[f.Key()]))
		}
	}
	return b.Store.View(ctx, func(tx flows.Tx) error { return readNames(tx, into, ids) })
}

// searchPeople lists whom a field that asks for a person may mean: active people, by a part of the name or the address.
func (b *Bot) searchPeople(ctx context.Context, text string) []ChoiceItem {
	var found []flows.Person
	err := b.Store.View(ctx, func(tx flows.Tx) error {
		all, err := tx.People()
		found = slices.DeleteFunc(all, func(p flows.Person) bool { return !p.Active() || !called(p, text) })
		return err
	})
	if err != nil {
		b.Log.Warn().Err(err).Msg("a search for people failed")
		return nil
	}
	slices.SortFunc(found, func(x, y flows.Person) int { return strings.Compare(x.Name+string(x.ID), y.Name+string(y.ID)) })
	var out []ChoiceItem
	for _, p := range found[:min(len(found), searchLimit)] {
		out = append(out, personItem(p))
	}
	return out
}

func called(p flows.Person, text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return strings.Contains(strings.ToLower(p.Name), text) || strings.Contains(strings.ToLower(p.Email), text)
}

// named are the facts on a card about what the asker named: the ticket, and the answers.
func (s *Story) named() []Pair {
	var out []Pair
	if r := s.Request; r.TicketKey != "" {
		out = append(out, Pair{Label: "Ticket", Line: s.ticket()})
	}
	if s.Flow == nil {
		return out
	}
	for _, f := range s.Flow.Why.Fields {
		if p, ok := s.answer(f); ok {
			out = append(out, p)
		}
	}
	return out
}

// ticket is "OPS-1, In Progress, assigned to Ana Silva", as it was when asked.
func (s *Story) ticket() Line {
	r := s.Request
	l := line(typed(r.TicketKey))
	if r.TicketSeen.Status != "" {
		l = line(l, ", ", typed(r.TicketSeen.Status))
	}
	if r.TicketSeen.Assignee == "" {
		return line(l, ", assigned to nobody that we can see")
	}
	return line(l, ", assigned to ", typed(r.TicketSeen.Assignee))
}

// answer is what was answered to a flow's own question; what was typed stands apart.
func (s *Story) answer(f flows.FormField) (Pair, bool) {
	v := s.Request.Fields[f.Name]
	p := Pair{Label: f.Label}
	switch {
	case f.Kind == flows.FieldCheckbox && v == "":
		p.Line = line("no")
	case v == "":
		return p, false
	case f.Kind == flows.FieldCheckbox:
		p.Line = line("yes")
	case f.Kind == flows.FieldChoice:
		p.Line = line(typed(v))
	case f.Kind == flows.FieldPerson:
		p.Line = line(s.name(flows.PersonID(v)))
	default:
		p.Quote = v
	}
	return p, true
}
