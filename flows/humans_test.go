package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

func TestDifferentHumansAcrossSteps(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1)), step(group("database-owners"))))
	r := w.ask(ana, time.Hour)
	w.press(caro, r.ID, true)
	same(t, "the manager who agreed is not asked again", w.asked(r.ID), []flows.PersonID{ben, dev})
	p := w.pressOn(caro, r.ID, true)
	p.FromHome, p.Shown = true, w.request(r.ID).Revision
	a, err := w.engine.Decide(w.ctx, w.actor(caro), p)
	w.must(err)
	is(t, "nor does she count twice", a.Sentence, "You have already agreed, at 12:01.")
	is(t, "nothing given", w.target.has(prodKey, ana), false)
	w.press(dev, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
}

func TestDifferentHumansWithinAStep(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1), group("database-owners"))))
	r := w.ask(ana, time.Hour)
	w.press(caro, r.ID, true)
	open := w.request(r.ID).Open
	is(t, "one is missing", len(open), 1)
	is(t, "which", open[0].Words, "one of database-owners")
	w.press(ben, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
}

// Caro can be the manager or one of the owners. Whoever comes first, her yes goes where it is needed.
func TestAYesGoesWhereItIsNeeded(t *testing.T) {
	for name, order := range map[string][]flows.PersonID{"manager first": {caro, ben}, "owner first": {ben, caro}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, inSteps(step(group("database-owners"), manager(1))))
			r := w.ask(ana, time.Hour)
			w.press(order[0], r.ID, true)
			is(t, "not yet", w.request(r.ID).State, flows.Pending)
			w.press(order[1], r.ID, true)
			is(t, "approved", w.request(r.ID).State, flows.Approved)
		})
	}
}

func TestAtLeastTwo(t *testing.T) {
	spec := inSteps(step(group("database-owners")))
	spec.Approval.Steps[0].All[0].N = 2
	w := newWorld(t, spec)
	r := w.ask(ana, time.Hour)
	is(t, "asked for", w.request(r.ID).Open[0].Words, "2 of database-owners")
	w.press(ben, r.ID, true)
	is(t, "one more", w.request(r.ID).Open[0].Words, "one of database-owners")
	is(t, "again Ben", w.press(ben, r.ID, true).Sentence, "You have already agreed, at 12:01.")
	is(t, "nothing given", w.target.has(prodKey, ana), false)
	w.press(dev, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
}

func TestANoEndsItEvenAfterAYes(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.press(caro, r.ID, true)
	w.press(ben, r.ID, false)
	is(t, "denied", w.request(r.ID).State, flows.Denied)
	w.pass(time.Minute)
	is(t, "nothing given", w.target.has(prodKey, ana), false)
}

// joined is a world where Ana has an administrator's account, too.
func joined(t *testing.T, specs ...flows.FlowSpec) *world {
	w := emptyWorld(t)
	w.people.all["00uroot"] = flows.Person{ID: "00uroot", Email: "ana-admin@acme.example", Name: "Ana (admin)", Status: flows.StatusActive, Attributes: map[string]string{"slackId": "Uroot"}}
	w.people.groups["database-owners"] = []flows.PersonID{"00uroot", ben, caro, dev}
	w.set.SameHuman = [][]string{{"ana@acme.example", "ana-admin@acme.example"}}
	w.begin(specs...)
	return w
}

func TestTwoAccountsOfOneHuman(t *testing.T) {
	w := joined(t, oneStep())
	r := w.ask(ana, time.Hour)
	same(t, "the other account is not asked", w.asked(r.ID), []flows.PersonID{ben, caro, dev})
	p := w.pressOn(ben, r.ID, true)
	p.FromHome = true
	a, err := w.engine.Decide(w.ctx, w.actor("00uroot"), p)
	w.must(err)
	is(t, "nor can it decide", a.Sentence, "You asked for this yourself, so you can’t decide it. Ben Okafor and 2 others can.")
	same(t, "in the log", w.refusals(), []string{a.Sentence})
}

func TestAChangedAddressPartsNobody(t *testing.T) {
	w := joined(t, oneStep())
	root := w.people.all["00uroot"]
	root.Email = "root@acme.example"
	w.people.all["00uroot"] = root
	w.sync()
	r := w.ask(ana, time.Hour)
	same(t, "still one human", w.asked(r.ID), []flows.PersonID{ben, caro, dev})
}

func TestAnAccountThatNoSyncHasSeenIsJoined(t *testing.T) {
	w := emptyWorld(t)
	w.set.SameHuman = [][]string{{"ana@acme.example", "ana-admin@acme.example"}}
	w.begin(oneStep())
	w.people.all["00uroot"] = flows.Person{ID: "00uroot", Email: "ana-admin@acme.example", Name: "Ana (admin)", Status: flows.StatusActive, Attributes: map[string]string{"slackId": "Uroot"}}
	w.people.groups["database-owners"] = []flows.PersonID{"00uroot", ben}
	r := w.ask(ana, time.Hour)
	p := w.pressOn("00uroot", r.ID, true)
	a, err := w.engine.Decide(w.ctx, w.actor("00uroot"), p)
	w.must(err)
	is(t, "refused", a.Sentence, "You asked for this yourself, so you can’t decide it. Ben Okafor can.")
}

func TestOneHumanCountsOnceThroughTwoAccounts(t *testing.T) {
	spec := inSteps(step(group("database-owners")))
	spec.Approval.Steps[0].All[0].N = 2
	w := joined(t, spec)
	r, err := w.engine.Ask(w.ctx, w.actor(dev), flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
	w.must(err)
	w.people.groups["database-owners"] = append(w.people.groups["database-owners"], ana)
	w.run()
	w.press("00uroot", r.ID, true)
	p := w.pressOn(ana, r.ID, true)
	p.FromHome, p.Shown = true, w.request(r.ID).Revision
	a, err := w.engine.Decide(w.ctx, w.actor(ana), p)
	w.must(err)
	is(t, "the second account", a.Sentence, "You have already agreed, at 12:01.")
	is(t, "one decision", len(w.decisions(r.ID)), 1)
}

// The file joins two accounts only after one of them has agreed to what the other asked for.
func TestAccountsThatAreJoinedLater(t *testing.T) {
	spec := inSteps(step(group("database-owners")))
	spec.Approval.Steps[0].All[0].N = 2
	w := joined(t, spec)
	w.set.SameHuman = nil
	w.rejoin()
	r := w.ask(ana, time.Hour)
	is(t, "an account like any other", w.press("00uroot", r.ID, true).Sentence, "")
	w.set.SameHuman = [][]string{{"ana@acme.example", "ana-admin@acme.example"}}
	w.rejoin()
	w.press(ben, r.ID, true)
	is(t, "its yes counts no longer", w.request(r.ID).State, flows.Pending)
	w.press(dev, r.ID, true)
	is(t, "given by two others", w.target.has(prodKey, ana), true)
}

// rejoin begins the engine again with the settings of now.
func (w *world) rejoin() {
	w.t.Helper()
	w.must(w.store.Close())
	w.reopen()
	w.sync()
}
