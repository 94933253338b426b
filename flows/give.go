package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

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
		if err := o.stillNow(tx); err != nil {
			return err
		}
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
	if errors.Is(err, errNotNow) {
		return againReal(o.e.clock.Machine()), false
	}
	return o.or(err)
}

// errNotNow is that nothing is given any more, since it was looked at last.
var errNotNow = errors.New("nothing is given now")

// stillNow refuses to go on where a reason has come up meanwhile for which nothing is given: a failover, in this very transaction.
func (o *holdingWork) stillNow(tx Tx) error {
	why, err := o.e.notNow(tx)
	if err == nil && why != "" {
		return errNotNow
	}
	return err
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

// give brings grants into use: ask the target, grant if it is not there, read it back, record it.
func (o *holdingWork) give(ctx context.Context, p permission) (Result, bool) {
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
	if p == notKnown { // whether it is still allowed; what is there is recorded, but nothing more is given
		return againReal(o.e.clock.Machine().Add(troubleEvery)), false
	}
	var lands time.Time
	err = o.change(ctx, func(tx Tx, h *Holding, _ []*Grant) error {
		lands = o.lands(tx.Real())
		h.GrantLands = lands
		return o.stillNow(tx)
	})
	if errors.Is(err, errNotNow) {
		return againReal(o.e.clock.Machine().Add(troubleEvery)), false
	}
	if err != nil {
		return failed(err), false
	}
	call := o.call(ctx, lands, o.target.Grant)
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
			r, f, err := askedBy(tx, g.Request)
			if err != nil {
				return err
			}
			g.State, g.Started, g.Ends, g.Late = Active, tx.Now(), r.EndsAfter(tx.Now(), g.Duration), ""
			if err := tx.PutGrant(g); err != nil {
				return err
			}
			if err := o.e.log(tx, &Entry{Action: ActGiven, Request: g.Request, Grant: g.ID, Holding: h.ID, Data: map[string]string{"in": o.title, "ends": g.endWords()}}); err != nil {
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
