package flows

import (
	"fmt"
	"strings"
)

// Explain says what would become of a case, and why, as a tree.
func (p *Policy) Explain(c Case) Explanation {
	c = c.filled()
	r := p.Rule(c)
	x := explainer{Case: c, p: p, r: r, names: namesIn(c.Facts)}
	out := Explanation{Fate: r.Fate, Sentence: x.sentence(), Lines: x.flows(), Nearest: x.nearest()}
	if r.Flow != nil {
		out.Flow, out.Longest = r.Flow.Name, Span(r.Flow.HowLong.Limit())
		out.Lines = append(out.Lines, x.terms()...)
	} else if r.Fate == FateUnknown {
		out.plain = "Whether you can ask for that is not known now."
	} else if c.Facts.Asker.Value.Active() && !(r.Denied && p.couldAsk(c.Resource, c.Permission, c.Facts)) {
		out.plain = "That is nothing that you can ask for."
	}
	if r.Fate == FateAutomatic { // a condition may name a group, which the asker need not know of; what it wants is said below
		out.asker = strings.TrimSuffix(out.Sentence, becauseOf(r.Why)+".") + "."
	}
	return out
}

// explainer words one case.
type explainer struct {
	Case
	p     *Policy
	r     Ruling
	names map[PersonID]string
}

// namesIn are the names of everybody who stands in the facts.
func namesIn(f *Facts) map[PersonID]string {
	out := map[PersonID]string{}
	add := func(p Person) {
		if p.ID != "" {
			out[p.ID] = firstNonEmpty(p.Name, string(p.ID))
		}
	}
	add(f.Asker.Value)
	for _, list := range f.Members {
		for _, p := range list.Value {
			add(p)
		}
	}
	for _, u := range f.Users {
		add(u.Value)
	}
	for _, m := range f.Managers {
		add(m.Value)
	}
	for _, on := range f.Shifts {
		for _, s := range on.Value {
			add(s.Person)
		}
	}
	return out
}

// sentence is what would happen, in one line.
func (x explainer) sentence() string {
	who := firstNonEmpty(x.names[x.Facts.Asker.Value.ID], "The asker")
	thing := fmt.Sprintf("%s (%s)", x.Resource.Name, x.Permission)
	d := ""
	if x.r.Duration > 0 {
		d = " " + ForSpan(x.r.Duration)
	}
	at := ""
	if !x.Facts.Local.Now.IsZero() {
		at = " at " + stamp(x.Facts.Local.Now)
	}
	switch x.r.Fate {
	case FateUnknown:
		return fmt.Sprintf("Whether %s may ask for %s%s is not known: %s.", who, thing, at, x.r.Why)
	case FateAutomatic:
		return fmt.Sprintf("%s would get %s%s%s at once%s.", who, thing, d, at, becauseOf(x.r.Why))
	case FateAsks:
		return fmt.Sprintf("%s could ask for %s%s%s; people would decide, in %s.", who, thing, d, at, plural(len(x.r.Steps), "step", "steps"))
	}
	return fmt.Sprintf("%s cannot ask for %s%s%s: %s", who, thing, d, at, strings.TrimSuffix(x.r.Why, ".")+".")
}

// flows are the flows that were looked at, in their order, up to the one that decides.
func (x explainer) flows() []Line {
	var out []Line
	switch why, trouble := x.p.guards(x.Resource, x.Facts); {
	case trouble != "":
		return []Line{{Mark: MarkUnknown, Text: "guarded: not known. " + trouble, admins: true}}
	case why != "":
		l := Line{Mark: MarkNo, Text: "guarded: " + why, admins: true}
		if !x.p.opens(x.Resource, x.Permission) {
			return []Line{l}
		}
		l.Mark, l.Text = MarkYes, l.Text+"; two admins decide too, where a line says guarded"
		out = append(out, l)
	}
	for _, f := range x.p.Flows {
		l, decides := x.flow(f)
		out = append(out, l)
		if decides {
			return out
		}
	}
	return append(out, Line{Mark: MarkNo, Text: "no flow is left: what no flow covers cannot be asked for", admins: true})
}

func (x explainer) guarded() bool { why, _ := x.p.guards(x.Resource, x.Facts); return why != "" }

// flow says why a flow does or does not cover the case, as Cover decides it.
func (x explainer) flow(f *Flow) (Line, bool) {
	covered, excepted := f.line(x.Resource, x.Permission)
	what := x.what(f)
	l := Line{Mark: MarkNo, admins: true, Lines: []Line{what}}
	if !covered {
		l.Text = f.Name + ": not about this thing"
		return l, false
	}
	anyone := x.people("who", f.Who.Any, true)
	l.Lines = []Line{anyone, what}
	switch anyone.Mark {
	case MarkUnknown:
		l.Mark, l.Text, l.plain = MarkUnknown, f.Name+": not known whether it is for them", "whether you may ask is not known now"
		return l, true
	case MarkNo:
		l.Text = f.Name + ": not for them"
		return l, false
	}
	for _, filter := range []struct {
		word, found string
		list        []Selector
		falls       bool
	}{{"skip", "passes them on to the flows below", f.Who.Skip, true}, {"except", "refuses them; flows below are not asked", f.Who.Except, false}} {
		if len(filter.list) == 0 {
			continue
		}
		among := x.people(filter.word, filter.list, false)
		l.Lines = append(l.Lines, among)
		switch among.Mark {
		case MarkUnknown:
			l.Mark, l.Text, l.plain = MarkUnknown, f.Name+": not known whether it "+filter.found, "whether you may ask is not known now"
			return l, true
		case MarkNo:
			l.Text = f.Name + ": " + filter.found
			return l, !filter.falls
		}
	}
	switch {
	case excepted:
		l.Text = f.Name + ": excepts this thing; flows below are not asked"
	case f.Deny:
		l.Text, l.plain = f.Name+": forbids it", "the flow "+f.Name+" forbids it"
	case x.guarded() && !f.opens(x.Resource, x.Permission):
		l.Text = f.Name + ": covers it, but its line does not say guarded; flows below are not asked"
	default:
		l.Mark, l.Text, l.plain = MarkYes, f.Name+": covers it and decides", "the flow "+f.Name+" decides"
	}
	return l, true
}

// people says whether the asker is among these. wanted is whether that is good.
func (x explainer) people(word string, list []Selector, wanted bool) Line {
	in, trouble := isAmong(list, x.Facts)
	l := Line{Mark: markOf(in == wanted, trouble), Text: word + ": " + amongWords(in, trouble), admins: true}
	for _, s := range list {
		yes, t := s.covers(x.Facts)
		l.Lines = append(l.Lines, Line{Mark: markOf(yes, t), Text: x.selector(s) + because(t)})
	}
	return l
}

func amongWords(in bool, trouble string) string {
	switch {
	case trouble != "":
		return "not known"
	case in:
		return "among them"
	}
	return "not among them"
}

func markOf(yes bool, trouble string) Mark {
	switch {
	case trouble != "":
		return MarkUnknown
	case yes:
		return MarkYes
	}
	return MarkNo
}

func because(trouble string) string {
	if trouble == "" {
		return ""
	}
	return ": " + trouble
}

// selector names people as the file does, and says when the name means nobody.
func (x explainer) selector(s Selector) string {
	switch s.Kind {
	case SelectGroup:
		words := "group " + s.Group
		if id, ok := x.Facts.GroupIDs[s.Group]; ok && id.Trouble == "" && id.Value == "" {
			words += " (there is none of that name)"
		}
		return words
	case SelectUser:
		return "user " + s.User
	case SelectShift:
		words := "on shift " + firstNonEmpty(x.Facts.Names[*s.Shift], s.Shift.Schedule)
		if s.Shift.Level > 0 {
			words += fmt.Sprintf(", level %d", s.Shift.Level)
		}
		return words
	case SelectManager:
		return managerWords(s.Manager)
	case SelectOwner:
		return "owner by the tag " + s.Owner
	}
	return string(s.Kind)
}
