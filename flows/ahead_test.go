package flows_test

import (
	"slices"
	"testing"
	"time"

	"hallpass/flows"
)

// The machine's clock is ten minutes behind: what ends, ends when the others' clocks say so, and the warning comes before it.
func TestEndsComeByTheEarlierClock(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, 2*time.Hour)
	w.use(oneStep())
	pending := w.ask(dev, time.Hour)
	w.must(w.engine.Lead(w.ctx, 9*time.Minute+30*time.Second))
	w.must(w.engine.Lead(w.ctx, 9*time.Minute+40*time.Second)) // the same, heard again
	until := func(d time.Duration) { w.clock.pass(r.Made.Add(d).Sub(w.clock.Company())); w.run() }
	until(97 * time.Minute)
	is(t, "not warned yet", slices.Contains(w.told(ana), "warning"), false)
	until(99 * time.Minute)
	is(t, "warned by the earlier clock", slices.Contains(w.told(ana), "warning"), true)
	until(109 * time.Minute)
	is(t, "still there", w.grant(r.ID).State, flows.Active)
	until(110*time.Minute + time.Second)
	is(t, "ended by the earlier clock", w.target.has(prodKey, ana), false)
	until(24*time.Hour - 10*time.Minute)
	is(t, "and so do requests lapse", w.request(pending.ID).State, flows.Lapsed)
}

func TestAClockThatAgreesAgainEndsNothingEarly(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, 2*time.Hour)
	w.must(w.engine.Lead(w.ctx, 30*time.Minute))
	w.pass(time.Hour)
	w.must(w.engine.Lead(w.ctx, 0))
	w.clock.pass(r.Made.Add(2*time.Hour - time.Second).Sub(w.clock.Company()))
	w.run()
	is(t, "still there", w.grant(r.ID).State, flows.Active)
	is(t, "warned when it is due", slices.Contains(w.told(ana), "warning"), true)
	w.pass(3 * time.Second)
	is(t, "ended as planned", w.target.has(prodKey, ana), false)
}
