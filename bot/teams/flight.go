package teams

import (
	"context"
	"sync"
)

// flight lets many wait for one call. The call does not end with the one who began it.
type flight struct {
	mu   sync.Mutex
	call *landing
}

// landing is the end of a call.
type landing struct {
	done chan struct{}
	err  error
}

// do runs fn, or waits for the one that runs already. A context that ends first is its error.
func (f *flight) do(ctx context.Context, fn func(context.Context) error) error {
	f.mu.Lock()
	call := f.call
	if call == nil {
		call = &landing{done: make(chan struct{})}
		f.call = call
		go f.run(context.WithoutCancel(ctx), call, fn)
	}
	f.mu.Unlock()
	select {
	case <-call.done:
		return call.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *flight) run(ctx context.Context, call *landing, fn func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	call.err = fn(ctx)
	f.mu.Lock()
	f.call = nil
	f.mu.Unlock()
	close(call.done)
}
