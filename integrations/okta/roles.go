package okta

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// role is an admin role that a group was assigned; its members have it.
type role struct {
	Label, Type, Status string
}

// Administers are the admin roles of a group (GET /api/v1/groups/{id}/roles), by their names; of no group, whether we may read them. A role
// counts unless Okta says that it is not in force.
func (o *Okta) Administers(ctx context.Context, groupID string) (string, error) {
	if groupID == "" {
		var some []group
		call := rest.Call{Method: http.MethodGet, Path: path("groups"), Query: url.Values{"limit": {"1"}}, Into: &some, Bucket: "groups"}
		if err := o.rest.Do(ctx, call); err != nil || len(some) == 0 {
			return "", err
		}
		groupID = some[0].ID
	}
	var list []role
	err := o.roles.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("groups", groupID, "roles"), Into: &list, Bucket: "roles"})
	if err != nil {
		return "", o.unreadRoles(found(err))
	}
	var names []string
	for _, r := range list {
		if r.Status != "INACTIVE" {
			names = append(names, firstOf(r.Label, r.Type, "an admin role"))
		}
	}
	return strings.Join(names, ", "), nil
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// unreadRoles says what to allow where it is our credential that may not read roles.
func (o *Okta) unreadRoles(err error) error {
	return o.forbidden(err, "Grant the service app the scope "+rolesScope+" in Okta, and an admin role that may read the roles of groups",
		"The admin who made the API token must be allowed to read the admin roles of groups in Okta")
}

// forbidden says what to do where our credential may not do what was tried: with the service app, or with the API token.
func (o *Okta) forbidden(err error, app, token string) error {
	r := rest.RefusalOf(err)
	if r == nil || (r.Status != http.StatusForbidden && r.Code != "invalid_scope") {
		return err
	}
	sentence := token
	if o.token != nil {
		sentence = app
	}
	return &flows.CallError{Outcome: flows.OutcomeRefused, Cause: err, Sentence: sentence}
}
