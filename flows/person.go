package flows

import (
	"maps"
	"strings"
)

// PersonID is the immutable id of a person in the company directory (for Okta the user id).
type PersonID string

// Status says whether a person may act.
type Status string

// The states of a person. Anything but StatusActive may neither ask nor decide nor hold.
const (
	StatusActive    Status = "active"
	StatusSuspended Status = "suspended"
	StatusLeft      Status = "left"
)

// Person is one human in the company directory.
type Person struct {
	ID     PersonID
	Login  string
	Email  string // lower case; shown and used to look somebody up once, never trusted afterwards
	Name   string
	Title  string // "Payments engineer" or the department; display only
	Status Status
	// Attributes are the directory's own, as strings, by the directory's names ("slackId"). Used for links.
	Attributes map[string]string
}

// Active reports whether the directory says that this person may act.
func (p Person) Active() bool { return p.Status == StatusActive }

// same reports whether the directory says the same of somebody.
func (p Person) same(other Person) bool {
	return p.ID == other.ID && p.Login == other.Login && p.Email == other.Email && p.Name == other.Name && p.Title == other.Title && p.Status == other.Status &&
		maps.Equal(p.Attributes, other.Attributes)
}

// SameAddress compares two addresses the way identities are linked: exact, but for case.
func SameAddress(a, b string) bool {
	return a != "" && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// Account is a platform account: the key of an identity. Workspace is the Slack team id or Teams tenant.
type Account struct {
	Platform  string // "slack", "teams"
	Workspace string
	User      string
}

// String is "slack:T01/U02".
func (a Account) String() string { return a.Platform + ":" + a.Workspace + "/" + a.User }

// Identity is an account pinned to a person.
type Identity struct {
	Account
	Person    PersonID
	Link      string // how it was linked: "attribute:slackId", "address"
	Evidence  string // what was seen when it was linked: the attribute's value, the address
	Suspended string // why the link is suspended, empty when it is in force
}
