package flows

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The stages of a ticket.
const (
	ticketNone = iota
	ticketOpened
	ticketGranted
	ticketEnded
)

// KeepTicket brings a request's ticket up to date: opened, moved when access is given, closed at the end. It carries out IntentTicket.
func (e *Engine) KeepTicket(ctx context.Context, id RequestID) Result {
	for range ticketEnded + 1 {
		t, err := e.loadTicket(ctx, id)
		if err != nil {
			return failed(err)
		}
		system := e.out.Tickets[t.rule.In]
		if system == nil || t.request.TicketStage >= t.want {
			return done()
		}
		stage, key := t.request.TicketStage+1, t.request.Ticket
		if stage == ticketGranted && !t.given {
			stage = ticketEnded
		}
		if stage == ticketOpened {
			if until, err := e.opening(ctx, id); err != nil || !until.IsZero() {
				return orAgain(until, err)
			}
		}
		if key, err = t.bring(ctx, system, stage); err != nil {
			return failed(errors.Join(err, e.notOpened(ctx, id, err)))
		}
		if err := e.store.Change(ctx, func(tx Tx) error {
			r, err := tx.Request(id)
			if err != nil {
				return err
			}
			if stage == ticketOpened {
				r.Ticket, r.TicketStage, r.TicketLands = key, stage, time.Time{}
				return e.showTicket(tx, r)
			}
			r.TicketStage = stage
			return tx.PutRequest(r)
		}); err != nil {
			return failed(err)
		}
	}
	return done()
}

// opening commits that a ticket may be on its way, or says until when one still may be whose answer was lost: no search finds it sooner,
// and a second one would be made.
func (e *Engine) opening(ctx context.Context, id RequestID) (until time.Time, err error) {
	err = e.store.Change(ctx, func(tx Tx) error {
		until = time.Time{}
		r, err := tx.Request(id)
		if err != nil {
			return err
		}
		if tx.Real().Before(r.TicketLands) {
			until = r.TicketLands
			return nil
		}
		r.TicketLands = tx.Real().Add(e.set.CallTimeout + e.set.Landing)
		return tx.PutRequest(r)
	})
	return until, err
}

// notOpened notes that no ticket came of a call, unless that is unknown.
func (e *Engine) notOpened(ctx context.Context, id RequestID, cause error) error {
	if AsCall(cause).Outcome == OutcomeUnknown {
		return nil
	}
	return e.store.Change(ctx, func(tx Tx) error {
		r, err := tx.Request(id)
		if err != nil || r.TicketLands.IsZero() {
			return err
		}
		r.TicketLands = time.Time{}
		return tx.PutRequest(r)
	})
}

func orAgain(at time.Time, err error) Result {
	if err != nil {
		return failed(err)
	}
	return againReal(at)
}

// showTicket keeps a ticket's key and has the feed show it. It is no new revision: nothing that somebody decides on has changed, and a
// press on a card must count although the ticket came meanwhile.
func (e *Engine) showTicket(tx Tx, r *Request) error {
	if err := tx.PutRequest(r); err != nil {
		return err
	}
	p, err := tx.PostByKey(feedKey(r.ID))
	if err != nil {
		return ignoreMissing(err)
	}
	p.Wanted++ // also when it was drawn for the last time: a ticket may come after the end
	if err := tx.PutPost(p); err != nil {
		return err
	}
	return wantPost(tx, p)
}

// ticketWork is a request as its ticket tells it.
type ticketWork struct {
	request *Request
	rule    TicketRule
	want    int
	given   bool // access was really given
	who     string
	what    string
	agreed  []string
	end     string
}

func (e *Engine) loadTicket(ctx context.Context, id RequestID) (*ticketWork, error) {
	t := &ticketWork{want: ticketOpened}
	err := e.store.View(ctx, func(tx Tx) error {
		r, f, err := askedBy(tx, id)
		if err != nil {
			return err
		}
		t.request, t.rule, t.who, t.what = r, f.Tickets, nameOf(tx, r.For), resourceName(tx, r.Entitlement)
		list, err := tx.Decisions(id)
		if err != nil {
			return err
		}
		for _, d := range list {
			if d.Yes {
				t.agreed = append(t.agreed, nameOf(tx, d.Person))
			}
		}
		grants, err := tx.Grants(GrantFilter{Request: id})
		t.read(grants)
		return err
	})
	return t, err
}

// read says how far the ticket should be.
func (t *ticketWork) read(grants []*Grant) {
	r := t.request
	switch {
	case r.State == Denied, r.State == Canceled, r.State == Lapsed:
		t.want, t.end = ticketEnded, "The request was "+string(r.State)+"; nothing was given."
	case r.State == Approved && r.Extends != 0:
		t.want, t.end = ticketEnded, "The access was extended by "+Span(r.Given())+"."
	}
	for _, g := range grants {
		switch {
		case g.State == Ended:
			t.want, t.given, t.end = ticketEnded, true, "The access ended ("+string(g.Cause)+"). "+t.proof(g)
		case g.State.Over():
			t.want, t.end = ticketEnded, "The access was not given. "+g.EndWhy
		case g.State == Active || g.State == Revoking:
			t.want, t.given = ticketGranted, true
		}
	}
}

func (t *ticketWork) proof(g *Grant) string {
	switch g.Released {
	case "":
		return "It was taken away and read absent."
	case ReleasedBefore:
		return "It was there before Hallpass, so it stays."
	}
	return "It is still held by " + g.Released + "."
}

// bring does one stage. Labels and marks make a repeat after a crash find what the first try left.
func (t *ticketWork) bring(ctx context.Context, system Tickets, stage int) (string, error) {
	r := t.request
	switch stage {
	case ticketOpened:
		return system.Open(ctx, TicketDraft{IssueType: t.rule.IssueType, Label: ticketLabel(r), Summary: fmt.Sprintf("%s: %s for %s, %s", r.ID, t.what, t.who, Span(r.Duration)),
			Body: []string{fmt.Sprintf("%s asks for %s (%s), %s.", t.who, t.what, r.Entitlement.Permission, Span(r.Duration)), "Why: " + r.Reason, r.ticketWords(), "Flow: " + r.FlowName}})
	case ticketGranted:
		how := "at once, by the flow"
		if len(t.agreed) > 0 {
			how = "agreed by " + Join(t.agreed, "and")
		}
		if err := system.Comment(ctx, r.Ticket, r.ID.String()+"/given", []string{"Access was given, " + how + ", " + ForSpan(r.Given()) + "."}); err != nil {
			return "", err
		}
		return r.Ticket, t.move(ctx, system, t.rule.Granted)
	}
	if err := system.Comment(ctx, r.Ticket, r.ID.String()+"/ended", []string{strings.TrimSpace(t.end)}); err != nil {
		return "", err
	}
	return r.Ticket, t.move(ctx, system, t.rule.Ended)
}

func (t *ticketWork) move(ctx context.Context, system Tickets, status string) error {
	if status == "" {
		return nil
	}
	return system.Move(ctx, t.request.Ticket, status)
}

// ticketLabel makes the ticket findable. Times make it differ between installations that number alike.
func ticketLabel(r *Request) string {
	return fmt.Sprintf("hallpass-%s-%d", r.ID, r.Made.Unix())
}

// ticketWords names the ticket that the asker named; nothing when none was.
func (r *Request) ticketWords() string {
	if r.TicketKey == "" {
		return ""
	}
	return "Ticket: " + r.TicketKey
}
