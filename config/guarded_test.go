package config

import (
	"strings"
	"testing"
)

// guardedFlow lets people ask for the groups that approve, in line 17 of the file.
func guardedFlow(t *testing.T, admins, line, rest string) string {
	text := withFlows(t, strings.Replace(one, `names: ["prod-*"], tags: {env: prod}`, line, 1)+rest)
	return strings.Replace(text, "admins: [{group: security}]", "admins: "+admins, 1)
}

func TestWhoDecidesAboutGuardedGroups(t *testing.T) {
	const asked = `names: ["*-approvers"], guarded: true`
	deny := "  - {name: no, deny: true, who: {any: [everyone]}, what: [{in: okta, type: group, name: a-*, guarded: true}]}\n"
	for _, c := range []struct{ name, admins, line, rest, want string }{
		{name: "a group of admins", admins: "[{group: security}]", line: asked},
		{name: "two admins", admins: "[{user: a@acme.com}, {user: b@acme.com}]", line: asked},
		{name: "a shift", admins: "[{user: a@acme.com}, {shift: {in: pagerduty, schedule: P1}}]", line: asked},
		{name: "one admin", admins: "[{user: a@acme.com}]", line: asked,
			want: "17:69: what[0].guarded: two admins must agree to it, but people.admins names one; name more people there, or a group"},
		{name: "one admin, twice", admins: "[{user: a@acme.com}, {user: a@acme.com}]", line: asked,
			want: "17:69: what[0].guarded: two admins must agree to it, but people.admins names one; name more people there, or a group"},
		{name: "one admin, and nothing guarded", admins: "[{user: a@acme.com}]", line: `name: x, guarded: false`},
		{name: "two admins, one of whom is wanted before", admins: "[{user: a@acme.com}, {user: cto@acme.com}]", line: asked,
			want: "17:69: what[0].guarded: two admins must agree, but those of people.admins are needed elsewhere in this approval, and one person meets one requirement; name more people, or a group"},
		{name: "in a flow that forbids", admins: "[{group: security}]", line: asked, rest: deny,
			want: "22:103: what[0].guarded: says nothing in a flow that forbids, which forbids guarded groups anyway; remove it, or deny"},
	} {
		if got := problemsOf(guardedFlow(t, c.admins, c.line, c.rest), settings()); got != c.want {
			t.Errorf("%s\n got: %s\nwant: %s", c.name, got, c.want)
		}
	}
}

// A slip in the directory's name is told where it stands, and nowhere else.
func TestASlipInTheDirectoryIsToldOnce(t *testing.T) {
	text := strings.Replace(guardedFlow(t, "[{group: security}]", `names: ["*-approvers"], guarded: true`, ""), "directory: okta", "directory: okat", 1)
	if got, want := problemsOf(text, settings()), `7:14: no integration is called "okat"; did you mean "okta"?`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
