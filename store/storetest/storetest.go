// Package storetest is the one suite that every flows.Store must pass.
//
// A world is a store with nothing in it but its first entry, and a clock that the test moves. A test says in a story what somebody
// does and what must then be read back. What is promised: whoever passes keeps the contract written at flows.Store and flows.Tx,
// down to orders, fences and what stays after an error. What is not tested here: durability against a killed process, tampering with
// tables, and speed; those need the store's own means.
package storetest

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
)

// Open makes an empty store for one test and closes it when the test ends.
type Open func(t *testing.T, clock flows.Clock) flows.Store

// Auditor is what a store offers besides flows.Store.
type Auditor interface {
	Verify(ctx context.Context) (count int64, err error)
	Export(ctx context.Context, w io.Writer) (count int64, err error)
	EraseText(ctx context.Context, seqs ...int64) error
}

// Run runs the whole suite.
func Run(t *testing.T, open func(t *testing.T, clock flows.Clock) flows.Store) {
	for _, part := range [][]story{changeStories, requestStories, grantStories, chainStories, intentStories, postStories, catalogStories, turnStories, replicaStories} {
		for _, s := range part {
			t.Run(s.name, func(t *testing.T) { s.run(newWorld(t, open)) })
		}
	}
	t.Run("intents behave like the model", func(t *testing.T) { againstModel(newWorld(t, open)) })
}

type story struct {
	name string
	run  func(w *world)
}

// Noon is when every story begins, in company time. Machine time is a day behind, so that mixing them up shows.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Clock stands still until it is moved. It is safe for use by several goroutines.
type Clock struct {
	mu               sync.Mutex
	company, machine time.Time
}

// NewClock starts at Noon.
func NewClock() *Clock { return &Clock{company: Noon, machine: Noon.Add(-24 * time.Hour)} }

// Company is flows.Clock's.
func (c *Clock) Company() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.company
}

// Machine is flows.Clock's.
func (c *Clock) Machine() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.machine
}

// Advance moves the two clocks.
func (c *Clock) Advance(company, machine time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.company, c.machine = c.company.Add(company), c.machine.Add(machine)
}

type world struct {
	*testing.T
	store flows.Store
	clock *Clock
}

func newWorld(t *testing.T, open Open) *world {
	clock := NewClock()
	return &world{T: t, store: open(t, clock), clock: clock}
}

// change must succeed.
func (w *world) change(f func(tx flows.Tx) error) {
	w.Helper()
	if err := w.store.Change(context.Background(), f); err != nil {
		w.Fatalf("Change: %v", err)
	}
}

// view must succeed.
func (w *world) view(f func(tx flows.Tx) error) {
	w.Helper()
	if err := w.store.View(context.Background(), f); err != nil {
		w.Fatalf("View: %v", err)
	}
}

// refused must fail with a kind of error, in a change of its own.
func (w *world) refused(kind flows.Kind, f func(tx flows.Tx) error) {
	w.Helper()
	if err := w.store.Change(context.Background(), f); err == nil || flows.KindOf(err) != kind {
		w.Errorf("the change was answered %v, want an error of kind %s", err, kind)
	}
}

// absent must be answered with ErrNotFound.
func (w *world) absent(what string, err error) {
	w.Helper()
	if !errors.Is(err, flows.ErrNotFound) {
		w.Errorf("%s: the answer is %v, want ErrNotFound", what, err)
	}
}

// same compares; what differs is printed.
func (w *world) same(what string, got, want any) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// read is a value from a View of its own.
func read[V any](w *world, f func(tx flows.Tx) (V, error)) V {
	w.Helper()
	var out V
	w.view(func(tx flows.Tx) (err error) {
		out, err = f(tx)
		return err
	})
	return out
}

// made is a value from a Change of its own.
func made[V any](w *world, f func(tx flows.Tx) (V, error)) V {
	w.Helper()
	var out V
	w.change(func(tx flows.Tx) (err error) {
		out, err = f(tx)
		return err
	})
	return out
}

// ids turns what a filter found into numbers.
func ids[T any](all []*T, id func(*T) int64) []int64 {
	out := []int64{}
	for _, v := range all {
		out = append(out, id(v))
	}
	return out
}
