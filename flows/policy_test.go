package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// approvedButDown is a request that was approved while the target does not answer, so nothing was given yet.
func (w *world) approvedButDown(yes ...flows.PersonID) *flows.Request {
	w.t.Helper()
	r := w.ask(ana, time.Hour)
	w.target.down = true
	for _, who := range yes {
		w.press(who, r.ID, true)
	}
	if s := w.request(r.ID).State; s != flows.Approved {
		w.t.Fatalf("%s is %s", r.ID, s)
	}
	return r
}

func TestAStricterFlowBeforeTheGrant(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.approvedButDown(ben)
	is(t, "not given", w.grant(r.ID).State, flows.Waiting)
	w.use(inSteps(step(group("database-owners")), step(manager(1))))
	w.pass(10 * time.Second)
	now := w.request(r.ID)
	is(t, "pending again", now.State, flows.Pending)
	is(t, "says what is missing", now.Open[0].Words, "your manager")
	same(t, "asked", w.asked(r.ID), []flows.PersonID{caro})
	w.target.down = false
	w.pass(10 * time.Minute)
	is(t, "nothing given", w.target.has(prodKey, ana), false)
	w.press(caro, r.ID, true)
	w.pass(10 * time.Second)
	is(t, "given", w.target.has(prodKey, ana), true)
	is(t, "by the same lease", w.grant(r.ID).ID, 1)
	same(t, "log", w.log(r.ID), []string{"asked", "people asked", "agreed", "approved", "asked again", "people asked", "agreed", "approved", "read before", "giving", "given"})
}

func TestOneMoreOfTheSameGroup(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.approvedButDown(ben)
	two := inSteps(step(group("database-owners")))
	two.Approval.Steps[0].All[0].N = 2
	w.use(two)
	w.pass(10 * time.Second)
	is(t, "one more", w.request(r.ID).Open[0].Words, "one of database-owners")
	same(t, "the others are asked again", w.asked(r.ID), []flows.PersonID{caro, dev})
	w.target.down = false
	w.press(dev, r.ID, true)
	w.pass(10 * time.Second)
	is(t, "given", w.target.has(prodKey, ana), true)
}

// While a request waits to be decided again, its lease holds up no end of another on the same thing.
func TestAReopenedRequestHoldsNoEndUp(t *testing.T) {
	w := newWorld(t, automatic())
	first := w.ask(ana, time.Hour)
	w.pass(59 * time.Minute)
	w.target.down = true
	w.use(oneStep())
	second := w.ask(ana, time.Hour)
	w.press(ben, second.ID, true)
	w.use(usual())
	w.pass(10 * time.Second)
	is(t, "the second is open again", w.request(second.ID).State, flows.Pending)
	w.target.down = false
	w.pass(5 * time.Minute)
	is(t, "the first has ended", w.grant(first.ID).State, flows.Ended)
	is(t, "gone", w.target.has(prodKey, ana), false)
	is(t, "proof", w.holding(w.grant(first.ID).Holding).Proof, flows.ProofGone)
	is(t, "the second still waits", w.grant(second.ID).State, flows.Waiting)
	w.press(caro, second.ID, true)
	w.press(ben, second.ID, true)
	w.press(eve, second.ID, true)
	w.pass(time.Minute)
	is(t, "given", w.target.has(prodKey, ana), true)
	w.pass(2 * time.Hour)
	is(t, "and taken back", w.target.has(prodKey, ana), false)
}

func TestAReopenedRequestThatIsDeniedDropsItsLease(t *testing.T) {
	for name, end := range map[string]func(w *world, id flows.RequestID){
		"denied":   func(w *world, id flows.RequestID) { w.press(caro, id, false) },
		"canceled": func(w *world, id flows.RequestID) { _, err := w.engine.Cancel(w.ctx, w.actor(ana), id); w.must(err) },
		"lapsed":   func(w *world, _ flows.RequestID) { w.clock.pass(24 * time.Hour); w.run() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, oneStep())
			r := w.approvedButDown(ben)
			w.use(inSteps(step(group("database-owners")), step(manager(1))))
			w.pass(10 * time.Second)
			w.target.down = false
			end(w, r.ID)
			w.pass(2 * time.Minute)
			g := w.grant(r.ID)
			is(t, "dropped", g.State, flows.Dropped)
			is(t, "the holding is closed", w.holding(g.Holding).Open, false)
			is(t, "nothing was given", w.target.has(prodKey, ana), false)
			is(t, "one notice at most", len(w.told(ana)) <= 1, true)
		})
	}
}

func TestNoLongerCoveredIsDropped(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.approvedButDown(ben)
	other := oneStep()
	other.What[0].Names = []string{"staging-*"}
	w.use(other)
	w.target.down = false
	w.pass(time.Minute)
	g := w.grant(r.ID)
	is(t, "dropped", g.State, flows.Dropped)
	is(t, "why", g.EndWhy, "The policy no longer allows this.")
	same(t, "Ana is told", w.told(ana), []string{"notice failed"})
	is(t, "closed", w.holding(g.Holding).Open, false)
	is(t, "nothing given", w.target.has(prodKey, ana), false)
}

func TestNoLongerCoveredWhilePendingIsCanceled(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	other := oneStep()
	other.Who.Except = []flows.Selector{group("engineering")}
	w.use(other)
	w.run()
	is(t, "canceled", w.request(r.ID).State, flows.Canceled)
	is(t, "why", w.request(r.ID).Ending, "The policy no longer allows this.")
	same(t, "Ana is told", w.told(ana), []string{"notice canceled"})
}

func TestALaxerFlowDoesNotApprove(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.press(caro, r.ID, true)
	w.use(automatic())
	w.run()
	is(t, "still pending", w.request(r.ID).State, flows.Pending)
	is(t, "what was wanted is still wanted", w.request(r.ID).Open[0].Words, "somebody on call for SRE primary")
	w.press(ben, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
}

func TestAStricterFlowWhilePending(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.use(inSteps(step(manager(1), onCall())))
	w.run()
	w.press(dev, r.ID, true)
	is(t, "the flow as asked is satisfied, the one of now is not", w.request(r.ID).State, flows.Pending)
	w.press(caro, r.ID, true)
	is(t, "one is missing", len(w.request(r.ID).Open), 1)
	w.press(ben, r.ID, true)
	is(t, "both are", w.request(r.ID).State, flows.Approved)
}

func TestEndsOnlyShrink(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, 8*time.Hour)
	w.target.down = true
	w.press(ben, r.ID, true)
	short := oneStep()
	short.HowLong.Max = 2 * time.Hour
	w.use(short)
	w.target.down = false
	w.pass(10 * time.Second)
	g := w.grant(r.ID)
	is(t, "given for what the policy of now gives", g.Ends.Sub(g.Started), 2*time.Hour)
	is(t, "and shown so", w.request(r.ID).Given(), 2*time.Hour)
}

func TestAnExtensionThatThePolicyNoLongerAllows(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.press(ben, r.ID, true)
	ends := w.grant(r.ID).Ends
	x, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Extends: w.grant(r.ID).ID, Duration: 2 * time.Hour, Reason: "not done yet"})
	w.must(err)
	w.run()
	never := oneStep()
	never.HowLong.Extend = flows.Extend{}
	w.use(never)
	w.run()
	w.press(ben, x.ID, true)
	is(t, "the end stays", w.grant(r.ID).Ends, ends)
	is(t, "it says why", w.request(x.ID).Ending, "The policy no longer allows extending it.")
	is(t, "in a message of its own", w.noticed(ana, x.ID, "failed"), true)
}

func TestTwoExtensionsAtTheSameMoment(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.press(ben, r.ID, true)
	actor, id := w.actor(ana), w.grant(r.ID).ID
	made := make(chan error, 4)
	for range cap(made) {
		go func() {
			_, err := w.engine.Ask(w.ctx, actor, flows.Draft{Extends: id, Duration: time.Hour, Reason: "not done yet"})
			made <- err
		}()
	}
	ok := 0
	for range cap(made) {
		if err := <-made; err == nil {
			ok++
		} else if err.Error() != "An extension of this is already waiting for an answer." {
			t.Error(err)
		}
	}
	is(t, "one is asked", ok, 1)
	w.run()
}

func TestAHandoverWhileItWaits(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1), onCall())))
	r := w.ask(ana, time.Hour)
	w.press(caro, r.ID, true)
	w.shifts.on = []flows.Duty{{Email: "dev@acme.example"}}
	w.pass(time.Minute)
	same(t, "the new one is asked", w.asked(r.ID), []flows.PersonID{dev})
	is(t, "the old card counts no more", w.press(ben, r.ID, true).Sentence, "You are not among those who can decide this now. Dev Patel can.")
	same(t, "the yes given before stays", w.decisions(r.ID), []flows.PersonID{caro})
	w.shifts.on = []flows.Duty{{Email: "ben@acme.example"}}
	w.pass(time.Minute)
	same(t, "back to Ben", w.asked(r.ID), []flows.PersonID{ben})
	is(t, "by a card of its own below", w.reminders(ben, r.ID), 1)
	w.press(ben, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
}

func TestAYesOfTheOldShiftStays(t *testing.T) {
	w := newWorld(t, inSteps(step(onCall()), step(manager(1))))
	r := w.ask(ana, time.Hour)
	w.press(ben, r.ID, true)
	w.shifts.on = []flows.Duty{{Email: "dev@acme.example"}}
	w.pass(2 * time.Minute)
	same(t, "only the manager is asked", w.asked(r.ID), []flows.PersonID{caro})
	w.press(caro, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
}

// The grant call was lost, and before it is known whether it took effect, the policy becomes stricter.
func TestAStricterFlowWhileItIsBeingGiven(t *testing.T) {
	for name, took := range map[string]bool{"it took effect": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, oneStep())
			r := w.ask(ana, time.Hour)
			w.target.lose = 1
			w.press(ben, r.ID, true)
			is(t, "on its way", w.grant(r.ID).State, flows.Granting)
			if !took {
				delete(w.target.members[prodKey], ana)
			}
			w.use(usual())
			w.pass(2 * time.Minute)
			g := w.grant(r.ID)
			is(t, "ended", g.State, flows.Ended)
			is(t, "why", g.EndWhy, "The policy no longer allows this.")
			is(t, "gone", w.target.has(prodKey, ana), false)
			same(t, "Ana is told", w.told(ana), []string{"notice failed"})
		})
	}
}

func TestALostGrantIsRecordedWhileTheDirectoryIsSilent(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.target.lose = 1
	w.press(ben, r.ID, true)
	w.people.down = true
	w.pass(time.Minute)
	is(t, "what is there has an end", w.grant(r.ID).State, flows.Active)
}

func TestNothingMoreIsGivenWhileTheDirectoryIsSilent(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.target.lose = 1
	w.press(ben, r.ID, true)
	delete(w.target.members[prodKey], ana) // it never took effect
	w.people.down = true
	w.pass(2 * time.Minute)
	is(t, "waits", w.grant(r.ID).State, flows.Granting)
	is(t, "one call", w.target.called("grant"), 1)
	w.people.down = false
	w.pass(30 * time.Second)
	is(t, "then it is given", w.grant(r.ID).State, flows.Active)
}
