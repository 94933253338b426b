package spectest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// answering is a server without a network.
type answering struct {
	status int
	body   string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
	}, nil
}

func TestWhatFitsAndWhatDoesNot(t *testing.T) {
	if !Available() {
		return
	}
	for _, c := range []struct {
		vendor, method, path, body string
		status                     int
		answer                     string
		complaint                  string // "" fits
	}{
		{Okta, "GET", "/api/v1/groups?limit=10", "", 200, `[{"id":"00g1","type":"OKTA_GROUP","profile":{"name":"a"}}]`, ""},
		{Okta, "GET", "/api/v1/groups", "", 200, `[{"id":"00g1","type":"MY_GROUP"}]`, "type"},
		{Okta, "GET", "/api/v1/groups?limmit=10", "", 200, `[]`, `"limmit"`},
		{Okta, "GET", "/api/v1/grupos", "", 200, `[]`, "no matching operation"},
		{Okta, "PUT", "/api/v1/groups/g/users/u", "", 204, ``, ""},
		{Okta, "PUT", "/api/v1/groups/g/users/u", "", 201, ``, "status is not supported"},
		{Okta, "PUT", "/api/v1/groups/g/users/u", "", 503, `<html>`, ""},
		{Okta, "PUT", "/api/v1/groups/g/users/u", "", 403, `{"errorCode":6}`, "errorCode"},
		{Okta, "POST", "/oauth2/v1/token", "a=b", 200, `{}`, ""},
		{PagerDuty, "GET", "/oncalls", "", 200, `{"oncalls":[{"start":null,"end":null,"schedule":null,"escalation_level":1}]}`, ""},
		{PagerDuty, "GET", "/oncalls", "", 200, `{"oncalls":[{"escalation_level":"one"}]}`, "escalation_level"},
		{PagerDuty, "GET", "/oncalls?include[]=users", "", 200,
			`{"oncalls":[{"user":{"id":"P1","type":"user","name":"Ben","email":"ben@acme.example"}}]}`, ""},
		{Jira, "POST", "/rest/api/3/issue", `{"fields":{"summary":"x"}}`, 201, `{"id":"1","key":"SEC-1"}`, ""},
		{Jira, "POST", "/rest/api/3/search/jql", `{"jqll":"x"}`, 200, `{"issues":[],"isLast":true}`, "jqll"},
		{Jira, "GET", "/rest/api/3/issue/SEC-1?fields=status", "", 200, `{"id":1}`, "id"},
	} {
		t.Run(c.method+" "+c.path+" "+c.answer, func(t *testing.T) {
			complaints := said(t, c.vendor, c.method, c.path, c.body, answering{c.status, c.answer})
			if (complaints == "") != (c.complaint == "") || !strings.Contains(complaints, c.complaint) {
				t.Errorf("said %q, want something with %q", complaints, c.complaint)
			}
		})
	}
}

// said sends one call through a Transport and returns what it complained about.
func said(t *testing.T, vendor, method, path, body string, base http.RoundTripper) string {
	t.Helper()
	var complaints strings.Builder
	transport := Transport(t, vendor, base).(*checker)
	transport.fail = func(format string, args ...any) { fmt.Fprintf(&complaints, format, args...) }
	r, err := http.NewRequest(method, "http://127.0.0.1:1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return complaints.String()
}

func TestWithoutDocumentsNothingChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	base := answering{200, "{}"}
	if got := Transport(t, Okta, base); got != http.RoundTripper(base) {
		t.Errorf("got %T, want the transport that was given", got)
	}
	if Available() {
		t.Error("documents found in an empty folder")
	}
}
