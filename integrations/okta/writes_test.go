package okta

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	stand "hallpass/sandbox/okta"
)

// told are writes in words.
func told(list []flows.Write) string {
	var out []string
	for _, w := range list {
		verb := "left"
		if w.Added {
			verb = "joined"
		}
		out = append(out, fmt.Sprintf("%s %s %s", w.Person, verb, w.Entitlement.ID))
	}
	return strings.Join(out, ", ")
}

// both runs a test with a service app and with an admin's token.
func both(t *testing.T, test func(t *testing.T, org *stand.Org, o *Okta)) {
	t.Run("service app", func(t *testing.T) {
		org, o := withApp(t, nil, nil)
		test(t, org, o)
	})
	t.Run("token", func(t *testing.T) {
		org := acme(t, nil)
		test(t, org, client(t, org, nil, nil))
	})
}

func TestTheLogSaysWhatWeWrote(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, org *stand.Org, o *Okta) {
		begin := time.Now().Add(-time.Second)
		for _, err := range []error{
			org.AddMember("00gDatabase", "00uDora"), // by hand, at the console
			o.Grant(t.Context(), database, "00uBen"),
			o.Grant(t.Context(), database, "00uAna"),
			o.Grant(t.Context(), database, "00uAna"), // again: nothing changes
			o.Remove(t.Context(), database, "00uBen"),
			org.RemoveMember("00gDatabase", "00uAna"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		list, err := o.WritesSince(t.Context(), begin, time.Now().Add(time.Minute))
		if got := told(list); err != nil || got != "00uBen joined 00gDatabase, 00uAna joined 00gDatabase, 00uBen left 00gDatabase" {
			t.Errorf("%s, %v", got, err)
		}
		if list, err := o.WritesSince(t.Context(), time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)); err != nil || len(list) > 0 {
			t.Errorf("later: %v, %v", list, err)
		}
	})
}

// The log is read to its end, however many pages it has.
func TestTheLogIsReadPageByPage(t *testing.T) {
	t.Parallel()
	org, o := withApp(t, nil, nil)
	begin := time.Now().Add(-time.Second)
	for range eventsPage/2 + 10 {
		if err := o.Grant(t.Context(), database, "00uBen"); err != nil {
			t.Fatal(err)
		}
		if err := o.Remove(t.Context(), database, "00uBen"); err != nil {
			t.Fatal(err)
		}
	}
	_ = org
	list, err := o.WritesSince(t.Context(), begin, time.Now().Add(time.Minute))
	if err != nil || len(list) != eventsPage+20 {
		t.Errorf("%d writes, %v", len(list), err)
	}
}

func TestWithoutTheScopeOfTheLogItSaysWhatToAllow(t *testing.T) {
	t.Parallel()
	_, o := withApp(t, func(s *stand.Options) {
		s.Scopes = []string{"okta.users.read", "okta.groups.read", "okta.groups.manage"}
	}, nil)
	_, err := o.WritesSince(t.Context(), time.Now().Add(-time.Hour), time.Now())
	if call := flows.AsCall(err); call == nil || call.Outcome != flows.OutcomeRefused || call.Lane ||
		call.Sentence != "Grant the service app the scope okta.logs.read in Okta, and an admin role that may read the system log" {
		t.Errorf("%+v", call)
	}
}
