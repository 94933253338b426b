package config

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// settings is an environment in which every secret of the good file is set.
func settings() Options {
	env := map[string]string{
		"SLACK_APP_TOKEN": "xapp-the-app-token", "SLACK_BOT_TOKEN": "xoxb-the-bot-token", "OKTA_TOKEN": "the-okta-token",
		"PAGERDUTY_TOKEN": "the-pagerduty-token", "JIRA_TOKEN": "the-jira-token", "TEAMS_SECRET": "the-teams-secret", "BLANK": " ",
	}
	return Options{
		Getenv: func(name string) string { return env[name] },
		ReadFile: func(path string) ([]byte, error) {
			return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
		},
	}
}

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// problemsOf is what is wrong with a text, a line each, without the name of the file.
func problemsOf(text string, opts Options) string {
	_, err := Parse("config.yaml", []byte(text), opts)
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "config.yaml:", "")
}

// needless is what is said of known_for where a human decides anyway.
const needless = "has a meaning only where being on the shift does without a human; remove it here"

// Each case puts something bad in the place of something good.
var badSettings = []struct{ good, bad, want string }{
	// keys
	{"store:", "stor:", `1:1: unknown key "stor"; did you mean "store"?`},
	{"store:", "xyzzy:", `1:1: unknown key "xyzzy"; known here: store, witness, slack, teams, people, limits, policy, help, timing, integrations, flows, flows_file`},
	{"store:", "mail: {}\nstore:", `1:1: «mail» is not supported yet`},
	{"store:", "teams: {}\nstore:", "1:8: teams.app_id is missing; it is the client id of the bot's registration\n" +
		"1:8: teams.secret is missing; write it as env:NAME or file:PATH\n1:8: teams.tenant is missing; only people of this directory may act"},
	{"store:", teamsBlock("link: {attribute: entraId}", "tenant: acme") + "store:", "4:11: tenant must be the id of your Entra directory, such as 11111111-2222-3333-4444-555555555555"},
	{"store:", teamsBlock("link: {attribute: entraId}", "secret: hunter2") + "store:", "3:11: secret: write it as env:NAME or file:PATH; secrets never stand in this file"},
	{"store:", teamsBlock("link: {attribute: entraId}", "listen: 3978") + "store:", "6:11: listen must be text; put it in quotes"},
	{"store:", teamsBlock("link: {attribute: entraId}", "listen: nowhere") + "store:", "6:11: listen must be host:port, such as 127.0.0.1:3978"},
	{"store:", teamsBlock("link: {attribute: entraId}", "rooms: [general]") + "store:", `6:11: rooms[0] must be a channel's id such as 19:…@thread.tacv2, not its name; it stands in “Get link to channel”`},
	{"store:", teamsBlock("link: {attribute: entraId}", "token_url: http://login.example.com/{tenant}") + "store:", "6:14: token_url must be an address that begins with https://, in which {tenant} stands for the directory"},
	{"store:", teamsBlock() + "store:", "1:1: say here how Teams accounts are linked, such as link: {attribute: entraId}; slackId holds the ids of Slack"},
	{"team_ids:", "team_id:", `5:3: unknown key "team_id"; did you mean "team_ids"?`},
	{"  team_ids: [T01ACME]\n", "", `2:1: slack.team_ids is missing; only people of these workspaces may act, such as [T01ACME]`},
	{"people:", "store: {dsn: sqlite:y}\npeople:", `6:1: "store" stands twice; it is also in line 1`},
	{"{attribute: slackId}", "{attribute: slackId, attribute: x}", `8:30: "attribute" stands twice; it is also in line 8`},
	{"store:", "\"\": 1\nstore:", `1:1: a key must be a plain word`},

	// YAML itself
	{"  team_ids: [T01ACME]", "  team_ids: [T01ACME", `6:1: not valid YAML: ',' or ']' must be specified`},
	{"people:\n", "people:\n    x: 1\n", `8:3: not valid YAML: value is not allowed in this context`},
	{"env:OKTA_TOKEN", `'THE-SECRET`, `11:63: not valid YAML: could not find end character of single-quoted text`},
	{"store:", "\tstore:", `1:6: not valid YAML: tab character cannot use as a map key directly`},
	{"store:", "a: 1\n---\nstore:", `2:1: one document only; remove the line ---`},
	{"store:", "\xff:", `1:1: the file is not UTF-8 text`},
	{"store:", "# " + strings.Repeat("x", maxLine) + "\nstore:", `1:10001: this line is too long`},
	{"slackId", "!!str slackId", `8:21: tags such as !!str are not read here; write the plain value`},
	{"directory: okta", "directory: *who", `7:14: no anchor &who stands above`},
	{"{attribute: slackId}", "{<<: 1, attribute: slackId}", `8:10: << must name a mapping, such as <<: *base`},

	// types
	{"[T01ACME]", "T01ACME", `5:13: team_ids must be a list, not text`},
	{"[T01ACME]", "[]", `5:13: team_ids is empty; fill it in or remove it`},
	{"[T01ACME]", "[12]", `5:14: team_ids[0] must be text; put it in quotes`},
	{"[T01ACME]", "[acme]", `5:14: team_ids[0] must be a workspace id such as T01ACME`},
	{"{attribute: slackId}", "slackId", `8:9: link must be a mapping, not text`},
	{"directory: okta", "directory:", `7:3: directory has no value; fill it in or remove it`},
	{"directory: okta", `directory: ""`, `7:14: directory is empty; fill it in or remove it`},
	{"directory: okta", "directory: [okta]", `7:14: directory must be text, not a list`},
	{"people:", "limits: {pending: 0, per_day: ten}\npeople:", "6:19: pending must be a whole number from 1 to 10000\n" +
		"6:31: per_day must be a whole number from 1 to 10000"},
	{"people:", "timing: {proof_gap: 30}\npeople:", `6:21: "30" is not a duration; write it like 45m, 2h, 1h30m or 1d`},
	{"people:", "timing: {proof_gap: {}}\npeople:", `6:21: proof_gap must be a duration such as 2h, not a mapping`},
	{"people:", "  connections: 11\npeople:", `6:16: connections must be a whole number from 2 to 10`},
	{"people:", "  feed: {reason: maybe}\npeople:", `6:18: reason must be show or hide, not "maybe"`},
	{"people:", "  audit_channel: \"#audit\"\npeople:",
		`6:18: audit_channel must be a channel's id such as C0AUDIT, not its name; Slack shows it in the channel's details`},
	{"max: 8h", "max: 8h, custom: yes", `18:52: custom must be true or false, not text`},

	// secrets and addresses
	{"env:SLACK_APP_TOKEN", "xapp-1-THE-SECRET", `3:14: app_token: write it as env:NAME or file:PATH; secrets never stand in this file`},
	{"env:SLACK_APP_TOKEN", "env:xapp-1-THE-SECRET", `3:14: app_token: write it as env:NAME or file:PATH; secrets never stand in this file`},
	{"env:SLACK_APP_TOKEN", "[THE-SECRET]", `3:14: app_token: write it as env:NAME or file:PATH; secrets never stand in this file`},
	{"env:SLACK_APP_TOKEN", "env:SLACK_BOT_TOKEN",
		`3:14: env:SLACK_BOT_TOKEN holds a bot token; app_token is the one that begins with xapp-`},
	{"env:SLACK_BOT_TOKEN", "env:SLACK_APP_TOKEN",
		`4:14: env:SLACK_APP_TOKEN holds an app-level token; bot_token is the one that begins with xoxb-`},
	{"env:OKTA_TOKEN", "env:BLANK", `11:63: BLANK is not set`},
	{"env:OKTA_TOKEN", "file:okta", `11:63: the file okta cannot be read: file does not exist`},
	{"  app_token: env:SLACK_APP_TOKEN\n", "", `2:1: slack.app_token is missing; write it as env:NAME or file:PATH`},
	{"https://acme.okta.com", "http://acme.okta.com",
		`11:31: api_url must begin with https://; plain http is for this machine only (127.0.0.1, ::1, localhost)`},
	{"https://acme.okta.com", "http://127.0.0.1.evil.com",
		`11:31: api_url must begin with https://; plain http is for this machine only (127.0.0.1, ::1, localhost)`},
	{"https://acme.okta.com", "acme.okta.com", `11:31: api_url must be an address such as https://example.com`},
	{"https://acme.okta.com", "https://bot:THE-SECRET@acme.okta.com", `11:31: api_url must be a plain address, without user, query or fragment`},
	{"sqlite:hallpass.db", "postgres://bot:THE-SECRET@db/x", `1:14: dsn holds a password, or is not understood; write the whole of it elsewhere, and here env:NAME or file:PATH`},
	{"sqlite:hallpass.db", "hallpass.db", `1:14: dsn must be sqlite:PATH, such as sqlite:hallpass.db, postgres://USER@HOST/DATABASE, or env:NAME or file:PATH where one with a password is`},
	{"sqlite:hallpass.db", "postgres://bot@db/x?password=THE-SECRET", `1:14: dsn holds a password, or is not understood; write the whole of it elsewhere, and here env:NAME or file:PATH`},
	{"sqlite:hallpass.db", "env:OKTA_TOKEN", `1:14: what env:OKTA_TOKEN holds is no dsn of PostgreSQL, such as postgres://hallpass@db.internal/hallpass; a path of SQLite is written here`},
	{"sqlite:hallpass.db", "env:NOT_SET", `1:14: NOT_SET is not set`},

	// people
	{"{attribute: slackId}", "{address: true}",
		`8:19: linking by address needs sso_enforced: true beside it, as a promise that nobody in the workspace can choose an address freely`},
	{"{attribute: slackId}", "{address: true, sso_enforced: false}",
		`8:19: linking by address needs sso_enforced: true beside it, as a promise that nobody in the workspace can choose an address freely`},
	{"{attribute: slackId}", "{attribute: x, address: true, sso_enforced: true}", `8:9: attribute and address contradict each other; choose one`},
	{"{attribute: slackId}", "{attribute: x, sso_enforced: true}", `8:38: sso_enforced belongs to address: true only`},
	{"{attribute: slackId}", "{address: false}",
		`8:9: say how accounts are linked: {attribute: NAME}, or {address: true, sso_enforced: true}`},
	{"{group: security}", "{manager: 1}", `9:12: manager cannot be admins; name users, groups or shifts`},
	{"{group: security}", "{group: a, user: b@c}", `9:12: user and group contradict each other here; write one entry for each`},
	{"{group: security}", "{}", `9:12: name a user, group, manager, shift or everyone`},
	{"{group: security}", "{user: ana}", `9:19: user must be an address such as ana@example.com`},
	{"  admins:", "  same_human: [[a@b.c]]\n  admins:", `9:16: same_human[0] names one address; at least two make sense`},

	// integrations
	{"directory: okta", "directory: jira", `7:14: "jira" is of kind jira; one that knows people is wanted here (kind: okta or file)`},
	{"directory: okta", "directory: azure", `7:14: no integration is called "azure"; known here: okta, pagerduty, jira`},
	{"kind: pagerduty", "kind: pagerdutty",
		`12:21: no integration is of kind "pagerdutty"; the kinds are okta, pagerduty, jira and file; did you mean "pagerduty"?`},
	{"kind: pagerduty, ", "", `12:14: pagerduty.kind is missing; write one of okta, pagerduty, jira or file`},
	{"kind: pagerduty, ", "kind: pagerduty, sync: 1m, ", `12:32: unknown key "sync"; known here: kind, api_url, token`},
	{", token: env:OKTA_TOKEN", "", `11:9: okta.token is missing; write client_id, private_key and key_id of a service app, or an API token`},
	{"token: env:OKTA_TOKEN", "token: env:OKTA_TOKEN, owners: [{name: '[', owner: x}, {name: a}]",
		`11:95: "[" is not a pattern of names` + "\n" + `11:111: owners[1].owner is missing; write an address or the name of a group`},
	{"token: env:OKTA_TOKEN", "token: env:OKTA_TOKEN, manager: {profile: a b}",
		`11:98: profile must be the name of an attribute, such as slackId: letters, digits and _`},
	{"token: env:OKTA_TOKEN", "client_id: c, key_id: k", `11:9: okta.private_key is missing; a service app needs client_id, private_key and key_id`},
	{"token: env:OKTA_TOKEN", "token: env:OKTA_TOKEN, key_id: k",
		`11:63: token and client_id, private_key and key_id contradict each other; keep the service app's`},
	{"token: env:OKTA_TOKEN", "token: env:OKTA_TOKEN, sessions_outlive: never",
		`11:97: "never" is not a duration; write it like 45m, 2h, 1h30m or 1d`},
	{"project: SEC}", "project: SEC}\n  f: {kind: file, people: [{id: 1, name: A, email: a@b.c, manager: 2}, {id: 1, name: B, email: A@b.c}]}",
		"14:68: nobody has the id \"2\"; did you mean \"1\"?\n14:77: id \"1\" stands twice; it is also in line 14\n" +
			"14:96: email \"a@b.c\" stands twice; it is also in line 14"},

	// flows
	{"in: okta,", "in: octa,", `17:17: no integration is called "octa"; did you mean "okta"?`},
	{"in: okta,", "in: jira,", `17:17: "jira" is of kind jira; one that gives access is wanted here (kind: okta)`},
	{"in: jira,", "in: okta,", `23:19: "okta" is of kind okta; one that keeps tickets is wanted here (kind: jira)`},
	{"type: group", "type: grup", `17:29: type "grup" is not known; did you mean "group"?`},
	{"[member]", "[owner]", `17:86: permissions[0] "owner" is not known; known here: member`},
	{`names: ["prod-*"]`, `name: a, names: [b]`, `17:42: name and names contradict each other; keep names`},
	{`names: ["prod-*"]`, `name: "["`, `17:42: what[0].names[0]: "[" is not a pattern; use * and ? only`},
	{"    who: {any: [{group: engineering}]}\n", "", "15:5: who: say who may ask; a flow without `who` is refused"},
	{"{any: [{group: engineering}]}", "{}", "16:10: who: say who may ask; a flow without `who` is refused"},
	{"{group: engineering}", "{manager: 1}", `16:17: who.any[0]: manager is for approvers only`},
	{"{group: engineering}", "{everyone: false}", `16:28: everyone must be true; to leave somebody out use except`},
	{"{group: engineering}", "{shift: {in: pagerduty, schedule: SRE primary}}",
		`16:51: schedule must be the schedule's id such as PSRE01, not its name; PagerDuty shows it in the address of its page`},
	{"{group: engineering}", "{shift: {in: okta, schedule: P1}}",
		`16:30: "okta" is of kind okta; one that knows who is on call is wanted here (kind: pagerduty)`},
	{"{group: engineering}", "{shift: {in: pagerduty, schedule: P1, known_for: 12h}}", `16:66: who.any[0].shift.known_for: ` + needless},
	{"max: 8h", "max: 3h", `18:30: how_long.choices[1]: 4 h is outside what max allows (3 h)`},
	{"max: 8h", "max: eight hours", `18:40: "eight hours" is not a duration; write it like 45m, 2h, 1h30m or 1d`},
	{"max: 8h", "max: 8h, extend: {times: 1}", `18:52: extend.by is missing; say by how much at a time, such as {times: 1, by: 4h}`},
	{"approval:\n", "approval:\n      automatic: true\n", missingTotal + "\n20:5: approval: automatic and steps contradict each other; choose one"},
	{"{manager: 1}", "{manager: 0}", `21:32: manager must be a whole number from 1 to 20`},
	{"{manager: 1}", "{everyone: true}", `21:22: approval.steps[0].all[0]: everyone cannot be an approver; name a group`},
	{"at_least: 2", "at_least: -1", `21:62: at_least must be a whole number from 1 to 100`},
	{"{all: [{manager: 1}, {group: owners, at_least: 2}]}", "{}", "21:15: approval.steps[0]: a step needs at least one requirement under `all`"},
	{"    approval:\n      steps: [{all: [{manager: 1}, {group: owners, at_least: 2}]}]\n      remind: 15m\n", "",
		`15:5: approval: say how it is approved: automatic, or steps; a flow without approval is refused`},
	{"    approval:\n      steps: [{all: [{manager: 1}, {group: owners, at_least: 2}]}]\n      remind: 15m\n", "    approval: automatic\n",
		`20:15: approval must be a mapping, such as {steps: [{all: [{manager: 1}]}]} or {automatic: true, fallback: [{group: security}]}`},
	{"flows:\n", "flows_file: f.yaml\nflows:\n", `14:13: flows and flows_file contradict each other; choose one`},
}

const missingTotal = "18:15: how_long.in_total: is missing, but approval.automatic lets people through without a human; " +
	"say up to how much, such as in_total: 24h per 7d, past which a human decides"

func TestEachBadSettingIsSaidExactly(t *testing.T) {
	eachIsSaid(t, read(t, "good.yaml"), badSettings)
}

type bad = struct{ good, bad, want string }

func eachIsSaid(t *testing.T, good string, cases []bad) {
	t.Helper()
	if wrong := problemsOf(good, settings()); wrong != "" {
		t.Fatalf("the good file is not good:\n%s", wrong)
	}
	for _, c := range cases {
		if !strings.Contains(good, c.good) {
			t.Fatalf("the good file has no %q", c.good)
		}
		got := problemsOf(strings.Replace(good, c.good, c.bad, 1), settings())
		if got != c.want {
			t.Errorf("%s\n got: %s\nwant: %s", c.bad, got, c.want)
		}
		if strings.Contains(got, "THE-SECRET") {
			t.Errorf("%s: a secret is shown", c.bad)
		}
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	_, err := Parse("config.yaml", []byte(read(t, "everything-wrong.yaml")), settings())
	if err == nil {
		t.Fatal("no problem found")
	}
	got, want := strings.Split(err.Error(), "\n"), strings.Split(strings.TrimSpace(read(t, "everything-wrong.txt")), "\n")
	for i := range max(len(got), len(want)) {
		g, w := at(got, i), at(want, i)
		if g != w {
			t.Errorf("problem %d\n got: %s\nwant: %s", i+1, g, w)
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

func TestAFileWithoutSettings(t *testing.T) {
	const empty = "1:1: the file is empty; config.example.yaml shows what to write"
	for text, want := range map[string]string{
		"":        empty,
		"# words": empty,
		"hello":   "1:1: the file must be a mapping, not text",
		"- a":     "1:1: the file must be a mapping, not a list",
		"x-mine:": "1:1: people is missing; it says who people are\n1:1: slack is missing, and so is teams; one of them must say how to reach your people\n" +
			"1:1: integrations is missing; name at least the directory of your people\n" +
			"1:1: flows is missing; without one nobody can ask for anything",
	} {
		if got := problemsOf(text, settings()); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// teamsBlock is a good section for Teams, with these lines beside or in the place of its own.
func teamsBlock(lines ...string) string {
	all := []string{"app_id: 11111111-2222-3333-4444-555555555555", "secret: env:TEAMS_SECRET", "tenant: 99999999-8888-7777-6666-555555555555"}
	for _, line := range lines {
		key, _, _ := strings.Cut(line, ":")
		i := slices.IndexFunc(all, func(l string) bool { return strings.HasPrefix(l, key+":") })
		if i < 0 {
			all = append(all, line)
		} else {
			all[i] = line
		}
	}
	return "teams:\n  " + strings.Join(all, "\n  ") + "\n"
}
