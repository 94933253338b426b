// Package bell wakes whoever waits for a stand-in to change.
//
// A Bell rings after every change. Waiters look at the state again at each ring; nobody polls and nobody sleeps. Rings
// carry nothing and run together: two quick changes may be one ring.
package bell

import (
	"context"
	"fmt"
	"sync"
)

// Bell is ready as its zero value, for any number of goroutines.
type Bell struct {
	mu   sync.Mutex
	next chan struct{}
}

// Ring wakes everybody who waits. It never blocks.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// Next returns a channel that the next ring closes.
func (b *Bell) Next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

// Wait returns nil once ready says true, which it asks at once and after each ring, or an error when ctx ends first.
func (b *Bell) Wait(ctx context.Context, ready func() bool) error {
	for {
		next := b.Next() // before asking, so that a change in between is not missed
		if ready() {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return fmt.Errorf("what was waited for did not happen: %w", context.Cause(ctx))
		}
	}
}

// Subscribe returns a channel that gets a value after changes, at most one unread, until ctx ends; then it is closed.
func (b *Bell) Subscribe(ctx context.Context) <-chan struct{} {
	out := make(chan struct{}, 1)
	next := b.Next()
	go func() {
		defer close(out)
		for {
			select {
			case <-next:
				next = b.Next()
				select {
				case out <- struct{}{}:
				default:
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
