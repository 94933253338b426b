package bot

import (
	"context"

	"hallpass/flows"
)

// commentAtMost is the longest comment on a decision, in characters.
const commentAtMost = 1000

// pressedOn is what a form remembers of the button that opened it.
func (b *Bot) pressedOn(p Pressed, v value, kind FormKind) Meta {
	return Meta{Kind: kind, Nonce: b.NewID(), Request: v.Request, Grant: v.Grant, Revision: v.Revision, Channel: p.Channel, TS: p.TS, FromHome: p.Home}
}

// denyForm asks for a word to the asker.
func denyForm(s *Story, m Meta) Form {
	return Form{Kind: FormDeny, Title: "Deny " + s.Request.ID.String(), Submit: "Deny", Close: "Back", Meta: m, Fields: []Field{
		about(s),
		{Name: FieldComment, Kind: TextArea, Label: "A word to the asker", Hint: "What to do instead", Optional: true, AtMost: commentAtMost},
	}}
}

// shorterForm approves for less time than asked.
func shorterForm(s *Story, m Meta, values map[string]string) Form {
	o := flows.Offer{Choices: s.shorter(), Custom: s.anyDuration(), Max: s.Request.Given(), Default: s.Request.Given() / 2}
	if o.Max == flows.Indefinite {
		o.Max, o.Default = 0, 0
	}
	if o.Max == 0 && s.Flow != nil {
		o.Max, o.Default = s.Flow.HowLong.Max, s.Flow.HowLong.Default
	}
	if n := len(o.Choices); n > 0 {
		o.Default = o.Choices[n-1]
	}
	fields := append([]Field{about(s)}, durationFields(&o, values, "How long")...)
	return Form{Kind: FormShorter, Title: "Approve for less time", Submit: "Approve", Close: "Back", Meta: m, Fields: append(fields,
		Field{Name: FieldComment, Kind: TextArea, Label: "A word to the asker", Value: values[FieldComment], Optional: true, AtMost: commentAtMost})}
}

// about says what a form is about: who, what, how long.
func about(s *Story) Field {
	return Field{Name: "about", Kind: Note, Lines: []Line{line(s.Request.ID.String(), " · ", s.name(s.Request.Asker), " ", s.asksFor())}}
}

// revokeForm takes access away early. Why is required: the holder reads it.
func revokeForm(s *Story, m Meta, why string) Form {
	g := s.Grant
	l := line(g.Request.String(), " · ", s.name(g.Person), " has ", s.what())
	if g.Endless() || !g.Ends.IsZero() {
		l = line(l, s.until(g))
	}
	return Form{Kind: FormRevoke, Title: "Take access away", Submit: "Revoke", Close: "Back", Meta: m, Fields: []Field{
		{Name: "about", Kind: Note, Lines: []Line{l}},
		{Name: FieldReason, Kind: TextArea, Label: "Why", Hint: "The holder reads this.", Value: why, AtLeast: 1, AtMost: commentAtMost},
	}}
}

// extendForm asks for more time on a running grant.
func extendForm(s *Story, o *flows.Offer, m Meta, values map[string]string, names map[flows.PersonID]flows.Person) Form {
	f := Form{Kind: FormExtend, Title: "Extend " + s.Grant.Request.String(), Submit: "Ask", Close: "Back", Meta: m}
	f.Fields = append(f.Fields, Field{Name: "about", Kind: Note, Lines: []Line{line("You have ", s.what(), " until ", s.at(s.Grant.Ends))}})
	f.Fields = append(f.Fields, durationFields(o, values, "By how much")...)
	f.Fields = append(f.Fields, reasonField(o.Why, values[FieldReason]))
	f.Fields = append(f.Fields, besides(o.Why, values, names)...)
	f.Fields = append(f.Fields, whoDecides(o, names))
	return f
}

// storyOf reads the story that a button is about.
func (b *Bot) storyOf(ctx context.Context, v value) (*Story, error) {
	var s *Story
	err := b.Store.View(ctx, func(tx flows.Tx) (err error) {
		s, err = b.read(tx, v.Request, v.Grant)
		return err
	})
	if flows.KindOf(err) == flows.KindNotFound && err != nil {
		return nil, flows.Errorf(flows.KindNotFound, "That does not exist here.")
	}
	if err == nil && v.Grant != 0 && s.Grant == nil {
		return nil, flows.Errorf(flows.KindNotFound, "That does not exist here.")
	}
	return s, err
}

// extension draws the extend form for what has been filled in so far.
func (b *Bot) extension(ctx context.Context, who flows.PersonID, m Meta, values map[string]string) (Form, error) {
	s, err := b.storyOf(ctx, value{Grant: m.Grant})
	if err != nil {
		return Form{}, err
	}
	o, err := b.Engine.OfferFor(ctx, who, flows.Draft{Extends: m.Grant, Duration: chosenSpan(values)})
	if err != nil {
		return Form{}, err
	}
	names, err := b.names(ctx, o.Deciders)
	if err != nil {
		return Form{}, err
	}
	if values == nil { // just opened
		values = map[string]string{}
		answered(values, o.TicketKey, o.Answers)
	}
	if err := b.chosenPeople(ctx, o.Why, values, names); err != nil {
		return Form{}, err
	}
	return extendForm(s, &o, m, values, names), nil
}
