package okta

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// zoneAttribute is where Okta's own profile keeps a time zone.
const zoneAttribute = "timezone"

// schema tells of each attribute of people whether they can write their own.
type schema map[string]bool

// Attribute is what the schemas of all types of users say of an attribute. People can write it where one of them lets them, or does not
// plainly say that they cannot.
func (o *Okta) Attribute(ctx context.Context, name string) (flows.Attribute, error) {
	switch name {
	case flows.AttributeManager:
		name = o.manager
	case flows.AttributeZone:
		name = zoneAttribute
	}
	a := flows.Attribute{Name: name, Mend: "An admin of Okta sets its “User permission” to Read-Only, under Directory → Profile Editor, for every type of user."}
	known, err := o.schema.recent(ctx)
	if err != nil {
		return a, o.unread(err)
	}
	own, there := known[name]
	if !there {
		return a, flows.ErrNotFound
	}
	a.Own = own
	return a, nil
}

// unread says what to allow where it is our credential that may not read the schema.
func (o *Okta) unread(err error) error {
	return o.forbidden(err, "Grant the service app the scopes "+strings.ReplaceAll(schemaScopes, " ", " and ")+" in Okta, and an admin role that may read the schema of people",
		"The admin who made the API token must be allowed to read the schema and the types of users in Okta")
}

// schemaID is what Okta calls a schema, in the address where a type of users has it.
var schemaID = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

type userType struct {
	Name  string
	Links struct {
		Schema struct{ Href string }
	} `json:"_links"`
}

func (o *Okta) readSchemas(ctx context.Context) (schema, error) {
	var types []userType
	call := rest.Call{Method: http.MethodGet, Path: path("meta", "types", "user"), Into: &types, Bucket: "types"}
	if err := o.meta.Do(ctx, call); err != nil {
		return nil, err
	}
	known := schema{}
	for _, t := range types {
		href := t.Links.Schema.Href
		id := href[strings.LastIndexByte(href, '/')+1:]
		if !schemaID.MatchString(id) {
			return nil, &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "Okta does not say where the schema of its user type " + flows.Cut(t.Name, 40) + " is"}
		}
		if err := o.readSchema(ctx, id, known); err != nil {
			return nil, err
		}
	}
	if len(known) == 0 {
		return nil, &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "Okta names no attribute of people"}
	}
	return known, nil
}

// attribute is one property of a schema, as far as it matters.
type attribute struct {
	Permissions []struct{ Principal, Action string }
}

// own reports whether people can write theirs: unless the schema says that they may only read it, or not even see it.
func (a attribute) own() bool {
	safe := false
	for _, p := range a.Permissions {
		if p.Principal != "SELF" {
			continue
		}
		if p.Action != "READ_ONLY" && p.Action != "HIDE" {
			return true
		}
		safe = true
	}
	return !safe
}

func (o *Okta) readSchema(ctx context.Context, id string, known schema) error {
	var answer struct {
		Definitions map[string]struct{ Properties map[string]attribute }
	}
	call := rest.Call{Method: http.MethodGet, Path: path("meta", "schemas", "user", id), Into: &answer, Bucket: "schema"}
	if err := o.meta.Do(ctx, call); err != nil {
		return err
	}
	for _, part := range answer.Definitions {
		for name, a := range part.Properties {
			known[name] = known[name] || a.own()
		}
	}
	return nil
}
