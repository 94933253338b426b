package flows

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// take removes the access, for the last lease has ended, and closes the holding only with a proof.
func (o *holdingWork) take(ctx context.Context) (Result, bool) {
	if o.h.Before == BeforePresent {
		return o.or(o.keep(ctx, ReleasedBefore, "It was there before Hallpass ("+o.h.BeforeWords+"), so it stays."))
	}
	reading, err := o.check(ctx)
	if err != nil {
		return o.trouble(ctx, err)
	}
	switch {
	case reading.Gone != "" || !reading.Present:
		return o.absent(ctx, reading)
	case reading.Source != "":
		return o.or(o.keep(ctx, reading.Source, "Another source gives it: "+reading.Source+"."))
	case !o.h.FirstRead.IsZero():
		return o.putBack(ctx)
	case o.h.Stuck != "":
		return o.stuck(ctx)
	}
	return o.remove(ctx)
}

// remove asks the target to take the access away, having committed that such a call may be on its way.
func (o *holdingWork) remove(ctx context.Context) (Result, bool) {
	still, lands := false, time.Time{}
	if err := o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
		if still = !anyLeans(list); still { // else somebody has come in since: look again
			lands = o.lands(tx.Real())
			h.RemoveLands = lands
		}
		return nil
	}); err != nil {
		return failed(err), false
	}
	if !still {
		return Result{}, true
	}
	call := o.call(ctx, lands, o.target.Remove)
	if call != nil && call.Outcome == OutcomeUnknown {
		return o.trouble(ctx, call)
	}
	if err := o.change(ctx, func(_ Tx, h *Holding, _ []*Grant) error {
		h.RemoveLands = time.Time{}
		return nil
	}); err != nil {
		return failed(err), false
	}
	if call != nil {
		return o.trouble(ctx, call)
	}
	reading, err := o.check(ctx)
	if err != nil {
		return o.trouble(ctx, err)
	}
	if reading.Present {
		return againReal(o.e.clock.Machine().Add(lookAgainSoon)), false
	}
	return o.absent(ctx, reading)
}

// absent counts a read that found nothing. The second one, in a call of its own and no sooner than a lost call could still land, is the
// proof.
func (o *holdingWork) absent(ctx context.Context, reading Reading) (Result, bool) {
	var next time.Time
	err := o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
		next = time.Time{}
		if anyLeans(list) {
			return nil // somebody has come in since: look again
		}
		if h.FirstRead.IsZero() && tx.Real().Before(h.GrantLands) {
			next = h.GrantLands // a grant that we lost could still land, so this read proves nothing
			return nil
		}
		if h.FirstRead.IsZero() {
			h.FirstRead, h.FirstReadReal, h.FirstReadGone = tx.Now(), tx.Real(), reading.Gone
		}
		safe := later(h.FirstReadReal.Add(o.e.set.ProofGap), later(h.GrantLands, h.RemoveLands))
		if tx.Real().Before(safe) {
			next = safe
			return nil
		}
		h.SecondRead = tx.Now()
		if reading.Gone != "" && h.FirstReadGone != "" {
			return o.closeWith(tx, h, list, ProofTargetGone, reading.Gone)
		}
		return o.closeWith(tx, h, list, ProofGone, "read absent twice in "+o.title)
	})
	switch {
	case err != nil:
		return failed(err), false
	case !next.IsZero():
		return againReal(next), false
	}
	return Result{}, true
}

// anyLeans reports whether a lease holds the holding up. A waiting one does not: nothing was given for it yet.
func anyLeans(list []*Grant) bool {
	return slices.ContainsFunc(list, func(g *Grant) bool { return g.State.Leans() })
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// closeWith closes the holding with its proof and ends the leases that waited for it. A lease that has not begun moves to a holding of
// its own, which is read anew.
func (o *holdingWork) closeWith(tx Tx, h *Holding, list []*Grant, proof ProofKind, words string) error {
	h.Open, h.Closed, h.Proof, h.ProofWords, h.LateSince, h.Stuck = false, tx.Now(), proof, words, time.Time{}, ""
	if err := tx.PutHolding(h); err != nil {
		return err
	}
	if err := o.rehome(tx, list); err != nil {
		return err
	}
	return o.each(list, Revoking, func(g *Grant) error {
		released := ""
		if proof == ProofKept {
			released = words
			if h.Before == BeforePresent {
				released = ReleasedBefore
			}
		}
		return o.e.finish(tx, g, Ended, released)
	})
}

func (o *holdingWork) rehome(tx Tx, list []*Grant) error {
	var next *Holding
	return o.each(list, Waiting, func(g *Grant) error {
		if next == nil {
			next = &Holding{Person: g.Person, Entitlement: g.Entitlement, Open: true, Opened: tx.Now()}
			if err := tx.PutHolding(next); err != nil {
				return err
			}
			if err := wantHold(tx, next, RankGrant); err != nil {
				return err
			}
		}
		g.Holding = next.ID
		return tx.PutGrant(g)
	})
}

// keep closes the holding although the access stays, because something else gives it. Holder and admins are told.
func (o *holdingWork) keep(ctx context.Context, source, words string) error {
	return o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
		proof := words
		if source != ReleasedBefore {
			proof = source
		}
		who, what := nameOf(tx, h.Person), resourceName(tx, h.Entitlement)
		var last *Grant
		err := o.each(list, Revoking, func(g *Grant) error { last = g; return nil })
		if err != nil || last == nil {
			return err
		}
		if err := o.closeWith(tx, h, list, ProofKept, proof); err != nil {
			return err
		}
		if err := o.e.log(tx, &Entry{Action: ActKept, Request: last.Request, Grant: last.ID, Holding: h.ID, Data: map[string]string{"source": source}}); err != nil {
			return err
		}
		sentence := fmt.Sprintf("%s is over, but %s still has %s. %s", last.Request, who, what, words)
		if err := o.e.tellAdmins(tx, fmt.Sprintf("kept/%d", h.ID), sentence, last.Request); err != nil {
			return err
		}
		return o.e.noticeOf(tx, "kept", last)
	})
}

// putBack counts a second writer who put the access back after it was read absent.
func (o *holdingWork) putBack(ctx context.Context) (Result, bool) {
	return o.or(o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
		h.PutBack++
		h.FirstRead, h.FirstReadReal, h.FirstReadGone = time.Time{}, time.Time{}, ""
		who, what := nameOf(tx, h.Person), resourceName(tx, h.Entitlement)
		about := Entry{Action: ActPutBack, Holding: h.ID, Data: map[string]string{"times": fmt.Sprint(h.PutBack)}}
		if len(list) > 0 {
			about.Request, about.Grant = list[0].Request, list[0].ID
		}
		if err := o.e.log(tx, &about); err != nil || h.PutBack < putBacks {
			return err
		}
		h.Stuck = fmt.Sprintf("Somebody or something in %s keeps giving %s back to %s after it was taken away. Hallpass has stopped removing it. Find out who, and take it away in %s.", o.title, what, who, o.title)
		if err := o.tellStuck(tx, h, list); err != nil {
			return err
		}
		return o.e.alarm(tx, fmt.Sprintf("putback/%d", h.ID), h.Stuck, Entry{Request: about.Request, Holding: h.ID})
	}))
}

// tellStuck has the holder and the feed know that the access is back and stays for now.
func (o *holdingWork) tellStuck(tx Tx, h *Holding, list []*Grant) error {
	if err := tx.PutHolding(h); err != nil {
		return err
	}
	return o.each(list, Revoking, func(g *Grant) error {
		if err := o.e.touchRequest(tx, g.Request); err != nil {
			return err
		}
		return o.e.noticeOf(tx, "trouble", g)
	})
}

// stuck looks again from time to time: the alarm ends when the access is read absent.
func (o *holdingWork) stuck(ctx context.Context) (Result, bool) {
	return againReal(o.e.clock.Machine().Add(stuckEvery)), false
}

// shut closes a holding that nobody ever used: nothing was sent, so nothing is there of ours.
func (o *holdingWork) shut(ctx context.Context) (Result, bool) {
	if o.h.GrantLands.After(o.e.clock.Machine()) {
		return againReal(o.h.GrantLands), false
	}
	if o.h.Before == BeforeUnknown || o.h.Before == BeforePresent {
		return o.or(o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {
			if len(list) > 0 {
				return nil
			}
			h.Open, h.Closed, h.Proof, h.ProofWords = false, tx.Now(), ProofGone, "nothing was ever given"
			if h.Before == BeforePresent {
				h.Proof, h.ProofWords = ProofKept, h.BeforeWords
			}
			return nil
		}))
	}
	reading, err := o.check(ctx)
	if err != nil {
		return o.trouble(ctx, err)
	}
	if reading.Present {
		return o.remove(ctx)
	}
	return o.absent(ctx, reading)
}
