package storetest

import (
	"time"

	"hallpass/flows"
)

func claimLapses(w *world) {
	want(w, hold("holding/1"))
	first := claimOne(w, "one")
	w.clock.Advance(0, time.Minute-time.Millisecond)
	w.same("just before its end", len(claims(w, "two")), 0)
	w.clock.Advance(0, time.Millisecond)
	second := claimOne(w, "two")
	w.same("the second claim's attempt", second.Attempt, 2)
	w.same("Finish by the first", finish(w, first, flows.Finish{Done: true}), false)
	w.same("the owner", intent(w, flows.IntentHold, "holding/1").Owner, "two")
	w.clock.Advance(0, time.Hour)
	w.same("Finish after the end, while nobody else came", finish(w, second, flows.Finish{Done: true}), true)
}

func olderGeneration(w *world) {
	for name, f := range map[string]flows.Finish{
		"done":         {Done: true},
		"put off":      {Scale: flows.ByMachine, Due: w.clock.Machine().Add(time.Hour)},
		"with trouble": {Scale: flows.ByMachine, Due: w.clock.Machine().Add(time.Hour), Error: "no answer"},
		"parked":       {Park: true, Error: "stack"},
	} {
		want(w, hold(name))
		claimed := claimOne(w, "worker")
		w.clock.Advance(time.Second, time.Second)
		want(w, hold(name))
		w.same("Finish, "+name, finish(w, claimed, f), false)
		got := intent(w, flows.IntentHold, name)
		w.same("its due time, "+name, got.Due, w.clock.Machine())
		w.same("its owner, "+name, got.Owner, "")
		w.same("Finish of the next, "+name, finish(w, claimOne(w, "worker"), flows.Finish{Done: true}), true)
	}
}

func olderOwner(w *world) {
	want(w, hold("holding/1"))
	claimed := claimOne(w, "worker")
	for name, change := range map[string]func(*flows.Intent){
		"owner":   func(i *flows.Intent) { i.Owner = "somebody else" },
		"nobody":  func(i *flows.Intent) { i.Owner = "" },
		"attempt": func(i *flows.Intent) { i.Attempt-- },
	} {
		other := claimed
		change(&other)
		w.same("Finish with another "+name, finish(w, other, flows.Finish{Done: true}), false)
		w.same("the intent after it", intent(w, flows.IntentHold, "holding/1"), claimed)
	}
	later := w.clock.Machine().Add(time.Hour)
	w.same("Finish by the owner", finish(w, claimed, flows.Finish{Scale: flows.ByMachine, Due: later}), true)
	w.same("Finish once more", finish(w, claimed, flows.Finish{Done: true}), false)
	w.same("its due time", intent(w, flows.IntentHold, "holding/1").Due, later)
}

func putOff(w *world) {
	want(w, hold("holding/1"))
	later := w.clock.Company().Add(time.Hour)
	w.same("Finish", finish(w, claimOne(w, "worker"), flows.Finish{Scale: flows.ByCompany, Due: later, Error: "not yet"}), true)
	got := intent(w, flows.IntentHold, "holding/1")
	expect := hold("holding/1")
	expect.ID, expect.Scale, expect.Due, expect.Generation, expect.Attempt, expect.LastError = got.ID, flows.ByCompany, later, 1, 1, "not yet"
	w.same("the intent put off", got, expect)
	w.clock.Advance(time.Hour-time.Second, time.Hour)
	w.same("just before it is due", len(claims(w, "worker")), 0)
	w.clock.Advance(time.Second, 0)
	again := claimOne(w, "worker")
	w.same("the attempt", again.Attempt, 2)
	w.same("Finish without a time", finish(w, again, flows.Finish{}), true)
	got = intent(w, flows.IntentHold, "holding/1")
	w.same("is due now", got.Due, w.clock.Company())
	w.same("and its error is gone", got.LastError, "")
}

func parked(w *world) {
	want(w, hold("holding/1"))
	finish(w, claimOne(w, "worker"), flows.Finish{Park: true, Error: "a stack"})
	got := intent(w, flows.IntentHold, "holding/1")
	if !got.Parked || got.LastError != "a stack" || !got.Due.IsZero() {
		w.Errorf("the parked intent is %+v", got)
	}
	w.clock.Advance(1000*time.Hour, 1000*time.Hour)
	w.same("claimed while it rests", len(claims(w, "worker")), 0)
	w.view(func(tx flows.Tx) error {
		_, some, err := tx.NextDue(flows.ByMachine, nil)
		w.same("something is due", some, false)
		return err
	})
	w.same("wanted again, still parked", want(w, hold("holding/1")).Parked, false)
	later := w.clock.Machine().Add(time.Hour)
	finish(w, claimOne(w, "worker"), flows.Finish{Park: true, Error: "a stack", Scale: flows.ByMachine, Due: later})
	w.same("parked with a time", intent(w, flows.IntentHold, "holding/1").Parked, true)
	w.clock.Advance(time.Hour, time.Hour)
	w.same("claimed when the time has come", claimOne(w, "worker").Attempt, 3)
}

// redone is what a worker completes after its work was lost: it stays, and is due.
func redone(w *world) {
	want(w, hold("holding/1"))
	first := claimOne(w, "worker")
	w.change(func(tx flows.Tx) error { return tx.RedoClaimed() })
	w.same("nobody else takes it meanwhile", len(claims(w, "another")), 0)
	w.same("completed", finish(w, first, flows.Finish{Done: true}), false)
	w.same("and done again", claimOne(w, "worker").Subject, first.Subject)
}
