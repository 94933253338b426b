package storetest

import (
	"time"

	"hallpass/flows"
)

var replicaStories = []story{
	{"replicas are kept, renewed and dropped", replicasAreKept},
	{"claims of all but some are freed", claimsAreFreed},
}

func replicasAreKept(w *world) {
	until := w.clock.Machine().Add(20 * time.Second)
	a, b := flows.Replica{Owner: "a", Until: until, Sockets: 2, Counted: 3}, flows.Replica{Owner: "b", Until: until}
	w.change(func(tx flows.Tx) error { return tx.PutReplica(b) })
	w.change(func(tx flows.Tx) error {
		return tx.PutReplica(flows.Replica{Owner: "a", Until: until.Add(-time.Second), Sockets: 1})
	})
	w.change(func(tx flows.Tx) error { return tx.PutReplica(a) })
	w.replicas(a, b)
	w.change(func(tx flows.Tx) error { return tx.DropReplica("a") })
	w.change(func(tx flows.Tx) error { return tx.DropReplica("nobody") })
	w.replicas(b)
}

func (w *world) replicas(want ...flows.Replica) {
	w.Helper()
	w.view(func(tx flows.Tx) error {
		got, err := tx.Replicas()
		w.same("the replicas", got, want)
		return err
	})
}

func claimsAreFreed(w *world) {
	owners := []string{"a", "b", "c"}
	for n, owner := range owners {
		w.change(func(tx flows.Tx) error {
			return tx.Want(flows.Intent{Kind: flows.IntentPost, Subject: flows.SubjectOf("post", flows.PostID(n+1)), Lane: "l", Scale: flows.ByMachine})
		})
		w.change(func(tx flows.Tx) error {
			_, err := tx.Claim(flows.ClaimQuery{Owner: owner, Company: tx.Now(), Machine: tx.Real(), Until: tx.Real().Add(time.Minute), Limit: 1})
			return err
		})
	}
	holders := func(want ...string) {
		w.Helper()
		w.view(func(tx flows.Tx) error {
			list, err := tx.Intents(flows.IntentFilter{})
			var got []string
			for _, i := range list {
				got = append(got, i.Owner)
			}
			w.same("who holds the claims", got, want)
			return err
		})
	}
	w.change(func(tx flows.Tx) error { return tx.FreeClaims("a", "c") })
	holders("a", "", "c")
	w.change(func(tx flows.Tx) error { return tx.FreeClaims("nobody") })
	holders("", "", "")
	w.change(func(tx flows.Tx) error { return tx.FreeClaims() })
	holders("", "", "")
}
