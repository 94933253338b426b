package teams

import (
	"encoding/json"

	"hallpass/bot"
)

// card is an Adaptive Card. Source of all shapes: adaptivecards.io/explorer at version 1.5.
type card struct {
	Type     string     `json:"type"`
	Schema   string     `json:"$schema,omitempty"`
	Version  string     `json:"version,omitempty"`
	Fallback string     `json:"fallbackText,omitempty"`
	Body     []element  `json:"body"`
	Actions  []action   `json:"actions,omitempty"`
	Refresh  *refresh   `json:"refresh,omitempty"`
	Teams    *fullWidth `json:"msteams,omitempty"`
}

// refresh has the card asked for anew when somebody looks at it. Without userIds it is for everybody of a conversation of up to 60; ours stand
// in personal chats. Source: learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/up-to-date-views.
type refresh struct {
	Action action `json:"action"`
}

// fullWidth asks Teams to use the whole width of the conversation.
type fullWidth struct {
	Width string `json:"width"`
}

// element is one piece of a card; only the fields of its type are set.
type element struct {
	Type      string    `json:"type"`
	ID        string    `json:"id,omitempty"`
	Inlines   []run     `json:"inlines,omitempty"` // RichTextBlock
	Items     []element `json:"items,omitempty"`   // Container
	Actions   []action  `json:"actions,omitempty"` // ActionSet
	Separator bool      `json:"separator,omitempty"`
	Spacing   string    `json:"spacing,omitempty"`
	Style     string    `json:"style,omitempty"`

	// Inputs.
	Label       string   `json:"label,omitempty"`
	Title       string   `json:"title,omitempty"` // Input.Toggle
	Placeholder string   `json:"placeholder,omitempty"`
	Value       string   `json:"value,omitempty"`
	Choices     []choice `json:"choices,omitzero"`
	Data        *query   `json:"choices.data,omitempty"`
	On          string   `json:"valueOn,omitempty"`
	Off         string   `json:"valueOff,omitempty"`
	Multiline   bool     `json:"isMultiline,omitempty"`
	MaxLength   int      `json:"maxLength,omitempty"`
	Wrap        bool     `json:"wrap,omitempty"`
}

// run is a piece of text that is drawn as it stands: nothing in it is Markdown.
type run struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Weight string `json:"weight,omitempty"`
	Size   string `json:"size,omitempty"`
	Color  string `json:"color,omitempty"`
	Subtle bool   `json:"isSubtle,omitempty"`
}

type choice struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

// query is a list of choices that is asked for while somebody types.
type query struct {
	Type    string `json:"type"`
	Dataset string `json:"dataset"`
}

// action is a button.
type action struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Verb     string  `json:"verb,omitempty"`
	Style    string  `json:"style,omitempty"`
	Tooltip  string  `json:"tooltip,omitempty"`
	Data     *sent   `json:"data,omitempty"`
	Card     *card   `json:"card,omitempty"` // Action.ShowCard
	Fallback *action `json:"fallback,omitempty"`
}

// sent is what a button sends; the values of inputs stand beside it under their own names.
type sent struct {
	Hallpass pressed   `json:"hallpass"`
	Teams    *teamData `json:"msteams,omitempty"`
}

// teamData tells Teams what to do with a button.
type teamData struct {
	Type string `json:"type"`
}

// pressed is what a button of ours means. Nothing of it is believed: the engine looks at who presses what.
type pressed struct {
	Do     do         `json:"do"`
	Action bot.Action `json:"action,omitempty"`
	Value  string     `json:"value,omitempty"`
	Home   bool       `json:"home,omitempty"`
	Form   string     `json:"form,omitempty"` // sealed
}

// do says what kind of button it is.
type do string

const (
	doPress  do = "press"
	doChange do = "change" // draw the form anew for what stands in it
	doSubmit do = "submit"
	doClose  do = "close"
	doLook   do = "look" // draw the card anew, changing nothing
)

// newCard is a card of elements, cut to what Teams takes.
func newCard(body []element, fallback string) card {
	return fitCard(wholeCard(body, nil, fallback))
}

// wholeCard is a card of elements as they are: of a form nothing may be cut.
func wholeCard(body []element, actions []action, fallback string) card {
	if body == nil {
		body = []element{}
	}
	return card{Type: "AdaptiveCard", Schema: schemaURL, Version: cardVersion, Fallback: fallback, Body: body, Actions: actions, Teams: &fullWidth{"Full"}}
}

// fitCard cuts a card's elements by the bytes they take, and says so.
func fitCard(c card) card {
	for len(c.Body) > 1 && encodedSize(c) > cardBytes {
		c.Body = append(c.Body[:len(c.Body)-2:len(c.Body)-2], smallText(moreThanFits))
	}
	return c
}

func encodedSize(v any) int {
	raw, err := json.Marshal(v)
	if err != nil {
		return 0 // what does not encode fails where it is sent
	}
	return len(raw)
}
