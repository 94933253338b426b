package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Case is one question to a policy, with all that is known. Facts.Local.Now is the time that it is about.
type Case struct {
	Resource   Resource
	Permission string
	Duration   time.Duration // the flow's usual one when zero
	Facts      *Facts
	Human      func(PersonID) PersonID // who is one human; everybody is their own when nil
}

// Ruling is what a policy says of a case before anybody has decided.
type Ruling struct {
	Fate     Fate
	Why      string // why it cannot be, or why nobody has to decide
	Denied   bool   // a deny flow says so, and says so to the asker
	Flow     *Flow  // the one that decides, as it holds for this asker and thing; nil when none does
	Duration time.Duration
	Steps    [][]Deciding // who could decide, step by step
}

// Deciding is one requirement with the people who could meet it, and how many of them it takes.
type Deciding struct {
	OpenRequirement
	Need int
}

// Rule says what would become of a case, by the same functions that decide requests.
func (p *Policy) Rule(c Case) Ruling {
	c = c.filled()
	f, r := c.Facts, c.Resource
	switch {
	case f.Asker.Trouble != "":
		return Ruling{Fate: FateUnknown, Why: f.Asker.Trouble}
	case !f.Asker.Value.Active():
		return Ruling{Fate: FateDenied, Why: "the directory says that they may not act: " + firstNonEmpty(string(f.Asker.Value.Status), "unknown")}
	case r.Gone:
		return Ruling{Fate: FateDenied, Why: "it is no longer there"}
	case r.Unfit != "":
		return Ruling{Fate: FateDenied, Why: "it can never be given: " + r.Unfit}
	case !slices.Contains(r.Permissions, c.Permission):
		return Ruling{Fate: FateDenied, Why: fmt.Sprintf("it does not offer %s, but %s", c.Permission, orNothing(r.Permissions))}
	}
	cover := p.Cover(r, c.Permission, f)
	switch {
	case cover.Unknown != "":
		return Ruling{Fate: FateUnknown, Why: cover.Unknown}
	case cover.Flow == nil:
		return Ruling{Fate: FateDenied, Why: cover.Refused, Denied: cover.Denied != nil}
	}
	t, trouble := cover.Flow.terms(r, f)
	if trouble != "" {
		return Ruling{Fate: FateUnknown, Why: trouble}
	}
	return c.under(t)
}

func (c Case) filled() Case {
	if c.Human == nil {
		c.Human = func(p PersonID) PersonID { return p }
	}
	return c
}

// under is the ruling of the flow that covers a case.
func (c Case) under(t *Flow) Ruling {
	out := Ruling{Flow: t, Duration: c.Duration}
	if out.Duration == 0 {
		out.Duration = t.HowLong.Default
	}
	if why := t.refuses(out.Duration); why != "" {
		out.Fate, out.Why = FateDenied, why
		return out
	}
	req := c.request(out.Duration)
	if why := t.lets(req, c.Facts); why != "" {
		out.Fate, out.Why = FateAutomatic, why
		return out
	}
	out.Fate = FateAsks
	for _, step := range t.Approval.steps() {
		var list []Deciding
		for _, q := range step.All {
			list = append(list, Deciding{open(t, q, nil, req, nil, c.Facts, c.Human), q.Need()})
		}
		out.Steps = append(out.Steps, list)
	}
	return out
}

func (c Case) request(d time.Duration) *Request {
	who := c.Facts.Asker.Value.ID
	return &Request{Asker: who, For: who, State: Pending, Entitlement: Entitlement{c.Resource.ResourceKey, c.Permission}, Duration: d}
}

// refuses says why a flow does not give a duration, empty when it does.
func (f *Flow) refuses(d time.Duration) string {
	bare := *f
	bare.Why = Why{}
	if err := checkDraft(&bare, &Draft{Duration: d}); err != nil {
		return err.Error()
	}
	return ""
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return Join(words, "and")
}

// Explain says what would become of a case, and why, as a tree.
func (p *Policy) Explain(c Case) Explanation {
	c = c.filled()
	r := p.Rule(c)
	x := explainer{Case: c, p: p, r: r, names: namesIn(c.Facts)}
	out := Explanation{Fate: r.Fate, Sentence: x.sentence(), Lines: x.flows(), Nearest: x.nearest()}
	if r.Flow != nil {
		out.Flow, out.Longest = r.Flow.Name, Span(r.Flow.HowLong.Max)
		out.Lines = append(out.Lines, x.terms()...)
	} else if r.Fate == FateDenied && !r.Denied && c.Facts.Asker.Value.Active() {
		out.plain = "That is nothing that you can ask for."
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
		d = " for " + Span(x.r.Duration)
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
	if x.p.guards(x.Resource, x.Facts) {
		return []Line{{Mark: MarkNo, Text: "guarded: the policy names this group as people who ask, decide or administer", admins: true}}
	}
	var out []Line
	for _, f := range x.p.Flows {
		l, decides := x.flow(f)
		out = append(out, l)
		if decides {
			return out
		}
	}
	return append(out, Line{Mark: MarkNo, Text: "no flow is left: what no flow covers cannot be asked for", admins: true})
}

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

// what says which line is about the thing, or why none is.
func (x explainer) what(f *Flow) Line {
	var missed []Line
	for i, w := range f.What {
		why, about := x.misses(w)
		text := fmt.Sprintf("what, line %d: ", i+1)
		if why == "" {
			l := Line{Mark: MarkYes, Text: text + lineWords(w), admins: true}
			for _, e := range w.Except {
				if e.matches(x.Resource) {
					return Line{Mark: MarkNo, Text: text + "but for its except: " + matchWords(e), admins: true}
				}
			}
			return l
		}
		if about {
			missed = append(missed, Line{Mark: MarkNo, Text: text + why, admins: true})
		}
	}
	switch len(missed) {
	case 0:
		return Line{Mark: MarkNo, Text: fmt.Sprintf("what: nothing of type %s in %s", x.Resource.Type, x.Resource.Integration), admins: true}
	case 1:
		return missed[0]
	}
	return Line{Mark: MarkNo, Text: "what: no line of it is about this thing", Lines: missed, admins: true}
}

// misses says why a line is not about the thing, empty when it is; about is false when it is of another kind altogether.
func (x explainer) misses(w What) (why string, about bool) {
	r := x.Resource
	if w.In != r.Integration || w.Type != r.Type {
		return "of another type", false
	}
	switch {
	case !w.names(r.Name):
		return fmt.Sprintf("its name matches none of %s", strings.Join(w.Names, ", ")), true
	case !w.permits(x.Permission):
		return fmt.Sprintf("offers %s, not %s", orNothing(w.Permissions), x.Permission), true
	}
	if why := tagsMiss(w, r); why != "" {
		return why, true
	}
	if !w.holds(r) {
		return fmt.Sprintf("it is at %q, not under %s", r.Path, w.Under), true
	}
	return "", true
}

func tagsMiss(w What, r Resource) string {
	for _, k := range slices.Sorted(maps.Keys(w.Tags)) {
		if !tagsMatch(map[string]string{k: w.Tags[k]}, nil, nil, r.Tags) {
			return fmt.Sprintf("its tag %s is %s, not %s", k, tagWords(r, k), w.Tags[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(w.TagsIn)) {
		if !tagsMatch(nil, map[string][]string{k: w.TagsIn[k]}, nil, r.Tags) {
			return fmt.Sprintf("its tag %s is %s, not %s", k, tagWords(r, k), Join(w.TagsIn[k], "or"))
		}
	}
	for _, k := range w.TagsExist {
		if _, ok := r.Tags[k]; !ok {
			return "it has no tag " + k
		}
	}
	return ""
}

func tagWords(r Resource, k string) string {
	if v, ok := r.Tags[k]; ok {
		return v
	}
	return "not there"
}

// lineWords names a line: "okta group prod-*, payments-*, env=prod".
func lineWords(w What) string {
	words := []string{w.In + " " + w.Type}
	if len(w.Names) > 0 {
		words = append(words, strings.Join(w.Names, " or "))
	}
	words = append(words, tagsWords(w.Tags, w.TagsIn, w.TagsExist)...)
	if w.Under != "" {
		words = append(words, "under "+w.Under)
	}
	return strings.Join(words, ", ")
}

func matchWords(m Match) string {
	var words []string
	if m.Name != "" {
		words = append(words, m.Name)
	}
	return strings.Join(append(words, tagsWords(m.Tags, m.TagsIn, m.TagsExist)...), ", ")
}

func tagsWords(equal map[string]string, in map[string][]string, exist []string) (words []string) {
	for _, k := range slices.Sorted(maps.Keys(equal)) {
		words = append(words, k+"="+equal[k])
	}
	for _, k := range slices.Sorted(maps.Keys(in)) {
		words = append(words, k+" in "+strings.Join(in[k], "|"))
	}
	for _, k := range exist {
		words = append(words, "with "+k)
	}
	return words
}
