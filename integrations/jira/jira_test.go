package jira

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
	"hallpass/integrations/rest"
	"hallpass/integrations/suite"
	stand "hallpass/sandbox/jira"
	"hallpass/sandbox/spectest"
)

const (
	user  = "bot@acme.com"
	token = "ATATT-jira-token"
)

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// site is a site with one project and a client for it, each call held against Jira's own document.
func site(t *testing.T) (*stand.Site, *Jira, *suite.Wire) {
	t.Helper()
	s, err := stand.Start(stand.Options{Email: user, Token: token})
	ok(t, err)
	t.Cleanup(func() { _ = s.Close() })
	ok(t, s.AddProject(stand.Project{Key: "SEC", Name: "Security", Workflow: stand.Strict()}))
	transport, wire := &http.Transport{}, &suite.Wire{}
	t.Cleanup(transport.CloseIdleConnections)
	j, err := New(Config{
		BaseURL: s.URL(), User: user, Token: rest.NewSecret(token), Project: "SEC", Timeout: suite.Timeout,
		Transport: wire.Over(spectest.Transport(t, spectest.Jira, transport)),
	})
	ok(t, err)
	return s, j, wire
}

func draft() flows.TicketDraft {
	return flows.TicketDraft{IssueType: "Task", Label: "hallpass-r142", Summary: "Ana Silva: prod-db, 2 h", Body: []string{"Replay failed payments", "Agreed by Caro Lind"}}
}

func open(t *testing.T, j *Jira) string {
	t.Helper()
	key, err := j.Open(t.Context(), draft())
	ok(t, err)
	return key
}

func TestATicketIsOpenedOnceForALabel(t *testing.T) {
	s, j, _ := site(t)
	first, second := open(t, j), open(t, j)
	if first != second || len(s.Issues()) != 1 {
		t.Errorf("%s and %s of %d", first, second, len(s.Issues()))
	}
	other := draft()
	other.Label = "hallpass-r143"
	third, err := j.Open(t.Context(), other)
	ok(t, err)
	if third == first {
		t.Error("another label gives the same ticket")
	}
	issue, _ := s.Issue(first)
	if issue.Summary != "Ana Silva: prod-db, 2 h" || issue.Type != "Task" || cmp.Diff([]string{"hallpass-r142"}, issue.Labels) != "" {
		t.Errorf("%+v", issue)
	}
}

func TestATicketWhoseAnswerWasLostIsFound(t *testing.T) {
	s, j, wire := site(t)
	wire.BreakCall(suite.Lost, 2) // the first call is the search
	_, err := j.Open(t.Context(), draft())
	if call := flows.AsCall(err); call == nil || call.Outcome != flows.OutcomeUnknown {
		t.Fatalf("%+v", call)
	}
	wire.Heal()
	if key := open(t, j); len(s.Issues()) != 1 || s.Issues()[0].Key != key {
		t.Errorf("%s of %+v", key, s.Issues())
	}
}

func TestTypedTextStaysText(t *testing.T) {
	s, j, _ := site(t)
	d := draft()
	d.Summary = "one\ntwo " + strings.Repeat("é", 300)
	d.Body = []string{"h1. {code} [~accountid:5] *bold*\nsecond\x00 line", "  ", ""}
	key, err := j.Open(t.Context(), d)
	ok(t, err)
	issue, _ := s.Issue(key)
	if want := "h1. {code} [~accountid:5] *bold*\nsecond line"; issue.Description != want {
		t.Errorf("description %q", issue.Description)
	}
	if n := len([]rune(issue.Summary)); n != longestSummary || !strings.HasPrefix(issue.Summary, "one two é") || !strings.HasSuffix(issue.Summary, "…") {
		t.Errorf("summary of %d: %q", n, issue.Summary)
	}
	d.Label, d.Body = "hallpass-empty", nil
	_, err = j.Open(t.Context(), d)
	ok(t, err)
}

func TestACommentIsWrittenOnceForAMark(t *testing.T) {
	s, j, wire := site(t)
	key := open(t, j)
	ok(t, s.Comment(key, stand.DefaultAccountID, "somebody quotes (R142·1) in a comment"))
	wire.BreakCall(suite.Lost, 2)
	if call := flows.AsCall(j.Comment(t.Context(), key, "R142·1", []string{"Given at 12:28"})); call == nil || call.Outcome != flows.OutcomeUnknown {
		t.Fatalf("%+v", call)
	}
	wire.Heal()
	for range 2 {
		ok(t, j.Comment(t.Context(), key, "R142·1", []string{"Given at 12:28"}))
	}
	ok(t, j.Comment(t.Context(), key, "R142·2", []string{"Taken back at 14:30"}))
	issue, _ := s.Issue(key)
	var texts []string
	for _, c := range issue.Comments {
		texts = append(texts, c.Text)
	}
	want := []string{"somebody quotes (R142·1) in a comment", "Given at 12:28\n(R142·1)", "Taken back at 14:30\n(R142·2)"}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
}

func TestAMarkIsFoundBeyondTheFirstPage(t *testing.T) {
	s, j, _ := site(t)
	key := open(t, j)
	ok(t, j.Comment(t.Context(), key, "R142·1", []string{"first"}))
	for range commentsPage + 20 {
		ok(t, s.Comment(key, stand.DefaultAccountID, "chatter"))
	}
	ok(t, j.Comment(t.Context(), key, "R142·1", []string{"first"}))
	if issue, _ := s.Issue(key); len(issue.Comments) != commentsPage+21 {
		t.Errorf("%d comments", len(issue.Comments))
	}
}

func TestATicketIsMovedByTheNameOfAStatus(t *testing.T) {
	s, j, _ := site(t)
	key := open(t, j)
	err := j.Move(t.Context(), key, "Done")
	if call := flows.AsCall(err); call == nil || call.Outcome != flows.OutcomeRefused ||
		call.Sentence != key+" cannot be moved from Open to Done: the workflow allows only In Progress from there" {
		t.Errorf("%+v", call)
	}
	for _, to := range []string{"in progress", "In Progress", "done"} {
		ok(t, j.Move(t.Context(), key, to))
	}
	name, err := j.Status(t.Context(), key)
	if err != nil || name != "Done" {
		t.Error(name, err)
	}
	s.Conflict(key, 1)
	if call := flows.AsCall(j.Move(t.Context(), key, "Open")); call == nil || call.Outcome != flows.OutcomeLater || call.Lane {
		t.Errorf("%+v", call)
	}
	ok(t, j.Move(t.Context(), key, "Open"))
}

func TestAMoveThatWantsMoreFieldsIsRefusedInJirasWords(t *testing.T) {
	s, j, _ := site(t)
	w := stand.Strict()
	w.Transitions[0].Requires = []string{"resolution"}
	ok(t, s.AddProject(stand.Project{Key: "OPS", Name: "Operations", Workflow: w}))
	key, err := s.Open(stand.Issue{Project: "OPS", Type: "Task", Summary: "x"})
	ok(t, err)
	call := flows.AsCall(j.Move(t.Context(), key, "In Progress"))
	if call == nil || call.Outcome != flows.OutcomeRefused || call.Sentence != "Jira refuses: resolution: resolution is required" {
		t.Errorf("%+v", call)
	}
}

func TestATicketThatDoesNotExist(t *testing.T) {
	_, j, _ := site(t)
	if _, err := j.Status(t.Context(), "SEC-99"); !errors.Is(err, flows.ErrNotFound) {
		t.Error(err)
	}
	for _, err := range []error{j.Move(t.Context(), "SEC-99", "Done"), j.Comment(t.Context(), "SEC-99", "m", nil)} {
		if call := flows.AsCall(err); call == nil || call.Outcome != flows.OutcomeRefused || call.Sentence != "SEC-99 does not exist in Jira, or our account may not see it" {
			t.Errorf("%+v", call)
		}
	}
	for _, label := range []string{"", "two words"} {
		d := draft()
		d.Label = label
		if _, err := j.Open(t.Context(), d); flows.AsCall(err).Outcome != flows.OutcomeRefused {
			t.Errorf("%q: %v", label, err)
		}
	}
	d := draft()
	d.IssueType = "Song"
	if _, err := j.Open(t.Context(), d); flows.AsCall(err).Sentence != "Jira refuses: issuetype: Specify a valid issue type" {
		t.Error(err)
	}
}

func TestFailuresAreClassed(t *testing.T) {
	_, j, wire := site(t)
	key := open(t, j)
	type class struct {
		outcome flows.Outcome
		lane    bool
	}
	for fault, want := range map[suite.Fault]struct{ read, change class }{
		suite.Refused:      {class{flows.OutcomeLater, true}, class{flows.OutcomeLater, true}},
		suite.Cut:          {class{flows.OutcomeLater, true}, class{flows.OutcomeUnknown, true}},
		suite.Unauthorized: {class{flows.OutcomeRefused, true}, class{flows.OutcomeRefused, true}},
		suite.Forbidden:    {class{flows.OutcomeRefused, false}, class{flows.OutcomeRefused, false}},
		suite.Stray404:     {class{flows.OutcomeRefused, false}, class{flows.OutcomeRefused, false}},
		suite.Limited:      {class{flows.OutcomeLater, true}, class{flows.OutcomeLater, true}},
		suite.Unavailable:  {class{flows.OutcomeLater, true}, class{flows.OutcomeUnknown, true}},
	} {
		wire.Break(fault)
		_, search := j.Open(t.Context(), draft())
		_, read := j.Status(t.Context(), key)
		wire.BreakChanges(fault)
		for err, want := range map[error]class{search: want.read, read: want.read, j.Comment(t.Context(), key, "m", nil): want.change, j.Move(t.Context(), key, "In Progress"): want.change} {
			suite.NoSecret(t, []string{token}, err, j)
			call := flows.AsCall(err)
			if call == nil || call.Outcome != want.outcome || call.Lane != want.lane || errors.Is(err, flows.ErrNotFound) {
				t.Errorf("%s: %+v, want %+v", fault, call, want)
			}
		}
	}
}

func TestACommentThatHangsIsUnknown(t *testing.T) {
	_, j, wire := site(t)
	key := open(t, j)
	wire.BreakChanges(suite.Hang)
	if call := flows.AsCall(j.Comment(t.Context(), key, "m", nil)); call == nil || call.Outcome != flows.OutcomeUnknown || call.Sentence != "Jira does not answer" {
		t.Errorf("%+v", call)
	}
}

func TestOneTicketWrittenTooFastHoldsUpNoOther(t *testing.T) {
	s, j, _ := site(t)
	key := open(t, j)
	s.SetWriteLimits(stand.WriteLimit{Writes: 1, Per: time.Hour})
	ok(t, j.Comment(t.Context(), key, "R142·1", []string{"one"}))
	call := flows.AsCall(j.Comment(t.Context(), key, "R142·2", []string{"two"}))
	if call == nil || call.Outcome != flows.OutcomeLater || call.Lane || call.RetryAfter < 59*time.Minute || call.RetryAfter > time.Hour {
		t.Errorf("%+v", call)
	}
	if _, err := j.Status(t.Context(), key); err != nil {
		t.Error(err)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	good := Config{BaseURL: "https://acme.atlassian.net", User: user, Token: rest.NewSecret(token), Project: "SEC"}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
	plain, nobody := good, good
	plain.BaseURL, nobody.User = "http://acme.atlassian.net", ""
	for want, c := range map[string]Config{
		"Jira needs a user (an address), a token and a project":                            nobody,
		"the address of acme.atlassian.net must be https; plain http is for loopback only": plain,
	} {
		if _, err := New(c); err == nil || err.Error() != want {
			t.Error(err)
		}
	}
}
