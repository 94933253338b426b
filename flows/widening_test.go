package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

func policyOf(t *testing.T, guarded []string, specs ...flows.FlowSpec) *flows.Policy {
	t.Helper()
	var list []*flows.Flow
	for _, s := range specs {
		f, problems := flows.NewFlow(s)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		list = append(list, f)
	}
	return flows.NewPolicy(list, guarded, "okta")
}

func TestWhatSurelyNarrows(t *testing.T) {
	type edit func(f *flows.FlowSpec)
	for _, c := range []struct {
		name    string
		edit    edit
		narrows bool // one way; the other way widens
		both    bool // it narrows the other way too
	}{
		{"nothing", func(*flows.FlowSpec) {}, true, true},
		{"a reminder", func(f *flows.FlowSpec) { f.Approval.Remind = time.Hour }, true, true},
		{"a warning", func(f *flows.FlowSpec) { f.Warn = time.Hour }, true, true},
		{"tickets", func(f *flows.FlowSpec) { f.Tickets.In = "jira" }, true, true},
		{"an except of people", func(f *flows.FlowSpec) { f.Who.Except = []flows.Selector{inGroup("contractors")} }, true, false},
		{"an except of things", func(f *flows.FlowSpec) { f.What[0].Except = []flows.Match{{Name: "prod-hr"}} }, true, false},
		{"fewer people", func(f *flows.FlowSpec) { f.Who.Any = []flows.Selector{inGroup("sre")} }, true, false},
		{"somebody skipped", func(f *flows.FlowSpec) { f.Who.Skip = []flows.Selector{inGroup("sre")} }, true, false},
		{"other people", func(f *flows.FlowSpec) { f.Who.Any = []flows.Selector{inGroup("finance")} }, false, false},
		{"fewer names", func(f *flows.FlowSpec) { f.What[0].Names = []string{"prod-db", "prod-a*"} }, false, false},
		{"one of the names", func(f *flows.FlowSpec) { f.What[0].Names = []string{"prod-db"} }, true, false},
		{"a tag wanted", func(f *flows.FlowSpec) { f.What[0].Tags = map[string]string{"env": "prod"} }, true, false},
		{"a tag that must be there", func(f *flows.FlowSpec) { f.What[0].TagsExist = []string{"env"} }, true, false},
		{"a place", func(f *flows.FlowSpec) { f.What[0].Under = "/prod" }, true, false},
		{"guarded groups too", func(f *flows.FlowSpec) { f.What[0].Guarded = true }, false, true},
		{"permissions", func(f *flows.FlowSpec) { f.What[0].Permissions = []string{"member"} }, true, false},
		{"a shorter time", func(f *flows.FlowSpec) { f.HowLong.Max = 4 * time.Hour }, true, false},
		{"only the choices", func(f *flows.FlowSpec) { f.HowLong.Custom = false }, true, false},
		{"no extension", func(f *flows.FlowSpec) { f.HowLong.Extend = flows.Extend{} }, true, false},
		{"access until revoked", func(f *flows.FlowSpec) { f.HowLong.Indefinite = true }, false, true},
		{"nothing but access until revoked", func(f *flows.FlowSpec) { f.HowLong = flows.HowLong{Indefinite: true} }, false, false},
		{"a total", func(f *flows.FlowSpec) { f.HowLong.InTotal = flows.Total{Max: time.Hour, Per: 24 * time.Hour} }, true, false},
		{"a longer reason", func(f *flows.FlowSpec) { f.Why.AtLeast = 50 }, true, false},
		{"a pattern", func(f *flows.FlowSpec) { f.Why.Pattern = "OPS-[0-9]+" }, true, false},
		{"a hint", func(f *flows.FlowSpec) { f.Why.Hint = "what for?" }, true, true},
		{"one more step", func(f *flows.FlowSpec) {
			f.Approval.Steps = append([]flows.Step{step(group("security"))}, f.Approval.Steps...)
		}, true, false},
		{"one more requirement", func(f *flows.FlowSpec) {
			f.Approval.Steps[0].All = append(f.Approval.Steps[0].All, flows.Requirement{From: manager(2)})
		}, true, false},
		{"two of them", func(f *flows.FlowSpec) { f.Approval.Steps[1].All[0].N = 2 }, true, false},
		{"the same person twice", func(f *flows.FlowSpec) { f.Approval.Steps[0].SamePerson = true }, false, true},
		{"other deciders", func(f *flows.FlowSpec) { f.Approval.Steps[0].All[0].From = group("engineering") }, false, false},
		{"steps the other way round", func(f *flows.FlowSpec) {
			f.Approval.Steps = []flows.Step{f.Approval.Steps[1], f.Approval.Steps[0]}
		}, false, false},
		{"no fallback", func(f *flows.FlowSpec) { f.Approval.Fallback = nil }, true, false},
		{"an exemption", func(f *flows.FlowSpec) { f.Approval.Exempt = []flows.Selector{inGroup("sre")} }, false, true},
		{"automatic", func(f *flows.FlowSpec) { f.Approval = flows.Approval{Automatic: true} }, false, true},
		{"automatic at times", func(f *flows.FlowSpec) { f.Approval.AutomaticIf = []flows.Condition{{AtMost: time.Hour}} }, false, true},
		{"automatic on a shift", func(f *flows.FlowSpec) { f.Approval.AutomaticIf = []flows.Condition{{Shift: onCall().Shift}} }, false, true},
		{"somebody else after a while", func(f *flows.FlowSpec) {
			f.Approval.Escalate = &flows.Escalate{After: time.Hour, To: []flows.Selector{inGroup("sre")}}
		}, false, true},
		{"longer for a group", func(f *flows.FlowSpec) {
			f.ForGroups = []flows.Override{{Group: "sre", HowLong: &flows.HowLong{Max: 24 * time.Hour, Custom: true}}}
		}, false, false},
		{"forbidden", func(f *flows.FlowSpec) { f.Deny = true }, true, false},
		{"another name", func(f *flows.FlowSpec) { f.Name = "other" }, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := usual(), usual()
			before.Who.Any = append(before.Who.Any, inGroup("sre"))
			after.Who.Any = append(after.Who.Any, inGroup("sre"))
			before.What[0].Names, after.What[0].Names = []string{"prod-db", "prod-b*"}, []string{"prod-db", "prod-b*"}
			c.edit(&after)
			a, b := policyOf(t, nil, before), policyOf(t, nil, after)
			is(t, "there", flows.Narrows(a, b), c.narrows)
			is(t, "and back", flows.Narrows(b, a), c.both)
		})
	}
}

func TestFlowsTogether(t *testing.T) {
	named := func(name string, s flows.FlowSpec) flows.FlowSpec { s.Name = name; return s }
	things := func(s flows.FlowSpec, names ...string) flows.FlowSpec {
		s.What = []flows.What{{In: "okta", Type: "group", Names: names}}
		return s
	}
	deny := flows.FlowSpec{Name: "frozen", Deny: true, Who: flows.Who{Any: []flows.Selector{everyone()}}, What: things(usual(), "prod-*").What}
	strict, lax := usual(), named("lax", automatic())
	fewer := usual()
	fewer.Who.Any = []flows.Selector{inGroup("engineering")}
	strict.Who.Any = append(strict.Who.Any, inGroup("sre"))
	for _, c := range []struct {
		name          string
		before, after []flows.FlowSpec
		narrows       bool
	}{
		{"a flow that is new", nil, []flows.FlowSpec{strict}, false},
		{"a flow that is gone", []flows.FlowSpec{strict}, nil, true},
		{"gone from above a laxer one", []flows.FlowSpec{strict, lax}, []flows.FlowSpec{lax}, false},
		{"gone from above one for other things", []flows.FlowSpec{strict, things(lax, "dev-*")}, []flows.FlowSpec{things(lax, "dev-*")}, true},
		{"a stricter one above", []flows.FlowSpec{lax}, []flows.FlowSpec{usual(), lax}, true},
		{"a laxer one above", []flows.FlowSpec{usual()}, []flows.FlowSpec{lax, usual()}, false},
		{"a laxer one below", []flows.FlowSpec{usual()}, []flows.FlowSpec{usual(), lax}, false},
		{"another order", []flows.FlowSpec{usual(), lax}, []flows.FlowSpec{lax, usual()}, false},
		{"fewer people above a laxer one", []flows.FlowSpec{strict, lax}, []flows.FlowSpec{fewer, lax}, false},
		{"fewer people alone", []flows.FlowSpec{strict}, []flows.FlowSpec{fewer}, true},
		{"a deny flow more", []flows.FlowSpec{usual()}, []flows.FlowSpec{deny, usual()}, true},
		{"a deny flow less", []flows.FlowSpec{deny, usual()}, []flows.FlowSpec{usual()}, false},
		{"a deny flow for less", []flows.FlowSpec{things(deny, "prod-*", "dev-*"), usual()}, []flows.FlowSpec{things(deny, "prod-db"), usual()}, false},
		{"a deny flow for more", []flows.FlowSpec{things(deny, "prod-db"), usual()}, []flows.FlowSpec{deny, usual()}, true},
		{"a deny flow further down", []flows.FlowSpec{deny, usual()}, []flows.FlowSpec{usual(), deny}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			is(t, "narrows", flows.Narrows(policyOf(t, nil, c.before...), policyOf(t, nil, c.after...)), c.narrows)
		})
	}
	is(t, "a group more is guarded", flows.Narrows(policyOf(t, []string{"a"}, usual()), policyOf(t, []string{"a", "b"}, usual())), true)
	is(t, "a group less", flows.Narrows(policyOf(t, []string{"a", "b"}, usual()), policyOf(t, []string{"a"}, usual())), false)
}

// The first line that covers decides: one that does not say guarded refuses what is guarded.
func TestALineThatIsGoneMayFreeWhatItGuarded(t *testing.T) {
	before, after := usual(), usual()
	open := flows.What{In: "okta", Type: "group", Tags: map[string]string{"env": "prod"}, Guarded: true}
	before.What = []flows.What{{In: "okta", Type: "group", Names: []string{"prod-*"}}, open}
	after.What = []flows.What{open}
	is(t, "narrows", flows.Narrows(policyOf(t, nil, before), policyOf(t, nil, after)), false)
	before.What[0].Guarded = true
	is(t, "narrows, where it let people ask too", flows.Narrows(policyOf(t, nil, before), policyOf(t, nil, after)), true)
}

// The first line that covers decides: without a line, what it excepted may come to a line below.
func TestALineThatIsGoneMayFreeWhatItExcepted(t *testing.T) {
	before, after := usual(), usual()
	before.What = []flows.What{{In: "okta", Type: "group", Names: []string{"prod-*"}, Except: []flows.Match{{Name: "prod-hr"}}}, {In: "okta", Type: "group", Tags: map[string]string{"env": "prod"}}}
	after.What = before.What[1:]
	is(t, "narrows", flows.Narrows(policyOf(t, nil, before), policyOf(t, nil, after)), false)
}

func TestAShiftThatMustBeKnownForLongerNarrows(t *testing.T) {
	known := func(d time.Duration) flows.Selector { s := onCall(); s.KnownFor = d; return s }
	for name, put := range map[string]func(f *flows.FlowSpec, d time.Duration){
		"condition": func(f *flows.FlowSpec, d time.Duration) {
			f.Approval.AutomaticIf = []flows.Condition{{Shift: onCall().Shift, KnownFor: d}}
		},
		"exempt": func(f *flows.FlowSpec, d time.Duration) { f.Approval.Exempt = []flows.Selector{known(d)} },
		"who": func(f *flows.FlowSpec, d time.Duration) {
			f.Who.Any, f.Approval = []flows.Selector{known(d)}, flows.Approval{Automatic: true}
		},
		"who, beside a group": func(f *flows.FlowSpec, d time.Duration) {
			f.Who.Any, f.Approval = []flows.Selector{inGroup("engineering"), known(d)}, flows.Approval{Automatic: true}
		},
	} {
		of := func(d time.Duration) *flows.Policy {
			s, lax := usual(), automatic()
			put(&s, d)
			lax.Name = "lax" // what the first flow covers must not be handed down
			return policyOf(t, nil, s, lax)
		}
		is(t, name+": longer", flows.Narrows(of(6*time.Hour), of(0)), true)
		is(t, name+": shorter", flows.Narrows(of(0), of(6*time.Hour)), false)
		is(t, name+": the usual, written out", flows.Narrows(of(0), of(12*time.Hour)) && flows.Narrows(of(12*time.Hour), of(0)), true)
	}
	with, without := oneStep(), oneStep()
	with.Approval.AutomaticIf = []flows.Condition{{AtMost: time.Hour, Shift: onCall().Shift}}
	without.Approval.AutomaticIf = []flows.Condition{{AtMost: time.Hour}}
	is(t, "one must be on the shift too", flows.Narrows(policyOf(t, nil, without), policyOf(t, nil, with)), true)
	is(t, "no more", flows.Narrows(policyOf(t, nil, with), policyOf(t, nil, without)), false)
}
