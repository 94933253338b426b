package config

import (
	"strings"
	"testing"
)

// one is a flow of a line for each part, so that what each case changes stands in a line of its own. It begins in line 16.
const one = `  - name: databases
    who: {any: [{group: engineering}]}
    what: [{in: okta, type: group, names: ["prod-*"], tags: {env: prod}}]
    how_long: {choices: [1h, 4h], max: 4h, in_total: 8h per 7d}
    why: {reason: required}
    approval: {steps: [{all: [{user: cto@acme.com}]}], lapse: 1d}
    warn: 15m
`

// Parts of it, and of what is said.
const (
	steps       = "steps: [{all: [{user: cto@acme.com}]}]"
	fallback    = ", fallback: [{group: security}]"
	noTotal     = ", in_total: 8h per 7d"
	automatic   = "automatic: true, fallback: [{group: security}]"
	inTotalGone = `19:15: how_long.in_total: is missing, but approval.`
	sayMuch     = ` lets people through without a human; say up to how much, such as in_total: 24h per 7d, past which a human decides`
)

// contradictions put something that contradicts the rest in the place of something good.
var contradictions = []bad{
	// a bound for what needs no human, and a human past it
	{noTotal + "}\n    why: {reason: required}\n    approval: {" + steps, "}\n    approval: {" + automatic, inTotalGone + "automatic" + sayMuch},
	{noTotal + "}\n    why: {reason: required}\n    approval: {", "}\n    approval: {automatic: [{group: sre}], ", inTotalGone + "automatic" + sayMuch},
	{noTotal + "}\n    why: {reason: required}\n    approval: {", "}\n    approval: {exempt: [{group: sre}], ", inTotalGone + "exempt" + sayMuch},
	{steps, "automatic: true", "21:15: approval.fallback: is missing; past in_total a human decides, so say who, such as fallback: [{group: security}]"},
	{steps, "exempt: [{group: sre}]",
		"21:15: approval.steps: is missing; whoever meets no condition is decided by humans, so say by whom, such as steps: [{all: [{manager: 1}]}]"},
	{steps, "automatic: [{group: sre}]" + fallback,
		"21:15: approval.steps: is missing; whoever meets no condition is decided by humans, so say by whom, such as steps: [{all: [{manager: 1}]}]"},
	{"    warn: 15m\n", "    for_groups:\n      - {group: sre, how_long: {max: 1h, custom: true}, approval: {" + automatic + "}}\n",
		"23:32: for_groups[0].how_long.in_total: is missing, but for_groups[0].approval.automatic" + sayMuch},
	{"    warn: 15m\n", "    for_groups: [{group: sre, approval: {automatic: true}}]\n",
		"22:41: for_groups[0].approval.fallback: is missing; past in_total a human decides, so say who, such as fallback: [{group: security}]"},

	// for how long a shift must have been known, where it does without a human and nowhere else
	{"{group: engineering}]}\n", "{shift: {in: pagerduty, schedule: P1, known_for: 1d}}]}\n    for_groups: [{group: y, approval: {" + automatic + "}}]\n", ""},
	{steps, "exempt: [{shift: {in: pagerduty, schedule: P1, known_for: 2h}}], " + steps, ""},
	{steps, "automatic: [{shift: {in: pagerduty, schedule: P1}}], " + steps, ""},
	{steps, "automatic: [{shift: {in: pagerduty, schedule: P1}, known_for: 12h}], " + steps,
		`21:67: "known_for" does not belong here; it belongs to the shift`},
	{steps, "automatic: [{shift: {in: pagerduty, schedule: P1, known_for: 30m}}], " + steps,
		"21:77: approval.automatic[0].shift.known_for: must be from 1 h to 7 d"},
	{"{group: engineering}]}\n", "{shift: {in: pagerduty, schedule: P1, known_for: 1d}}]}\n", "17:66: who.any[0].shift.known_for: " + needless},
	{"{group: engineering}]}\n", "everyone], except: [{shift: {in: pagerduty, schedule: P1, known_for: 1d}}]}\n", "17:86: who.except[0].shift.known_for: " + needless},
	{steps, "steps: [{all: [{shift: {in: pagerduty, schedule: P1, known_for: 1d}}]}]", "21:80: approval.steps[0].all[0].shift.known_for: " + needless},
	{steps, steps + ", fallback: [{shift: {in: pagerduty, schedule: P1, known_for: 1d}}]", "21:66: approval.fallback.shift.known_for: " + needless},

	// later
	{"type: group,", "type: group, guarded: yes,", "18:45: guarded must be true or false, not text"},
	{"{all: [{user: cto@acme.com}]}", "{all: [{user: cto@acme.com}], same_person: yes}", "21:67: same_person must be true or false, not text"},
	{"{all: [{user: cto@acme.com}]}", "{all: [{user: cto@acme.com}, {user: cto@acme.com}]}",
		"21:53: approval.steps[0].all[1]: everybody named here is needed elsewhere in this approval, and one person meets one requirement; name more people, or a group, or write same_person: true"},
	{"{all: [{user: cto@acme.com}]}", "{all: [{user: cto@acme.com, at_least: 2}, {user: cto@acme.com}], same_person: true}",
		"21:31: approval.steps[0].all[0]: needs 2 people but names 1"},
	{steps, "same_person: true, " + steps, `21:16: "same_person" does not belong here; it belongs to a step`},

	// a level too high or too low
	{"    warn:", "    skip: [{group: x}]\n    warn:", `22:5: "skip" does not belong here; it belongs to who`},
	{"max: 4h", "max: 4h, warn: 1h", `19:44: "warn" does not belong here; it belongs to the flow`},

	// words
	{"env: prod", "env: {exists: false}", "18:76: exists must be true; what a tag must not be belongs under except"},
	{"env: prod", "env: {exist: true}", `18:68: unknown key "exist"; did you mean "exists"?`},
	{"env: prod", "env: []", "18:67: env is empty; fill it in or remove it"},
	{"8h per 7d", "7d per 8h", `19:54: in_total: "7d per 8h" limits nothing; write a shorter time per longer time, like 24h per 7d`},
	{"{user: cto@acme.com}", "{owner: team}", "21:39: owner must be resource, or {tag: NAME}"},
	{"{user: cto@acme.com}", "{owner: {}}", "21:39: owner.tag is missing; write {tag: NAME}"},
	{"{user: cto@acme.com}", "{user: cto@acme.com, any: [{group: x}]}", "21:31: user and any contradict each other here; put them all into any"},
	{"{user: cto@acme.com}", "{any: []}", "21:37: any is empty; fill it in or remove it"},
	{"{user: cto@acme.com}", "{any: [{group: x}, everyone]}", "21:31: approval.steps[0].all[0]: everyone cannot be an approver; name a group"},
	{"{group: engineering}", "{owner: resource}", "17:17: who.any[0]: owner is for approvers only"},
	{"reason: required", `reason: required, pattern: "["`, `20:38: why.pattern: "[" is not a regular expression`},
	{"reason: required", `ticket: {in: jira, pattern: "["}`, `20:39: why.ticket.pattern: "[" is not a regular expression`},
	{"reason: required", `ticket: {in: jira}`, `20:19: ticket.pattern is missing; write what its key looks like, such as "OPS-[0-9]+"`},
	{"reason: required", `ticket: {in: okta, pattern: O}`, `20:24: "okta" is of kind okta; one that keeps tickets is wanted here (kind: jira)`},
	{"reason: required", `ticket: {in: jira, pattern: O, assignee: me, reuse: 0}`,
		"20:52: assignee must be asker or anyone, not \"me\"\n20:63: reuse must be a whole number from 1 to 100"},
	{"reason: required", "fields: [{name: Risk!, label: R}, {name: a, label: A, kind: choice}, {name: a, label: A, choices: [x, x], kind: tekst}]",
		"20:27: why.fields[0].name: needs a name of small letters, digits and _, at most 40\n" +
			"20:45: why.fields[1].choices: needs what can be chosen, 1 to 100, none of them empty\n" +
			"20:87: name \"a\" stands twice; it is also in line 20\n" +
			"20:113: choices[1] \"x\" stands twice; it is also in line 20\n" +
			"20:123: kind must be text, choice, checkbox or person, not \"tekst\""},
	{steps, "automatic: [{}], " + steps, "21:28: a condition needs during, group, shift, at_most or per_day; to let everybody through write automatic: true"},
	{steps, "escalate: {to: [{group: x}]}, " + steps, "21:26: escalate.after is missing; say how long to wait for those who were asked, such as 1h"},
	{"    warn: 15m\n", "    for_groups: [{group: x}]\n", "22:18: for_groups[0]: say what is different for this group: how_long or approval"},
	{"    warn: 15m\n", "    deny: true\n", "19:15: how_long says nothing in a flow that forbids; remove it, or deny\n" +
		"20:10: why says nothing in a flow that forbids; remove it, or deny\n21:15: approval says nothing in a flow that forbids; remove it, or deny"},

	// windows
	{steps, "automatic: [{during: {days: weekdays, hours: \"9-18\", zone: Europe/Berln, holidays: [x]}}], " + steps,
		`21:44: days: "weekdays" does not name days of the week; write it like mon-fri, or mon,wed,sat-sun, or daily` + "\n" +
			`21:61: hours: "9-18" does not name hours; write it like 09:00-18:00, or 22:00-06:00 past midnight` + "\n" +
			`21:75: zone: there is no time zone "Europe/Berln"; did you mean Europe/Berlin?` + "\n" +
			`21:100: holidays[0]: "x" is not a day of the calendar; write it like 2026-12-24`},
	{steps, "automatic: [{during: {days: daily}}], " + steps, "21:37: during.zone is missing; write one such as Europe/Berlin, or asker"},
	{steps, "automatic: [{during: {zone: askers}}], " + steps, `21:44: zone: there is no time zone "askers"; write a name like Europe/Berlin or UTC`},
	{steps, "automatic: [{during: {hours: \"09:00-09:00\", zone: UTC}}], " + steps,
		`21:45: hours: "09:00-09:00" never opens, as it ends when it begins; write 00:00-24:00 for the whole day`},

	// durations
	{"[1h, 4h], max: 4h", "[1h, 1h], max: 1h", "19:30: how_long.choices[1]: 1 h stands twice"},
	{"max: 4h", "max: 4h, default: 2h", "19:53: how_long.default: 2 h is not one of the choices; add it there, or write custom: true"},
	{"max: 4h", "max: 4h, extend: {times: 1, by: 9h}", "19:67: how_long.extend.by: 9 h is more than max allows (4 h)"},
	{"8h per 7d", "30m per 7d", "19:54: how_long.in_total: the shortest time that can be asked for is 1 h, so nothing ever stays within 30 min"},
	{"warn: 15m", "warn: 4h", "22:11: warn: no access lasts longer than 4 h, so nobody is ever warned 4 h before its end"},
	{"lapse: 1d", "lapse: 1h, remind: 1h", "21:75: approval.remind: nobody is ever reminded: the request lapses after 1 h; write a shorter time"},
	{"lapse: 1d", "escalate: {after: 1d, to: [{group: x}]}",
		"21:74: approval.escalate.after: nobody else is ever asked: the request lapses after 1 d; write a shorter time"},

	// no end
	{"max: 4h", "max: indefinite", "19:40: max is for times with an end; access without one is offered by indefinite: true beside it"},
	{"[1h, 4h]", "[1h, 4h, indefinite]", "19:34: choices[2] is for times with an end; access without one is offered by indefinite: true beside it"},
	{"max: 4h", "max: 4h, indefinite: until revoked", "19:56: indefinite must be true or false, not text"},
	{"reason: required", "reason: required, indefinite: true", `20:29: "indefinite" does not belong here; it belongs to how_long`},
	{", max: 4h", ", indefinite: true", "19:15: how_long.max: say the longest time, such as 8h, for those who ask for an end; only `indefinite: true` alone goes without"},
	{"choices: [1h, 4h], max: 4h", "indefinite: true", "19:44: how_long.in_total: limits nothing where only access without an end is offered: a human always decides that\n" +
		"22:11: warn: nobody is ever warned: access without an end has none to be warned of; remove it"},
	{"choices: [1h, 4h], max: 4h" + noTotal + "}", "indefinite: true}", "22:11: warn: nobody is ever warned: access without an end has none to be warned of; remove it"},
	{"choices: [1h, 4h], max: 4h" + noTotal + "}\n    why: {reason: required}\n    approval: {", "indefinite: true}\n    approval: {automatic: [{group: sre}], exempt: [{group: x}], ",
		"20:27: approval.automatic: lets nobody through: only access without an end is offered here, and a human always decides that; remove it\n" +
			"20:51: approval.exempt: lets nobody through: only access without an end is offered here, and a human always decides that; remove it\n" +
			"21:11: warn: nobody is ever warned: access without an end has none to be warned of; remove it"},
	{"max: 4h", "max: 4h, default: 5h", "19:53: how_long.default: 5 h is outside what max allows (4 h)"},
	{"[1h, 4h]", "[1h, 5h]", "19:30: how_long.choices[1]: 5 h is outside what max allows (4 h)"},

	// nobody
	{steps, "automatic: [{group: sre, at_most: 30m}], " + steps,
		"21:50: approval.automatic[0].at_most: nobody can meet this: the shortest time that can be asked for is 1 h"},
	{"]}\n    what", "], except: [{group: x}], skip: [{group: y}]}\n    for_groups: [{group: y, approval: {exempt: [{group: x}], steps: [{all: [{manager: 1}]}]}}]\n    what",
		"18:26: for_groups[0].group: nobody can have this: who.skip passes the group y on to the flows below\n" +
			"18:49: for_groups[0].approval.exempt[0]: nobody can have this: who.except refuses the group x"},
	{"{user: cto@acme.com}", "{user: cto@acme.com, at_least: 2}", "21:31: approval.steps[0].all[0]: needs 2 people but names 1"},
	{"{user: cto@acme.com}", "{user: cto@acme.com}, {any: [{user: cto@acme.com}, {user: root@acme.com}]}", "21:53: approval.steps[0].all[1]: " +
		"everybody named here is needed elsewhere in this approval, and one person meets one requirement; name more people, or a group, or write same_person: true"},
	{"{group: engineering}", "{user: root@acme.com}", "21:31: approval.steps[0].all[0]: only cto@acme.com may ask and only cto@acme.com could decide, " +
		"but nobody decides their own request; name somebody else"},
}

func judged(t *testing.T) string {
	t.Helper()
	return strings.Replace(withFlows(t, one), "people:\n", "people:\n  same_human: [[cto@acme.com, root@acme.com]]\n", 1)
}

func TestEachContradictionIsSaidExactly(t *testing.T) {
	eachIsSaid(t, judged(t), contradictions)
}

// remarks are notes that a policy gets: what is changed in the one flow, or put above or below it.
var remarks = []struct{ name, good, bad, above, below, want string }{
	{name: "nothing to remark"},
	{name: "a longest time that nobody can ask for", good: "max: 4h", bad: "max: 8h",
		want: "19:40: how_long.max: nobody can ask for 8 h, as the longest choice is 4 h; add it there, or write custom: true"},
	{name: "too short to be warned", good: "warn: 15m", bad: "warn: 1h", want: "22:11: warn: whoever asks for 1 h is not warned, as that is not longer than 1 h"},
	{name: "at most more than can be asked for", good: "{" + steps, bad: "{automatic: [{group: sre, at_most: 5h}], " + steps,
		want: "21:50: approval.automatic[0].at_most: says nothing, as nobody can ask for more than 4 h"},
	{name: "an override that is too short to be warned", good: "warn: 15m\n", bad: "warn: 30m\n    for_groups: [{group: x, how_long: {max: 30m, custom: true, in_total: 1h per 1d}}]\n",
		want: "23:39: for_groups[0].how_long: nobody of x is warned, as nothing lasts longer than 30 min there and warn is 30 min"},
	{name: "more people than named, with a fallback", good: "cto@acme.com}]}]", bad: "cto@acme.com, at_least: 2}]}]" + fallback,
		want: "21:31: approval.steps[0].all[0]: needs 2 people but names 1; the others who are asked must decide instead"},
	{name: "an asker whose own decision is wanted", good: "{group: engineering}", bad: "{group: engineering}, {user: root@acme.com}",
		want: "21:31: approval.steps[0].all[0]: requests of cto@acme.com can be decided by nobody, as nobody decides their own; add a fallback"},
	{name: "one requirement for one person", good: "cto@acme.com}]}]", bad: "cto@acme.com}], same_person: true}]",
		want: "21:67: approval.steps[0].same_person: says nothing here: there is one requirement, and no step before it"},
	{name: "covered by one above", above: flow("all", "any: [everyone], except: [{group: x}]", "in: okta, type: group"),
		want: `22:11: name: this flow never decides, as flow "all" above covers the same people and things; move this one up, or let the other skip somebody`},
	{name: "not covered where one above skips", above: flow("all", "any: [{group: engineering}], skip: [{group: x}]", "in: okta, type: group, tags: {env: {exists: true}}"),
		want: `17:47: who.skip[0]: sends the group x to flow "databases", which is laxer: it needs 1 approval instead of 2`},
	{name: "not covered by other tags", above: flow("all", "any: [everyone]", "in: okta, type: group, tags: {env: [test, dev]}")},
	{name: "not covered by other people", above: flow("all", "any: [{group: x}]", "in: okta, type: group")},
	{name: "a skip into less", good: "]}\n    what", bad: "], skip: [{group: x}]}\n    what", below: lax("free", "any: [everyone]"),
		want: `17:47: who.skip[0]: sends the group x to flow "free", which is laxer: it needs no human`},
	{name: "a skip into access without an end", good: "]}\n    what", bad: "], skip: [{group: x}]}\n    what",
		below: strings.Replace(flow("more", "any: [everyone]", "in: okta, type: group"), "max: 4h", "max: 4h, indefinite: true", 1),
		want:  `17:47: who.skip[0]: sends the group x to flow "more", which is laxer: it gives access without an end`},
	{name: "a skip past one that refuses", good: "]}\n    what", bad: "], skip: [{group: x}]}\n    what", below: lax("free", "any: [everyone], except: [{group: x}]")},
	{name: "a skip into nothing", good: "]}\n    what", bad: "], skip: [{group: x}]}\n    what", below: lax("free", "any: [{group: y}]")},
	{name: "a deny with exceptions", above: "  - {name: no, deny: true, who: {any: [everyone], except: [{group: x}]}, what: [{in: okta, type: group, name: a-*, except: [{name: a-1}]}]}\n",
		want: "16:60: who.except[0]: in a flow that forbids, `except` refuses as well; to pass people on to the flows below write `skip`\n" +
			"16:124: what[0].except: in a flow that forbids, `except` refuses as well; leave these things out of the line instead"},
}

func flow(name, who, what string) string {
	return "  - name: " + name + "\n    who: {" + who + "}\n    what: [{" + what + "}]\n    how_long: {max: 4h, custom: true}\n" +
		"    approval: {steps: [{all: [{group: y, at_least: 2}]}]}\n    why: {reason: required}\n"
}

func lax(name, who string) string {
	return "  - {name: " + name + ", who: {" + who + "}, what: [{in: okta, type: group, name: prod-*}], how_long: {max: 4h, custom: true" + noTotal + "}, approval: {" + automatic + "}}\n"
}

func TestEachRemarkIsMadeExactly(t *testing.T) {
	for _, c := range remarks {
		text := strings.Replace(judged(t), c.good, c.bad, 1) + c.below
		text = strings.Replace(text, "flows:\n", "flows:\n"+c.above, 1)
		set, err := Parse("config.yaml", []byte(text), settings())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := ""
		if len(set.Notes) > 0 {
			got = strings.ReplaceAll(set.Notes.Error(), "config.yaml:", "")
		}
		if got != c.want {
			t.Errorf("%s\n got: %s\nwant: %s", c.name, got, c.want)
		}
	}
}

func TestADenyThatForbidsNothingIsAProblem(t *testing.T) {
	text := withFlows(t, flow("all", "any: [everyone]", "in: okta, type: group")+
		"  - {name: no, deny: true, who: {any: [{group: x}]}, what: [{in: okta, type: group, name: a-*}]}\n")
	want := `21:22: deny: forbids nothing, as flow "all" above covers the same people and things and decides first; move this one up`
	if got := problemsOf(text, settings()); got != want {
		t.Error(got)
	}
}

func TestWhichPatternsCover(t *testing.T) {
	for _, c := range []struct {
		wide, narrow string
		want         bool
	}{
		{"*", "*", true}, {"*", "prod-*", true}, {"*", "a/b", false}, {"*", "a[/]b", false}, {"prod-*", "prod-db", true}, {"prod-*", "prod-*-x", true},
		{"prod-*", "prod*", false}, {"prod-?", "prod-1", true}, {"prod-?", "prod-*", false}, {"a*b", "a*b", true}, {"a*b", "ab*b", false}, {"[", "a", false},
	} {
		if got := glob(c.wide, c.narrow); got != c.want {
			t.Errorf("%s covers %s: %v", c.wide, c.narrow, got)
		}
	}
}
