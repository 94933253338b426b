package flows

import (
	"context"
	"errors"
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
	for n := range 20 { // a bound on the acts of one claim; what is left is due at once
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
		o := &holdingWork{e: e, h: h, grants: list, target: target, title: e.out.title(h.Entitlement.Integration), resumed: n == 0}
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
	// resumed is set for the first act of a claim: what is being given then was begun earlier, and interrupted.
	resumed bool
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
	case len(o.in(Granting)) > 0 && o.resumed:
		return o.resume(ctx)
	case len(o.in(Granting)) > 0:
		return o.give(ctx, letItIn)
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

// check reads the target in a call of its own, with the call's deadline.
func (o *holdingWork) check(ctx context.Context) (Reading, error) {
	ctx, stop := context.WithTimeout(ctx, o.e.set.CallTimeout)
	defer stop()
	return o.target.Check(ctx, o.h.Entitlement, o.h.Person)
}

// call does what was committed to be on its way until a moment, and ends before it: a commit that was answered late leaves it less time.
func (o *holdingWork) call(ctx context.Context, lands time.Time, f func(context.Context, Entitlement, PersonID) error) *CallError {
	ctx, stop := context.WithTimeout(ctx, min(o.e.set.CallTimeout, lands.Add(-o.e.set.Landing).Sub(o.e.clock.Machine())))
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

func resourceName(tx Tx, e Entitlement) string {
	if r, err := tx.Resource(e.ResourceKey); err == nil {
		return r.Name
	}
	return e.ResourceKey.String()
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
