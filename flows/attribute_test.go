package flows_test

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// noScope is what a directory says whose schema we may not read.
var noScope = &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "Grant the service app the scope okta.schemas.read"}

const ownManager = "Okta lets people change their own manager"

func TestAManagerThatPeopleWriteThemselvesDecidesNothing(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1))))
	r := w.ask(ana, time.Hour)
	same(t, "Caro is Ana's manager", w.asked(r.ID), []flows.PersonID{caro})

	w.people.own = []string{flows.AttributeManager}
	w.people.boss[ana] = dev // a friend
	w.sync()
	w.pass(time.Minute)
	is(t, "the request waits", w.request(r.ID).Trouble, ownManager)
	same(t, "the friend is not asked", w.asked(r.ID), []flows.PersonID{caro})
	is(t, "and no fallback stands in", w.request(r.ID).Open[0].Fallback, false)
	w.press(caro, r.ID, true)
	is(t, "nor does a yes of the manager count meanwhile", w.request(r.ID).State, flows.Pending)
	same(t, "admins are told", w.alarms(), []string{"Okta lets people change their own manager, so it cannot say who somebody's manager is. Make it read-only in Okta."})
	w.sync()
	is(t, "once", len(w.alarms()), 1)

	w.people.own, w.people.boss[ana] = nil, caro
	w.sync()
	w.pass(time.Minute)
	is(t, "mended", w.request(r.ID).Trouble, "")
	w.press(caro, r.ID, true)
	is(t, "given", w.target.has(prodKey, ana), true)

	w.people.own = []string{flows.AttributeManager}
	w.sync()
	is(t, "when it comes true again they are told again", len(w.alarms()), 2)
}

func TestWhetherPeopleWriteTheirManagerIsNotKnown(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1))))
	w.actor(ana)
	w.people.closed = noScope
	r := w.ask(ana, time.Hour)
	is(t, "it waits", w.request(r.ID).Trouble, "Okta does not say whether people can change their own manager")
	is(t, "nobody is asked", len(w.asked(r.ID)), 0)
	w.sync()
	same(t, "and the admins read which scope is missing", w.alarms(), []string{
		"Okta does not say whether people can change their own manager, so it cannot say who somebody's manager is. Grant the service app the scope okta.schemas.read.",
		"Okta does not say whether people can change their own slackId, so it cannot say whose a chat account is. Grant the service app the scope okta.schemas.read.",
	})
	w.people.closed = nil
	w.pass(time.Minute)
	same(t, "then it goes on", w.asked(r.ID), []flows.PersonID{caro})
}

func TestASchemaThatDoesNotAnswerIsNoAlarm(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1))))
	w.actor(ana)
	w.people.closed = &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: "Okta does not answer"}
	r := w.ask(ana, time.Hour)
	is(t, "it waits", w.request(r.ID).Trouble, "Okta does not answer")
	w.sync()
	same(t, "nobody is woken", w.alarms(), []string(nil))
	w.people.closed = nil
}

func TestNobodyIsLinkedByAnAttributeOfTheirOwn(t *testing.T) {
	w := newWorld(t, usual())
	w.actor(ana) // linked while it was an admin's to write
	w.people.own = []string{"slackId"}
	w.actor(ana)
	_, err := w.engine.Identify(w.ctx, w.account(ben))
	is(t, "refused", err.(*flows.Error).Sentence,
		"Nobody new can be linked now: Okta lets people change their own slackId. An admin has been told. Nothing was done.")
	w.sync()
	is(t, "admins are told", strings.Join(w.alarms(), "\n"), "Okta lets people change their own slackId, so it cannot say whose a chat account is. Make it read-only in Okta.")
	w.people.own = nil
	w.actor(ben)
}

func TestWhatAPolicyTakesForAuthority(t *testing.T) {
	escalating := oneStep()
	escalating.Approval.Escalate = &flows.Escalate{After: time.Hour, To: []flows.Selector{{Kind: flows.SelectManager, Manager: 2}}}
	overridden := oneStep()
	overridden.ForGroups = []flows.Override{{Group: "engineering", Approval: &flows.Approval{Steps: []flows.Step{{All: []flows.Requirement{{From: manager(1)}}}}}}}
	fallen := oneStep()
	fallen.Approval.Fallback = []flows.Selector{{Kind: flows.SelectManager, Manager: 1}}
	for name, c := range map[string]struct {
		spec flows.FlowSpec
		want []string
	}{
		"a group":          {oneStep(), nil},
		"a manager":        {inSteps(step(manager(1))), []string{flows.AttributeManager}},
		"as a fallback":    {fallen, []string{flows.AttributeManager}},
		"when escalated":   {escalating, []string{flows.AttributeManager}},
		"for some of them": {overridden, []string{flows.AttributeManager}},
	} {
		f, problems := flows.NewFlow(c.spec)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		same(t, name, flows.NewPolicy([]*flows.Flow{f}, nil, "okta").Attributes(), c.want)
	}
}
