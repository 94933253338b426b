package pagerduty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	vendor "github.com/PagerDuty/go-pagerduty"

	"hallpass/sandbox/faults"
	"hallpass/sandbox/spectest"
)

const key = "pd-key"

// clock is a company clock that only moves when told.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// caller calls an account with the vendor's client, every exchange held against PagerDuty's document.
type caller struct {
	t       *testing.T
	account *Account
	clock   *clock
	client  *vendor.Client
	http    *http.Client
}

// open starts an account: Ben on the primary until 18:00, Dev on the secondary, Eve on the policy for ever.
func open(t *testing.T) *caller {
	t.Helper()
	c := &clock{time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	a, err := Start(Options{Token: key, ReadOnlyToken: "reader", Now: c.now})
	must(t, err)
	t.Cleanup(func() { _ = a.Close() })
	for _, name := range []string{"Ben", "Dev", "Eve"} {
		must(t, a.AddUser(User{ID: "P" + strings.ToUpper(name), Name: name, Email: strings.ToLower(name) + "@acme.example"}))
	}
	must(t, a.AddSchedule(Schedule{ID: "PSRE01", Name: "SRE primary"}))
	must(t, a.AddSchedule(Schedule{ID: "PSRE02", Name: "SRE secondary"}))
	must(t, a.AddPolicy(Policy{ID: "PPOL01", Name: "SRE"}))
	day := func(user, schedule string, level int) {
		must(t, a.PutOnCall(Shift{schedule, "PPOL01", level, user, c.at.Add(-6 * time.Hour), c.at.Add(6 * time.Hour)}))
	}
	day("PBEN", "PSRE01", 1)
	day("PDEV", "PSRE02", 2)
	must(t, a.PutOnCall(Shift{Policy: "PPOL01", Level: 3, User: "PEVE"}))
	h := &http.Client{Transport: spectest.Transport(t, spectest.PagerDuty, &http.Transport{DisableKeepAlives: true})}
	client := vendor.NewClient(key, vendor.WithAPIEndpoint(a.URL()))
	client.HTTPClient = h
	return &caller{t, a, c, client, h}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// oncalls asks who is on call and writes the answer down, a line each.
func (c *caller) oncalls(o vendor.ListOnCallOptions) []string {
	c.t.Helper()
	res, err := c.client.ListOnCallsWithContext(c.t.Context(), o)
	must(c.t, err)
	var out []string
	for _, o := range res.OnCalls {
		out = append(out, fmt.Sprintf("%d %s %s %s-%s", o.EscalationLevel, o.User.ID, o.Schedule.ID, hour(o.Start), hour(o.End)))
	}
	return out
}

func hour(s string) string {
	if _, clock, ok := strings.Cut(s, "T"); ok {
		return clock[:5]
	}
	return s
}

func (c *caller) expect(what string, got []string, want ...string) {
	c.t.Helper()
	if !slices.Equal(got, want) {
		c.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func primary() vendor.ListOnCallOptions {
	return vendor.ListOnCallOptions{ScheduleIDs: []string{"PSRE01"}}
}

func TestWhoIsOnCall(t *testing.T) {
	c := open(t)
	at := func(clock string) string { return "2026-11-02T" + clock + ":00Z" }
	c.expect("everybody", c.oncalls(vendor.ListOnCallOptions{}), "1 PBEN PSRE01 06:00-18:00", "2 PDEV PSRE02 06:00-18:00", "3 PEVE  -")
	c.expect("one schedule", c.oncalls(primary()), "1 PBEN PSRE01 06:00-18:00")
	c.expect("directly on the policy", c.oncalls(vendor.ListOnCallOptions{ScheduleIDs: []string{"null"}}), "3 PEVE  -")
	c.expect("one policy", c.oncalls(vendor.ListOnCallOptions{EscalationPolicyIDs: []string{"PNONE"}}))
	c.expect("one user", c.oncalls(vendor.ListOnCallOptions{UserIDs: []string{"PDEV"}}), "2 PDEV PSRE02 06:00-18:00")
	later := primary()
	later.Since, later.Until = at("18:00"), at("18:01")
	c.expect("after the shift", c.oncalls(later))
	later.Since = at("17:59")
	c.expect("its last minute", c.oncalls(later), "1 PBEN PSRE01 06:00-18:00")
	zoned := primary()
	zoned.TimeZone = "Europe/Berlin"
	c.expect("in another zone", c.oncalls(zoned), "1 PBEN PSRE01 07:00-19:00")
}

func TestWholeObjectsAreIncluded(t *testing.T) {
	c := open(t)
	o := primary()
	o.Includes = []string{"users", "schedules", "escalation_policies"}
	res, err := c.client.ListOnCallsWithContext(t.Context(), o)
	must(t, err)
	got := res.OnCalls[0]
	if got.User.Email != "ben@acme.example" || got.Schedule.Name != "SRE primary" || got.EscalationPolicy.Name != "SRE" {
		t.Errorf("got %+v", got)
	}
	if u, err := c.client.GetUserWithContext(t.Context(), "PBEN", vendor.GetUserOptions{Includes: []string{"contact_methods"}}); err != nil || u.ContactMethods[0].Address != "ben@acme.example" {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestHandoverGapAndOverride(t *testing.T) {
	c := open(t)
	ctx := t.Context()
	must(t, c.account.Handover("PSRE01", "PDEV"))
	c.expect("handed over", c.oncalls(primary()), "1 PDEV PSRE01 12:00-18:00")
	o, err := c.client.CreateOverrideWithContext(ctx, "PSRE01", vendor.Override{
		Start: "2026-11-02T13:00:00Z", End: "2026-11-02T14:00:00Z", User: vendor.APIObject{ID: "PEVE", Type: "user_reference"},
	})
	must(t, err)
	c.expect("the override has not begun", c.account.OnCall("PSRE01"), "PDEV")
	c.clock.at = c.clock.at.Add(90 * time.Minute)
	c.expect("the override runs", c.oncalls(primary()), "1 PEVE PSRE01 13:00-14:00")
	all := primary()
	all.Since, all.Until = "2026-11-02T12:00:00Z", "2026-11-02T18:00:00Z"
	c.expect("around the override", c.oncalls(all), "1 PDEV PSRE01 12:00-13:00", "1 PEVE PSRE01 13:00-14:00", "1 PDEV PSRE01 14:00-18:00")
	all.Earliest = true
	c.expect("the earliest of each", c.oncalls(all), "1 PDEV PSRE01 12:00-13:00", "1 PEVE PSRE01 13:00-14:00")
	listed, err := c.client.ListOverridesWithContext(ctx, "PSRE01", vendor.ListOverridesOptions{Since: all.Since, Until: all.Until})
	if err != nil || len(listed.Overrides) != 1 || listed.Overrides[0].ID != o.ID {
		t.Errorf("%+v, %v", listed, err)
	}
	must(t, c.client.DeleteOverrideWithContext(ctx, "PSRE01", o.ID))
	c.expect("the override was ended", c.account.OnCall("PSRE01"), "PDEV")
	must(t, c.account.LeaveGap("PSRE01"))
	c.expect("a gap", c.oncalls(primary()))
}

func TestSchedulesPoliciesAndUsers(t *testing.T) {
	c := open(t)
	ctx := t.Context()
	s, err := c.client.GetScheduleWithContext(ctx, "PSRE01", vendor.GetScheduleOptions{Since: "2026-11-02T00:00:00Z", Until: "2026-11-03T00:00:00Z"})
	must(t, err)
	if s.Name != "SRE primary" || s.EscalationPolicies[0].ID != "PPOL01" || s.FinalSchedule.RenderedScheduleEntries[0].User.ID != "PBEN" {
		t.Errorf("schedule %+v", s)
	}
	if all, err := c.client.ListSchedulesWithContext(ctx, vendor.ListSchedulesOptions{Query: "secondary"}); err != nil || len(all.Schedules) != 1 {
		t.Errorf("schedules %+v, %v", all, err)
	}
	if on, err := c.client.ListOnCallUsersWithContext(ctx, "PSRE01", vendor.ListOnCallUsersOptions{}); err != nil || len(on) != 1 || on[0].Email != "ben@acme.example" {
		t.Errorf("on the schedule: %+v, %v", on, err)
	}
	p, err := c.client.GetEscalationPolicyWithContext(ctx, "PPOL01", &vendor.GetEscalationPolicyOptions{})
	if err != nil || len(p.EscalationRules) != 3 || p.EscalationRules[2].Targets[0].ID != "PEVE" {
		t.Errorf("policy %+v, %v", p, err)
	}
	if all, err := c.client.ListEscalationPoliciesWithContext(ctx, vendor.ListEscalationPoliciesOptions{}); err != nil || len(all.EscalationPolicies) != 1 {
		t.Errorf("policies %+v, %v", all, err)
	}
	if users, err := c.client.ListUsersWithContext(ctx, vendor.ListUsersOptions{Query: "acme.example"}); err != nil || len(users.Users) != 0 {
		t.Errorf("a query looks at names only: %+v, %v", users, err)
	}
}

func TestPages(t *testing.T) {
	c := open(t)
	for i := range 30 {
		must(t, c.account.AddUser(User{ID: fmt.Sprintf("PX%02d", i), Name: fmt.Sprintf("X %02d", i), Email: fmt.Sprintf("x%02d@acme.example", i)}))
	}
	first, err := c.client.ListUsersWithContext(t.Context(), vendor.ListUsersOptions{})
	must(t, err)
	second, err := c.client.ListUsersWithContext(t.Context(), vendor.ListUsersOptions{Offset: 25, Total: true})
	must(t, err)
	if len(first.Users) != 25 || !first.More || len(second.Users) != 8 || second.More || second.Total != 33 {
		t.Errorf("%d more=%v, then %d more=%v of %d", len(first.Users), first.More, len(second.Users), second.More, second.Total)
	}
}

// get makes a plain call, for what the vendor's client does not do.
func (c *caller) get(method, path, auth string) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.account.URL()+path, nil)
	must(c.t, err)
	req.Header = http.Header{"Authorization": {auth}, "Accept": {"application/vnd.pagerduty+json;version=2"}, "Content-Type": {"application/json"}}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	must(c.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	must(c.t, err)
	return res, string(body)
}

func TestRefusals(t *testing.T) {
	c := open(t)
	good := "Token token=" + key
	for _, k := range []struct {
		method, path, auth string
		status             int
		has                string
	}{
		{"GET", "/oncalls", "", 401, `"code":2006`},
		{"GET", "/oncalls", "Bearer " + key, 401, `"code":2006`},
		{"GET", "/oncalls", "Token token=wrong", 401, `"code":2006`},
		{"GET", "/oncalls", "Token token=reader", 200, `"oncalls"`},
		{"POST", "/schedules/PSRE01/overrides", "Token token=reader", 403, `"code":2010`},
		{"POST", "/schedules/PSRE01/overrides", good, 400, `"code":2001`},
		{"GET", "/oncalls?since=yesterday", good, 400, `"Since and until must be times in ISO 8601."`},
		{"GET", "/oncalls?until=2027-11-02T00:00:00Z", good, 400, `90 days`},
		{"GET", "/oncalls?since=2026-11-02T13:00:00Z&until=2026-11-02T12:30:00Z", good, 400, `before since`},
		{"GET", "/oncalls?time_zone=Nowhere", good, 400, `Time zone`},
		{"GET", "/users?offset=9990&limit=20", good, 400, `10000`},
		{"GET", "/users?offset=x", good, 400, `"code":2001`},
		{"GET", "/users/PNONE", good, 404, `"code":2100`},
		{"GET", "/users/me", good, 400, `"code":2001`},
		{"GET", "/schedules/PNONE", good, 404, `"code":2100`},
		{"GET", "/schedules/PSRE01/overrides", good, 400, `required`},
		{"GET", "/nothing", good, 404, `"code":2100`},
	} {
		res, body := c.get(k.method, k.path, k.auth)
		if res.StatusCode != k.status || !strings.Contains(body, k.has) || res.Header.Get("ratelimit-remaining") == "" {
			t.Errorf("%s %s as %q: %d %s %v; want %d with %s", k.method, k.path, k.auth, res.StatusCode, body, res.Header, k.status, k.has)
		}
	}
}

func TestRateLimitAsTheVendorsClientSeesIt(t *testing.T) {
	c := open(t)
	c.account.SetRateLimit(1)
	c.oncalls(primary())
	_, err := c.client.ListOnCallsWithContext(t.Context(), primary())
	var refused vendor.APIError
	if !errors.As(err, &refused) || !refused.RateLimited() || refused.APIError.ErrorObject.Code != 2020 {
		t.Errorf("err %v", err)
	}
	c.clock.at = c.clock.at.Add(time.Minute)
	c.account.SetRateLimit(DefaultRateLimit)
	c.account.Faults.Set(faults.Fault{Kind: faults.RateLimited, RetryAfter: 20 * time.Second})
	if res, body := c.get("GET", "/oncalls", "Token token="+key); res.StatusCode != 429 || res.Header.Get("ratelimit-reset") != "20" || !strings.Contains(body, "2020") {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
}

func TestWhatCannotBe(t *testing.T) {
	c := open(t)
	noon := c.clock.at
	for what, err := range map[string]error{
		"nobody on call":     c.account.PutOnCall(Shift{"PSRE01", "PPOL01", 1, "PNONE", noon, noon.Add(time.Hour)}),
		"unknown schedule":   c.account.PutOnCall(Shift{"PNONE", "PPOL01", 1, "PBEN", noon, noon.Add(time.Hour)}),
		"unknown policy":     c.account.PutOnCall(Shift{"PSRE01", "PNONE", 1, "PBEN", noon, noon.Add(time.Hour)}),
		"level 0":            c.account.PutOnCall(Shift{"PSRE01", "PPOL01", 0, "PBEN", noon, noon.Add(time.Hour)}),
		"ends as it begins":  c.account.PutOnCall(Shift{"PSRE01", "PPOL01", 1, "PBEN", noon, noon}),
		"handover to nobody": c.account.Handover("PSRE01", "PNONE"),
		"user twice":         c.account.AddUser(User{ID: "PBEN"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestWaitIsWokenByAHandover(t *testing.T) {
	c := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	done := make(chan error)
	go func() {
		done <- c.account.Wait(ctx, func() bool { return slices.Contains(c.account.OnCall("PSRE01"), "PDEV") })
	}()
	must(t, c.account.Handover("PSRE01", "PDEV"))
	must(t, <-done)
}
