package storetest

import (
	"time"

	"hallpass/flows"
)

var intentStories = []story{
	{"an intent is wanted, claimed and done", wantClaimDone},
	{"wanting again raises the generation", wantAgain},
	{"wanting again pulls the due time forward", pullForward},
	{"an error's wait is kept unless it is wanted now", errorWaits},
	{"claims come in the order rank, due, id", claimOrder},
	{"claims respect rooms, skipped lanes and the limit", claimRooms},
	{"nothing is claimed before it is due on its own clock", claimScales},
	{"a claim lapses", claimLapses},
	{"a completion with an older generation", olderGeneration},
	{"a completion by an older owner or attempt", olderOwner},
	{"an intent is put off", putOff},
	{"a parked intent rests until it is wanted", parked},
	{"what was lost is done again", redone},
	{"the next due time", nextDue},
	{"open intents by filter", intentFilters},
	{"lanes", lanes},
}

const (
	laneA = "target:okta"
	laneB = "slack:T1"
)

func want(w *world, i flows.Intent) flows.Intent {
	w.Helper()
	w.change(func(tx flows.Tx) error { return tx.Want(i) })
	return intent(w, i.Kind, i.Subject)
}

func intent(w *world, kind flows.IntentKind, subject string) flows.Intent {
	w.Helper()
	return *read(w, func(tx flows.Tx) (*flows.Intent, error) { return tx.Intent(kind, subject) })
}

// claims claims at the clock's present, for a minute, with unlimited room unless the test says otherwise.
func claims(w *world, owner string, change ...func(*flows.ClaimQuery)) []flows.Intent {
	w.Helper()
	c := flows.ClaimQuery{
		Owner: owner, Company: w.clock.Company(), Machine: w.clock.Machine(), Until: w.clock.Machine().Add(time.Minute),
		Room: map[string]int{"": 100}, Limit: 100,
	}
	for _, f := range change {
		f(&c)
	}
	return made(w, func(tx flows.Tx) ([]flows.Intent, error) { return tx.Claim(c) })
}

func claimOne(w *world, owner string) flows.Intent {
	w.Helper()
	got := claims(w, owner)
	if len(got) != 1 {
		w.Fatalf("claimed %d intents, want one: %+v", len(got), got)
	}
	return got[0]
}

func finish(w *world, i flows.Intent, f flows.Finish) bool {
	w.Helper()
	return made(w, func(tx flows.Tx) (bool, error) { return tx.Finish(i, f) })
}

func subjects(all []flows.Intent) []string {
	out := []string{}
	for _, i := range all {
		out = append(out, i.Subject)
	}
	return out
}

func hold(subject string) flows.Intent {
	return flows.Intent{Kind: flows.IntentHold, Subject: subject, Lane: laneA, Rank: flows.RankGrant, Scale: flows.ByMachine}
}

func wantClaimDone(w *world) {
	now := w.clock.Machine()
	got := want(w, hold("holding/1"))
	id := got.ID
	expect := hold("holding/1")
	expect.ID, expect.Due, expect.Generation = id, now, 1
	w.same("the open intent", got, expect)
	got = claimOne(w, "worker")
	expect.Owner, expect.ClaimedTo, expect.Attempt = "worker", now.Add(time.Minute), 1
	w.same("the claimed intent", got, expect)
	w.same("as it is stored", intent(w, flows.IntentHold, "holding/1"), expect)
	w.same("claimed again", len(claims(w, "other")), 0)
	w.same("Finish", finish(w, got, flows.Finish{Done: true}), true)
	w.view(func(tx flows.Tx) error {
		_, err := tx.Intent(flows.IntentHold, "holding/1")
		w.absent("the completed intent", err)
		return nil
	})
	w.same("Finish of what is done", finish(w, got, flows.Finish{Done: true}), false)
	again := want(w, hold("holding/1"))
	if again.ID == id {
		w.Error("the id of a completed intent was given again")
	}
	w.same("Finish by its id of old", finish(w, got, flows.Finish{Done: true}), false)
	err := w.store.Change(w.Context(), func(tx flows.Tx) error { _, err := tx.Claim(flows.ClaimQuery{Limit: 1}); return err })
	if err == nil {
		w.Error("a claim without an owner was not refused")
	}
}

func wantAgain(w *world) {
	first := want(w, hold("holding/1"))
	i := hold("holding/1")
	i.Rank, i.Lane = flows.RankSync, laneB
	got := want(w, i)
	w.same("the rank, a later one wanted", got.Rank, flows.RankGrant)
	w.same("the lane", got.Lane, laneB)
	i.Rank = flows.RankEnd
	got = want(w, i)
	w.same("the rank, an earlier one wanted", got.Rank, flows.RankEnd)
	w.same("the generation", got.Generation, int64(3))
	w.same("the id", got.ID, first.ID)
	other := hold("holding/1")
	other.Kind = flows.IntentTimer
	w.same("another kind's generation", want(w, other).Generation, int64(1))
	claimed := claims(w, "worker")
	got = want(w, hold("holding/1"))
	w.same("the owner while it is claimed", got.Owner, "worker")
	w.same("the claim's end", got.ClaimedTo, claimed[0].ClaimedTo)
	w.same("the attempt", got.Attempt, 1)
}

func pullForward(w *world) {
	at := func(d time.Duration) flows.Intent {
		i := hold("holding/1")
		i.Due = w.clock.Machine().Add(d)
		return i
	}
	start := w.clock.Machine()
	w.same("wanted in an hour", want(w, at(time.Hour)).Due, start.Add(time.Hour))
	w.same("wanted in two hours", want(w, at(2*time.Hour)).Due, start.Add(time.Hour))
	w.same("wanted in a minute", want(w, at(time.Minute)).Due, start.Add(time.Minute))
	timer := hold("holding/1")
	timer.Scale, timer.Due = flows.ByCompany, w.clock.Company().Add(time.Hour)
	w.same("wanted in an hour of company time", want(w, timer).Due, start.Add(time.Minute))
	timer.Due = w.clock.Company().Add(time.Second)
	got := want(w, timer)
	w.same("wanted in a second of company time", got.Due, Noon.Add(time.Second))
	w.same("its scale", got.Scale, flows.ByCompany)
	got = want(w, hold("holding/1"))
	w.same("wanted now", got.Due, start)
	w.same("its scale then", got.Scale, flows.ByMachine)
	i := hold("holding/2")
	i.Due = start.Add(time.Nanosecond)
	if got := want(w, i).Due; got.Before(i.Due) {
		w.Errorf("wanted for %v, due before it at %v", i.Due, got)
	}
}

func errorWaits(w *world) {
	want(w, hold("holding/1"))
	later := w.clock.Machine().Add(time.Hour)
	finish(w, claimOne(w, "worker"), flows.Finish{Scale: flows.ByMachine, Due: later, Error: "Okta does not answer"})
	i := hold("holding/1")
	i.Due = w.clock.Machine()
	got := want(w, i)
	w.same("the due time, wanted at the present", got.Due, later)
	w.same("the error", got.LastError, "Okta does not answer")
	w.same("the generation", got.Generation, int64(2))
	w.same("the due time, wanted now", want(w, hold("holding/1")).Due, w.clock.Machine())
	finish(w, claimOne(w, "worker"), flows.Finish{Scale: flows.ByMachine, Due: later})
	w.same("the due time, put off without an error", want(w, i).Due, w.clock.Machine())
}

func claimOrder(w *world) {
	for _, c := range []struct {
		subject string
		rank    int
		late    time.Duration
		lane    string
	}{
		{"card", flows.RankCard, time.Hour, laneB},
		{"grant", flows.RankGrant, time.Minute, laneA},
		{"end, later", flows.RankEnd, time.Second, laneB},
		{"end, same time", flows.RankEnd, time.Minute, laneA},
		{"end, same time, second", flows.RankEnd, time.Minute, laneB},
		{"end, earlier", flows.RankEnd, time.Hour, laneA},
	} {
		i := hold(c.subject)
		i.Lane, i.Rank, i.Due = c.lane, c.rank, w.clock.Machine().Add(-c.late)
		want(w, i)
	}
	first := claims(w, "worker", func(c *flows.ClaimQuery) { c.Limit = 3 })
	w.same("the first three", subjects(first), []string{"end, earlier", "end, same time", "end, same time, second"})
	w.same("the rest", subjects(claims(w, "worker")), []string{"end, later", "grant", "card"})
}

func claimRooms(w *world) {
	for _, lane := range []string{"a", "b", "c"} {
		for _, n := range []string{"1", "2", "3"} {
			i := hold(lane + n)
			i.Lane = lane
			want(w, i)
		}
	}
	take := func(change func(*flows.ClaimQuery)) []string {
		w.Helper()
		return subjects(claims(w, "worker", change))
	}
	none := []string{}
	w.same("no limit given", take(func(c *flows.ClaimQuery) { c.Limit = 0 }), none)
	w.same("no room listed", take(func(c *flows.ClaimQuery) { c.Room = map[string]int{} }), none)
	w.same("rooms, one skipped", take(func(c *flows.ClaimQuery) { c.Room, c.Skip = map[string]int{"a": 2, "b": 9, "": 1}, []string{"b"} }),
		[]string{"a1", "a2", "c1"})
	w.same("a full lane", take(func(c *flows.ClaimQuery) { c.Room = map[string]int{"a": 0, "": 1} }), []string{"b1", "c2"})
	w.same("a limit", take(func(c *flows.ClaimQuery) { c.Limit = 1 }), []string{"a3"})
	w.same("no map is no limit", take(func(c *flows.ClaimQuery) { c.Room = nil }), []string{"b2", "b3", "c3"})
}

func claimScales(w *world) {
	timer := hold("company")
	timer.Scale, timer.Due = flows.ByCompany, w.clock.Company().Add(time.Minute)
	want(w, timer)
	machine := hold("machine")
	machine.Due = w.clock.Machine().Add(time.Minute)
	want(w, machine)
	w.same("at first", subjects(claims(w, "worker")), []string{})
	w.clock.Advance(time.Minute, 0)
	w.same("Finish of what a company minute later is claimed", finish(w, claimOne(w, "worker"), flows.Finish{Done: true}), true)
	w.clock.Advance(0, time.Minute-time.Millisecond)
	w.same("almost a machine minute later", subjects(claims(w, "worker")), []string{})
	w.clock.Advance(0, time.Millisecond)
	w.same("a machine minute later", subjects(claims(w, "worker")), []string{"machine"})
}

func nextDue(w *world) {
	start, noon := w.clock.Machine(), w.clock.Company()
	for _, i := range []flows.Intent{
		{Subject: "1", Lane: laneA, Due: start.Add(3 * time.Minute)},
		{Subject: "2", Lane: laneA, Due: start.Add(2 * time.Minute), Rank: flows.RankCard},
		{Subject: "3", Lane: laneB, Due: start.Add(time.Minute)},
		{Subject: "4", Lane: laneB, Due: noon.Add(5 * time.Minute), Scale: flows.ByCompany},
	} {
		i.Kind = flows.IntentHold
		want(w, i)
	}
	next := func(s flows.Scale, skip ...string) time.Time {
		return read(w, func(tx flows.Tx) (time.Time, error) {
			at, some, err := tx.NextDue(s, skip)
			if some == at.IsZero() {
				w.Errorf("NextDue says %v, %v", at, some)
			}
			return at, err
		})
	}
	w.same("by machine time", next(flows.ByMachine), start.Add(time.Minute))
	w.same("without lane B", next(flows.ByMachine, laneB), start.Add(2*time.Minute))
	w.same("without both", next(flows.ByMachine, laneB, laneA), time.Time{})
	w.same("by company time", next(flows.ByCompany), noon.Add(5*time.Minute))
	w.same("by company time without lane B", next(flows.ByCompany, laneB), time.Time{})
	w.clock.Advance(10*time.Minute, 90*time.Second)
	w.same("claimed", subjects(claims(w, "worker")), []string{"3", "4"})
	w.same("by company time, all claimed", next(flows.ByCompany), time.Time{})
	w.same("by machine time, something free", next(flows.ByMachine), start.Add(2*time.Minute))
	w.clock.Advance(0, 90*time.Second)
	w.same("the lapsed and the free", subjects(claims(w, "worker", func(c *flows.ClaimQuery) { c.Skip = []string{laneB} })), []string{"1", "2"})
	w.same("the end of a claim", next(flows.ByMachine), start.Add(90*time.Second+time.Minute))
	w.same("the end of a claim without lane B", next(flows.ByMachine, laneB), start.Add(4*time.Minute))
}

func intentFilters(w *world) {
	one, two, three := hold("1"), hold("2"), hold("3")
	two.Kind, three.Lane = flows.IntentPost, laneB
	for _, i := range []flows.Intent{one, two, three} {
		want(w, i)
	}
	for name, c := range map[string]struct {
		f    flows.IntentFilter
		want []string
	}{
		"all":   {flows.IntentFilter{}, []string{"1", "2", "3"}},
		"kind":  {flows.IntentFilter{Kind: flows.IntentHold}, []string{"1", "3"}},
		"lane":  {flows.IntentFilter{Lane: laneA}, []string{"1", "2"}},
		"both":  {flows.IntentFilter{Lane: laneA, Kind: flows.IntentPost}, []string{"2"}},
		"limit": {flows.IntentFilter{Limit: 1}, []string{"1"}},
	} {
		got := read(w, func(tx flows.Tx) ([]flows.Intent, error) { return tx.Intents(c.f) })
		w.same("Intents, "+name, subjects(got), c.want)
	}
}

func lanes(w *world) {
	l := filled[flows.Lane]()
	l.Name = laneB
	w.change(func(tx flows.Tx) error { return tx.PutLane(l) })
	w.same("the lane", read(w, func(tx flows.Tx) (flows.Lane, error) { return tx.Lane(laneB) }), l)
	never := read(w, func(tx flows.Tx) (flows.Lane, error) { return tx.Lane(laneA) })
	w.same("one never closed, but for its name", never, flows.Lane{Name: laneA})
	w.change(func(tx flows.Tx) error { return tx.PutLane(flows.Lane{Name: laneA}) })
	l.Closed = false
	w.change(func(tx flows.Tx) error { return tx.PutLane(l) })
	all := read(w, func(tx flows.Tx) ([]flows.Lane, error) { return tx.Lanes() })
	w.same("all lanes, by name", all, []flows.Lane{l, {Name: laneA}})
}
