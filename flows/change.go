package flows

import (
	"fmt"
	"strings"
)

// changeNames is how many things one line names.
const changeNames = 3

// Sign is + for more, easier or longer in some respect, - for the opposite and nothing of that, ~ for otherwise. They sort in that order.
func (c Change) Sign() string {
	switch {
	case c.Gain:
		return "+"
	case c.Loss:
		return "-"
	}
	return "~"
}

// Words are one line: "41 people gain prod-db without approval, for at most 8 h, by flow databases".
func (c Change) Words() string {
	who, s := fmt.Sprintf("%d people", len(c.People)), ""
	if len(c.People) == 1 {
		who, s = c.People[0], "s"
	}
	had, has := ease[c.From.Way] > 0, ease[c.To.Way] > 0
	switch {
	case !had:
		return fmt.Sprintf("%s gain%s %s %s, %s, by flow %s", who, s, c.what(), c.To.how(), c.To.time(), c.To.Flow)
	case has:
		return fmt.Sprintf("%s get%s %s %s, by flow %s", who, s, c.what(), strings.Join(c.parts(), "; "), was(c.To.Flow, c.From.Flow, ""))
	}
	why := ""
	if c.To.Way == WayDenied {
		why = ": flow " + c.To.Flow + " forbids it"
	}
	return fmt.Sprintf("%s lose%s %s%s (before: %s, by flow %s)", who, s, c.what(), why, c.From.Way.short(), c.From.Flow)
}

// was words something that is different now; none stands for nothing.
func was(now, before, none string) string {
	if now == before {
		return now
	}
	return firstNonEmpty(now, none) + " (before: " + firstNonEmpty(before, none) + ")"
}

// what names the things: a few, and how many more.
func (c Change) what() string {
	list := c.Resources[:min(changeNames, len(c.Resources))]
	what := Join(list, "and")
	if more := len(c.Resources) - changeNames; more > 0 {
		what = fmt.Sprintf("%s and %d more", strings.Join(list, ", "), more)
	}
	if c.Permission != "member" {
		what += " (" + c.Permission + ")"
	}
	return what
}

// parts say what is different, one after the other.
func (c Change) parts() (out []string) {
	if c.turns.way != unturned {
		out = append(out, was(c.To.how(), c.From.how(), ""))
	}
	if c.From.time() != c.To.time() && c.turns.time != unturned {
		out = append(out, c.To.time()+" (before: "+strings.TrimPrefix(c.From.time(), atMost)+")")
	}
	if c.From.Extend != c.To.Extend && c.turns.time != unturned {
		out = append(out, "extended "+was(c.To.Extend, c.From.Extend, "never"))
	}
	if c.turns.approval != unturned {
		out = append(out, c.approval())
	}
	if c.turns.conditions != unturned {
		out = append(out, "without approval under "+c.turns.conditions.kind("wider", "narrower")+" conditions: "+was(c.To.Conditions, c.From.Conditions, ""))
	}
	if c.turns.total != unturned {
		out = append(out, "without approval up to "+was(c.To.inTotal(), c.From.inTotal(), "any time"))
	}
	if c.turns.asks != unturned {
		out = append(out, "on giving "+was(c.To.Asks, c.From.Asks, "nothing"))
	}
	return out
}

func (c Change) approval() string {
	var out []string
	for _, part := range []struct{ words, to, from, none string }{
		{"by ", c.To.Approval, c.From.Approval, "nobody"},
		{"where nobody is there by ", c.To.Fallback, c.From.Fallback, "nobody"},
		{"", c.To.Escalation, c.From.Escalation, "no escalation"},
	} {
		if part.to != part.from {
			out = append(out, part.words+was(part.to, part.from, part.none))
		}
	}
	return "with " + c.turns.approval.kind("less", "more") + " approval: " + strings.Join(out, ", ")
}

func (t turn) kind(easy, strict string) string {
	switch t {
	case easier:
		return easy
	case stricter:
		return strict
	}
	return "other"
}

// how says by whom it is approved, or when nobody has to.
func (l Level) how() string {
	total := ""
	if l.Total != "" {
		total = " up to " + l.inTotal()
	}
	switch l.Way {
	case WayAsks:
		return "with approval by " + l.Approval
	case WayConditions:
		return fmt.Sprintf("without approval%s (%s), else with approval by %s", total, l.Conditions, l.Approval)
	}
	return "without approval" + total
}

const atMost = "for at most "

// time says for how long: "for at most 8 h", "until revoked", "for at most 8 h or, with approval, until revoked".
func (l Level) time() string {
	switch {
	case !l.Indefinite:
		return atMost + l.Longest
	case l.Longest == "":
		return Span(Indefinite)
	case l.Way == WayAsks:
		return atMost + l.Longest + " or " + Span(Indefinite)
	}
	return atMost + l.Longest + " or, with approval, " + Span(Indefinite)
}

func (l Level) inTotal() string {
	if l.Total == "" {
		return ""
	}
	return l.Total + " in total"
}

func (w Way) short() string {
	if w == WayAsks {
		return "with approval"
	}
	return string(w)
}
