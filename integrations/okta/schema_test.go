package okta

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hallpass/flows"
	stand "hallpass/sandbox/okta"
)

func own(t *testing.T, o *Okta, name string) bool {
	t.Helper()
	a, err := o.Attribute(t.Context(), name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return a.Own
}

func TestTheSchemaSaysWhatPeopleCanWriteThemselves(t *testing.T) {
	t.Parallel()
	now := time.Now()
	org := acme(t, nil)
	o := client(t, org, nil, func(c *Config) { c.Now = func() time.Time { return now } })
	for name, want := range map[string]bool{"managerId": false, flows.AttributeManager: false, flows.AttributeZone: false, "slackId": false, "firstName": true} {
		if got := own(t, o, name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if a, err := o.Attribute(t.Context(), flows.AttributeManager); a.Name != "managerId" || err != nil {
		t.Errorf("the manager stands in %q, %v", a.Name, err)
	}
	if _, err := o.Attribute(t.Context(), "slackID"); !errors.Is(err, flows.ErrNotFound) {
		t.Errorf("no such attribute: %v", err)
	}

	org.SetOwn("", "managerId", true)
	if own(t, o, flows.AttributeManager) {
		t.Error("it was read again within a minute")
	}
	if now = now.Add(bookAge); !own(t, o, flows.AttributeManager) {
		t.Error("a minute later it is still what it was")
	}
}

func TestOneTypeOfUsersThatMayWriteItIsEnough(t *testing.T) {
	t.Parallel()
	org := acme(t, nil)
	org.AddType("Contractor", "contractor")
	org.SetOwn("Contractor", "managerId", true)
	o := client(t, org, nil, nil)
	if !own(t, o, flows.AttributeManager) || own(t, o, flows.AttributeZone) {
		t.Error("contractors can write their manager, and only that")
	}
}

func TestAllGroupsAreNamed(t *testing.T) {
	t.Parallel()
	got, err := client(t, acme(t, nil), nil, nil).GroupNames(t.Context())
	slices.Sort(got)
	if want := []string{"Everyone", "engineers", "imported", "prod-db", "team"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

// What Okta does not plainly forbid is people's own.
func TestWhatTheSchemaDoesNotForbidPeopleCanWrite(t *testing.T) {
	t.Parallel()
	type permission = struct{ Principal, Action string }
	for _, c := range []struct {
		list []permission
		want bool
	}{
		{nil, true},
		{[]permission{{"SELF", "READ_ONLY"}}, false},
		{[]permission{{"SELF", "HIDE"}}, false},
		{[]permission{{"SELF", "READ_WRITE"}}, true},
		{[]permission{{"SELF", "SOMETHING_NEW"}}, true},
		{[]permission{{"SELF", "READ_ONLY"}, {"SELF", "READ_WRITE"}}, true},
		{[]permission{{"OTHERS", "READ_ONLY"}}, true},
	} {
		if got := (attribute{c.list}).own(); got != c.want {
			t.Errorf("%v: %t", c.list, got)
		}
	}
}

func TestAServiceAppWithoutTheScopesSaysWhichAndStillDoesTheRest(t *testing.T) {
	t.Parallel()
	org, o := withApp(t, func(s *stand.Options) {
		s.Scopes = []string{"okta.users.read", "okta.groups.read", "okta.groups.manage"}
	}, nil)
	_, err := o.Attribute(t.Context(), flows.AttributeManager)
	call := flows.AsCall(err)
	if call == nil || call.Outcome != flows.OutcomeRefused || call.Lane ||
		call.Sentence != "Grant the service app the scopes okta.schemas.read and okta.userTypes.read in Okta, and an admin role that may read the schema of people" {
		t.Errorf("%+v", call)
	}
	if err := o.Grant(t.Context(), database, "00uBen"); err != nil || !org.IsMember("00gDatabase", "00uBen") {
		t.Errorf("grant: %v", err)
	}
}

func TestAServiceAppWithTheScopesReadsTheSchema(t *testing.T) {
	t.Parallel()
	_, o := withApp(t, nil, nil)
	if own(t, o, flows.AttributeManager) {
		t.Error("nobody can write that")
	}
}
