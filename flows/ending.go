package flows

import (
	"context"
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
	rank, err := endRank(tx, g)
	if err != nil {
		return err
	}
	return wantHold(tx, h, rank)
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
		if g.outlasts(best) {
			best = g
		}
	}
	return best.Request.String()
}

// finish puts a grant into one of its last states, with its entry, cards and ticket, and a notice where it was never given.
func (e *Engine) finish(tx Tx, g *Grant, to GrantState, released string) error {
	if err := e.finishQuietly(tx, g, to, released); err != nil {
		return err
	}
	if to == Failed || (to == Dropped && g.Cause != GivenBack) {
		return e.noticeOf(tx, "failed", g)
	}
	return nil
}

// finishQuietly is finish without the notice.
func (e *Engine) finishQuietly(tx Tx, g *Grant, to GrantState, released string) error {
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
	r, f, err := askedBy(tx, id)
	if err != nil {
		return err
	}
	if err := e.touch(tx, r); err != nil {
		return err
	}
	return wantTicket(tx, r, f.Tickets.In)
}
