package playground_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallpass/demo/playground"
	"hallpass/sandbox"
)

// bench is a relay between a Playground and a program, both of which only keep what they get.
type bench struct {
	*testing.T
	relay   *playground.Relay
	c       *sandbox.Company
	program *received // what Hallpass gets
	screen  *received // what the Playground gets
}

// received keeps the last request, and answers.
type received struct {
	*httptest.Server
	n      int
	method string
	path   string
	header http.Header
	body   map[string]any
}

func receive(t *testing.T, status int, answer string) *received {
	r := &received{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.n, r.method, r.path, r.header, r.body = r.n+1, req.Method, req.URL.Path, req.Header.Clone(), nil
		if raw, _ := io.ReadAll(req.Body); len(raw) > 0 {
			_ = json.Unmarshal(raw, &r.body)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(r.Close)
	return r
}

func between(t *testing.T) *bench {
	t.Helper()
	c, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	relay, err := playground.Start(c.Teams, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{T: t, relay: relay, c: c, program: receive(t, http.StatusOK, `{"task":{}}`), screen: receive(t, http.StatusCreated, `{"id":"m1"}`)}
	c.Teams.SetBotURL(b.program.URL + "/api/messages")
	return b
}

// asks makes a request and gives its answer.
func (b *bench) asks(method, address, kind, token, body string) (int, string) {
	b.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// says is an activity of the Playground.
func (b *bench) says() (int, string) {
	b.Helper()
	return b.asks("POST", b.relay.Endpoint(), "application/json; charset=utf-8", "", `{"type":"message","text":"access","serviceUrl":"`+b.screen.URL+`/_connector"}`)
}

// token is one that Entra's stand-in gives the bot.
func (b *bench) token() string {
	b.Helper()
	resp, err := http.PostForm(b.c.Teams.TokenURL(), url.Values{"grant_type": {"client_credentials"}, "client_id": {sandbox.TeamsAppID},
		"client_secret": {sandbox.TeamsSecret}, "scope": {"https://api.botframework.com/.default"}})
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var said struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil || said.Token == "" {
		b.Fatalf("no token: %v", err)
	}
	return said.Token
}

func TestWhatThePlaygroundSendsIsSigned(t *testing.T) {
	b := between(t)
	status, answer := b.says()
	if status != http.StatusOK || answer != `{"task":{}}` {
		t.Errorf("the program's answer came as %d %s", status, answer)
	}
	if !strings.HasPrefix(b.program.header.Get("Authorization"), "Bearer ey") || b.program.body["text"] != "access" || b.program.body["serviceUrl"] != b.relay.Host()+"/playground/" {
		t.Errorf("the program got %v %v", b.program.header, b.program.body)
	}
}

func TestOnlyThePlaygroundOfThisMachineIsSigned(t *testing.T) {
	b := between(t)
	for name, c := range map[string]struct {
		kind, body string
		status     int
	}{
		"a form of a web page":     {"text/plain", `{"serviceUrl":"http://127.0.0.1:1/"}`, http.StatusUnsupportedMediaType},
		"no JSON":                  {"application/json", `access`, http.StatusBadRequest},
		"a connector elsewhere":    {"application/json", `{"serviceUrl":"http://evil.example/"}`, http.StatusBadRequest},
		"a connector by file":      {"application/json", `{"serviceUrl":"file:///etc/hosts"}`, http.StatusBadRequest},
		"no connector":             {"application/json", `{"type":"message"}`, http.StatusBadRequest},
		"more than an activity":    {"application/json", `{"text":"` + strings.Repeat("a", 2<<20) + `"}`, http.StatusBadRequest},
		"a name like this machine": {"application/json", `{"serviceUrl":"http://localhost.evil.example/"}`, http.StatusBadRequest},
	} {
		if status, _ := b.asks("POST", b.relay.Endpoint(), c.kind, "", c.body); status != c.status {
			t.Errorf("%s: answered with %d", name, status)
		}
	}
	if b.program.n > 0 {
		t.Errorf("the program got %v", b.program.body)
	}
	if _, err := playground.Start(b.c.Teams, "0.0.0.0:0"); err == nil {
		t.Error("a relay was opened to everybody")
	}
}

// A card loses what the Playground cannot do, and nothing else.
func TestWhatHallpassSendsReachesThePlayground(t *testing.T) {
	b := between(t)
	send := b.relay.Host() + "/playground/v3/conversations/a:playground/activities"
	const card = `{"attachments":[{"content":{"msteams":{"width":"Full"},"refresh":{"userIds":[]},"body":[{"id":"resource","choices":[{"title":"prod-db"}],"choices.data":{"dataset":"x"}}],` +
		`"actions":[{"data":{"hallpass":{"do":"press"},"msteams":{"type":"task/fetch"}}}]}}]}`
	if status, _ := b.asks("POST", send, "application/json", b.token(), card); status != http.StatusNotFound {
		t.Errorf("before the Playground was opened: %d", status)
	}
	b.says()
	for _, token := range []string{"", "made-up"} {
		if status, _ := b.asks("POST", send, "application/json", token, card); status != http.StatusUnauthorized || b.screen.n > 0 {
			t.Errorf("with the token %q: %d", token, status)
		}
	}
	status, answer := b.asks("POST", send, "application/json", b.token(), card)
	if status != http.StatusCreated || answer != `{"id":"m1"}` || b.screen.path != "/_connector/v3/conversations/a:playground/activities" || b.screen.header.Get("Authorization") != "" {
		t.Errorf("%d %s, and the Playground got %s %v", status, answer, b.screen.path, b.screen.header)
	}
	const drawn = `{"attachments":[{"content":{"actions":[{"data":{"hallpass":{"do":"press"}}}],"body":[{"choices":[{"title":"prod-db"}],"id":"resource"}]}}]}`
	if raw, _ := json.Marshal(b.screen.body); string(raw) != drawn {
		t.Errorf("the Playground draws\n%s", raw)
	}
}

// The Playground refuses to delete.
func TestAMessageThatIsDeletedIsEmptied(t *testing.T) {
	b := between(t)
	b.says()
	status, _ := b.asks("DELETE", b.relay.Host()+"/playground/v3/conversations/a:playground/activities/m1", "", b.token(), "")
	if status != http.StatusCreated || b.screen.method != http.MethodPut || b.screen.body["text"] != "(This message was taken away.)" {
		t.Errorf("%d, and the Playground got %s %v", status, b.screen.method, b.screen.body)
	}
}

// The Playground knows people by their id towards the bot alone, Hallpass asks by the object id.
func TestAMemberIsFoundByObjectID(t *testing.T) {
	b := between(t)
	b.says()
	for _, id := range []string{sandbox.AnaTeams, "ana.silva@acme.example"} {
		b.asks("GET", b.relay.Host()+"/playground/v3/conversations/a:playground/members/"+id, "", b.token(), "")
		if want := "/_connector/v3/conversations/a:playground/members/" + b.c.Teams.MRI(sandbox.AnaTeams); b.screen.path != want {
			t.Errorf("the Playground was asked for %s", b.screen.path)
		}
	}
}

func TestThePlaygroundsFile(t *testing.T) {
	b := between(t)
	path, err := playground.WriteFile(t.TempDir(), b.c.Teams, "Ana")
	if err != nil || filepath.Base(path) != ".m365agentsplayground.yml" {
		t.Fatal(path, err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		TenantID    string
		CurrentUser struct{ ID, AADObjectID, UserPrincipleName string }
		Users       []struct{ Name string }
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if u := file.CurrentUser; file.TenantID != sandbox.TenantID || u.AADObjectID != sandbox.AnaTeams || u.ID != b.c.Teams.MRI(sandbox.AnaTeams) || len(file.Users) != 5 {
		t.Errorf("%s", raw)
	}
}
