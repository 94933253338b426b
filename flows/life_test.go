package flows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func is[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestTheWholeLife(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, 2*time.Hour)
	is(t, "the manager is asked first", w.request(r.ID).Open[0].Words, "your manager")
	is(t, "nothing is given", w.target.has(prodKey, ana), false)

	is(t, "Caro's yes needs no words", w.press(caro, r.ID, true).Sentence, "")
	is(t, "then the shift", w.request(r.ID).Open[0].Words, "somebody on call for SRE primary")
	is(t, "still nothing", w.target.has(prodKey, ana), false)

	w.press(ben, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
	g := w.grant(r.ID)
	is(t, "state", g.State, flows.Active)
	is(t, "ends", g.Ends.Sub(g.Started), 2*time.Hour)

	w.pass(2*time.Hour - 5*time.Minute)
	same(t, "Ana was told", w.told(ana), []string{"notice have", "warning"})
	w.pass(6 * time.Minute)
	is(t, "taken", w.target.has(prodKey, ana), false)
	g = w.grant(r.ID)
	is(t, "ended", g.State, flows.Ended)
	is(t, "cause", g.Cause, flows.Expired)
	h := w.holding(g.Holding)
	is(t, "proof", h.Proof, flows.ProofGone)
	is(t, "two reads apart", h.SecondRead.Sub(h.FirstRead) >= 30*time.Second, true)
	same(t, "log", w.log(r.ID), []string{"asked", "people asked", "agreed", "people asked", "agreed", "approved", "read before", "giving", "given", "warned", "ending", "taken back"})
	n, err := w.store.Verify(w.ctx)
	w.must(err)
	is(t, "the log is chained", n > 10, true)
}

func TestADenialEndsIt(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	p := w.pressOn(caro, r.ID, false)
	p.Comment = "use the replica"
	_, err := w.engine.Decide(w.ctx, w.actor(caro), p)
	w.must(err)
	w.run()
	is(t, "state", w.request(r.ID).State, flows.Denied)
	is(t, "why", w.request(r.ID).Ending, "use the replica")
	same(t, "Ana is told", w.told(ana), []string{"notice denied"})
	is(t, "nothing was called", len(w.target.calls), 0)
}

func TestAnApproverShortens(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, 2*time.Hour)
	p := w.pressOn(ben, r.ID, true)
	p.Duration = time.Hour
	_, err := w.engine.Decide(w.ctx, w.actor(ben), p)
	w.must(err)
	w.run()
	g := w.grant(r.ID)
	is(t, "given for", g.Ends.Sub(g.Started), time.Hour)
}

func TestExtendGivesNoGap(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.press(ben, r.ID, true)
	first := w.grant(r.ID)
	w.pass(50 * time.Minute)
	x, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Extends: first.ID, Duration: 2 * time.Hour, Reason: "not done yet"})
	w.must(err)
	w.run()
	w.press(caro, x.ID, true)
	g := w.grant(r.ID)
	is(t, "moved by", g.Ends.Sub(first.Ends), 2*time.Hour)
	w.pass(time.Hour)
	is(t, "still there", w.target.has(prodKey, ana), true)
	is(t, "removed never", slices.Contains(w.target.calls, "remove"), false)
	_, err = w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Extends: first.ID, Duration: time.Hour, Reason: "once more"})
	is(t, "the cap", err.Error(), "This has been extended once already, which is the most. Ask for it again when it has ended.")
	w.pass(2 * time.Hour)
	is(t, "gone", w.target.has(prodKey, ana), false)
}

func TestGiveBackAndRevoke(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	is(t, "at once", w.grant(r.ID).State, flows.Active)
	a, err := w.engine.GiveBack(w.ctx, w.actor(ben), w.grant(r.ID).ID)
	w.must(err)
	is(t, "not by others", a.Sentence, "There is no such access of yours.")
	_, err = w.engine.GiveBack(w.ctx, w.actor(ana), w.grant(r.ID).ID)
	w.must(err)
	w.pass(time.Minute)
	is(t, "cause", w.grant(r.ID).Cause, flows.GivenBack)
	is(t, "gone", w.target.has(prodKey, ana), false)

	r = w.ask(ana, time.Hour)
	a, err = w.engine.Revoke(w.ctx, w.actor(ben), w.grant(r.ID).ID, "no")
	w.must(err)
	is(t, "only admins", a.Sentence, "Only admins of Hallpass can take access away early.")
	_, err = w.engine.Revoke(w.ctx, w.actor(eve), w.grant(r.ID).ID, "incident 12")
	w.must(err)
	w.pass(time.Minute)
	is(t, "gone", w.target.has(prodKey, ana), false)
	is(t, "Ana is told", slices.Contains(w.told(ana), "notice revoked"), true)
}

func TestWhoWasThereBeforeStays(t *testing.T) {
	w := newWorld(t, automatic())
	w.target.members[prodKey] = map[flows.PersonID]bool{ana: true}
	w.sync()
	w.clock.pass(time.Minute)
	r := w.ask(ana, time.Hour)
	w.pass(2 * time.Hour)
	g := w.grant(r.ID)
	is(t, "ended", g.State, flows.Ended)
	is(t, "released", g.Released, flows.ReleasedBefore)
	is(t, "stays", w.target.has(prodKey, ana), true)
	is(t, "proof", w.holding(g.Holding).Proof, flows.ProofKept)
	is(t, "admins know", len(w.alarms()), 1)
	is(t, "never removed", slices.Contains(w.target.calls, "remove"), false)
}

func TestFoundThereWithoutEvidenceGoesAndIsTold(t *testing.T) {
	w := newWorld(t, automatic())
	w.target.members[prodKey] = map[flows.PersonID]bool{ana: true} // no sync has seen it
	r := w.ask(ana, time.Hour)
	is(t, "admins know at once", len(w.alarms()), 1)
	w.pass(2 * time.Hour)
	is(t, "gone", w.target.has(prodKey, ana), false)
	is(t, "proof", w.holding(w.grant(r.ID).Holding).Proof, flows.ProofGone)
}

func TestOverlappingGrantsEndWithTheLater(t *testing.T) {
	w := newWorld(t, automatic())
	first := w.ask(ana, time.Hour)
	second := w.ask(ana, 2*time.Hour)
	w.pass(90 * time.Minute)
	g := w.grant(first.ID)
	is(t, "the earlier ended", g.State, flows.Ended)
	is(t, "and says so", g.Released, second.ID.String())
	is(t, "still there", w.target.has(prodKey, ana), true)
	w.pass(time.Hour)
	is(t, "gone with the later", w.target.has(prodKey, ana), false)
	is(t, "one holding", w.grant(second.ID).Holding, g.Holding)
}

func TestAGrantThatCrossesARemovalEndsInAccess(t *testing.T) {
	w := newWorld(t, automatic())
	w.ask(ana, time.Hour)
	var second *flows.Request
	w.target.before = func(verb string) {
		if verb != "remove" || second != nil {
			return
		}
		r, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "one more time"})
		w.must(err)
		second = r
	}
	w.pass(time.Hour + 2*time.Minute)
	if second == nil {
		t.Fatal("the removal was never tried")
	}
	is(t, "access", w.target.has(prodKey, ana), true)
	is(t, "in use", w.grant(second.ID).State, flows.Active)
}

func TestALostRemovalNeverTakesANewGrantAway(t *testing.T) {
	w := newWorld(t, automatic())
	first := w.ask(ana, time.Hour)
	w.target.lose = 1 // the removal takes effect but its answer is lost
	w.clock.pass(time.Hour)
	w.step() // the end begins
	for w.step() && w.holding(w.grant(first.ID).Holding).RemoveLands.IsZero() {
	}
	second := w.ask(ana, time.Hour)
	w.pass(time.Second)
	if w.grant(second.ID).State == flows.Active && w.clock.Machine().Before(w.holding(w.grant(second.ID).Holding).RemoveLands) {
		t.Error("the grant was confirmed while the lost removal could still land")
	}
	w.pass(time.Minute)
	is(t, "in use", w.grant(second.ID).State, flows.Active)
	is(t, "there", w.target.has(prodKey, ana), true)
}

func TestALostGrantIsAskedFor(t *testing.T) {
	w := newWorld(t, automatic())
	w.target.lose = 1
	r := w.ask(ana, time.Hour)
	w.pass(time.Minute)
	is(t, "in use", w.grant(r.ID).State, flows.Active)
	n := 0
	for _, c := range w.target.calls {
		if c == "grant" {
			n++
		}
	}
	is(t, "granted once", n, 1)
}

func TestARefusedGrantFailsAndSaysSo(t *testing.T) {
	w := newWorld(t, automatic())
	w.target.refuse = "Okta refuses: the group is managed by an application"
	r := w.ask(ana, time.Hour)
	w.pass(time.Minute)
	g := w.grant(r.ID)
	is(t, "state", g.State, flows.Failed)
	is(t, "why", g.EndWhy, "Okta refuses: the group is managed by an application")
	same(t, "Ana is told", w.told(ana), []string{"notice failed"})
	is(t, "closed", w.holding(g.Holding).Open, false)
}

func TestASecondWriterStopsTheRemoving(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	removed := 0
	w.target.before = func(verb string) {
		if verb == "remove" {
			removed++
		}
	}
	w.pass(time.Hour)
	for range 4 {
		w.target.mu.Lock()
		w.target.members[prodKey][ana] = true
		w.target.mu.Unlock()
		w.pass(10 * time.Second)
	}
	w.pass(2 * time.Minute)
	is(t, "removing stopped", removed <= 2, true)
	h := w.holding(w.grant(r.ID).Holding)
	is(t, "still open", h.Open, true)
	is(t, "stuck", h.Stuck != "", true)
	is(t, "alarm", strings.HasPrefix(w.alarms()[0], "Somebody or something in Okta keeps giving prod-db back to Ana Silva"), true)
}

func TestAGroupThatIsGone(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	w.target.list = w.target.list[1:]
	w.pass(2 * time.Hour)
	is(t, "proof", w.holding(w.grant(r.ID).Holding).Proof, flows.ProofTargetGone)
	is(t, "ended", w.grant(r.ID).State, flows.Ended)
}

func TestAnotherSourceKeepsIt(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	w.target.source = "group rule all-engineers"
	w.pass(2 * time.Hour)
	g := w.grant(r.ID)
	is(t, "proof", w.holding(g.Holding).Proof, flows.ProofKept)
	is(t, "named", g.Released, "group rule all-engineers")
	is(t, "Ana is told", slices.Contains(w.told(ana), "notice kept"), true)
	is(t, "admins are told", len(w.alarms()), 1)
}
