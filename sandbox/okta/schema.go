package okta

import (
	"net/http"
	"slices"
	"strings"
)

// defaultType is the type of users that every organisation has; its schema answers to "default" too.
const defaultType = "Default"

// What Okta's own profile has, as far as it matters here, and what of it people may write themselves unless an administrator forbids it.
var (
	baseAttributes = []string{
		"login", "email", "secondEmail", "firstName", "lastName", "displayName", "title", "mobilePhone", "timezone", "locale",
		"userType", "employeeNumber", "department", "managerId", "manager",
	}
	ownAtFirst = []string{"email", "secondEmail", "firstName", "lastName", "mobilePhone"}
)

// userType is a type of users with its schema, which is called osc and the same.
type userType struct {
	id, name, title string
	own             map[string]bool // what people may write themselves
}

func newType(id, name, title string) *userType {
	return &userType{id: id, name: name, title: title, own: set(ownAtFirst)}
}

// AddType adds a type of users, as an administrator can.
func (o *Org) AddType(id, name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.types = append(o.types, newType(id, name, name))
}

// SetOwn lets people of a type ("" is the default one) write an attribute of their own, or only read it.
func (o *Org) SetOwn(typeID, attribute string, may bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := o.typeOf(typeID); t != nil {
		t.own[attribute] = may
	}
}

func (o *Org) typeOf(id string) *userType {
	if id == "" || id == "default" {
		id = defaultType
	}
	i := slices.IndexFunc(o.types, func(t *userType) bool { return t.id == id })
	if i < 0 {
		return nil
	}
	return o.types[i]
}

func (o *Org) listTypes(c *call) {
	out := []any{}
	for _, t := range o.types {
		base := "http://" + c.r.Host + "/api/v1/meta/"
		links := self(base + "types/user/oty" + t.id)
		links["schema"] = map[string]any{"href": base + "schemas/user/osc" + t.id}
		out = append(out, map[string]any{"id": "oty" + t.id, "name": t.name, "displayName": t.title, "default": t.id == defaultType, "_links": links})
	}
	writeJSON(c.w, http.StatusOK, out)
}

func (o *Org) readSchema(c *call) {
	id := c.r.PathValue("id")
	t := o.typeOf(strings.TrimPrefix(id, "osc"))
	if t == nil {
		o.refuse(c.w, errNotFound("UserSchema", id))
		return
	}
	base, custom := map[string]any{}, map[string]any{}
	for _, name := range baseAttributes {
		base[name] = t.property(name)
	}
	for _, u := range o.users.all() {
		for name := range u.profile {
			if _, known := base[name]; !known {
				custom[name] = t.property(name)
			}
		}
	}
	part := func(id string, properties map[string]any) map[string]any {
		return map[string]any{"id": "#" + id, "type": "object", "properties": properties, "required": []any{}}
	}
	writeJSON(c.w, http.StatusOK, map[string]any{
		"id": "http://" + c.r.Host + "/api/v1/meta/schemas/user/osc" + t.id, "$schema": "http://json-schema.org/draft-04/schema#",
		"name": t.name, "title": t.title, "type": "object",
		"definitions": map[string]any{"base": part("base", base), "custom": part("custom", custom)},
		"properties": map[string]any{"profile": map[string]any{"allOf": []any{
			map[string]any{"$ref": "#/definitions/custom"}, map[string]any{"$ref": "#/definitions/base"},
		}}},
	})
}

func (t *userType) property(name string) map[string]any {
	action := "READ_ONLY"
	if t.own[name] {
		action = "READ_WRITE"
	}
	return map[string]any{
		"title": name, "type": "string", "mutability": "READ_WRITE", "scope": "NONE", "master": map[string]any{"type": "PROFILE_MASTER"},
		"permissions": []any{map[string]any{"principal": "SELF", "action": action}},
	}
}
