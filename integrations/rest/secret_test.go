package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestASecretPrintsAsDotsEverywhere(t *testing.T) {
	type holder struct {
		Shown  Secret
		hidden Secret
	}
	s := NewSecret(token)
	h := holder{s, s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%T", "%p", "%t"} {
		_, _ = fmt.Fprintf(&out, verb+verb+verb+verb, s, &s, h, &h)
	}
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", s, "holder", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", s, "holder", h)
	if strings.Contains(out.String(), token) || strings.Contains(out.String(), fmt.Sprintf("%x", token)) {
		t.Errorf("leaked: %s", out.String())
	}
	if h.hidden.Reveal() != token || s.IsZero() || !(Secret{}).IsZero() {
		t.Error("the value is gone")
	}
}

// TestAVendorThatEchoesTheTokenLeaksNothing is about an answer that repeats what it was sent, in each form that it was sent in.
func TestAVendorThatEchoesTheTokenLeaksNothing(t *testing.T) {
	forms := []string{token, url.QueryEscape(token), base64.StdEncoding.EncodeToString([]byte(token)), "learned-later"}
	for _, form := range forms {
		c := stand(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"Message":"bad token `+form+` at https://x.example/y?key=hush"}`)
		}, nil)
		c.Conceal(NewSecret("learned-later"))
		err := c.Do(t.Context(), Call{Method: "GET", Path: []string{"x"}})
		want := "Acme refuses: bad token •••• at https://x.example/y?…: GET /base/x: 400 bad token •••• at https://x.example/y?…"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestACredentialThatCannotBeMadeSendsNothing(t *testing.T) {
	c := stand(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }, func(c *Config) {
		c.Auth = func(*http.Request) error { return fmt.Errorf("no key for %s", token) }
	})
	err := c.Do(t.Context(), Call{Method: "PUT", Path: []string{"x"}})
	if err == nil || err.Error() != "the credential for Acme cannot be used: no key for ••••" {
		t.Error(err)
	}
}
