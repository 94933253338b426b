package flows

import (
	"context"
	"time"
)

// Profile is what a chat platform says about an account now. Names are shown, never trusted.
type Profile struct {
	Account
	Name      string
	Email     string
	Zone      string // IANA name, for display only
	Refused   string // why this account may not act at all ("guests cannot use Hallpass"); empty when it may
	Confirmed bool   // the platform has confirmed the address
}

// Accounts asks a chat platform about accounts. A platform that does not answer is an error: unknown, so nobody.
type Accounts interface {
	Profile(ctx context.Context, a Account) (Profile, error)
	// Find is the account with this address, or ErrNotFound.
	Find(ctx context.Context, platform, workspace, address string) (Profile, error)
}

// Actor is somebody whom Identify has found behind an account: an active person, looked at again for this very act.
type Actor struct {
	Person  Person
	Account Account
	Admin   bool
	Zone    string // the reader's zone, for display only
}

// Draft is what somebody asks for. Empty fields that the flow can fill (one permission, a default duration) are filled.
type Draft struct {
	Resource   ResourceKey
	Permission string
	Duration   time.Duration // Indefinite for access without an end
	Until      time.Time     // a moment named as the end, in place of a duration; of an extension, the new end
	Reason     string
	TicketKey  string            // the ticket named, where the flow wants one
	Fields     map[string]string // answers to the flow's own questions, by name
	Extends    GrantID
	Nonce      string // one opened form makes at most one request
}

// Offer is what a person can ask for on one resource: what the form shows.
type Offer struct {
	Resource    Resource
	Flow        *Flow
	Permissions []string
	Choices     []time.Duration
	Default     time.Duration
	Max         time.Duration // zero when there is only access without an end
	Custom      bool
	Indefinite  bool // access without an end can be asked for
	Why         Why
	// TicketKey and Answers are those of the request that an extension goes on with.
	TicketKey string
	Answers   map[string]string
	// Automatic is the sentence of automatic approval, empty when people decide.
	Automatic string
	// OnCall is set when it is automatic as the asker is on a shift: the shift, and when it ends.
	OnCall *Standing
	Shift  string // the schedule's own name
	// NotAtOnce is the shift that would make it automatic, had it been planned for longer.
	NotAtOnce *NotAtOnce
	// Deciders are the requirements of all steps with the people who could meet them now, in order.
	Deciders []OpenRequirement
	// Unknown is set when the outside did not answer, so Deciders is incomplete; it says who does not answer.
	Unknown string
}

// Press is somebody deciding with a button: the post they pressed on and the revision it showed.
type Press struct {
	Request  RequestID
	Yes      bool
	Comment  string
	Duration time.Duration // shorter than asked; 0 leaves it
	Until    time.Time     // a moment that the approver named as the end, with the Duration that it means now
	Channel  string        // address of the pressed message, with the actor's platform and workspace
	TS       string
	Shown    int       // the revision the pressed button carried
	FromHome bool      // pressed in App Home, which is drawn on opening: there is no post to check, the revision still counts
	Pressed  time.Time // machine time when it was pressed
}

// Answer is what the one who acted is told. Sentence is empty when the edited card says it all. Stale asks for the card to be drawn anew.
type Answer struct {
	Sentence string
	Stale    bool
	Request  RequestID
}

// Times that the engine keeps.
const (
	// FactsLast is how old a fact that gives authority may be when it is used.
	FactsLast = 60 * time.Second
	// PressLasts is how old a press may be when it is worked. Machine time.
	PressLasts = 10 * time.Minute
	// WidenAfter is when more people of a group are asked, by company time.
	WidenAfter = 5 * time.Minute
	// FirstOfGroup is how many of a group are asked at first.
	FirstOfGroup = 3
)
