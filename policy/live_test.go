package policy

import (
	"context"
	"strings"
	"testing"

	"hallpass/config"
	"hallpass/flows"
)

// secretive is a directory whose schema our credential may not read.
type secretive struct{ *company }

func (secretive) Attribute(context.Context, string) (flows.Attribute, error) {
	return flows.Attribute{Name: "managerId"}, &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "Grant the service app the scope okta.schemas.read"}
}

const watched = `
slack: {app_token: env:A, bot_token: env:B, team_ids: [T01]}
people: {directory: okta, link: {address: true, sso_enforced: true}, admins: [{group: security}], same_human: [[ana@example.com, root@example.com]]}
integrations: {okta: {kind: okta, api_url: "https://acme.okta.com", token: env:O}}
flows:
  - name: databases
    who: {any: [{group: engineering}], skip: [{group: leads}]}
    what: [{in: okta, type: group}]
    how_long: {max: 8h, choices: [8h]}
    approval: {steps: [{all: [{manager: 1}, {group: owners}]}]}
`

func checked(t *testing.T, text string, groups map[string][]string, wrap func(*company) flows.Directory) (problems, notes string) {
	t.Helper()
	set, err := config.Parse("c.yaml", []byte(text), config.Options{WithoutSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	w := World{People: map[string]Person{"ana": {}, "root": {}, "ben": {}, "eve": {}, "old": {Status: "suspended"}}, Groups: groups}
	c, wrong := w.read(set)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	out := c.outside(set)
	if wrap != nil {
		out.Directory = wrap(c)
	}
	out.Titles["okta"] = "Okta"
	bad, remarks := Live(t.Context(), set, out)
	return bad.Error(), remarks.Error()
}

// rankless is a directory whose groups' admin roles our credential may not read.
type rankless struct{ *company }

func (rankless) Administers(context.Context, string) (string, error) {
	return "", &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "Grant the service app the scope okta.roles.read"}
}

func TestCheckNamesTheScopeOfRolesThatIsMissing(t *testing.T) {
	problems, _ := checked(t, watched, map[string][]string{"engineering": {"ana"}, "owners": {"eve"}, "security": {"eve"}, "leads": {"eve"}}, func(c *company) flows.Directory { return rankless{c} })
	if want := "c.yaml: Okta does not say which groups administer it, so nobody can be given any. Grant the service app the scope okta.roles.read."; problems != want {
		t.Errorf("got  %s\nwant %s", problems, want)
	}
}

func TestCheckNamesTheScopeThatIsMissing(t *testing.T) {
	problems, _ := checked(t, watched, map[string][]string{"engineering": {"ana"}, "owners": {"eve"}, "security": {"eve"}, "leads": {"eve"}}, func(c *company) flows.Directory { return secretive{c} })
	if want := "c.yaml:10:41: Okta does not say whether people can change their own managerId, so it cannot say who somebody's manager is. Grant the service app the scope okta.schemas.read."; problems != want {
		t.Errorf("got  %s\nwant %s", problems, want)
	}
}

func TestWhoCouldDecideNow(t *testing.T) {
	const at = "c.yaml:10:45: approval.steps[0].all[1]: "
	all := func(owners ...string) map[string][]string {
		return map[string][]string{"engineering": {"ana", "root"}, "owners": owners, "security": {"eve"}, "leads": {"ben"}}
	}
	const needs = "{group: owners}]"
	for name, c := range map[string]struct {
		with   string
		groups map[string][]string
		want   string
	}{
		"enough":                        {"{group: owners}]", all("eve"), ""},
		"two accounts of one human":     {"{group: owners, at_least: 2}]", all("ana", "root"), at + "needs 2 people, and 1 could decide this now"},
		"the asker's other account":     {"{group: owners}]", all("root"), at + "only ana@example.com could decide this now, who may ask too, and nobody decides their own request; add a fallback"},
		"one who is skipped cannot ask": {"{group: owners}]", all("ben"), ""},
		"any of a group and a manager":  {"{any: [{group: owners}, {manager: 2}]}]", all("root"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			problems, notes := checked(t, strings.Replace(watched, needs, c.with, 1), c.groups, nil)
			if problems != "" || notes != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", problems, notes, c.want)
			}
		})
	}
}

func TestWhoTheAdminsAre(t *testing.T) {
	guarded := strings.Replace(watched, "type: group}", "type: group, guarded: true}", 1)
	all := func(admins ...string) map[string][]string {
		return map[string][]string{"engineering": {"ana"}, "owners": {"eve"}, "leads": {"ben"}, "security": admins}
	}
	const nobody = `c.yaml:3:79: nobody who may act is in "security", and admins are needed: they hear of trouble, and end what must end; put people into the group, or name another`
	const alone = "c.yaml:8:45: what[0].guarded: two admins must agree to it, and eve@example.com is the only one now, so nobody ever gets it"
	for name, c := range map[string]struct {
		text           string
		groups         map[string][]string
		problems, note string
	}{
		"nobody":                     {watched, all("old"), nobody, ""},
		"nobody, and two are needed": {guarded, all("old"), nobody, ""},
		"one":                        {watched, all("eve"), "", ""},
		"one, and two are needed":    {guarded, all("eve"), "", alone},
		"two":                        {guarded, all("eve", "ben"), "", ""},
		"two accounts of one, and two are needed": {guarded, all("ana", "root"), "", strings.Replace(alone, "eve@", "ana@", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			problems, notes := checked(t, c.text, c.groups, nil)
			if problems != c.problems || notes != c.note {
				t.Errorf("%s\n%s\nwant\n%s\n%s", problems, notes, c.problems, c.note)
			}
		})
	}
}
