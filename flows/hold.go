package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// lookAgainSoon is how soon an answer that lags behind a write is read again, in machine time.
const lookAgainSoon = 2 * time.Second

// putBacks is how often a second writer may put access back before removing stops and the alarm stays on.
const putBacks = 2

// stuckEvery is how often a stuck holding is looked at again, in machine time.
const stuckEvery = time.Hour

// Hold makes the target what a holding's leases say. It carries out IntentHold: what to do is worked out at the moment of doing, one
// act at a time. The call may have reached the target before a crash, so every start asks the target first.
func (e *Engine) Hold(ctx context.Context, id HoldingID) Result {
	for range 20 { // a bound on the acts of one claim; what is left is due at once
		h, list, err := e.loadHolding(ctx, id)
		if err != nil {
			return failed(err)
		}
		if !h.Open {
			return done()
		}
		target := e.out.Targets[h.Entitlement.Integration]
		if target == nil {
			return failed(&CallError{Outcome: OutcomeLater, Sentence: h.Entitlement.Integration + " is not configured, so " + h.Entitlement.String() + " can’t be looked after"})
		}
		o := &holdingWork{e: e, h: h, grants: list, target: target, title: e.out.title(h.Entitlement.Integration)}
		next, more := o.act(ctx)
		if !more {
			return next
		}
	}
	return againReal(e.clock.Machine())
}

func (e *Engine) loadHolding(ctx context.Context, id HoldingID) (h *Holding, list []*Grant, err error) {
	err = e.store.View(ctx, func(tx Tx) error {
		if h, err = tx.Holding(id); err != nil {
			return err
		}
		list, err = tx.Grants(GrantFilter{Holding: id, States: []GrantState{Waiting, Granting, Active, Revoking}})
		return err
	})
	return h, list, err
}

// holdingWork is one act on a holding.
type holdingWork struct {
	e      *Engine
	h      *Holding
	grants []*Grant
	target Target
	title  string
}

func (o *holdingWork) in(s GrantState) []*Grant {
	var out []*Grant
	for _, g := range o.grants {
		if g.State == s {
			out = append(out, g)
		}
	}
	return out
}

// act does the next thing: let a waiting grant in, give, or take away. more means: look again at once.
func (o *holdingWork) act(ctx context.Context) (r Result, more bool) {
	var waits error
	for _, g := range o.in(Waiting) {
		p, err := o.e.permit(ctx, g)
		switch {
		case err != nil:
			waits = err // unknown: this lease waits, but no end waits for it
		case p == notKnown:
			waits = errNotKnown
		case p == letItIn:
			return o.letIn(ctx, g)
		case p == notAnyMore:
			return Result{}, true
		}
	}
	switch {
	case len(o.in(Granting)) > 0:
		return o.give(ctx)
	case len(o.in(Active)) > 0 && len(o.in(Revoking)) > 0:
		return o.release(ctx)
	case len(o.in(Revoking)) > 0:
		return o.take(ctx)
	case waits != nil:
		return againReal(o.e.clock.Machine().Add(troubleEvery)), false
	case len(o.grants) == 0:
		return o.shut(ctx)
	}
	return done(), false
}

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
	if u := w.request.Until; !u.IsZero() && u.Sub(tx.Now()) < time.Minute {
		g.Cause, g.EndWhy = Unfinished, "The time that it was asked for was over before it could be given."
		return notAnyMore, e.finish(tx, g, Dropped, "")
	}
	why, unknown, err := e.ticketNow(tx, w)
	switch {
	case err != nil:
		return notAnyMore, err
	case why != "":
		g.Cause, g.EndWhy = ReasonGone, why
		return notAnyMore, e.finish(tx, g, Dropped, "")
	case unknown != "" && g.Late == unknown:
		return notKnown, nil
	case unknown != "":
		g.Late = unknown
		if err := tx.PutGrant(g); err != nil {
			return notKnown, err
		}
		return notKnown, e.touch(tx, w.request)
	}
	return letItIn, e.shrink(tx, w, g)
}

// shrink shortens a lease that the flow as it is now no longer gives for so long. Nothing ever makes it longer.
func (e *Engine) shrink(tx Tx, w *work, g *Grant) error {
	most := w.cover.Flow.HowLong.Max
	if g.Duration <= most {
		return nil
	}
	g.Duration, w.request.Approved = most, most
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	return e.touch(tx, w.request)
}

// reopen sends an approved request back: the policy became stricter before anything was given.
func (e *Engine) reopen(tx Tx, w *work, r *Request) error {
	r.State, r.Closed, r.StepAsked = Pending, time.Time{}, time.Time{}
	r.lapseAfter(tx.Now(), w.asked)
	if err := e.log(tx, &Entry{Action: ActReopened, Request: r.ID, Data: map[string]string{"policy": w.policy.Hash}}); err != nil {
		return err
	}
	if err := e.settle(tx, w); err != nil {
		return err
	}
	return wantAsk(tx, r.ID, tx.Real().Add(recheck(r)))
}

// check reads the target in a call of its own, with the call's deadline.
func (o *holdingWork) check(ctx context.Context) (Reading, error) {
	ctx, stop := context.WithTimeout(ctx, o.e.set.CallTimeout)
	defer stop()
	return o.target.Check(ctx, o.h.Entitlement, o.h.Person)
}

func (o *holdingWork) call(ctx context.Context, f func(context.Context, Entitlement, PersonID) error) *CallError {
	ctx, stop := context.WithTimeout(ctx, o.e.set.CallTimeout)
	defer stop()
	return AsCall(f(ctx, o.h.Entitlement, o.h.Person))
}

// lands is until when a call sent now could still take effect.
func (o *holdingWork) lands(now time.Time) time.Time {
	return now.Add(o.e.set.CallTimeout + o.e.set.Landing)
}

// change writes on the holding as it is now. The function gets the fresh holding and its living grants.
func (o *holdingWork) change(ctx context.Context, f func(tx Tx, h *Holding, list []*Grant) error) error {
	return o.e.store.Change(ctx, func(tx Tx) error {
		h, err := tx.Holding(o.h.ID)
		if err != nil {
			return err
		}
		list, err := tx.Grants(GrantFilter{Holding: h.ID, States: []GrantState{Waiting, Granting, Active, Revoking}})
		if err != nil {
			return err
		}
		if err := f(tx, h, list); err != nil {
			return err
		}
		return tx.PutHolding(h)
	})
}

// letIn reads what is there before the first grant call, commits it, and begins the grant.
func (o *holdingWork) letIn(ctx context.Context, g *Grant) (Result, bool) {
	reading, err := o.check(ctx)
	if err != nil {
		return o.trouble(ctx, err)
	}
	if why := firstNonEmpty(reading.Gone, reading.Unfit); why != "" {
		err := o.change(ctx, func(tx Tx, _ *Holding, list []*Grant) error {
			return o.each(list, Waiting, func(g *Grant) error {
				g.Cause, g.EndWhy = ReasonGone, "It can no longer be given: "+why+"."
				return o.e.finish(tx, g, Dropped, "")
			})
		})
		return o.or(err)
	}
	err = o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
		if err := o.noteBefore(tx, h, g, reading); err != nil {
			return err
		}
		h.FirstRead, h.FirstReadReal, h.FirstReadGone = time.Time{}, time.Time{}, ""
		h.LateSince, h.Alarms = time.Time{}, 0 // no end waits here any more
		for _, x := range list {
			switch {
			case x.ID == g.ID && x.State == Waiting:
				x.State = Granting
				if err := tx.PutGrant(x); err != nil {
					return err
				}
				if err := o.e.log(tx, &Entry{Action: ActGiving, Request: x.Request, Grant: x.ID, Holding: h.ID}); err != nil {
					return err
				}
			case x.State == Revoking:
				if err := o.e.finish(tx, x, Ended, g.Request.String()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return o.or(err)
}

func (o *holdingWork) each(list []*Grant, s GrantState, f func(*Grant) error) error {
	for _, g := range list {
		if g.State == s {
			if err := f(g); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *holdingWork) or(err error) (Result, bool) {
	if err != nil {
		return failed(err), false
	}
	return Result{}, true
}

// noteBefore settles, once, what was there before. Only a sync that saw it before the request was made is evidence, and only if that
// was not our own write; anything else found there is told to admins at once and goes when the lease ends.
func (o *holdingWork) noteBefore(tx Tx, h *Holding, g *Grant, reading Reading) error {
	if h.Before != BeforeUnknown {
		return nil
	}
	r, err := tx.Request(g.Request)
	if err != nil {
		return err
	}
	h.Before, h.BeforeWords = BeforeAbsent, "not there when it was looked at"
	if reading.Present {
		since, seen, err := tx.SeenSince(h.Entitlement, h.Person)
		if err != nil {
			return err
		}
		ours, err := o.ourWrite(tx, h, since)
		if err != nil {
			return err
		}
		if seen && since.Before(r.Made) && !ours {
			h.Before, h.BeforeWords = BeforePresent, "seen there by a sync before this was asked"
		} else {
			h.BeforeWords = "found there, without a sync that saw it before this was asked"
			words := fmt.Sprintf("%s: %s already has %s, and no sync saw that before it was asked for. Somebody may have added it by hand. It will be taken away when %s ends.",
				r.ID, nameOf(tx, h.Person), resourceName(tx, h.Entitlement), r.ID)
			if err := o.e.alarm(tx, fmt.Sprintf("unexplained/%d", h.ID), words, Entry{Request: r.ID, Holding: h.ID}); err != nil {
				return err
			}
		}
	}
	return o.e.log(tx, &Entry{Action: ActBefore, Request: r.ID, Grant: g.ID, Holding: h.ID, Data: map[string]string{"before": string(h.Before), "evidence": h.BeforeWords}})
}

// ourWrite reports whether what was seen since then may be what an earlier holding of ours gave.
func (o *holdingWork) ourWrite(tx Tx, h *Holding, since time.Time) (bool, error) {
	list, err := tx.Holdings(HoldingFilter{Person: h.Person, Integration: h.Entitlement.Integration})
	return slices.ContainsFunc(list, func(x *Holding) bool {
		return x.ID != h.ID && x.Entitlement == h.Entitlement && x.Before != BeforePresent && !x.Opened.After(since) && !x.Closed.Before(since)
	}), err
}

func resourceName(tx Tx, e Entitlement) string {
	if r, err := tx.Resource(e.ResourceKey); err == nil {
		return r.Name
	}
	return e.ResourceKey.String()
}

// give brings grants into use: ask the target, grant if it is not there, read it back, record it.
func (o *holdingWork) give(ctx context.Context) (Result, bool) {
	reading, err := o.check(ctx)
	if err != nil {
		return o.trouble(ctx, err)
	}
	if reading.Present && !o.e.clock.Machine().Before(o.h.RemoveLands) {
		return o.or(o.given(ctx))
	}
	if reading.Present { // a removal that we lost could still land
		return againReal(o.h.RemoveLands), false
	}
	if why := firstNonEmpty(reading.Gone, reading.Unfit); why != "" {
		return o.or(o.notGiven(ctx, "It can no longer be given: "+why+"."))
	}
	if err := o.change(ctx, func(tx Tx, h *Holding, _ []*Grant) error {
		h.GrantLands = o.lands(tx.Real())
		return nil
	}); err != nil {
		return failed(err), false
	}
	call := o.call(ctx, o.target.Grant)
	if call != nil && call.Outcome == OutcomeUnknown {
		return o.trouble(ctx, call)
	}
	if err := o.change(ctx, func(_ Tx, h *Holding, _ []*Grant) error {
		h.GrantLands = time.Time{}
		return nil
	}); err != nil {
		return failed(err), false
	}
	if call != nil && (call.Outcome == OutcomeLater || call.Lane) { // a bad credential closes the lane; it says nothing about this grant
		return o.trouble(ctx, call)
	}
	return o.readBack(ctx, call)
}

// readBack looks at what a grant call left.
func (o *holdingWork) readBack(ctx context.Context, call *CallError) (Result, bool) {
	reading, err := o.check(ctx)
	switch {
	case err != nil:
		return o.trouble(ctx, err)
	case reading.Present && !o.e.clock.Machine().Before(o.h.RemoveLands):
		return o.or(o.given(ctx))
	case reading.Present:
		return againReal(o.h.RemoveLands), false
	case call != nil: // refused for good, and nothing is there
		return o.or(o.notGiven(ctx, call.Sentence))
	}
	return againReal(o.e.clock.Machine().Add(lookAgainSoon)), false
}

// given records that access was confirmed: the clock of the grant starts now.
func (o *holdingWork) given(ctx context.Context) error {
	return o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
		h.GrantLands, h.RemoveLands = time.Time{}, time.Time{}
		return o.each(list, Granting, func(g *Grant) error {
			r, err := tx.Request(g.Request)
			if err != nil {
				return err
			}
			f, err := flowOf(tx, r.FlowHash)
			if err != nil {
				return err
			}
			g.State, g.Started, g.Ends, g.Late = Active, tx.Now(), r.EndsAfter(tx.Now(), g.Duration), ""
			if err := tx.PutGrant(g); err != nil {
				return err
			}
			if err := o.e.log(tx, &Entry{Action: ActGiven, Request: g.Request, Grant: g.ID, Holding: h.ID, Data: map[string]string{"in": o.title, "ends": g.Ends.UTC().Format(time.RFC3339)}}); err != nil {
				return err
			}
			if err := o.e.grantTimer(tx, g, f.Warn); err != nil {
				return err
			}
			if err := o.e.touchRequest(tx, g.Request); err != nil {
				return err
			}
			return o.e.noticeOf(tx, "have", g)
		})
	})
}

// notGiven ends grants that were refused while nothing is there.
func (o *holdingWork) notGiven(ctx context.Context, why string) error {
	return o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
		return o.each(list, Granting, func(g *Grant) error {
			g.Cause, g.EndWhy = Unfinished, why
			return o.e.finish(tx, g, Failed, "")
		})
	})
}

// release ends leases that are not the last: something else leans on the holding.
func (o *holdingWork) release(ctx context.Context) (Result, bool) {
	return o.or(o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
		others, err := leaning(tx, h, 0)
		if err != nil || len(others) == 0 {
			return err
		}
		return o.each(list, Revoking, func(g *Grant) error { return o.e.finish(tx, g, Ended, heldWords(others)) })
	}))
}

// trouble classifies a call that did not succeed. An end that waits for it is marked late, so that people are told.
func (o *holdingWork) trouble(ctx context.Context, err error) (Result, bool) {
	call := AsCall(err)
	o.e.noteTrouble(o.h.Entitlement.Integration, err)
	if len(o.in(Revoking)) > 0 {
		why := o.title + " does not answer"
		if call.Outcome == OutcomeRefused {
			why = call.Sentence // it answers, and says no
		}
		if err := o.e.tellLate(ctx, o.h.ID, why); err != nil && !errors.Is(err, context.Canceled) {
			return failed(err), false
		}
	}
	if err := o.tellWaiting(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return failed(err), false
	}
	return failed(call), false
}

// tellWaiting has the cards of what was agreed but is not given yet say why.
func (o *holdingWork) tellWaiting(ctx context.Context) error {
	told := true
	for _, g := range o.in(Granting) {
		told = told && g.Late != ""
	}
	if told {
		return nil
	}
	return o.change(ctx, func(tx Tx, _ *Holding, list []*Grant) error {
		return o.each(list, Granting, func(g *Grant) error {
			if g.Late != "" {
				return nil
			}
			g.Late = o.title + " does not answer"
			if err := tx.PutGrant(g); err != nil {
				return err
			}
			return o.e.touchRequest(tx, g.Request)
		})
	})
}
