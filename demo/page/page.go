// Package page is the page of the demo: a chat in a browser in which every
// part is played by the same visitor, with the world outside beside it.
//
// A visitor is always somebody: the page asks for everything as that person
// and the World answers with what this person sees. A picture is one State,
// whole; there are no partial updates to get out of step with. A deed is one
// POST. A spot names one control, in a message or in a view.
//
// Promised: GET changes nothing; a POST is taken only from the page itself
// (its origin, its content type) and only under a loopback name, so that no
// other site can press a button here; nothing is loaded from elsewhere; text
// that somebody typed is only ever text.
//
// Not done: signing in. Whoever reaches the page may be anybody, which is its
// purpose, and why it is served on loopback.
package page

import (
	"context"
	"encoding/json"
)

// World is what the page shows and plays. Everything is asked as a person, by
// its id. Errors are sentences for the visitor and are shown as they are.
// Implementations are safe for concurrent use.
type World interface {
	// State is the whole picture as this person sees it. An unknown id,
	// like the empty one, gets the person the story begins with.
	State(as string) State
	// Subscribe gives a channel that receives, soon and at least once,
	// after anything in any State changed. The channel has room for one
	// and never blocks the world; stop ends it.
	Subscribe() (changed <-chan struct{}, stop func())

	// Slash types a command, with its slash, into a channel.
	Slash(ctx context.Context, as, channel, text string) error
	// Say posts a plain message.
	Say(ctx context.Context, as, channel, text string) error
	// Shortcut starts the app's global shortcut, which opens the form.
	Shortcut(ctx context.Context, as string) error
	// OpenHome opens the app's Home, which draws it anew.
	OpenHome(ctx context.Context, as string) error

	// OpenChat begins to use the chat that this person sits in front of.
	OpenChat(ctx context.Context, as string) error
	// Press uses a button, or chooses from a menu outside of an input
	// block; value is the chosen option's value, or nil for a button. On an
	// Adaptive Card the action is the button's words, and value has what
	// stands in the fields, by name. The answer is what the chat says to
	// the visitor, often nothing.
	Press(ctx context.Context, as string, at Spot, value json.RawMessage) (said string, err error)
	// Fill puts a value into an input of a view: a string, a list of
	// strings, or null. On an Adaptive Card the block is the field's name,
	// and the value may be true or false.
	Fill(ctx context.Context, as string, at Spot, value json.RawMessage) error
	// Options asks the app for the options of a typeahead.
	Options(ctx context.Context, as string, at Spot, query string) ([]Option, error)
	// Submit sends the open form. Errors by block id are no error.
	Submit(ctx context.Context, as, view string) (Submitted, error)
	// CloseView closes the open form without sending it.
	CloseView(ctx context.Context, as, view string) error

	// Read notes that this person has seen a channel up to a message.
	Read(ctx context.Context, as, channel, ts string) error
	// SetSpeed makes company time run n times as fast as the wall clock.
	SetSpeed(n int) error
	// SetFault switches one of State's faults on or off.
	SetFault(name string, on bool) error
}

// Spot names one control: in a message by channel and ts, or in a view.
type Spot struct {
	Channel string `json:"channel,omitempty"`
	TS      string `json:"ts,omitempty"`
	View    string `json:"view,omitempty"`
	Block   string `json:"block"`
	Action  string `json:"action"`
}

// Option is one answer of a typeahead.
type Option struct {
	Text        string `json:"text"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Group       string `json:"group,omitempty"`
}

// Submitted is how the app took a form.
type Submitted struct {
	// Errors are sentences by the block id of the field they belong to.
	Errors map[string]string `json:"errors,omitempty"`
}
