package storetest

import (
	"errors"
	"time"

	"hallpass/flows"
)

var turnStories = []story{
	{"the turns of a shift", turns},
	{"a turn without beginning or end", endless},
}

func turns(w *world) {
	primary, secondary := flows.Shift{In: "pagerduty", Schedule: "PSRE01", Level: 1}, flows.Shift{In: "pagerduty", Schedule: "PSRE01"}
	turn := func(p flows.PersonID, from, to, since time.Duration) flows.Turn {
		return flows.Turn{Person: p, From: Noon.Add(from), To: Noon.Add(to), Since: Noon.Add(since)}
	}
	of := func(s flows.Shift) []flows.Turn {
		return read(w, func(tx flows.Tx) ([]flows.Turn, error) { return tx.Turns(s) })
	}
	w.same("before any", len(of(primary)), 0)
	bob, late, ann := turn("bob", 0, time.Hour, -time.Hour), turn("bob", 3*time.Hour, 4*time.Hour, 0), turn("ann", time.Hour, 2*time.Hour, 0)
	w.change(func(tx flows.Tx) error {
		return errors.Join(tx.PutTurns(primary, []flows.Turn{late, bob, ann}), tx.PutTurns(secondary, []flows.Turn{ann}))
	})
	w.same("by person, then by time", of(primary), []flows.Turn{ann, bob, late})
	w.same("the same schedule at any level", of(secondary), []flows.Turn{ann})
	w.change(func(tx flows.Tx) error { return tx.PutTurns(primary, []flows.Turn{late}) })
	w.same("replaced", of(primary), []flows.Turn{late})
	w.same("the other shift as it was", of(secondary), []flows.Turn{ann})
	w.change(func(tx flows.Tx) error { return tx.PutTurns(primary, nil) })
	w.same("nobody", len(of(primary)), 0)
}

func endless(w *world) {
	s := flows.Shift{In: "pagerduty", Schedule: "PSRE01"}
	t := flows.Turn{Person: "eve", To: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), Since: Noon.Add(time.Microsecond)}
	w.change(func(tx flows.Tx) error { return tx.PutTurns(s, []flows.Turn{t}) })
	t.Since = Noon.Add(time.Millisecond) // never known for longer than it was
	w.same("the turn", read(w, func(tx flows.Tx) ([]flows.Turn, error) { return tx.Turns(s) }), []flows.Turn{t})
}
