package flows_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"hallpass/flows"
)

// crash kills a world at the n-th point: just before or just after a commit, or just after a call to the target took effect and before
// its answer is read. A real SIGKILL on a real process is told elsewhere; this one is quick, so that every point of a story is tried.
type crash struct {
	at, seen int
}

type killed struct{}

func (c *crash) point() {
	if c.seen++; c.seen == c.at {
		panic(killed{})
	}
}

// crashing is a store whose process dies at a commit.
type crashing struct {
	flows.Store
	c *crash
}

func (s crashing) Change(ctx context.Context, f func(flows.Tx) error) error {
	s.c.point()
	err := s.Store.Change(ctx, f)
	s.c.point()
	return err
}

// surviving does one part of a story, and does it again in a new process when it was killed in the middle.
func (w *world) surviving(part func()) {
	w.t.Helper()
	for {
		if !w.dies(part) {
			return
		}
		w.must(w.store.Close())
		w.clock.pass(2 * time.Second)
		w.reopen()
	}
}

func (w *world) dies(part func()) (died bool) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(killed); !ok {
				panic(p)
			}
			died = true
		}
	}()
	part()
	return false
}

// outcome is everything that must not depend on where the process died.
func (w *world) outcome() string {
	w.t.Helper()
	out := fmt.Sprintf("ana has it: %v", w.target.has(prodKey, ana))
	w.view(func(tx flows.Tx) error {
		list, err := tx.Requests(flows.RequestFilter{})
		slices.Reverse(list)
		for _, r := range list {
			out += fmt.Sprintf("\n%s %s", r.ID, r.State)
		}
		if err != nil {
			return err
		}
		grants, err := tx.Grants(flows.GrantFilter{})
		for _, g := range grants {
			out += fmt.Sprintf("\n%s %s %s %q", g.ID, g.State, g.Cause, g.Released)
		}
		if err != nil {
			return err
		}
		holdings, err := tx.Holdings(flows.HoldingFilter{})
		for _, h := range holdings {
			out += fmt.Sprintf("\nholding %d open %v before %s proof %s put back %d", h.ID, h.Open, h.Before, h.Proof, h.PutBack)
		}
		return err
	})
	for n := range len(w.requests()) {
		out += fmt.Sprintf("\nlog %v", w.log(flows.RequestID(n+1)))
	}
	return out + fmt.Sprintf("\ntold %v\nalarms %d", w.told(ana), len(w.alarms()))
}

func (w *world) requests() (list []*flows.Request) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { list, err = tx.Requests(flows.RequestFilter{}); return err })
	return list
}

// once asks as one opened form does: however often it is sent, it makes one request.
func (w *world) once(nonce string, d time.Duration) *flows.Request {
	w.t.Helper()
	r, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: prodDB, Duration: d, Reason: "replay failed payments", Nonce: nonce})
	w.must(err)
	return r
}

// everywhere tells a story once unharmed, and then again with a death at each point. Each must end as the first did.
func everywhere(t *testing.T, spec flows.FlowSpec, prepare func(w *world), story func(w *world)) {
	t.Helper()
	tell := func(t *testing.T, at int) (string, int) {
		w := emptyWorld(t)
		if prepare != nil {
			prepare(w)
		}
		w.begin(spec)
		_, err := w.engine.Offer(w.ctx, ana, prodDB, "member") // pins every name, so that no lookup beside the story writes
		w.must(err)
		w.must(w.store.Close())
		w.crash = &crash{}
		w.reopen()
		w.target.after = w.crash.point
		w.crash.at, w.crash.seen = at, 0
		story(w)
		w.crash.at = 0
		n, err := w.store.Verify(w.ctx)
		w.must(err)
		is(t, "the log is chained", n > 5, true)
		return w.outcome(), w.crash.seen
	}
	want, points := tell(t, 0)
	stride := 1
	if !*everyPoint {
		stride = 1 + points/aFewPoints
	}
	for at := 1; at <= points; at += stride {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			if got, _ := tell(t, at); got != want {
				t.Errorf("dead at point %d of %d:\n%s\nunharmed:\n%s", at, points, got, want)
			}
		})
	}
	t.Logf("%d points, one in %d tried", points, stride)
}

// everyPoint makes the stories die everywhere: go test ./flows -run AnyDeath -every-point
var everyPoint = flag.Bool("every-point", false, "die at every point of a story, not only at a few")

const aFewPoints = 12

// reopen starts a new process on the same file.
func (w *world) reopen() {
	w.t.Helper()
	w.open()
	w.must(w.store.Change(w.ctx, func(tx flows.Tx) error { return tx.FreeClaims() }))
	w.must(w.engine.LoadPolicy(w.ctx, w.policy, []string{"security", "database-owners"}))
}

// at lets time go by until so long after the beginning, in a part that can die and be told again.
func (w *world) at(begin time.Time, d time.Duration) {
	w.t.Helper()
	w.surviving(func() {
		if left := d - w.clock.Company().Sub(begin); left > 0 {
			w.clock.pass(left)
		}
		w.run()
	})
}

// settle gives everything that waits for a lost call, a retry or a second read its time.
func (w *world) settle() {
	w.t.Helper()
	for range 12 {
		w.surviving(func() { w.clock.pass(10 * time.Second); w.run() })
	}
}

func TestAnyDeathInAPlainLife(t *testing.T) {
	everywhere(t, oneStep(), nil, func(w *world) {
		begin := w.clock.Company()
		w.surviving(func() { w.once("form", time.Hour) })
		w.surviving(w.run)
		w.surviving(func() {
			if len(w.decisions(1)) == 0 {
				w.press(ben, 1, true)
			}
		})
		w.settle()
		w.at(begin, 58*time.Minute)
		w.at(begin, 65*time.Minute)
		w.settle()
	})
}

func TestAnyDeathAroundAMemberBefore(t *testing.T) {
	before := func(w *world) { w.target.members[prodKey] = map[flows.PersonID]bool{ana: true} }
	everywhere(t, automatic(), before, func(w *world) {
		begin := w.clock.Company()
		w.surviving(func() { w.once("form", time.Hour) })
		w.settle()
		w.at(begin, 65*time.Minute)
		w.settle()
		is(w.t.(*testing.T), "stays", w.target.has(prodKey, ana), true)
	})
}

func TestAnyDeathAroundAnOverlap(t *testing.T) {
	everywhere(t, automatic(), nil, func(w *world) {
		begin := w.clock.Company()
		w.surviving(func() { w.once("first", time.Hour) })
		w.settle()
		w.surviving(func() { w.once("second", 2*time.Hour) })
		w.settle()
		w.at(begin, 90*time.Minute)
		w.settle()
		is(w.t.(*testing.T), "still there", w.target.has(prodKey, ana), true)
		w.at(begin, 150*time.Minute)
		w.settle()
		is(w.t.(*testing.T), "gone", w.target.has(prodKey, ana), false)
	})
}

func TestAnyDeathAroundACrossing(t *testing.T) {
	everywhere(t, automatic(), nil, func(w *world) {
		begin := w.clock.Company()
		w.surviving(func() { w.once("first", time.Hour) })
		w.settle()
		w.target.before = func(verb string) {
			if verb == "remove" && len(w.requests()) == 1 {
				w.once("second", time.Hour)
			}
		}
		w.at(begin, 62*time.Minute)
		w.settle()
		is(w.t.(*testing.T), "access, not none", w.target.has(prodKey, ana), true)
		w.target.before = nil
		w.at(begin, 150*time.Minute)
		w.settle()
		is(w.t.(*testing.T), "gone with the second", w.target.has(prodKey, ana), false)
	})
}
