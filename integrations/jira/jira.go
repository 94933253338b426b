// Package jira keeps a ticket in Jira Cloud beside a request.
//
// The vocabulary: a label makes a ticket findable, a mark makes a comment findable; both are how a repeat after a lost answer finds what
// the first try has made. A move is a transition to a status by its name, since ids differ from workflow to workflow.
//
// What is promised: Open gives the oldest ticket with the label, if there is one; a comment with the same mark is written once; a ticket
// that is there already is not moved. Text that people typed is plain text. Read gives a ticket as it is at this moment, straight from the issue.
//
// What is not done: Jira's index lags some seconds behind, so that two tries within them can open two tickets; the engine waits longer
// than that before it repeats a call whose answer was lost. Who wrote a comment with our mark is not looked at.
package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// Jira's limits.
const (
	longestSummary = 255    // characters, documented
	longestBody    = 32_000 // characters; a text field takes 32,767 with its markup
	commentsPage   = 100
	mostComments   = 10_000 // where looking for a mark ends
)

// Config says which site and which project.
type Config struct {
	BaseURL string // https://acme.atlassian.net, or https://api.atlassian.com/ex/jira/CLOUDID for scoped tokens and service accounts
	User    string // the address of the account that the token belongs to
	Token   rest.Secret
	Project string // the key of the project that tickets are opened in

	Transport http.RoundTripper
	Timeout   time.Duration               // for one call
	Now       func() time.Time            // machine time
	Observe   func() func(date time.Time) // as rest.Config has it
}

// Jira implements flows.Tickets.
type Jira struct {
	rest    *rest.Client
	project string
	mu      sync.Mutex
	self    string // our own account id, once known
}

var _ flows.Tickets = (*Jira)(nil)

// New checks the configuration; it makes no call.
func New(c Config) (*Jira, error) {
	if c.User == "" || c.Token.IsZero() || c.Project == "" {
		return nil, errors.New("Jira needs a user (an address), a token and a project")
	}
	pair := rest.NewSecret(c.User + ":" + c.Token.Reveal())
	client, err := rest.New(rest.Config{
		Vendor: "Jira", BaseURL: c.BaseURL, Conceal: []rest.Secret{pair, c.Token}, Transport: c.Transport, Timeout: c.Timeout,
		Now: c.Now, Observe: c.Observe, Explain: explain, Narrow: perIssue,
		Auth: func(r *http.Request) error { r.SetBasicAuth(c.User, c.Token.Reveal()); return nil },
	})
	if err != nil {
		return nil, err
	}
	return &Jira{rest: client, project: c.Project}, nil
}

// CloseIdle lets go of connections that wait for reuse.
func (j *Jira) CloseIdle() { j.rest.CloseIdle() }

func path(segments ...string) []string { return append([]string{"rest", "api", "3"}, segments...) }

func refused(format string, args ...any) *flows.CallError {
	return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: fmt.Sprintf(format, args...)}
}

// Open gives the key of the ticket with the draft's label, opening it where there is none.
func (j *Jira) Open(ctx context.Context, t flows.TicketDraft) (string, error) {
	if t.Label == "" || strings.ContainsFunc(t.Label, func(r rune) bool { return r <= ' ' }) {
		return "", refused("%q cannot be a label in Jira: a label has no spaces", t.Label)
	}
	if key, err := j.labelled(ctx, t.Label); err != nil || key != "" {
		return key, err
	}
	fields := map[string]any{
		"project": map[string]string{"key": j.project}, "issuetype": map[string]string{"name": t.IssueType},
		"summary": flows.Cut(printable(strings.Join(strings.Fields(t.Summary), " ")), longestSummary), "labels": []string{t.Label},
	}
	if doc := document(t.Body); len(doc.Content) > 0 {
		fields["description"] = doc
	}
	var made struct{ Key string }
	err := j.rest.Do(ctx, rest.Call{Method: http.MethodPost, Path: path("issue"), Body: map[string]any{"fields": fields}, Into: &made})
	return made.Key, err
}

// labelled is the key of the oldest ticket with a label, empty when there is none.
func (j *Jira) labelled(ctx context.Context, label string) (string, error) {
	jql := fmt.Sprintf("project = %s AND labels = %s ORDER BY created ASC", quoted(j.project), quoted(label))
	var found struct{ Issues []struct{ Key string } }
	call := rest.Call{
		Method: http.MethodPost, Path: path("search", "jql"), Into: &found, Reads: true,
		Body: map[string]any{"jql": jql, "maxResults": 1, "fields": []string{"summary"}},
	}
	if err := j.rest.Do(ctx, call); err != nil || len(found.Issues) == 0 {
		return "", err
	}
	return found.Issues[0].Key, nil
}

// quoted is a string in JQL.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Comment adds a comment that ends with the mark, unless one does already.
func (j *Jira) Comment(ctx context.Context, key, mark string, body []string) error {
	there, err := j.marked(ctx, key, mark)
	if err != nil || there {
		return missing(key, err)
	}
	call := rest.Call{Method: http.MethodPost, Path: path("issue", key, "comment"), Body: map[string]any{"body": signed(body, mark)}}
	return missing(key, j.rest.Do(ctx, call))
}

// marked looks for a comment with a mark, youngest first.
func (j *Jira) marked(ctx context.Context, key, mark string) (bool, error) {
	for start := 0; start < mostComments; start += commentsPage {
		var page struct {
			Total    int
			Comments []struct{ Body node }
		}
		query := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(commentsPage)}, "orderBy": {"-created"}}
		if err := j.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("issue", key, "comment"), Query: query, Into: &page}); err != nil {
			return false, err
		}
		for _, c := range page.Comments {
			if c.Body.bears(mark) {
				return true, nil
			}
		}
		if len(page.Comments) == 0 || start+len(page.Comments) >= page.Total {
			return false, nil
		}
	}
	return false, refused("%s has more than %d comments, so Hallpass writes none", key, mostComments)
}

type status struct{ Name string }

// Status is the name of the status that a ticket is in; ErrNotFound when there is no such ticket, or none that we may see.
func (j *Jira) Status(ctx context.Context, key string) (string, error) {
	name, err := j.status(ctx, key)
	if gone(err) {
		return "", flows.ErrNotFound
	}
	return name, err
}

func (j *Jira) status(ctx context.Context, key string) (string, error) {
	var issue struct{ Fields struct{ Status status } }
	err := j.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("issue", key), Query: url.Values{"fields": {"status"}}, Into: &issue})
	return issue.Fields.Status.Name, err
}

type transition struct {
	ID string
	To status
}

// Move brings a ticket to a status by its name, whatever the case. Being there already is done.
func (j *Jira) Move(ctx context.Context, key, to string) error {
	now, err := j.status(ctx, key)
	if err != nil || strings.EqualFold(now, to) {
		return missing(key, err)
	}
	var list struct{ Transitions []transition }
	if err := j.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("issue", key, "transitions"), Into: &list}); err != nil {
		return missing(key, err)
	}
	i := slices.IndexFunc(list.Transitions, func(t transition) bool { return strings.EqualFold(t.To.Name, to) })
	if i < 0 {
		return unreachable(key, now, to, list.Transitions)
	}
	body := map[string]any{"transition": map[string]string{"id": list.Transitions[i].ID}}
	return raced(missing(key, j.rest.Do(ctx, rest.Call{Method: http.MethodPost, Path: path("issue", key, "transitions"), Body: body})))
}

// unreachable says which statuses the workflow would allow from here.
func unreachable(key, now, to string, all []transition) error {
	names := map[string]bool{}
	for _, t := range all {
		names[t.To.Name] = true
	}
	if len(names) == 0 {
		return refused("%s cannot be moved from %s to %s: the workflow allows our account no move from there", key, now, to)
	}
	list := flows.Join(slices.Sorted(maps.Keys(names)), "and")
	return refused("%s cannot be moved from %s to %s: the workflow allows only %s from there", key, now, to, list)
}

// raced makes a conflict with somebody who moved the ticket at the same moment a call to try later; it did nothing.
func raced(err error) error {
	if r := rest.RefusalOf(err); r != nil && r.Status == http.StatusConflict {
		return &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "somebody else moves the ticket in Jira at this moment", Cause: r}
	}
	return err
}

// gone reports whether Jira itself says that a ticket does not exist, or not for us.
func gone(err error) bool {
	r := rest.RefusalOf(err)
	return r != nil && r.Status == http.StatusNotFound && r.Text != ""
}

func missing(key string, err error) error {
	if err == nil || !gone(err) {
		return err
	}
	return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: key + " does not exist in Jira, or our account may not see it", Cause: err}
}

// explain reads Jira's error body: {"errorMessages":["…"],"errors":{"field":"…"}}.
func explain(_ int, body []byte) (sentence, code string) {
	var e struct {
		ErrorMessages []string
		Errors        map[string]string
	}
	if json.Unmarshal(body, &e) != nil {
		return "", "" // somebody on the way, not Jira's words
	}
	words := e.ErrorMessages
	for _, field := range slices.Sorted(maps.Keys(e.Errors)) {
		words = append(words, field+": "+e.Errors[field])
	}
	return strings.Join(words, " "), ""
}

// perIssue reports whether a 429 is about writing to one ticket too fast, and not about the site. Of Jira's other rate-limit headers none is
// used: they mix several limits, and Retry-After says what is to be known.
func perIssue(h http.Header) bool { return h.Get("RateLimit-Reason") == "jira-per-issue-on-write" }
