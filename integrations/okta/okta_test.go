package okta

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
	"hallpass/integrations/rest"
	"hallpass/sandbox/faults"
	stand "hallpass/sandbox/okta"
)

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func in(group string) flows.Entitlement {
	e := database
	e.ID = group
	return e
}

// refusedWith fails unless the call was refused for good in these words.
func refusedWith(t *testing.T, err error, sentence string) {
	t.Helper()
	call := flows.AsCall(err)
	if call == nil || call.Outcome != flows.OutcomeRefused || call.Sentence != sentence {
		t.Errorf("got  %v\nwant %s", err, sentence)
	}
}

func TestSyncListsGroupsWithTagsAndWhyNot(t *testing.T) {
	org := acme(t, nil)
	ok(t, org.AddGroup(stand.Group{ID: "00gTorn", Name: "torn", Profile: map[string]any{"jitTags": "env"}}))
	snapshot, err := client(t, org, nil, nil).Sync(t.Context())
	ok(t, err)
	unfit, tags := map[string]string{}, map[string]map[string]string{}
	for _, r := range snapshot.Resources {
		unfit[r.Name], tags[r.Name] = r.Unfit, r.Tags
	}
	want := map[string]string{
		"prod-db": "", "team": "",
		"Everyone":  "it is built into Okta, so its members cannot be changed",
		"imported":  "its members come from an application, so they cannot be changed in Okta",
		"engineers": "assigned by the group rule all-engineers",
		"torn":      `its tags in jitTags cannot be read: "env" is not written as name=value`,
	}
	if diff := cmp.Diff(want, unfit); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"env": "prod", "team": "payments"}, tags["prod-db"]); diff != "" {
		t.Error(diff)
	}
	members := map[flows.Entitlement][]flows.PersonID{database: {}, in("00gTeam"): {"00uAna", "00uEmil"}}
	if diff := cmp.Diff(members, snapshot.Members); diff != "" {
		t.Error(diff)
	}
}

func TestAManyPagedOrganisationIsReadToItsEnd(t *testing.T) {
	org := acme(t, nil)
	for i := range 450 {
		id := fmt.Sprintf("%05d", i)
		ok(t, org.AddUser(stand.User{ID: "00uP" + id, Email: id + "@acme.com", FirstName: "P", LastName: id}), org.AddGroup(stand.Group{ID: "00gP" + id, Name: "g" + id}))
	}
	ok(t, org.AddMember("00gP00449", "00uP00449"))
	o := client(t, org, nil, nil)
	people, err := o.People(t.Context())
	ok(t, err)
	snapshot, err := o.Sync(t.Context())
	ok(t, err)
	if len(people) != 456 || len(snapshot.Resources) != 455 || len(snapshot.Members) != 452 {
		t.Errorf("%d people, %d groups, members of %d", len(people), len(snapshot.Resources), len(snapshot.Members))
	}
	if diff := cmp.Diff([]flows.PersonID{"00uP00449"}, snapshot.Members[in("00gP00449")]); diff != "" {
		t.Error(diff)
	}
}

func TestGroupsThatARuleOrAnApplicationFillsAreNeverTouched(t *testing.T) {
	org := acme(t, nil)
	o := client(t, org, nil, nil)
	for id, why := range map[string]string{
		"00gRuled":    "engineers cannot be changed: assigned by the group rule all-engineers",
		"00gImported": "imported cannot be changed: its members come from an application, so they cannot be changed in Okta",
		"00gEveryone": "Everyone cannot be changed: it is built into Okta, so its members cannot be changed",
	} {
		ok(t, org.AddMember(id, "00uCaro"))
		refusedWith(t, o.Grant(t.Context(), in(id), "00uBen"), why)
		refusedWith(t, o.Remove(t.Context(), in(id), "00uCaro"), why)
		if !org.IsMember(id, "00uCaro") || org.IsMember(id, "00uBen") {
			t.Errorf("%s was changed", id)
		}
		if err := o.Remove(t.Context(), in(id), "00uBen"); err != nil {
			t.Errorf("removing who is absent from %s: %v", id, err)
		}
	}
	reading, err := o.Check(t.Context(), in("00gRuled"), "00uDora")
	want := flows.Reading{Present: true, Source: "group rule all-engineers", Unfit: "assigned by the group rule all-engineers"}
	if diff := cmp.Diff(want, reading); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestARuleMadeBetweenGrantAndRemovalIsNoticedAtOnce(t *testing.T) {
	org := acme(t, nil)
	o := client(t, org, nil, nil)
	ok(t, o.Grant(t.Context(), database, "00uBen"))
	ok(t, org.AddRule(stand.Rule{ID: "0prNew", Name: "db-people", Expression: `user.email=="ben@acme.com"`, GroupIDs: []string{"00gDatabase"}}))
	refusedWith(t, o.Remove(t.Context(), database, "00uBen"), "prod-db cannot be changed: assigned by the group rule db-people")
	reading, err := o.Check(t.Context(), database, "00uBen")
	ok(t, err)
	if !reading.Present || reading.Source != "group rule db-people" {
		t.Errorf("%+v", reading)
	}
	ok(t, org.SetRuleStatus("0prNew", stand.RuleInactive), o.Remove(t.Context(), database, "00uBen"))
	if org.IsMember("00gDatabase", "00uBen") {
		t.Error("an inactive rule hinders the removal")
	}
}

func TestManyChangesAtOnceShareTheReadingOfRules(t *testing.T) {
	const people = 40
	org := acme(t, nil)
	o := client(t, org, nil, func(c *Config) { c.Timeout = 10 * time.Second })
	var wait sync.WaitGroup
	for i := range people {
		id := flows.PersonID(fmt.Sprintf("00uM%02d", i))
		ok(t, org.AddUser(stand.User{ID: string(id), Email: string(id) + "@acme.com", FirstName: "M", LastName: string(id)}))
		wait.Go(func() {
			if err := o.Grant(t.Context(), database, id); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := org.Faults.CallsTo("GET", "/api/v1/groups/rules"); n > people/2 || n == 0 {
		t.Errorf("%d readings for %d grants", n, people)
	}
	if n := len(org.Members("00gDatabase")); n != people {
		t.Errorf("%d members", n)
	}
}

func TestAGroupOrPersonThatVanishes(t *testing.T) {
	org := acme(t, nil)
	o := client(t, org, nil, nil)
	ok(t, o.Grant(t.Context(), database, "00uBen"), o.Grant(t.Context(), database, "00uDora"))
	ok(t, org.DeleteUser("00uBen"))
	reading, err := o.Check(t.Context(), database, "00uBen")
	ok(t, err, o.Remove(t.Context(), database, "00uBen"))
	if reading.Gone != "the person no longer exists in Okta" {
		t.Errorf("%+v", reading)
	}
	refusedWith(t, o.Grant(t.Context(), database, "00uBen"), "the person no longer exists in Okta")
	ok(t, org.DeleteGroup("00gDatabase"))
	reading, err = o.Check(t.Context(), database, "00uDora")
	ok(t, err, o.Remove(t.Context(), database, "00uDora"))
	if diff := cmp.Diff(flows.Reading{Gone: "the group no longer exists in Okta"}, reading); diff != "" {
		t.Error(diff)
	}
	refusedWith(t, o.Grant(t.Context(), database, "00uDora"), "the group no longer exists in Okta")
}

func TestASpentRateLimitMeansLaterUntilItsReset(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 10, 0, time.UTC)
	clock := func() time.Time { return now }
	org := acme(t, func(o *stand.Options) { o.Now = clock })
	o := client(t, org, nil, func(c *Config) { c.Now = clock })
	org.SetRateLimit(1)
	_, err := o.Person(t.Context(), "00uAna")
	ok(t, err)
	for range 2 {
		_, err = o.Person(t.Context(), "00uAna")
		call := flows.AsCall(err)
		if call == nil || call.Outcome != flows.OutcomeLater || !call.Lane || call.RetryAfter != 50*time.Second {
			t.Fatalf("%+v", call)
		}
	}
	if n := org.Faults.CallsTo("GET", "/api/v1/users/*"); n != 1 {
		t.Errorf("%d calls, although the first said that nothing is left", n)
	}
	now = now.Add(50 * time.Second)
	_, err = o.Person(t.Context(), "00uAna")
	ok(t, err)
}

func TestASyncWaitsForTheRateLimitAndLeavesAReserve(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 11, 22, 12, 0, 10, 0, time.UTC)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	org := acme(t, func(o *stand.Options) { o.Now = clock })
	for i := range 30 {
		ok(t, org.AddGroup(stand.Group{Name: fmt.Sprintf("g%d", i)}))
	}
	waits := 0
	o := client(t, org, nil, func(c *Config) {
		c.Now = clock
		c.Sleep = func(_ context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			now, waits = now.Add(d), waits+1
			return nil
		}
	})
	org.SetRateLimit(10)
	snapshot, err := o.Sync(t.Context())
	ok(t, err)
	if len(snapshot.Members) != 32 || waits == 0 {
		t.Errorf("members of %d groups after %d waits", len(snapshot.Members), waits)
	}
}

func TestTheCapOnCallsUnderWayIsNoBudget(t *testing.T) {
	h := map[string][]string{"X-Rate-Limit-Limit": {"0"}, "X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {"1795348812"}}
	b, counts := limits(h, time.Unix(1795348810, 0))
	if counts || b.Renews != 2*time.Second {
		t.Errorf("%+v %t", b, counts)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	secret := rest.NewSecret(token)
	cases := map[string]Config{
		"Okta needs a credential: client_id with private_key (a service app), or token": {BaseURL: "https://acme.okta.com"},
		"set either token or client_id with private_key for Okta, not both":             {BaseURL: "https://acme.okta.com", Token: secret, ClientID: "0oa"},
		"private_key for Okta is not a key in PEM; RSA and EC P-256 are understood":     {BaseURL: "https://acme.okta.com", ClientID: "0oa", PrivateKey: secret},
		"the address of acme.okta.com must be https; plain http is for loopback only":   {BaseURL: "http://acme.okta.com", Token: secret},
		"the names of Okta profile attributes have letters, digits and _ only":          {BaseURL: "https://acme.okta.com", Token: secret, TagsFrom: "jit tags"},
	}
	for want, c := range cases {
		if _, err := New(c); err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	o, err := New(Config{BaseURL: "https://acme.okta.com", Token: secret})
	ok(t, err)
	if !strings.Contains(o.Warning(), "prefer a service app") {
		t.Error(o.Warning())
	}
}

func TestTheVendorsOwnTroubleOverTheSocket(t *testing.T) {
	cases := []struct {
		fault   faults.Kind
		outcome flows.Outcome
		member  bool
	}{
		{faults.LostAnswer, flows.OutcomeUnknown, true},
		{faults.Down, flows.OutcomeUnknown, false},
		{faults.Unavailable, flows.OutcomeUnknown, false},
		{faults.ServerError, flows.OutcomeUnknown, false},
		{faults.RateLimited, flows.OutcomeLater, false},
	}
	for _, tc := range cases {
		org := acme(t, nil)
		o := client(t, org, nil, nil)
		org.Faults.Set(faults.Fault{Kind: tc.fault, Method: "PUT", RetryAfter: 30 * time.Second})
		call := flows.AsCall(o.Grant(t.Context(), database, "00uBen"))
		if call == nil || call.Outcome != tc.outcome || !call.Lane || org.IsMember("00gDatabase", "00uBen") != tc.member {
			t.Errorf("%s: %+v, member %t", tc.fault, call, org.IsMember("00gDatabase", "00uBen"))
		}
		if tc.fault == faults.RateLimited && (call.RetryAfter < 29*time.Second || call.RetryAfter > 32*time.Second) {
			t.Errorf("to wait %s", call.RetryAfter)
		}
		if n := org.Faults.CallsTo("PUT", ""); n != 1 {
			t.Errorf("%s: a change was sent %d times", tc.fault, n)
		}
	}
}

func TestALaggingReadIsWhatTheOrganisationSays(t *testing.T) {
	org := acme(t, nil)
	o := client(t, org, nil, nil)
	org.SetReadLag(1)
	ok(t, o.Grant(t.Context(), database, "00uBen"))
	for _, want := range []bool{false, true} {
		reading, err := o.Check(t.Context(), database, "00uBen")
		if err != nil || reading.Present != want {
			t.Errorf("%+v %v", reading, err)
		}
	}
}
