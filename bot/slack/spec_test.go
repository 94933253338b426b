package slack

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hallpass/bot"
	sandbox "hallpass/sandbox/slack"
)

// younger are the arguments that Slack has added since its document was made (2021).
var younger = map[string]bool{"metadata": true}

// spec is what Slack's own document says of each method's arguments; nil where the document does not lie beside the checkout.
func spec(t *testing.T) map[string]map[string]bool {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "specs", "slack.json"))
	if err != nil {
		return nil
	}
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name string `json:"name"`
			} `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	known := map[string]map[string]bool{}
	for path, verbs := range document.Paths {
		arguments := map[string]bool{}
		for _, verb := range verbs {
			for _, p := range verb.Parameters {
				arguments[p.Name] = true
			}
		}
		known[strings.TrimPrefix(path, "/")] = arguments
	}
	return known
}

// listener writes down the arguments of each call.
type listener struct {
	mu   sync.Mutex
	base http.RoundTripper
	sent map[string]map[string]bool
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	arguments := map[string]any{}
	if json.Unmarshal(raw, &arguments) != nil {
		form, _ := url.ParseQuery(string(raw))
		for name := range form {
			arguments[name] = nil
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, method, _ := strings.Cut(r.URL.Path, "/api/")
	if l.sent[method] == nil {
		l.sent[method] = map[string]bool{}
	}
	for name := range arguments {
		l.sent[method][name] = true
	}
	return l.base.RoundTrip(r)
}

// Every argument that we send is one that Slack's own document knows for that method.
func TestArgumentsAreSlacks(t *testing.T) {
	heard := &listener{base: &http.Transport{DisableKeepAlives: true}, sent: map[string]map[string]bool{}}
	d := newDesk(t, sandbox.Options{}, func(c *Config) { c.Transport = heard }).run()
	at := d.post(approverCard())
	d.must(d.s.Update(d.ctx, at, endedCard()))
	_, err := d.s.Post(d.ctx, at, at.TS, "k", endedCard())
	d.must(err)
	d.must(d.s.Whisper(d.ctx, bot.Address{Channel: "C0FEED"}, d.ana(), endedCard()))
	d.must(d.s.ShowHome(d.ctx, d.ana(), homePage()))
	d.must(d.s.Delete(d.ctx, at))
	_ = d.s.OpenForm(d.ctx, "t", askForm())                                // refused, but sent
	_ = d.s.UpdateForm(d.ctx, bot.FormRef{ID: "V1", Hash: "h"}, askForm()) // refused, but sent
	_, err = d.s.Fit(d.ctx, "T01ACME", "C0FEED")
	d.must(err)
	_, err = d.s.Find(d.ctx, Platform, "T01ACME", "ana@acme.com")
	d.must(err)
	if got, want := len(heard.sent), len(scopesOf); got != want {
		t.Errorf("%d methods were called, want all %d", got, want)
	}
	for method, known := range spec(t) {
		for name := range heard.sent[method] {
			if !known[name] && !younger[name] {
				t.Errorf("%s was called with %s, which Slack's document does not know", method, name)
			}
		}
	}
}
