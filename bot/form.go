package bot

import "hallpass/flows"

// FieldKind says how a field is filled.
type FieldKind int

// The kinds of fields.
const (
	Search   FieldKind = iota // typeahead over Bot.Search
	Person                    // typeahead over Bot.Search, for people
	Checkbox                  // one box: the value of its one choice, or nothing
	Choice                    // one of Choices
	Radio                     // one of Choices, all shown
	TextLine                  // one line of text
	TextArea                  // several lines
	Note                      // not a field: lines to read
)

// Names of fields. They are also the fields of flows.Error.
const (
	FieldResource   = "resource"
	FieldPermission = "permission"
	FieldDuration   = "duration"
	FieldCustom     = "custom" // another duration, shown when "other…" is chosen
	FieldReason     = "reason"
	FieldTicket     = "ticket"
	FieldComment    = "comment"
	FieldQuery      = "query"
)

// ChoiceItem is one thing to choose. Small is the small print beside it.
type ChoiceItem struct {
	Value string
	Label string
	Small string
}

// Field is one question of a form. Watch asks for the form to be drawn anew when it changes.
type Field struct {
	Name     string
	Kind     FieldKind
	Label    string
	Hint     string // placeholder
	Help     string // small print under the field
	Choices  []ChoiceItem
	Value    string      // what it starts with
	Chosen   *ChoiceItem // what a Search, Person or Choice starts with
	Optional bool
	Watch    bool
	AtLeast  int
	AtMost   int
	Lines    []Line // for Note
}

// FormKind says what a form is for.
type FormKind string

// The forms.
const (
	FormAsk     FormKind = "ask"
	FormExtend  FormKind = "extend"
	FormDeny    FormKind = "deny"
	FormShorter FormKind = "shorter"
	FormRevoke  FormKind = "revoke"
	FormNotice  FormKind = "notice" // something to read: no fields, no submit
)

// Form is what somebody fills. Meta is opaque and comes back with every change and the submission.
type Form struct {
	Kind   FormKind
	Title  string
	Submit string // empty when there is nothing to submit
	Close  string
	Fields []Field
	Meta   Meta
}

// Meta travels with a form: which request or grant it is about, the revision its card showed, and the nonce made when it was opened.
type Meta struct {
	Kind     FormKind        `json:"k"`
	Nonce    string          `json:"n"`
	Request  flows.RequestID `json:"r,omitempty"`
	Grant    flows.GrantID   `json:"g,omitempty"`
	Revision int             `json:"v,omitempty"`
	Channel  string          `json:"c,omitempty"` // where the pressed card stands
	TS       string          `json:"t,omitempty"`
	FromHome bool            `json:"h,omitempty"`
	Resource string          `json:"s,omitempty"` // the resource whose dependent fields are shown
	Span     string          `json:"d,omitempty"` // a duration typed before it was known what may be chosen
}
