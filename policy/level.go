package policy

import (
	"fmt"
	"slices"
	"strings"

	"hallpass/flows"
)

// Level is how somebody gets something: no way, by asking people, without them under conditions, without them.
type Level struct {
	Way Way `json:"way"`
	// Longest is the longest time with an end, as people read it; empty when there is no way, or none with an end.
	Longest string `json:"longest,omitempty"`
	// Indefinite is set where access without an end can be asked for; people decide about that, whatever the way.
	Indefinite bool `json:"indefinite,omitempty"`
	// Approval is whose agreement it takes, as the configuration says.
	Approval string `json:"approval,omitempty"`
	// Conditions are those under which nobody has to agree, Total how much goes without people at most.
	Conditions string `json:"conditions,omitempty"`
	Total      string `json:"in_total,omitempty"`
	most       int64  // Longest, in nanoseconds; more than any where it is Indefinite too
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

// level is how an asker gets the things of a class.
func (d *differ) level(c *flows.Class, f *flows.Facts) Level {
	r := c.Rule(f)
	switch {
	case r.Fate == flows.FateUnknown:
		d.unknown = r.Why
		return Level{Way: WayNone}
	case r.Denied:
		return Level{Way: WayDenied}
	case r.Flow == nil:
		return Level{Way: WayNone}
	}
	l := Level{Way: wayOf(r, f)}
	l.lasts(r.Flow.HowLong)
	if l.Way != WayAutomatic {
		l.Approval = approvalOf(r.Flow.Approval)
	}
	if l.Way == WayConditions {
		l.Conditions = strings.Join(conditionsOf(r.Flow.Approval, f), "; or ")
	}
	if t := r.Flow.HowLong.InTotal; t.Max > 0 && l.Way != WayAsks {
		l.Total = flows.Span(t.Max) + " per " + flows.Span(t.Per)
	}
	return l
}

// lasts says for how long.
func (l *Level) lasts(h flows.HowLong) {
	if h.Max > 0 {
		l.Longest, l.most = flows.Span(h.Max), int64(h.Max)
	}
	if h.Indefinite {
		l.Indefinite = true
		l.most += int64(flows.Indefinite / 2)
	}
}

// long words it: "for at most 8 h", "until revoked", "for at most 8 h or, with approval, until revoked".
func (l Level) long() string {
	switch {
	case !l.Indefinite:
		return "for at most " + l.Longest
	case l.Longest == "":
		return flows.Span(flows.Indefinite)
	case l.Way == WayAsks:
		return "for at most " + l.Longest + " or " + flows.Span(flows.Indefinite)
	}
	return "for at most " + l.Longest + " or, with approval, " + flows.Span(flows.Indefinite)
}

func wayOf(r flows.Ruling, f *flows.Facts) Way {
	switch {
	case r.Fate == flows.FateAutomatic && (r.Flow.Approval.Automatic || r.Why == "exempt"):
		return WayAutomatic
	case len(conditionsOf(r.Flow.Approval, f)) > 0:
		return WayConditions
	}
	return WayAsks
}

// conditionsOf are the conditions that the asker can meet at some time.
func conditionsOf(a flows.Approval, f *flows.Facts) (out []string) {
	for _, c := range a.AutomaticIf {
		id := f.GroupIDs[c.Group].Value
		if c.Group == "" || id != "" && slices.Contains(f.GroupsOf.Value, id) {
			out = append(out, c.Words())
		}
	}
	return out
}

// approvalOf words the steps as the configuration has them: "manager:1 and group:owners, then user:cto@acme.com".
func approvalOf(a flows.Approval) string {
	var steps []string
	for _, s := range a.Steps {
		var all []string
		for _, q := range s.All {
			words := strings.ReplaceAll(strings.TrimPrefix(q.Key(), "any:"), "|", " or ")
			if q.Need() > 1 {
				words = fmt.Sprintf("%d of %s", q.Need(), words)
			}
			all = append(all, words)
		}
		words := flows.Join(all, "and")
		if s.SamePerson {
			words += " (one person may be several)"
		}
		steps = append(steps, words)
	}
	if len(steps) == 0 {
		for _, s := range a.Fallback {
			steps = append(steps, s.Key())
		}
		return strings.Join(steps, " or ")
	}
	return strings.Join(steps, ", then ")
}
