package flows_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/scheduler"
	"hallpass/store"
)

// BenchmarkEnds has 200 leases run out at one moment, on a store that syncs each commit: how many are taken away and proved in a second, when the
// target answers at once. Asking for and giving them is not counted.
func BenchmarkEnds(b *testing.B) {
	const people = 200
	for b.Loop() {
		b.StopTimer()
		w := emptyWorld(b)
		w.set.ProofGap = 0
		for n := range people {
			id := flows.PersonID(fmt.Sprintf("00u%04d", n))
			login := fmt.Sprintf("p%d", n)
			w.people.all[id] = flows.Person{ID: id, Login: login, Email: login + "@acme.example", Name: login, Status: flows.StatusActive, Attributes: map[string]string{"slackId": "U" + login}}
			w.people.groups["engineering"] = append(w.people.groups["engineering"], id)
		}
		w.begin(automatic())
		for n := range people {
			w.ask(flows.PersonID(fmt.Sprintf("00u%04d", n)), time.Hour)
		}
		if n := w.living(); n != people {
			b.Fatalf("%d leases run", n)
		}
		w.must(w.store.Close())
		s, err := store.Open(w.ctx, store.Options{DSN: "sqlite:" + w.path, Clock: w.clock})
		w.must(err)
		w.store, w.door = s, s
		w.rise()
		w.clock.pass(time.Hour)
		b.StartTimer()
		w.workAll()
	}
	b.ReportMetric(people*float64(b.N)/b.Elapsed().Seconds(), "ends/s")
}

// living counts the leases that run or are being ended.
func (w *world) living() (n int) {
	w.view(func(tx flows.Tx) error {
		list, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{flows.Active, flows.Revoking}})
		n = len(list)
		return err
	})
	return n
}

// workAll has the scheduler work, as the program does, until no lease is left.
func (w *world) workAll() {
	var drawing sync.Mutex
	handler := func(_ context.Context, i flows.Intent) flows.Result {
		if i.Kind == flows.IntentPost {
			drawing.Lock()
			defer drawing.Unlock()
		}
		return w.handle(i)
	}
	handlers := map[flows.IntentKind]scheduler.Handler{}
	for _, k := range []flows.IntentKind{flows.IntentHold, flows.IntentAsk, flows.IntentTimer, flows.IntentPost, flows.IntentSync, flows.IntentThread, flows.IntentTicket} {
		handlers[k] = handler
	}
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	r := scheduler.New(scheduler.Config{Store: w.store, Clock: w.clock, Owner: "bench", Handlers: handlers, Room: map[string]int{"": 8, "target": 8, "slack": 1}})
	over := make(chan error, 1)
	go func() { over <- r.Run(ctx) }()
	for tick := time.NewTicker(5 * time.Millisecond); w.living() > 0; {
		<-tick.C
		r.Wake()
	}
	stop()
	<-over
}
