package teams

import "context"

// Wait blocks until the predicate is true; it is asked again after every change, never by polling.
func (t *Tenant) Wait(ctx context.Context, predicate func() bool) error {
	for {
		changed := t.Changed()
		if predicate() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-t.done:
			return ErrClosed
		}
	}
}
