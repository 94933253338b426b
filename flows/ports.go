package flows

import (
	"context"
	"time"
)

// Directory answers who people are. Every answer that gives authority is read when asked, never from a copy.
// A person or group that does not exist is ErrNotFound; any other error means unknown, and unknown waits.
type Directory interface {
	Person(ctx context.Context, id PersonID) (Person, error)
	// PersonBy finds the one person whose attribute has this value. Attribute "email" compares addresses.
	// Two people with the same value are ErrAmbiguous.
	PersonBy(ctx context.Context, attribute, value string) (Person, error)
	// Manager is the manager so many levels up (1 is the direct one). None is ErrNotFound.
	Manager(ctx context.Context, id PersonID, levels int) (PersonID, error)
	// GroupID looks a group's name up.
	GroupID(ctx context.Context, name string) (string, error)
	// Members are all people of a group, by the group's id, whatever their status.
	Members(ctx context.Context, groupID string) ([]Person, error)
	// GroupsOf are the ids of all groups that a person is in.
	GroupsOf(ctx context.Context, id PersonID) ([]string, error)
	// People are all people, for search and for noticing leavers. Complete or an error.
	People(ctx context.Context) ([]Person, error)
	// Attribute is what the schema says of an attribute of people: AttributeManager, AttributeZone or a name of the directory's own. An
	// answer may be a minute old. One that the schema does not have is ErrNotFound; a credential that may not read the schema is a
	// *CallError with OutcomeRefused, whose sentence says what to allow.
	Attribute(ctx context.Context, name string) (Attribute, error)
}

// Shift names an on-call rota: an integration, its schedule id, and a level (0 is any level).
type Shift struct {
	In       string `json:"in"`
	Schedule string `json:"schedule"`
	Level    int    `json:"level,omitempty"`
}

// Duty is one human on a shift now. Until is zero for somebody permanently on call.
type Duty struct {
	Email string
	Name  string
	Level int
	Until time.Time
}

// Planned is one human's time on a shift as the schedule has it now, To outside. A zero From or To is no bound: permanently on call.
type Planned struct {
	Email    string
	From, To time.Time
}

// OnCall answers who is on a shift now. No error and no duty means surely nobody; an error means unknown.
type OnCall interface {
	OnCall(ctx context.Context, shift Shift, now time.Time) ([]Duty, error)
	// Plan is who will be on a shift between two moments, at its level, with overrides counted. Complete or an error.
	Plan(ctx context.Context, shift Shift, from, to time.Time) ([]Planned, error)
	// ShiftName is the schedule's own name ("SRE primary"), for people to read.
	ShiftName(ctx context.Context, schedule string) (string, error)
}

// Snapshot is what a complete sync of a target saw.
type Snapshot struct {
	Resources []Resource
	// Members holds who had each entitlement at the time. A missing key means it was not read.
	Members map[Entitlement][]PersonID
}

// Reading is one look at a target: has this person this entitlement now?
type Reading struct {
	Present bool
	// Gone is set when the group or the person no longer exists while the target answers; it says which.
	Gone string
	// Source names another source that gives the access ("group rule all-engineers"), when the target can say.
	Source string
	// Unfit says why this can no longer be a target at all; then nothing may be granted.
	Unfit string
}

// Target is where access is given. Check is a read in a call of its own. Grant and Remove are idempotent: granting what is there
// and removing what is absent are done. A nil error is done; otherwise it is a *CallError (anything else counts as unknown).
type Target interface {
	Sync(ctx context.Context) (Snapshot, error)
	Check(ctx context.Context, e Entitlement, p PersonID) (Reading, error)
	Grant(ctx context.Context, e Entitlement, p PersonID) error
	Remove(ctx context.Context, e Entitlement, p PersonID) error
	Residual() Residual
	// Title is the target's name for people: "Okta".
	Title() string
}

// Write is one change of somebody's access that our own credential made.
type Write struct {
	Entitlement Entitlement
	Person      PersonID
	Added       bool // taken away otherwise
	At          time.Time
}

// Writes is a target that can say what our own credential wrote there between two moments of company time, oldest first. It is complete or an
// error, but for the newest, which may be missing for a while (Settings.LogLag).
type Writes interface {
	WritesSince(ctx context.Context, from, to time.Time) ([]Write, error)
}

// Beside keeps, outside the database, who had what at the last complete sync of each target: for a target that cannot say who wrote.
type Beside interface {
	KeepMembers(integration string, m KeptMembers) error
	// KeptMembers are the last that were kept. False: none were.
	KeptMembers(integration string) (KeptMembers, bool, error)
}

// KeptMembers are who had what at a moment of company time.
type KeptMembers struct {
	At    time.Time
	Lists []KeptList
}

// KeptList is who had one entitlement, and which of them through us.
type KeptList struct {
	Entitlement Entitlement
	People      []PersonID
	Ours        []PersonID `json:",omitempty"`
}

// TicketDraft is a ticket to open. Label makes it findable after an ambiguous failure.
type TicketDraft struct {
	IssueType string
	Label     string
	Summary   string // plain text; the adapter cuts it to the vendor's limit
	Body      []string
}

// Tickets keeps a ticket beside a request. Open first looks for the label, so asking again finds the first.
type Tickets interface {
	Open(ctx context.Context, t TicketDraft) (key string, err error)
	// Comment adds paragraphs once: mark makes a repeat harmless.
	Comment(ctx context.Context, key, mark string, body []string) error
	// Move brings the ticket to a status by its name; already there is done.
	Move(ctx context.Context, key, status string) error
	Status(ctx context.Context, key string) (string, error)
	// Read is the ticket as it is now. None, or none that we may see, is ErrNotFound.
	Read(ctx context.Context, key string) (TicketFacts, error)
}

// Clock gives the two times. Company time (ends, windows, what is shown) may be scaled in the demo; machine time rules timeouts,
// leases and backoff.
type Clock interface {
	Company() time.Time
	Machine() time.Time
}
