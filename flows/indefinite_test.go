package flows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

const year = 365 * 24 * time.Hour

// standing also offers access until it is revoked; one of database-owners decides.
func standing() flows.FlowSpec {
	s := oneStep()
	s.HowLong.Indefinite = true
	return s
}

// onlyStanding offers nothing else.
func onlyStanding() flows.FlowSpec {
	s := oneStep()
	s.HowLong = flows.HowLong{Indefinite: true}
	return s
}

// release lets through what the brake holds: one grant is all that there is, so ending it is too much by itself.
func (w *world) release(integration string) {
	w.t.Helper()
	var s flows.SyncState
	w.view(func(tx flows.Tx) (err error) { s, err = tx.Sync(integration); return err })
	_, err := w.engine.ReleaseBrake(w.ctx, w.actor(eve), integration, s.HeldKey)
	w.must(err)
	if integration != flows.PolicyWork {
		w.sync()
	}
	w.run()
}

// settled has everything that waits for a second read done.
func (w *world) settled() {
	w.t.Helper()
	w.pass(time.Minute)
}

func TestAccessUntilItIsRevoked(t *testing.T) {
	w := newWorld(t, standing())
	r := w.ask(ana, flows.Indefinite)
	is(t, "not by itself", w.target.has(prodKey, ana), false)
	w.press(ben, r.ID, true)
	g := w.grant(r.ID)
	is(t, "in use", g.State, flows.Active)
	is(t, "no end", g.Ends.IsZero(), true)
	w.view(func(tx flows.Tx) error {
		_, err := tx.Intent(flows.IntentTimer, flows.SubjectOf("grant", g.ID))
		is(t, "nothing is due", flows.KindOf(err), flows.KindNotFound)
		list, err := tx.Entries(flows.EntryFilter{Request: r.ID, Actions: []flows.Action{flows.ActRequestOK, flows.ActGiven}})
		is(t, "approved", list[0].Data["for"], "until revoked")
		is(t, "given", list[1].Data["ends"], "until revoked")
		return err
	})
	w.clock.pass(11 * year)
	w.run()
	is(t, "after eleven years", w.target.has(prodKey, ana), true)
	same(t, "never warned", w.told(ana), []string{"notice have"})
	is(t, "a tick out of nowhere ends nothing", w.engine.Tick(w.ctx, flows.SubjectOf("grant", g.ID)), flows.Result{})
	is(t, "so it goes on", w.grant(r.ID).State, flows.Active)
}

func TestHowAccessWithoutAnEndEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		end   func(w *world, g *flows.Grant)
		cause flows.EndCause
		proof flows.ProofKind
	}{
		{"given back", func(w *world, g *flows.Grant) {
			_, err := w.engine.GiveBack(w.ctx, w.actor(ana), g.ID)
			w.must(err)
		}, flows.GivenBack, flows.ProofGone},
		{"revoked", func(w *world, g *flows.Grant) {
			_, err := w.engine.Revoke(w.ctx, w.actor(eve), g.ID, "no longer needed")
			w.must(err)
		}, flows.Revoked, flows.ProofGone},
		{"the holder leaves", func(w *world, _ *flows.Grant) { w.suspend(ana); w.sync() }, flows.PersonLeft, flows.ProofGone},
		{"it is forbidden", func(w *world, _ *flows.Grant) {
			no := standing()
			no.Name, no.Deny = "never", true
			w.use(no, standing())
			w.run()
			w.release(flows.PolicyWork)
		}, flows.ReasonGone, flows.ProofGone},
		{"the thing is gone", func(w *world, _ *flows.Grant) {
			w.target.list = w.target.list[1:]
			w.sync()
			w.release("okta")
		}, flows.ReasonGone, flows.ProofTargetGone},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, standing())
			r := w.ask(ana, flows.Indefinite)
			w.press(ben, r.ID, true)
			w.clock.pass(40 * 24 * time.Hour)
			c.end(w, w.grant(r.ID))
			w.settled()
			is(t, "state", w.grant(r.ID).State, flows.Ended)
			is(t, "cause", w.grant(r.ID).Cause, c.cause)
			is(t, "proof", w.holding(w.grant(r.ID).Holding).Proof, c.proof)
		})
	}
}

func TestAccessWithoutAnEndIsGivenOnlyWhereItIsOffered(t *testing.T) {
	w := newWorld(t, oneStep())
	is(t, "where it is not", w.refused(ana, flows.Indefinite), "Access here has an end: at most 8 h.")
	_, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: prodDB, Duration: flows.Indefinite, Reason: "replay failed payments"})
	is(t, "nor when it is sent at once", err.Error(), "Access here has an end: at most 8 h.")
	w.use(standing())
	is(t, "where it is", w.refused(ana, flows.Indefinite), "")
	is(t, "almost as long", w.refused(ana, flows.Indefinite-1), "At most 8 h here. Ask for 8 h and extend later.")
	d := flows.Draft{Resource: prodDB, Reason: "replay failed payments"}
	r, err := w.engine.Ask(w.ctx, w.actor(ana), d)
	w.must(err)
	is(t, "nothing said is never it", r.Duration, time.Hour)
	w.use(onlyStanding())
	is(t, "where there is nothing else", w.refused(ana, flows.Indefinite), "")
	is(t, "a time", w.refused(ana, time.Hour), "Access here has no end: choose until revoked.")
	is(t, "nothing said", w.refused(ana, 0), "Access here has no end: choose until revoked.")
	fixed := standing()
	fixed.HowLong.Custom, fixed.HowLong.Extend = false, flows.Extend{}
	w.use(fixed)
	is(t, "the choices", w.refused(ana, 3*time.Hour), "Choose 1 h, 2 h or until revoked.")
}

func TestAccessWithoutAnEndForAGroup(t *testing.T) {
	spec := oneStep()
	spec.ForGroups = []flows.Override{{Group: "database-owners", HowLong: &flows.HowLong{Max: 24 * time.Hour, Default: time.Hour, Custom: true, Indefinite: true}}}
	w := newWorld(t, spec)
	is(t, "Ana is not in it", w.refused(ana, flows.Indefinite), "Access here has an end: at most 8 h.")
	r := w.ask(dev, flows.Indefinite)
	w.press(ben, r.ID, true)
	is(t, "Dev is", w.grant(r.ID).Ends.IsZero(), true)
	x := w.ask(caro, 24*time.Hour)
	w.press(ben, x.ID, true)
	is(t, "and a longer time of theirs is not cut", w.grant(x.ID).Ends.Sub(w.grant(x.ID).Started), 24*time.Hour)
}

func TestAccessWithoutAnEndIsAlwaysDecidedByAHuman(t *testing.T) {
	spec := automatic()
	spec.HowLong.Indefinite, spec.HowLong.InTotal = true, flows.Total{Max: 3 * time.Hour, Per: 24 * time.Hour}
	spec.Approval.Exempt, spec.Approval.Fallback = []flows.Selector{inGroup("engineering")}, []flows.Selector{inGroup("security")}
	unbounded := spec
	unbounded.HowLong.InTotal = flows.Total{}
	for name, s := range map[string]flows.FlowSpec{"within a total": spec, "without one": unbounded} {
		w := newWorld(t, s)
		is(t, name+", an hour goes by itself", w.ask(ana, time.Hour).State, flows.Approved)
		r := w.ask(dev, flows.Indefinite)
		is(t, name, r.State, flows.Pending)
		same(t, name+", who decides", w.asked(r.ID), []flows.PersonID{eve})
		w.leave()
	}
	w := newWorld(t, spec)
	o, err := w.engine.Offer(w.ctx, ana, prodDB, "member")
	w.must(err)
	is(t, "the form says so", o.Automatic, "You will get it at once: you are exempt from asking. Access until revoked is decided by people.")
}

func TestAccessWithoutAnEndUsesUpTheTotal(t *testing.T) {
	spec := automatic()
	spec.HowLong.Indefinite, spec.HowLong.InTotal = true, flows.Total{Max: 3 * time.Hour, Per: 24 * time.Hour}
	spec.Approval.Fallback = []flows.Selector{inGroup("security")}
	w := newWorld(t, spec)
	r := w.ask(ana, flows.Indefinite)
	w.press(eve, r.ID, true)
	x := w.ask(ana, time.Minute)
	is(t, "not a minute more by itself", x.State, flows.Pending)
	_, err := w.engine.Cancel(w.ctx, w.actor(ana), x.ID)
	w.must(err)
	w.clock.pass(2 * time.Hour)
	_, err = w.engine.GiveBack(w.ctx, w.actor(ana), w.grant(r.ID).ID)
	w.must(err)
	w.settled()
	is(t, "2 h are used, and 1 h is left", w.request(w.ask(ana, 50*time.Minute).ID).State, flows.Approved)
	is(t, "not two", w.request(w.ask(ana, time.Hour).ID).State, flows.Pending)
}

func TestAnApproverShortensAccessWithoutAnEnd(t *testing.T) {
	press := func(w *world, id flows.RequestID, d time.Duration) string {
		p := w.pressOn(ben, id, true)
		p.Duration = d
		a, err := w.engine.Decide(w.ctx, w.actor(ben), p)
		w.must(err)
		w.run()
		return a.Sentence
	}
	w := newWorld(t, standing())
	r := w.ask(ana, flows.Indefinite)
	is(t, "longer than any end here", press(w, r.ID, 9*time.Hour), "At most 8 h here, unless it is until revoked.")
	is(t, "as long", press(w, r.ID, flows.Indefinite), "An approver can only make it shorter.")
	is(t, "shorter", press(w, r.ID, 4*time.Hour), "")
	g := w.grant(r.ID)
	is(t, "an end", g.Ends.Sub(g.Started), 4*time.Hour)
	is(t, "kept so", g.Endless(), false)
	w.clock.pass(5 * time.Hour)
	w.run()
	w.settled()
	is(t, "ended", w.grant(r.ID).Cause, flows.Expired)

	r = w.ask(ana, time.Hour)
	is(t, "never the other way", press(w, r.ID, flows.Indefinite), "An approver can only make it shorter.")

	w = newWorld(t, onlyStanding())
	r = w.ask(ana, flows.Indefinite)
	is(t, "where no time has a bound", press(w, r.ID, 30*24*time.Hour), "")
	is(t, "for a month", w.grant(r.ID).Ends.Sub(w.grant(r.ID).Started), 30*24*time.Hour)
}

func TestAccessWithoutAnEndIsNotExtended(t *testing.T) {
	w := newWorld(t, standing())
	r := w.ask(ana, flows.Indefinite)
	w.press(ben, r.ID, true)
	_, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Extends: w.grant(r.ID).ID, Duration: time.Hour, Reason: "not done yet"})
	is(t, "nothing to extend", err.Error(), "This access has no end, so there is nothing to extend.")
	x := w.ask(dev, time.Hour)
	w.press(ben, x.ID, true)
	_, err = w.engine.Ask(w.ctx, w.actor(dev), flows.Draft{Extends: w.grant(x.ID).ID, Duration: flows.Indefinite, Reason: "not done yet"})
	is(t, "nor into this", err.Error(), "An extension has an end. Ask anew for access until revoked.")
}

func TestATimeBesideAccessWithoutAnEnd(t *testing.T) {
	w := newWorld(t, standing())
	timed := w.ask(ana, time.Hour)
	w.press(ben, timed.ID, true)
	long := w.ask(ana, flows.Indefinite)
	w.press(ben, long.ID, true)
	longer := w.ask(ana, 8*time.Hour)
	w.press(ben, longer.ID, true)
	w.clock.pass(61 * time.Minute)
	w.run()
	is(t, "held on by what lasts longest", w.grant(timed.ID).Released, long.ID.String())
	w.clock.pass(8 * time.Hour)
	w.run()
	is(t, "the other too", w.grant(longer.ID).Released, long.ID.String())
	is(t, "still there", w.target.has(prodKey, ana), true)
	_, err := w.engine.GiveBack(w.ctx, w.actor(ana), w.grant(long.ID).ID)
	w.must(err)
	w.settled()
	is(t, "gone with the last", w.target.has(prodKey, ana), false)
}

func TestAccessWithoutAnEndBesideATime(t *testing.T) {
	w := newWorld(t, standing())
	long := w.ask(ana, flows.Indefinite)
	w.press(ben, long.ID, true)
	timed := w.ask(ana, time.Hour)
	w.press(ben, timed.ID, true)
	_, err := w.engine.Revoke(w.ctx, w.actor(eve), w.grant(long.ID).ID, "no longer needed")
	w.must(err)
	w.settled()
	is(t, "held on by the time", w.grant(long.ID).Released, timed.ID.String())
	is(t, "still there", w.target.has(prodKey, ana), true)
	w.clock.pass(time.Hour)
	w.run()
	w.settled()
	is(t, "gone with it", w.target.has(prodKey, ana), false)
}

func TestWhoWasThereBeforeAccessWithoutAnEnd(t *testing.T) {
	w := newWorld(t, standing())
	w.target.members[prodKey] = map[flows.PersonID]bool{ana: true}
	w.sync()
	w.clock.pass(time.Minute)
	r := w.ask(ana, flows.Indefinite)
	w.press(ben, r.ID, true)
	_, err := w.engine.GiveBack(w.ctx, w.actor(ana), w.grant(r.ID).ID)
	w.must(err)
	w.settled()
	is(t, "released", w.grant(r.ID).Released, flows.ReleasedBefore)
	is(t, "stays", w.target.has(prodKey, ana), true)
	is(t, "never removed", slices.Contains(w.target.calls, "remove"), false)
}

func TestAPolicyThatNoLongerOffersAccessWithoutAnEnd(t *testing.T) {
	w := newWorld(t, standing())
	live := w.ask(ana, flows.Indefinite)
	w.press(ben, live.ID, true)
	pending := w.ask(dev, flows.Indefinite)
	w.use(oneStep())
	w.run()
	is(t, "who asked, asks on", w.request(pending.ID).State, flows.Pending)
	w.press(ben, pending.ID, true)
	g := w.grant(pending.ID)
	is(t, "and gets the longest that there is now", g.Ends.Sub(g.Started), 8*time.Hour)
	is(t, "shown so", w.request(pending.ID).Given(), 8*time.Hour)
	w.clock.pass(100 * 24 * time.Hour)
	w.run()
	w.settled()
	is(t, "that ends", w.grant(pending.ID).State, flows.Ended)
	is(t, "what was given stays as it was given", w.grant(live.ID).State, flows.Active)
}

func TestApprovedButTheOfferIsGoneBeforeItIsGiven(t *testing.T) {
	w := newWorld(t, standing())
	r := w.ask(ana, flows.Indefinite)
	w.target.down = true
	w.press(ben, r.ID, true)
	w.use(oneStep())
	w.target.down = false
	w.pass(10 * time.Second)
	g := w.grant(r.ID)
	is(t, "an end", g.Ends.Sub(g.Started), 8*time.Hour)
}

func TestExplainAccessWithoutAnEnd(t *testing.T) {
	spec := automatic()
	spec.HowLong.Indefinite, spec.HowLong.InTotal = true, flows.Total{Max: 3 * time.Hour, Per: 24 * time.Hour}
	spec.Approval.Fallback = []flows.Selector{inGroup("security")}
	w := newWorld(t, spec)
	x := w.explain(ana, flows.Indefinite, time.Time{})
	is(t, "the longest", x.Longest, "until revoked")
	tree(t, x.ForAsker(), `
Ana Silva could ask for prod-db (member) until revoked at Mon 2 Mar 2026 12:01 UTC; people would decide, in 1 step.
  ✓ the flow production decides
  ✓ how long: until revoked
    · offered: 1 h, 2 h or until revoked, or any time up to 8 h
  · why: a reason is required, at least 5 characters
  ✗ without asking anybody
    ✗ people always decide about access without an end
  · step 1 of 1
    ✓ one of security
      · Eve Moreau, one of security
  · after 1 d without an answer it lapses
What would work:
  · asking for 3 h: nobody would have to decide
`)
	r := w.ask(ana, flows.Indefinite)
	w.press(eve, r.ID, true)
	x, err := w.engine.ExplainRequest(w.ctx, r.ID)
	w.must(err)
	for _, want := range []string{"R1: Ana Silva asked for prod-db (member) until revoked on ", "grant: active, from Mon 2 Mar 2026 12:01 UTC until revoked\n"} {
		if !strings.Contains(x.String(), want) {
			t.Errorf("lacks %q:\n%s", want, x)
		}
	}
	if s := w.explain(ana, time.Hour, time.Time{}).String(); !strings.Contains(s, "✗ in total: 3 h per 1 d; they have it until revoked, which is more\n") {
		t.Error(s)
	}
	w.use(oneStep())
	x = w.explain(ana, flows.Indefinite, time.Time{})
	is(t, "where it is not offered", x.Sentence, "Ana Silva cannot ask for prod-db (member) until revoked at Mon 2 Mar 2026 12:01 UTC: Access here has an end: at most 8 h.")
	is(t, "what would work", x.Nearest[0].Text, "asking for at most 8 h, and extending it later, once by 4 h")
}

func TestAnyDeathAroundAccessWithoutAnEnd(t *testing.T) {
	everywhere(t, standing(), nil, func(w *world) {
		begin := w.clock.Company()
		w.surviving(func() { w.once("form", flows.Indefinite) })
		w.surviving(w.run)
		w.surviving(func() {
			if len(w.decisions(1)) == 0 {
				w.press(ben, 1, true)
			}
		})
		w.settle()
		w.at(begin, 48*time.Hour)
		is(w.t.(*testing.T), "goes on", w.target.has(prodKey, ana), true)
		w.surviving(func() {
			if g := w.grant(1); g.State == flows.Active {
				_, err := w.engine.GiveBack(w.ctx, w.actor(ana), g.ID)
				w.must(err)
			}
		})
		w.settle()
		is(w.t.(*testing.T), "gone", w.target.has(prodKey, ana), false)
	})
}
