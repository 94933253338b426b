package flows

import (
	"context"
	"time"
)

// ahead is by how much ends come earlier than company time says: zero unless its clock is known to be behind.
func (e *Engine) ahead() time.Duration { return time.Duration(e.lead.Load()) }

// Lead has ends, and what comes before them, come earlier than company time says by so much, because others know that it is later by now. While the
// clock is behind the lead only grows, in whole minutes; zero takes it back.
func (e *Engine) Lead(ctx context.Context, by time.Duration) error {
	if by > 0 {
		by = (by + time.Minute - 1).Truncate(time.Minute)
	}
	was := e.ahead()
	if by == was || (by > 0 && by < was) {
		return nil
	}
	e.lead.Store(int64(by))
	if by < was {
		return nil // a timer that comes early finds nothing to do, and is put off
	}
	err := e.store.Change(ctx, func(tx Tx) error { return pullTimers(tx, by-was) })
	if err != nil {
		e.lead.Store(int64(was))
	}
	return err
}

// pullTimers has every timer come earlier.
func pullTimers(tx Tx, by time.Duration) error {
	list, err := tx.Intents(IntentFilter{Kind: IntentTimer})
	if err != nil {
		return err
	}
	for _, i := range list {
		if err := wantTimer(tx, i.Subject, i.Due.Add(-by)); err != nil {
			return err
		}
	}
	return nil
}
