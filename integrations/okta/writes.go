package okta

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// Of the system log (GET /api/v1/logs).
const (
	eventsPage = 1000 // documented maximum
	logsScope  = "okta.logs.read"
	joined     = "group.user_membership.add"
	left       = "group.user_membership.remove"
	// eventTime is how Okta's filters of the log are given moments.
	eventTime = "2006-01-02T15:04:05.000Z"
)

// event is a line of the system log, as much of it as says who was put into which group, or taken out.
type event struct {
	EventType string
	Published time.Time
	Client    struct {
		UserAgent struct{ RawUserAgent string }
	}
	Target []struct{ ID, Type string }
}

// WritesSince are the memberships that our own credential changed, as the system log has them. A service app is its own actor there. A token acts as
// the admin who made it: then only what was done under our name for vendors counts, and what the admin does by hand is not taken for ours.
func (o *Okta) WritesSince(ctx context.Context, from, to time.Time) ([]flows.Write, error) {
	actor, err := o.actor(ctx)
	if err != nil {
		return nil, err
	}
	query := url.Values{
		"since": {from.UTC().Format(eventTime)}, "until": {to.UTC().Format(eventTime)}, "limit": {fmt.Sprint(eventsPage)}, "sortOrder": {"ASCENDING"},
		"filter": {fmt.Sprintf(`(eventType eq "%s" or eventType eq "%s") and actor.id eq "%s"`, joined, left, actor)},
	}
	var out []flows.Write
	call := rest.Call{Method: http.MethodGet, Path: path("logs"), Query: query, Bucket: "logs", Background: true}
	err = rest.Pages(ctx, o.logs, call, func(page []event) {
		for _, e := range page {
			if w, is := o.write(e); is {
				out = append(out, w)
			}
		}
	})
	return out, o.unreadLog(err)
}

// actor is the id under which our calls stand in the log.
func (o *Okta) actor(ctx context.Context) (string, error) {
	if o.client != "" {
		return o.client, nil
	}
	var me user
	err := o.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("users", "me"), Into: &me, Bucket: "users"})
	return me.ID, err
}

// write reads an event; false where it is not about one person in one group, or not by us.
func (o *Okta) write(e event) (flows.Write, bool) {
	w := flows.Write{Added: e.EventType == joined, At: e.Published}
	for _, t := range e.Target {
		switch t.Type {
		case "User":
			w.Person = flows.PersonID(t.ID)
		case "UserGroup":
			w.Entitlement = flows.Entitlement{ResourceKey: flows.ResourceKey{Integration: o.name, Type: groupType, ID: t.ID}, Permission: permission}
		}
	}
	ours := o.client != "" || e.Client.UserAgent.RawUserAgent == rest.UserAgent
	return w, ours && w.Person != "" && w.Entitlement.ID != ""
}

// unreadLog says what to allow where it is our credential that may not read the log.
func (o *Okta) unreadLog(err error) error {
	r := rest.RefusalOf(err)
	switch {
	case r == nil || (r.Status != http.StatusForbidden && r.Code != "invalid_scope"):
		return err
	case o.client != "":
		return &flows.CallError{Outcome: flows.OutcomeRefused, Cause: err,
			Sentence: fmt.Sprintf("Grant the service app the scope %s in Okta, and an admin role that may read the system log", logsScope)}
	}
	return &flows.CallError{Outcome: flows.OutcomeRefused, Cause: err, Sentence: "The admin who made the API token must be allowed to read the system log in Okta"}
}
