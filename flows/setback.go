package flows

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// metaBeatReal is the machine time of the last beat.
const metaBeatReal = "runs at, by the machine"

// CatchClock is called at a start of a Hallpass that is alone with its store, before anything else is done. Where the machine shows an earlier time than when
// Hallpass last ran, somebody has set its clock meanwhile, and whatever waits for a machine time would wait by as much too long: an end for its target's next
// try, a proof for its second read. Then what waits is tried at once, and a call that may still land is waited for as if it had been sent now.
func (e *Engine) CatchClock(ctx context.Context) error {
	return e.store.Change(ctx, func(tx Tx) error {
		text, err := tx.Meta(metaBeatReal)
		if err != nil || text == "" {
			return err
		}
		last, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || !last.After(tx.Real()) {
			return err
		}
		c := catching{tx: tx, landed: tx.Real().Add(e.set.CallTimeout + e.set.Landing)}
		return errors.Join(c.lanes(), c.holdings(), c.recovery(), c.intents())
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
		latest(&h.GrantLands, c.landed)
		latest(&h.RemoveLands, c.landed)
		latest(&h.FirstReadReal, c.tx.Real())
		latest(&h.LateSince, c.tx.Real())
		err = errors.Join(err, c.tx.PutHolding(h))
	}
	return err
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
		if i.Kind == IntentTicket {
			err = errors.Join(err, c.ticket(i))
		}
		if i.Scale == ByMachine && i.Due.After(c.tx.Real()) {
			i.Due = time.Time{}
			err = errors.Join(err, c.tx.Want(i))
		}
	}
	return err
}

func (c catching) ticket(i Intent) error {
	var id RequestID
	if _, err := fmt.Sscanf(i.Subject, "request/%d", &id); err != nil {
		return err
	}
	r, err := c.tx.Request(id)
	if err != nil || !r.TicketLands.After(c.landed) {
		return err
	}
	r.TicketLands = c.landed
	return c.tx.PutRequest(r)
}
