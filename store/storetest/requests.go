package storetest

import (
	"errors"
	"fmt"
	"time"

	"hallpass/flows"
)

var requestStories = []story{
	{"a request comes back whole", requestWhole},
	{"requests that are not there", requestAbsent},
	{"requests by filter, newest first", requestFilters},
	{"requests move as the table says", requestMoves},
	{"one opened form makes one request", nonceOnce},
	{"decisions, oldest first", decisions},
}

var prodDB = flows.Entitlement{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00g1"}, Permission: "member"}

// pending is a stored request.
func pending(w *world, asker flows.PersonID, change ...func(*flows.Request)) *flows.Request {
	w.Helper()
	return made(w, func(tx flows.Tx) (*flows.Request, error) {
		r := &flows.Request{State: flows.Pending, Asker: asker, For: asker, Entitlement: prodDB, Made: tx.Now()}
		for _, c := range change {
			c(r)
		}
		return r, tx.PutRequest(r)
	})
}

func requestWhole(w *world) {
	r := filled[flows.Request]()
	r.ID, r.State = 0, flows.Pending
	w.change(func(tx flows.Tx) error { return tx.PutRequest(&r) })
	if r.ID == 0 {
		w.Fatal("PutRequest set no id")
	}
	w.same("the request", read(w, func(tx flows.Tx) (*flows.Request, error) { return tx.Request(r.ID) }), &r)
	w.same("by its nonce", read(w, func(tx flows.Tx) (*flows.Request, error) { return tx.RequestByNonce(r.Nonce) }), &r)
	r.Reason, r.State = "another", flows.Approved
	w.change(func(tx flows.Tx) error { return tx.PutRequest(&r) })
	w.same("the replaced request", read(w, func(tx flows.Tx) (*flows.Request, error) { return tx.Request(r.ID) }), &r)
}

func requestAbsent(w *world) {
	pending(w, "ann") // has no nonce
	w.view(func(tx flows.Tx) error {
		_, err := tx.Request(99)
		w.absent("Request", err)
		_, err = tx.RequestByNonce("nobody's")
		w.absent("RequestByNonce", err)
		_, err = tx.RequestByNonce("")
		w.absent("RequestByNonce of nothing", err)
		none, err := tx.Requests(flows.RequestFilter{Asker: "nobody"})
		w.same("Requests of nobody", len(none), 0)
		return err
	})
	w.refused(flows.KindNotFound, func(tx flows.Tx) error { return tx.PutRequest(&flows.Request{ID: 99, State: flows.Pending}) })
}

// askRequests makes seven requests; the comment says what each is for.
func askRequests(w *world) (newest []*flows.Request) {
	other := prodDB
	other.ID = "00g2"
	asked := func(people ...flows.PersonID) func(*flows.Request) {
		return func(r *flows.Request) {
			for i, p := range people {
				r.Asked = append(r.Asked, flows.Asked{Person: p, Key: fmt.Sprint(i)})
			}
		}
	}
	all := []*flows.Request{
		pending(w, "ann", asked("max", "mia")), // 0
		pending(w, "bob", asked("max", "max")), // 1: asked by two rights
		pending(w, "ann", func(r *flows.Request) {
			r.Entitlement = other
			r.Open = []flows.OpenRequirement{{Candidates: []flows.Candidate{{Person: "moe"}}}}
		}), // 2: moe could be asked
		pending(w, "ann", asked("max"), func(r *flows.Request) { r.Asked[0].Gone = true }),            // 3: handed over
		pending(w, "bob", asked("max"), func(r *flows.Request) { r.State = flows.Denied }),            // 4: over
		pending(w, "eve", func(r *flows.Request) { r.Extends = 7; r.Made = r.Made.Add(time.Minute) }), // 5
		pending(w, "kim", func(r *flows.Request) { r.TicketKey, r.Ticket = "OPS-1", "SEC-1" }),        // 6
	}
	return all
}

func requestFilters(w *world) {
	all := askRequests(w)
	id := func(r *flows.Request) int64 { return int64(r.ID) }
	for name, c := range map[string]struct {
		f    flows.RequestFilter
		want []int
	}{
		"all":              {flows.RequestFilter{}, []int{6, 5, 4, 3, 2, 1, 0}},
		"asker":            {flows.RequestFilter{Asker: "ann"}, []int{3, 2, 0}},
		"states":           {flows.RequestFilter{States: []flows.RequestState{flows.Denied, flows.Approved}}, []int{4}},
		"asker and states": {flows.RequestFilter{Asker: "bob", States: []flows.RequestState{flows.Pending}}, []int{1}},
		"made since":       {flows.RequestFilter{MadeSince: Noon.Add(time.Second)}, []int{5}},
		"made since noon":  {flows.RequestFilter{MadeSince: Noon, Asker: "bob"}, []int{4, 1}},
		"entitlement":      {flows.RequestFilter{Entitlement: &prodDB, Asker: "ann"}, []int{3, 0}},
		"extends":          {flows.RequestFilter{Extends: 7}, []int{5}},
		"asked of max":     {flows.RequestFilter{AskedOf: "max"}, []int{1, 0}},
		"asked of mia":     {flows.RequestFilter{AskedOf: "mia"}, []int{0}},
		"naming max":       {flows.RequestFilter{Naming: "max"}, []int{3, 1, 0}},
		"naming moe":       {flows.RequestFilter{Naming: "moe"}, []int{2}},
		"naming ma":        {flows.RequestFilter{Naming: "ma"}, nil},
		"ticket named":     {flows.RequestFilter{TicketKey: "OPS-1"}, []int{6}},
		"another ticket":   {flows.RequestFilter{TicketKey: "SEC-1"}, nil},
		"ticket kept":      {flows.RequestFilter{Ticket: "SEC-1"}, []int{6}},
		"limit":            {flows.RequestFilter{Limit: 2}, []int{6, 5}},
	} {
		want := []int64{}
		for _, n := range c.want {
			want = append(want, id(all[n]))
		}
		got := read(w, func(tx flows.Tx) ([]*flows.Request, error) { return tx.Requests(c.f) })
		w.same("Requests, "+name, ids(got, id), want)
		w.same("CountRequests, "+name, read(w, func(tx flows.Tx) (int, error) { return tx.CountRequests(c.f) }), len(want))
	}
	handOver := all[0]
	handOver.Asked[0].Gone = true
	w.change(func(tx flows.Tx) error { return tx.PutRequest(handOver) })
	got := read(w, func(tx flows.Tx) ([]*flows.Request, error) { return tx.Requests(flows.RequestFilter{AskedOf: "max"}) })
	w.same("asked of max after the hand-over", ids(got, id), []int64{id(all[1])})
}

func requestMoves(w *world) {
	for _, from := range flows.RequestStates {
		for _, to := range flows.RequestStates {
			r := pending(w, "ann", func(r *flows.Request) { r.State = from })
			r.State = to
			put := func(tx flows.Tx) error { return tx.PutRequest(r) }
			if from == to || from.CanMove(to) {
				w.change(put)
				continue
			}
			w.refused(flows.KindConflict, put)
			w.same("the refused request's state", read(w, func(tx flows.Tx) (*flows.Request, error) { return tx.Request(r.ID) }).State, from)
		}
	}
	if err := putState(w, "signed"); err == nil {
		w.Error("a state that flows does not have was stored")
	}
}

func putState(w *world, s flows.RequestState) error {
	return w.store.Change(w.Context(), func(tx flows.Tx) error { return tx.PutRequest(&flows.Request{State: s}) })
}

func nonceOnce(w *world) {
	pending(w, "ann", func(r *flows.Request) { r.Nonce = "n1" })
	w.refused(flows.KindConflict, func(tx flows.Tx) error {
		return tx.PutRequest(&flows.Request{State: flows.Pending, Asker: "ann", Nonce: "n1"})
	})
	pending(w, "ann")
	pending(w, "ann") // without a nonce there is no limit
}

func decisions(w *world) {
	r := pending(w, "ann")
	first, second := filled[flows.Decision](), filled[flows.Decision]()
	first.ID, first.Request = 0, r.ID
	second.ID, second.Request, second.Person = 0, r.ID, "zoe"
	w.change(func(tx flows.Tx) error { return errors.Join(tx.AddDecision(&first), tx.AddDecision(&second)) })
	if first.ID == 0 || second.ID <= first.ID {
		w.Errorf("the decisions have the ids %d and %d", first.ID, second.ID)
	}
	got := read(w, func(tx flows.Tx) ([]flows.Decision, error) { return tx.Decisions(r.ID) })
	w.same("the decisions", got, []flows.Decision{first, second})
	none := read(w, func(tx flows.Tx) ([]flows.Decision, error) { return tx.Decisions(99) })
	w.same("decisions of a request that is not there", len(none), 0)
}
