package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
)

const token = "s3cr3t-t0ken/with+signs"

// stand serves a handler on loopback and gives a client for it.
func stand(t *testing.T, h http.HandlerFunc, change func(*Config)) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	config := Config{
		Vendor: "Acme", BaseURL: server.URL + "/base/", Conceal: []Secret{NewSecret(token)}, Timeout: 5 * time.Second,
		Auth: func(r *http.Request) error { r.Header.Set("Authorization", "Bearer "+token); return nil },
		Explain: func(_ int, body []byte) (string, string) {
			var e struct{ Message, Code string }
			_ = json.Unmarshal(body, &e) // no words of the vendor then
			return e.Message, e.Code
		},
	}
	if change != nil {
		change(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}

func TestACallCarriesPathQueryBodyAndCredential(t *testing.T) {
	type thing struct{ Name string }
	var seen string
	c := stand(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)}, " | ")
		_, _ = io.WriteString(w, `{"Name":"answer"}`)
	}, nil)
	var got thing
	call := Call{Method: "POST", Path: []string{"v1", "a/b c"}, Query: map[string][]string{"q": {"x y"}}, Body: thing{"ask"}, Into: &got}
	if err := c.Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	want := "POST | /base/v1/a%2Fb%20c | q=x+y | Bearer " + token + ` | application/json | {"Name":"ask"}`
	if seen != want || got.Name != "answer" {
		t.Errorf("sent %s\nwant %s\nread %+v", seen, want, got)
	}
}

// TestStatusesAreClassed is the table of what an answer means for a read and for a change.
func TestStatusesAreClassed(t *testing.T) {
	type class struct {
		Outcome  flows.Outcome
		Lane     bool
		Sentence string
	}
	cases := []struct {
		status       int
		read, change class
	}{
		{400, class{"refused", false, "Acme refuses: no such colour"}, class{"refused", false, "Acme refuses: no such colour"}},
		{401, class{"refused", true, "Acme does not accept our credential; an admin must renew it"}, class{"refused", true, "Acme does not accept our credential; an admin must renew it"}},
		{403, class{"refused", false, "Acme refuses: no such colour"}, class{"refused", false, "Acme refuses: no such colour"}},
		{404, class{"refused", false, "Acme refuses: no such colour"}, class{"refused", false, "Acme refuses: no such colour"}},
		{408, class{"later", true, "Acme has trouble (408)"}, class{"unknown", true, "Acme has trouble (408)"}},
		{429, class{"later", true, "Acme asks us to slow down"}, class{"later", true, "Acme asks us to slow down"}},
		{500, class{"later", true, "Acme has trouble (500)"}, class{"unknown", true, "Acme has trouble (500)"}},
		{503, class{"later", true, "Acme has trouble (503)"}, class{"unknown", true, "Acme has trouble (503)"}},
	}
	for _, tc := range cases {
		c := stand(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tc.status)
			_, _ = io.WriteString(w, `{"Message":"no such\ncolour.","Code":"E7"}`)
		}, nil)
		for method, want := range map[string]class{"GET": tc.read, "PUT": tc.change} {
			err := c.Do(t.Context(), Call{Method: method, Path: []string{"x"}})
			call := flows.AsCall(err)
			if diff := cmp.Diff(want, class{call.Outcome, call.Lane, call.Sentence}); diff != "" {
				t.Errorf("%s %d: %s", method, tc.status, diff)
			}
			if r := RefusalOf(err); r == nil || r.Error() != fmt.Sprintf("%s /base/x: %d E7 no such colour.", method, tc.status) {
				t.Errorf("cause is %v", r)
			}
		}
	}
}

func TestAnAnswerThatIsLostIsUnknownForAChangeOnly(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	troubles := map[string]http.HandlerFunc{
		"Acme broke the connection before it had answered": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"Acme does not answer":                             func(_ http.ResponseWriter, r *http.Request) { <-release },
		"Acme's answer could not be read":                  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
	}
	for sentence, h := range troubles {
		c := stand(t, h, func(c *Config) { c.Timeout = 100 * time.Millisecond })
		for method, want := range map[string]flows.Outcome{"GET": flows.OutcomeLater, "DELETE": flows.OutcomeUnknown} {
			var into map[string]any
			call := flows.AsCall(c.Do(t.Context(), Call{Method: method, Path: []string{"x"}, Into: &into}))
			if call.Outcome != want || call.Sentence != sentence {
				t.Errorf("%s: %s %q, want %s %q", method, call.Outcome, call.Sentence, want, sentence)
			}
		}
	}
}

func TestNobodyThereMeansNothingWasSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close() // so that the port is surely free
	c, err := New(Config{Vendor: "Acme", BaseURL: "http://" + address})
	if err != nil {
		t.Fatal(err)
	}
	call := flows.AsCall(c.Do(t.Context(), Call{Method: "PUT", Path: []string{"x"}, Query: map[string][]string{"key": {"private"}}}))
	if call.Outcome != flows.OutcomeLater || !call.Lane || call.Sentence != "Acme cannot be reached" {
		t.Errorf("%+v", call)
	}
	if strings.Contains(call.Error(), "private") {
		t.Errorf("the query is in %q", call.Error())
	}
}

func TestACallerWhoGivesUpClosesNoLane(t *testing.T) {
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	defer close(release)
	c := stand(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release }, nil)
	for method, want := range map[string]flows.Outcome{"GET": flows.OutcomeLater, "PUT": flows.OutcomeUnknown} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-arrived; cancel() }()
		call := flows.AsCall(c.Do(ctx, Call{Method: method, Path: []string{"x"}}))
		if call.Outcome != want || call.Lane || call.Sentence != "the call to Acme was given up" {
			t.Errorf("%s: %+v", method, call)
		}
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	c := stand(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 101)) }, func(c *Config) { c.MaxAnswer = 100 })
	call := flows.AsCall(c.Do(t.Context(), Call{Method: "GET", Path: []string{"x"}}))
	if call.Error() != "Acme's answer could not be read: the answer is longer than 100 bytes" {
		t.Error(call)
	}
}

func TestRedirectsStayAtHome(t *testing.T) {
	reached := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer elsewhere.Close()
	c := stand(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/base/away":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case "/base/home":
			http.Redirect(w, r, "/base/there", http.StatusTemporaryRedirect)
		}
	}, nil)
	away := flows.AsCall(c.Do(t.Context(), Call{Method: "GET", Path: []string{"away"}}))
	if away == nil || away.Outcome != flows.OutcomeRefused || away.Sentence != "Acme answers with a redirect to another address; an admin must check api_url" {
		t.Errorf("%+v", away)
	}
	if err := c.Do(t.Context(), Call{Method: "GET", Path: []string{"home"}}); err != nil {
		t.Error(err)
	}
	if call := flows.AsCall(c.Do(t.Context(), Call{Method: "PUT", Path: []string{"home"}})); call == nil || call.Outcome != flows.OutcomeRefused {
		t.Errorf("a change was redirected: %+v", call)
	}
	if reached != 0 {
		t.Error("another host was asked")
	}
}

func TestAMissingIdNeverWidensACall(t *testing.T) {
	c := stand(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }, nil)
	for _, id := range []string{"", ".", ".."} {
		call := flows.AsCall(c.Do(t.Context(), Call{Method: "DELETE", Path: []string{"groups", id, "users"}}))
		if call.Outcome != flows.OutcomeRefused {
			t.Errorf("%q: %+v", id, call)
		}
	}
}

func TestALibraryMayNotCallAnotherHost(t *testing.T) {
	c := stand(t, func(http.ResponseWriter, *http.Request) {}, nil)
	r, _ := http.NewRequest("GET", "http://127.0.0.1:1/x", nil)
	if _, err := c.Exchange(r, ""); flows.AsCall(err).Sentence != "Acme was not asked: the call is for another host" {
		t.Error(err)
	}
}

func TestTheVendorsDateIsObserved(t *testing.T) {
	var seen time.Time
	c := stand(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Date", "Sun, 22 Nov 2026 12:00:00 GMT") },
		func(c *Config) { c.Observe = func() func(time.Time) { return func(d time.Time) { seen = d } } })
	if err := c.Do(t.Context(), Call{Method: "GET", Path: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC); !seen.Equal(want) {
		t.Errorf("saw %s", seen)
	}
}

func TestBaseAddresses(t *testing.T) {
	good := map[string]string{
		"https://acme.okta.com":       "https://acme.okta.com",
		" https://acme.okta.com/ ":    "https://acme.okta.com",
		"http://127.0.0.1:8081/slack": "http://127.0.0.1:8081/slack",
		"http://[::1]:1/":             "http://[::1]:1",
		"http://localhost:1":          "http://localhost:1",
	}
	for raw, want := range good {
		if u, err := ParseBase(raw); err != nil || u.String() != want {
			t.Errorf("%q: %v %v", raw, u, err)
		}
	}
	bad := map[string]string{
		"":                        "the address is not one; write it like https://acme.example.com",
		"acme.okta.com":           "the address is not one; write it like https://acme.example.com",
		"http://acme.okta.com":    "the address of acme.okta.com must be https; plain http is for loopback only",
		"http://127.0.0.1.evil.x": "the address of 127.0.0.1.evil.x must be https; plain http is for loopback only",
		"ftp://acme.okta.com":     "the address of acme.okta.com must begin with https://",
		"https://u:pass@acme.x":   "the address of acme.x must have no user, query or fragment",
		"https://acme.x/?a=b":     "the address of acme.x must have no user, query or fragment",
	}
	for raw, want := range bad {
		if u, err := ParseBase(raw); err == nil || err.Error() != want {
			t.Errorf("%q: %v %v", raw, u, err)
		}
	}
}
