package pagerduty

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	vendor "github.com/PagerDuty/go-pagerduty"
	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
	"hallpass/integrations/rest"
	"hallpass/integrations/suite"
	stand "hallpass/sandbox/pagerduty"
	"hallpass/sandbox/spectest"
)

const token = "pd-read-only-key"

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// account is a rota in two policies: Ben is on the primary until 18:00, at level 1 of one policy and 2 of the other; Dev follows him.
func account(t *testing.T) *stand.Account {
	t.Helper()
	a, err := stand.Start(stand.Options{Token: "everything", ReadOnlyToken: token, Now: func() time.Time { return noon }})
	ok(t, err)
	t.Cleanup(func() { _ = a.Close() })
	for _, name := range []string{"Ben", "Dev", "Eve"} {
		ok(t, a.AddUser(stand.User{ID: "P" + name, Name: name, Email: name + "@Acme.com"}))
	}
	ok(t, a.AddSchedule(stand.Schedule{ID: "PSRE01", Name: "SRE primary"}), a.AddSchedule(stand.Schedule{ID: "PEMPTY", Name: "Nobody yet"}))
	ok(t, a.AddPolicy(stand.Policy{ID: "PPOL01", Name: "SRE"}), a.AddPolicy(stand.Policy{ID: "PPOL02", Name: "Payments"}))
	for _, s := range []stand.Shift{
		{Schedule: "PSRE01", Policy: "PPOL01", Level: 1, User: "PBen", Start: noon.Add(-6 * time.Hour), End: noon.Add(6 * time.Hour)},
		{Schedule: "PSRE01", Policy: "PPOL02", Level: 2, User: "PBen", Start: noon.Add(-6 * time.Hour), End: noon.Add(6 * time.Hour)},
		{Schedule: "PSRE01", Policy: "PPOL02", Level: 2, User: "PDev", Start: noon.Add(6 * time.Hour), End: noon.Add(12 * time.Hour)},
		{Policy: "PPOL01", Level: 1, User: "PEve"},
	} {
		ok(t, a.PutOnCall(s))
	}
	return a
}

func client(t *testing.T, base string, w *suite.Wire) *PagerDuty {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	p, err := New(Config{BaseURL: base, Token: rest.NewSecret(token), Timeout: suite.Timeout, Transport: w.Over(spectest.Transport(t, spectest.PagerDuty, transport))})
	ok(t, err)
	return p
}

func primary(level int) flows.Shift {
	return flows.Shift{In: "pagerduty", Schedule: "PSRE01", Level: level}
}

func TestWhoIsOnCallNow(t *testing.T) {
	p := client(t, account(t).URL(), &suite.Wire{})
	ben := func(level int) []flows.Duty {
		return []flows.Duty{{Email: "ben@acme.com", Name: "Ben", Level: level, Until: noon.Add(6 * time.Hour)}}
	}
	dev := []flows.Duty{{Email: "dev@acme.com", Name: "Dev", Level: 2, Until: noon.Add(12 * time.Hour)}}
	cases := []struct {
		name  string
		level int
		at    time.Duration
		want  []flows.Duty
	}{
		{"at any level, once, at the lowest", 0, 0, ben(1)},
		{"at the first level", 1, 0, ben(1)},
		{"at the second level", 2, 0, ben(2)},
		{"at a level that nobody has", 3, 0, nil},
		{"in the shift's last half second, without the next", 0, 6*time.Hour - 500*time.Millisecond, ben(1)},
		{"at the very handover", 0, 6 * time.Hour, dev},
		{"after the last shift", 0, 12 * time.Hour, nil},
	}
	for _, tc := range cases {
		got, err := p.OnCall(t.Context(), primary(tc.level), noon.Add(tc.at))
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", tc.name, err, diff)
		}
	}
}

func TestAGapIsEmptyAndADeletedScheduleIsAnError(t *testing.T) {
	a := account(t)
	p := client(t, a.URL(), &suite.Wire{})
	ok(t, a.LeaveGap("PSRE01"))
	for _, schedule := range []string{"PSRE01", "PEMPTY"} {
		got, err := p.OnCall(t.Context(), flows.Shift{Schedule: schedule}, noon)
		if err != nil || len(got) != 0 {
			t.Errorf("%s: %v %v", schedule, got, err)
		}
	}
	ok(t, a.RemoveSchedule("PEMPTY"))
	_, err := p.OnCall(t.Context(), flows.Shift{Schedule: "PEMPTY"}, noon)
	if call := flows.AsCall(err); call == nil || call.Outcome != flows.OutcomeRefused || call.Sentence != "PagerDuty has no schedule PEMPTY; an admin must correct the flow" {
		t.Errorf("%+v", call)
	}
}

func TestAHandoverCountsAtOnce(t *testing.T) {
	a := account(t)
	p := client(t, a.URL(), &suite.Wire{})
	ok(t, a.Handover("PSRE01", "PEve"))
	got, err := p.OnCall(t.Context(), primary(1), noon)
	want := []flows.Duty{{Email: "eve@acme.com", Name: "Eve", Level: 1, Until: noon.Add(6 * time.Hour)}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestALongListIsReadToItsEnd(t *testing.T) {
	a := account(t)
	for i := range 120 {
		id := fmt.Sprintf("PX%03d", i)
		ok(t, a.AddUser(stand.User{ID: id, Name: id, Email: id + "@acme.com"}))
		ok(t, a.PutOnCall(stand.Shift{Schedule: "PSRE01", Policy: "PPOL01", Level: 4, User: id, Start: noon.Add(-time.Hour), End: noon.Add(time.Hour)}))
	}
	got, err := client(t, a.URL(), &suite.Wire{}).OnCall(t.Context(), primary(4), noon)
	if err != nil || len(got) != 120 || got[119].Name != "PX119" {
		t.Errorf("%d duties, %v", len(got), err)
	}
}

func TestTheShiftsName(t *testing.T) {
	p := client(t, account(t).URL(), &suite.Wire{})
	name, err := p.ShiftName(t.Context(), "PSRE01")
	if err != nil || name != "SRE primary" {
		t.Error(name, err)
	}
	for _, id := range []string{"PNONE", "", "../users"} {
		if _, err := p.ShiftName(t.Context(), id); !errors.Is(err, flows.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestAllSchedulesAreNamed(t *testing.T) {
	a := account(t)
	for i := range 120 {
		ok(t, a.AddSchedule(stand.Schedule{ID: fmt.Sprintf("PMANY%03d", i), Name: "One of many"}))
	}
	got, err := client(t, a.URL(), &suite.Wire{}).Schedules(t.Context())
	if err != nil || len(got) != 122 || got["PSRE01"] != "SRE primary" || got["PMANY119"] != "One of many" {
		t.Errorf("%d schedules, %v", len(got), err)
	}
}

func TestAnErrorIsNeverNobody(t *testing.T) {
	t.Parallel()
	wire := &suite.Wire{}
	p := client(t, account(t).URL(), wire)
	classes := map[suite.Fault]struct {
		outcome  flows.Outcome
		lane     bool
		wait     time.Duration
		sentence string
	}{
		suite.Refused:      {flows.OutcomeLater, true, 0, "PagerDuty cannot be reached"},
		suite.Cut:          {flows.OutcomeLater, true, 0, "PagerDuty broke the connection before it had answered"},
		suite.Unauthorized: {flows.OutcomeRefused, true, 0, "PagerDuty does not accept our credential; an admin must renew it"},
		suite.Forbidden:    {flows.OutcomeRefused, false, 0, "PagerDuty does not allow this to our credential"},
		suite.Stray404:     {flows.OutcomeRefused, false, 0, "PagerDuty refuses the call (404)"},
		suite.Limited:      {flows.OutcomeLater, true, 7 * time.Second, "PagerDuty asks us to slow down"},
		suite.ServerError:  {flows.OutcomeLater, true, 0, "PagerDuty has trouble (500)"},
	}
	for fault, want := range classes {
		wire.Break(fault)
		_, onCall := p.OnCall(t.Context(), primary(0), noon)
		_, name := p.ShiftName(t.Context(), "PSRE01")
		for _, err := range []error{onCall, name} {
			suite.NoSecret(t, []string{token}, err, p)
			call := flows.AsCall(err)
			if call == nil || call.Outcome != want.outcome || call.Lane != want.lane || call.RetryAfter != want.wait || call.Sentence != want.sentence {
				t.Errorf("%s: %+v", fault, call)
			}
		}
	}
	wire.Break(suite.Hang)
	if _, err := p.OnCall(t.Context(), primary(0), noon); flows.AsCall(err).Sentence != "PagerDuty does not answer" {
		t.Error(err)
	}
	wire.BreakCall(suite.ServerError, 2) // the look whether the empty schedule exists
	if _, err := p.OnCall(t.Context(), flows.Shift{Schedule: "PEMPTY"}, noon); err == nil {
		t.Error("nobody, although it is not sure that the schedule exists")
	}
}

// TestRowsAsTheLiveServiceMaySendThem is about what the stand-in does not do.
func TestRowsAsTheLiveServiceMaySendThem(t *testing.T) {
	const reference = `{"user":{"id":"PREF","type":"user_reference","summary":"Ref"},"schedule":{"id":"PSRE01"},"escalation_level":1,"start":null,"end":null}`
	cases := map[string]struct {
		rows, user string
		status     int
		want       []flows.Duty
		err        string
	}{
		"permanently, by reference": {reference, `{"user":{"id":"PREF","name":"Ref","email":"REF@acme.com"}}`, 200, []flows.Duty{{Email: "ref@acme.com", Name: "Ref", Level: 1}}, ""},
		"a deleted user":            {reference, `{"error":{"message":"Not Found","code":2100}}`, 404, nil, ""},
		"a user without address":    {reference, `{"user":{"id":"PREF"}}`, 200, nil, "PagerDuty's answer could not be read: the user PREF has no address"},
		"another schedule's row":    {`{"user":{"id":"PX","email":"x@acme.com"},"schedule":{"id":"POTHER"},"escalation_level":1}`, "", 0, nil, ""},
		"a row without schedule":    {`{"user":{"id":"PX","email":"x@acme.com"},"schedule":null,"escalation_level":1}`, "", 0, nil, ""},
		"a time that is none":       {`{"user":{"id":"PX"},"schedule":{"id":"PSRE01"},"start":"soon"}`, "", 0, nil, `PagerDuty's answer could not be read: parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"`},
		"no JSON":                   {`<html>`, "", 0, nil, "PagerDuty's answer could not be read: invalid character '<' looking for beginning of value"},
	}
	for name, tc := range cases {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch r.URL.Path {
			case "/oncalls":
				_, _ = io.WriteString(w, `{"oncalls":[`+tc.rows+`],"more":false}`)
			case "/users/PREF":
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.user)
			default:
				_, _ = io.WriteString(w, `{"schedule":{"id":"PSRE01","name":"SRE primary"}}`)
			}
		}))
		p, err := New(Config{BaseURL: server.URL, Token: rest.NewSecret(token)})
		ok(t, err)
		got, err := p.OnCall(t.Context(), primary(0), noon)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if diff := cmp.Diff(tc.want, got); diff != "" || text != tc.err {
			t.Errorf("%s: %q %s", name, text, diff)
		}
		p.CloseIdle()
		server.Close()
	}
}

func TestASpentLimitMeansLater(t *testing.T) {
	a := account(t)
	a.SetRateLimit(1)
	p := client(t, a.URL(), &suite.Wire{})
	_, err := p.OnCall(t.Context(), primary(0), noon)
	ok(t, err)
	_, err = p.OnCall(t.Context(), primary(0), noon)
	if call := flows.AsCall(err); call == nil || call.Outcome != flows.OutcomeLater || call.RetryAfter <= 0 || call.RetryAfter > time.Minute {
		t.Errorf("%+v", call)
	}
	if n := a.Faults.CallsTo("GET", "/oncalls"); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	for want, c := range map[string]Config{
		"PagerDuty needs a token: a REST API key, one that may only read is enough":       {},
		"the address of api.pagerduty.com must be https; plain http is for loopback only": {Token: rest.NewSecret(token), BaseURL: "http://api.pagerduty.com"},
	} {
		if _, err := New(c); err == nil || err.Error() != want {
			t.Error(err)
		}
	}
	if _, err := New(Config{Token: rest.NewSecret(token)}); err != nil {
		t.Error(err)
	}
}

func TestThePlanOfAShift(t *testing.T) {
	a := account(t)
	p := client(t, a.URL(), &suite.Wire{})
	ok(t, a.PutOnCall(stand.Shift{Schedule: "PSRE01", Policy: "PPOL01", Level: 1, User: "PDev", Start: noon.Add(30 * time.Hour), End: noon.Add(40 * time.Hour)}))
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	turn := func(who string, from, to int) flows.Planned {
		return flows.Planned{Email: who + "@acme.com", From: at(from), To: at(to)}
	}
	plan := func(level int) []flows.Planned {
		t.Helper()
		got, err := p.Plan(t.Context(), primary(level), noon, at(36))
		ok(t, err)
		for i := range got {
			got[i].From, got[i].To = got[i].From.UTC(), got[i].To.UTC()
		}
		return got
	}
	same := func(what string, got []flows.Planned, want ...flows.Planned) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	same("the first level", plan(1), turn("ben", -6, 6), turn("dev", 30, 40))
	same("the second", plan(2), turn("ben", -6, 6), turn("dev", 6, 12))
	same("a level that nobody has", plan(3))
	if got, err := p.Plan(t.Context(), primary(1), at(6), at(30)); err != nil || len(got) != 0 {
		t.Errorf("between two shifts: %v, %v", got, err)
	}
	override(t, a, "PEve", at(4), at(8))
	same("an override on both levels", plan(0), turn("ben", -6, 4), turn("eve", 4, 8), turn("dev", 30, 40), turn("ben", -6, 4), turn("eve", 4, 8), turn("dev", 8, 12))
	ok(t, a.RemoveSchedule("PSRE01"))
	if _, err := p.Plan(t.Context(), primary(1), noon, at(36)); flows.AsCall(err) == nil || flows.AsCall(err).Outcome != flows.OutcomeRefused {
		t.Errorf("a schedule that is gone: %v", err)
	}
}

// override puts somebody on the primary as anybody who may edit the schedule can.
func override(t *testing.T, a *stand.Account, user string, from, to time.Time) {
	t.Helper()
	c := vendor.NewClient("everything", vendor.WithAPIEndpoint(a.URL()))
	c.HTTPClient = &http.Client{Transport: spectest.Transport(t, spectest.PagerDuty, &http.Transport{DisableKeepAlives: true})}
	_, err := c.CreateOverrideWithContext(t.Context(), "PSRE01", vendor.Override{Start: from.Format(time.RFC3339), End: to.Format(time.RFC3339),
		User: vendor.APIObject{ID: user, Type: "user_reference"}})
	ok(t, err)
}
