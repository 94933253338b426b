package okta

import "maps"

// view is a user as the API shows him.
func (u *user) view(host string) map[string]any {
	return map[string]any{
		"id": u.id, "status": string(u.status), "profile": maps.Clone(u.profile),
		"created": stamp(u.created), "activated": stamp(u.created), "statusChanged": stamp(u.when), "lastUpdated": stamp(u.updated),
		"lastLogin": nil, "passwordChanged": nil, "type": map[string]any{"id": "oty" + defaultType},
		"credentials": map[string]any{"provider": map[string]any{"type": "OKTA", "name": "OKTA"}},
		"_links":      self("http://" + host + "/api/v1/users/" + u.id),
	}
}

// view is a group as the API shows it.
func (g *group) view(host string) map[string]any {
	base := "http://" + host + "/api/v1/groups/" + g.id
	links := self(base)
	links["users"] = map[string]any{"href": base + "/users"}
	class := "okta:user_group"
	if g.kind == AppGroup {
		class = "okta:windows_security_principal"
	}
	return map[string]any{
		"id": g.id, "type": string(g.kind), "profile": maps.Clone(g.profile), "objectClass": []any{class},
		"created": stamp(g.created), "lastUpdated": stamp(g.updated), "lastMembershipUpdated": stamp(g.when), "_links": links,
	}
}

// view is a rule as the API shows it.
func (r *rule) view() map[string]any {
	return map[string]any{
		"type": "group_rule", "id": r.ID, "name": r.Name, "status": string(r.Status),
		"created": stamp(r.created), "lastUpdated": stamp(r.updated),
		"conditions": map[string]any{
			"people": map[string]any{
				"users": map[string]any{"exclude": list(r.ExcludeUsers)}, "groups": map[string]any{"exclude": []any{}},
			},
			"expression": map[string]any{"value": r.Expression, "type": "urn:okta:expression:1.0"},
		},
		"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": list(r.GroupIDs)}},
	}
}

func self(href string) map[string]any { return map[string]any{"self": map[string]any{"href": href}} }

// list makes an empty list of nothing, where JSON would say null.
func list(s []string) []string { return append([]string{}, s...) }
