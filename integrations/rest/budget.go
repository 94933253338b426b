package rest

import (
	"context"
	"errors"
	"sync"
	"time"

	"hallpass/flows"
)

// reservedShare of a budget is left to others by background calls: one part in so many.
const reservedShare = 5

// Patience of background reads.
const (
	patientTries = 10
	patientWait  = 2 * time.Minute
)

// Budget is what a vendor's rate limit leaves.
type Budget struct {
	Left, Of int
	Renews   time.Duration // from the answer's Date until the budget is whole again
}

// budgets are the last ones seen, by bucket.
type budgets struct {
	mu    sync.Mutex
	known map[string]noted
}

type noted struct {
	Budget
	until time.Time
}

// note keeps what an answer said.
func (b *budgets) note(bucket string, seen Budget, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil {
		b.known = map[string]noted{}
	}
	b.known[bucket] = noted{Budget: seen, until: now.Add(bounded(seen.Renews))}
}

// closed reports whether a call would only be refused, and for how long.
func (b *budgets) closed(t traits, now time.Time) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.known[t.bucket]
	if !ok || !now.Before(n.until) {
		return 0, false
	}
	spare := n.Left
	if t.background {
		spare -= n.Of / reservedShare
	}
	return n.until.Sub(now), spare <= 0
}

// Patient makes a background read and waits when the vendor says for how long, so that a sync of thousands of calls comes to an
// end. It is never used for a change.
func (c *Client) Patient(ctx context.Context, read func() error) error {
	for try := 1; ; try++ {
		err := read()
		var call *flows.CallError
		if !errors.As(err, &call) || call.Outcome != flows.OutcomeLater || call.RetryAfter <= 0 {
			return err
		}
		if try == patientTries || call.RetryAfter > patientWait {
			return err
		}
		if c.sleep(ctx, call.RetryAfter) != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
