package store

import (
	"context"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what should take moments. A broken product then fails the test that shows it, by name, and not the whole run.
const patience = time.Minute

// patient is a context for what must not hang.
func patient(t testing.TB) context.Context {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	t.Cleanup(stop)
	return ctx
}

// comes waits for something, and ends the test when it does not come.
func comes[T any](t testing.TB, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("%s: not within %s", what, patience)
	}
	return v
}

// end waits for all who work on something.
func end(t testing.TB, what string, all *sync.WaitGroup) {
	t.Helper()
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	comes(t, what, over)
}
