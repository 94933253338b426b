package okta

import (
	"context"
	"sync"
	"time"
)

// Of reading a book.
const (
	bookAge  = time.Minute // a check may use a reading of this age; a change reads anew
	bookTime = time.Minute // for all pages of one reading
)

// book reads for many askers at once what Okta gives only as a whole: the group rules, the schema of people. Each would otherwise read all of
// it for itself; here a reading serves everybody who asked before it began.
type book[T any] struct {
	now  func() time.Time
	read func(ctx context.Context) (T, error)
	turn chan struct{} // one reading at a time

	mu   sync.Mutex
	next *reading[T] // not begun yet: whoever asks now may still join
	last *T
	at   time.Time // when the last reading began
}

type reading[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func newBook[T any](now func() time.Time, read func(ctx context.Context) (T, error)) *book[T] {
	return &book[T]{now: now, read: read, turn: make(chan struct{}, 1)}
}

// recent gives what was read at most a minute ago.
func (b *book[T]) recent(ctx context.Context) (T, error) {
	b.mu.Lock()
	last, fresh := b.last, b.last != nil && b.now().Sub(b.at) < bookAge
	b.mu.Unlock()
	if fresh {
		return *last, nil
	}
	return b.fresh(ctx)
}

// fresh gives what was read after this was called.
func (b *book[T]) fresh(ctx context.Context) (T, error) {
	b.mu.Lock()
	r := b.next
	if r == nil {
		r = &reading[T]{done: make(chan struct{})}
		b.next = r
		go b.carryOut(context.WithoutCancel(ctx), r) // others wait for it too, so it outlives who asked first
	}
	b.mu.Unlock()
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, givenUp(ctx)
	}
}

func (b *book[T]) carryOut(ctx context.Context, r *reading[T]) {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	ctx, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	b.mu.Lock()
	b.next = nil
	began := b.now()
	b.mu.Unlock()
	r.value, r.err = b.read(ctx)
	if r.err == nil {
		b.keep(r.value, began)
	}
	close(r.done)
}

func (b *book[T]) keep(value T, began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last, b.at = &value, began
}
