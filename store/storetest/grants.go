package storetest

import (
	"hallpass/flows"
)

var grantStories = []story{
	{"a grant comes back whole", grantWhole},
	{"grants by filter, oldest first", grantFilters},
	{"grants move as the table says", grantMoves},
	{"a holding comes back whole", holdingWhole},
	{"one holding is open for a person and entitlement", oneOpenHolding},
	{"holdings by filter", holdingFilters},
	{"numbers are skipped, and never go back", numbersSkipped},
}

func granted(w *world, g flows.Grant) *flows.Grant {
	w.Helper()
	return made(w, func(tx flows.Tx) (*flows.Grant, error) { return &g, tx.PutGrant(&g) })
}

func held(w *world, h flows.Holding) *flows.Holding {
	w.Helper()
	return made(w, func(tx flows.Tx) (*flows.Holding, error) { return &h, tx.PutHolding(&h) })
}

func grantWhole(w *world) {
	g := filled[flows.Grant]()
	g.ID, g.State = 0, flows.Waiting
	g.Request, g.Holding = pending(w, "ann").ID, held(w, flows.Holding{Person: "ann", Open: true}).ID
	stored := granted(w, g)
	w.same("the grant", read(w, func(tx flows.Tx) (*flows.Grant, error) { return tx.Grant(stored.ID) }), stored)
	stored.State, stored.Late = flows.Granting, ""
	w.change(func(tx flows.Tx) error { return tx.PutGrant(stored) })
	w.same("the replaced grant", read(w, func(tx flows.Tx) (*flows.Grant, error) { return tx.Grant(stored.ID) }), stored)
	w.view(func(tx flows.Tx) error {
		_, err := tx.Grant(99)
		w.absent("Grant", err)
		return nil
	})
	w.refused(flows.KindNotFound, func(tx flows.Tx) error { return tx.PutGrant(&flows.Grant{ID: 99, State: flows.Waiting}) })
}

func grantFilters(w *world) {
	r1, r2 := pending(w, "ann").ID, pending(w, "bob").ID
	h1 := held(w, flows.Holding{Person: "ann"}).ID
	all := []*flows.Grant{
		granted(w, flows.Grant{State: flows.Active, Person: "ann", Request: r1, Holding: h1}),
		granted(w, flows.Grant{State: flows.Active, Person: "bob", Request: r2}),
		granted(w, flows.Grant{State: flows.Waiting, Person: "ann", Request: r2}),
		granted(w, flows.Grant{State: flows.Ended, Person: "ann", Request: r1, Holding: h1}),
	}
	id := func(g *flows.Grant) int64 { return int64(g.ID) }
	for name, c := range map[string]struct {
		f    flows.GrantFilter
		want []int
	}{
		"all":     {flows.GrantFilter{}, []int{0, 1, 2, 3}},
		"request": {flows.GrantFilter{Request: r2}, []int{1, 2}},
		"holding": {flows.GrantFilter{Holding: h1}, []int{0, 3}},
		"person":  {flows.GrantFilter{Person: "ann"}, []int{0, 2, 3}},
		"states":  {flows.GrantFilter{States: []flows.GrantState{flows.Waiting, flows.Active}}, []int{0, 1, 2}},
		"several": {flows.GrantFilter{Person: "ann", States: []flows.GrantState{flows.Active}}, []int{0}},
		"limit":   {flows.GrantFilter{Person: "ann", Limit: 2}, []int{0, 2}},
	} {
		want := []int64{}
		for _, n := range c.want {
			want = append(want, id(all[n]))
		}
		got := read(w, func(tx flows.Tx) ([]*flows.Grant, error) { return tx.Grants(c.f) })
		w.same("Grants, "+name, ids(got, id), want)
	}
}

func grantMoves(w *world) {
	for _, from := range flows.GrantStates {
		for _, to := range flows.GrantStates {
			g := granted(w, flows.Grant{State: from, Person: "ann"})
			g.State = to
			put := func(tx flows.Tx) error { return tx.PutGrant(g) }
			if from == to || from.CanMove(to) {
				w.change(put)
				continue
			}
			w.refused(flows.KindConflict, put)
			w.same("the refused grant's state", read(w, func(tx flows.Tx) (*flows.Grant, error) { return tx.Grant(g.ID) }).State, from)
		}
	}
	err := w.store.Change(w.Context(), func(tx flows.Tx) error { return tx.PutGrant(&flows.Grant{State: "lent"}) })
	if err == nil {
		w.Error("a state that flows does not have was stored")
	}
}

func holdingWhole(w *world) {
	h := filled[flows.Holding]()
	h.ID = 0
	stored := held(w, h)
	w.same("the holding", read(w, func(tx flows.Tx) (*flows.Holding, error) { return tx.Holding(stored.ID) }), stored)
	stored.Stuck, stored.Revision = "", 12
	w.change(func(tx flows.Tx) error { return tx.PutHolding(stored) })
	w.same("the replaced holding", read(w, func(tx flows.Tx) (*flows.Holding, error) { return tx.Holding(stored.ID) }), stored)
	w.view(func(tx flows.Tx) error {
		_, err := tx.Holding(99)
		w.absent("Holding", err)
		return nil
	})
	w.refused(flows.KindNotFound, func(tx flows.Tx) error { return tx.PutHolding(&flows.Holding{ID: 99}) })
}

func oneOpenHolding(w *world) {
	first := held(w, flows.Holding{Person: "ann", Entitlement: prodDB, Open: true})
	again := flows.Holding{Person: "ann", Entitlement: prodDB, Open: true}
	w.refused(flows.KindConflict, func(tx flows.Tx) error { return tx.PutHolding(&again) })
	held(w, flows.Holding{Person: "bob", Entitlement: prodDB, Open: true})
	open := func(tx flows.Tx) (*flows.Holding, error) { return tx.OpenHolding("ann", prodDB) }
	w.same("the open holding", read(w, open), first)
	first.Open = false
	w.change(func(tx flows.Tx) error { return tx.PutHolding(first) })
	w.view(func(tx flows.Tx) error {
		_, err := open(tx)
		w.absent("OpenHolding after it was closed", err)
		return nil
	})
	again.ID = 0
	second := held(w, again)
	w.same("the second holding", read(w, open), second)
}

func holdingFilters(w *world) {
	other := prodDB
	other.Integration = "ldap"
	all := []*flows.Holding{
		held(w, flows.Holding{Person: "ann", Entitlement: prodDB, Open: true}),
		held(w, flows.Holding{Person: "ann", Entitlement: prodDB}),
		held(w, flows.Holding{Person: "bob", Entitlement: other, Open: true, Stuck: "put back twice"}),
		held(w, flows.Holding{Person: "ann", Entitlement: other, Open: true}),
	}
	id := func(h *flows.Holding) int64 { return int64(h.ID) }
	for name, c := range map[string]struct {
		f    flows.HoldingFilter
		want []int
	}{
		"all":         {flows.HoldingFilter{}, []int{0, 1, 2, 3}},
		"open":        {flows.HoldingFilter{OpenOnly: true}, []int{0, 2, 3}},
		"person":      {flows.HoldingFilter{Person: "ann"}, []int{0, 1, 3}},
		"integration": {flows.HoldingFilter{Integration: "ldap"}, []int{2, 3}},
		"stuck":       {flows.HoldingFilter{StuckOnly: true}, []int{2}},
		"limit":       {flows.HoldingFilter{Person: "ann", OpenOnly: true, Limit: 1}, []int{0}},
	} {
		want := []int64{}
		for _, n := range c.want {
			want = append(want, id(all[n]))
		}
		got := read(w, func(tx flows.Tx) ([]*flows.Holding, error) { return tx.Holdings(c.f) })
		w.same("Holdings, "+name, ids(got, id), want)
	}
}

func numbersSkipped(w *world) {
	numbers := func() [2]int64 {
		return read(w, func(tx flows.Tx) ([2]int64, error) {
			r, g, err := tx.Numbers()
			return [2]int64{int64(r), int64(g)}, err
		})
	}
	w.same("the numbers of nothing", numbers(), [2]int64{})
	w.change(func(tx flows.Tx) error { return tx.SkipNumbers(40, 60) })
	r := pending(w, "ann").ID
	w.same("the first number above", r > 40, true)
	w.change(func(tx flows.Tx) error { return tx.SkipNumbers(3, 5) })
	w.same("the next", pending(w, "ann").ID > r, true)
	g := granted(w, flows.Grant{State: flows.Waiting, Request: r}).ID
	w.same("a grant's", g > 60, true)
	w.same("the numbers", numbers()[1], int64(g))
	h := held(w, flows.Holding{Person: "ann", Open: true}).ID
	w.change(func(tx flows.Tx) error { return tx.SkipNumbers(3, 5) })
	w.same("a holding's number leaps too", held(w, flows.Holding{Person: "bob", Open: true}).ID > h+1000, true)
	w.view(func(tx flows.Tx) error {
		w.same("a View", tx.SkipNumbers(100, 100) != nil, true)
		return nil
	})
}
