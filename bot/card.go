package bot

import (
	"time"

	"hallpass/flows"
)

// Span is a piece of a line. Exactly one of its fields is set, but for Bold, which goes with Text.
type Span struct {
	Text  string // our own words
	Bold  bool
	Typed string        // typed or foreign text (names, reasons, titles): never read as markup, never a mention
	Time  time.Time     // shown in the reader's zone by the chat's own date token
	Form  TimeForm      // how Time is shown
	User  flows.Account // a mention, built from a validated id
}

// TimeForm is how a time is shown.
type TimeForm int

// The forms of a time: "14:30", "22 Nov at 14:30" (or tomorrow at …), "14:30:02".
const (
	Clock TimeForm = iota
	DayClock
	Seconds
)

// Line is one line of spans.
type Line []Span

// BlockKind says what a block is.
type BlockKind int

// The kinds of blocks.
const (
	Paragraph BlockKind = iota // Lines, each on its own line
	Title                      // the first line, set larger or bold
	Facts                      // Pairs of label and line: "Why", "Your yes", …
	Quote                      // typed text set apart, never formatted: the first span's Typed
	Small                      // small print
	Buttons
	Divider
)

// Block is one part of a card.
type Block struct {
	Kind    BlockKind
	Lines   []Line
	Pairs   []Pair
	Buttons []Button
}

// Pair is a labelled fact.
type Pair struct {
	Label string
	Line  Line
	Quote string // typed text set apart under the label, if any
}

// Action names what a button does. It travels as the chat's action id.
type Action string

// The actions of buttons.
const (
	ActApprove      Action = "approve"
	ActShorter      Action = "shorter" // opens a form
	ActDeny         Action = "deny"    // opens a form
	ActCancel       Action = "cancel"
	ActExtend       Action = "extend" // opens a form
	ActGiveBack     Action = "give_back"
	ActRevoke       Action = "revoke"        // opens a form (admins)
	ActAskForm      Action = "ask"           // opens the form
	ActHomeQuery    Action = "home_query"    // admins' search in Home
	ActReleaseBrake Action = "release_brake" // admins
	ActFreePolicy   Action = "free_policy"   // admins
	ActFreeMove     Action = "free_move"     // admins
	ActKeepHours    Action = "keep_hours"    // admins, of what was found after a restore; so are the next three
	ActKeepWeek     Action = "keep_week"
	ActTakeFound    Action = "take_found"
	ActLeaveFound   Action = "leave_found"
)

// Style is a button's weight.
type Style string

// The styles.
const (
	Plain   Style = ""
	Primary Style = "primary"
	Danger  Style = "danger"
)

// Button carries an opaque value: "142.7" is request 142 at revision 7, "g17.7" grant 17.
type Button struct {
	Action  Action
	Label   string
	Value   string
	Style   Style
	Confirm string // a question to confirm, empty for none
	Hint    string // for screen readers: "Approve R142 for prod-db"
}

// Card is a message. Preview is what a phone's notification says: who, what, how long; never typed text.
type Card struct {
	Preview Line
	Blocks  []Block
	Final   bool // no buttons will ever come back
	Fresh   bool // for one person, to be drawn anew whenever they look at it, in chats that tell; see Inbound.Look
}

// Text is a card of one sentence of ours.
func Text(sentence string) Card {
	l := Line{{Text: sentence}}
	return Card{Preview: l, Blocks: []Block{{Kind: Paragraph, Lines: []Line{l}}}}
}

// Home is the page drawn on opening.
type Home struct {
	Blocks []HomeBlock
}

// HomeBlock is a block with, perhaps, a search field before it.
type HomeBlock struct {
	Block
	Search *Field
}
