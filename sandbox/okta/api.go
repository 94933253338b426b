package okta

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Page sizes, standard and most (okta-management-openapi-spec 2026.06).
const (
	usersPage       = 200
	groupsPage      = 10_000
	membersPage     = 1000
	rulesPage       = 50
	rulesPageMost   = 200
	groupsOfOnePage = 10_000
)

// What the narrow filter parameter may name; search may name anything.
var (
	userFilters  = []string{"status", "lastUpdated", "id", "profile.login", "profile.email", "profile.firstName", "profile.lastName"}
	groupFilters = []string{"id", "type", "lastUpdated", "lastMembershipUpdated"}
)

func (o *Org) listUsers(c *call) {
	keep, bad := chosen(c, userFilters, []string{"profile.firstName", "profile.lastName", "profile.email"})
	if bad {
		o.refuse(c.w, errSearch)
		return
	}
	named := c.r.URL.Query().Has("search") || c.r.URL.Query().Has("filter")
	writePage(o, c, &o.users, usersPage, usersPage, func(u *user) bool {
		return (named || u.status != Deprovisioned) && keep(u.view(c.r.Host))
	}, func(u *user) any { return u.view(c.r.Host) })
}

func (o *Org) readUser(c *call) {
	if c.r.PathValue("id") == "me" && c.by.kind == "User" {
		writeJSON(c.w, http.StatusOK, o.tokenOwner(c.by).view(c.r.Host))
		return
	}
	if u := o.findUser(c); u != nil {
		writeJSON(c.w, http.StatusOK, u.view(c.r.Host))
	}
}

// tokenOwner is the admin who made the token, who need not be among the people of a story.
func (o *Org) tokenOwner(by actor) *user {
	if u, ok := o.users.get(by.id); ok {
		return u
	}
	return &user{id: by.id, status: Active, profile: map[string]any{"login": by.id, "email": by.id + "@example.com", "firstName": by.name, "lastName": "Admin"}}
}

func (o *Org) listGroupsOfUser(c *call) {
	u := o.findUser(c)
	if u == nil {
		return
	}
	var seen shelf[*group]
	for _, g := range o.readGroupsOf(u.id) {
		seen.put(g.id, g)
	}
	all := func(*group) bool { return true }
	writePage(o, c, &seen, groupsOfOnePage, groupsOfOnePage, all, func(g *group) any { return g.view(c.r.Host) })
}

func (o *Org) listLinked(c *call) {
	u := o.findUser(c)
	if u == nil {
		return
	}
	links, defined := o.links[c.r.PathValue("relationship")]
	if !defined {
		o.refuse(c.w, errNotFound("LinkedObject", c.r.PathValue("relationship")))
		return
	}
	out := []any{}
	if to, ok := links[u.id]; ok {
		out = append(out, map[string]any{"_links": self("http://" + c.r.Host + "/api/v1/users/" + to)})
	}
	writeJSON(c.w, http.StatusOK, out)
}

func (o *Org) listGroups(c *call) {
	keep, bad := chosen(c, groupFilters, []string{"profile.name"})
	if bad {
		o.refuse(c.w, errSearch)
		return
	}
	stats := c.r.URL.Query().Get("expand") == "stats"
	writePage(o, c, &o.groups, groupsPage, groupsPage, func(g *group) bool { return keep(g.view(c.r.Host)) }, func(g *group) any {
		v := g.view(c.r.Host)
		if stats {
			v["_embedded"] = map[string]any{"stats": map[string]any{"usersCount": len(o.members[g.id]), "appsCount": 0}}
		}
		return v
	})
}

func (o *Org) readGroup(c *call) {
	if g := o.findGroup(c); g != nil {
		writeJSON(c.w, http.StatusOK, g.view(c.r.Host))
	}
}

func (o *Org) listMembers(c *call) {
	g := o.findGroup(c)
	if g == nil {
		return
	}
	seen := o.readMembers(g.id)
	all := func(*user) bool { return true }
	writePage(o, c, &seen, membersPage, membersPage, all, func(u *user) any { return u.view(c.r.Host) })
}

// putMember adds a member; who is one already stays one, and the answer is the same.
func (o *Org) putMember(c *call) {
	if g, u := o.findBoth(c); g != nil && u != nil {
		if u.status == Deprovisioned {
			o.refuse(c.w, errWrongStatus)
			return
		}
		o.join(g.id, u.id, c.by)
		c.w.WriteHeader(http.StatusNoContent)
	}
}

// deleteMember removes a member; who is none gives the same answer.
func (o *Org) deleteMember(c *call) {
	if g, u := o.findBoth(c); g != nil && u != nil {
		o.removeByHand(g.id, u.id, c.by)
		c.w.WriteHeader(http.StatusNoContent)
	}
}

func (o *Org) listRules(c *call) {
	all := func(*rule) bool { return true }
	if s := c.r.URL.Query().Get("search"); s != "" {
		all = func(r *rule) bool { return strings.Contains(strings.ToLower(r.Name), strings.ToLower(s)) }
	}
	writePage(o, c, &o.rules, rulesPage, rulesPageMost, all, func(r *rule) any { return r.view() })
}

// findUser finds the user of the path by id, login or short name, or refuses.
func (o *Org) findUser(c *call) *user {
	name := c.r.PathValue("id")
	if u, ok := o.users.get(name); ok {
		return u
	}
	if u := o.userByLogin(name); u != nil {
		return u
	}
	if u := o.userByShortName(name); u != nil {
		return u
	}
	o.refuse(c.w, errNotFound("User", name))
	return nil
}

// userByShortName finds the one person whose login begins with the name before its @, or nil.
func (o *Org) userByShortName(name string) *user {
	var found []string
	for login, id := range maps.All(o.logins) {
		if short, _, ok := strings.Cut(login, "@"); ok && strings.EqualFold(short, name) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return nil
	}
	u, _ := o.users.get(found[0])
	return u
}

func (o *Org) findGroup(c *call) *group {
	g, ok := o.groups.get(c.r.PathValue("id"))
	if !ok {
		o.refuse(c.w, errNotFound("UserGroup", c.r.PathValue("id")))
		return nil
	}
	return g
}

// findBoth finds the two ends of a membership that the API may change, or refuses.
func (o *Org) findBoth(c *call) (*group, *user) {
	g := o.findGroup(c)
	if g == nil {
		return nil, nil
	}
	u, ok := o.users.get(c.r.PathValue("user"))
	if !ok {
		o.refuse(c.w, errNotFound("User", c.r.PathValue("user")))
		return nil, nil
	}
	if g.kind != OktaGroup {
		o.refuse(c.w, errForbidden)
		return nil, nil
	}
	return g, u
}

// chosen makes the test that a list's search, filter and q ask for.
func chosen(c *call, filters, prefixes []string) (keep func(map[string]any) bool, bad bool) {
	q := c.r.URL.Query()
	search, err := compileSearch(q.Get("search"), nil)
	filter, errFilter := compileSearch(q.Get("filter"), filters)
	begins := strings.ToLower(q.Get("q"))
	return func(v map[string]any) bool {
		return search(v) && filter(v) && (begins == "" || slices.ContainsFunc(prefixes, func(name string) bool {
			return slices.ContainsFunc(valuesAt(v, name), func(s string) bool { return strings.HasPrefix(strings.ToLower(s), begins) })
		}))
	}, err != nil || errFilter != nil
}
