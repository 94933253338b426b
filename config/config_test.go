package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

func good(t *testing.T, pairs ...string) *Config {
	t.Helper()
	text := strings.NewReplacer(pairs...).Replace(read(t, "good.yaml"))
	c, err := Parse("config.yaml", []byte(text), settings())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatIsLeftOutHasDefaults(t *testing.T) {
	c := good(t, "store: {dsn: \"sqlite:hallpass.db\"}\n", "")
	if c.Store.DSN.Reveal() != DefaultDSN || c.Witness.File != "" {
		t.Errorf("store %v, witness %v", c.Store, c.Witness)
	}
	if want := (Limits{Pending: 10, PerDay: 30}); c.Limits != want {
		t.Errorf("limits %v", c.Limits)
	}
	if want := (Timing{CallTimeout: 10 * time.Second, ProofGap: 30 * time.Second}); c.Timing != want {
		t.Errorf("timing %v", c.Timing)
	}
	if s := c.Slack; s.APIURL != "https://slack.com/api/" || s.Connections != 2 || c.HideReason || c.Feed != (flows.Place{}) {
		t.Errorf("slack %+v", s)
	}
	okta, _ := c.Integration("okta")
	if k := okta.Okta; k.Sync != 10*time.Minute || k.Manager != "managerId" || k.TagsFrom != "" || k.SessionsOutlive.Known {
		t.Errorf("okta %+v", k)
	}
	if pd, _ := c.Integration("pagerduty"); pd.PagerDuty.APIURL != "https://api.pagerduty.com" {
		t.Errorf("pagerduty %+v", pd.PagerDuty)
	}
	if _, ok := c.Integration("nobody"); ok {
		t.Error("an integration that is not there was found")
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	c := good(t, "team_ids: [T01ACME]", "team_ids: [T01ACME, E02]\n  api_url: http://127.0.0.1:9/api/\n  audit_channel: C0A\n  connections: 3\n"+
		"  feed: {reason: hide}", "token: env:OKTA_TOKEN", "client_id: c, private_key: env:OKTA_TOKEN, key_id: k, sync: 1m, "+
		"tags_from: {profile: tags}, owner_from: {profile: managedBy}, owners: [{name: \"prod-*\", owner: ana@acme.com}], manager: {profile: boss}, sessions_outlive: 90m",
		"people:\n", "people:\n  same_human: [[Ana@acme.com, root@acme.com]]\n",
		"{group: security}", "{group: security}, {user: CTO@acme.com}, {shift: {in: pagerduty, schedule: P1, level: 2}}")
	if s := c.Slack; s.APIURL != "http://127.0.0.1:9/api/" || s.Connections != 3 || !c.HideReason || c.Feed != (flows.Place{Platform: "slack", Workspace: "T01ACME", Channel: "C0A"}) || len(s.TeamIDs) != 2 {
		t.Errorf("slack %+v", s)
	}
	okta, _ := c.Integration("okta")
	want := &Okta{APIURL: "https://acme.okta.com", ClientID: "c", PrivateKey: NewSecret("the-okta-token", "env:OKTA_TOKEN"), KeyID: "k",
		Sync: time.Minute, TagsFrom: "tags", OwnerFrom: "managedBy", Owners: []Owner{{"prod-*", "ana@acme.com"}}, Manager: "boss", SessionsOutlive: flows.Residual{For: 90 * time.Minute, Known: true}}
	if !reflect.DeepEqual(okta.Okta, want) {
		t.Errorf("okta %+v", okta.Okta)
	}
	if want := [][]string{{"ana@acme.com", "root@acme.com"}}; !reflect.DeepEqual(c.People.SameHuman, want) {
		t.Errorf("same human %v", c.People.SameHuman)
	}
	admins := []flows.Selector{{Kind: flows.SelectGroup, Group: "security"}, {Kind: flows.SelectUser, User: "cto@acme.com"},
		{Kind: flows.SelectShift, Shift: &flows.Shift{In: "pagerduty", Schedule: "P1", Level: 2}}}
	if !reflect.DeepEqual(c.People.Admins, admins) || c.People.Link.ByAddress() {
		t.Errorf("people %+v", c.People)
	}
}

func TestAFlowIsReadWhole(t *testing.T) {
	f := good(t).Flows[0]
	want := flows.FlowSpec{
		Name:    "databases",
		Who:     flows.Who{Any: []flows.Selector{{Kind: flows.SelectGroup, Group: "engineering"}}},
		What:    []flows.What{{In: "okta", Type: "group", Names: []string{"prod-*"}, Tags: map[string]string{"tier": "1"}, Permissions: []string{"member"}}},
		HowLong: flows.HowLong{Choices: []time.Duration{time.Hour, 4 * time.Hour}, Default: time.Hour, Max: 8 * time.Hour},
		Why:     flows.Why{Required: true},
		Approval: flows.Approval{Steps: []flows.Step{{All: []flows.Requirement{
			{From: flows.Selector{Kind: flows.SelectManager, Manager: 1}}, {From: flows.Selector{Kind: flows.SelectGroup, Group: "owners"}, N: 2}}}},
			Remind: 15 * time.Minute, Lapse: flows.DefaultLapse},
		Tickets: flows.TicketRule{In: "jira", IssueType: "Task"},
	}
	if !reflect.DeepEqual(f.FlowSpec, want) {
		t.Errorf("got  %+v\nwant %+v", f.FlowSpec, want)
	}
}

func TestAFileDirectoryIsRead(t *testing.T) {
	c := good(t, "directory: okta", "directory: team", "project: SEC}", "project: SEC}\n  team: {kind: file, people: [{id: 1, name: Ana, email: ANA@acme.com, "+
		"title: Boss, groups: [g], status: suspended, attributes: {slackId: U1}}, {id: p2, name: Ben, email: ben@acme.com, manager: 1}]}")
	team, _ := c.Integration("team")
	want := &File{People: []FilePerson{
		{Person: flows.Person{ID: "1", Login: "ana@acme.com", Email: "ana@acme.com", Name: "Ana", Title: "Boss", Status: flows.StatusSuspended,
			Attributes: map[string]string{"slackId": "U1"}}, Groups: []string{"g"}},
		{Person: flows.Person{ID: "p2", Login: "ben@acme.com", Email: "ben@acme.com", Name: "Ben", Status: flows.StatusActive}, Manager: "1"},
	}}
	if team.Kind != KindFile || !reflect.DeepEqual(team.File, want) {
		t.Errorf("got %+v", team.File)
	}
}

func TestShortFormsMeanTheLongOnes(t *testing.T) {
	short := good(t, "names: [\"prod-*\"]", "name: prod-*", "{any: [{group: engineering}]}", "{any: [everyone]}", "manager: 1", "owner: resource")
	long := good(t, "{any: [{group: engineering}]}", "{any: [{everyone: true}]}", "manager: 1", "owner: {tag: owner}")
	if short.PolicyHash != long.PolicyHash {
		t.Errorf("%+v\n%+v", short.Flows[0].FlowSpec, long.Flows[0].FlowSpec)
	}
}

func TestThePolicyHashFollowsFlowsAndTheirOrder(t *testing.T) {
	second := "\n  - {name: second, who: {any: [everyone]}, what: [{in: okta, type: group}], how_long: {max: 1h, custom: true}, approval: {steps: [{all: [{manager: 1}]}]}}"
	one, two := good(t), good(t, "issue_type: Task}", "issue_type: Task}"+second)
	other := good(t, "flows:", "flows:"+second)
	if one.PolicyHash == two.PolicyHash || two.PolicyHash == other.PolicyHash || len(one.PolicyHash) != 64 {
		t.Errorf("%s %s %s", one.PolicyHash, two.PolicyHash, other.PolicyHash)
	}
	if same := good(t, "PerDay", "x", "project: SEC", "project: OPS"); same.PolicyHash != one.PolicyHash {
		t.Error("the hash changed with something that is no flow")
	}
}

func TestAnchorsAndMerges(t *testing.T) {
	c := good(t, "store:", "x-base: &base {max: 2h, custom: true}\nx-empty:\nstore:", "{choices: [1h, 4h], max: 8h}", "{<<: *base, max: 3h}")
	if h := c.Flows[0].HowLong; h.Max != 3*time.Hour || !h.Custom {
		t.Errorf("how long: %+v", h)
	}
	c = good(t, "store:", "x-a: &a {max: 2h}\nx-b: &b {<<: *a, custom: true}\nstore:", "{choices: [1h, 4h], max: 8h}", "{<<: [*b, *a]}")
	if h := c.Flows[0].HowLong; h.Max != 2*time.Hour || !h.Custom {
		t.Errorf("how long: %+v", h)
	}
}

func TestAMistakeBehindAnAnchorIsSaidOnceAndWhereItStands(t *testing.T) {
	text := strings.NewReplacer("store:", "x-admins: &a {group: g, colour: red}\nstore:", "[{group: security}]", "[*a, *a]").Replace(read(t, "good.yaml"))
	want := `1:25: unknown key "colour"; known here: user, group, manager, shift, owner, everyone`
	if got := problemsOf(text, settings()); got != want {
		t.Errorf("got %s", got)
	}
}

func TestWindowsEndingsAndMarks(t *testing.T) {
	text := "\ufeff" + strings.ReplaceAll(read(t, "good.yaml"), "\n", "\r\n")
	if got := problemsOf(text, settings()); got != "" {
		t.Error(got)
	}
}

// dir is a folder with files, and the path of its config.yaml.
func dir(t *testing.T, files map[string]string) string {
	t.Helper()
	d := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(d, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(d, "config.yaml")
}

func load(path string) (*Config, error) {
	return Load(path, Options{Getenv: settings().Getenv})
}

func TestPathsStartFromTheFolderOfTheFile(t *testing.T) {
	text := strings.NewReplacer("slack:", "witness: {file: head}\nslack:", "env:OKTA_TOKEN", "file:okta.token").Replace(read(t, "good.yaml"))
	path := dir(t, map[string]string{"config.yaml": text, "okta.token": "  from-a-file\n"})
	c, err := load(path)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(path)
	okta, _ := c.Integration("okta")
	if okta.Okta.Token.Reveal() != "from-a-file" || okta.Okta.Token.From() != "file:okta.token" {
		t.Error("the secret was not read from its file")
	}
	if c.Store.DSN.Reveal() != "sqlite:"+filepath.Join(folder, "hallpass.db") || c.Witness.File != filepath.Join(folder, "head") {
		t.Errorf("store %s, witness %s", c.Store.DSN.Reveal(), c.Witness.File)
	}
}

func TestFlowsMayStandInAFileOfTheirOwn(t *testing.T) {
	settings, policy, _ := strings.Cut(read(t, "good.yaml"), "flows:\n")
	settings += "flows_file: flows.yaml\n"
	policy = "x-mine: 1\nflows:\n" + policy
	c, err := load(dir(t, map[string]string{"config.yaml": settings, "flows.yaml": policy}))
	if err != nil {
		t.Fatal(err)
	}
	if want := good(t).PolicyHash; c.PolicyHash != want {
		t.Errorf("hash %s, want %s", c.PolicyHash, want)
	}
	for text, want := range map[string]string{
		strings.Replace(policy, "max: 8h", "maxx: 8h", 1):  `flows.yaml:6:35: unknown key "maxx"; did you mean "max"?`,
		strings.Replace(policy, "in: okta", "in: okto", 1): `flows.yaml:5:17: no integration is called "okto"; did you mean "okta"?`,
		"":        "flows.yaml:1:1: the file is empty; it must hold flows:",
		"flow: 1": `flows.yaml:1:1: unknown key "flow"; did you mean "flows"?`,
		"a: [":    "flows.yaml:1:4: not valid YAML: sequence end token ']' not found",
	} {
		path := dir(t, map[string]string{"config.yaml": settings, "flows.yaml": text})
		_, err := load(path)
		if got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestAFileThatIsNotThere(t *testing.T) {
	_, err := Load("nowhere/config.yaml", Options{})
	var p Problems
	if !errors.As(err, &p) || err.Error() != "nowhere/config.yaml: the file cannot be read: no such file or directory" {
		t.Errorf("got %v", err)
	}
}
