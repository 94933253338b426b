package flows

import (
	"context"
	"fmt"
	"time"
)

// Cancel takes a request back before it is decided. Only the asker can.
func (e *Engine) Cancel(ctx context.Context, by Actor, id RequestID) (Answer, error) {
	var a Answer
	err := e.store.Change(ctx, func(tx Tx) error {
		a = Answer{Request: id}
		r, err := tx.Request(id)
		if ignoreMissing(err) != nil {
			return err
		}
		if err != nil || r.Asker != by.Person.ID {
			a.Sentence = "There is no such request of yours."
			return e.refusal(tx, by, "cancel "+id.String(), a.Sentence)
		}
		if r.State == Approved {
			return e.cancelUnbegun(tx, r, by, &a)
		}
		if !r.CanDecide() {
			a.Sentence, a.Stale = "This is already decided, so it can’t be canceled.", true
			return e.refusal(tx, by, "cancel "+id.String(), a.Sentence)
		}
		w := &work{request: r}
		if w.asked, err = flowOf(tx, r.FlowHash); err != nil {
			return err
		}
		return e.close(tx, w, Canceled, ActCanceled, by.Person.ID, "")
	})
	return a, err
}

// cancelUnbegun gives back a grant that is not yet in use. One that is, is given back by the button that says so, never by an old card.
func (e *Engine) cancelUnbegun(tx Tx, r *Request, by Actor, a *Answer) error {
	list, err := tx.Grants(GrantFilter{Request: r.ID})
	if err != nil {
		return err
	}
	for _, g := range list {
		if (g.State == Waiting || g.State == Granting) && r.Extends == 0 {
			return e.end(tx, g, GivenBack, by.Person.ID, "")
		}
		if g.State == Active && r.Extends == 0 {
			a.Sentence = "You have it already. Give it back when you no longer need it."
		}
	}
	a.Sentence, a.Stale = firstNonEmpty(a.Sentence, "This is already over."), true
	return e.refusal(tx, by, "cancel "+r.ID.String(), a.Sentence)
}

func (e *Engine) refusal(tx Tx, by Actor, what, why string) error {
	return e.log(tx, &Entry{Action: ActRefused, Actor: by.Person.ID, Via: by.Account.String(), Data: map[string]string{"tried": what}, Text: why})
}

// GiveBack ends the holder's own grant now.
func (e *Engine) GiveBack(ctx context.Context, by Actor, id GrantID) (Answer, error) {
	return e.endBy(ctx, by, id, GivenBack, "", func(g *Grant) string {
		if g.Person != by.Person.ID {
			return "There is no such access of yours."
		}
		return ""
	})
}

// Revoke ends anybody's grant now. Only admins can.
func (e *Engine) Revoke(ctx context.Context, by Actor, id GrantID, why string) (Answer, error) {
	return e.endBy(ctx, by, id, Revoked, why, func(*Grant) string {
		if !by.Admin {
			return "Only admins of Hallpass can take access away early."
		}
		return ""
	})
}

func (e *Engine) endBy(ctx context.Context, by Actor, id GrantID, cause EndCause, why string, may func(*Grant) string) (Answer, error) {
	var a Answer
	err := e.store.Change(ctx, func(tx Tx) error {
		a = Answer{}
		g, err := tx.Grant(id)
		switch {
		case KindOf(err) == KindNotFound && err != nil:
			a.Sentence = "There is no such access."
		case err != nil:
			return err
		default:
			a.Request = g.Request
			a.Sentence = may(g)
		}
		if a.Sentence == "" && (g.State.Over() || g.State == Revoking) {
			a.Sentence, a.Stale = "This access is over already.", true
		}
		if a.Sentence != "" {
			return e.refusal(tx, by, string(cause)+" "+id.String(), a.Sentence)
		}
		return e.end(tx, g, cause, by.Person.ID, why)
	})
	return a, err
}

// end begins the end of a grant. A lease that is not the last is released at once; the last one has the access taken away.
func (e *Engine) end(tx Tx, g *Grant, cause EndCause, by PersonID, why string) error {
	g.Cause, g.EndBy, g.EndWhy = cause, by, why
	switch g.State {
	case Waiting:
		return e.endUnbegun(tx, g)
	case Granting, Active:
	default:
		return nil
	}
	h, err := tx.Holding(g.Holding)
	if err != nil {
		return err
	}
	others, err := leaning(tx, h, g.ID)
	if err != nil {
		return err
	}
	entry := &Entry{Action: ActEnding, Actor: by, Request: g.Request, Grant: g.ID, Holding: h.ID, Data: map[string]string{"cause": string(cause)}, Text: why}
	if err := e.log(tx, entry); err != nil {
		return err
	}
	if g.State == Active && len(others) > 0 {
		return e.finish(tx, g, Ended, heldWords(others))
	}
	g.State = Revoking
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	if err := e.touchRequest(tx, g.Request); err != nil {
		return err
	}
	if cause == Revoked {
		if err := e.noticeOf(tx, "revoked", g); err != nil {
			return err
		}
	}
	return wantHold(tx, h, RankEnd)
}

// endUnbegun drops a lease that never began; its holding is closed if nothing else leans on it.
func (e *Engine) endUnbegun(tx Tx, g *Grant) error {
	if err := e.finish(tx, g, Dropped, ""); err != nil {
		return err
	}
	h, err := tx.Holding(g.Holding)
	if err != nil {
		return err
	}
	return wantHold(tx, h, RankGrant)
}

// leaning are the other grants that hold a holding up.
func leaning(tx Tx, h *Holding, but GrantID) ([]*Grant, error) {
	list, err := tx.Grants(GrantFilter{Holding: h.ID, States: []GrantState{Granting, Active}})
	var out []*Grant
	for _, g := range list {
		if g.ID != but {
			out = append(out, g)
		}
	}
	return out, err
}

// heldWords names what still holds the access: the request whose grant lasts longest ("R150").
func heldWords(list []*Grant) string {
	best := list[0]
	for _, g := range list {
		if g.Ends.After(best.Ends) || best.Ends.IsZero() {
			best = g
		}
	}
	return best.Request.String()
}

// finish puts a grant into one of its last states, with its entry, cards and ticket.
func (e *Engine) finish(tx Tx, g *Grant, to GrantState, released string) error {
	g.State, g.Ended, g.Released, g.Late = to, tx.Now(), released, ""
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	entry := &Entry{Action: ActTakenBack, Request: g.Request, Grant: g.ID, Holding: g.Holding, Data: map[string]string{"cause": string(g.Cause)}, Text: g.EndWhy}
	switch {
	case to != Ended:
		entry.Action = ActNotGiven
	case released != "":
		entry.Action, entry.Data["held by"] = ActReleased, released
	}
	if err := e.log(tx, entry); err != nil {
		return err
	}
	if to == Failed || (to == Dropped && g.Cause != GivenBack) {
		if err := e.noticeOf(tx, "failed", g); err != nil {
			return err
		}
	}
	return e.touchRequest(tx, g.Request)
}

func (e *Engine) noticeOf(tx Tx, topic string, g *Grant) error {
	r, err := tx.Request(g.Request)
	if err != nil {
		return err
	}
	return e.notice(tx, topic, g.Person, r, g)
}

// touchRequest has a request's cards and ticket brought up to date.
func (e *Engine) touchRequest(tx Tx, id RequestID) error {
	r, err := tx.Request(id)
	if err != nil {
		return err
	}
	f, err := flowOf(tx, r.FlowHash)
	if err != nil {
		return err
	}
	if err := e.touch(tx, r); err != nil {
		return err
	}
	return wantTicket(tx, r, f.Tickets.In)
}

// Tick does what is due on a request or grant by company time. It carries out IntentTimer.
func (e *Engine) Tick(ctx context.Context, subject string) Result {
	var id int64
	var again Result
	var err error
	if _, scanErr := fmt.Sscanf(subject, "grant/%d", &id); scanErr == nil {
		again, err = e.tickGrant(ctx, GrantID(id))
	} else if _, scanErr := fmt.Sscanf(subject, "request/%d", &id); scanErr == nil {
		again, err = e.tickRequest(ctx, RequestID(id))
	}
	if err != nil {
		return failed(err)
	}
	return again
}

func (e *Engine) tickGrant(ctx context.Context, id GrantID) (Result, error) {
	var again Result
	err := e.store.Change(ctx, func(tx Tx) error {
		again = Result{}
		g, err := tx.Grant(id)
		if err != nil || g.State != Active {
			return ignoreMissing(err)
		}
		if !tx.Now().Before(g.Ends) {
			return e.end(tx, g, Expired, "", "")
		}
		r, err := tx.Request(g.Request)
		if err != nil {
			return err
		}
		f, err := flowOf(tx, r.FlowHash)
		if err != nil {
			return err
		}
		if warn, ok := g.WarnAt(f.Warn); ok && !g.Warned && !tx.Now().Before(warn) {
			if err := e.warn(tx, r, g); err != nil {
				return err
			}
		}
		again = Result{Again: true, Scale: ByCompany, Due: grantDue(g, f.Warn)}
		return nil
	})
	return again, err
}

func grantDue(g *Grant, warn time.Duration) time.Time {
	if at, ok := g.WarnAt(warn); ok && !g.Warned {
		return at
	}
	return g.Ends
}

func (e *Engine) grantTimer(tx Tx, g *Grant, warn time.Duration) error {
	return wantTimer(tx, SubjectOf("grant", g.ID), grantDue(g, warn))
}

// warn tells the holder that the end is near, in a message of its own.
func (e *Engine) warn(tx Tx, r *Request, g *Grant) error {
	g.Warned = true
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	if err := e.log(tx, &Entry{Action: ActWarned, Request: r.ID, Grant: g.ID, Holding: g.Holding, Data: map[string]string{"ends": g.Ends.UTC().Format(time.RFC3339)}}); err != nil {
		return err
	}
	return e.say(tx, Post{Kind: PostWarning, Key: fmt.Sprintf("warning/%d/%d", g.ID, g.Extended), Person: g.Person, Request: r.ID, Grant: g.ID})
}

func (e *Engine) tickRequest(ctx context.Context, id RequestID) (Result, error) {
	var again Result
	err := e.store.Change(ctx, func(tx Tx) error {
		again = Result{}
		r, err := tx.Request(id)
		if err != nil || !r.CanDecide() {
			return ignoreMissing(err)
		}
		w := &work{request: r}
		if w.asked, err = flowOf(tx, r.FlowHash); err != nil {
			return err
		}
		if !tx.Now().Before(r.Lapses) {
			return e.close(tx, w, Lapsed, ActLapsed, "", "Nobody decided in time.")
		}
		if err := e.nudge(tx, w); err != nil {
			return err
		}
		again = Result{Again: true, Scale: ByCompany, Due: e.nextDue(w.asked, r)}
		return nil
	})
	return again, err
}

// nudge reminds those who were asked, once, and asks more of a group after a while.
func (e *Engine) nudge(tx Tx, w *work) error {
	r := w.request
	now := tx.Now()
	changed := false
	if !r.Widened && !now.Before(r.StepAsked.Add(WidenAfter)) {
		r.Widened, changed = true, true
		if err := e.askPeople(tx, w); err != nil {
			return err
		}
	}
	if x := w.asked.Approval.Escalate; x != nil && !r.Escalated && !now.Before(r.StepAsked.Add(x.After)) {
		r.Escalated, changed = true, true
		if err := e.log(tx, &Entry{Action: ActEscalated, Request: r.ID, Data: map[string]string{"after": Span(x.After)}}); err != nil {
			return err
		}
		if err := wantAsk(tx, r.ID, tx.Real()); err != nil {
			return err
		}
	}
	if !r.Reminded && !now.Before(r.StepAsked.Add(w.asked.Approval.Remind)) {
		r.Reminded, changed = true, true
		if err := e.remind(tx, r); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	return tx.PutRequest(r)
}

func (e *Engine) remind(tx Tx, r *Request) error {
	for _, a := range r.Asked {
		if a.Gone || a.Step != r.StepIndex {
			continue
		}
		p, err := tx.PostByKey(approverKey(r.ID, a.Person, a.Step))
		if err != nil {
			return err
		}
		p.Reminder++
		p.Wanted++
		if err := tx.PutPost(p); err != nil {
			return err
		}
		if err := wantPost(tx, p); err != nil {
			return err
		}
	}
	return e.log(tx, &Entry{Action: ActReminded, Request: r.ID})
}
