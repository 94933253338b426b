package okta

import (
	"testing"

	"hallpass/flows"
	stand "hallpass/sandbox/okta"
)

func TestTheAdminRolesOfAGroupAreRead(t *testing.T) {
	t.Parallel()
	org, o := withApp(t, nil, nil)
	for _, want := range []string{"", "Group Administrator", "Group Administrator, Help Desk Administrator"} {
		switch want {
		case "":
		case "Group Administrator":
			if err := org.AssignRole("00gDatabase", "USER_ADMIN", want); err != nil {
				t.Fatal(err)
			}
		default:
			if err := org.AssignRole("00gDatabase", "HELP_DESK_ADMIN", "Help Desk Administrator"); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := o.Administers(t.Context(), "00gDatabase"); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	if got, err := o.Administers(t.Context(), "00gNone"); got != "" || err != flows.ErrNotFound {
		t.Errorf("no such group: %q, %v", got, err)
	}
	if _, err := o.Administers(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

func TestAServiceAppWithoutTheScopeOfRolesSaysSoAndStillDoesTheRest(t *testing.T) {
	t.Parallel()
	org, o := withApp(t, func(s *stand.Options) {
		s.Scopes = []string{"okta.users.read", "okta.groups.read", "okta.groups.manage"}
	}, nil)
	_, err := o.Administers(t.Context(), "")
	if call := flows.AsCall(err); call == nil || call.Outcome != flows.OutcomeRefused || call.Lane ||
		call.Sentence != "Grant the service app the scope okta.roles.read in Okta, and an admin role that may read the roles of groups" {
		t.Errorf("%+v", call)
	}
	if err := o.Grant(t.Context(), database, "00uBen"); err != nil || !org.IsMember("00gDatabase", "00uBen") {
		t.Errorf("grant: %v", err)
	}
}
