package flows_test

import (
	"bytes"
	"testing"
	"time"

	"hallpass/flows"
)

func TestProblemsOfAFlow(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *flows.FlowSpec)
		path   string
		said   string
	}{
		{"no name", func(s *flows.FlowSpec) { s.Name = "" }, "name", "a flow needs a name"},
		{"no who", func(s *flows.FlowSpec) { s.Who.Any = nil }, "who", "say who may ask; a flow without `who` is refused"},
		{"an empty selector", func(s *flows.FlowSpec) { s.Who.Any = []flows.Selector{{}} }, "who.any[0]", "name a user, group, manager, shift or everyone"},
		{"a group without a name", func(s *flows.FlowSpec) { s.Who.Any = []flows.Selector{group("")} }, "who.any[0]", "group needs a name"},
		{"a user without an address", func(s *flows.FlowSpec) { s.Who.Except = []flows.Selector{{Kind: flows.SelectUser}} }, "who.except[0]", "user needs an address"},
		{"a manager who asks", func(s *flows.FlowSpec) { s.Who.Any = []flows.Selector{manager(1)} }, "who.any[0]", "manager is for approvers only"},
		{"a shift without a schedule", func(s *flows.FlowSpec) {
			s.Who.Any = []flows.Selector{{Kind: flows.SelectShift, Shift: &flows.Shift{In: "pagerduty"}}}
		}, "who.any[0]", "shift needs in and schedule"},
		{"no what", func(s *flows.FlowSpec) { s.What = nil }, "what", "say what can be asked for; a flow without `what` is refused"},
		{"no integration", func(s *flows.FlowSpec) { s.What[0].In = "" }, "what[0].in", "name the integration"},
		{"no type", func(s *flows.FlowSpec) { s.What[0].Type = "" }, "what[0].type", "name the type of resource, such as group"},
		{"a pattern that is none", func(s *flows.FlowSpec) { s.What[0].Names = []string{"prod-["} }, "what[0].names[0]", `"prod-[" is not a pattern; use * and ? only`},
		{"an empty except", func(s *flows.FlowSpec) { s.What[0].Except = []flows.Match{{}} }, "what[0].except[0]", "name or tags are needed"},
		{"no longest time", func(s *flows.FlowSpec) { s.HowLong.Max = 0 }, "how_long.max", "say the longest time, such as 8h"},
		{"times without a longest", func(s *flows.FlowSpec) { s.HowLong.Max, s.HowLong.Indefinite = 0, true }, "how_long.max", "say the longest time, such as 8h, for those who ask for an end; only `indefinite: true` alone goes without"},
		{"a total of what has no end", func(s *flows.FlowSpec) {
			s.HowLong = flows.HowLong{Indefinite: true, InTotal: flows.Total{Max: time.Hour, Per: 24 * time.Hour}}
		}, "how_long.in_total", "limits nothing where only access without an end is offered: a human always decides that"},
		{"a choice that is too long", func(s *flows.FlowSpec) { s.HowLong.Choices = []time.Duration{9 * time.Hour} }, "how_long.choices[0]", "9 h is outside what max allows (8 h)"},
		{"a default that is too long", func(s *flows.FlowSpec) { s.HowLong.Default = 9 * time.Hour }, "how_long.default", "9 h is outside what max allows (8 h)"},
		{"nothing to choose", func(s *flows.FlowSpec) { s.HowLong.Choices, s.HowLong.Custom = nil, false }, "how_long", "offer choices, a default, or custom: true"},
		{"extended by nothing", func(s *flows.FlowSpec) { s.HowLong.Extend = flows.Extend{Times: 1} }, "how_long.extend", "needs times and by, such as {times: 1, by: 4h}"},
		{"a negative reason", func(s *flows.FlowSpec) { s.Why.AtLeast = -1 }, "why.at_least", "must not be negative"},
		{"no approval", func(s *flows.FlowSpec) { s.Approval = flows.Approval{} }, "approval", "say how it is approved: automatic, or steps; a flow without approval is refused"},
		{"a step of nobody", func(s *flows.FlowSpec) { s.Approval.Steps[1].All = nil }, "approval.steps[1]", "a step needs at least one requirement under `all`"},
		{"everyone approves", func(s *flows.FlowSpec) { s.Approval.Steps[0] = step(flows.Selector{Kind: flows.SelectEveryone}) }, "approval.steps[0].all[0]", "everyone cannot be an approver; name a group"},
		{"a manager of no level", func(s *flows.FlowSpec) { s.Approval.Steps[0] = step(manager(0)) }, "approval.steps[0].all[0]", "manager needs a level, 1 for the direct one"},
		{"fewer than none", func(s *flows.FlowSpec) { s.Approval.Steps[0].All[0].N = -1 }, "approval.steps[0].all[0]", "the number of approvals must be positive"},
		{"a lapse before it is asked", func(s *flows.FlowSpec) { s.Approval.Lapse = -time.Hour }, "approval", "remind and lapse must not be negative"},
		{"a warning after the end", func(s *flows.FlowSpec) { s.Warn = -time.Minute }, "warn", "must not be negative"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := usual()
			c.change(&spec)
			f, problems := flows.NewFlow(spec)
			is(t, "no flow", f == nil, true)
			same(t, "problems", problems, []flows.Problem{{Path: c.path, Sentence: c.said}})
		})
	}
}

func TestEveryProblemAtOnce(t *testing.T) {
	_, problems := flows.NewFlow(flows.FlowSpec{})
	var at []string
	for _, p := range problems {
		at = append(at, p.Path)
	}
	same(t, "paths", at, []string{"name", "who", "what", "how_long.max", "approval"})
}

func TestWhatAFlowLeavesOpenIsFilledIn(t *testing.T) {
	f, _ := flows.NewFlow(usual())
	is(t, "lapse", f.Approval.Lapse, 24*time.Hour)
	is(t, "remind", f.Approval.Remind, 15*time.Minute)
	is(t, "the first choice", f.HowLong.Default, time.Hour)
	free := usual()
	free.HowLong.Choices = nil
	f, _ = flows.NewFlow(free)
	is(t, "else the longest", f.HowLong.Default, 8*time.Hour)
}

func TestAFlowIsKnownByItsHash(t *testing.T) {
	f, _ := flows.NewFlow(usual())
	again, _ := flows.NewFlow(usual())
	is(t, "the same", f.Hash(), again.Hash())
	is(t, "64 digits", len(f.Hash()), 64)
	other := usual()
	other.Approval.Steps[0].All[0].N = 2
	changed, _ := flows.NewFlow(other)
	is(t, "another", f.Hash() == changed.Hash(), false)
	back, err := flows.ReadFlow(f.Text())
	if err != nil || back.Hash() != f.Hash() || !bytes.Equal(back.Text(), f.Text()) {
		t.Errorf("read back as %s, %v", back.Hash(), err)
	}
	_, err = flows.ReadFlow([]byte("{"))
	is(t, "broken text", err == nil, false)
}
