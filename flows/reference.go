package flows

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A flow may want a ticket. It is looked at live when somebody asks, and again just before the grant. An extension's ticket is looked at
// when the extension is asked for.

// TicketFacts is a ticket as its system describes it now.
type TicketFacts struct {
	Key          string // as it is called now: a moved ticket still answers to its old key
	Project      string
	Status       string
	Assignee     string // address of whom it is assigned to; empty when nobody is, or when the system does not show it
	AssigneeID   string // that account in the system; empty when it is assigned to nobody
	AssigneeName string // shown, never compared
	Labels       []string
	Creator      string // account that made it
	Ours         bool   // made by the account that Hallpass itself works with
}

// TicketRef names a ticket: the integration and the key.
type TicketRef struct{ In, Key string }

// ownLabel begins the label of every ticket that Hallpass opens.
const ownLabel = "hallpass-"

// maxTicketKey is the longest key that is looked up, in characters.
const maxTicketKey = 100

func (c *checker) ticketNeed(t *TicketNeed) {
	if t == nil {
		return
	}
	if t.In == "" {
		c.say("why.ticket.in", "name the integration that keeps tickets")
	}
	if _, err := regexp.Compile(t.Pattern); err != nil {
		c.say("why.ticket.pattern", "%q is not a regular expression", t.Pattern)
	}
	if t.Reuse < 0 {
		c.say("why.ticket.reuse", "must not be negative")
	}
}

// Words says for people which ticket is good enough: "assigned to you, in OPS, Open or In Progress". Empty when any is.
func (t TicketNeed) Words() string {
	var out []string
	if !t.AnyAssignee {
		out = append(out, "assigned to you")
	}
	if t.Project != "" {
		out = append(out, "in "+t.Project)
	}
	if len(t.Statuses) > 0 {
		out = append(out, Join(t.Statuses, "or"))
	}
	return strings.Join(out, ", ")
}

// Find is the first key in a text that could be the ticket, so that nobody types it twice; empty when there is none.
func (t TicketNeed) Find(text string) string {
	re, err := regexp.Compile(`\b(?:` + t.Pattern + `)\b`)
	if err != nil || t.Pattern == "" {
		return ""
	}
	return re.FindString(text)
}

// named is the key that was typed, in the form that the pattern wants. Keys are written in capitals; typing them small is forgiven.
func (t TicketNeed) named(typed string) (string, error) {
	key := strings.TrimSpace(typed)
	switch {
	case key == "":
		return "", ticketWrong("Name a ticket" + wordsAfter(", ", t.Words()) + ".")
	case len([]rune(key)) > maxTicketKey:
		return "", ticketWrong("That is too long for the key of a ticket.")
	case t.matches(key):
		return key, nil
	case t.matches(strings.ToUpper(key)):
		return strings.ToUpper(key), nil
	}
	return "", ticketWrong(fmt.Sprintf("%s is not a ticket that is wanted here: its key must match %s.", key, t.Pattern))
}

// matches holds the pattern against the whole key, so that no part of a longer text passes for one.
func (t TicketNeed) matches(key string) bool {
	return t.Pattern == "" || regexp.MustCompile("^(?:"+t.Pattern+")$").MatchString(key)
}

func wordsAfter(before, words string) string {
	if words == "" {
		return ""
	}
	return before + words
}

func ticketWrong(sentence string) *Error {
	return &Error{Kind: KindInvalid, Field: "ticket", Sentence: sentence}
}

// refuses says why a ticket is not good enough for the asker; empty when it is. That it is not theirs is said before anything is told of it.
func (t TicketNeed) refuses(key string, f TicketFacts, asker Person, system string) string {
	switch {
	case f.Key == "":
		return fmt.Sprintf("%s does not exist in %s, or Hallpass may not see it. Name another ticket.", key, system)
	case !t.matches(f.Key):
		return fmt.Sprintf("%s is called %s now, and that is not a ticket that is wanted here.", key, f.Key)
	case t.Project != "" && !strings.EqualFold(f.Project, t.Project):
		return fmt.Sprintf("%s is not in the project %s. Name a ticket that is.", f.Key, t.Project)
	case f.Ours || slices.ContainsFunc(f.Labels, func(l string) bool { return strings.HasPrefix(strings.ToLower(l), ownLabel) }):
		return ownTicket(f.Key)
	}
	if why := t.assigned(f, asker, system); why != "" {
		return why
	}
	if len(t.Statuses) > 0 && !slices.ContainsFunc(t.Statuses, func(s string) bool { return strings.EqualFold(s, f.Status) }) {
		return fmt.Sprintf("%s is %s; it must be %s.", f.Key, f.Status, Join(t.Statuses, "or"))
	}
	return ""
}

func ownTicket(key string) string {
	return key + " was made by Hallpass itself, so it is no reason to be given anything. Name the ticket of your work."
}

// assigned compares addresses, as the directory and the ticket system have no id in common.
func (t TicketNeed) assigned(f TicketFacts, asker Person, system string) string {
	switch {
	case t.AnyAssignee:
		return ""
	case f.AssigneeID == "" && f.Assignee == "":
		return f.Key + " is assigned to nobody. Name a ticket that is assigned to you."
	case f.Assignee == "":
		return fmt.Sprintf("%s does not show us the address of the one to whom %s is assigned, so we can’t tell whether it is yours. Let it be seen in your profile there, or name another ticket.", system, f.Key)
	case !SameAddress(f.Assignee, asker.Email):
		return f.Key + " is assigned to somebody else. Name a ticket that is assigned to you."
	}
	return ""
}

// ticket adds a look at the ticket that was named.
func (n *needs) ticket(t *TicketNeed, key string) {
	if t != nil && key != "" {
		n.tickets[TicketRef{t.In, key}] = true
	}
}

func (e *Engine) ticketFact(ctx context.Context, ref TicketRef) Fact[TicketFacts] {
	system := e.out.Tickets[ref.In]
	if system == nil {
		return Fact[TicketFacts]{Trouble: ref.In + " is not configured"}
	}
	return ask(e, ref.In, func() (TicketFacts, error) { return system.Read(ctx, ref.Key) })
}

// checkTicket looks at the ticket that a draft names and leaves its key as it is called now. A flow that wants none forgets what was typed.
func (e *Engine) checkTicket(ctx context.Context, w *work, d *Draft) error {
	need := w.terms.Why.Ticket
	if need == nil {
		d.TicketKey = ""
		return nil
	}
	key, err := need.named(d.TicketKey)
	if err != nil {
		return err
	}
	f := e.ticketFact(ctx, TicketRef{need.In, key})
	if f.Trouble != "" {
		// It is nobody else's trouble: what other people do must not wait for it.
		calm := &CallError{Outcome: OutcomeLater, Sentence: f.Trouble}
		return &Error{Kind: KindUnknown, Field: "ticket", Cause: calm, Sentence: fmt.Sprintf("%s, so we can’t check %s. Try again in a minute.", f.Trouble, key)}
	}
	if why := need.refuses(key, f.Value, w.facts.Asker.Value, e.out.title(need.In)); why != "" {
		return ticketWrong(why)
	}
	d.TicketKey = f.Value.Key
	w.ticket, w.facts.Tickets[TicketRef{need.In, d.TicketKey}] = &f, f
	return e.store.View(ctx, func(tx Tx) error { return ticketFree(tx, need, w.request, d.TicketKey) })
}

// ticketFree refuses a ticket that Hallpass itself keeps, or that was named often enough. It is looked at again in the change that records
// the request, for two forms may be sent at one moment. Keys of two ticket systems may be alike; then more is refused, never less.
func ticketFree(tx Tx, need *TicketNeed, r *Request, key string) error {
	if need == nil {
		return nil
	}
	own, err := tx.CountRequests(RequestFilter{Ticket: key})
	if err != nil {
		return err
	}
	if own > 0 {
		return ticketWrong(ownTicket(key))
	}
	n, err := namedBefore(tx, r, key)
	if err != nil {
		return err
	}
	if need.Reuse > 0 && n >= need.Reuse {
		return ticketWrong(fmt.Sprintf("%s was named %s already, which is the most. Name another ticket.", key, times(n)))
	}
	return nil
}

// namedBefore counts the requests before this one that name a ticket: those given, and those that may yet be. An extension is no grant
// of its own, and goes on with the ticket of the grant that it lengthens.
func namedBefore(tx Tx, r *Request, key string) (n int, err error) {
	list, err := tx.Requests(RequestFilter{TicketKey: key, States: []RequestState{Pending, Approved}})
	if err != nil {
		return 0, err
	}
	lengthens, err := lengthened(tx, r.Extends)
	if err != nil {
		return 0, err
	}
	for _, x := range list {
		if x.ID == lengthens && lengthens != 0 {
			return 0, nil
		}
		counts, err := mayHaveGiven(tx, x)
		if err != nil {
			return 0, err
		}
		if counts && x.Extends == 0 && (r.ID == 0 || x.ID < r.ID) {
			n++
		}
	}
	return n, nil
}

// lengthened is the request whose grant an extension lengthens, 0 for none.
func lengthened(tx Tx, id GrantID) (RequestID, error) {
	if id == 0 {
		return 0, nil
	}
	g, err := tx.Grant(id)
	if err != nil {
		return 0, err
	}
	return g.Request, nil
}

// mayHaveGiven reports whether a request gave something or still may.
func mayHaveGiven(tx Tx, r *Request) (bool, error) {
	list, err := tx.Grants(GrantFilter{Request: r.ID})
	never := func(g *Grant) bool { return g.State == Dropped || g.State == Failed }
	return len(list) == 0 || !slices.ContainsFunc(list, never), err
}

// namedTickets adds the ticket of a request, as the flow as asked and the flow as it is now want it.
func namedTickets(n *needs, w *work) {
	n.ticket(w.asked.Why.Ticket, w.request.TicketKey)
	if w.cover.Flow != nil {
		n.ticket(w.cover.Flow.Why.Ticket, w.request.TicketKey)
	}
}

// ticketNow is the last look before the grant: why the ticket is not good enough any more, or why nobody can tell.
func (e *Engine) ticketNow(tx Tx, w *work) (why, unknown string, err error) {
	for _, f := range []*Flow{w.asked, w.cover.Flow} {
		if f == nil || f.Why.Ticket == nil {
			continue
		}
		need, key := f.Why.Ticket, w.request.TicketKey
		if key == "" {
			return "The policy wants a ticket now. Ask again and name one.", "", nil
		}
		seen := fact(w.facts.Tickets, TicketRef{need.In, key})
		if seen.Trouble != "" {
			return "", seen.Trouble, nil
		}
		if why = need.refuses(key, seen.Value, w.facts.Asker.Value, e.out.title(need.In)); why != "" {
			return why, "", nil
		}
		var wrong *Error
		if err := ticketFree(tx, need, w.request, key); errors.As(err, &wrong) && wrong.Field == "ticket" {
			return wrong.Sentence, "", nil
		} else if err != nil {
			return "", "", err
		}
	}
	return "", "", nil
}
