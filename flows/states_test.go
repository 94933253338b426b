package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// reached are the states that moves lead to from one.
func reached(moves []flows.Move, from string) map[string]bool {
	seen := map[string]bool{from: true}
	for more := true; more; {
		more = false
		for _, m := range moves {
			if seen[m.From] && !seen[m.To] {
				seen[m.To], more = true, true
			}
		}
	}
	return seen
}

func TestEveryStateIsReachedAndEveryLifeEnds(t *testing.T) {
	for _, s := range flows.RequestStates {
		is(t, "request reaches "+string(s), reached(flows.RequestMoves, "pending")[string(s)], true)
	}
	for _, s := range flows.GrantStates {
		is(t, "grant reaches "+string(s), reached(flows.GrantMoves, "waiting")[string(s)], true)
		ends := reached(flows.GrantMoves, string(s))
		is(t, string(s)+" comes to an end", ends["ended"] || ends["dropped"] || ends["failed"], true)
		for _, to := range flows.GrantStates {
			is(t, string(s)+" is over and moves to "+string(to), s.Over() && s.CanMove(to), false)
		}
	}
	is(t, "a request once decided stays so", flows.Denied.CanMove(flows.Pending), false)
	is(t, "but for a policy that became stricter", flows.Approved.CanMove(flows.Pending), true)
}

func TestTheStoreRefusesAnyOtherMove(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	err := w.store.Change(w.ctx, func(tx flows.Tx) error {
		g, err := tx.Grant(1)
		if err != nil {
			return err
		}
		g.State = flows.Waiting
		return tx.PutGrant(g)
	})
	is(t, "back to waiting", err == nil, false)
	is(t, "in use", w.grant(r.ID).State, flows.Active)
}
