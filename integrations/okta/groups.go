package okta

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	globs "path"
	"strings"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// The types of groups that Okta knows.
const (
	byHand  = "OKTA_GROUP"
	byApp   = "APP_GROUP"
	builtIn = "BUILT_IN"
)

type group struct {
	ID      string
	Type    string
	Profile map[string]json.RawMessage
}

func (g group) text(name string) string { return asText(g.Profile[name]) }

// unfit says why a group can be no target, empty when it can.
func (g group) unfit(rules filled) string {
	switch g.Type {
	case byHand:
	case byApp:
		return "its members come from an application, so they cannot be changed in Okta"
	case builtIn:
		return "it is built into Okta, so its members cannot be changed"
	default:
		return fmt.Sprintf("it is of the type %s, whose members cannot be changed by hand", g.Type)
	}
	if name, ok := rules[g.ID]; ok {
		return "assigned by the " + ruleNamed(name)
	}
	return ""
}

func ruleNamed(name string) string { return "group rule " + name }

// resource is the group as the domain sees it. Tags that cannot be read make it unfit: a lost tag could move it into a laxer flow.
func (o *Okta) resource(g group, rules filled) flows.Resource {
	r := flows.Resource{
		ResourceKey: flows.ResourceKey{Integration: o.name, Type: groupType, ID: g.ID},
		Name:        g.text("name"), Description: g.text("description"), Permissions: []string{permission}, Unfit: g.unfit(rules),
	}
	if o.tags != "" {
		tags, err := parseTags(g.text(o.tags))
		if err != nil && r.Unfit == "" {
			r.Unfit = fmt.Sprintf("its tags in %s cannot be read: %v", o.tags, err)
		}
		r.Tags = tags
	}
	if owner := o.ownerOf(g); owner != "" {
		if r.Tags == nil {
			r.Tags = map[string]string{}
		}
		r.Tags[ownerTag] = owner
	}
	return r
}

// ownerTag is the tag that names an owner, wherever the owner is known from.
const ownerTag = "owner"

// ownerOf is the owner by the list of the configuration, else by the group's own field. Empty: the tags may still say.
func (o *Okta) ownerOf(g group) string {
	for _, x := range o.owners {
		if ok, _ := globs.Match(x.Name, g.text("name")); ok {
			return x.Owner
		}
	}
	if o.owner == "" {
		return ""
	}
	return strings.TrimSpace(g.text(o.owner))
}

// parseTags reads "env=prod, team=payments".
func parseTags(text string) (map[string]string, error) {
	tags := map[string]string{}
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		key, value, ok := strings.Cut(word, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" {
			return tags, fmt.Errorf("%q is not written as name=value", word)
		}
		if old, twice := tags[key]; twice && old != value {
			return tags, fmt.Errorf("%s is both %s and %s", key, old, value)
		}
		tags[key] = value
	}
	return tags, nil
}

// group reads one group; ErrNotFound when Okta says that there is none.
func (o *Okta) group(ctx context.Context, id string) (group, error) {
	var g group
	err := o.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("groups", id), Into: &g, Bucket: "group"})
	if err == nil && g.ID != id {
		return g, flows.ErrNotFound
	}
	return g, found(err)
}

// GroupID looks a name up, exactly as written. Okta lets an application's group have the name of another one; then it is ambiguous.
func (o *Okta) GroupID(ctx context.Context, name string) (string, error) {
	query := url.Values{"search": {"profile.name eq " + quoted(name)}, "limit": {fmt.Sprint(groupsPage)}}
	var ids []string
	call := rest.Call{Method: http.MethodGet, Path: path("groups"), Query: query, Bucket: "groups"}
	err := rest.Pages(ctx, o.rest, call, func(page []group) {
		for _, g := range page {
			if g.text("name") == name {
				ids = append(ids, g.ID)
			}
		}
	})
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", flows.ErrNotFound
	case len(ids) > 1:
		return "", &flows.Error{Kind: flows.KindInvalid, Sentence: fmt.Sprintf("Okta has %d groups called %s", len(ids), name), Cause: flows.ErrAmbiguous}
	}
	return ids[0], nil
}

// GroupNames are the names of all groups, to find the one that was probably meant.
func (o *Okta) GroupNames(ctx context.Context) ([]string, error) {
	var out []string
	call := rest.Call{Method: http.MethodGet, Path: path("groups"), Query: url.Values{"limit": {fmt.Sprint(groupsPage)}}, Bucket: "groups"}
	err := rest.Pages(ctx, o.rest, call, func(page []group) {
		for _, g := range page {
			out = append(out, g.text("name"))
		}
	})
	return out, err
}

// Members are all people of a group.
func (o *Okta) Members(ctx context.Context, groupID string) ([]flows.Person, error) {
	users, err := o.members(ctx, groupID, false)
	if err != nil {
		return nil, err
	}
	out := make([]flows.Person, 0, len(users))
	for _, u := range users {
		out = append(out, u.person())
	}
	return out, nil
}

func (o *Okta) members(ctx context.Context, groupID string, background bool) ([]user, error) {
	if groupID == "" {
		return nil, flows.ErrNotFound
	}
	var out []user
	call := rest.Call{
		Method: http.MethodGet, Path: path("groups", groupID, "users"), Query: url.Values{"limit": {fmt.Sprint(membersPage)}},
		Bucket: "members", Background: background,
	}
	err := rest.Pages(ctx, o.rest, call, func(page []user) { out = append(out, page...) })
	return out, found(err)
}

// GroupsOf are the ids of all groups that a person is in, of whatever type.
func (o *Okta) GroupsOf(ctx context.Context, id flows.PersonID) ([]string, error) {
	if id == "" {
		return nil, flows.ErrNotFound
	}
	var out []string
	call := rest.Call{Method: http.MethodGet, Path: path("users", string(id), "groups"), Bucket: "user's groups"}
	err := rest.Pages(ctx, o.rest, call, func(page []group) {
		for _, g := range page {
			out = append(out, g.ID)
		}
	})
	return out, found(err)
}
