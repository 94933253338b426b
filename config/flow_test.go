package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/flows/when"
)

// fullFlows are a flow that says everything, beside one that forbids.
const fullFlows = `  - name: never
    deny: true
    who: {any: [everyone], skip: [{group: root}]}
    what: [{in: okta, type: group, name: secret}]
  - name: whole
    who: {any: [{group: a}], except: [{user: EVE@acme.com}], skip: [{group: b}]}
    what:
      - {in: okta, type: group, under: /x, tags: {env: prod, team: [a, 2], owner: {exists: true}, also: {exists: true}}, except: [{tags: {tier: [x]}}]}
    how_long: {choices: [1h], max: 8h, custom: true, indefinite: true, in_total: 24h per 7d}
    why:
      pattern: "[a-z]"
      ticket: {in: jira, pattern: "OPS-[0-9]+"}
      fields: [{name: risk, label: How risky?, kind: choice, choices: [low, high], required: true}, {name: note, label: Note}]
    approval:
      automatic: [{during: {zone: UTC}}, {during: {days: mon-fri, hours: "22:00-06:00", zone: Europe/Berlin, holidays: [2026-12-25]}, group: c, at_most: 1h, per_day: 2}]
      exempt: [{group: d}]
      steps: [{all: [{any: [{manager: 1}, {owner: {tag: team}}], at_least: 2}, {owner: resource}]}]
      escalate: {after: 1h, to: [{group: e}], replace: true}
    for_groups:
      - {group: f, how_long: {choices: [30m], max: 30m, in_total: 1h per day}}
      - {group: i, how_long: {indefinite: true}}
      - {group: g, approval: {steps: [{all: [{group: h}]}], lapse: 1h}}
`

func flowsOf(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("config.yaml", []byte(withFlows(t, text)), settings())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// withFlows is the good file with other flows.
func withFlows(t testing.TB, text string) string {
	t.Helper()
	before, _, _ := strings.Cut(read(t, "good.yaml"), "flows:\n")
	return before + "flows:\n" + text
}

func group(name string) flows.Selector { return flows.Selector{Kind: flows.SelectGroup, Group: name} }

func TestTheWholeLanguageIsRead(t *testing.T) {
	c := flowsOf(t, fullFlows)
	berlin := when.Window{Days: when.Weekdays, From: 22 * 60, To: 6 * 60, Zone: "Europe/Berlin", Holidays: []when.Date{{Year: 2026, Month: 12, Day: 25}}}
	short := flows.HowLong{Choices: []time.Duration{30 * time.Minute}, Default: 30 * time.Minute, Max: 30 * time.Minute, InTotal: flows.Total{Max: time.Hour, Per: 24 * time.Hour}}
	want := flows.FlowSpec{
		Name: "whole",
		Who:  flows.Who{Any: []flows.Selector{group("a")}, Except: []flows.Selector{{Kind: flows.SelectUser, User: "eve@acme.com"}}, Skip: []flows.Selector{group("b")}},
		What: []flows.What{{In: "okta", Type: "group", Under: "/x", Tags: map[string]string{"env": "prod"}, TagsIn: map[string][]string{"team": {"a", "2"}},
			TagsExist: []string{"also", "owner"}, Except: []flows.Match{{TagsIn: map[string][]string{"tier": {"x"}}}}}},
		HowLong: flows.HowLong{Choices: []time.Duration{time.Hour}, Default: time.Hour, Max: 8 * time.Hour, Custom: true, Indefinite: true,
			InTotal: flows.Total{Max: 24 * time.Hour, Per: 7 * 24 * time.Hour}},
		Why: flows.Why{Pattern: "[a-z]", Ticket: &flows.TicketNeed{In: "jira", Pattern: "OPS-[0-9]+", Reuse: 3}, Fields: []flows.FormField{
			{Name: "risk", Label: "How risky?", Kind: flows.FieldChoice, Choices: []string{"low", "high"}, Required: true},
			{Name: "note", Label: "Note", Kind: flows.FieldText}}},
		Approval: flows.Approval{
			AutomaticIf: []flows.Condition{{During: &when.Window{Days: when.Daily, To: when.EndOfDay, Zone: "UTC"}},
				{During: &berlin, Group: "c", AtMost: time.Hour, PerDay: 2}},
			Exempt: []flows.Selector{group("d")},
			Steps: []flows.Step{{All: []flows.Requirement{
				{Any: []flows.Selector{{Kind: flows.SelectManager, Manager: 1}, {Kind: flows.SelectOwner, Owner: "team"}}, N: 2},
				{From: flows.Selector{Kind: flows.SelectOwner, Owner: "owner"}}}}},
			Escalate: &flows.Escalate{After: time.Hour, To: []flows.Selector{group("e")}, Replace: true},
			Remind:   flows.DefaultRemind, Lapse: flows.DefaultLapse},
		ForGroups: []flows.Override{{Group: "f", HowLong: &short}, {Group: "i", HowLong: &flows.HowLong{Indefinite: true}}, {Group: "g", Approval: &flows.Approval{
			Steps: []flows.Step{{All: []flows.Requirement{{From: group("h")}}}}, Remind: flows.DefaultRemind, Lapse: time.Hour}}},
	}
	if got := c.Flows[1].FlowSpec; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %+v", c.Flows[1].Text(), want)
	}
	if never := c.Flows[0]; !never.Deny || never.Who.Skip[0].Group != "root" {
		t.Errorf("never: %s", never.Text())
	}
	if want := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "root", "security"}; !reflect.DeepEqual(c.Guarded, want) {
		t.Errorf("guarded: %v", c.Guarded)
	}
	if len(c.Notes) != 0 {
		t.Errorf("notes: %v", c.Notes)
	}
}
