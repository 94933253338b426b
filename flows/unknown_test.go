package flows_test

import (
	"slices"
	"testing"
	"time"

	"hallpass/flows"
)

// onlyOnCall is a flow with one step: somebody on call.
func onlyOnCall() flows.FlowSpec { return inSteps(step(onCall())) }

func TestPagerDutyDownAndBack(t *testing.T) {
	w := newWorld(t, onlyOnCall())
	r := w.ask(ana, time.Hour)
	same(t, "Ben is on call", w.asked(r.ID), []flows.PersonID{ben})
	w.shifts.down = true
	a := w.press(ben, r.ID, true)
	is(t, "nobody decides by it", a.Sentence, "PagerDuty does not answer, so we can’t tell whether you may decide. We keep asking; nothing is decided meanwhile.")
	w.pass(time.Minute)
	is(t, "the request says so", w.request(r.ID).Trouble, "PagerDuty does not answer")
	same(t, "those asked stay asked", w.asked(r.ID), []flows.PersonID{ben})
	is(t, "the fallback is not asked", slices.Contains(w.log(r.ID), string(flows.ActFallback)), false)

	w.shifts.on = []flows.Duty{{Email: "dev@acme.example"}}
	w.shifts.down = false
	w.pass(10 * time.Second)
	is(t, "the request no longer says so", w.request(r.ID).Trouble, "")
	same(t, "whoever is on call now is asked", w.asked(r.ID), []flows.PersonID{dev})
	w.press(dev, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
	same(t, "log", w.log(r.ID), []string{"asked", "people asked", "refused", "waiting for an answer", "people asked", "agreed", "approved", "read before", "giving", "given"})
}

func TestDownWhenAskedIsAskedWhenBack(t *testing.T) {
	w := newWorld(t, onlyOnCall())
	w.shifts.down = true
	r := w.ask(ana, time.Hour)
	is(t, "it is asked all the same", w.request(r.ID).State, flows.Pending)
	is(t, "and says so", w.request(r.ID).Trouble, "PagerDuty does not answer")
	is(t, "nobody is asked", len(w.asked(r.ID)), 0)
	w.shifts.down = false
	w.pass(10 * time.Second)
	same(t, "asked", w.asked(r.ID), []flows.PersonID{ben})
}

func TestOtherRequirementsGoOnWhileOneIsUnknown(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1), onCall())))
	w.shifts.down = true
	r := w.ask(ana, time.Hour)
	same(t, "the manager is asked", w.asked(r.ID), []flows.PersonID{caro})
	w.press(caro, r.ID, true)
	w.pass(10 * time.Minute)
	is(t, "not approved without the other", w.request(r.ID).State, flows.Pending)
	w.shifts.down = false
	w.pass(10 * time.Second)
	w.press(ben, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
}

func TestTheDirectoryIsDownWhenAsking(t *testing.T) {
	w := newWorld(t, usual())
	actor := w.actor(ana)
	w.people.down = true
	_, err := w.engine.Ask(w.ctx, actor, flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
	is(t, "said", err.Error(), "Okta does not answer, so we can’t tell what you may ask for. Try again in a minute.")
	is(t, "unknown, not refused", flows.KindOf(err), flows.KindUnknown)
	_, err = w.engine.Identify(w.ctx, w.account(ana))
	is(t, "nor who one is", err.(*flows.Error).Sentence, "Okta does not answer, so we can’t tell who you are. Nothing was done. Try again in a minute.")
	_, err = w.engine.Search(w.ctx, ana, "prod", 10)
	is(t, "nor what there is", err.Error(), "Okta does not answer.")
}

func TestTheDirectoryIsDownWhileItWaits(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	ready := w.actor(caro)
	w.people.down = true
	a, err := w.engine.Decide(w.ctx, ready, w.pressOn(caro, r.ID, true))
	w.must(err)
	is(t, "nobody decides", a.Sentence, "Okta does not answer, so we can’t tell whether you may decide. We keep asking; nothing is decided meanwhile.")
	w.pass(time.Minute)
	is(t, "still waits", w.request(r.ID).State, flows.Pending)
	w.people.down = false
	w.pass(10 * time.Second)
	w.press(caro, r.ID, true)
	is(t, "then the shift", w.request(r.ID).StepIndex, 1)
}

func TestASurelyEmptyShiftGoesToTheFallback(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1), onCall())))
	w.shifts.on = nil
	r := w.ask(ana, time.Hour)
	open := w.request(r.ID).Open
	is(t, "the manager stays", open[0].Words, "your manager")
	is(t, "and is not replaced", open[0].Fallback, false)
	is(t, "the shift is", open[1].Fallback, true)
	same(t, "asked", w.asked(r.ID), []flows.PersonID{caro, eve})
	w.press(eve, r.ID, true)
	is(t, "one is not enough", w.request(r.ID).State, flows.Pending)
	w.press(caro, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)
	is(t, "recorded", w.log(r.ID)[2], string(flows.ActFallback))
}

func TestAShiftOfPeopleWhoAreSuspendedIsEmpty(t *testing.T) {
	w := newWorld(t, onlyOnCall())
	w.suspend(ben)
	r := w.ask(ana, time.Hour)
	same(t, "asked", w.asked(r.ID), []flows.PersonID{eve})
}

func TestTheAskerOnCallDoesNotDecide(t *testing.T) {
	w := newWorld(t, onlyOnCall())
	r := w.ask(ben, time.Hour)
	same(t, "asked", w.asked(r.ID), []flows.PersonID{eve})
}

func TestTheFallbackIsEmptyToo(t *testing.T) {
	w := newWorld(t, onlyOnCall())
	w.shifts.on = nil
	w.people.groups["security"] = nil
	r := w.ask(ana, time.Hour)
	same(t, "alarm", w.alarms(), []string{"R1 waits: nobody is there to decide (somebody on call for SRE primary), and the fallback has nobody either."})
	w.pass(10 * time.Minute)
	is(t, "one alarm", len(w.alarms()), 1)
	is(t, "it waits", w.request(r.ID).State, flows.Pending)
}

// The people of the fallback are known; whether there are any is not. That is no alarm, and nobody is called absent.
func TestAFallbackThatDoesNotAnswer(t *testing.T) {
	spec := inSteps(step(flows.Selector{Kind: flows.SelectUser, User: "gone@acme.example"}))
	spec.Approval.Fallback = []flows.Selector{onCall()}
	w := newWorld(t, spec)
	w.shifts.down = true
	r := w.ask(ana, time.Hour)
	is(t, "says so", w.request(r.ID).Trouble, "PagerDuty does not answer")
	is(t, "no alarm", len(w.alarms()), 0)
	w.shifts.down, w.shifts.on = false, nil
	w.pass(10 * time.Second)
	is(t, "now it is one", len(w.alarms()), 1)
}

func TestTimeNeverApproves(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.clock.pass(24*time.Hour - time.Second)
	w.run()
	is(t, "it waits", w.request(r.ID).State, flows.Pending)
	w.clock.pass(time.Second)
	w.run()
	is(t, "it lapses", w.request(r.ID).State, flows.Lapsed)
	same(t, "Ana is told", w.told(ana), []string{"notice lapsed"})
	is(t, "nothing given", w.target.has(prodKey, ana), false)
	is(t, "nothing was called", len(w.target.calls), 0)
}

// cards counts how often a post was wanted as a message of its own: first, and by each reminder.
func (w *world) reminders(who flows.PersonID, id flows.RequestID) int {
	w.t.Helper()
	n := 0
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Request: id, Person: who, Kinds: []flows.PostKind{flows.PostApprover}})
		for _, p := range list {
			n += p.Reminder
		}
		return err
	})
	return n
}

func TestRemindedEverMoreSeldom(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.pass(14 * time.Minute)
	is(t, "not yet", w.reminders(caro, r.ID), 0)
	w.pass(time.Minute)
	is(t, "after 15 min", w.reminders(caro, r.ID), 1)
	for i, at := range []time.Duration{45 * time.Minute, 105 * time.Minute, 225 * time.Minute} {
		w.pass(r.Made.Add(at).Sub(w.clock.Company()) - time.Minute)
		is(t, "a minute before "+flows.Span(at), w.reminders(caro, r.ID), i+1)
		w.pass(time.Minute)
		is(t, "after "+flows.Span(at), w.reminders(caro, r.ID), i+2)
	}
	w.pass(6 * time.Hour)
	is(t, "four times", w.reminders(caro, r.ID), 4)
	is(t, "log", slices.Index(w.log(r.ID), string(flows.ActReminded)) > 0, true)
	w.press(caro, r.ID, true)
	w.pass(16 * time.Minute)
	is(t, "the next step has its own", w.reminders(ben, r.ID), 1)
	is(t, "who has decided is not reminded", w.reminders(caro, r.ID), 4)
}

func TestAfterATimeWithoutUsOneReminderStandsForAll(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.clock.pass(2 * time.Hour) // three were due
	w.run()
	is(t, "reminded", w.reminders(caro, r.ID), 1)
	w.pass(105 * time.Minute)
	is(t, "and the fourth is on time", w.reminders(caro, r.ID), 2)
}

func TestWhoHasAgreedIsNotReminded(t *testing.T) {
	w := newWorld(t, inSteps(flows.Step{All: []flows.Requirement{twoOf("database-owners")}}))
	r := w.ask(ana, time.Hour)
	w.agree(r, ben)
	w.pass(46 * time.Minute)
	is(t, "Ben", w.reminders(ben, r.ID), 0)
	is(t, "Caro", w.reminders(caro, r.ID), 2)
}

func TestMoreOfAGroupAfterAWhile(t *testing.T) {
	w := emptyWorld(t)
	for _, id := range []flows.PersonID{"00uf", "00ug"} {
		w.people.all[id] = flows.Person{ID: id, Name: string(id), Email: string(id) + "@acme.example", Status: flows.StatusActive}
	}
	w.people.groups["database-owners"] = []flows.PersonID{ana, ben, caro, dev, "00uf", "00ug"}
	w.begin(oneStep())
	r := w.ask(ana, time.Hour)
	same(t, "three at first, and not the asker", w.asked(r.ID), []flows.PersonID{ben, caro, dev})
	w.pass(5*time.Minute - time.Second)
	is(t, "not yet", len(w.asked(r.ID)), 3)
	w.pass(time.Second)
	same(t, "all after five minutes", w.asked(r.ID), []flows.PersonID{ben, caro, dev, "00uf", "00ug"})
}

func TestFactsThatTookTooLongGiveNoAuthority(t *testing.T) {
	w := newWorld(t, onlyOnCall())
	r := w.ask(ana, time.Hour)
	p, actor := w.pressOn(ben, r.ID, true), w.actor(ben)
	slow := 2
	w.shifts.asked = func() {
		if slow--; slow >= 0 {
			w.clock.pass(flows.FactsLast + time.Second)
			w.shifts.on = []flows.Duty{{Email: "dev@acme.example"}} // a handover while it was read
		}
	}
	a, err := w.engine.Decide(w.ctx, actor, p)
	w.must(err)
	is(t, "looked up again", a.Sentence, "You are not among those who can decide this now. Dev Patel can.")
}
