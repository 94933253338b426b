package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestASecretPrintsAsDots(t *testing.T) {
	s := NewSecret("hunter2", "env:X")
	type holder struct {
		Open   Secret
		hidden Secret
		Far    *Secret
	}
	h := holder{s, s, &s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%t", "%p", "%w"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", s, &s, h)
	}
	for _, v := range []any{s, &s, h, map[string]Secret{"a": s}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
	}
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("x", "secret", s, "holder", h)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", s, "holder", h)
	text, _ := s.MarshalText()
	out.Write(text)
	for _, leak := range []string{"hunter2", "68756e74657232", "68756E74657232", "104 117"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is shown:\n%s", leak, out.String())
		}
	}
	if s.Reveal() != "hunter2" || s.From() != "env:X" || !s.Named() || (Secret{}).Named() || (Secret{}).Reveal() != "" {
		t.Error("the secret itself is not there")
	}
}

func TestAConfigurationPrintsNoSecret(t *testing.T) {
	c := good(t)
	marshalled, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s", c, *c, c.Slack, marshalled)
	for _, i := range c.Integrations {
		shown += fmt.Sprintf("%+v %+v %+v", i.Okta, i.PagerDuty, i.Jira)
	}
	for _, secret := range []string{"the-app-token", "the-bot-token", "the-okta-token", "the-pagerduty-token", "the-jira-token"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%s is shown", secret)
		}
	}
	if c.Slack.AppToken.Reveal() != "xapp-the-app-token" {
		t.Error("the secret was not resolved")
	}
}

func TestWithoutSecretsNothingIsResolvedButFormsAreChecked(t *testing.T) {
	unread := Options{
		WithoutSecrets: true,
		Getenv:         func(string) string { t.Error("the environment was read"); return "" },
		ReadFile:       func(string) ([]byte, error) { t.Error("a file was read"); return nil, nil },
	}
	c, err := Parse("config.yaml", []byte(strings.Replace(read(t, "good.yaml"), "env:OKTA_TOKEN", "file:x", 1)), unread)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Slack.AppToken; s.Reveal() != "" || s.From() != "env:SLACK_APP_TOKEN" {
		t.Errorf("app token from %s", s.From())
	}
	bad := problemsOf(strings.Replace(read(t, "good.yaml"), "env:OKTA_TOKEN", "THE-SECRET", 1), unread)
	if bad != "11:63: token: write it as env:NAME or file:PATH; secrets never stand in this file" {
		t.Error(bad)
	}
}

// Whatever line of a file holds the secret by mistake, and whatever else is broken, the problems do not show it.
func TestNoProblemShowsASecretPutInTheWrongPlace(t *testing.T) {
	const secret = "s3cr3t-v4lu3"
	text := read(t, "good.yaml")
	for _, literal := range []string{secret, `"` + secret + `"`, "'" + secret, "{a: " + secret + "}", "[" + secret + "]", "|\n      " + secret,
		"env:" + secret, "!!str " + secret, "&" + secret, secret + ": " + secret, "@" + secret, "%" + secret} {
		for _, reference := range []string{"env:SLACK_APP_TOKEN", "env:OKTA_TOKEN", "env:JIRA_TOKEN"} {
			wrong := problemsOf(strings.Replace(text, reference, literal, 1), settings())
			if wrong == "" || strings.Contains(wrong, secret) {
				t.Errorf("%s in place of %s:\n%s", literal, reference, wrong)
			}
		}
	}
}
