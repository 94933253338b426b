package flows

import (
	"fmt"
	"slices"
	"strings"
)

// Level is how somebody gets something: no way, by asking people, without them under conditions, without them; and by which flow. What it
// says in words is what the flow says for this person.
type Level struct {
	Way  Way    `json:"way"`
	Flow string `json:"flow,omitempty"` // its name; also that of the deny flow that forbids it
	// Longest is the longest time with an end that can be asked for, and Extend how it can be extended; both empty when not at all.
	Longest string `json:"longest,omitempty"`
	Extend  string `json:"extend,omitempty"`
	// Indefinite is set where access without an end can be asked for; people decide about that, whatever the way.
	Indefinite bool `json:"indefinite,omitempty"`
	// Approval is whose agreement it takes, Fallback whose where nobody of those is there, Escalation whose after a silence; all empty
	// when nobody ever has to agree.
	Approval   string `json:"approval,omitempty"`
	Fallback   string `json:"fallback,omitempty"`
	Escalation string `json:"escalation,omitempty"`
	// Conditions are those under which nobody has to agree, Total how much goes without people at most.
	Conditions string `json:"conditions,omitempty"`
	Total      string `json:"in_total,omitempty"`
	// Asks is what must be said when asking.
	Asks string `json:"asks,omitempty"`
}

// Way is how easily somebody gets something.
type Way string

// The ways, from none to the easiest.
const (
	WayNone       Way = "none"
	WayDenied     Way = "denied" // a deny flow says so
	WayAsks       Way = "asks people"
	WayConditions Way = "without approval under conditions"
	WayAutomatic  Way = "without approval"
)

// ease orders the ways. None and denied are alike.
var ease = map[Way]int{WayNone: 0, WayDenied: 0, WayAsks: 1, WayConditions: 2, WayAutomatic: 3}

// levelOf words a ruling that does not forbid.
func levelOf(r Ruling, f *Facts) Level {
	if r.Flow == nil {
		return Level{Way: WayNone}
	}
	h := r.Flow.HowLong
	l := Level{Way: wayOf(r, f), Flow: r.Flow.Name, Indefinite: h.Indefinite, Extend: h.Extend.words(), Asks: r.Flow.Why.asks()}
	if h.Max > 0 {
		l.Longest = Span(h.longest())
	}
	if l.Way != WayAutomatic {
		a := r.Flow.Approval
		l.Approval, l.Escalation = a.words(f), a.Escalate.words(f)
		if len(a.Steps) > 0 {
			l.Fallback = f.selectors(a.Fallback)
		}
	}
	if l.Way == WayConditions {
		l.Conditions = conditionWords(conditionsFor(r.Flow.Approval, f))
	}
	if h.InTotal.Max > 0 && l.Way != WayAsks {
		l.Total = Span(h.InTotal.Max) + " per " + Span(h.InTotal.Per)
	}
	return l
}

func wayOf(r Ruling, f *Facts) Way {
	switch {
	case r.Fate == FateAutomatic && (r.Flow.Approval.Automatic || r.Why == "exempt"):
		return WayAutomatic
	case len(conditionsFor(r.Flow.Approval, f)) > 0:
		return WayConditions
	}
	return WayAsks
}

// conditionsFor are the conditions that the asker can meet at some time.
func conditionsFor(a Approval, f *Facts) (out []Condition) {
	for _, c := range a.AutomaticIf {
		id := f.GroupIDs[c.Group].Value
		if c.Group == "" || id != "" && slices.Contains(f.GroupsOf.Value, id) {
			out = append(out, c)
		}
	}
	return out
}

func conditionWords(list []Condition) string {
	var words []string
	for _, c := range list {
		words = append(words, c.Words())
	}
	return strings.Join(words, "; or ")
}

func (x Extend) words() string {
	if x.Times == 0 {
		return ""
	}
	return times(x.Times) + " by " + Span(x.By)
}

// asks says what must be said when asking: "a reason of 10 characters, a ticket like OPS-[0-9]+".
func (w Why) asks() string {
	var out []string
	if w.Required || w.AtLeast > 0 || w.Pattern != "" {
		reason := "a reason"
		if w.AtLeast > 0 {
			reason += fmt.Sprintf(" of %d characters", w.AtLeast)
		}
		if w.Pattern != "" {
			reason += " like " + w.Pattern
		}
		out = append(out, reason)
	}
	if t := w.Ticket; t != nil {
		ticket := "a ticket like " + t.Pattern
		if words := t.Words(); words != "" {
			ticket += " (" + words + ")"
		}
		out = append(out, ticket)
	}
	for _, x := range w.Fields {
		if x.Required {
			out = append(out, "“"+x.Label+"”")
		}
	}
	return strings.Join(out, ", ")
}

// words say whose agreement it takes: "manager and 2 of group owners, then user cto@acme.com".
func (a Approval) words(f *Facts) string {
	var steps []string
	for _, s := range a.steps() {
		var all []string
		for _, q := range s.All {
			all = append(all, q.wanted(f))
		}
		words := Join(all, "and")
		if s.SamePerson {
			words += " (one person may be several)"
		}
		steps = append(steps, words)
	}
	return strings.Join(steps, ", then ")
}

// words say who else is asked after a silence: "after 1 h also group security".
func (x *Escalate) words(f *Facts) string {
	switch {
	case x == nil:
		return ""
	case x.Replace:
		return "after " + Span(x.After) + " " + f.selectors(x.To) + " instead"
	}
	return "after " + Span(x.After) + " also " + f.selectors(x.To)
}

// wanted names a requirement as the policy has it: the owner of a thing by the tag, not by who that is.
func (q Requirement) wanted(f *Facts) string {
	words := f.selectors(q.People())
	if tag, owned := strings.CutPrefix(q.key, "owner:"); owned {
		words = f.selectors([]Selector{{Kind: SelectOwner, Owner: tag}})
	}
	if q.Need() > 1 {
		return fmt.Sprintf("%d of %s", q.Need(), words)
	}
	return words
}

// selectors name people as the policy does, and shifts as their own system does.
func (f *Facts) selectors(list []Selector) string {
	var words []string
	for _, s := range list {
		words = append(words, explainer{Case: Case{Facts: &Facts{Names: f.Names}}}.selector(s))
	}
	return Join(words, "or")
}
