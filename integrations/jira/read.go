package jira

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// account is somebody on the site. Jira leaves the address out unless its owner lets it be seen
// (developer.atlassian.com/cloud/jira/platform/deprecation-notice-user-privacy-api-migration-guide).
type account struct {
	AccountID    string
	EmailAddress string
	DisplayName  string
}

// readFields are the fields of an issue that Read asks for.
const readFields = "status,assignee,project,labels,creator"

// keyForm is how Jira writes keys, of projects that an administrator renamed too.
var keyForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*-[0-9]+$`)

// Read is the ticket as it is now; ErrNotFound when there is none, or none that we may see. A ticket that was moved answers to its old key
// and says its new one.
func (j *Jira) Read(ctx context.Context, key string) (flows.TicketFacts, error) {
	if !keyForm.MatchString(key) {
		return flows.TicketFacts{}, flows.ErrNotFound // somebody typed it: nothing else goes into an address
	}
	var issue struct {
		Key    string
		Fields struct {
			Status            status
			Project           struct{ Key string }
			Labels            []string
			Assignee, Creator *account
		}
	}
	err := j.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("issue", key), Query: url.Values{"fields": {readFields}}, Into: &issue})
	if gone(err) {
		return flows.TicketFacts{}, flows.ErrNotFound
	}
	if err != nil {
		return flows.TicketFacts{}, err
	}
	self, err := j.whoAmI(ctx)
	if err != nil {
		return flows.TicketFacts{}, err
	}
	f := issue.Fields
	t := flows.TicketFacts{Key: issue.Key, Project: f.Project.Key, Status: f.Status.Name, Labels: f.Labels}
	if a := f.Assignee; a != nil {
		t.AssigneeID, t.AssigneeName, t.Assignee = a.AccountID, a.DisplayName, strings.TrimSpace(a.EmailAddress)
	}
	if f.Creator != nil {
		t.Creator, t.Ours = f.Creator.AccountID, f.Creator.AccountID == self
	}
	return t, nil
}

// whoAmI is the account that our token belongs to; it never changes.
func (j *Jira) whoAmI(ctx context.Context) (string, error) {
	j.mu.Lock()
	self := j.self
	j.mu.Unlock()
	if self != "" {
		return self, nil
	}
	var me account
	if err := j.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("myself"), Into: &me}); err != nil {
		return "", err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.self = me.AccountID
	return me.AccountID, nil
}
