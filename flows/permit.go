package flows

import (
	"context"
	"errors"
	"time"
)

// permission is what the last look before a grant says of a waiting lease.
type permission int

const (
	notAnyMore permission = iota // dropped, or begun by somebody else: look again
	letItIn
	notKnown    // somebody outside does not answer, which the cards say
	toBeDecided // the request is open again; the lease waits for its approval, and nothing else waits for the lease
)

// permit evaluates once more just before the grant.
func (e *Engine) permit(ctx context.Context, g *Grant) (p permission, err error) {
	err = e.onRequest(ctx, g.Request, namedTickets, func(tx Tx, w *work) error {
		p = notAnyMore
		fresh, err := tx.Grant(g.ID)
		if err != nil || fresh.State != Waiting {
			return err
		}
		r, asker := w.request, w.facts.Asker
		switch {
		case r.State != Approved:
			p = toBeDecided
			return nil
		case asker.Trouble == "" && !asker.Value.Active():
			fresh.Cause = PersonLeft
			return e.finish(tx, fresh, Dropped, "")
		case w.resource.Gone || w.resource.Unfit != "":
			fresh.Cause, fresh.EndWhy = ReasonGone, "It can no longer be given: "+unfitWords(w.resource)
			return e.finish(tx, fresh, Dropped, "")
		case w.cover.Refused != "":
			fresh.Cause, fresh.EndWhy = ReasonGone, "The policy no longer allows this."
			return e.finish(tx, fresh, Dropped, "")
		case asker.Trouble != "" || w.cover.Unknown != "":
			return Errorf(KindUnknown, "%s", firstNonEmpty(asker.Trouble, w.cover.Unknown))
		}
		if !e.verdict(w).Satisfied {
			if why := e.shiftUnknown(w); why != "" {
				return Errorf(KindUnknown, "%s", why)
			}
			p = toBeDecided
			return e.reopen(tx, w, r)
		}
		p, err = e.stillNamed(tx, w, fresh)
		return err
	})
	return p, err
}

var errNotKnown = errors.New("somebody outside does not answer")

// stillNamed looks once more at what the asker named: the end, and the ticket.
func (e *Engine) stillNamed(tx Tx, w *work, g *Grant) (permission, error) {
	if w.request.windowOver(tx.Now()) {
		g.Cause, g.EndWhy = Unfinished, windowWords
		return notAnyMore, e.finish(tx, g, Dropped, "")
	}
	why, unknown, err := e.ticketNow(tx, w)
	if err != nil {
		return notAnyMore, err
	}
	if why != "" {
		g.Cause, g.EndWhy = ReasonGone, why
		return notAnyMore, e.finish(tx, g, Dropped, "")
	}
	if unknown == "" {
		unknown, err = e.notNow(tx)
	}
	if err != nil {
		return notAnyMore, err
	}
	if unknown != "" {
		return notKnown, e.waits(tx, w.request, g, unknown)
	}
	return letItIn, e.shrink(tx, w, g)
}

// shrink shortens a lease that the flow as it is now no longer gives for so long, or not without an end. Nothing ever makes it longer.
func (e *Engine) shrink(tx Tx, w *work, g *Grant) error {
	f, err := w.termsNow()
	if err != nil {
		return err
	}
	most := f.HowLong.atMost(g.Duration)
	if g.Duration <= most {
		return nil
	}
	g.Duration, w.request.Approved = most, most
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	return e.touch(tx, w.request)
}

// reopen sends an approved request back: the policy became stricter before anything was given, or what it went through by holds no more.
func (e *Engine) reopen(tx Tx, w *work, r *Request) error {
	r.State, r.Closed, r.StepAsked = Pending, time.Time{}, time.Time{}
	r.lapseAfter(tx.Now(), w.askedTerms())
	data := map[string]string{"policy": w.policy.Hash}
	if len(w.decisions) == 0 {
		data["before"] = "automatic"
	}
	if err := e.log(tx, &Entry{Action: ActReopened, Request: r.ID, Data: data}); err != nil {
		return err
	}
	if err := e.settle(tx, w); err != nil {
		return err
	}
	return wantAsk(tx, r.ID, tx.Real().Add(recheck(r)))
}

// resume goes on with giving that was interrupted. The policy and the people may have changed since, so it is evaluated once more.
func (o *holdingWork) resume(ctx context.Context) (Result, bool) {
	worst := letItIn
	for _, g := range o.in(Granting) {
		p, err := o.e.stillPermitted(ctx, g)
		switch {
		case err != nil:
			return failed(err), false
		case p == notAnyMore:
			return Result{}, true
		case p == notKnown:
			worst = notKnown
		}
	}
	return o.give(ctx, worst)
}

// stillPermitted is permit for a grant on its way: what is no longer allowed is not asked anew but taken away.
func (e *Engine) stillPermitted(ctx context.Context, g *Grant) (p permission, err error) {
	err = e.onRequest(ctx, g.Request, nil, func(tx Tx, w *work) error {
		p = notAnyMore
		fresh, err := tx.Grant(g.ID)
		if err != nil || fresh.State != Granting {
			return err
		}
		asker := w.facts.Asker
		switch {
		case asker.Trouble == "" && !asker.Value.Active():
			return e.end(tx, fresh, PersonLeft, "", "")
		case asker.Trouble != "" || w.cover.Unknown != "":
			p = notKnown
			return nil
		case w.cover.Refused == "" && e.verdict(w).Satisfied:
			p, err = e.goOn(tx, w, fresh)
			return err
		case w.cover.Refused == "" && e.shiftUnknown(w) != "":
			p = notKnown
			return nil
		}
		if err := e.end(tx, fresh, ReasonGone, "", "The policy no longer allows this."); err != nil {
			return err
		}
		return e.noticeOf(tx, "failed", fresh)
	})
	return p, err
}

// goOn lets what was begun be given, unless nothing is given now: then what is there already is recorded, and the rest waits.
func (e *Engine) goOn(tx Tx, w *work, g *Grant) (permission, error) {
	why, err := e.notNow(tx)
	if err != nil {
		return notAnyMore, err
	}
	if why != "" {
		return notKnown, e.waits(tx, w.request, g, why)
	}
	return letItIn, e.shrink(tx, w, g)
}
