package bot

import (
	"context"
	"time"

	"hallpass/flows"
)

// Address is where a message stands. TS is empty for a conversation as a whole.
type Address struct {
	Platform  string
	Workspace string
	Channel   string
	TS        string
}

// Chat is a chat platform as the bot uses it. Errors are *flows.CallError: Unknown means that the message may stand. A message, a
// conversation or a form that is surely not there (any more) is Refused with a Cause that errors.Is calls flows.ErrNotFound: only then is
// the message posted anew.
type Chat interface {
	flows.Accounts
	Platform() string
	// Begins is how people begin a command in this chat: "/access", "access".
	Begins() string
	// Direct is the direct conversation with an account.
	Direct(ctx context.Context, a flows.Account) (Address, error)
	// Post sends a card to a conversation, or into the thread of `thread` when that is not empty. key is our own post's key, kept with the message
	// where the platform can.
	Post(ctx context.Context, to Address, thread string, key string, c Card) (Address, error)
	Update(ctx context.Context, at Address, c Card) error
	Delete(ctx context.Context, at Address) error
	// Whisper shows a card to one account in a conversation, best effort.
	Whisper(ctx context.Context, in Address, to flows.Account, c Card) error
	// OpenForm answers a trigger with a form.
	OpenForm(ctx context.Context, trigger string, f Form) error
	// UpdateForm replaces an open form.
	UpdateForm(ctx context.Context, form FormRef, f Form) error
	ShowHome(ctx context.Context, a flows.Account, h Home) error
	// Fit reports why a channel cannot carry our messages (archived, shared outside, not a member); empty when it can.
	Fit(ctx context.Context, workspace, channel string) (string, error)
}

// FormRef names an open form on its platform.
type FormRef struct {
	Account flows.Account
	ID      string
	Hash    string
}

// Call is a typed command, a shortcut, a direct message or a mention.
type Call struct {
	Account flows.Account
	Text    string // without "/access"; unescaped, plain
	Trigger string // opens forms; empty when the platform gave none (direct messages)
	Channel string
	TS      string    // the message, for mentions and direct messages
	Key     string    // what makes a repeat harmless
	At      time.Time // machine time
}

// Pressed is a button pressed on a message or in Home.
type Pressed struct {
	Account flows.Account
	Action  Action
	Value   string
	Trigger string
	Channel string // empty for Home
	TS      string
	Home    bool
	Query   string // text of Home's search field
	Key     string
	At      time.Time
}

// Filled is a form as it stands: on a change (Changed names the field) or on submission.
type Filled struct {
	Account flows.Account
	Form    FormRef
	Meta    Meta
	Values  map[string]string
	Changed string
	Key     string
	At      time.Time
}

// Reply is what a command is answered with at once: a card only the caller sees. The zero Reply shows nothing.
type Reply struct {
	Card *Card
}

// Submitted is the answer to a submission: errors at their fields, another form in its place, or (zero) the form closes.
type Submitted struct {
	Errors map[string]string
	Next   *Form
}

// Inbound is what an adapter calls. Every method returns well inside the platform's deadline (the adapter's context carries it); Bot implements it.
// Forms that a call opens are opened through Chat.OpenForm with the call's trigger.
type Inbound interface {
	Command(ctx context.Context, c Call) Reply
	Shortcut(ctx context.Context, c Call) error
	Press(ctx context.Context, p Pressed) error
	// Search lists what may be chosen in a field of an open form.
	Search(ctx context.Context, a flows.Account, meta Meta, field, text string) []ChoiceItem
	Change(ctx context.Context, f Filled) error
	Submit(ctx context.Context, f Filled) Submitted
	OpenedHome(ctx context.Context, a flows.Account) error
	// Look draws a message anew for somebody who looks at it. It changes nothing. ErrNotFound when it is none of our posts.
	Look(ctx context.Context, a flows.Account, at Address) (Card, error)
	// AccountChanged tells that the platform says an account has changed (address, status), so that its link is looked at again.
	AccountChanged(ctx context.Context, a flows.Account) error
}
