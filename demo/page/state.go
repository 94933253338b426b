package page

import (
	"encoding/json"
	"time"
)

// State is the whole picture as one person sees it.
type State struct {
	You     string `json:"you"`
	Company string `json:"company"`
	// Chats are those that a person can sit in front of, none where there is
	// only one; Chat is the id of the one that is drawn.
	Chats    []Chat    `json:"chats,omitempty"`
	Chat     string    `json:"chat,omitempty"`
	People   []Person  `json:"people"`
	Channels []Channel `json:"channels"`
	// Home is the app's Home of this person, nil before it was drawn.
	Home *View `json:"home,omitempty"`
	// Modal is the topmost open form of this person.
	Modal    *View     `json:"modal,omitempty"`
	Outside  Outside   `json:"outside"`
	Story    Story     `json:"story"`
	Commands []Command `json:"commands,omitempty"`
}

// Person is one who can be played.
type Person struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	// Tags are short words about the person now: "on call", "guest".
	Tags []string `json:"tags,omitempty"`
	// Zone is the IANA zone in which this person reads times; empty means
	// the browser's.
	Zone   string `json:"zone,omitempty"`
	Unread int    `json:"unread"`
	// UnreadIn is Unread by the chat in which it stands.
	UnreadIn map[string]int `json:"unreadIn,omitempty"`
}

// Chat is one of several that a person can sit in front of. Whoever sits in
// front of another than the first is named by the person's id, a slash and
// the chat's.
type Chat struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ChannelKind says what a channel is for, and so how it is drawn.
type ChannelKind string

// The kinds of channels. Room is any other; Home is a view rather than messages.
const (
	Direct ChannelKind = "direct"
	Feed   ChannelKind = "feed"
	Help   ChannelKind = "help"
	Room   ChannelKind = "room"
	Home   ChannelKind = "home"
)

// Channel is a place in the chat and what stands in it, oldest first.
type Channel struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Kind     ChannelKind `json:"kind"`
	Topic    string      `json:"topic,omitempty"`
	Unread   int         `json:"unread"`
	Messages []Message   `json:"messages"`
}

// Message is one message as it stands now.
type Message struct {
	TS string `json:"ts"`
	// Thread is the ts of the message this one answers, or empty.
	Thread string `json:"thread,omitempty"`
	// From is a person's id, or the app's.
	From string `json:"from"`
	// App is set for the app's own messages.
	App  bool   `json:"app,omitempty"`
	Text string `json:"text"`
	// Blocks is Block Kit as the app sent it, Card an Adaptive Card.
	Blocks    json.RawMessage `json:"blocks,omitempty"`
	Card      json.RawMessage `json:"card,omitempty"`
	Edited    bool            `json:"edited,omitempty"`
	Ephemeral bool            `json:"ephemeral,omitempty"`
	Posted    time.Time       `json:"posted"`
}

// View is a form or a Home, as the app sent it.
type View struct {
	ID string `json:"id"`
	// Body is the view in Block Kit: type, title, submit, close, blocks; or,
	// as an Adaptive Card: title, card.
	Body json.RawMessage `json:"body"`
	// Values are what was filled in so far, in the shape of Slack's
	// view.state.values.
	Values json.RawMessage `json:"values,omitempty"`
}

// Outside is the world beside the chat, read from the stand-ins themselves
// and never from what the app says about them.
type Outside struct {
	Clock   Clock    `json:"clock"`
	Groups  []Group  `json:"groups"`
	Tickets []Ticket `json:"tickets"`
	Shifts  []Shift  `json:"shifts"`
	Faults  []Fault  `json:"faults"`
}

// Clock is company time.
type Clock struct {
	Now time.Time `json:"now"`
	// Speed is how many company seconds pass in a second.
	Speed int `json:"speed"`
}

// Group is a group in Okta with the names of its members.
type Group struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Members     []string `json:"members"`
}

// Ticket is an issue in Jira, its comments oldest first.
type Ticket struct {
	Key      string   `json:"key"`
	Status   string   `json:"status"`
	Summary  string   `json:"summary"`
	Comments []string `json:"comments,omitempty"`
}

// Shift is who is on call.
type Shift struct {
	Schedule string `json:"schedule"`
	Level    int    `json:"level"`
	Name     string `json:"name"`
	// Until is when it ends, left out where that is not known.
	Until time.Time `json:"until,omitzero"`
}

// Fault is something that can be broken on purpose.
type Fault struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	On    bool   `json:"on"`
}

// Story tells a newcomer where they are and what to do next.
type Story struct {
	Steps []Step `json:"steps,omitempty"`
	Hint  *Hint  `json:"hint,omitempty"`
}

// Step is one station of the story. The first that is not done is the present one.
type Step struct {
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

// HintDo is what the button of a hint does.
type HintDo string

// What the button of a hint can do: open the form, become a person, go to a
// channel, make time run faster.
const (
	DoAsk    HintDo = "ask"
	DoBecome HintDo = "become"
	DoGo     HintDo = "go"
	DoFaster HintDo = "faster"
)

// Hint is the next thing to try, as a sentence and at most one button.
type Hint struct {
	Text   string `json:"text"`
	Do     HintDo `json:"do,omitempty"`
	Button string `json:"button,omitempty"`
	// As is the person to become, Channel the channel to go to.
	As      string `json:"as,omitempty"`
	Channel string `json:"channel,omitempty"`
}

// Command is a slash command that the composer offers.
type Command struct {
	Text string `json:"text"`
	Does string `json:"does"`
}
