package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

func TestAWarningComesBeforeEveryPlannedEnd(t *testing.T) {
	for _, c := range []struct {
		long, warned time.Duration // 0: none
	}{{2 * time.Hour, 12 * time.Minute}, {8 * time.Hour, 15 * time.Minute}, {30 * time.Minute, 5 * time.Minute}, {4 * time.Minute, 0}} {
		t.Run(c.long.String(), func(t *testing.T) {
			w := newWorld(t, automatic())
			r := w.ask(ana, c.long)
			ends := w.grant(r.ID).Ends
			if c.warned > 0 {
				w.clock.pass(c.long - c.warned - time.Second)
				w.run()
				is(t, "not yet", w.grant(r.ID).Warned, false)
				w.clock.pass(time.Second)
				w.run()
				same(t, "warned", w.told(ana), []string{"notice have", "warning"})
			}
			w.clock.pass(ends.Sub(w.clock.Company()))
			w.run()
			is(t, "and never delays it", w.target.has(prodKey, ana), false)
			is(t, "warned once at most", len(w.told(ana)), 1+min(1, int(c.warned)))
		})
	}
}

func TestAnExtensionIsWarnedAnew(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	w.pass(56 * time.Minute)
	_, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Extends: w.grant(r.ID).ID, Duration: time.Hour, Reason: "not done yet"})
	w.must(err)
	w.pass(time.Hour)
	n := 0
	for _, s := range w.told(ana) {
		if s == "warning" {
			n++
		}
	}
	is(t, "two warnings", n, 2)
	w.pass(10 * time.Minute)
	is(t, "gone", w.target.has(prodKey, ana), false)
}

func TestOtherEndsAreToldNotWarned(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, 2*time.Hour)
	_, err := w.engine.Revoke(w.ctx, w.actor(eve), w.grant(r.ID).ID, "incident 12")
	w.must(err)
	w.pass(time.Minute)
	same(t, "told", w.told(ana), []string{"notice have", "notice revoked"})
}

func TestGivenBackTwice(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	id := w.grant(r.ID).ID
	_, err := w.engine.GiveBack(w.ctx, w.actor(ana), id)
	w.must(err)
	a, err := w.engine.GiveBack(w.ctx, w.actor(ana), id)
	w.must(err)
	is(t, "said", a.Sentence, "This access is over already.")
	a, err = w.engine.Revoke(w.ctx, w.actor(eve), 99, "why not")
	w.must(err)
	is(t, "none such", a.Sentence, "There is no such access.")
	w.pass(time.Minute)
	is(t, "gone", w.target.has(prodKey, ana), false)
	is(t, "both are in the log", len(w.refusals()), 2)
}

func TestCancelIsForTheAskerOnly(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	a, err := w.engine.Cancel(w.ctx, w.actor(ben), r.ID)
	w.must(err)
	is(t, "Ben", a.Sentence, "There is no such request of yours.")
	w.press(ben, r.ID, false)
	a, err = w.engine.Cancel(w.ctx, w.actor(ana), r.ID)
	w.must(err)
	is(t, "too late", a.Sentence, "This is already decided, so it can’t be canceled.")
	is(t, "denied it stays", w.request(r.ID).State, flows.Denied)
}

func TestCanceledWhileItIsBeingGiven(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.approvedButDown(ben)
	_, err := w.engine.Cancel(w.ctx, w.actor(ana), r.ID)
	w.must(err)
	w.target.down = false
	w.pass(2 * time.Minute)
	is(t, "never begun", w.grant(r.ID).State, flows.Dropped)
	is(t, "nothing given", w.target.has(prodKey, ana), false)
	is(t, "closed", w.holding(w.grant(r.ID).Holding).Open, false)
}

func TestAnOldCancelTakesNothingAway(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.press(ben, r.ID, true)
	a, err := w.engine.Cancel(w.ctx, w.actor(ana), r.ID)
	w.must(err)
	is(t, "said", a.Sentence, "You have it already. Give it back when you no longer need it.")
	is(t, "in use", w.grant(r.ID).State, flows.Active)
}

// A sync saw Ana in the group while Hallpass had put her there. Afterwards somebody adds her by hand: that is no evidence of before.
func TestOurOwnWriteIsNoEvidenceOfBefore(t *testing.T) {
	w := newWorld(t, automatic())
	first := w.ask(ana, time.Hour)
	w.sync()
	w.pass(70 * time.Minute)
	is(t, "over", w.grant(first.ID).State, flows.Ended)
	w.target.members[prodKey] = map[flows.PersonID]bool{ana: true}
	second := w.ask(ana, time.Hour)
	is(t, "admins are told", len(w.alarms()), 1)
	w.pass(70 * time.Minute)
	is(t, "gone", w.target.has(prodKey, ana), false)
	is(t, "taken", w.grant(second.ID).Released, "")
}

func TestSeenOnlyAfterItWasAskedIsNoEvidence(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.target.members[prodKey] = map[flows.PersonID]bool{ana: true}
	w.sync()
	w.press(ben, r.ID, true)
	is(t, "admins are told at once", len(w.alarms()), 1)
	w.pass(70 * time.Minute)
	is(t, "gone", w.target.has(prodKey, ana), false)
}
