package scheduler_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/scheduler"
)

// twin is one more replica on the desk's store.
func (d *desk) twin(owner string, sockets int) *scheduler.Replica {
	return scheduler.NewReplica(scheduler.ReplicaConfig{Store: d.store, Clock: d.clock, Owner: owner, Sockets: sockets})
}

func (d *desk) beats(list ...*scheduler.Replica) {
	d.t.Helper()
	for _, r := range list {
		d.must(r.RunOnce(d.ctx))
	}
}

func held(r *scheduler.Replica) int { n, _ := r.Held(); return n }

func TestTheDeadOnesClaimsAreFreedWhenItsLeaseIsOver(t *testing.T) {
	d := newDesk(t)
	a, b := d.twin("a", 2), d.twin("b", 2)
	d.beats(a, b)
	d.want(end(1))
	d.must(d.store.Change(d.ctx, func(tx flows.Tx) error {
		_, err := tx.Claim(flows.ClaimQuery{Owner: "a", Company: tx.Now(), Machine: tx.Real(), Until: tx.Real().Add(2 * time.Minute), Limit: 1})
		return err
	}))
	d.hands.pass(19 * time.Second)
	d.beats(b)
	is(t, "it may still live", d.intent(flows.IntentHold, "holding/1").Owner, "a")
	d.hands.pass(time.Second)
	d.beats(b)
	is(t, "it is dead", d.intent(flows.IntentHold, "holding/1").Owner, "")
}

// After the database was away for a while no lease runs any more. Whoever comes back first takes nobody for dead who may only not have spoken yet.
func TestNobodyIsTakenForDeadBecauseTheDatabaseWasAway(t *testing.T) {
	d := newDesk(t)
	a, b := d.twin("a", 2), d.twin("b", 2)
	d.beats(a, b)
	d.want(end(1))
	d.must(d.store.Change(d.ctx, func(tx flows.Tx) error {
		_, err := tx.Claim(flows.ClaimQuery{Owner: "a", Company: tx.Now(), Machine: tx.Real(), Until: tx.Real().Add(2 * time.Minute), Limit: 1})
		return err
	}))
	d.hands.pass(30 * time.Second)
	d.beats(b)
	is(t, "it may be about to speak", d.intent(flows.IntentHold, "holding/1").Owner, "a")
	d.hands.pass(5 * time.Second)
	d.beats(b)
	is(t, "it is dead", d.intent(flows.IntentHold, "holding/1").Owner, "")
}

func TestAReplicaThatIsTakenForDeadClaimsNothing(t *testing.T) {
	d := newDesk(t)
	a := d.twin("a", 2)
	lives := func() (yes bool) {
		d.must(d.store.Change(d.ctx, func(tx flows.Tx) (err error) { yes, err = a.Lives(tx); return err }))
		return yes
	}
	is(t, "before it has spoken", lives(), false)
	d.beats(a)
	is(t, "when it has", lives(), true)
	d.hands.pass(15 * time.Second)
	is(t, "near the end of its lease", lives(), false)
	d.beats(a)
	is(t, "again", lives(), true)
}

func TestTenSocketsAreShared(t *testing.T) {
	d := newDesk(t)
	var all []*scheduler.Replica
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		all = append(all, d.twin(name, 2))
	}
	d.beats(all...)
	for n, r := range all {
		is(t, "sockets of "+string(rune('a'+n)), held(r), 2)
	}
	late := d.twin("f", 2)
	d.beats(late)
	is(t, "none is free", held(late), 0)
	d.beats(all...)
	d.beats(late)
	is(t, "the others give some up", held(late), 1)
	total := held(late)
	for _, r := range all {
		total += held(r)
	}
	is(t, "all of them", total <= 10, true)

	d.must(all[0].Leave(d.ctx))
	d.hands.pass(5 * time.Second)
	d.beats(append(all[1:], late)...)
	is(t, "who leaves leaves them to the others", held(late), 2)
}

func TestTheSocketsOfADeadReplicaLapse(t *testing.T) {
	d := newDesk(t)
	greedy, patient := d.twin("a", 10), d.twin("b", 2)
	d.beats(greedy)
	is(t, "alone it may have all", held(greedy), 10)
	d.beats(patient)
	is(t, "none is free", held(patient), 0)
	for range 4 {
		d.hands.pass(5 * time.Second)
		d.beats(patient)
	}
	is(t, "they have lapsed", held(patient), 2)
	n, err := patient.Others(d.ctx)
	d.must(err)
	is(t, "but may still be counted", n, 10)
	d.hands.pass(10*time.Minute + time.Second)
	d.beats(patient)
	n, err = patient.Others(d.ctx)
	d.must(err)
	is(t, "not for ever", n, 0)
}

// A replica that cannot reach the store gives its sockets up before anybody else may take them.
func TestSocketsAreGivenUpBeforeTheirLeaseEnds(t *testing.T) {
	d := newDesk(t)
	away := errors.New("the database is away")
	broken := &brokenStore{Store: d.store}
	a := scheduler.NewReplica(scheduler.ReplicaConfig{Store: broken, Clock: d.clock, Owner: "a", Sockets: 2})
	d.beats(a)
	n, changed := a.Held()
	is(t, "held", n, 2)
	broken.err = away
	d.hands.pass(14 * time.Second)
	is(t, "it cannot speak", errors.Is(a.RunOnce(d.ctx), away), true)
	is(t, "the lease still runs", held(a), 2)
	d.hands.pass(time.Second)
	_ = a.RunOnce(d.ctx)
	is(t, "given up", held(a), 0)
	<-changed
}

type brokenStore struct {
	flows.Store
	err error
}

func (s *brokenStore) Change(ctx context.Context, f func(flows.Tx) error) error {
	if s.err != nil {
		return s.err
	}
	return s.Store.Change(ctx, f)
}
