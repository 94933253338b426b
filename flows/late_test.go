package flows_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/scheduler"
)

// perCall is how long one call to the target takes in the stories of an outage: what a limit of ten calls a second comes to.
const perCall = 100 * time.Millisecond

// crew carries out a world's intents with the real scheduler, one after the other, on the world's clock.
type crew struct {
	w      *world
	runner *scheduler.Runner
	probes []time.Time // when the target was called while it was down
	first  time.Time   // when access was first taken back after the target returned
	calls  int         // since it returned
}

func newCrew(w *world) *crew {
	c := &crew{w: w}
	handlers := map[flows.IntentKind]scheduler.Handler{}
	for _, k := range []flows.IntentKind{flows.IntentHold, flows.IntentAsk, flows.IntentTimer, flows.IntentPost, flows.IntentThread} {
		handlers[k] = func(_ context.Context, i flows.Intent) flows.Result { return w.handle(i) }
	}
	c.runner = scheduler.New(scheduler.Config{Store: w.store, Clock: w.clock, Handlers: handlers, Owner: "crew", Room: map[string]int{"": 8, "target": 8, "slack": 1}, Lease: 2 * time.Minute})
	w.target.before = c.called
	return c
}

// called notes each call to the target and lets its time pass.
func (c *crew) called(verb string) {
	switch {
	case c.w.target.isDown():
		c.probes = append(c.probes, c.w.clock.Machine())
		return
	case len(c.probes) == 0:
		return // before the outage nobody looks at the clock, so that all ends fall due at one moment
	}
	c.w.clock.pass(perCall)
	c.calls++
	if verb == "remove" && c.first.IsZero() {
		c.first = c.w.clock.Machine()
	}
}

// pass lets time go by, a second at a time where something is due, and has the lanes watched every few seconds.
func (c *crew) pass(d, stride time.Duration) {
	c.w.t.Helper()
	for end := c.w.clock.Machine().Add(d); c.w.clock.Machine().Before(end); {
		c.work()
		c.w.must(c.w.engine.WatchLanes(c.w.ctx))
		c.w.clock.pass(stride)
	}
	c.work()
}

// slowly is pass where calls take so long that time goes by in them.
func (c *crew) slowly(d time.Duration) {
	c.w.t.Helper()
	for end := c.w.clock.Machine().Add(d); c.w.clock.Machine().Before(end); {
		rep, err := c.runner.RunOnce(c.w.ctx)
		c.w.must(err)
		if rep.Claimed == 0 {
			c.w.clock.pass(time.Second)
		}
	}
}

func (c *crew) work() {
	c.w.t.Helper()
	for range 2000 {
		rep, err := c.runner.RunOnce(c.w.ctx)
		c.w.must(err)
		if rep.Claimed == 0 {
			return
		}
	}
	c.w.t.Fatal("there is always something due")
}

// asTwenty has twenty people ask for ten groups each, all for an hour: two hundred ends fall due together.
func (w *world) asTwenty() []flows.PersonID {
	w.t.Helper()
	people := w.crowd(20)
	for _, id := range people {
		actor := w.actor(id)
		for i := range 10 {
			_, err := w.engine.Ask(w.ctx, actor, flows.Draft{Resource: numberedGroup(i), Duration: time.Hour, Reason: "the quarterly audit"})
			w.must(err)
		}
	}
	return people
}

func TestOktaIsDownForAnHourWhile200EndsFallDue(t *testing.T) {
	w := emptyWorld(t)
	w.set.Pending, w.set.PerDay = 0, 0
	for i := range 10 {
		w.target.list = append(w.target.list, flows.Resource{ResourceKey: numberedGroup(i), Name: fmt.Sprintf("prod-%d", i), Permissions: []string{"member"}})
	}
	w.begin(automatic())
	people := w.asTwenty()
	c := newCrew(w)
	c.work()
	is(t, "all have it", w.count(flows.Active), 200)

	c.pass(time.Hour-time.Minute, time.Minute)
	w.target.setDown(true)
	c.pass(2*time.Minute, 10*time.Second)
	is(t, "all ends have begun", w.count(flows.Revoking), 200)
	for _, id := range people {
		is(t, "told once for each", len(slices.DeleteFunc(w.told(id), func(s string) bool { return s != "notice trouble" })), 10)
	}
	is(t, "the feed says so", w.grant(1).Late, "Okta does not answer")
	is(t, "the lane is closed", w.lane().Closed, true)
	c.pass(time.Hour, 10*time.Second)
	back := w.clock.Machine()
	w.target.setDown(false)
	w.checkAlarms(t)
	checkProbes(t, c.probes)

	c.pass(5*time.Minute, time.Second)
	is(t, "all are over", w.count(flows.Ended), 200)
	is(t, "the first within 15 s of the return", c.first.Sub(back) <= 15*time.Second, true)
	is(t, "four calls for each: look, take, look, look again", c.calls, 800)
	took := w.lastClosed().Sub(back)
	if most := time.Duration(c.calls)*perCall + 15*time.Second + w.set.ProofGap; took > most {
		t.Errorf("it took %s; calls ÷ limit, one probe and one proof are %s", took, most)
	}
	is(t, "the lane is open", w.lane().Closed, false)
	c.pass(5*time.Minute, time.Second)
	is(t, "admins hear once that it is over", strings.Join(w.alarms()[4:], "\n"), "Okta answers again, after 1 h 1 min. No end waits for it any more.")
	is(t, "the next trouble is another one", w.lane().Since, time.Time{})
}

// checkAlarms expects one alarm for the target at 1, 5 and 15 min and after an hour, counted from when its lane was closed.
func (w *world) checkAlarms(t *testing.T) {
	t.Helper()
	var want []string
	for _, after := range []string{"1 min", "5 min", "15 min", "1 h"} {
		want = append(want, "Okta has not answered for "+after+". 200 ends wait for it: those people may still have their access. Hallpass tries again every few seconds.")
	}
	same(t, "alarms", w.alarms(), want)
}

// checkProbes expects the eight that were on their way when it went down, and then one call every ten seconds.
func checkProbes(t *testing.T, probes []time.Time) {
	t.Helper()
	if n := len(probes); n < 8+360 || n > 8+370 {
		t.Errorf("%d calls in an hour", n)
	}
	for i := 8; i < len(probes); i++ {
		if gap := probes[i].Sub(probes[i-1]); gap != 10*time.Second {
			t.Fatalf("%s between calls %d and %d", gap, i, i+1)
		}
	}
}

func (w *world) lane() (l flows.Lane) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { l, err = tx.Lane(flows.LaneTarget("okta")); return err })
	return l
}

func (w *world) lastClosed() (at time.Time) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Holdings(flows.HoldingFilter{})
		for _, h := range list {
			if h.Closed.After(at) {
				at = h.Closed
			}
		}
		return err
	})
	return at
}

func (g *target) setDown(down bool) { g.mu.Lock(); defer g.mu.Unlock(); g.down = down }
func (g *target) isDown() bool      { g.mu.Lock(); defer g.mu.Unlock(); return g.down }

func TestATargetThatHangsIsProbedWithoutAPause(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	c := newCrew(w)
	hung := 0
	w.target.setDown(true)
	w.target.before = func(verb string) {
		if w.target.isDown() {
			hung++
			w.clock.pass(w.set.CallTimeout) // until the deadline
		} else if verb == "remove" && c.first.IsZero() {
			c.first = w.clock.Machine()
		}
	}
	c.slowly(time.Hour + 2*time.Minute)
	is(t, "it was tried", hung > 10, true)
	back := w.clock.Machine()
	w.target.setDown(false)
	c.slowly(2 * time.Minute)
	is(t, "taken back within 15 s", !c.first.IsZero() && c.first.Sub(back) <= 15*time.Second, true)
	is(t, "over", w.grant(r.ID).State, flows.Ended)
}

func TestAlarmsWhileATargetRefusesToTakeBack(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	w.target.stay = "Okta refuses: the token may not change this group"
	c := newCrew(w)
	c.pass(time.Hour+20*time.Minute, 10*time.Second)
	is(t, "Ana is told why", w.grant(r.ID).Late, "Okta refuses: the token may not change this group")
	alarms := w.alarms()
	is(t, "at 1, 5 and 15 min", len(alarms), 3)
	is(t, "in words", strings.HasPrefix(alarms[0], "R1: Ana Silva should have lost prod-db 1 min ago and may still have it. Okta refuses: the token may not change this group. "), true)
	is(t, "other people's ends go on", w.lane().Closed, false)
	w.target.stay = ""
	c.pass(3*time.Minute, time.Second)
	is(t, "over", w.grant(r.ID).State, flows.Ended)
	is(t, "gone", w.target.has(prodKey, ana), false)
}

func TestALaneThatFlapsKeepsItsAlarms(t *testing.T) {
	w := newWorld(t, automatic())
	w.ask(ana, time.Hour)
	c := newCrew(w)
	c.pass(59*time.Minute, 10*time.Second)
	for range 40 { // up for two calls every half minute: never long enough for a proof
		w.target.setDown(true)
		c.pass(28*time.Second, 2*time.Second)
		w.must(w.store.Change(w.ctx, func(tx flows.Tx) error {
			l, err := tx.Lane(flows.LaneTarget("okta"))
			if err != nil || !l.Closed {
				return err
			}
			return tx.PutLane(flows.Lane{Name: l.Name, Since: l.Since, Told: l.Told, ProbeAfter: tx.Real()}) // as after a call that went through
		}))
		c.pass(2*time.Second, time.Second)
	}
	is(t, "at 1, 5 and 15 min", len(w.alarms()), 3)
}
