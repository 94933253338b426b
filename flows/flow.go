package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"time"
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
)

// Selector chooses people: one named user (by address), a directory group (by name), the asker's manager so many levels up,
// those on a shift, or everyone.
type Selector struct {
	Kind    SelectorKind `json:"kind"`
	User    string       `json:"user,omitempty"`
	Group   string       `json:"group,omitempty"`
	Manager int          `json:"manager,omitempty"`
	Shift   *Shift       `json:"shift,omitempty"`
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
	}
	return string(s.Kind)
}

// Who says who may ask. Except refuses whoever it covers, and flows further down are not asked.
type Who struct {
	Any    []Selector `json:"any"`
	Except []Selector `json:"except,omitempty"`
}

// Match is a condition on a resource: a name (glob), tags that must be equal. All that are given must hold.
type Match struct {
	Name string            `json:"name,omitempty"`
	Tags map[string]string `json:"tags,omitempty"`
}

// What is one line of things that can be asked for: one integration and type, by names (globs; none means any) and tags.
type What struct {
	In          string            `json:"in"`
	Type        string            `json:"type"`
	Names       []string          `json:"names,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	Except      []Match           `json:"except,omitempty"`
	Permissions []string          `json:"permissions,omitempty"`
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
	Extend  Extend          `json:"extend,omitzero"`
}

// Why says which reason is wanted. AtLeast counts characters.
type Why struct {
	Required bool   `json:"required,omitempty"`
	AtLeast  int    `json:"at_least,omitempty"`
	Hint     string `json:"hint,omitempty"`
}

// Requirement is so many approvals (one unless said) from one set of people.
type Requirement struct {
	From Selector `json:"from"`
	N    int      `json:"n,omitempty"`
}

// Need is the number of approvals wanted, at least one.
func (r Requirement) Need() int { return max(1, r.N) }

// Step is one level of approval: all its requirements must be met, by different humans.
type Step struct {
	All []Requirement `json:"all"`
}

// Approval says how it is approved: at once, or by steps in sequence. Fallback replaces the people of one requirement that surely
// has nobody. Remind and Lapse are counted from when the step was asked, and from when the request was made.
type Approval struct {
	Automatic bool          `json:"automatic,omitempty"`
	Steps     []Step        `json:"steps,omitempty"`
	Fallback  []Selector    `json:"fallback,omitempty"`
	Remind    time.Duration `json:"remind,omitempty"`
	Lapse     time.Duration `json:"lapse,omitempty"`
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
}

// Flow is a checked flow with its hash. Only NewFlow makes one.
type Flow struct {
	FlowSpec
	hash string
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
	DefaultLapse  = 24 * time.Hour
	DefaultRemind = 15 * time.Minute
)

// NewFlow checks a spec, fills in what it leaves open, and returns every problem at once. The flow is nil when there is one.
func NewFlow(s FlowSpec) (*Flow, []Problem) {
	var c checker
	c.check(&s)
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	if s.Approval.Lapse == 0 {
		s.Approval.Lapse = DefaultLapse
	}
	if s.Approval.Remind == 0 {
		s.Approval.Remind = DefaultRemind
	}
	if s.HowLong.Default == 0 {
		s.HowLong.Default = s.HowLong.Max
		if len(s.HowLong.Choices) > 0 {
			s.HowLong.Default = s.HowLong.Choices[0]
		}
	}
	return seal(s), nil
}

type checker struct{ problems []Problem }

func (c *checker) say(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (c *checker) check(s *FlowSpec) {
	if s.Name == "" {
		c.say("name", "a flow needs a name")
	}
	if len(s.Who.Any) == 0 {
		c.say("who", "say who may ask; a flow without `who` is refused")
	}
	c.selectors("who.any", s.Who.Any, false)
	c.selectors("who.except", s.Who.Except, false)
	c.what(s.What)
	c.howLong(s.HowLong)
	if s.Why.AtLeast < 0 {
		c.say("why.at_least", "must not be negative")
	}
	c.approval(s.Approval)
	if s.Warn < 0 {
		c.say("warn", "must not be negative")
	}
}

func (c *checker) what(lines []What) {
	if len(lines) == 0 {
		c.say("what", "say what can be asked for; a flow without `what` is refused")
	}
	for i, w := range lines {
		at := fmt.Sprintf("what[%d]", i)
		if w.In == "" {
			c.say(at+".in", "name the integration")
		}
		if w.Type == "" {
			c.say(at+".type", "name the type of resource, such as group")
		}
		for j, n := range w.Names {
			c.glob(fmt.Sprintf("%s.names[%d]", at, j), n)
		}
		for j, e := range w.Except {
			if e.Name == "" && len(e.Tags) == 0 {
				c.say(fmt.Sprintf("%s.except[%d]", at, j), "name or tags are needed")
			}
			c.glob(fmt.Sprintf("%s.except[%d].name", at, j), e.Name)
		}
	}
}

func (c *checker) glob(at, pattern string) {
	if _, err := path.Match(pattern, ""); err != nil {
		c.say(at, "%q is not a pattern; use * and ? only", pattern)
	}
}

func (c *checker) howLong(h HowLong) {
	if h.Max <= 0 {
		c.say("how_long.max", "say the longest time, such as 8h")
		return
	}
	for i, d := range h.Choices {
		if d <= 0 || d > h.Max {
			c.say(fmt.Sprintf("how_long.choices[%d]", i), "%s is outside what max allows (%s)", Span(d), Span(h.Max))
		}
	}
	if h.Default < 0 || h.Default > h.Max {
		c.say("how_long.default", "%s is outside what max allows (%s)", Span(h.Default), Span(h.Max))
	}
	if len(h.Choices) == 0 && !h.Custom && h.Default == 0 {
		c.say("how_long", "offer choices, a default, or custom: true")
	}
	if h.Extend.Times < 0 || (h.Extend.Times > 0 && h.Extend.By <= 0) {
		c.say("how_long.extend", "needs times and by, such as {times: 1, by: 4h}")
	}
}

func (c *checker) approval(a Approval) {
	if !a.Automatic && len(a.Steps) == 0 {
		c.say("approval", "say how it is approved: automatic, or steps; a flow without approval is refused")
	}
	if a.Automatic && len(a.Steps) > 0 {
		c.say("approval", "automatic and steps contradict each other; choose one")
	}
	for i, s := range a.Steps {
		at := fmt.Sprintf("approval.steps[%d]", i)
		if len(s.All) == 0 {
			c.say(at, "a step needs at least one requirement under `all`")
		}
		for j, r := range s.All {
			where := fmt.Sprintf("%s.all[%d]", at, j)
			c.selectors(where, []Selector{r.From}, true)
			if r.N < 0 {
				c.say(where, "the number of approvals must be positive")
			}
			if r.From.Kind == SelectEveryone {
				c.say(where, "everyone cannot be an approver; name a group")
			}
		}
	}
	c.selectors("approval.fallback", a.Fallback, true)
	if a.Remind < 0 || a.Lapse < 0 {
		c.say("approval", "remind and lapse must not be negative")
	}
}

// selectors checks people. The manager of the asker means something only among approvers.
func (c *checker) selectors(at string, list []Selector, approvers bool) {
	for i, s := range list {
		where := fmt.Sprintf("%s[%d]", at, i)
		if approvers && len(list) == 1 {
			where = at
		}
		switch {
		case s.Kind == SelectUser && s.User == "":
			c.say(where, "user needs an address")
		case s.Kind == SelectGroup && s.Group == "":
			c.say(where, "group needs a name")
		case s.Kind == SelectManager && s.Manager < 1:
			c.say(where, "manager needs a level, 1 for the direct one")
		case s.Kind == SelectManager && !approvers:
			c.say(where, "manager is for approvers only")
		case s.Kind == SelectShift && (s.Shift == nil || s.Shift.In == "" || s.Shift.Schedule == ""):
			c.say(where, "shift needs in and schedule")
		case s.Kind == "":
			c.say(where, "name a user, group, manager, shift or everyone")
		}
	}
}

// line is the first line of what that covers the entitlement, and whether an except refuses it.
func (f *Flow) line(r Resource, permission string) (covered, excepted bool) {
	for _, w := range f.What {
		if w.In != r.Integration || w.Type != r.Type || !w.permits(permission) || !w.names(r.Name) || !tagsMatch(w.Tags, r.Tags) {
			continue
		}
		for _, e := range w.Except {
			if e.matches(r) {
				return true, true
			}
		}
		return true, false
	}
	return false, false
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
	return tagsMatch(m.Tags, r.Tags)
}

func tagsMatch(want, have map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}
