package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallpass/app"
	"hallpass/flows"
	"hallpass/store"
)

// small is a configuration whose people stand in it, so that explain asks nobody outside. Its one flow is for a target that is not called.
const small = `
store: {dsn: "sqlite:hallpass.db"}
slack: {app_token: env:HALLPASS_TEST_APP, bot_token: env:HALLPASS_TEST_BOT, team_ids: [T01]}
people: {directory: team, link: {attribute: slackId}, admins: [{group: security}]}
integrations:
  okta: {kind: okta, api_url: "https://acme.okta.com", token: env:HALLPASS_TEST_OKTA}
  team:
    kind: file
    people:
      - {id: ana, name: Ana Silva, email: ana@acme.com, manager: caro, groups: [engineering], attributes: {slackId: U1}}
      - {id: caro, name: Caro Lind, email: caro@acme.com, groups: [engineering]}
      - {id: eve, name: Eve Moreau, email: eve@acme.com, groups: [security]}
flows:
  - name: databases
    who: {any: [{group: engineering}]}
    what: [{in: okta, type: group, name: "prod-*"}]
    how_long: {max: 8h, choices: [1h, 4h]}
    approval: {steps: [{all: [{manager: 1}]}], fallback: [{group: security}]}
`

// place is a folder with a configuration and a database that has seen prod-db.
func place(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"APP", "BOT", "OKTA"} {
		t.Setenv("HALLPASS_TEST_"+name, map[string]string{"APP": "xapp-1", "BOT": "xoxb-1", "OKTA": "x"}[name])
	}
	dir := t.TempDir()
	put(t, dir, "config.yaml", small)
	st, err := store.Open(t.Context(), store.Options{DSN: "sqlite:" + filepath.Join(dir, "hallpass.db"), Clock: app.NewClock(time.Time{}), Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Change(t.Context(), func(tx flows.Tx) error {
		for id, name := range map[flows.PersonID]string{"ana": "Ana Silva", "caro": "Caro Lind", "eve": "Eve Moreau"} {
			if err := tx.PutPerson(flows.Person{ID: id, Name: name, Email: string(id) + "@acme.com", Status: flows.StatusActive}); err != nil {
				return err
			}
		}
		return tx.PutResource(flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00g1"}, Name: "prod-db", Permissions: []string{"member"}})
	}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// command runs the command line and gives its exit status and what it printed.
func command(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(context.Background(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestExplainOnTheCommandLine(t *testing.T) {
	dir := place(t)
	conf := filepath.Join(dir, "config.yaml")
	code, out, errs := command(t, "explain", "--config", conf, "ana@acme.com", "prod-db", "--for", "4h", "--at", "2026-03-02 12:00")
	want := `Ana Silva could ask for prod-db (member) for 4 h at Mon 2 Mar 2026 12:00 UTC; people would decide, in 1 step.
  ✓ databases: covers it and decides
    ✓ who: among them
      ✓ group engineering
    ✓ what, line 1: okta group, prod-*
  ✓ how long: 4 h
    · offered: 1 h or 4 h
  · step 1 of 1
    ✓ your manager
      · Caro Lind, manager
  · fallback, where surely nobody is: group security
  · after 1 d without an answer it lapses
`
	if code != 0 || out != want {
		t.Errorf("status %d\n%s%s", code, out, errs)
	}
	code, out, _ = command(t, "explain", "--config", conf, "eve", "okta/group/00g1", "--asker")
	if code != 0 || out != "That is nothing that you can ask for.\n" {
		t.Errorf("status %d: %s", code, out)
	}
	code, out, _ = command(t, "explain", "--config", conf, "eve", "prod-db", "--json")
	var x flows.Explanation
	if err := json.Unmarshal([]byte(out), &x); code != 0 || err != nil || x.Fate != flows.FateDenied || len(x.Lines) == 0 {
		t.Errorf("status %d: %s", code, out)
	}
}

func TestExplainSaysWhatIsWrong(t *testing.T) {
	dir := place(t)
	conf := filepath.Join(dir, "config.yaml")
	for want, args := range map[string][]string{
		"say who and what for: hallpass explain ana@acme.com prod-db; or which request: hallpass explain --request R142": {},
		"nobody in the directory has the address who@acme.com":                                                           {"who@acme.com", "prod-db"},
		"no sync has seen anything called prod-x":                                                                        {"ana", "prod-x"},
		`--for: "long" is not a duration; write it like 45m, 2h, 1h30m or 1d`:                                            {"ana", "prod-db", "--for", "long"},
		`--at: "noon" is not a moment; write it like "2026-03-02 18:30" (UTC) or 2026-03-02T18:30:00+01:00`:              {"ana", "prod-db", "--at", "noon"},
		`"x" is not a request; write it like R142`:                                                                       {"--request", "x"},
		"who is nobody in the configuration.":                                                                            {"who", "prod-db"},
		"There is no request R9 here.":                                                                                   {"--request", "R9"},
	} {
		code, _, errs := command(t, append([]string{"explain", "--config", conf}, args...)...)
		if code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%v: status %d\n got %s want %s", args, code, errs, want)
		}
	}
	code, _, errs := command(t, "explain", "--config", conf, "--dsn", "sqlite:"+filepath.Join(dir, "none.db"), "ana", "prod-db")
	if code != exitWrong || !strings.Contains(errs, "there is no database at") {
		t.Errorf("status %d: %s", code, errs)
	}
}

func TestWorkedCasesOnTheCommandLine(t *testing.T) {
	dir := place(t)
	const given = "config: config.yaml\ngiven:\n  people: {ana: {manager: caro, groups: [engineering]}, caro: {}}\n  resources: {prod-db: {in: okta}}\ncases:\n"
	good := put(t, dir, "good.yaml", given+"  - {request: {by: ana, for: prod-db}, expect: {steps: [[caro]]}}\n")
	bad := put(t, dir, "bad.yaml", given+"  - {request: {by: ana, for: prod-db}, expect: automatic}\n")
	if code, out, _ := command(t, "test", good); code != 0 || out != "1 case, every one as expected\n" {
		t.Errorf("status %d: %s", code, out)
	}
	code, out, errs := command(t, "test", bad)
	if code != exitFailed || !strings.Contains(out, "bad.yaml:6: ana asks for prod-db\n  - automatic\n  + asks people\n  because:\n") {
		t.Errorf("status %d: %s%s", code, out, errs)
	}
	if code, _, errs := command(t, "test", put(t, dir, "broken.yaml", "cases: 1")); code != exitWrong || !strings.Contains(errs, "broken.yaml:1: ") {
		t.Errorf("status %d: %s", code, errs)
	}
}

func TestADifferenceOnTheCommandLine(t *testing.T) {
	dir := place(t)
	before := filepath.Join(dir, "config.yaml")
	after := put(t, dir, "new.yaml", strings.Replace(small, "approval: {steps: [{all: [{manager: 1}]}], fallback", "approval: {steps: [{all: [{group: security}]}], fallback", 1))
	wider := put(t, dir, "wider.yaml", strings.Replace(small, "who: {any: [{group: engineering}]}", "who: {any: [everyone: true]}", 1))
	for path, want := range map[string]string{
		before: "Nobody gains or loses anything.\n",
		after:  "~ 2 people get prod-db with other approval: by group security (before: manager), by flow databases\n",
		wider:  "+ eve@acme.com gains prod-db with approval by manager, for at most 4 h, by flow databases\n",
	} {
		if code, out, errs := command(t, "diff", before, path); code != 0 || out != want {
			t.Errorf("status %d: %s%s\nwant %s", code, out, errs, want)
		}
	}
	code, out, _ := command(t, "diff", before, wider, "--json")
	var list []map[string]any
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || len(list) != 1 || list[0]["gain"] != true {
		t.Errorf("status %d: %s", code, out)
	}
	world := put(t, dir, "world.yaml", "given:\n  people: {zoe: {}}\n  resources: {prod-x: {in: okta}}\n")
	if _, out, errs := command(t, "diff", before, wider, "--world", world); out != "+ zoe@example.com gains prod-x with approval by manager, for at most 4 h, by flow databases\n" {
		t.Errorf("%s%s", out, errs)
	}
}

func TestTheSchemaIsPrinted(t *testing.T) {
	code, out, _ := command(t, "schema")
	if code != 0 || !json.Valid([]byte(out)) {
		t.Errorf("status %d: %s", code, out)
	}
}
