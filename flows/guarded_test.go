package flows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallpass/flows"
)

// The group security decides about access: it is guarded. id-security is its id.
var security = flows.ResourceKey{Integration: "okta", Type: "group", ID: "id-security"}

// guardedFlow lets engineers ask for security, with a word of their manager.
func guardedFlow() flows.FlowSpec {
	s := inSteps(step(manager(1)))
	s.Name, s.What = "approvers", []flows.What{{In: "okta", Type: "group", Names: []string{"security"}, Guarded: true}}
	s.Approval.Fallback = nil
	return s
}

const (
	fay = flows.PersonID("00ufay")
	gus = flows.PersonID("00ugus")
)

// withAdmins is a world whose admins are Eve and these, in the group security.
func withAdmins(t *testing.T, more []flows.PersonID, specs ...flows.FlowSpec) *world {
	t.Helper()
	w := emptyWorld(t)
	for id, name := range map[flows.PersonID]string{fay: "Fay Doe", gus: "Gus Roe"} {
		login := strings.ToLower(name[:3])
		w.people.all[id] = flows.Person{ID: id, Login: login, Email: login + "@acme.example", Name: name, Status: flows.StatusActive, Attributes: map[string]string{"slackId": "U" + login}}
	}
	w.people.groups["security"] = append([]flows.PersonID{eve}, more...)
	w.begin(specs...)
	return w
}

func (w *world) askSecurity(who flows.PersonID) (*flows.Request, error) {
	r, err := w.engine.Ask(w.ctx, w.actor(who), flows.Draft{Resource: security, Duration: time.Hour, Reason: "replay failed payments"})
	w.run()
	return r, err
}

func (w *world) hasSecurity(who flows.PersonID) bool {
	return w.target.has(flows.Entitlement{ResourceKey: security, Permission: "member"}, who)
}

func TestAGuardedGroupTakesTwoAdmins(t *testing.T) {
	every := func(f func(*flows.FlowSpec)) flows.FlowSpec { s := guardedFlow(); f(&s); return s }
	for name, c := range map[string]struct {
		flow   flows.FlowSpec
		admins []flows.PersonID // besides Eve
		asker  flows.PersonID
		agree  []flows.PersonID
		given  bool
	}{
		"the manager and two admins": {guardedFlow(), []flows.PersonID{fay}, ana, []flows.PersonID{caro, eve, fay}, true},
		"the manager alone":          {guardedFlow(), []flows.PersonID{fay}, ana, []flows.PersonID{caro}, false},
		"one admin":                  {guardedFlow(), []flows.PersonID{fay}, ana, []flows.PersonID{caro, eve}, false},
		"automatic is not":           {every(func(s *flows.FlowSpec) { s.Approval = flows.Approval{Automatic: true} }), []flows.PersonID{fay}, ana, nil, false},
		"but two admins are enough":  {every(func(s *flows.FlowSpec) { s.Approval = flows.Approval{Automatic: true} }), []flows.PersonID{fay}, ana, []flows.PersonID{eve, fay}, true},
		"nor under a condition": {every(func(s *flows.FlowSpec) {
			s.Approval.AutomaticIf = []flows.Condition{{AtMost: 2 * time.Hour}}
		}), []flows.PersonID{fay}, ana, nil, false},
		"nor for the exempt": {every(func(s *flows.FlowSpec) { s.Approval.Exempt = []flows.Selector{group("engineering")} }), []flows.PersonID{fay}, ana, nil, false},
		"nor by an override": {every(func(s *flows.FlowSpec) {
			s.ForGroups = []flows.Override{{Group: "engineering", Approval: &flows.Approval{Automatic: true}}}
		}), []flows.PersonID{fay}, ana, nil, false},
		"an admin who agreed before is not one of the two": {every(func(s *flows.FlowSpec) { s.Approval.Steps = []flows.Step{step(group("security"))} }),
			[]flows.PersonID{fay}, ana, []flows.PersonID{eve, fay}, false},
		"so a third is needed": {every(func(s *flows.FlowSpec) { s.Approval.Steps = []flows.Step{step(group("security"))} }),
			[]flows.PersonID{fay, gus}, ana, []flows.PersonID{eve, fay, gus}, true},
		"also where one person may meet several": {every(func(s *flows.FlowSpec) { s.Approval.Steps = []flows.Step{shared(group("security"), group("security"))} }),
			[]flows.PersonID{fay}, ana, []flows.PersonID{eve, fay}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := withAdmins(t, c.admins, c.flow)
			r, err := w.askSecurity(c.asker)
			w.must(err)
			w.agree(r, c.agree...)
			is(t, "given", w.hasSecurity(c.asker), c.given)
			is(t, "it is kept why", w.request(r.ID).Guarded, true)
		})
	}
}

func TestAnAdminIsNotOneOfTheTwoForThemselves(t *testing.T) {
	w := withAdmins(t, []flows.PersonID{fay}, guardedFlow())
	w.people.groups["engineering"] = append(w.people.groups["engineering"], fay)
	w.people.boss[fay] = caro
	r, err := w.askSecurity(fay)
	w.must(err)
	w.agree(r, caro, eve)
	is(t, "Fay is told", w.press(fay, r.ID, true).Sentence, "You asked for this yourself, so you can’t decide it.")
	is(t, "nobody else can", len(w.asked(r.ID)), 0)
}

func TestNobodyStandsInForAdmins(t *testing.T) {
	spec := guardedFlow()
	spec.Approval.Fallback = []flows.Selector{group("engineering")}
	spec.Approval.Escalate = &flows.Escalate{After: time.Hour, To: []flows.Selector{group("database-owners")}, Replace: true}
	w := withAdmins(t, nil, spec) // Eve is the only one
	r, err := w.askSecurity(ana)
	w.must(err)
	w.agree(r, caro)
	w.pass(2 * time.Hour)
	same(t, "asked", w.asked(r.ID), []flows.PersonID{eve})
	w.agree(r, eve)
	is(t, "nobody is left", len(w.asked(r.ID)), 0)
	open := w.request(r.ID).Open[0]
	is(t, "what is missing", open.Words, "one more admin")
	is(t, "given", w.hasSecurity(ana), false)
}

func TestGuardedGroupsAreRefusedWhereALineDoesNotSaySo(t *testing.T) {
	without := guardedFlow()
	without.What[0].Guarded = false
	all := oneStep()
	all.Name, all.What = "all", []flows.What{{In: "okta", Type: "group"}}
	deny := flows.FlowSpec{Name: "frozen", Deny: true, Who: flows.Who{Any: []flows.Selector{everyone()}}, What: all.What}
	excepts := all
	excepts.What = []flows.What{{In: "okta", Type: "group", Guarded: true, Except: []flows.Match{{Name: "sec*"}}}}
	others := all
	others.Who.Any = []flows.Selector{group("finance")}
	second := guardedFlow()
	second.What = append([]flows.What{{In: "okta", Type: "group"}}, second.What...)
	for name, c := range map[string]struct {
		flows []flows.FlowSpec
		asked bool
	}{
		"without the word":                         {[]flows.FlowSpec{without}, false},
		"with it":                                  {[]flows.FlowSpec{guardedFlow()}, true},
		"a flow above covers it without":           {[]flows.FlowSpec{all, guardedFlow()}, false},
		"a flow below does":                        {[]flows.FlowSpec{guardedFlow(), all}, true},
		"a flow above is for others":               {[]flows.FlowSpec{others, guardedFlow()}, true},
		"a flow above forbids it":                  {[]flows.FlowSpec{deny, guardedFlow()}, false},
		"a flow above excepts it":                  {[]flows.FlowSpec{excepts, guardedFlow()}, false},
		"a line above it in the flow covers it":    {[]flows.FlowSpec{second}, false},
		"and an automatic flow below never counts": {[]flows.FlowSpec{without, automatic()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := withAdmins(t, []flows.PersonID{fay}, c.flows...)
			_, err := w.askSecurity(ana)
			is(t, "may be asked for", err == nil, c.asked)
			list, err := w.engine.Search(w.ctx, ana, "security", 10)
			w.must(err)
			is(t, "is found", slices.ContainsFunc(list, func(r flows.Resource) bool { return r.ID == security.ID }), c.asked)
		})
	}
}

func TestAGroupThatIsNotGuardedTakesNoAdmins(t *testing.T) {
	spec := guardedFlow()
	spec.What[0].Names = []string{"*"}
	w := withAdmins(t, nil, spec)
	r := w.ask(ana, time.Hour)
	is(t, "guarded", r.Guarded, false)
	w.agree(r, caro)
	is(t, "given", w.target.has(prodKey, ana), true)
}

// Whoever asked when two admins were needed needs them also after the file no longer says so.
func TestWhatWasGuardedWhenAskedStaysSo(t *testing.T) {
	w := withAdmins(t, []flows.PersonID{fay}, guardedFlow())
	r, err := w.askSecurity(ana)
	w.must(err)
	w.must(w.engine.LoadPolicy(w.ctx, w.policy, []string{"database-owners"}))
	w.pass(time.Minute)
	w.agree(r, caro)
	is(t, "given", w.hasSecurity(ana), false)
	w.agree(r, eve, fay)
	is(t, "given", w.hasSecurity(ana), true)
}

func TestTheFormAndTheTreeSayThatTwoAdminsDecide(t *testing.T) {
	w := withAdmins(t, []flows.PersonID{fay}, guardedFlow())
	o, err := w.engine.Offer(w.ctx, ana, security, "")
	w.must(err)
	is(t, "decides first", o.Deciders[0].Words, "your manager")
	is(t, "then", o.Deciders[1].Words, "two admins")
	x, err := w.engine.Explain(w.ctx, ana, security, "", time.Hour, time.Time{})
	w.must(err)
	for _, line := range []string{"guarded: the policy names this group as people who ask, decide or administer; two admins decide too, where a line says guarded", "step 2 of 2", "two admins"} {
		is(t, line, strings.Contains(x.String(), line), true)
	}
}

// What is ruled over class by class is what is ruled over one by one, guarded or not.
func TestClassesOfGuardedThings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{clock: &clock{}}
		w.people, w.shifts, w.target = &people{all: map[flows.PersonID]flows.Person{}, groups: map[string][]flows.PersonID{}, boss: map[flows.PersonID]flows.PersonID{}}, &shifts{}, &target{}
		for _, id := range everybody() {
			w.people.all[id] = flows.Person{ID: id, Email: string(id) + "@acme.example", Status: flows.StatusActive}
		}
		drawCompany(t, w)
		p := wholeSealed(t, legal(t, wholePolicy))
		f := w.answers(rapid.SampledFrom(everybody()).Draw(t, "asker"), flows.Local{}, false)
		var want []int
		for i, r := range things() {
			if p.Cover(r, "member", f).Flow != nil {
				want = append(want, i)
			}
		}
		var got []int
		for _, c := range p.Classes(things(), f) {
			if c.Cover(f).Flow != nil {
				got = append(got, c.Resources...)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Fatalf("by classes %v, one by one %v", got, want)
		}
	})
}
