package policy

import (
	"fmt"
	"strings"

	"hallpass/flows"
)

// named is how many things a line names.
const named = 3

// words are one line: "41 people gain prod-db without approval, for at most 8 h".
func (c Change) words() string {
	who, s := fmt.Sprintf("%d people", len(c.People)), ""
	if len(c.People) == 1 {
		who, s = c.People[0], "s"
	}
	what := flows.Join(c.Resources[:min(named, len(c.Resources))], "and")
	if more := len(c.Resources) - named; more > 0 {
		what = fmt.Sprintf("%s and %d more", strings.Join(c.Resources[:named], ", "), more)
	}
	if c.Permission != "member" {
		what += " (" + c.Permission + ")"
	}
	had, has := ease[c.From.Way] > 0, ease[c.To.Way] > 0
	switch {
	case !had:
		return fmt.Sprintf("%s gain%s %s %s, %s", who, s, what, c.To.how(), c.To.long())
	case !has && c.To.Way == WayDenied:
		return fmt.Sprintf("%s lose%s %s: it is forbidden", who, s, what)
	case !has:
		return fmt.Sprintf("%s lose%s %s (had it %s)", who, s, what, c.From.how())
	case c.From.Way != c.To.Way:
		return fmt.Sprintf("%s get%s %s %s, before %s%s", who, s, what, c.To.how(), c.From.how(), c.longer())
	case c.From.most != c.To.most:
		return fmt.Sprintf("%s get%s %s %s, before %s", who, s, what, c.To.long(), c.From.before())
	}
	return fmt.Sprintf("%s get%s %s %s", who, s, what, strings.Join(c.otherwise(), "; "))
}

// otherwise says which terms differ where neither side is more.
func (c Change) otherwise() (out []string) {
	if c.From.Approval != c.To.Approval {
		out = append(out, fmt.Sprintf("by other approval: %s, before %s", c.To.Approval, c.From.Approval))
	}
	if c.From.Conditions != c.To.Conditions {
		out = append(out, fmt.Sprintf("under other conditions: %s; before: %s", c.To.Conditions, c.From.Conditions))
	}
	if c.From.Total != c.To.Total {
		out = append(out, fmt.Sprintf("in total %s without people, before %s", first(c.To.Total, "no bound"), first(c.From.Total, "no bound")))
	}
	return out
}

func (c Change) longer() string {
	if c.From.most == c.To.most {
		return ""
	}
	return fmt.Sprintf(" (%s, before %s)", c.To.long(), c.From.before())
}

// before is long in the second place: "8 h".
func (l Level) before() string { return strings.TrimPrefix(l.long(), "for at most ") }

func (l Level) how() string {
	if l.Way == WayAsks {
		return "with approval"
	}
	return string(l.Way)
}

// Words prints changes for people, one a line, gains with +, losses with -, other approval with ~.
func Words(list []Change) string {
	if len(list) == 0 {
		return "Nobody gains or loses anything.\n"
	}
	var b strings.Builder
	for _, c := range list {
		b.WriteString([]string{"+ ", "~ ", "- "}[rank(c)] + c.words() + "\n")
	}
	return b.String()
}
