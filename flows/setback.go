package flows

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// metaBeatReal is the machine time of the last beat.
const metaBeatReal = "runs at, by the machine"

// CatchClock is called at a start of a Hallpass that is alone with its store, before anything else is done. How much time has passed since the last one ran only
// the machine's clock says, and somebody may have set that meanwhile. So a call that may still land is waited for as if it had been sent now, and of the two
// reads that prove an end none counts from before. Where the clock shows less than when Hallpass last ran, whatever waits for a machine time would wait by as
// much too long, an end for its target's next try: it is tried at once. And whom a sync saw by the later clock was seen before anything that is asked for now.
func (e *Engine) CatchClock(ctx context.Context) error {
	return e.store.Change(ctx, func(tx Tx) error {
		c := catching{tx: tx, landed: tx.Real().Add(e.set.CallTimeout + e.set.Landing)}
		if err := errors.Join(c.holdings(), c.tickets()); err != nil {
			return err
		}
		text, err := tx.Meta(metaBeatReal)
		if err != nil || text == "" {
			return err
		}
		last, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || !last.After(tx.Real()) {
			return err
		}
		return errors.Join(c.lanes(), c.recovery(), c.intents(), tx.SeenAtLatest(tx.Now().Add(-time.Millisecond)))
	})
}

// catching is the work of CatchClock, inside its transaction.
type catching struct {
	tx     Tx
	landed time.Time // when whatever was sent has landed, or never will
}

// latest has a kept time not lie after another.
func latest(t *time.Time, limit time.Time) {
	if t.After(limit) {
		*t = limit
	}
}

func (c catching) lanes() error {
	list, err := c.tx.Lanes()
	for _, l := range list {
		latest(&l.Since, c.tx.Real())
		latest(&l.ProbeAfter, c.tx.Real())
		err = errors.Join(err, c.tx.PutLane(l))
	}
	return err
}

func (c catching) holdings() error {
	list, err := c.tx.Holdings(HoldingFilter{OpenOnly: true})
	for _, h := range list {
		was := *h
		again(&h.GrantLands, c.landed)
		again(&h.RemoveLands, c.landed)
		h.FirstRead, h.FirstReadReal, h.FirstReadGone = time.Time{}, time.Time{}, ""
		latest(&h.LateSince, c.tx.Real())
		if *h != was {
			err = errors.Join(err, c.tx.PutHolding(h))
		}
	}
	return err
}

// again has a time that something waits for come when it would if the waiting began now.
func again(t *time.Time, at time.Time) {
	if !t.IsZero() {
		*t = at
	}
}

func (c catching) recovery() error {
	r, err := ReadRecovery(c.tx)
	if err != nil || r == nil {
		return err
	}
	latest(&r.SinceReal, c.tx.Real())
	return putMeta(c.tx, metaRecovering, r)
}

func (c catching) intents() error {
	list, err := c.tx.Intents(IntentFilter{})
	for _, i := range list {
		if i.Scale == ByMachine && i.Due.After(c.tx.Real()) {
			i.Due = time.Time{}
			err = errors.Join(err, c.tx.Want(i))
		}
	}
	return err
}

func (c catching) tickets() error {
	list, err := c.tx.Intents(IntentFilter{Kind: IntentTicket})
	for _, i := range list {
		err = errors.Join(err, c.ticket(i))
	}
	return err
}

func (c catching) ticket(i Intent) error {
	var id RequestID
	if _, err := fmt.Sscanf(i.Subject, "request/%d", &id); err != nil {
		return err
	}
	r, err := c.tx.Request(id)
	if err != nil || r.TicketLands.IsZero() {
		return err
	}
	r.TicketLands = c.landed
	return c.tx.PutRequest(r)
}
