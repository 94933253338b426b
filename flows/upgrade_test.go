package flows_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/store"
)

// schema takes the world's database to the schema of another release, as if it had been written by that one.
func (w *world) schema(to int) {
	w.t.Helper()
	w.must(w.store.Close())
	_, err := store.Migrate(context.Background(), store.Options{DSN: "sqlite:" + w.path, Clock: w.clock}, to)
	w.must(err)
}

// A database of each release before, in the middle of everything: access that is out, access that is being given, a request that waits, one that was
// approved and is still to come. This release opens it and brings all of it to its end.
func TestAnUpgradeWithLiveGrants(t *testing.T) {
	for version := 1; version < store.Latest(); version++ {
		t.Run(fmt.Sprintf("from schema %d", version), func(t *testing.T) {
			w := newWorld(t, automatic())
			runs := w.ask(ana, 2*time.Hour)
			waits := oneStep()
			waits.Name = "databases"
			w.use(waits)
			pending := w.ask(dev, time.Hour)
			approved, err := w.engine.Ask(w.ctx, w.actor(ben), flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
			w.must(err)
			w.run()
			_, err = w.engine.Decide(w.ctx, w.actor(caro), w.pressOn(caro, approved.ID, true))
			w.must(err) // and what follows from it is still to be done
			before, _ := w.store.Verify(w.ctx)

			w.schema(version)
			w.reopen()
			n, err := w.store.Verify(w.ctx)
			w.must(err)
			is(t, "the log", n, before)
			is(t, "still out", w.grant(runs.ID).State, flows.Active)
			is(t, "still to be given", w.grant(approved.ID).State, flows.Waiting)
			w.run()
			is(t, "given", w.target.has(prodKey, ben), true)
			w.press(caro, pending.ID, true)
			is(t, "decided", w.target.has(prodKey, dev), true)
			w.pass(2*time.Hour + time.Minute)
			for _, id := range []flows.RequestID{runs.ID, approved.ID, pending.ID} {
				is(t, "ended", w.grant(id).State, flows.Ended)
			}
			for _, who := range []flows.PersonID{ana, ben, dev} {
				is(t, "gone", w.target.has(prodKey, who), false)
			}

			w.schema(version) // what is over does not stand in the way back either
			w.reopen()
			_, err = w.store.Verify(w.ctx)
			w.must(err)
		})
	}
}
