package flows_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hallpass/flows"
)

// departments is a world with so many groups prod-0, prod-1, … in which Ana has a grant on each.
func departments(t *testing.T, n int) *world {
	t.Helper()
	w := emptyWorld(t)
	w.set.Pending, w.set.PerDay = 0, 0
	for i := range n {
		w.target.list = append(w.target.list, flows.Resource{ResourceKey: numberedGroup(i), Name: fmt.Sprintf("prod-%d", i), Permissions: []string{"member"}})
	}
	w.begin(automatic())
	for i := range n {
		_, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: numberedGroup(i), Duration: 4 * time.Hour, Reason: "the quarterly audit"})
		w.must(err)
	}
	w.run()
	return w
}

func numberedGroup(i int) flows.ResourceKey {
	return flows.ResourceKey{Integration: "okta", Type: "group", ID: fmt.Sprintf("00gn%02d", i)}
}

// vanish has the last so many groups disappear.
func (w *world) vanish(n int) {
	w.target.mu.Lock()
	defer w.target.mu.Unlock()
	w.target.list = w.target.list[:len(w.target.list)-n]
}

func (w *world) count(s flows.GrantState) (n int) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{s}})
		n = len(list)
		return err
	})
	return n
}

func (w *world) syncState() (s flows.SyncState) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { s, err = tx.Sync("okta"); return err })
	return s
}

func TestOneOfManyThatVanishesEndsAtOnce(t *testing.T) {
	w := departments(t, 12)
	w.vanish(1)
	w.sync()
	w.pass(time.Minute)
	is(t, "ended", w.count(flows.Ended), 1)
	is(t, "running", w.count(flows.Active), 11)
	is(t, "no alarm", len(w.alarms()), 0)
}

func TestTheBrakeHoldsTooManyEnds(t *testing.T) {
	w := departments(t, 12)
	w.vanish(2)
	w.sync()
	w.pass(time.Minute)
	held := "The last sync of Okta would end 2 of 12 running grants, because their resources are no longer there. That waits for an admin: release it in App Home if it is right."
	is(t, "all run on", w.count(flows.Active), 12)
	same(t, "admins are told", w.alarms(), []string{held})
	is(t, "shown", w.syncState().Held, held)
	w.sync()
	w.run()
	is(t, "told once", len(w.alarms()), 1)

	key := w.syncState().HeldKey
	a, err := w.engine.ReleaseBrake(w.ctx, w.actor(ben), "okta", key)
	w.must(err)
	is(t, "only an admin", a.Sentence, "Only admins of Hallpass can release this.")
	a, err = w.engine.ReleaseBrake(w.ctx, w.actor(eve), "okta", "G1")
	w.must(err)
	is(t, "only what is held", a.Sentence, "Nothing is held any more, or something else is. Look again.")
	is(t, "both refused in the log", len(w.refusals()), 2)
	a, err = w.engine.ReleaseBrake(w.ctx, w.actor(eve), "okta", key)
	w.must(err)
	is(t, "released", a.Sentence, "Released. It takes effect with the next sync, which starts now.")
	w.sync()
	w.pass(time.Minute)
	is(t, "two ended", w.count(flows.Ended), 2)
	is(t, "nothing held", w.syncState().Held, "")
}

func TestAReleaseCoversNothingNewer(t *testing.T) {
	w := departments(t, 12)
	w.vanish(2)
	w.sync()
	_, err := w.engine.ReleaseBrake(w.ctx, w.actor(eve), "okta", w.syncState().HeldKey)
	w.must(err)
	w.vanish(3)
	w.sync()
	w.run()
	is(t, "five were not released", w.count(flows.Active), 12)
	is(t, "held anew", len(w.alarms()), 2)
}

func TestMoreThanFiveAreHeldHoweverManyRun(t *testing.T) {
	w := departments(t, 61)
	w.vanish(6)
	w.sync()
	w.run()
	is(t, "all run on", w.count(flows.Active), 61)
	is(t, "admins are told", len(w.alarms()), 1)
}

func TestThatComesBackIsHeldNoMore(t *testing.T) {
	w := departments(t, 12)
	all := w.target.list
	w.vanish(3)
	w.sync()
	w.target.list = all
	w.sync()
	w.run()
	is(t, "nothing held", w.syncState().Held, "")
	is(t, "all run", w.count(flows.Active), 12)
}

func TestPlannedEndsAreNeverHeld(t *testing.T) {
	w := departments(t, 12)
	w.vanish(12)
	w.sync()
	w.pass(4*time.Hour + 2*time.Minute)
	is(t, "all ended on time", w.count(flows.Ended), 12)
	is(t, "proof", w.holding(1).Proof, flows.ProofTargetGone)
}

func TestASyncThatFailsChangesNothing(t *testing.T) {
	w := departments(t, 3)
	w.vanish(3)
	w.target.down = true
	if err := w.engine.Sync(w.ctx, "okta", time.Hour).Err; err != nil {
		t.Fatal(err)
	}
	is(t, "says why", w.syncState().Failed, "Okta does not answer")
	is(t, "all run on", w.count(flows.Active), 3)
	found, err := w.engine.FindResource(w.ctx, ana, "prod-2")
	w.must(err)
	is(t, "still known", found.Name, "prod-2")
}

func TestADirectoryThatFailsInTheMiddleChangesNothing(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, 4*time.Hour)
	w.people.hidden = []flows.PersonID{ana}
	w.people.failPerson = errors.New("connection reset")
	_ = w.engine.Sync(w.ctx, "okta", time.Hour)
	w.run()
	is(t, "what cannot be confirmed ends nothing", w.grant(r.ID).State, flows.Active)
	is(t, "says why", w.syncState().Failed != "", true)
}
