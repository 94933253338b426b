package okta

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"
)

// Status is where a user stands in Okta's life cycle.
type Status string

// The statuses that matter here; of Okta's others a test may set any by SetStatus.
const (
	Staged        Status = "STAGED"
	Active        Status = "ACTIVE"
	Suspended     Status = "SUSPENDED"
	LockedOut     Status = "LOCKED_OUT"
	Deprovisioned Status = "DEPROVISIONED"
)

// relationManager is the one linked object that the organisation defines, read from the report's side.
const relationManager = "manager"

// User is a person of the organisation.
type User struct {
	ID        string // made where ""
	Login     string // the address where ""
	Email     string
	FirstName string
	LastName  string
	Status    Status         // Active where ""
	Profile   map[string]any // further attributes, such as department, managerId, slackId
}

// user is what the organisation keeps of a person.
type user struct {
	id                     string
	status                 Status
	profile                map[string]any
	created, updated, when time.Time // when is the last change of the status
}

func (u *user) login() string { s, _ := u.profile["login"].(string); return s }

func (u *user) name() string {
	return fmt.Sprintf("%v %v", u.profile["firstName"], u.profile["lastName"])
}

// AddUser adds a person. Rules that cover the person take effect at once.
func (o *Org) AddUser(p User) error {
	return o.change(func() error {
		if p.ID == "" {
			p.ID = o.newID("00u")
		}
		if _, taken := o.users.get(p.ID); taken {
			return fmt.Errorf("there is already a user %s", p.ID)
		}
		if p.Login == "" {
			p.Login = p.Email
		}
		if o.userByLogin(p.Login) != nil {
			return fmt.Errorf("there is already a user with the login %s", p.Login)
		}
		u := &user{id: p.ID, status: p.Status, profile: profileOf(p), created: o.now(), updated: o.now(), when: o.now()}
		if u.status == "" {
			u.status = Active
		}
		o.users.put(u.id, u)
		o.logins[strings.ToLower(u.login())] = u.id
		o.applyRules(u)
		return nil
	})
}

func profileOf(p User) map[string]any {
	profile := map[string]any{"login": p.Login, "email": p.Email, "firstName": p.FirstName, "lastName": p.LastName}
	maps.Copy(profile, p.Profile)
	return profile
}

// SetProfile changes attributes of a person; nil removes one.
func (o *Org) SetProfile(userID string, attributes map[string]any) error {
	return o.withUser(userID, func(u *user) {
		delete(o.logins, strings.ToLower(u.login()))
		edit(u.profile, attributes)
		o.logins[strings.ToLower(u.login())] = u.id
		u.updated = o.now()
		o.log(console, "user.account.update_profile", "Update user profile for Okta", targetUser(u))
		o.applyRules(u)
	})
}

// Suspend keeps a person's memberships and takes his right to sign in.
func (o *Org) Suspend(userID string) error { return o.SetStatus(userID, Suspended) }

// Activate makes a staged, suspended or deactivated person active.
func (o *Org) Activate(userID string) error { return o.SetStatus(userID, Active) }

// Deactivate is what an administrator does with somebody who leaves: the status is DEPROVISIONED and all memberships go.
func (o *Org) Deactivate(userID string) error { return o.SetStatus(userID, Deprovisioned) }

// SetStatus moves a person to any status.
func (o *Org) SetStatus(userID string, s Status) error {
	return o.withUser(userID, func(u *user) {
		u.status, u.when, u.updated = s, o.now(), o.now()
		o.log(console, statusEvents[s], "User status is now "+string(s), targetUser(u))
		o.applyRules(u)
		if s == Deprovisioned {
			o.leaveAll(u, console)
		}
	})
}

var statusEvents = map[Status]string{
	Suspended: "user.lifecycle.suspend", Active: "user.lifecycle.activate",
	Deprovisioned: "user.lifecycle.deactivate", LockedOut: "user.account.lock", Staged: "user.lifecycle.create",
}

// DeleteUser removes a person for good; reads answer 404 from then on.
func (o *Org) DeleteUser(userID string) error {
	return o.withUser(userID, func(u *user) {
		o.leaveAll(u, console)
		o.users.remove(u.id)
		delete(o.logins, strings.ToLower(u.login()))
		o.log(console, "user.lifecycle.delete.completed", "Delete Okta user", targetUser(u))
	})
}

// SetManager sets the linked object that names a person's manager; "" removes it. It does not touch profile.managerId.
func (o *Org) SetManager(userID, managerID string) error {
	return o.withUser(userID, func(u *user) {
		if managerID == "" {
			delete(o.links[relationManager], u.id)
			return
		}
		o.links[relationManager][u.id] = managerID
	})
}

// Users returns everybody, in the order of ids. Login, e-mail and names stand in Profile too.
func (o *Org) Users() []User {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]User, 0, len(o.users.ids))
	for _, u := range o.users.all() {
		text := func(name string) string { s, _ := u.profile[name].(string); return s }
		out = append(out, User{
			ID: u.id, Login: u.login(), Email: text("email"), FirstName: text("firstName"), LastName: text("lastName"),
			Status: u.status, Profile: maps.Clone(u.profile),
		})
	}
	return out
}

// Wait returns nil once ready says true; it is asked at once and after every change. The error says that ctx ended first.
func (o *Org) Wait(ctx context.Context, ready func() bool) error { return o.bell.Wait(ctx, ready) }

// Subscribe gets a value after changes until ctx ends; changes run together.
func (o *Org) Subscribe(ctx context.Context) <-chan struct{} { return o.bell.Subscribe(ctx) }

// change runs f alone, then wakes whoever waits.
func (o *Org) change(f func() error) error {
	o.mu.Lock()
	err := f()
	o.mu.Unlock()
	o.bell.Ring()
	return err
}

func (o *Org) withUser(id string, f func(*user)) error {
	return o.change(func() error {
		u, ok := o.users.get(id)
		if !ok {
			return fmt.Errorf("the organisation has no user %s", id)
		}
		f(u)
		return nil
	})
}

// userByLogin finds a person by his login in any case, or nil.
func (o *Org) userByLogin(login string) *user {
	u, _ := o.users.get(o.logins[strings.ToLower(login)])
	return u
}

// edit changes attributes of a profile; nil removes one.
func edit(profile, attributes map[string]any) {
	for name, value := range attributes {
		if value == nil {
			delete(profile, name)
			continue
		}
		profile[name] = value
	}
}

// newID makes an id that looks like Okta's.
func (o *Org) newID(prefix string) string {
	o.serial++
	return fmt.Sprintf("%s%014d", prefix, o.serial)
}
