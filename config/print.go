package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"hallpass/flows"
	"hallpass/flows/when"
)

// Print writes a flow as this package reads it, in YAML, with its defaults filled in: read back it has the same hash. It is for showing
// flows and comparing them; the file itself, with its comments, is never written.
func Print(f *flows.Flow) []byte {
	var b bytes.Buffer
	flowTree(f.FlowSpec).block(&b, 0)
	return b.Bytes()
}

func flowTree(f flows.FlowSpec) tree {
	who := tree{}.list("any", people(f.Who.Any)).list("except", people(f.Who.Except)).list("skip", people(f.Who.Skip))
	t := tree{}.text("name", f.Name).tree("who", who).list("what", each(f.What, lineTree))
	if f.Deny {
		return t.flag("deny", true)
	}
	t = t.tree("how_long", longTree(f.HowLong)).tree("why", whyTree(f.Why)).tree("approval", approvalTree(f.Approval)).span("warn", f.Warn)
	tickets := tree{}.text("in", f.Tickets.In).text("issue_type", f.Tickets.IssueType).text("granted", f.Tickets.Granted).text("ended", f.Tickets.Ended)
	return t.tree("tickets", tickets).list("for_groups", each(f.ForGroups, overrideTree))
}

func people(list []flows.Selector) []any { return each(list, personTree) }

func personTree(s flows.Selector) tree {
	switch s.Kind {
	case flows.SelectUser:
		return tree{}.text("user", s.User)
	case flows.SelectGroup:
		return tree{}.text("group", s.Group)
	case flows.SelectManager:
		return tree{}.number("manager", s.Manager)
	case flows.SelectOwner:
		return tree{}.tree("owner", tree{}.text("tag", s.Owner))
	case flows.SelectShift:
		return tree{}.tree("shift", shiftTree(*s.Shift, s.KnownFor))
	}
	return tree{}.flag("everyone", true)
}

func shiftTree(s flows.Shift, knownFor time.Duration) tree {
	return tree{}.text("in", s.In).text("schedule", s.Schedule).number("level", s.Level).span("known_for", knownFor)
}

func lineTree(w flows.What) tree {
	return tree{}.text("in", w.In).text("type", w.Type).texts("names", w.Names).tree("tags", tagsTree(w.Tags, w.TagsIn, w.TagsExist)).
		text("under", w.Under).list("except", each(w.Except, func(m flows.Match) tree {
		return tree{}.text("name", m.Name).tree("tags", tagsTree(m.Tags, m.TagsIn, m.TagsExist))
	})).texts("permissions", w.Permissions).flag("guarded", w.Guarded)
}

func tagsTree(equal map[string]string, in map[string][]string, exist []string) (t tree) {
	for _, k := range slices.Sorted(maps.Keys(equal)) {
		t = t.text(quote(k), equal[k])
	}
	for _, k := range slices.Sorted(maps.Keys(in)) {
		t = t.texts(quote(k), in[k])
	}
	for _, k := range exist {
		t = t.tree(quote(k), tree{}.flag("exists", true))
	}
	return t
}

func longTree(h flows.HowLong) tree {
	t := tree{}.list("choices", each(h.Choices, spanText)).span("default", h.Default).span("max", h.Max).flag("custom", h.Custom).flag("indefinite", h.Indefinite)
	t = t.tree("extend", tree{}.number("times", h.Extend.Times).span("by", h.Extend.By))
	if h.InTotal.Max > 0 {
		t = append(t, field{"in_total", when.Total{Max: h.InTotal.Max, Per: h.InTotal.Per}.String()})
	}
	return t
}

func whyTree(w flows.Why) (t tree) {
	if w.Required {
		t = t.text("reason", "required")
	}
	t = t.number("at_least", w.AtLeast).text("pattern", w.Pattern).text("hint", w.Hint)
	if n := w.Ticket; n != nil {
		ticket := tree{}.text("in", n.In).text("pattern", n.Pattern).text("project", n.Project).texts("status", n.Statuses)
		if n.AnyAssignee {
			ticket = ticket.text("assignee", "anyone")
		}
		t = t.tree("ticket", ticket.number("reuse", n.Reuse))
	}
	return t.list("fields", each(w.Fields, func(f flows.FormField) tree {
		return tree{}.text("name", f.Name).text("label", f.Label).text("kind", string(f.Kind)).texts("choices", f.Choices).flag("required", f.Required)
	}))
}

func approvalTree(a flows.Approval) tree {
	t := tree{}.flag("automatic", a.Automatic).list("automatic", each(a.AutomaticIf, conditionTree)).list("exempt", people(a.Exempt))
	t = t.list("steps", each(a.Steps, func(s flows.Step) tree {
		return tree{}.list("all", each(s.All, requirementTree)).flag("same_person", s.SamePerson)
	}))
	t = t.list("fallback", people(a.Fallback)).span("remind", a.Remind)
	if e := a.Escalate; e != nil {
		t = t.tree("escalate", tree{}.span("after", e.After).list("to", people(e.To)).flag("replace", e.Replace))
	}
	return t.span("lapse", a.Lapse)
}

func conditionTree(c flows.Condition) (t tree) {
	if w := c.During; w != nil {
		t = t.tree("during", tree{}.text("days", w.Days.String()).text("hours", w.From.String()+"-"+w.To.String()).text("zone", cmp.Or(w.Zone, askersZone)).
			list("holidays", each(w.Holidays, func(d when.Date) string { return d.String() })))
	}
	t = t.text("group", c.Group)
	if c.Shift != nil {
		t = t.tree("shift", shiftTree(*c.Shift, c.KnownFor))
	}
	return t.span("at_most", c.AtMost).number("per_day", c.PerDay)
}

func requirementTree(r flows.Requirement) tree {
	if len(r.Any) > 0 {
		return tree{}.list("any", people(r.Any)).number("at_least", r.N)
	}
	return personTree(r.From).number("at_least", r.N)
}

func overrideTree(o flows.Override) tree {
	t := tree{}.text("group", o.Group)
	if o.HowLong != nil {
		t = t.tree("how_long", longTree(*o.HowLong))
	}
	if o.Approval != nil {
		t = t.tree("approval", approvalTree(*o.Approval))
	}
	return t
}

func each[T, U any](list []T, f func(T) U) (out []any) {
	for _, x := range list {
		out = append(out, f(x))
	}
	return out
}

// tree is a mapping to be printed, in the order of its fields. What is empty is left out when it is added.
type tree []field

// field is a key with a text that is printed as it stands, a tree, or a list of those.
type field struct {
	name  string
	value any
}

func (t tree) text(name, s string) tree {
	if s == "" {
		return t
	}
	return append(t, field{name, quote(s)})
}

func (t tree) texts(name string, list []string) tree { return t.list(name, each(list, quote)) }

func (t tree) flag(name string, on bool) tree {
	if !on {
		return t
	}
	return append(t, field{name, "true"})
}

func (t tree) number(name string, n int) tree {
	if n == 0 {
		return t
	}
	return append(t, field{name, fmt.Sprint(n)})
}

func (t tree) span(name string, d time.Duration) tree {
	if d == 0 {
		return t
	}
	return append(t, field{name, spanText(d)})
}

func (t tree) tree(name string, inner tree) tree {
	if len(inner) == 0 {
		return t
	}
	return append(t, field{name, inner})
}

func (t tree) list(name string, list []any) tree {
	if len(list) == 0 {
		return t
	}
	return append(t, field{name, list})
}

func spanText(d time.Duration) string { return when.Duration(d) }

// width is where a line is broken, in bytes.
const width = 120

func (t tree) block(b *bytes.Buffer, indent int) {
	for _, f := range t {
		line := strings.Repeat(" ", indent) + f.name + ":"
		if inner := inline(f.value); len(line)+len(inner) < width || isText(f.value) {
			fmt.Fprintf(b, "%s %s\n", line, inner)
			continue
		}
		b.WriteString(line + "\n")
		if inner, ok := f.value.(tree); ok {
			inner.block(b, indent+2)
			continue
		}
		for _, item := range f.value.([]any) {
			writeItem(b, item, indent+2)
		}
	}
}

// writeItem writes one item of a list; a mapping that is too long for one line begins behind its dash.
func writeItem(b *bytes.Buffer, item any, indent int) {
	dash := strings.Repeat(" ", indent) + "- "
	if inner := inline(item); indent+len(inner) < width || isText(item) {
		fmt.Fprintf(b, "%s%s\n", dash, inner)
		return
	}
	var lines bytes.Buffer
	item.(tree).block(&lines, indent+2)
	b.WriteString(dash + lines.String()[indent+2:])
}

func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

func inline(v any) string {
	var parts []string
	switch x := v.(type) {
	case tree:
		for _, f := range x {
			parts = append(parts, f.name+": "+inline(f.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range x {
			parts = append(parts, inline(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return v.(string)
}

var (
	plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./@-]*$`)
	notWords  = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"}
)

// quote writes text so that it is read as text: bare when it is a plain word, else as JSON does, which YAML reads too.
func quote(s string) string {
	if plainWord.MatchString(s) && !slices.Contains(notWords, strings.ToLower(s)) {
		return s
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // any string can be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}
