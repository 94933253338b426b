package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// shared is a step in which one person may meet several requirements, and whoever agreed before may meet one.
func shared(from ...flows.Selector) flows.Step {
	s := step(from...)
	s.SamePerson = true
	return s
}

// twoOf wants two of a group.
func twoOf(name string) flows.Requirement { return flows.Requirement{From: group(name), N: 2} }

// agree has these people agree, one after the other, on the cards that they have then.
func (w *world) agree(r *flows.Request, who ...flows.PersonID) {
	w.t.Helper()
	for _, p := range who {
		if said := w.press(p, r.ID, true).Sentence; said != "" {
			w.t.Fatalf("%s is told: %s", p, said)
		}
	}
}

func TestOnePersonForSeveralRequirements(t *testing.T) {
	owners, twoOwners := group("database-owners"), flows.Step{SamePerson: true, All: []flows.Requirement{twoOf("database-owners")}}
	for name, c := range map[string]struct {
		steps []flows.Step
		agree []flows.PersonID
		given bool
	}{
		"an owner on call meets both, once":                    {[]flows.Step{shared(owners, onCall())}, []flows.PersonID{ben}, true},
		"but not without the word":                             {[]flows.Step{step(owners, onCall())}, []flows.PersonID{ben}, false},
		"an owner who is not on call meets one":                {[]flows.Step{shared(owners, onCall())}, []flows.PersonID{dev}, false},
		"and on-call the other":                                {[]flows.Step{shared(owners, onCall())}, []flows.PersonID{dev, ben}, true},
		"the manager is an owner, so one yes is both steps":    {[]flows.Step{step(manager(1)), shared(owners)}, []flows.PersonID{caro}, true},
		"but not without the word there":                       {[]flows.Step{step(manager(1)), step(owners)}, []flows.PersonID{caro}, false},
		"two of a group are two people":                        {[]flows.Step{twoOwners}, []flows.PersonID{ben}, false},
		"any two":                                              {[]flows.Step{twoOwners}, []flows.PersonID{ben, dev}, true},
		"of two owners the manager is one":                     {[]flows.Step{step(manager(1)), twoOwners}, []flows.PersonID{caro}, false},
		"and needs one more":                                   {[]flows.Step{step(manager(1)), twoOwners}, []flows.PersonID{caro, ben}, true},
		"a step after it wants somebody new":                   {[]flows.Step{shared(owners, onCall()), step(owners)}, []flows.PersonID{ben}, false},
		"who is another owner":                                 {[]flows.Step{shared(owners, onCall()), step(owners)}, []flows.PersonID{ben, dev}, true},
		"it reaches over a step between":                       {[]flows.Step{step(manager(1)), step(onCall()), shared(owners)}, []flows.PersonID{caro, ben}, true},
		"and lifts nothing between those without it":           {[]flows.Step{step(manager(1)), shared(manager(1)), step(owners)}, []flows.PersonID{caro}, false},
		"a step of the same kind after it is met at once, too": {[]flows.Step{step(manager(1)), shared(owners), shared(manager(1), owners)}, []flows.PersonID{caro}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, inSteps(c.steps...))
			r := w.ask(ana, time.Hour)
			w.agree(r, c.agree...)
			is(t, "given", w.target.has(prodKey, ana), c.given)
		})
	}
}

func TestNobodyMeetsTheirOwnRequestEvenThen(t *testing.T) {
	w := newWorld(t, inSteps(shared(group("database-owners"), onCall())))
	r := w.ask(ben, time.Hour) // an owner, and on call
	is(t, "Ben is told", w.press(ben, r.ID, true).Sentence, "You asked for this yourself, so you can’t decide it. Caro Lind and 2 others can.")
	w.agree(r, caro)
	is(t, "given", w.target.has(prodKey, ben), false)
	w.agree(r, eve) // nobody else is on call, so security stands in
	is(t, "given", w.target.has(prodKey, ben), true)
}

func TestWhoeverCameByTheRightLaterIsAskedOnceMore(t *testing.T) {
	w := newWorld(t, inSteps(step(manager(1)), shared(onCall())))
	r := w.ask(ana, time.Hour)
	w.agree(r, caro) // not on call yet
	is(t, "given", w.target.has(prodKey, ana), false)
	w.shifts.on = []flows.Duty{{Email: "caro@acme.example", Name: "Caro", Level: 1, Until: w.clock.Company().Add(6 * time.Hour)}}
	w.pass(time.Minute)
	is(t, "Caro's earlier yes does not count", w.target.has(prodKey, ana), false)
	w.agree(r, caro)
	same(t, "decisions", w.decisions(r.ID), []flows.PersonID{caro, caro})
	is(t, "given", w.target.has(prodKey, ana), true)
}

func TestTheSameYesIsNotCountedTwiceForOneRequirement(t *testing.T) {
	w := newWorld(t, inSteps(flows.Step{SamePerson: true, All: []flows.Requirement{twoOf("database-owners")}}))
	r := w.ask(ana, time.Hour)
	w.agree(r, ben)
	is(t, "Ben is told", w.press(ben, r.ID, true).Sentence, "You have already agreed, at 12:01.")
	w.agree(r, dev)
	is(t, "given", w.target.has(prodKey, ana), true)
}

// Everybody is kept with the right that they had, not with the one that their yes helped to.
func TestAYesIsKeptAsTheRightThatItWas(t *testing.T) {
	w := emptyWorld(t)
	w.people.groups["database-owners"], w.people.groups["security"] = []flows.PersonID{ben}, []flows.PersonID{ben, eve}
	w.begin(inSteps(step(group("security"), group("database-owners"))))
	r := w.ask(ana, time.Hour)
	w.agree(r, ben, eve) // Ben is both, so Eve's yes sets him free for the owners
	is(t, "given", w.target.has(prodKey, ana), true)
	var keys []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Decisions(r.ID)
		for _, right := range list[1].Rights {
			keys = append(keys, right.Key)
		}
		return err
	})
	same(t, "Eve decided as", keys, []string{"group:security"})
}
