package cli_test

import (
	"os"
	"strings"
	"testing"

	"hallpass/demo"
	"hallpass/sandbox"
	"hallpass/sandbox/faults"
)

// acme is the company, and its configuration with something else in the place of something good.
func acme(t *testing.T, changes ...string) (*sandbox.Company, string) {
	t.Helper()
	company, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = company.Close() })
	path, err := demo.Files(t.TempDir(), company, demo.DefaultTiming)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(string(text), changes[i]) {
			t.Fatalf("there is no %q in\n%s", changes[i], text)
		}
		text = []byte(strings.Replace(string(text), changes[i], changes[i+1], 1))
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return company, path
}

// said is what was printed, without the path before the name of the file.
func said(text, path string) string { return strings.ReplaceAll(text, path, "config.yaml") }

func TestCheckAsksTheDirectoryAndWhoIsOnCall(t *testing.T) {
	const manager, twoOfSRE = "- all: [{manager: 1}]", "- all: [{group: sre, at_least: 2}]"
	for name, c := range map[string]struct {
		changes  []string
		company  func(*sandbox.Company)
		problems string
		notes    string
	}{
		"all is there": {},
		"names that nobody has, and one that the file itself tells": {
			changes: []string{"any: [{group: engineering}]", "any: [{group: enginering}, {user: ana.sliva@acme.example}]", "except: [{group: contractors}]", "except: [{group: enginering}]",
				"schedule: PSRE01", "schedule: PSRE10", "warn: 10m", "warn: 9h"},
			problems: `config.yaml:23:25: Okta has no group called "enginering"; did you mean "engineering"?
config.yaml:23:45: nobody in Okta has the address "ana.sliva@acme.example"; did you mean "ana.silva@acme.example"?
config.yaml:23:88: Okta has no group called "enginering"; did you mean "engineering"?
config.yaml:31:51: PagerDuty has no schedule PSRE10; did you mean PSRE01 (SRE primary)?
config.yaml:35:11: warn: no access lasts longer than 8 h, so nobody is ever warned 9 h before its end`},
		"people write their own manager and account": {
			company: func(c *sandbox.Company) { c.Okta.SetOwn("", "managerId", true); c.Okta.SetOwn("", "slackId", true) },
			problems: `config.yaml:12:21: Okta lets people change their own slackId, so it cannot say whose a chat account is. An admin of Okta sets its “User permission” to Read-Only, under Directory → Profile Editor, for every type of user.
config.yaml:30:27: Okta lets people change their own managerId, so it cannot say who somebody's manager is. An admin of Okta sets its “User permission” to Read-Only, under Directory → Profile Editor, for every type of user.`},
		"a manager attribute that Okta does not have": {
			changes:  []string{"kind: okta,", "kind: okta, manager: {profile: bossId},"},
			problems: `config.yaml:30:27: Okta has no attribute bossId for people, and the configuration needs it to say who somebody's manager is. Name the right one, or add it.`},
		"people write their own time zone": {
			changes: []string{"approval: {automatic: true, fallback: [{group: security}]}",
				"approval: {automatic: [{during: {zone: asker}}], steps: [{all: [{group: sre}]}], fallback: [{group: security}]}"},
			company:  func(c *sandbox.Company) { c.Okta.SetOwn("", "timezone", true) },
			problems: `config.yaml:44:44: Okta lets people change their own timezone, so it cannot say which time zone somebody is in. An admin of Okta sets its “User permission” to Read-Only, under Directory → Profile Editor, for every type of user.`},
		"somebody who may not act": {
			changes: []string{manager, "- all: [{user: ben.okafor@acme.example}]"},
			company: func(c *sandbox.Company) { _ = c.Okta.Suspend(sandbox.BenOkta) },
			notes:   "note: config.yaml:30:24: ben.okafor@acme.example may not act now, by Okta (suspended)\n"},
		"too few in a group": {
			changes: []string{manager, "- all: [{group: security, at_least: 2}]"},
			notes:   "note: config.yaml:30:17: approval.steps[0].all[0]: needs 2 people, and 1 could decide this now\n"},
		"an asker who is one of two": {
			changes: []string{manager, twoOfSRE},
			notes:   "note: config.yaml:30:17: approval.steps[0].all[0]: when ben.okafor@acme.example asks, 1 could decide this and 2 are needed, as nobody decides their own request\n"},
		"an asker who would be the only one": {
			changes: []string{manager, "- all: [{group: sre}]", "      fallback: [{group: security}]\n", ""},
			company: func(c *sandbox.Company) { _ = c.Okta.RemoveMember(sandbox.SREGroup, sandbox.DevOkta) },
			notes:   "note: config.yaml:30:17: approval.steps[0].all[0]: only ben.okafor@acme.example could decide this now, who may ask too, and nobody decides their own request; add a fallback\n"},
		"nobody in a group": {
			changes: []string{manager, "- all: [{group: sre}]", "      fallback: [{group: security}]\n", ""},
			company: func(c *sandbox.Company) {
				_ = c.Okta.RemoveMember(sandbox.SREGroup, sandbox.DevOkta)
				_ = c.Okta.RemoveMember(sandbox.SREGroup, sandbox.BenOkta)
			},
			notes: "note: config.yaml:30:17: approval.steps[0].all[0]: nobody could decide this now, and there is no fallback\n"},
		"one person in two steps": {
			changes: []string{manager, "- all: [{group: security}]\n        - all: [{group: security}]"},
			notes:   "note: config.yaml:31:17: approval.steps[1].all[0]: everybody who could decide this now is needed elsewhere in this approval, and one person meets one requirement\n"},
		"one person in two requirements of a step that allows it": {
			changes: []string{manager, "- {all: [{group: security}, {user: eve.moreau@acme.example}], same_person: true}"}},
		"Okta does not answer": {
			changes: []string{manager, "- all: [{group: nobody-knows}]", "schedule: PSRE01", "schedule: PSRE01"},
			company: func(c *sandbox.Company) { c.Okta.Faults.Set(faults.Fault{Kind: faults.Unavailable}) },
			notes:   "note: config.yaml: Okta has trouble (503): the groups and people of Okta were not checked\n"},
		"PagerDuty does not answer": {
			company: func(c *sandbox.Company) { c.PagerDuty.Faults.Set(faults.Fault{Kind: faults.Unavailable}) },
			notes:   "note: config.yaml: PagerDuty has trouble (503): the schedules of PagerDuty were not checked\n"},
	} {
		t.Run(name, func(t *testing.T) {
			company, path := acme(t, c.changes...)
			if c.company != nil {
				c.company(company)
			}
			status, out, errs := run(t, "check", path)
			notes, _, fine := strings.Cut(said(out, path), "config.yaml is fine")
			if got := strings.TrimSpace(said(errs, path)); got != c.problems || (status == 2) != (c.problems != "") {
				t.Errorf("status %d\n got: %s\nwant: %s", status, got, c.problems)
			}
			if notes != c.notes || fine != (c.problems == "") {
				t.Errorf("notes\n got: %s\nwant: %s", notes, c.notes)
			}
		})
	}
}

func TestACredentialThatCannotBeOneIsAProblem(t *testing.T) {
	_, path := acme(t, "token: file:secrets/okta-token,", "client_id: c, key_id: k, private_key: file:secrets/okta-token,")
	status, _, errs := run(t, "check", path)
	if want := "config.yaml: integrations.okta: private_key for Okta is not a key in PEM; RSA and EC P-256 are understood\n"; status != 2 || said(errs, path) != want {
		t.Errorf("status %d: %s", status, errs)
	}
}

func TestCheckOfflineAsksNobody(t *testing.T) {
	company, path := acme(t, "any: [{group: engineering}]", "any: [{group: nobody-knows}]")
	status, out, errs := run(t, "check", "--offline", path)
	if status != 0 || !strings.Contains(out, "is fine") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	for name, s := range company.Faults() {
		if calls := s.Calls(); len(calls) > 0 {
			t.Errorf("%s was asked: %v", name, calls)
		}
	}
}
