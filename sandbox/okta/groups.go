package okta

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Type says who manages a group's members.
type Type string

// The types of groups.
const (
	OktaGroup Type = "OKTA_GROUP" // members by hand or by rule
	AppGroup  Type = "APP_GROUP"  // members come from an application
	BuiltIn   Type = "BUILT_IN"   // members are Okta's own business
)

// Group is a group of the organisation.
type Group struct {
	ID          string // made where ""
	Name        string
	Description string
	Type        Type           // OktaGroup where ""
	Profile     map[string]any // further attributes, as an organisation may add to the profile of groups
}

// group is what the organisation keeps of a group.
type group struct {
	id                     string
	kind                   Type
	profile                map[string]any
	created, updated, when time.Time // when is the last change of its members
}

func (g *group) name() string { s, _ := g.profile["name"].(string); return s }

// Change is one membership that began or ended.
type Change struct {
	At      time.Time
	Group   string
	User    string
	Added   bool
	By      string // id of the actor: ConsoleID, RulesID, the token's owner or the service app's client id
	ByAPI   bool
	Request string // id of the API call, "" where there was none
}

// AddGroup adds a group.
func (o *Org) AddGroup(d Group) error {
	return o.change(func() error {
		if d.ID == "" {
			d.ID = o.newID("00g")
		}
		if _, taken := o.groups.get(d.ID); taken {
			return fmt.Errorf("there is already a group %s", d.ID)
		}
		if d.Type == "" {
			d.Type = OktaGroup
		}
		profile := map[string]any{"name": d.Name, "description": d.Description}
		maps.Copy(profile, d.Profile)
		o.groups.put(d.ID, &group{id: d.ID, kind: d.Type, profile: profile, created: o.now(), updated: o.now(), when: o.now()})
		return nil
	})
}

// RenameGroup gives a group another name; its id stays.
func (o *Org) RenameGroup(groupID, name string) error {
	return o.SetGroupProfile(groupID, map[string]any{"name": name})
}

// SetGroupProfile changes attributes of a group; nil removes one.
func (o *Org) SetGroupProfile(groupID string, attributes map[string]any) error {
	return o.withGroup(groupID, func(g *group) {
		edit(g.profile, attributes)
		g.updated = o.now()
		o.log(console, "group.profile.update", "Update group profile", targetGroup(g))
	})
}

// DeleteGroup removes a group with its memberships; reads answer 404 from then on.
func (o *Org) DeleteGroup(groupID string) error {
	return o.withGroup(groupID, func(g *group) {
		for _, userID := range o.members.of(groupID) {
			o.leave(g.id, userID, console)
		}
		o.groups.remove(g.id)
		o.log(console, "group.lifecycle.delete", "Delete Okta group", targetGroup(g))
	})
}

// AddMember puts a person into a group by an administrator's hand. Types do not hinder it: an application's import does
// the same to an APP_GROUP.
func (o *Org) AddMember(groupID, userID string) error {
	return o.moved(groupID, userID, func() { o.join(groupID, userID, console) })
}

// RemoveMember takes a person out of a group by an administrator's hand.
func (o *Org) RemoveMember(groupID, userID string) error {
	return o.moved(groupID, userID, func() { o.removeByHand(groupID, userID, console) })
}

// Groups returns every group, in the order of ids. Name and description stand in Profile too.
func (o *Org) Groups() []Group {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]Group, 0, len(o.groups.ids))
	for _, g := range o.groups.all() {
		description, _ := g.profile["description"].(string)
		out = append(out, Group{ID: g.id, Name: g.name(), Description: description, Type: g.kind, Profile: maps.Clone(g.profile)})
	}
	return out
}

// Members returns the ids of a group's members now, in order.
func (o *Org) Members(groupID string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.members.of(groupID)
}

// IsMember tells whether a person is a member now.
func (o *Org) IsMember(groupID, userID string) bool {
	return slices.Contains(o.Members(groupID), userID)
}

// History returns every membership that began or ended, oldest first.
func (o *Org) History() []Change {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.history)
}

// moved runs a membership change after making sure that both ends exist.
func (o *Org) moved(groupID, userID string, f func()) error {
	return o.change(func() error {
		if _, ok := o.groups.get(groupID); !ok {
			return fmt.Errorf("the organisation has no group %s", groupID)
		}
		if _, ok := o.users.get(userID); !ok {
			return fmt.Errorf("the organisation has no user %s", userID)
		}
		f()
		return nil
	})
}

func (o *Org) withGroup(id string, f func(*group)) error {
	return o.change(func() error {
		g, ok := o.groups.get(id)
		if !ok {
			return fmt.Errorf("the organisation has no group %s", id)
		}
		f(g)
		return nil
	})
}
