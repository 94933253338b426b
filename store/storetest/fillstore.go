package storetest

import (
	"context"
	"errors"
	"fmt"

	"hallpass/flows"
)

// FillStore writes some of everything that a store keeps, with no field empty, and takes some of it away again.
func FillStore(ctx context.Context, s flows.Store) error {
	for n := range 3 {
		if err := s.Change(ctx, func(tx flows.Tx) error { return fillAll(tx, n) }); err != nil {
			return err
		}
	}
	return s.Change(ctx, func(tx flows.Tx) error { // the newest intent is gone, and its number with it
		last, err := tx.Intents(flows.IntentFilter{})
		if err != nil {
			return err
		}
		claimed, err := tx.Claim(flows.ClaimQuery{Owner: "me", Company: tx.Now(), Machine: tx.Real(), Until: tx.Real(), Limit: len(last)})
		if err != nil {
			return err
		}
		for _, i := range claimed[1:] {
			if _, err := tx.Finish(i, flows.Finish{Done: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

func fillAll(tx flows.Tx, n int) error {
	name := func(s string) string { return fmt.Sprintf("%c %s ü %d", "zäA"[n%2], s, n) }
	r := filled[flows.Request]()
	r.ID, r.State, r.Nonce, r.Extends = 0, flows.Pending, name("nonce"), 0
	if err := tx.PutRequest(&r); err != nil {
		return err
	}
	d := filled[flows.Decision]()
	d.ID, d.Request = 0, r.ID
	h := filled[flows.Holding]()
	h.ID, h.Person = 0, flows.PersonID(name("ann"))
	if err := errors.Join(tx.AddDecision(&d), tx.PutHolding(&h)); err != nil {
		return err
	}
	g := filled[flows.Grant]()
	g.ID, g.State, g.Request, g.Holding = 0, flows.Active, r.ID, h.ID
	if err := tx.PutGrant(&g); err != nil {
		return err
	}
	p := filled[flows.Post]()
	p.ID, p.Key, p.Request, p.Grant, p.TS = 0, name("key"), r.ID, g.ID, name("ts")
	deed := filled[flows.Deed]()
	deed.ID, deed.Key = 0, name("deed")
	e := filled[flows.Entry]()
	e.Request, e.Grant, e.Holding = r.ID, g.ID, h.ID
	_, _, err := tx.AddDeed(&deed)
	if err := errors.Join(err, tx.PutPost(&p), tx.Append(&e), tx.Append(&flows.Entry{Action: flows.ActAlarm})); err != nil {
		return err
	}
	return errors.Join(fillCatalog(tx, name), fillWork(tx, name))
}

func fillCatalog(tx flows.Tx, name func(string) string) error {
	who := filled[flows.Person]()
	who.ID = flows.PersonID(name("person"))
	account := filled[flows.Identity]()
	account.User = name("user")
	thing := filled[flows.Resource]()
	thing.ID, thing.Name = name("id"), name("NAME")
	sync := filled[flows.SyncState]()
	sync.Integration = name("okta")
	turn := filled[flows.Turn]()
	turn.From, turn.To, turn.Since = Noon, Noon.Add(1), Noon
	shift := flows.Shift{In: "pagerduty", Schedule: name("schedule"), Level: 1}
	return errors.Join(tx.PutPerson(who), tx.PutIdentity(&account), tx.PutResource(thing), tx.PutSync(sync), tx.PutTurns(shift, []flows.Turn{turn}),
		tx.ReplaceMembers(flows.Entitlement{ResourceKey: thing.ResourceKey, Permission: "member"}, []flows.PersonID{who.ID, "ben"}))
}

func fillWork(tx flows.Tx, name func(string) string) error {
	lane := filled[flows.Lane]()
	lane.Name = name("lane")
	return errors.Join(tx.PutLane(lane), tx.PutFlowText(name("hash"), []byte("flows: []\x00\xff")), tx.PutPin("group", name("group"), "00g1"), tx.PutMeta(name("meta"), name("value")),
		tx.Want(flows.Intent{Kind: flows.IntentPost, Subject: name("post"), Lane: "slack:T", Scale: flows.ByMachine}),
		tx.Want(flows.Intent{Kind: flows.IntentPost, Subject: name("late"), Lane: "slack:T", Rank: 2, Due: tx.Now().Add(1), Scale: flows.ByCompany}))
}
