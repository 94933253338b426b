package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// clockSet has Hallpass start again on a machine whose clock somebody has set by so much meanwhile. Company time is told apart: vendors say when it is wrong.
func (w *world) clockSet(by time.Duration) {
	w.t.Helper()
	w.must(w.engine.Beat(w.ctx))
	w.must(w.store.Close())
	w.clock.mu.Lock()
	w.clock.machine = w.clock.machine.Add(by)
	w.clock.mu.Unlock()
	w.reopen()
	w.must(w.engine.CatchClock(w.ctx))
}

// Whatever an end waits for by the machine's clock, it does not wait an hour longer because that was set back an hour.
func TestAClockThatWasSetBackHoldsNoEndUp(t *testing.T) {
	for name, until := range map[string]func(w *world){
		"its next try": func(w *world) {
			w.target.down = true
			w.pass(time.Hour)
			w.target.down = false
		},
		"the lane of its target": func(w *world) {
			w.target.down = true
			w.pass(time.Hour)
			w.target.down = false
			w.must(w.store.Change(w.ctx, func(tx flows.Tx) error {
				return tx.PutLane(flows.Lane{Name: flows.LaneTarget("okta"), Closed: true, Since: tx.Real(), ProbeAfter: tx.Real().Add(10 * time.Second)})
			}))
		},
		"the second read of its proof": func(w *world) { w.clock.pass(time.Hour); w.run() },
		"a removal whose answer was lost": func(w *world) {
			w.target.lose = 1
			w.clock.pass(time.Hour)
			w.run()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, automatic())
			r := w.ask(ana, time.Hour)
			until(w)
			is(t, "it has not come to its end", w.grant(r.ID).State, flows.Revoking)
			w.clockSet(-time.Hour)
			w.pass(time.Minute)
			is(t, "taken back", w.target.has(prodKey, ana), false)
			is(t, "proved", w.grant(r.ID).State, flows.Ended)
		})
	}
}

// How much time has passed since a call was sent whose answer was lost, or since a first read, nobody knows where the clock may have been set: the call may still
// land, and the read was perhaps a moment ago.
func TestNothingCountsFromBeforeTheClockWasSet(t *testing.T) {
	for _, by := range []time.Duration{-time.Hour, time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			w := newWorld(t, automatic())
			w.target.lose = 1
			lost := w.ask(ana, time.Hour)
			is(t, "its answer is not known", w.holding(w.grant(lost.ID).Holding).GrantLands.IsZero(), false)
			w.clockSet(by)
			is(t, "it has landed by then", w.holding(w.grant(lost.ID).Holding).GrantLands.Sub(w.clock.Machine()), w.set.CallTimeout+2*time.Second)
			w.pass(time.Minute)
			is(t, "given", w.grant(lost.ID).State, flows.Active)

			w.clock.pass(time.Hour)
			w.run()
			is(t, "read absent once", w.grant(lost.ID).State, flows.Revoking)
			w.clockSet(by)
			w.run()
			w.clock.pass(w.set.ProofGap - time.Second)
			w.run()
			is(t, "not proved by a read that may have been a moment ago", w.grant(lost.ID).State, flows.Revoking)
			w.pass(time.Minute)
			is(t, "proved", w.grant(lost.ID).State, flows.Ended)
		})
	}
}

// Ana has it by other means, and a sync saw that. She asks as soon as Hallpass runs again, by a clock that was set back: what she had before stays.
func TestWhatASyncSawByALaterClockStays(t *testing.T) {
	w := newWorld(t, automatic())
	w.target.members[prodKey] = map[flows.PersonID]bool{ana: true}
	w.sync()
	w.clock.mu.Lock()
	w.clock.company = w.clock.company.Add(-time.Hour)
	w.clock.mu.Unlock()
	w.clockSet(-time.Hour)
	r := w.ask(ana, time.Hour)
	is(t, "there before", w.holding(w.grant(r.ID).Holding).Before, flows.BeforePresent)
	w.pass(2 * time.Hour)
	is(t, "over", w.grant(r.ID).State.Over(), true)
	is(t, "it stays", w.target.has(prodKey, ana), true)
}

// A start on a clock that only went on changes nothing of what waits.
func TestAnOrdinaryStartTriesNothingEarlier(t *testing.T) {
	w := newWorld(t, automatic())
	w.target.down = true
	w.ask(ana, time.Hour)
	due := func() (at time.Time) {
		w.view(func(tx flows.Tx) error {
			list, err := tx.Intents(flows.IntentFilter{Kind: flows.IntentHold})
			at = list[0].Due
			return err
		})
		return at
	}
	before := due()
	w.off(time.Second)
	w.must(w.engine.CatchClock(w.ctx))
	is(t, "due as before", due(), before)
}
