package page

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// start serves the playroom and gives its address.
func start(t *testing.T, opts Options) (*playroom, string) {
	t.Helper()
	room := newPlayroom()
	server := httptest.NewServer(Handler(room, opts))
	t.Cleanup(server.Close)
	return room, server.URL
}

// send makes one request; edit may spoil it.
func send(t *testing.T, method, url, body string, edit func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if edit != nil {
		edit(r)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	said, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, got.Header, string(said)
}

func TestOnlyThePageItselfMayAct(t *testing.T) {
	deed := `{"as":"U0ANA","channel":"C0HELP","text":"hello"}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	cases := []struct {
		name, method string
		edit         func(*http.Request)
		status       int
		done         bool
	}{
		{"the page", "POST", header("Sec-Fetch-Site", "same-origin"), 200, true},
		{"a program without a browser", "POST", nil, 200, true},
		{"another site", "POST", header("Sec-Fetch-Site", "cross-site"), 403, false},
		{"another site, old browser", "POST", header("Origin", "https://evil.example"), 403, false},
		{"another port", "POST", header("Sec-Fetch-Site", "same-site"), 403, false},
		{"a plain form", "POST", header("Content-Type", "application/x-www-form-urlencoded"), 415, false},
		{"a form that claims to be text", "POST", header("Content-Type", "text/plain"), 415, false},
		{"a link", "GET", nil, 404, false},
		{"a rebound name", "POST", func(r *http.Request) { r.Host = "evil.example:8787" }, 421, false},
		{"the host's other address", "POST", func(r *http.Request) { r.Host = "192.168.1.7:8787" }, 421, false},
		{"no host", "POST", func(r *http.Request) { r.Host = "localhost.evil.example" }, 421, false},
		{"localhost", "POST", func(r *http.Request) { r.Host = "localhost:8787" }, 200, true},
		{"IPv6", "POST", func(r *http.Request) { r.Host = "[::1]:8787" }, 200, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			room, at := start(t, Options{})
			status, _, said := send(t, c.method, at+"/api/say", deed, c.edit)
			if status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, said)
			}
			if done := slices.Contains(room.deeds, "say hello"); done != c.done {
				t.Errorf("done is %v, want %v", done, c.done)
			}
		})
	}
}

func TestNamesThatAreAllowed(t *testing.T) {
	_, at := start(t, Options{Hosts: []string{"demo.acme.test"}})
	status, _, _ := send(t, "GET", at+"/", "", func(r *http.Request) { r.Host = "demo.acme.test:8787" })
	if status != http.StatusOK {
		t.Errorf("an allowed name got %d", status)
	}
}

func TestWhatAPostAnswers(t *testing.T) {
	cases := []struct {
		name, deed, body string
		status           int
		says             string
	}{
		{"a deed", "say", `{"as":"U0ANA","channel":"C0HELP","text":"hi"}`, 200, `{}`},
		{"a sentence of the world", "slash", `{"as":"U0ANA","text":"/nothing"}`, 422, `{"error":"/nothing is not a command here. Try /access."}`},
		{"a fault nobody knows", "fault", `{"name":"moon","on":true}`, 422, `{"error":"There is no such fault."}`},
		{"options", "options", `{"as":"U0ANA","at":{"view":"V1","block":"what","action":"what"},"query":"cache"}`, 200,
			`{"options":[{"text":"prod-cache","value":"prod-cache","description":"Okta group · env=prod"}]}`},
		{"errors of a form", "submit", `{"as":"U0ANA","view":"V1"}`, 200, `{"errors":{"what":"Please fill this in."}}`},
		{"nonsense", "say", `{"as":`, 400, ""},
		{"an unknown field", "say", `{"who":"U0ANA"}`, 400, ""},
		{"too much", "say", `{"text":"` + strings.Repeat("x", maxDeed) + `"}`, 413, `{"error":"That is too much text."}`},
		{"an unknown deed", "explode", `{}`, 405, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, at := start(t, Options{})
			status, _, said := send(t, "POST", at+"/api/"+c.deed, c.body, nil)
			if status != c.status || (c.says != "" && said != c.says) {
				t.Errorf("got %d %s, want %d %s", status, said, c.status, c.says)
			}
		})
	}
}

// Each deed reaches the method of its name, with what it needs.
func TestDeedsReachTheWorld(t *testing.T) {
	room, at := start(t, Options{})
	for _, d := range [][2]string{
		{"slash", `{"as":"U0ANA","channel":"D","text":"/access"}`},
		{"shortcut", `{"as":"U0ANA"}`},
		{"home", `{"as":"U0ANA"}`},
		{"fill", `{"as":"U0ANA","at":{"view":"V1","block":"what","action":"what"},"value":"prod-db"}`},
		{"fill", `{"as":"U0ANA","at":{"view":"V1","block":"why","action":"why"},"value":"OPS-1: to see"}`},
		{"submit", `{"as":"U0ANA","view":"V1"}`},
		{"press", `{"as":"U0CARO","at":{"channel":"DU0CARO","ts":"17.0002","block":"decide","action":"approve"},"value":null}`},
		{"close", `{"as":"U0ANA","view":"V1"}`},
		{"read", `{"as":"U0CARO","channel":"DU0CARO","ts":"17.0002"}`},
		{"speed", `{"speed":60}`},
		{"fault", `{"name":"okta","on":true}`},
	} {
		if status, _, said := send(t, "POST", at+"/api/"+d[0], d[1], nil); status != http.StatusOK {
			t.Fatalf("%s: %d %s", d[0], status, said)
		}
	}
	want := []string{
		"slash /access", "shortcut", "home", `fill what "prod-db"`, `fill why "OPS-1: to see"`, "submit V1",
		"press U0CARO approve", "close V1", "read DU0CARO", "speed 60", "fault oktatrue",
	}
	if !slices.Equal(room.deeds, want) {
		t.Errorf("the world saw\n%q, want\n%q", room.deeds, want)
	}
}

func TestReadingChangesNothing(t *testing.T) {
	room, at := start(t, Options{})
	for _, path := range []string{"/", "/app.js", "/api/state?as=U0BEN", "/api/state?as=nobody"} {
		if status, _, _ := send(t, "GET", at+path, "", nil); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	if len(room.deeds) != 0 {
		t.Errorf("reading did %q", room.deeds)
	}
}

func TestStateIsOnePersonsPicture(t *testing.T) {
	_, at := start(t, Options{})
	_, header, said := send(t, "GET", at+"/api/state?as=U0BEN", "", nil)
	if got := header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	var s State
	if err := json.Unmarshal([]byte(said), &s); err != nil {
		t.Fatal(err)
	}
	if s.You != ben || s.Channels[0].ID != "D"+ben || s.Channels[0].Kind != Direct {
		t.Errorf("the picture is of %s, whose first channel is %+v", s.You, s.Channels[0])
	}
	var shape map[string]any
	if err := json.Unmarshal([]byte(said), &shape); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"you", "company", "people", "channels", "outside", "story", "commands"} {
		if shape[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	if _, open := shape["modal"]; open {
		t.Error("a form is open that nobody opened")
	}
}
