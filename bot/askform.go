package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hallpass/flows"
	"hallpass/flows/when"
)

// Lengths of typed text. Slack bears 3,000 characters in a field (api.slack.com/reference/block-kit/block-elements#input).
const (
	reasonAtMost  = 3000
	customAtMost  = 40
	choicesInForm = 20
)

// asking is an ask form as it stands: what is offered, and what has been filled in so far.
type asking struct {
	Meta     Meta
	Values   map[string]string
	Offer    *flows.Offer // nil until a thing is chosen
	Trouble  string       // why nothing is known of the thing: a sentence on top
	Names    map[flows.PersonID]flows.Person
	Resource flows.Resource
}

// form draws it. Fields depend on each other and keep what was typed.
func (a asking) form() Form {
	f := Form{Kind: FormAsk, Title: "Ask for access", Submit: "Ask", Close: "Cancel", Meta: a.Meta}
	f.Meta.Kind = FormAsk
	if a.Trouble != "" {
		f.Fields = append(f.Fields, Field{Name: "trouble", Kind: Note, Lines: []Line{line(typed(a.Trouble))}})
	}
	f.Fields = append(f.Fields, a.resourceField())
	if a.Offer == nil {
		f.Fields = append(f.Fields, a.reasonField(flows.Why{Required: true}))
		return f
	}
	f.Meta.Resource = a.Offer.Resource.String()
	if len(a.Offer.Permissions) > 1 {
		f.Fields = append(f.Fields, a.permissionField())
	}
	f.Fields = append(f.Fields, a.durationFields()...)
	f.Fields = append(f.Fields, a.reasonField(a.Offer.Why))
	f.Fields = append(f.Fields, besides(a.Offer.Why, a.Values, a.Names)...)
	f.Fields = append(f.Fields, whoDecides(a.Offer, a.Names))
	return f
}

func (a asking) resourceField() Field {
	f := Field{Name: FieldResource, Kind: Search, Label: "What", Hint: "Part of the name", Watch: true}
	if a.Resource.ID != "" {
		item := resourceItem(a.Resource)
		f.Chosen, f.Value = &item, item.Value
	}
	return f
}

func resourceItem(r flows.Resource) ChoiceItem {
	return ChoiceItem{Value: r.ResourceKey.String(), Label: r.Name, Small: r.Where()}
}

func (a asking) permissionField() Field {
	f := Field{Name: FieldPermission, Kind: Choice, Label: "Permission", Watch: true}
	for _, p := range a.Offer.Permissions[:min(len(a.Offer.Permissions), choicesInForm)] {
		f.Choices = append(f.Choices, ChoiceItem{Value: p, Label: p})
	}
	f.Value = a.Offer.Permissions[0]
	if v := a.Values[FieldPermission]; slices.Contains(a.Offer.Permissions, v) {
		f.Value = v
	}
	return f
}

// durationFields are the choices of the flow and, when it allows any, a field for another one.
func (a asking) durationFields() []Field {
	return durationFields(a.Offer, a.Values, "How long")
}

func durationFields(o *flows.Offer, values map[string]string, label string) []Field {
	custom := Field{Name: FieldCustom, Kind: TextLine, Label: "Another time", Hint: "90m, until 18:00, until tomorrow 09:00", Value: values[FieldCustom], AtMost: customAtMost}
	help := ""
	if o.Max > 0 {
		help = "up to " + flows.Span(o.Max)
	}
	if help != "" && o.Indefinite {
		help += ", or until revoked"
	}
	if len(o.Choices) == 0 && o.Custom && !o.Indefinite {
		custom.Label, custom.Help = label, help
		if custom.Value == "" && o.Default > 0 {
			custom.Value = typedSpan(o.Default)
		}
		return []Field{custom}
	}
	f := Field{Name: FieldDuration, Kind: Radio, Label: label, Help: help, Choices: durations(o), Watch: o.Custom || o.TimeMatters()}
	f.Value = chosen(f.Choices, values[FieldDuration], o.Default.String())
	if o.Custom && f.Value == otherDuration {
		return []Field{f, custom}
	}
	return []Field{f}
}

// chosen is the first of these values that the choices hold.
func chosen(list []ChoiceItem, wanted ...string) string {
	for _, w := range wanted {
		if slices.ContainsFunc(list, func(c ChoiceItem) bool { return c.Value == w }) {
			return w
		}
	}
	return list[0].Value
}

// soFar is for how long it is wanted by what has been typed or chosen so far, 0 when nothing has.
func (a *asking) soFar() time.Duration {
	if a.Meta.Span != "" {
		return spanOf(a.Meta.Span)
	}
	return chosenSpan(a.Values)
}

// keeps reports whether the form goes on showing what was chosen so far; what belonged to another thing gives way to the usual time.
func (a *asking) keeps(o flows.Offer, d time.Duration) bool {
	typed := a.Meta.Span != "" || a.Values[FieldDuration] == otherDuration || len(o.Choices) == 0
	return slices.Contains(o.Choices, d) || o.Indefinite && d == flows.Indefinite || o.Custom && typed
}

// chosenSpan is the duration that stands in a form. Until something that can be read stands beside "other…", it is the longest, so that nobody
// is promised more than they get.
func chosenSpan(values map[string]string) time.Duration {
	switch text := values[FieldDuration]; text {
	case otherDuration:
	case indefiniteChoice:
		return flows.Indefinite
	default:
		d, err := time.ParseDuration(text)
		if err == nil || values[FieldCustom] == "" {
			return d
		}
	}
	return spanOf(values[FieldCustom])
}

func spanOf(text string) time.Duration {
	d, err := flows.ParseHowLong(text)
	if err != nil {
		return longest
	}
	return d
}

// longest is more than any flow gives.
const longest = when.MaxDuration

// typedSpan is a duration as somebody would type it, so that it can be edited.
func typedSpan(d time.Duration) string {
	if d == flows.Indefinite {
		return flows.Span(d)
	}
	return strings.ReplaceAll(flows.Span(d), " ", "")
}

func (a asking) reasonField(w flows.Why) Field {
	return reasonField(w, a.Values[FieldReason])
}

func reasonField(w flows.Why, value string) Field {
	f := Field{Name: FieldReason, Kind: TextArea, Label: "Why", Hint: w.Hint, Value: value, Optional: !w.Required, AtLeast: w.AtLeast, AtMost: reasonAtMost}
	if w.Hint == "" {
		f.Hint = "What you need it for. Whoever decides reads this."
	}
	if w.Required && w.AtLeast > 1 {
		f.Help = fmt.Sprintf("at least %d characters", w.AtLeast)
	}
	return f
}

// whoDecides says before one asks who will say yes, or that nobody has to.
func whoDecides(o *flows.Offer, names map[flows.PersonID]flows.Person) Field {
	f := Field{Name: "deciders", Kind: Note, Label: "Who decides"}
	if o.Automatic != "" {
		f.Lines = []Line{line(typed(o.Automatic))}
		if o.OnCall != nil {
			f.Lines = []Line{atOnceOnCall(o)}
		}
		return f
	}
	var parts []Line
	for _, d := range o.Deciders {
		parts = append(parts, decider(d, names))
	}
	l := line()
	for i, p := range parts {
		if i > 0 {
			l = line(l, ", and ")
		}
		l = line(l, p)
	}
	f.Lines = []Line{l}
	if o.Unknown != "" {
		f.Lines = append(f.Lines, line(typed(o.Unknown), ", so this may be incomplete. You can ask all the same."))
	}
	if len(l) == 0 {
		f.Lines = append(f.Lines[1:], line("It is not known yet who decides."))
	}
	if n := o.NotAtOnce; n != nil {
		f.Lines = append(f.Lines, line("Not given at once: ", tooNew(n, nil, time.Time{})))
	}
	return f
}

// decider is "your manager (Caro Lind)" or "one of database-owners (Ben Okafor, Caro Lind and 2 others; Ben Okafor is on call)".
func decider(o flows.OpenRequirement, names map[flows.PersonID]flows.Person) Line {
	l := line(typed(o.Words))
	if len(o.Candidates) == 0 {
		if o.Unknown != "" {
			return line(l, " (not known now)")
		}
		return line(l, " (nobody right now)")
	}
	var people []Line
	for _, c := range o.Candidates {
		if c.Primary && len(people) < namesShown {
			people = append(people, line(typed(nameIn(names, c.Person))))
		}
	}
	if rest := len(o.Candidates) - len(people); rest > 0 {
		people = append(people, line(count(rest, "other", "others")))
	}
	list := line(join(people, "and"), onCall(o, names))
	if o.Fallback {
		return line(l, " (nobody right now, so ", list, " instead)")
	}
	return line(l, " (", list, ")")
}

// onCall says who of them is on call, where that is not what is asked for anyway: "; Ben Okafor is on call".
func onCall(o flows.OpenRequirement, names map[flows.PersonID]flows.Person) Line {
	var people []Line
	for _, c := range o.Candidates {
		if !c.Until.IsZero() && len(people) < namesShown {
			people = append(people, line(typed(nameIn(names, c.Person))))
		}
	}
	switch {
	case len(people) == 0 || strings.HasPrefix(o.Key, string(flows.SelectShift)+":"):
		return nil
	case len(people) == 1:
		return line("; ", people[0], " is on call")
	}
	return line("; ", join(people, "and"), " are on call")
}

func nameIn(names map[flows.PersonID]flows.Person, id flows.PersonID) string {
	if p, ok := names[id]; ok && p.Name != "" {
		return p.Name
	}
	return string(id)
}

// offer asks what is offered on a thing, and reads the names of those who would decide.
func (b *Bot) offer(ctx context.Context, p flows.PersonID, a *asking, k flows.ResourceKey) error {
	d := flows.Draft{Resource: k, Permission: a.Values[FieldPermission], Duration: a.soFar()}
	o, err := b.Engine.OfferFor(ctx, p, d)
	var e *flows.Error
	if errors.As(err, &e) && e.Kind == flows.KindNotFound && a.Values[FieldPermission] != "" {
		d.Permission = "" // it belonged to another thing
		o, err = b.Engine.OfferFor(ctx, p, d)
	}
	if err == nil && o.TimeMatters() && !a.keeps(o, d.Duration) {
		d.Duration = 0
		o, err = b.Engine.OfferFor(ctx, p, d)
	}
	if err != nil {
		return err
	}
	a.Offer, a.Resource = &o, o.Resource
	if _, shown := a.Values[FieldTicket]; !shown && o.Why.Ticket != nil { // named in the reason of a command
		a.Values[FieldTicket] = o.Why.Ticket.Find(a.Values[FieldReason])
	}
	if a.Names, err = b.names(ctx, o.Deciders); err != nil {
		return err
	}
	return b.chosenPeople(ctx, o.Why, a.Values, a.Names)
}

func (b *Bot) names(ctx context.Context, list []flows.OpenRequirement) (map[flows.PersonID]flows.Person, error) {
	var ids []flows.PersonID
	for _, o := range list {
		for _, c := range o.Candidates {
			ids = append(ids, c.Person)
		}
	}
	names := map[flows.PersonID]flows.Person{}
	return names, b.Store.View(ctx, func(tx flows.Tx) error { return readNames(tx, names, ids) })
}

// askForm is the form, filled in with what was typed. When there is nothing to ask for, it says why. What ctx does not leave time to find
// out is said on top.
func (b *Bot) askForm(ctx context.Context, who flows.Actor, w Words) Form {
	any, err := b.Engine.Search(ctx, who.Person.ID, "", 1)
	if err == nil && len(any) == 0 {
		return b.noticeForm("There is nothing here that you can ask for: no flow covers you.")
	}
	a := asking{Meta: Meta{Nonce: b.NewID()}, Values: map[string]string{FieldReason: w.Reason}}
	if w.Duration > 0 {
		a.Meta.Span = typedSpan(w.Duration)
	}
	if w.Span != "" {
		a.Meta.Span = w.Span
	}
	if w.Name != "" {
		if err := b.fillIn(ctx, who.Person.ID, &a, w); err != nil {
			a.Trouble = b.sentence(err, "filling the form in")
		}
	}
	a.useSpan()
	return a.form()
}

// useSpan fills in the duration that was typed before it was known what may be chosen: one of the choices, or "other…".
func (a *asking) useSpan() {
	if a.Offer == nil || a.Meta.Span == "" || a.Values[FieldDuration] != "" {
		return
	}
	d, err := flows.ParseHowLong(a.Meta.Span)
	switch {
	case err == nil && d == flows.Indefinite && a.Offer.Indefinite:
		a.Values[FieldDuration] = indefiniteChoice
	case err == nil && slices.Contains(a.Offer.Choices, d):
		a.Values[FieldDuration] = d.String()
	case a.Offer.Custom:
		a.Values[FieldDuration], a.Values[FieldCustom] = otherDuration, a.Meta.Span
	case a.Trouble == "":
		a.Trouble = "“" + a.Meta.Span + "” cannot be chosen here. Choose how long below."
	}
	a.Meta.Span = ""
}

// fillIn fills in the thing that was typed, and what is offered on it.
func (b *Bot) fillIn(ctx context.Context, p flows.PersonID, a *asking, w Words) error {
	r, permission, err := b.find(ctx, p, w)
	a.Values[FieldPermission] = permission
	if err != nil {
		return err
	}
	a.Resource = r
	return b.offer(ctx, p, a, r.ResourceKey)
}

// find finds the thing that was typed: the whole of it, or all but its last word, which then names the permission.
func (b *Bot) find(ctx context.Context, p flows.PersonID, w Words) (r flows.Resource, permission string, err error) {
	if r, err = b.Engine.FindResource(ctx, p, w.Name); err == nil {
		return r, w.Tail, nil
	}
	if at := strings.LastIndexByte(w.Name, ' '); !w.Quoted && at > 0 && flows.KindOf(err) == flows.KindNotFound {
		if shorter, again := b.Engine.FindResource(ctx, p, strings.TrimSpace(w.Name[:at])); again == nil {
			return shorter, w.Name[at+1:], nil
		}
	}
	return r, w.Tail, err
}

// noticeForm is something to read in place of a form.
func (b *Bot) noticeForm(sentence string) Form {
	f := Form{Kind: FormNotice, Title: "Ask for access", Close: "Close", Meta: Meta{Kind: FormNotice}}
	f.Fields = []Field{{Name: "notice", Kind: Note, Lines: []Line{line(typed(sentence))}}}
	if b.HelpText != "" && !strings.Contains(sentence, b.HelpText) { // the engine closes some refusals with it
		f.Fields[0].Lines = append(f.Fields[0].Lines, line(typed(b.HelpText)))
	}
	return f
}
