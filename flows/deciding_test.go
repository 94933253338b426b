package flows_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"hallpass/flows"
)

func group(name string) flows.Selector { return flows.Selector{Kind: flows.SelectGroup, Group: name} }

func manager(level int) flows.Selector {
	return flows.Selector{Kind: flows.SelectManager, Manager: level}
}

// step is one level where all of these must agree.
func step(from ...flows.Selector) flows.Step {
	var s flows.Step
	for _, f := range from {
		s.All = append(s.All, flows.Requirement{From: f})
	}
	return s
}

func inSteps(steps ...flows.Step) flows.FlowSpec {
	s := usual()
	s.Approval.Steps = steps
	return s
}

// together has several people press at one moment, and returns what each was told.
func (w *world) together(presses map[flows.PersonID][]flows.Press) map[flows.PersonID][]string {
	w.t.Helper()
	told := map[flows.PersonID][]string{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	for who, list := range presses {
		actor := w.actor(who)
		for _, p := range list {
			wait.Go(func() {
				a, err := w.engine.Decide(w.ctx, actor, p)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					w.t.Error(err)
				}
				told[who] = append(told[who], a.Sentence)
			})
		}
	}
	wait.Wait()
	w.run()
	for _, list := range told {
		slices.Sort(list)
	}
	return told
}

func TestTwoApproversPressAtTheSameMoment(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	told := w.together(map[flows.PersonID][]flows.Press{ben: {w.pressOn(ben, r.ID, true)}, caro: {w.pressOn(caro, r.ID, true)}})
	first := w.decisions(r.ID)
	is(t, "one decision", len(first), 1)
	other, words := caro, "Ben Okafor has already agreed, at 12:01."
	if first[0] == caro {
		other, words = ben, "Caro Lind has already agreed, at 12:01."
	}
	same(t, "the first needs no words", told[first[0]], []string{""})
	same(t, "the other is told", told[other], []string{words})
	same(t, "in the log", w.refusals(), []string{words})
	is(t, "one grant", w.grant(r.ID).ID, 1)
	is(t, "given", w.target.has(prodKey, ana), true)
}

func TestAYesAndANoAtTheSameMoment(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.together(map[flows.PersonID][]flows.Press{ben: {w.pressOn(ben, r.ID, true)}, caro: {w.pressOn(caro, r.ID, false)}})
	is(t, "one decision", len(w.decisions(r.ID)), 1)
	is(t, "one refusal", len(w.refusals()), 1)
	is(t, "given only by a yes", w.target.has(prodKey, ana), w.decisions(r.ID)[0] == ben)
}

func TestTheSamePressIsDeliveredThreeTimes(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	p := w.pressOn(ben, r.ID, true)
	told := w.together(map[flows.PersonID][]flows.Press{ben: {p, p, p}})
	again := "You have already agreed, at 12:01."
	same(t, "told", told[ben], []string{"", again, again})
	same(t, "decided once", w.decisions(r.ID), []flows.PersonID{ben})
	same(t, "in the log", w.refusals(), []string{again, again})
}

func TestPressesThatDoNotCount(t *testing.T) {
	const can = " Ben Okafor and 2 others can."
	const old = "This card was out of date. Here is how things stand now; press again if you still mean it."
	for _, c := range []struct {
		name  string
		who   flows.PersonID
		card  flows.PersonID // whose card is pressed
		press func(w *world, p *flows.Press)
		said  string
		stale bool
	}{
		{"on a card that is out of date", ben, ben, func(_ *world, p *flows.Press) { p.Shown-- }, old, true},
		{"on a card that Hallpass never posted", ben, ben, func(_ *world, p *flows.Press) { p.TS = "99.9" }, old, true},
		{"on a card of another workspace", ben, ben, func(_ *world, p *flows.Press) { p.Channel = "DELSEWHERE" }, old, true},
		{"on another person's card", caro, ben, nil, "That card was not made for you, so the press was not counted." + can, false},
		{"by somebody who is not asked", eve, ben, nil, "That card was not made for you, so the press was not counted." + can, false},
		{"at home, by somebody who is not asked", eve, ben, func(_ *world, p *flows.Press) { p.FromHome = true }, "You are not among those who can decide this now." + can, true},
		{"by the asker", ana, ben, nil, "You asked for this yourself, so you can’t decide it." + can, false},
		{"by the asker at home", ana, ben, func(_ *world, p *flows.Press) { p.FromHome = true }, "You asked for this yourself, so you can’t decide it." + can, false},
		{"that makes it longer", ben, ben, func(_ *world, p *flows.Press) { p.Duration = 2 * time.Hour }, "An approver can only make it shorter.", true},
		{"that is ten minutes old", ben, ben, func(w *world, p *flows.Press) { w.clock.pass(10*time.Minute + time.Second) },
			"This press came through more than ten minutes late, so it was not counted. Look at the card and press again if you still mean it.", true},
		{"on a request that is none", ben, ben, func(_ *world, p *flows.Press) { p.Request = 99 }, "That request does not exist here.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, oneStep())
			r := w.ask(ana, time.Hour)
			actor, p := w.actor(c.who), w.pressOn(c.card, r.ID, true)
			if c.press != nil {
				c.press(w, &p)
			}
			a, err := w.engine.Decide(w.ctx, actor, p)
			w.must(err)
			is(t, "said", a.Sentence, c.said)
			is(t, "drawn anew", a.Stale, c.stale)
			is(t, "still open", w.request(r.ID).State, flows.Pending)
			is(t, "nobody decided", len(w.decisions(r.ID)), 0)
			same(t, "in the log", w.refusals(), []string{c.said})
			w.run()
			is(t, "nothing given", w.target.has(prodKey, ana), false)
		})
	}
}

func TestAPressAfterTheEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(w *world, id flows.RequestID)
		said string
	}{
		{"approved by another", func(w *world, id flows.RequestID) { w.press(caro, id, true) }, "Caro Lind has already agreed, at 12:01."},
		{"denied by another", func(w *world, id flows.RequestID) { w.press(caro, id, false) }, "Caro Lind has already denied this, at 12:01."},
		{"long over", func(w *world, id flows.RequestID) { w.press(caro, id, true); w.pass(2 * time.Hour) }, "Caro Lind has already agreed, at 12:01."},
		{"canceled", func(w *world, id flows.RequestID) {
			_, err := w.engine.Cancel(w.ctx, w.actor(ana), id)
			w.must(err)
		}, "This was canceled at 12:01."},
		{"lapsed", func(w *world, id flows.RequestID) { w.clock.pass(24 * time.Hour); w.run() }, "This lapsed at 12:01: nobody decided in time."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, oneStep())
			r := w.ask(ana, time.Hour)
			p := w.pressOn(ben, r.ID, true)
			c.end(w, r.ID)
			state, before := w.request(r.ID).State, len(w.decisions(r.ID))
			p.Pressed = w.clock.Machine()
			a, err := w.engine.Decide(w.ctx, w.actor(ben), p)
			w.must(err)
			is(t, "said", a.Sentence, c.said)
			is(t, "the card is drawn anew", a.Stale, true)
			is(t, "nothing moves", w.request(r.ID).State, state)
			is(t, "no decision more", len(w.decisions(r.ID)), before)
			same(t, "in the log", w.refusals(), []string{c.said})
		})
	}
}

func TestAGuestAndSomebodySuspendedAreRefused(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	guest := flows.Account{Platform: "slack", Workspace: "T01", User: "guest7"}
	_, err := w.engine.Identify(w.ctx, guest)
	is(t, "a guest", err.Error(), "Guests cannot use Hallpass.")
	w.must(w.engine.Refuse(w.ctx, guest, "press approve", err))
	stranger := flows.Account{Platform: "slack", Workspace: "T99", User: "Uben"}
	_, err = w.engine.Identify(w.ctx, stranger)
	is(t, "another workspace", err.Error(), "This chat is not set up for Hallpass.")
	w.must(w.engine.Refuse(w.ctx, stranger, "press approve", err))

	before := w.actor(ben) // looked at just before he is suspended
	w.suspend(ben)
	_, err = w.engine.Identify(w.ctx, w.account(ben))
	is(t, "somebody suspended", err.Error(), "Your account in Okta is not active, so nothing can be done in your name.")
	w.must(w.engine.Refuse(w.ctx, w.account(ben), "press approve", err))
	a, err := w.engine.Decide(w.ctx, before, w.pressOn(ben, r.ID, true))
	w.must(err)
	is(t, "nor at the last moment", a.Sentence, "You are not among those who can decide this now. Caro Lind and Dev Patel can.")
	same(t, "in the log", w.refusals(), []string{"Guests cannot use Hallpass.", "This chat is not set up for Hallpass.",
		"Your account in Okta is not active, so nothing can be done in your name.", a.Sentence})
	is(t, "nobody decided", len(w.decisions(r.ID)), 0)
}

func (w *world) suspend(id flows.PersonID) {
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	p := w.people.all[id]
	p.Status = flows.StatusSuspended
	w.people.all[id] = p
}

// Whoever is on call is asked at first, also as one of many, and the asker sees who that is.
func TestWhoOfAGroupIsOnCall(t *testing.T) {
	spec := inSteps(flows.Step{All: []flows.Requirement{{Any: []flows.Selector{group("wide"), onCall()}}}})
	w := emptyWorld(t)
	for i := range 6 {
		w.people.all[numbered(i).ID] = numbered(i)
		w.people.groups["wide"] = append(w.people.groups["wide"], numbered(i).ID)
	}
	w.shifts.on = []flows.Duty{{Email: numbered(4).Email, Level: 1, Until: w.clock.Company().Add(6 * time.Hour)}}
	w.begin(spec)
	o, err := w.engine.Offer(w.ctx, ana, prodDB, "")
	w.must(err)
	r := w.ask(ana, time.Hour)
	same(t, "asked", w.asked(r.ID), []flows.PersonID{numbered(0).ID, numbered(1).ID, numbered(2).ID, numbered(4).ID})
	for what, list := range map[string][]flows.OpenRequirement{"the form": o.Deciders, "the card": w.request(r.ID).Open} {
		for _, c := range list[0].Candidates {
			is(t, what+" has "+string(c.Person)+" on call", !c.Until.IsZero(), c.Person == numbered(4).ID)
		}
		is(t, what, list[0].Candidates[4].Right, "one of wide, on call, SRE primary")
	}
}

func TestAsManyOfAGroupAreAskedAsAreNeeded(t *testing.T) {
	spec := inSteps(step(group("wide")))
	spec.Approval.Steps[0].All[0].N = 4
	w := emptyWorld(t)
	for i := range 6 {
		w.people.all[numbered(i).ID] = numbered(i)
		w.people.groups["wide"] = append(w.people.groups["wide"], numbered(i).ID)
	}
	w.begin(spec)
	is(t, "asked at first", len(w.asked(w.ask(ana, time.Hour).ID)), 4)
}

// Only three of a group are asked at first; the others can decide all the same, at Home.
func TestSomebodyWhoWasNotAskedDecidesAtHome(t *testing.T) {
	w := emptyWorld(t)
	w.people.groups["database-owners"] = []flows.PersonID{ben, caro, dev, eve}
	w.begin(oneStep())
	r := w.ask(ana, time.Hour)
	same(t, "asked", w.asked(r.ID), []flows.PersonID{ben, caro, dev})
	is(t, "Eve could", r.CouldDecide(eve), true)
	is(t, "Ana could", r.CouldDecide(ana), false)
	w.view(func(tx flows.Tx) error {
		list, err := tx.Requests(flows.RequestFilter{Naming: eve})
		is(t, "she finds it", len(list) == 1 && list[0].ID == r.ID, true)
		return err
	})
	a, err := w.engine.Decide(w.ctx, w.actor(eve), flows.Press{Request: r.ID, Yes: true, FromHome: true, Shown: r.Revision, Pressed: w.clock.Machine()})
	w.must(err)
	w.run()
	is(t, "it counts", a.Sentence, "")
	is(t, "given", w.target.has(prodKey, ana), true)
}
