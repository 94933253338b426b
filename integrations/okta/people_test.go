package okta

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
	"hallpass/integrations/rest"
	stand "hallpass/sandbox/okta"
)

func TestOnlyActiveIsActive(t *testing.T) {
	org := acme(t, nil)
	o := client(t, org, nil, nil)
	for status, want := range map[stand.Status]flows.Status{
		"ACTIVE": flows.StatusActive, "DEPROVISIONED": flows.StatusLeft,
		"STAGED": flows.StatusSuspended, "PROVISIONED": flows.StatusSuspended, "RECOVERY": flows.StatusSuspended,
		"PASSWORD_EXPIRED": flows.StatusSuspended, "LOCKED_OUT": flows.StatusSuspended, "SUSPENDED": flows.StatusSuspended,
	} {
		ok(t, org.SetStatus("00uAna", status))
		p, err := o.Person(t.Context(), "00uAna")
		ok(t, err)
		if p.Status != want {
			t.Errorf("%s is %s, want %s", status, p.Status, want)
		}
	}
}

func TestAManagerIsNamedByIdLoginOrAddress(t *testing.T) {
	org := acme(t, nil)
	o := client(t, org, nil, nil)
	cases := map[string]string{ // what managerId says → who it is, or the error
		"00uCaro": "00uCaro", "caro@acme.com": "00uCaro", "CARO@ACME.COM": "00uCaro", "other@acme.com": "00uDora",
		"": "not found", "00uAna": "not found", "00uNobody": "not found", "nobody@acme.com": "not found",
		"caro":      `the manager of Ana Silva is given as "caro" in Okta's managerId, which is no id, login or address`,
		"Caro Lind": `the manager of Ana Silva is given as "Caro Lind" in Okta's managerId, which is no id, login or address`,
		"../groups": `the manager of Ana Silva is given as "../groups" in Okta's managerId, which is no id, login or address`,
	}
	ok(t, org.SetProfile("00uDora", map[string]any{"email": "Other@acme.com"}))
	for value, want := range cases {
		ok(t, org.SetProfile("00uAna", map[string]any{"managerId": value}))
		id, err := o.Manager(t.Context(), "00uAna", 1)
		got := string(id)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func TestGroupNamesAreExactAndUnique(t *testing.T) {
	org := acme(t, nil)
	o := client(t, org, nil, nil)
	ok(t, org.AddGroup(stand.Group{Name: "team", Type: stand.AppGroup}), org.AddGroup(stand.Group{ID: "00gQuote", Name: `say "hi" \`}))
	_, err := o.GroupID(t.Context(), "team")
	if !errors.Is(err, flows.ErrAmbiguous) || err.Error() != "Okta has 2 groups called team: more than one person matches" {
		t.Error(err)
	}
	if _, err := o.GroupID(t.Context(), "PROD-DB"); !errors.Is(err, flows.ErrNotFound) {
		t.Error(err)
	}
	id, err := o.GroupID(t.Context(), `say "hi" \`)
	if err != nil || id != "00gQuote" {
		t.Error(id, err)
	}
}

func TestAttributesOfEveryKindBecomeText(t *testing.T) {
	org := acme(t, nil)
	ok(t, org.SetProfile("00uAna", map[string]any{
		"badge": 12345678901234567, "onCall": true, "teams": []any{"a", "b"}, "nothing": "", "nested": map[string]any{"a": 1},
	}))
	p, err := client(t, org, nil, nil).Person(t.Context(), "00uAna")
	ok(t, err)
	got := []string{p.Attributes["badge"], p.Attributes["onCall"], p.Attributes["teams"]}
	if diff := cmp.Diff([]string{"12345678901234567", "true", "a,b"}, got); diff != "" {
		t.Error(diff)
	}
	for _, absent := range []string{"nothing", "nested"} {
		if v, there := p.Attributes[absent]; there {
			t.Errorf("%s is %q", absent, v)
		}
	}
	if _, err := client(t, org, nil, nil).PersonBy(t.Context(), `a eq "x" or b`, "x"); flows.KindOf(err) != flows.KindInvalid {
		t.Error(err)
	}
}

// TestWhatTheIndexShowsIsReadAgain is about Okta's search, whose index lags: it still shows values that the records no longer have.
func TestWhatTheIndexShowsIsReadAgain(t *testing.T) {
	records := map[string]string{
		"/api/v1/users":         `[{"id":"00uOld","status":"ACTIVE","profile":{"slackId":"U1"}},{"id":"00uGone","status":"ACTIVE","profile":{"slackId":"U1"}},{"id":"00uNew","status":"ACTIVE","profile":{"slackId":"U1"}},{"id":"00uLeft","status":"ACTIVE","profile":{"slackId":"U1"}}]`,
		"/api/v1/users/00uOld":  `{"id":"00uOld","status":"ACTIVE","profile":{"slackId":"U2"}}`,
		"/api/v1/users/00uNew":  `{"id":"00uNew","status":"SUSPENDED","profile":{"slackId":"U1"}}`,
		"/api/v1/users/00uLeft": `{"id":"00uLeft","status":"DEPROVISIONED","profile":{"slackId":"U1"}}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, there := records[r.URL.Path]
		if !there {
			w.WriteHeader(http.StatusNotFound)
			body = `{"errorCode":"E0000007","errorSummary":"Not found"}`
		}
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	o, err := New(Config{BaseURL: server.URL, Token: rest.NewSecret(token)})
	ok(t, err)
	defer o.CloseIdle()
	p, err := o.PersonBy(t.Context(), "slackId", "U1")
	if err != nil || p.ID != "00uNew" || p.Status != flows.StatusSuspended {
		t.Errorf("%+v %v", p, err)
	}
}
