package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"hallpass/flows/when"
)

// SelectorKind says how a selector chooses people.
type SelectorKind string

// The selectors of people. They are the same everywhere.
const (
	SelectUser     SelectorKind = "user"
	SelectGroup    SelectorKind = "group"
	SelectManager  SelectorKind = "manager"
	SelectShift    SelectorKind = "shift"
	SelectEveryone SelectorKind = "everyone"
	SelectOwner    SelectorKind = "owner"
)

// Selector chooses people: one named user (by address), a directory group (by name), the asker's manager so many levels up,
// those on a shift, the owner of the resource (named by one of its tags: an address or a group), or everyone.
type Selector struct {
	Kind    SelectorKind `json:"kind"`
	User    string       `json:"user,omitempty"`
	Group   string       `json:"group,omitempty"`
	Manager int          `json:"manager,omitempty"`
	Shift   *Shift       `json:"shift,omitempty"`
	Owner   string       `json:"owner,omitempty"` // the tag that names the owner
	// KnownFor is for how long a shift must have been planned to do without a human: in Who.Any and Exempt. Zero is DefaultKnownFor.
	KnownFor time.Duration `json:"known_for,omitempty"`
}

// Key is the selector's identity in stored rights: "group:database-owners".
func (s Selector) Key() string {
	switch s.Kind {
	case SelectUser:
		return "user:" + s.User
	case SelectGroup:
		return "group:" + s.Group
	case SelectManager:
		return fmt.Sprintf("manager:%d", s.Manager)
	case SelectShift:
		return fmt.Sprintf("shift:%s/%s/%d", s.Shift.In, s.Shift.Schedule, s.Shift.Level)
	case SelectOwner:
		return "owner:" + s.Owner
	}
	return string(s.Kind)
}

// Who says who may ask. Except refuses whoever it covers, and flows further down are not asked; Skip passes them on to those.
type Who struct {
	Any    []Selector `json:"any"`
	Except []Selector `json:"except,omitempty"`
	Skip   []Selector `json:"skip,omitempty"`
}

// Match is a condition on a resource: a name (glob), tags that must be equal, one of several, or there at all. All that are given
// must hold.
type Match struct {
	Name      string              `json:"name,omitempty"`
	Tags      map[string]string   `json:"tags,omitempty"`
	TagsIn    map[string][]string `json:"tags_in,omitempty"`
	TagsExist []string            `json:"tags_exist,omitempty"`
}

// What is one line of things that can be asked for: one integration and type, by names (globs; none means any) and tags.
type What struct {
	In          string              `json:"in"`
	Type        string              `json:"type"`
	Names       []string            `json:"names,omitempty"`
	Tags        map[string]string   `json:"tags,omitempty"`
	TagsIn      map[string][]string `json:"tags_in,omitempty"`
	TagsExist   []string            `json:"tags_exist,omitempty"`
	Under       string              `json:"under,omitempty"` // a place in the hierarchy: the resource's path is it or lies below it
	Except      []Match             `json:"except,omitempty"`
	Permissions []string            `json:"permissions,omitempty"`
	// Guarded lets people ask for guarded groups as well, and has two admins decide about those too.
	Guarded bool `json:"guarded,omitempty"`
}

// Extend says how often and by how much at a time a grant may be extended. Zero Times means never.
type Extend struct {
	Times int           `json:"times,omitempty"`
	By    time.Duration `json:"by,omitempty"`
}

// HowLong says for how long.
type HowLong struct {
	Choices []time.Duration `json:"choices,omitempty"`
	Default time.Duration   `json:"default,omitempty"`
	Max     time.Duration   `json:"max"`
	Custom  bool            `json:"custom,omitempty"`
	// Indefinite offers access without an end besides; alone, without Max, it is all that is offered.
	Indefinite bool   `json:"indefinite,omitempty"`
	Extend     Extend `json:"extend,omitzero"`
	// InTotal is how much one human may have of one entitlement in a rolling time before a human must decide; zero means no such bound.
	InTotal Total `json:"in_total,omitzero"`
}

// Total is so much time within a rolling time: 24 h per 7 d.
type Total struct {
	Max time.Duration `json:"max"`
	Per time.Duration `json:"per"`
}

// Why says which reason is wanted. AtLeast counts characters.
type Why struct {
	Required bool   `json:"required,omitempty"`
	AtLeast  int    `json:"at_least,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Pattern  string `json:"pattern,omitempty"` // a regular expression (RE2) that must be found in the reason
	// Ticket is a ticket that must be named and is looked at live; Fields are further questions of the flow's own.
	Ticket *TicketNeed `json:"ticket,omitempty"`
	Fields []FormField `json:"fields,omitempty"`
}

// TicketNeed says which ticket is good enough: its key matches Pattern, it is in Project (when given), in one of Statuses (when given),
// assigned to the asker unless AnyAssignee, not made by Hallpass itself, and named by at most Reuse grants (0 means no bound).
type TicketNeed struct {
	In          string   `json:"in"`
	Pattern     string   `json:"pattern"`
	Project     string   `json:"project,omitempty"`
	Statuses    []string `json:"statuses,omitempty"`
	AnyAssignee bool     `json:"any_assignee,omitempty"`
	Reuse       int      `json:"reuse,omitempty"`
}

// FieldKind is how a flow's own question is answered.
type FieldKind string

// The kinds of a flow's own questions.
const (
	FieldText     FieldKind = "text"
	FieldChoice   FieldKind = "choice"
	FieldCheckbox FieldKind = "checkbox"
	FieldPerson   FieldKind = "person"
)

// FormField is a question of the flow's own. Its answer is shown to approvers and never lowers a bar.
type FormField struct {
	Name     string    `json:"name"` // its key, [a-z0-9_]
	Label    string    `json:"label"`
	Kind     FieldKind `json:"kind"`
	Choices  []string  `json:"choices,omitempty"`
	Required bool      `json:"required,omitempty"`
}

// Requirement is so many approvals (one unless said) from one set of people: those of From, or of any of several selectors.
type Requirement struct {
	From Selector   `json:"from,omitzero"`
	Any  []Selector `json:"any,omitempty"`
	N    int        `json:"n,omitempty"`
	key  string     // what the requirement was written as, once an owner has been put in
}

// People are the selectors whose people can meet the requirement.
func (r Requirement) People() []Selector {
	if len(r.Any) > 0 {
		return r.Any
	}
	return []Selector{r.From}
}

// Key is the requirement's identity in stored rights.
func (r Requirement) Key() string {
	if r.key != "" {
		return r.key
	}
	if len(r.Any) == 0 {
		return r.From.Key()
	}
	keys := make([]string, len(r.Any))
	for i, s := range r.Any {
		keys[i] = s.Key()
	}
	return "any:" + strings.Join(keys, "|")
}

// Need is the number of approvals wanted, at least one.
func (r Requirement) Need() int { return max(1, r.N) }

// Step is one level of approval: all its requirements must be met, by different humans unless SamePerson lifts that for this step.
type Step struct {
	All        []Requirement `json:"all"`
	SamePerson bool          `json:"same_person,omitempty"`
}

// Condition lets a request through without a human. All that is given must hold.
type Condition struct {
	During *when.Window  `json:"during,omitempty"`  // company time, in the window's own zone, or in the asker's where it has none
	Group  string        `json:"group,omitempty"`   // the asker is in this group
	AtMost time.Duration `json:"at_most,omitempty"` // asked for at most so long
	PerDay int           `json:"per_day,omitempty"` // at most so many a day for one human on one entitlement
	// Shift is a shift that the asker is on, as planned for KnownFor or, when that is zero, for DefaultKnownFor.
	Shift    *Shift        `json:"shift,omitempty"`
	KnownFor time.Duration `json:"known_for,omitempty"`
}

// Escalate asks others when nobody has decided for so long: besides those who were asked, or in their place.
type Escalate struct {
	After   time.Duration `json:"after"`
	To      []Selector    `json:"to"`
	Replace bool          `json:"replace,omitempty"`
}

// Override is what a flow says instead for members of a group. The first that covers the asker holds.
type Override struct {
	Group    string    `json:"group"`
	HowLong  *HowLong  `json:"how_long,omitempty"`
	Approval *Approval `json:"approval,omitempty"`
}

// Approval says how it is approved: at once, or by steps in sequence. Fallback replaces the people of one requirement that surely
// has nobody. Remind and Lapse are counted from when the step was asked, and from when the request was made; the pauses between reminders
// double.
type Approval struct {
	Automatic bool `json:"automatic,omitempty"`
	// AutomaticIf are alternatives: one that holds lets the request through at once. Exempt people always go straight through.
	AutomaticIf []Condition   `json:"automatic_if,omitempty"`
	Exempt      []Selector    `json:"exempt,omitempty"`
	Escalate    *Escalate     `json:"escalate,omitempty"`
	Steps       []Step        `json:"steps,omitempty"`
	Fallback    []Selector    `json:"fallback,omitempty"`
	Remind      time.Duration `json:"remind,omitempty"`
	Lapse       time.Duration `json:"lapse,omitempty"`
}

// TicketRule says where a ticket is kept and to which statuses it moves.
type TicketRule struct {
	In        string `json:"in,omitempty"`
	IssueType string `json:"issue_type,omitempty"`
	Granted   string `json:"granted,omitempty"`
	Ended     string `json:"ended,omitempty"`
}

// FlowSpec is a flow as written. It becomes a Flow only through NewFlow.
type FlowSpec struct {
	Name     string        `json:"name"`
	Who      Who           `json:"who"`
	What     []What        `json:"what"`
	HowLong  HowLong       `json:"how_long"`
	Why      Why           `json:"why"`
	Approval Approval      `json:"approval"`
	Warn     time.Duration `json:"warn,omitempty"`
	Tickets  TicketRule    `json:"tickets,omitzero"`
	// Deny forbids what the flow covers, and says so.
	Deny      bool       `json:"deny,omitempty"`
	ForGroups []Override `json:"for_groups,omitempty"`
}

// Flow is a checked flow with its hash. Only NewFlow makes one.
type Flow struct {
	FlowSpec
	hash  string
	group string // of these terms: the group whose override holds
}

// Hash identifies this exact flow, 64 hexadecimal digits.
func (f *Flow) Hash() string { return f.hash }

// Text is the flow as stored with a request: canonical JSON, the bytes that were hashed.
func (f *Flow) Text() []byte {
	b, err := json.Marshal(f.FlowSpec)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	return b
}

// ReadFlow reads a flow that Text wrote.
func ReadFlow(text []byte) (*Flow, error) {
	var s FlowSpec
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	return seal(s), nil
}

func seal(s FlowSpec) *Flow {
	f := &Flow{FlowSpec: s}
	sum := sha256.Sum256(f.Text())
	f.hash = hex.EncodeToString(sum[:])
	return f
}

// Problem is one thing wrong with a flow; Path is where, in the words of the configuration ("how_long.max").
type Problem struct {
	Path     string
	Sentence string
}

// The times that hold when a flow does not say.
const (
	DefaultLapse    = 24 * time.Hour
	DefaultRemind   = 15 * time.Minute
	DefaultKnownFor = 12 * time.Hour
)

// NewFlow checks a spec, fills in what it leaves open, and returns every problem at once. The flow is nil when there is one.
func NewFlow(s FlowSpec) (*Flow, []Problem) {
	var c checker
	c.check(&s)
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	s.Approval.fill()
	s.HowLong.fill()
	s.ForGroups = slices.Clone(s.ForGroups)
	for i, o := range s.ForGroups {
		if o.HowLong != nil {
			h := *o.HowLong
			h.fill()
			s.ForGroups[i].HowLong = &h
		}
		if o.Approval != nil {
			a := *o.Approval
			a.fill()
			s.ForGroups[i].Approval = &a
		}
	}
	return seal(s), nil
}

func (a *Approval) fill() {
	if a.Lapse == 0 {
		a.Lapse = DefaultLapse
	}
	if a.Remind == 0 {
		a.Remind = DefaultRemind
	}
}

func (h *HowLong) fill() {
	if h.Default == 0 { // zero stays where there is nothing but access without an end, which is never chosen for anybody
		h.Default = h.Max
		if len(h.Choices) > 0 {
			h.Default = h.Choices[0]
		}
	}
}

// line is the first line of what that covers the entitlement, and whether an except refuses it.
func (f *Flow) line(r Resource, permission string) (covered, excepted bool) {
	w, ok := f.lineFor(r, permission)
	return ok, ok && slices.ContainsFunc(w.Except, func(m Match) bool { return m.matches(r) })
}

func (f *Flow) lineFor(r Resource, permission string) (line *What, covered bool) {
	for i := range f.What {
		if w := &f.What[i]; w.In == r.Integration && w.Type == r.Type && w.permits(permission) && w.names(r.Name) && w.holds(r) {
			return w, true
		}
	}
	return nil, false
}

func (w What) permits(p string) bool {
	if len(w.Permissions) == 0 {
		return true
	}
	for _, x := range w.Permissions {
		if x == p {
			return true
		}
	}
	return false
}

func (w What) names(name string) bool {
	if len(w.Names) == 0 {
		return true
	}
	for _, g := range w.Names {
		if ok, _ := path.Match(g, name); ok {
			return true
		}
	}
	return false
}

func (m Match) matches(r Resource) bool {
	if m.Name != "" {
		if ok, _ := path.Match(m.Name, r.Name); !ok {
			return false
		}
	}
	return tagsMatch(m.Tags, m.TagsIn, m.TagsExist, r.Tags)
}

// holds reports whether tags and place agree.
func (w What) holds(r Resource) bool {
	below := w.Under == "" || r.Path == w.Under || strings.HasPrefix(r.Path, strings.TrimSuffix(w.Under, "/")+"/")
	return below && tagsMatch(w.Tags, w.TagsIn, w.TagsExist, r.Tags)
}

func tagsMatch(equal map[string]string, in map[string][]string, exist []string, have map[string]string) bool {
	for k, v := range equal {
		if got, ok := have[k]; !ok || got != v {
			return false
		}
	}
	for k, list := range in {
		if got, ok := have[k]; !ok || !slices.Contains(list, got) {
			return false
		}
	}
	for _, k := range exist {
		if _, ok := have[k]; !ok {
			return false
		}
	}
	return true
}
