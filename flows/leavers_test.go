package flows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hallpass/flows"
)

func TestALeaverLosesWhatRuns(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, 4*time.Hour)
	w.pass(time.Hour)
	w.suspend(ana)
	w.sync()
	w.run()
	is(t, "the end begins with the sync", w.target.has(prodKey, ana), false)
	w.pass(time.Minute)
	g := w.grant(r.ID)
	is(t, "ended", g.State, flows.Ended)
	is(t, "why", g.Cause, flows.PersonLeft)
	is(t, "proof", w.holding(g.Holding).Proof, flows.ProofGone)
	is(t, "not warned", slices.Contains(w.log(r.ID), string(flows.ActWarned)), false)
}

// Nobody waits for the next sync where a press shows it: the leaver's own, or one on a card of theirs.
func TestALeaverIsNoticedByAPress(t *testing.T) {
	for name, press := range map[string]func(w *world, pending flows.RequestID){
		"their own": func(w *world, _ flows.RequestID) {
			_, err := w.engine.Identify(w.ctx, w.account(ana))
			is(t, "refused", fmt.Sprint(err), "Your account in Okta is not active, so nothing can be done in your name.")
		},
		"an approver's": func(w *world, pending flows.RequestID) {
			w.press(ben, pending, true)
		},
		"nobody's, within a minute": func(w *world, _ flows.RequestID) { w.pass(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, automatic())
			runs := w.ask(ana, 4*time.Hour)
			w.use(oneStep())
			pending := w.ask(ana, time.Hour)
			w.suspend(ana)
			press(w, pending.ID)
			w.run()
			is(t, "taken away at once", w.target.has(prodKey, ana), false)
			is(t, "canceled", w.request(pending.ID).State, flows.Canceled)
			w.pass(time.Minute)
			is(t, "ended", w.grant(runs.ID).State, flows.Ended)
			is(t, "why", w.grant(runs.ID).Cause, flows.PersonLeft)
			w.sync()
			is(t, "noticed once", len(w.entriesOf(flows.ActLeaver)), 1)
		})
	}
}

func (w *world) entriesOf(a flows.Action) (out []flows.Entry) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) {
		out, err = tx.Entries(flows.EntryFilter{Actions: []flows.Action{a}})
		return err
	})
	return out
}

func TestALeaversRequestsAreCanceled(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.suspend(ana)
	w.sync()
	w.run()
	is(t, "canceled", w.request(r.ID).State, flows.Canceled)
	is(t, "why", w.request(r.ID).Ending, "is no longer active in the directory")
	same(t, "Caro is no longer asked", w.told(caro), nil)
	is(t, "nor can she decide", w.press(caro, r.ID, true).Sentence, "This was canceled at 12:01.")
}

func TestWhatALeaverShouldDecideIsAskedAnew(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	same(t, "the manager", w.asked(r.ID), []flows.PersonID{caro})
	w.suspend(caro)
	w.people.boss[ana] = dev
	w.sync()
	w.run()
	same(t, "the new manager", w.asked(r.ID), []flows.PersonID{dev})
}

func TestAManagerWhoLeftWithoutASuccessor(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.suspend(caro)
	w.sync()
	w.run()
	same(t, "the fallback", w.asked(r.ID), []flows.PersonID{eve})
}

func TestADecisionOfALeaverStays(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.press(caro, r.ID, true)
	w.suspend(caro)
	w.sync()
	w.run()
	same(t, "it counts by the right she had", w.asked(r.ID), []flows.PersonID{ben})
	w.press(ben, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
}

func TestSuspendedBetweenApprovalAndGrant(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.approvedButDown(ben)
	w.suspend(ana)
	w.target.down = false
	w.pass(10 * time.Second)
	g := w.grant(r.ID)
	is(t, "dropped", g.State, flows.Dropped)
	is(t, "why", g.Cause, flows.PersonLeft)
	is(t, "nothing given", w.target.has(prodKey, ana), false)
	is(t, "closed", w.holding(g.Holding).Open, false)
}

// While a grant call is lost, its holder leaves: what may still land is waited for and taken away.
func TestALeaverWhileALostGrantCouldLand(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.target.lose = 1
	w.press(ben, r.ID, true)
	is(t, "being given", w.grant(r.ID).State, flows.Granting)
	is(t, "it took effect", w.target.has(prodKey, ana), true)
	w.suspend(ana)
	w.sync()
	w.pass(2 * time.Minute)
	is(t, "ended", w.grant(r.ID).State, flows.Ended)
	is(t, "gone", w.target.has(prodKey, ana), false)
}

func TestSomebodyMissingFromASyncIsConfirmedFirst(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, 4*time.Hour)
	w.people.hidden = []flows.PersonID{ana}
	w.sync()
	w.run()
	is(t, "a list that leaves her out ends nothing", w.grant(r.ID).State, flows.Active)
	w.people.mu.Lock()
	delete(w.people.all, ana)
	w.people.mu.Unlock()
	w.sync()
	w.pass(time.Minute)
	is(t, "gone for certain", w.grant(r.ID).Cause, flows.PersonLeft)
	is(t, "taken away", w.target.has(prodKey, ana), false)
}

func TestTwentyLeaversAreNotHeld(t *testing.T) {
	w := newWorld(t, automatic())
	crowd := w.crowd(20)
	for _, id := range crowd {
		w.ask(id, 4*time.Hour)
	}
	for _, id := range crowd {
		w.suspend(id)
	}
	w.sync()
	w.pass(time.Minute)
	for _, id := range crowd {
		is(t, string(id), w.target.has(prodKey, id), false)
	}
	is(t, "no brake", len(w.alarms()), 0)
}

// crowd adds so many engineers.
func (w *world) crowd(n int) []flows.PersonID {
	w.t.Helper()
	var out []flows.PersonID
	w.people.mu.Lock()
	for i := range n {
		p := numbered(i)
		w.people.all[p.ID] = p
		w.people.groups["engineering"] = append(w.people.groups["engineering"], p.ID)
		out = append(out, p.ID)
	}
	w.people.mu.Unlock()
	w.sync()
	return out
}
