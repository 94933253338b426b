package flows_test

import (
	"slices"
	"testing"
	"time"

	"hallpass/flows"
)

func inGroup(name string) flows.Selector {
	return flows.Selector{Kind: flows.SelectGroup, Group: name}
}

func everyone() flows.Selector { return flows.Selector{Kind: flows.SelectEveryone} }

// tagged gives prod-db these tags, as a sync has seen them; where a laxer flow would cover it then, an admin lets it through.
func (w *world) tagged(tags map[string]string) {
	w.t.Helper()
	w.target.list[0].Tags = tags
	w.sync()
	for _, r := range w.moves() {
		_, err := w.engine.ReleaseMove(w.ctx, w.actor(eve), r.String(), r.Held.Key)
		w.must(err)
	}
}

// refused is what asking for prod-db is answered with; empty when it may be asked for.
func (w *world) refused(who flows.PersonID, d time.Duration) string {
	w.t.Helper()
	err := w.engine.CheckDraft(w.ctx, who, flows.Draft{Resource: prodDB, Duration: d, Reason: "replay failed payments"})
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSkipFallsThroughToTheNextFlow(t *testing.T) {
	first, second := oneStep(), automatic()
	first.Who.Skip, second.Name = []flows.Selector{inGroup("security")}, "for the rest"
	first.Who.Any, second.Who.Any = []flows.Selector{everyone()}, []flows.Selector{everyone()}
	w := newWorld(t, first, second)
	is(t, "Eve is skipped by the first", w.ask(eve, time.Hour).FlowName, "for the rest")
	is(t, "Ana is not", w.ask(ana, time.Hour).FlowName, "production")
}

func TestADenyFlowForbidsAndSaysSo(t *testing.T) {
	deny := flows.FlowSpec{Name: "frozen", Deny: true, Who: flows.Who{Any: []flows.Selector{everyone()}},
		What: []flows.What{{In: "okta", Type: "group", TagsExist: []string{"frozen"}}}}
	w := newWorld(t, deny, automatic())
	is(t, "without the tag", w.refused(ana, time.Hour), "")
	w.tagged(map[string]string{"frozen": "yes"})
	is(t, "with it", w.refused(ana, time.Hour), "prod-db cannot be asked for: the flow frozen forbids it.")
	_, err := w.engine.FindResource(w.ctx, ana, "prod-db")
	is(t, "by name", err.Error(), "prod-db cannot be asked for: the flow frozen forbids it.")
}

func TestKindsOfTagsAndPlace(t *testing.T) {
	for name, c := range map[string]struct {
		what flows.What
		tags map[string]string
		path string
		want bool
	}{
		"one of":            {flows.What{TagsIn: map[string][]string{"env": {"prod", "staging"}}}, map[string]string{"env": "staging"}, "", true},
		"none of":           {flows.What{TagsIn: map[string][]string{"env": {"prod", "staging"}}}, map[string]string{"env": "dev"}, "", false},
		"one of, no tag":    {flows.What{TagsIn: map[string][]string{"env": {"", "prod"}}}, nil, "", false},
		"there":             {flows.What{TagsExist: []string{"env"}}, map[string]string{"env": ""}, "", true},
		"not there":         {flows.What{TagsExist: []string{"env"}}, nil, "", false},
		"equal":             {flows.What{Tags: map[string]string{"env": ""}}, nil, "", false},
		"below":             {flows.What{Under: "aws/prod"}, nil, "aws/prod/payments", true},
		"the place itself":  {flows.What{Under: "aws/prod"}, nil, "aws/prod", true},
		"only begins alike": {flows.What{Under: "aws/prod"}, nil, "aws/production", false},
	} {
		t.Run(name, func(t *testing.T) {
			spec := automatic()
			c.what.In, c.what.Type = "okta", "group"
			spec.What = []flows.What{c.what}
			w := newWorld(t, spec)
			w.target.list[0].Path = c.path
			w.tagged(c.tags)
			is(t, "covered", w.refused(ana, time.Hour) == "", c.want)
		})
	}
}

func TestTheOwnerThatATagNamesDecides(t *testing.T) {
	spec := oneStep()
	spec.Approval.Steps[0].All[0].From = flows.Selector{Kind: flows.SelectOwner, Owner: "owner"}
	for name, c := range map[string]struct {
		owner string
		asked []flows.PersonID
	}{
		"a person": {"dev@acme.example", []flows.PersonID{dev}},
		"a group":  {"database-owners", []flows.PersonID{ben, caro, dev}},
		"nobody":   {"", []flows.PersonID{eve}}, // the fallback
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, spec)
			w.tagged(map[string]string{"owner": c.owner})
			r := w.ask(ana, time.Hour)
			same(t, "asked", w.asked(r.ID), c.asked)
			w.press(c.asked[0], r.ID, true)
			is(t, "given", w.target.has(prodKey, ana), true)
		})
	}
}

func TestAlternatives(t *testing.T) {
	spec := oneStep()
	spec.Approval.Steps[0].All = []flows.Requirement{{Any: []flows.Selector{{Kind: flows.SelectManager, Manager: 1}, inGroup("security")}, N: 2}}
	w := newWorld(t, spec)
	r := w.ask(ana, time.Hour)
	is(t, "said as", w.request(r.ID).Open[0].Words, "2 of: your manager or one of security")
	w.press(caro, r.ID, true)
	is(t, "one is not enough", w.request(r.ID).State, flows.Pending)
	w.press(eve, r.ID, true)
	is(t, "two are", w.request(r.ID).State, flows.Approved)
}

func TestExemptPeopleAndConditionsNeedNobody(t *testing.T) {
	spec := oneStep()
	spec.Approval.Exempt = []flows.Selector{{Kind: flows.SelectUser, User: "dev@acme.example"}}
	spec.Approval.AutomaticIf = []flows.Condition{{Group: "database-owners", AtMost: time.Hour, PerDay: 2}}
	w := newWorld(t, spec)
	is(t, "Dev is exempt", w.ask(dev, 8*time.Hour).State, flows.Approved)
	is(t, "Ben for an hour", w.request(w.ask(ben, time.Hour).ID).State, flows.Approved)
	is(t, "Ben for two", w.request(w.ask(ben, 2*time.Hour).ID).State, flows.Pending)
	is(t, "Ben once more", w.request(w.ask(ben, time.Hour).ID).State, flows.Approved)
	is(t, "the third today", w.request(w.ask(ben, time.Hour).ID).State, flows.Pending)
	is(t, "Ana is in no such group", w.request(w.ask(ana, time.Hour).ID).State, flows.Pending)
}

func TestPastTheTotalAHumanDecides(t *testing.T) {
	spec := automatic()
	spec.HowLong.InTotal = flows.Total{Max: 3 * time.Hour, Per: 24 * time.Hour}
	spec.Approval.Fallback = []flows.Selector{inGroup("security")}
	w := newWorld(t, spec)
	is(t, "2 h", w.ask(ana, 2*time.Hour).State, flows.Approved)
	w.pass(3 * time.Hour)
	is(t, "1 h more", w.ask(ana, time.Hour).State, flows.Approved)
	r := w.ask(ana, time.Hour)
	is(t, "past it", w.request(r.ID).State, flows.Pending)
	same(t, "who decides", w.asked(r.ID), []flows.PersonID{eve})
	w.press(eve, r.ID, true)
	is(t, "a human may", w.request(r.ID).State, flows.Approved)
	w.pass(26 * time.Hour)
	is(t, "the time has rolled on", w.ask(ana, 2*time.Hour).State, flows.Approved)
}

func TestOverridesForAGroup(t *testing.T) {
	spec := oneStep()
	spec.ForGroups = []flows.Override{{Group: "database-owners", HowLong: &flows.HowLong{Max: time.Hour, Custom: true}, Approval: &flows.Approval{Steps: []flows.Step{{All: []flows.Requirement{{From: flows.Selector{Kind: flows.SelectManager, Manager: 1}}}}}}}}
	w := newWorld(t, spec)
	is(t, "Ana may have 8 h", w.refused(ana, 8*time.Hour), "")
	is(t, "Ben one", w.refused(ben, 8*time.Hour), "At most 1 h here.")
	same(t, "and his manager decides", w.asked(w.ask(ben, time.Hour).ID), []flows.PersonID{caro})
}

func TestAReasonWithAPattern(t *testing.T) {
	spec := oneStep()
	spec.Why = flows.Why{Required: true, Pattern: "OPS-[0-9]+", Hint: "the ticket"}
	w := newWorld(t, spec)
	is(t, "without", w.refused(ana, time.Hour), "The reason must match OPS-[0-9]+ (the ticket).")
	err := w.engine.CheckDraft(w.ctx, ana, flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "OPS-12: replay"})
	w.must(err)
}

func TestEscalation(t *testing.T) {
	for name, replace := range map[string]bool{"adding": false, "replacing": true} {
		t.Run(name, func(t *testing.T) {
			spec := oneStep()
			spec.Approval.Escalate = &flows.Escalate{After: time.Hour, To: []flows.Selector{inGroup("security")}, Replace: replace}
			w := newWorld(t, spec)
			r := w.ask(ana, time.Hour)
			is(t, "Eve is not asked at first", slices.Contains(w.asked(r.ID), eve), false)
			w.pass(61 * time.Minute)
			is(t, "then she is", slices.Contains(w.asked(r.ID), eve), true)
			is(t, "Ben still is", slices.Contains(w.asked(r.ID), ben), !replace)
			is(t, "in the log", slices.Contains(w.log(r.ID), "escalated"), true)
			w.press(eve, r.ID, true)
			is(t, "and decides", w.request(r.ID).State, flows.Approved)
		})
	}
}

// contracted is a flow with other terms for engineers.
func contracted(o flows.Override) flows.FlowSpec {
	spec := oneStep()
	o.Group = "engineering"
	spec.ForGroups = []flows.Override{o}
	return spec
}

func TestAnOverrideHasDefaultsOfItsOwn(t *testing.T) {
	w := newWorld(t, contracted(flows.Override{HowLong: &flows.HowLong{Choices: []time.Duration{30 * time.Minute, time.Hour}, Max: time.Hour}, Approval: &flows.Approval{Steps: []flows.Step{step(group("security"))}}}))
	r := w.ask2(ana, flows.Draft{Resource: prodDB, Reason: "replay failed payments"})
	is(t, "the first choice is usual", r.Duration, 30*time.Minute)
	is(t, "a day unless it says", r.Lapses.Sub(r.Made), flows.DefaultLapse)
	is(t, "for", r.ForGroup, "engineering")
}

func TestTheTimesOfAnOverrideHold(t *testing.T) {
	a := oneStep().Approval
	a.Lapse, a.Remind, a.Escalate = 2*time.Hour, 40*time.Minute, &flows.Escalate{After: time.Hour, To: []flows.Selector{group("security")}}
	w := newWorld(t, contracted(flows.Override{Approval: &a}))
	r := w.ask(ana, time.Hour)
	w.pass(30 * time.Minute)
	is(t, "not reminded like the others", w.request(r.ID).Reminders, 0)
	w.pass(15 * time.Minute)
	is(t, "reminded", w.request(r.ID).Reminders, 1)
	w.pass(20 * time.Minute)
	is(t, "escalated", slices.Contains(w.asked(r.ID), eve), true)
	w.pass(time.Hour)
	is(t, "lapsed", w.request(r.ID).State, flows.Lapsed)
}

func TestALongerTimeOfAnOverrideIsNotCutAndCanBeExtended(t *testing.T) {
	spec := contracted(flows.Override{HowLong: &flows.HowLong{Choices: []time.Duration{24 * time.Hour}, Max: 24 * time.Hour, Extend: flows.Extend{Times: 1, By: 24 * time.Hour}}})
	spec.HowLong.Extend = flows.Extend{}
	w := newWorld(t, spec)
	r := w.ask(ana, 24*time.Hour)
	w.press(ben, r.ID, true)
	is(t, "given for", w.grant(r.ID).Duration, 24*time.Hour)
	more := w.ask2(ana, flows.Draft{Extends: w.grant(r.ID).ID, Duration: 24 * time.Hour, Reason: "the replay takes longer"})
	w.press(ben, more.ID, true)
	is(t, "and again", w.grant(r.ID).Extended, 1)
}
