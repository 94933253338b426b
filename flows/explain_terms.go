package flows

import (
	"fmt"
	"strings"
	"time"
)

// terms are what the flow that decides says of this asker and thing: for how long, why, and who has to agree.
func (x explainer) terms() []Line {
	f := x.r.Flow
	out := x.override()
	why := f.refuses(x.r.Duration)
	out = append(out, Line{Mark: markOf(why == "", ""), Text: "how long: " + Span(x.r.Duration) + durationWords(why), Lines: []Line{{Text: "offered: " + offered(f.HowLong)}}})
	if words := reasonWords(f.Why); words != "" {
		out = append(out, Line{Text: "why: " + words})
	}
	if why != "" {
		return out
	}
	if without, any := x.without(); any {
		out = append(out, without)
	}
	if x.r.Fate == FateAsks {
		out = append(out, x.steps()...)
		out = append(out, x.after()...)
	}
	return out
}

func durationWords(why string) string {
	if why == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(why, ".")
}

func offered(h HowLong) string {
	words := Join(h.spans(), "or")
	if h.Custom {
		return words + ", or any time up to " + Span(h.Max)
	}
	return words
}

func reasonWords(w Why) string {
	var out []string
	if w.Required {
		out = append(out, "a reason is required")
	}
	if w.AtLeast > 0 {
		out = append(out, fmt.Sprintf("at least %d characters", w.AtLeast))
	}
	if w.Pattern != "" {
		out = append(out, "it must match "+w.Pattern+hintOf(w))
	}
	if t := w.Ticket; t != nil {
		out = append(out, "a ticket of "+titled(t.In)+" like "+t.Pattern)
	}
	return strings.Join(out, ", ")
}

// override says which override of the flow holds for the asker.
func (x explainer) override() []Line {
	f := x.r.Flow
	if len(f.ForGroups) == 0 {
		return nil
	}
	l := Line{Text: "for_groups", admins: true}
	for _, o := range f.ForGroups {
		in, trouble := isAmong([]Selector{{Kind: SelectGroup, Group: o.Group}}, x.Facts)
		l.Lines = append(l.Lines, Line{Mark: markOf(in, trouble), Text: "group " + o.Group + because(trouble), admins: true})
		if in {
			l.Text = "for_groups: what is written for " + o.Group + " holds"
			return []Line{l}
		}
	}
	l.Text = "for_groups: none of them holds"
	return []Line{l}
}

// without says why nobody has to decide, or why somebody has to; false when the flow never lets anything through by itself.
func (x explainer) without() (Line, bool) {
	f := x.r.Flow
	a := f.Approval
	if !a.Automatic && len(a.AutomaticIf) == 0 && len(a.Exempt) == 0 {
		return Line{}, false
	}
	req := x.request(x.r.Duration)
	l := Line{Mark: markOf(x.r.Fate == FateAutomatic, ""), Text: "without asking anybody"}
	if x.r.Duration == Indefinite {
		l.Lines = []Line{{Mark: MarkNo, Text: "people always decide about access without an end"}}
		return l, true
	}
	if t := f.HowLong.InTotal; t.Max > 0 {
		l.Lines = append(l.Lines, Line{Mark: markOf(!f.overTotal(req, x.Facts.Local), ""), Text: totalWords(t, x.Facts.Local.Used, x.r.Duration)})
	}
	if len(a.Exempt) > 0 {
		among := x.people("exempt", a.Exempt, true)
		if in, _ := surelyAmong(a.Exempt, x.Facts); !in && among.Mark == MarkYes {
			among.Mark = MarkNo
		}
		if among.Mark == MarkYes {
			among.plain = "you are exempt"
		}
		l.Lines = append(l.Lines, among)
	}
	if a.Automatic {
		l.Lines = append(l.Lines, Line{Mark: MarkYes, Text: "automatic, whenever it is asked for"})
	}
	for _, c := range a.AutomaticIf {
		l.Lines = append(l.Lines, x.condition(c, req))
	}
	if n := f.almost(req, x.Facts); n != nil {
		l.Lines = append(l.Lines, Line{Mark: MarkNo, Text: "not at once: " + n.words(x.Facts.Local.Now.Location())})
	}
	return l, true
}

func totalWords(t Total, used, more time.Duration) string {
	bound := Span(t.Max) + " per " + Span(t.Per)
	if used == Indefinite {
		return "in total: " + bound + "; they have it until revoked, which is more"
	}
	return fmt.Sprintf("in total: %s of %s used; with this %s", Span(used), bound, Span(used+more))
}

// condition says of each part of a condition whether it holds.
func (x explainer) condition(c Condition, req *Request) Line {
	l := Line{Mark: markOf(c.holds(req, x.Facts), ""), Text: "automatic, when all of these hold"}
	for _, part := range c.parts() {
		l.Lines = append(l.Lines, x.part(part, req))
	}
	if len(l.Lines) == 0 {
		l.Text = "automatic, always"
	}
	return l
}

// parts are a condition's conditions, one by one.
func (c Condition) parts() []Condition {
	var out []Condition
	if c.During != nil {
		out = append(out, Condition{During: c.During})
	}
	if c.Group != "" {
		out = append(out, Condition{Group: c.Group})
	}
	if c.Shift != nil {
		out = append(out, Condition{Shift: c.Shift, KnownFor: c.KnownFor})
	}
	if c.AtMost > 0 {
		out = append(out, Condition{AtMost: c.AtMost})
	}
	if c.PerDay > 0 {
		out = append(out, Condition{PerDay: c.PerDay})
	}
	return out
}

func (x explainer) part(c Condition, req *Request) Line {
	l := Line{Mark: markOf(c.holds(req, x.Facts), ""), Text: c.wordsFor(x.Facts)}
	switch {
	case c.inAskersZone() && x.Facts.Zone.Trouble != "":
		l.Mark = MarkUnknown
	case c.Group != "":
		_, trouble := isAmong([]Selector{{Kind: SelectGroup, Group: c.Group}}, x.Facts)
		l.Mark, l.Text = markOf(l.Mark == MarkYes, trouble), "group "+c.Group+because(trouble)
		l.admins, l.plain = true, "it is for people of a group"
	case c.Shift != nil:
		return x.onShift(c.shifts()[0])
	case c.PerDay > 0:
		l.Text += fmt.Sprintf(" (%s today)", times(x.Facts.Local.AutoToday))
	case c.During != nil && l.Mark == MarkNo:
		if opens, ok := c.nextOpening(x.Facts); ok {
			l.Text += "; opens " + stamp(opens)
		}
	}
	return l
}

// most bounds how many people of a requirement are named.
const most = 10

// steps says who can decide now, requirement by requirement.
func (x explainer) steps() []Line {
	var out []Line
	for i, list := range x.r.Steps {
		l := Line{Text: fmt.Sprintf("step %d of %d", i+1, len(x.r.Steps))}
		if i < len(x.r.Flow.Approval.Steps) && x.r.Flow.Approval.Steps[i].SamePerson {
			l.Text += "; one person may meet several"
		}
		for _, o := range list {
			l.Lines = append(l.Lines, x.requirement(o))
		}
		out = append(out, l)
	}
	return out
}

func (x explainer) requirement(o Deciding) Line {
	l := Line{Mark: MarkYes, Text: o.Words}
	switch {
	case o.Unknown != "":
		l.Mark, l.Text = MarkUnknown, o.Words+": "+o.Unknown+"; it would wait for that"
	case len(o.Candidates) == 0:
		l.Mark, l.Text = MarkNo, o.Words+": nobody could decide this"
	case o.Fallback:
		l.Text = o.Words + ": nobody is there, so the fallback is asked"
	}
	for i, c := range o.Candidates {
		if i == most {
			l.Lines = append(l.Lines, Line{Text: fmt.Sprintf("and %d more", len(o.Candidates)-most)})
			break
		}
		l.Lines = append(l.Lines, Line{Text: x.candidate(c)})
	}
	return l
}

func (x explainer) candidate(c Candidate) string {
	words := firstNonEmpty(x.names[c.Person], string(c.Person)) + ", " + c.Right
	if !c.Until.IsZero() {
		words += ", until " + stamp(c.Until.In(x.Facts.Local.Now.Location()))
	}
	return words
}

// after says what happens when nobody decides.
func (x explainer) after() []Line {
	a := x.r.Flow.Approval
	var out []Line
	if len(a.Fallback) > 0 && len(a.Steps) > 0 {
		out = append(out, Line{Text: "fallback, where surely nobody is: " + x.selectors(a.Fallback), admins: true})
	}
	if e := a.Escalate; e != nil {
		words := "besides those asked"
		if e.Replace {
			words = "instead of those asked"
		}
		out = append(out, Line{Text: fmt.Sprintf("after %s without an answer: %s, %s", Span(e.After), x.selectors(e.To), words), admins: true})
	}
	return append(out, Line{Text: "after " + Span(a.Lapse) + " without an answer it lapses"})
}

func (x explainer) selectors(list []Selector) string {
	var words []string
	for _, s := range list {
		words = append(words, x.selector(s))
	}
	return Join(words, "or")
}
