package policy_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"hallpass/config"
	"hallpass/flows"
	"hallpass/policy"
)

// settings is everything of a configuration but its flows.
const settings = `
slack: {app_token: env:A, bot_token: env:B, team_ids: [T01]}
people: {directory: okta, link: {attribute: slackId}, admins: [{group: security}], same_human: [[ana@example.com, root@example.com]]}
integrations:
  okta: {kind: okta, api_url: "https://acme.okta.com", token: env:C}
  pagerduty: {kind: pagerduty, token: env:D}
flows:
`

const flowsNow = `
  - name: databases
    who: {any: [{group: engineering}], except: [{group: contractors}]}
    what: [{in: okta, type: group, names: ["prod-*"], tags: {env: prod}}]
    how_long: {max: 8h, choices: [1h, 4h]}
    approval:
      steps:
        - all: [{manager: 1}, {group: owners, at_least: 2}]
        - all: [{shift: {in: pagerduty, schedule: P1, level: 1}}]
      fallback: [{group: security}]
  - name: staging
    who: {any: [{everyone: true}]}
    what: [{in: okta, type: group, name: "staging-*"}]
    how_long: {max: 5d, choices: [8h], in_total: 240h per 30d}
    approval: {automatic: true, fallback: [{group: security}]}
`

const given = `
given:
  now: "2026-03-02 12:00"
  zone: Europe/Berlin
  people:
    ana: {name: Ana Silva, manager: caro, groups: [engineering]}
    ben: {groups: [engineering, owners], manager: caro}
    caro: {groups: [engineering, owners]}
    dev: {groups: [owners]}
    con: {groups: [engineering, contractors]}
    gone: {groups: [engineering], status: left}
    root: {groups: [owners]}
    eve: {groups: [security]}
  shifts: [{in: pagerduty, schedule: P1, on: [dev], until: "18:00"}]
  resources:
    prod-db: {tags: {env: prod}}
    prod-api: {tags: {env: prod}}
    staging-db: {}
    owners: {}
`

func load(t testing.TB, flows string) *config.Config {
	t.Helper()
	set, err := config.Parse("config.yaml", []byte(settings+flows), config.Options{WithoutSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func cases(t testing.TB, text string) *policy.File {
	t.Helper()
	f, err := policy.Parse("cases.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func run(t testing.TB, flows, text string) string {
	t.Helper()
	f := cases(t, given+"cases:\n"+text)
	list, err := f.Run(context.Background(), load(t, flows))
	if err != nil {
		t.Fatal(err)
	}
	out, _ := policy.Report("cases.yaml", list)
	return out
}

func TestCasesThatHold(t *testing.T) {
	got := run(t, flowsNow, `
  - name: an engineer asks for a database
    request: {by: ana, for: prod-db, how_long: 4h}
    expect: {steps: [[caro, {of: [ben, caro, dev], at_least: 2}], [dev]], longest: 4h, flow: databases}
  - name: one's own second account is nobody
    request: {by: root, for: staging-db}
    expect: {outcome: automatic, longest: 8h}
  - {request: {by: con, for: prod-db}, expect: denied}
  - name: past the total a human decides
    given: {used: 235h}
    request: {by: dev, for: staging-db}
    expect: {steps: [[eve]]}
  - {request: {by: gone, for: staging-db}, expect: denied}
  - {request: {by: dev, for: prod-db}, expect: denied}
  - name: groups that decide cannot be asked for
    request: {by: ana, for: owners}
    expect: denied
  - name: longer than the flow gives
    request: {by: ana, for: prod-db, how_long: 9h}
    expect: {outcome: denied, longest: 4h}
  - name: without an end where that is not offered
    request: {by: ana, for: prod-db, how_long: indefinite}
    expect: denied
  - name: nobody on call
    given: {shifts: []}
    request: {by: ana, for: prod-db}
    expect: {steps: [[caro, {of: [ben, caro, dev], at_least: 2}], [eve]]}
  - name: the directory is silent
    given: {silent: [okta]}
    request: {by: ana, for: prod-db}
    expect: unknown
  - name: PagerDuty is silent
    given: {silent: [pagerduty]}
    request: {by: ana, for: prod-db}
    expect: {steps: [[caro, {of: [ben, caro, dev], at_least: 2}], [not known]]}
  - name: the first human is the asker
    given: {people: {ana: {manager: ana, groups: [engineering]}}}
    request: {by: ana, for: prod-db}
    expect: {steps: [[eve, {of: [ben, caro, dev], at_least: 2}], [dev]]}
`)
	if strings.Contains(got, "root") || got != "13 cases, every one as expected\n" {
		// root is ana's second account: it never stands among those who could decide for her
		t.Error(got)
	}
}

func TestCasesOfAccessWithoutAnEnd(t *testing.T) {
	got := run(t, strings.Replace(flowsNow, "max: 5d,", "max: 5d, indefinite: true,", 1), `
  - name: people decide, though nobody has to about a time
    request: {by: dev, for: staging-db, how_long: indefinite}
    expect: {steps: [[eve]], longest: indefinite}
  - name: which is the longest
    request: {by: dev, for: staging-db, how_long: until revoked}
    expect: {outcome: automatic, longest: 5d}
`)
	want := `cases.yaml:25: which is the longest
  - automatic
  - at most 5 d
  + asks people
  + until revoked
  because:
    dev could ask for staging-db (member) until revoked at Mon 2 Mar 2026 12:00 CET; people would decide, in 1 step.
      ✗ databases: not about this thing
        ✗ what, line 1: its name matches none of prod-*
      ✓ staging: covers it and decides
        ✓ who: among them
          ✓ everyone
        ✓ what, line 1: okta group, staging-*
      ✓ how long: until revoked
        · offered: 8 h or until revoked
      ✗ without asking anybody
        ✗ people always decide about access without an end
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestACaseThatFailsSaysWhatCameAndWhy(t *testing.T) {
	got := run(t, flowsNow, `
  - name: staging needs a yes
    request: {by: dev, for: staging-db}
    expect: {steps: [[caro]], longest: 8h}
`)
	want := `cases.yaml:22: staging needs a yes
  - asks people
    at most 8 h
  - step 1: caro
  + automatic
  because:
    dev would get staging-db (member) for 8 h at Mon 2 Mar 2026 12:00 CET at once.
      ✗ databases: not about this thing
        ✗ what, line 1: its name matches none of prod-*
      ✓ staging: covers it and decides
        ✓ who: among them
          ✓ everyone
        ✓ what, line 1: okta group, staging-*
      ✓ how long: 8 h
        · offered: 8 h
      ✓ without asking anybody
        ✓ in total: 0 s of 10 d per 30 d used; with this 8 h
        ✓ automatic, whenever it is asked for
1 of 1 case did not come out as expected
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMistakesInAFileNameTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"cases:\n  - {request: {by: ana}, expect: denied}":                              "cases.yaml:2: request.for is missing; name one of the resources",
		"cases:\n  - {request: {by: ana, for: x}}":                                      "cases.yaml:2: expect is missing; write denied, automatic, or {steps: [[ana, [ben, caro]]], longest: 8h}",
		"cases:\n  - {request: {by: ana, for: x}, expect: perhaps}":                     `cases.yaml:2: expect: the outcome is denied, automatic, unknown or asks, not "perhaps"`,
		"cases:\n  - {request: {by: ana, for: x}, expect: {steps: 1}}":                  "cases.yaml:2: expect.steps is a list of steps, each a list of requirements: one person, a list of those who could, or {of: [ana, ben], at_least: 2}",
		"cases:\n  - {request: {by: ana, for: x}, expect: {longest: ages}}":             `cases.yaml:2: expect.longest: "ages" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"cases:\n  - {request: {by: ana, for: x}, expect: {lenght: 8h}}":                "cases.yaml:2: expect.lenght is not known; write outcome, flow, longest or steps",
		"given: {people: {ana: {}}}\ncases:\n  - {requests: {by: ana}, expect: denied}": `cases.yaml:3: unknown field "requests"`,
		"x-a: " + strings.Repeat("[", 20_000):                                           "cases.yaml:1: the file or one of its lines is too long",
		"cases: [":                                                                      "cases.yaml:1: sequence end token ']' not found",
	} {
		_, err := policy.Parse("cases.yaml", []byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestMistakesInAWorldNameTheirCase(t *testing.T) {
	for text, want := range map[string]string{
		"{request: {by: nobody, for: prod-db}, expect: denied}":                                    `request.by: "nobody" is not among the people`,
		"{request: {by: ana, for: nothing}, expect: denied}":                                       `request.for: "nothing" is not among the resources`,
		"{request: {by: ana, for: prod-db, how_long: long}, expect: denied}":                       `request.how_long: "long" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"{given: {now: noon}, request: {by: ana, for: prod-db}, expect: denied}":                   `now: "noon" is not a moment; write it like 2026-03-02 12:00`,
		"{given: {groups: {x: [who]}}, request: {by: ana, for: prod-db}, expect: denied}":          `groups.x: "who" is not among the people`,
		"{given: {shifts: [{known_for: long}]}, request: {by: ana, for: prod-db}, expect: denied}": `shifts[0].known_for: "long" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"{given: {silent: [mars]}, request: {by: ana, for: prod-db}, expect: denied}":              `silent: no integration is called "mars"`,
		"{given: {people: {x: {manager: y}}}, request: {by: x, for: prod-db}, expect: denied}":     `people.x: the manager "y" is not among the people`,
	} {
		f := cases(t, given+"cases:\n  - "+text)
		_, err := f.Run(t.Context(), load(t, flowsNow))
		if err == nil || err.Error() != "cases.yaml:21: "+want {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
}

func diff(t testing.TB, before, after string) []flows.Change {
	t.Helper()
	set := load(t, after)
	town, err := cases(t, given).Town(set)
	if err != nil {
		t.Fatal(err)
	}
	list, err := policy.Diff(t.Context(), policy.Of(load(t, before)), policy.Of(set), town)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const (
	twoSteps  = "manager and 2 of group owners, then on shift P1, level 1"
	untilUsed = "without approval up to 10 d per 30 d in total"
	automatic = "approval: {automatic: true, fallback: [{group: security}]}"
)

func TestWhoGainsAndWhoLoses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":             {"", "", "Nobody gains or loses anything.\n"},
		"what nobody can use": {"max: 8h", "max: 12h", "Nobody gains or loses anything.\n"},
		"a wider group": {"{group: engineering}", "{group: engineering}, {group: owners}",
			"+ 2 people gain prod-api and prod-db with approval by " + twoSteps + ", for at most 4 h, by flow databases\n"},
		"an except less": {", except: [{group: contractors}]", "",
			"+ con@example.com gains prod-api and prod-db with approval by " + twoSteps + ", for at most 4 h, by flow databases\n"},
		"longer":                  {"choices: [1h, 4h]", "choices: [1h, 8h]", "+ 3 people get prod-api and prod-db for at most 8 h (before: 4 h), by flow databases\n"},
		"shorter":                 {"choices: [1h, 4h]", "choices: [1h]", "- 3 people get prod-api and prod-db for at most 1 h (before: 4 h), by flow databases\n"},
		"extended":                {"choices: [1h, 4h]", "choices: [1h, 4h], extend: {times: 2, by: 1h}", "+ 3 people get prod-api and prod-db extended 2 times by 1 h (before: never), by flow databases\n"},
		"without an end":          {"max: 8h", "max: 8h, indefinite: true", "+ 3 people get prod-api and prod-db for at most 4 h or until revoked (before: 4 h), by flow databases\n"},
		"only that":               {"{max: 8h, choices: [1h, 4h]}", "{indefinite: true}", "+ 3 people get prod-api and prod-db until revoked (before: 4 h), by flow databases\n"},
		"beside no approval":      {"max: 5d,", "max: 5d, indefinite: true,", "+ 7 people get staging-db for at most 8 h or, with approval, until revoked (before: 8 h), by flow staging\n"},
		"a reason more":           {"    approval:\n", "    why: {reason: required, at_least: 10}\n    approval:\n", "- 3 people get prod-api and prod-db on giving a reason of 10 characters (before: nothing), by flow databases\n"},
		"a step less":             {"        - all: [{shift: {in: pagerduty, schedule: P1, level: 1}}]\n", "", "+ 3 people get prod-api and prod-db with less approval: by manager and 2 of group owners (before: " + twoSteps + "), by flow databases\n"},
		"one of two":              {"at_least: 2", "at_least: 1", "+ 3 people get prod-api and prod-db with less approval: by manager and group owners, then on shift P1, level 1 (before: " + twoSteps + "), by flow databases\n"},
		"others":                  {"{manager: 1}", "{group: security}", "~ 3 people get prod-api and prod-db with other approval: by group security and 2 of group owners, then on shift P1, level 1 (before: " + twoSteps + "), by flow databases\n"},
		"others where nobody is":  {"fallback: [{group: security}]\n  - name: staging", "fallback: [{group: owners}]\n  - name: staging", "~ 3 people get prod-api and prod-db with other approval: where nobody is there by group owners (before: group security), by flow databases\n"},
		"others after a silence":  {"      fallback: [{group: security}]\n", "      fallback: [{group: security}]\n      escalate: {after: 1h, to: [{group: security}]}\n", "+ 3 people get prod-api and prod-db with less approval: after 1 h also group security (before: no escalation), by flow databases\n"},
		"a thing less":            {`"prod-*"`, "prod-db", "- 3 people lose prod-api (before: with approval, by flow databases)\n"},
		"forbidden":               {"  - name: databases", "  - {name: frozen, deny: true, who: {any: [{group: owners}]}, what: [{in: okta, type: group, name: staging-db}]}\n  - name: databases", "- 4 people lose staging-db: flow frozen forbids it (before: without approval, by flow staging)\n"},
		"another total":           {"240h per 30d", "120h per 30d", "- 7 people get staging-db without approval up to 5 d per 30 d in total (before: 10 d per 30 d in total), by flow staging\n"},
		"without people":          {automatic, "approval: {steps: [{all: [{group: owners}]}]}", "- 7 people get staging-db with approval by group owners (before: " + untilUsed + "), by flow staging\n"},
		"only another name":       {"name: staging\n", "name: stages\n", "Nobody gains or loses anything.\n"},
		"another name and longer": {"name: staging\n    who: {any: [{everyone: true}]}\n    what: [{in: okta, type: group, name: \"staging-*\"}]\n    how_long: {max: 5d, choices: [8h]", "name: stages\n    who: {any: [{everyone: true}]}\n    what: [{in: okta, type: group, name: \"staging-*\"}]\n    how_long: {max: 5d, choices: [1d]", "+ 7 people get staging-db for at most 1 d (before: 8 h), by flow stages (before: staging)\n"},
		"given and taken":         {"choices: [8h], in_total: 240h per 30d", "choices: [1d], in_total: 120h per 30d", "+ 7 people get staging-db for at most 1 d (before: 8 h); without approval up to 5 d per 30 d in total (before: 10 d per 30 d in total), by flow staging\n"},
		"under conditions": {"approval: {automatic: true,", "approval: {automatic: [{group: owners, at_most: 8h}], steps: [{all: [{group: owners}]}],",
			"- 3 people get staging-db with approval by group owners (before: " + untilUsed + "), by flow staging\n" +
				"- 4 people get staging-db " + untilUsed + " (in owners, at most 8 h), else with approval by group owners (before: " + untilUsed + "), by flow staging\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(flowsNow, c.old) {
				t.Fatal("the flow has no " + c.old)
			}
			if got := policy.Words(diff(t, flowsNow, strings.Replace(flowsNow, c.old, c.new, 1))); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestOtherConditionsAreADifference(t *testing.T) {
	conditional := strings.Replace(flowsNow, "approval: {automatic: true,", "approval: {automatic: [{group: owners, at_most: 8h}], steps: [{all: [{group: owners}]}],", 1)
	for to, want := range map[string]string{
		"at_most: 16h":            "+ 4 people get staging-db without approval under wider conditions: in owners, at most 16 h (before: in owners, at most 8 h), by flow staging\n",
		"at_most: 8h, per_day: 1": "- 4 people get staging-db without approval under narrower conditions: in owners, at most 8 h, once a day (before: in owners, at most 8 h), by flow staging\n",
		"during: {days: mon-fri, hours: \"09:00-17:00\", zone: Europe/Berlin}": "~ 4 people get staging-db without approval under other conditions: on weekdays from 09:00 to 17:00 in Berlin, in owners (before: in owners, at most 8 h), by flow staging\n",
	} {
		if got := policy.Words(diff(t, conditional, strings.Replace(conditional, "at_most: 8h", to, 1))); got != want {
			t.Errorf("got %s want %s", got, want)
		}
	}
}

// Whoever may ask may come on call one day, so the condition is told to all of them.
func TestBeingOnCallIsACondition(t *testing.T) {
	conditional := strings.Replace(flowsNow, "approval: {automatic: true,", "approval: {automatic: [{shift: {in: pagerduty, schedule: P1}, at_most: 8h}], steps: [{all: [{group: owners}]}],", 1)
	got := policy.Words(diff(t, conditional, strings.Replace(conditional, "schedule: P1}, at", "schedule: P1, known_for: 6h}, at", 1)))
	if want := "+ 7 people get staging-db without approval under wider conditions: on call for P1, as planned for 6 h, at most 8 h (before: on call for P1, as planned for 12 h, at most 8 h), by flow staging\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestADifferenceAsJSON(t *testing.T) {
	text, err := json.MarshalIndent(diff(t, flowsNow, strings.Replace(flowsNow, ", except: [{group: contractors}]", "", 1)), "", " ")
	want := `[
 {
  "gain": true,
  "loss": false,
  "from": {
   "way": "none"
  },
  "to": {
   "way": "asks people",
   "flow": "databases",
   "longest": "4 h",
   "approval": "manager and 2 of group owners, then on shift P1, level 1",
   "fallback": "group security"
  },
  "permission": "member",
  "people": [
   "con@example.com"
  ],
  "resources": [
   "prod-api",
   "prod-db"
  ]
 }
]`
	if err != nil || string(text) != want {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestADifferenceIsNotTakenForNoneWhenNobodyAnswers(t *testing.T) {
	set := load(t, flowsNow)
	f := cases(t, given)
	f.Given.Silent = []string{"okta"}
	town, err := f.Town(set)
	if err != nil {
		t.Fatal(err)
	}
	_, err = policy.Diff(t.Context(), policy.Of(set), policy.Of(set), town)
	if err == nil || err.Error() != "Okta does not answer, so it is not known what would change." {
		t.Error(err)
	}
}

const exampleCases = "../config.example.test.yaml"

// Every flow of the example has worked cases, and they hold.
func TestTheExampleDoesWhatItsCasesSay(t *testing.T) {
	f, err := policy.Read(exampleCases)
	if err != nil {
		t.Fatal(err)
	}
	set, err := f.Configuration("")
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.Run(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	if text, failed := policy.Report("config.example.test.yaml", list); failed > 0 {
		t.Error(text)
	}
	text, err := os.ReadFile(exampleCases)
	for _, flow := range set.Flows {
		if !strings.Contains(string(text), "flow: "+flow.Name) && !flow.Deny {
			t.Errorf("no case expects the flow %s (%v)", flow.Name, err)
		}
	}
}
