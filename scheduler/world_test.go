package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/scheduler"
	"hallpass/store"
)

// desk is a real store with a clock that stands still until the test moves it, and a runner whose handlers note what they were given.
type desk struct {
	t      *testing.T
	ctx    context.Context
	clock  flows.Clock
	hands  *clock // the same, when the test moves it
	store  *store.Store
	runner *scheduler.Runner
	config scheduler.Config
	// stopped looks at what is left after a run was stopped.
	stopped func()

	mu     sync.Mutex
	worked []string
	alarms []string
	answer map[string]func() flows.Result // by subject
}

type clock struct {
	mu               sync.Mutex
	company, machine time.Time
}

func (c *clock) Company() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.company }
func (c *clock) Machine() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.machine }
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.company, c.machine = c.company.Add(d), c.machine.Add(d)
}

var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newDesk(t *testing.T) *desk {
	t.Helper()
	c := &clock{company: start, machine: start}
	return openDesk(t, c, c, nil)
}

func openDesk(t *testing.T, c flows.Clock, hands *clock, change func(*scheduler.Config)) *desk {
	t.Helper()
	d := &desk{t: t, ctx: t.Context(), clock: c, hands: hands, answer: map[string]func() flows.Result{}}
	wake := func() {
		if d.runner != nil {
			d.runner.Wake()
		}
	}
	s, err := store.Open(d.ctx, store.Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "hallpass.db"), Clock: c, Synchronous: "OFF", Wake: wake})
	d.must(err)
	t.Cleanup(func() { s.Close() })
	d.store = s
	handlers := map[flows.IntentKind]scheduler.Handler{}
	for _, k := range []flows.IntentKind{flows.IntentHold, flows.IntentPost, flows.IntentAsk, flows.IntentTimer} {
		handlers[k] = d.work
	}
	d.config = scheduler.Config{Store: s, Clock: c, Handlers: handlers, Owner: "first", Room: map[string]int{"": 8, "slack": 1}, Lease: time.Minute,
		Alarm: func(_ context.Context, key, sentence string) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.alarms = append(d.alarms, key+": "+sentence)
		}}
	if change != nil {
		change(&d.config)
	}
	d.runner = scheduler.New(d.config)
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) work(_ context.Context, i flows.Intent) flows.Result {
	d.mu.Lock()
	d.worked = append(d.worked, i.Subject)
	answer := d.answer[i.Subject]
	d.mu.Unlock()
	if answer != nil {
		return answer()
	}
	return flows.Result{}
}

// took is what was worked on since it was last asked.
func (d *desk) took() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.worked
	d.worked = nil
	return out
}

// once runs one round and returns what it worked on.
func (d *desk) once() []string {
	d.t.Helper()
	_, err := d.runner.RunOnce(d.ctx)
	d.must(err)
	return d.took()
}

func (d *desk) want(list ...flows.Intent) {
	d.t.Helper()
	d.must(d.store.Change(d.ctx, func(tx flows.Tx) error {
		for _, i := range list {
			if i.Due.IsZero() {
				i.Due = tx.Real()
			}
			if err := tx.Want(i); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (d *desk) intent(kind flows.IntentKind, subject string) *flows.Intent {
	d.t.Helper()
	var i *flows.Intent
	err := d.store.View(d.ctx, func(tx flows.Tx) (err error) { i, err = tx.Intent(kind, subject); return err })
	if errors.Is(err, flows.ErrNotFound) {
		return nil
	}
	d.must(err)
	return i
}

func (d *desk) lane(name string) (l flows.Lane) {
	d.t.Helper()
	d.must(d.store.View(d.ctx, func(tx flows.Tx) (err error) { l, err = tx.Lane(name); return err }))
	return l
}

// end, give, post and ask are intents as the engine wants them.
func end(n int) flows.Intent  { return hold(n, flows.RankEnd) }
func give(n int) flows.Intent { return hold(n, flows.RankGrant) }
func hold(n, rank int) flows.Intent {
	return flows.Intent{Kind: flows.IntentHold, Subject: fmt.Sprintf("holding/%d", n), Lane: "target:okta", Rank: rank, Scale: flows.ByMachine}
}
func post(n int) flows.Intent {
	return flows.Intent{Kind: flows.IntentPost, Subject: fmt.Sprintf("post/%d", n), Lane: "slack:T01", Rank: flows.RankCard, Scale: flows.ByMachine}
}
func ask(n int) flows.Intent {
	return flows.Intent{Kind: flows.IntentAsk, Subject: fmt.Sprintf("request/%d", n), Lane: flows.LaneEngine, Rank: flows.RankGrant, Scale: flows.ByMachine}
}

func silent() flows.Result {
	return flows.Result{Again: true, Err: &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: "Okta does not answer"}}
}

func is[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}
