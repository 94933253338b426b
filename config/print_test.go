package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallpass/flows"
	"hallpass/flows/when"
)

// again reads back what Print wrote.
func again(t interface{ Fatalf(string, ...any) }, text string) *flows.Flow {
	r := &reader{opts: Options{WithoutSecrets: true}}
	doc := "flows:\n  - " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
	root, ok := r.parse("printed.yaml", []byte(doc))
	if !ok {
		t.Fatalf("%v\n%s", r.problems, doc)
	}
	list := readFlowList(root.object(sectionFlowsFile).get("flows"))
	if len(r.problems) > 0 || len(list) != 1 || list[0].flow == nil {
		t.Fatalf("%v\n%s", r.problems, doc)
	}
	return list[0].flow
}

func same(t interface{ Fatalf(string, ...any) }, f *flows.Flow) {
	text := string(Print(f))
	if back := again(t, text); back.Hash() != f.Hash() {
		t.Fatalf("%s\nread back as %s\nwas          %s", text, back.Text(), f.Text())
	}
}

func TestWhatIsPrintedReadsBackTheSame(t *testing.T) {
	_, c := example(t)
	for _, f := range slices.Concat(c.Flows, good(t).Flows, flowsOf(t, fullFlows).Flows) {
		same(t, f)
	}
}

// TestWhateverAFlowSaysReadsBackTheSame draws flows from all that the file can say.
func TestWhateverAFlowSaysReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		if f, problems := flows.NewFlow(drawn{r}.flow()); len(problems) == 0 {
			same(r, f)
		}
	})
}

// drawn draws what a file can say.
type drawn struct{ *rapid.T }

func (d drawn) flow() flows.FlowSpec {
	s := flows.FlowSpec{Name: d.text(), Who: flows.Who{Any: d.people(1, false), Except: d.people(0, false), Skip: d.people(0, false)}, What: d.lines()}
	if s.Deny = d.flag(); s.Deny {
		return s
	}
	s.HowLong, s.Approval = d.long(), d.approval()
	s.Why = flows.Why{Required: d.flag(), AtLeast: d.number(0, maxReason), Hint: d.maybe(), Pattern: d.oneOf("", "[a-z]+", `\d "x" #`), Ticket: d.ticket(), Fields: d.fields()}
	if d.flag() {
		s.Tickets = flows.TicketRule{In: d.text(), IssueType: d.maybe(), Granted: d.maybe(), Ended: d.maybe()}
	}
	for i := range d.number(0, 2) {
		h, a := d.long(), d.approval()
		s.ForGroups = append(s.ForGroups, flows.Override{Group: d.text() + string(rune('a'+i)), HowLong: &h, Approval: &a})
	}
	return s
}

func (d drawn) flag() bool                   { return rapid.Bool().Draw(d.T, "flag") }
func (d drawn) number(low, high int) int     { return rapid.IntRange(low, high).Draw(d.T, "number") }
func (d drawn) oneOf(words ...string) string { return rapid.SampledFrom(words).Draw(d.T, "word") }
func (d drawn) span() time.Duration          { return time.Duration(d.number(1, 90*24*3600)) * time.Second }

// text is any text that the file can hold: words, what looks like something else in YAML, and whatever characters there are.
func (d drawn) text() string {
	s := rapid.OneOf(rapid.StringMatching(`[a-z]{1,8}`), rapid.SampledFrom([]string{"true", "null", "1", "1e3", "a: b", "- a", "#x", "a #b", "*x", "&x", "!t", "@x",
		"'", `"`, `\`, "a\nb", "a\tb", "<<", "~", "=", "{", "a, b", "0x1", "12:30", "2026-01-01", ".inf", "é", "\u2028", "😀", "\u0085x"}), rapid.StringN(1, 20, 60)).Draw(d.T, "text")
	if s = strings.TrimSpace(strings.ToValidUTF8(s, "?")); s == "" {
		return "x"
	}
	return s
}

func (d drawn) maybe() string {
	if d.flag() {
		return ""
	}
	return d.text()
}

func (d drawn) texts(least int) (out []string) {
	for range d.number(least, least+2) {
		out = append(out, d.text())
	}
	return out
}

func (d drawn) people(least int, approvers bool) (out []flows.Selector) {
	for range d.number(least, least+2) {
		out = append(out, d.person(approvers))
	}
	return out
}

func (d drawn) person(approver bool) flows.Selector {
	kinds := []string{"user", "group", "everyone", "shift"}
	if approver {
		kinds = []string{"user", "group", "shift", "manager", "owner"}
	}
	s := flows.Selector{Kind: flows.SelectorKind(d.oneOf(kinds...))}
	switch s.Kind {
	case flows.SelectUser:
		s.User = d.oneOf("ana@acme.com", `"o'b"@acme.com`, "a#b@x")
	case flows.SelectGroup:
		s.Group = d.text()
	case flows.SelectManager:
		s.Manager = d.number(1, maxLevels)
	case flows.SelectOwner:
		s.Owner = d.text()
	case flows.SelectShift:
		s.Shift = d.shift()
	}
	return s
}

func (d drawn) shift() *flows.Shift {
	return &flows.Shift{In: d.text(), Schedule: d.oneOf("P1", "1", "1e3", "true"), Level: d.number(0, maxLevels)}
}

// known is for how long a shift must have been planned; often nothing is said.
func (d drawn) known() time.Duration {
	if d.flag() {
		return 0
	}
	return time.Duration(d.number(1, 7*24)) * time.Hour
}

func (d drawn) lines() (out []flows.What) {
	for range d.number(1, 2) {
		w := flows.What{In: d.text(), Type: "group", Under: d.maybe(), Names: []string{d.oneOf("*", "prod-*", "a?b", "[ab]", "x")}}
		w.Tags, w.TagsIn, w.TagsExist = d.tags()
		if d.flag() {
			w.Permissions = []string{"member"}
		}
		for range d.number(0, 2) {
			m := flows.Match{Name: d.oneOf("*-x", "y")}
			m.Tags, m.TagsIn, m.TagsExist = d.tags()
			w.Except = append(w.Except, m)
		}
		out = append(out, w)
	}
	return out
}

func (d drawn) tags() (equal map[string]string, in map[string][]string, exist []string) {
	equal, in = map[string]string{}, map[string][]string{}
	for range d.number(0, 3) {
		k := d.text()
		_, one := equal[k]
		_, several := in[k]
		switch kind := d.number(0, 2); {
		case one || several || slices.Contains(exist, k) || k == "<<":
		case kind == 0:
			equal[k] = d.text()
		case kind == 1:
			in[k] = d.texts(1)
		default:
			exist = append(exist, k)
		}
	}
	slices.Sort(exist)
	return filled(equal), filled(in), exist
}

func (d drawn) long() flows.HowLong {
	h := flows.HowLong{Default: time.Hour, Max: 90 * 24 * time.Hour, Custom: d.flag(), Indefinite: d.flag()}
	if h.Indefinite && d.flag() {
		return flows.HowLong{Indefinite: true}
	}
	for range d.number(0, 3) {
		h.Choices = append(h.Choices, d.span())
	}
	if d.flag() {
		h.Extend = flows.Extend{Times: d.number(1, maxTimes), By: d.span()}
	}
	per := d.span()
	h.InTotal = flows.Total{Max: time.Second, Per: per + time.Second}
	return h
}

func (d drawn) ticket() *flows.TicketNeed {
	if d.flag() {
		return nil
	}
	return &flows.TicketNeed{In: d.text(), Pattern: "[A-Z]+-[0-9]+", Project: d.maybe(), Statuses: d.texts(0), AnyAssignee: d.flag(), Reuse: d.number(1, maxTimes)}
}

func (d drawn) fields() (out []flows.FormField) {
	for i := range d.number(0, 2) {
		f := flows.FormField{Name: "f" + string(rune('0'+i)), Label: d.text(), Kind: flows.FieldKind(d.oneOf(fieldKinds...)), Required: d.flag()}
		if f.Kind == flows.FieldChoice {
			f.Choices = []string{d.text()}
		}
		out = append(out, f)
	}
	return out
}

func (d drawn) approval() flows.Approval {
	a := flows.Approval{Fallback: d.people(1, true), Remind: d.span(), Lapse: d.span()}
	if d.flag() {
		a.Escalate = &flows.Escalate{After: d.span(), To: d.people(1, true), Replace: d.flag()}
	}
	if a.Automatic = d.number(0, 4) == 0; a.Automatic {
		return a
	}
	for range d.number(1, 2) {
		step := flows.Step{}
		for range d.number(1, 2) {
			q := flows.Requirement{N: d.number(0, 3)}
			if q.Any = d.people(0, true); len(q.Any) == 0 {
				q.From = d.person(true)
			}
			step.All = append(step.All, q)
		}
		a.Steps = append(a.Steps, step)
	}
	for range d.number(0, 2) {
		c := flows.Condition{Group: d.text(), AtMost: d.span(), PerDay: d.number(0, maxTimes)}
		if d.flag() {
			c.During = &when.Window{Days: when.Days(d.number(1, 127)), From: when.TimeOfDay(d.number(0, 700)), To: when.TimeOfDay(d.number(701, 1440)), Zone: d.oneOf("", "UTC", "America/Argentina/Buenos_Aires")}
		}
		if d.flag() {
			c.Shift, c.KnownFor = d.shift(), d.known()
		}
		a.AutomaticIf = append(a.AutomaticIf, c)
	}
	return a
}
