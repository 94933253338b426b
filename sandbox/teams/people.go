package teams

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// User is a person of the tenant, or somebody from outside who meets the bot here.
type User struct {
	ID        string // the Entra object id; for an anonymous joiner only a name to call them by
	TenantID  string // the home tenant; the tenant's own by default
	Name      string
	Given     string
	Surname   string
	Email     string // empty for many guests
	Principal string // user principal name; made from Email by default
	TZ        string // IANA name, UTC by default
	Locale    string // en-US by default

	Guest     bool // has an account in this tenant, but a home elsewhere
	Anonymous bool // joined a meeting without signing in: no object id, no profile
	Disabled  bool // cannot sign in
	OldClient bool // a client without Action.Execute: it shows the fallback of such a button and never refreshes
}

// AddUser adds a person, or replaces the one with the same id. A personal chat with the bot begins with Install.
func (t *Tenant) AddUser(u User) {
	text := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	text(&u.TenantID, t.opt.TenantID)
	text(&u.TZ, "UTC")
	text(&u.Locale, "en-US")
	if u.Principal == "" && u.Email != "" {
		u.Principal = u.Email
		if u.Guest {
			u.Principal = strings.ReplaceAll(u.Email, "@", "_") + "#EXT#@" + t.domain()
		}
	}
	t.change(func() {
		if t.people[u.ID] == nil {
			t.order = append(t.order, u.ID)
		}
		t.people[u.ID] = &u
		if id := t.dm(u.ID); t.conversations[id] == nil {
			t.place(&conversation{id: id, kind: personal, with: u.ID, members: []string{u.ID}, tenant: u.TenantID})
		}
	})
}

// ChangeUser changes a person. Teams does not tell the bot.
func (t *Tenant) ChangeUser(id string, edit func(*User)) {
	t.change(func() {
		if u := t.people[id]; u != nil {
			edit(u)
		}
	})
}

// Users returns everybody, in the order in which they were added.
func (t *Tenant) Users() []User {
	t.mu.Lock()
	defer t.mu.Unlock()
	var users []User
	for _, id := range t.order {
		users = append(users, *t.people[id])
	}
	return users
}

// person finds somebody who can act. The caller holds the lock.
func (t *Tenant) person(id string) (*User, error) {
	u := t.people[id]
	switch {
	case u == nil:
		return nil, fmt.Errorf("nobody in the tenant has the id %s: add them with AddUser", id)
	case u.Disabled:
		return nil, fmt.Errorf("the account of %s is disabled and cannot sign in", u.Name)
	}
	return u, nil
}

// MRI is the id by which this bot knows a person, 29:…; it differs from bot to bot.
func (t *Tenant) MRI(user string) string { return "29:1" + digest(t.opt.AppID, user) }

// DM is the id of the personal chat between a person and the bot.
func (t *Tenant) DM(user string) string { return t.dm(user) }

func (t *Tenant) dm(user string) string { return "a:1" + digest(t.opt.AppID, "chat", user) }

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// known finds a person by what a bot may call them: 29:…, object id or user principal name. The caller holds the lock.
func (t *Tenant) known(id string) *User {
	for _, user := range t.order {
		u := t.people[user]
		switch {
		case id == t.MRI(user),
			!u.Anonymous && strings.EqualFold(id, user),
			!u.Anonymous && u.Principal != "" && strings.EqualFold(id, u.Principal):
			return u
		}
	}
	return nil
}

// account is a person as activities name them.
func (t *Tenant) account(u *User) obj {
	out := obj{"id": t.MRI(u.ID), "name": u.Name}
	if !u.Anonymous {
		out["aadObjectId"] = u.ID
	}
	return out
}

// memberJSON is a person in a roster: the tenant of the host for its own and its guests, the home tenant for the others.
func (t *Tenant) memberJSON(u *User, host string) obj {
	if u.Anonymous {
		return obj{"id": t.MRI(u.ID), "name": u.Name, "tenantId": host, "userRole": "anonymous"}
	}
	tenant := u.TenantID
	if u.Guest {
		tenant = host
	}
	return obj{"id": t.MRI(u.ID), "objectId": u.ID, "aadObjectId": u.ID, "name": u.Name, "givenName": u.Given, "surname": u.Surname,
		"email": u.Email, "userPrincipalName": u.Principal, "tenantId": tenant, "userRole": "user"}
}

// zone is the named time zone, UTC when the name is unknown.
func zone(name string) *time.Location {
	place, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return place
}
