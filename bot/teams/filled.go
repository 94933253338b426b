package teams

import (
	"context"
	"slices"

	"hallpass/bot"
	"hallpass/flows"
)

// stale is said of a form that cannot be read: made by somebody else, for somebody else, or before the app's secret changed.
const stale = "This form is out of date. Nothing was changed. Open it again."

// filled is a form that was sent in, or is to be drawn anew for what stands in it.
func (d *desk) filled(a activity, b button, dialog bool) *job {
	s := sheet{desk: d, a: a, dialog: dialog}
	hidden, err := d.seal.open(b.Form)
	if err != nil || hidden.Account != a.account() {
		return s.outOfDate()
	}
	s.form = hidden.Form
	s.values = valuesOf(s.form, b.inputs)
	j := &job{name: string(b.Do) + " of " + string(s.form.Kind), busy: reply{body: s.word(busyWords)}}
	switch b.Do {
	case doChange:
		j.run = func(ctx context.Context) (reply, error) {
			next, err := s.change(ctx)
			if err != nil {
				return reply{}, err
			}
			return s.show(next, nil)
		}
	case doSubmit:
		j.run = s.submit
	case doClose:
		j.run = s.close
	default:
		return s.outOfDate()
	}
	return j
}

// outOfDate says so in the answer, or by message where the answer is not shown.
func (s sheet) outOfDate() *job {
	j := saying(s.word(stale))
	if s.word(stale) == nil {
		j.run = func(context.Context) (reply, error) {
			return reply{then: func(ctx context.Context) {
				s.besides("a word", s.Whisper(ctx, s.where(s.a), s.a.account(), bot.Text(stale)))
			}}, nil
		}
	}
	return j
}

// valuesOf are the values of a form's own fields; what else was sent is nobody's.
func valuesOf(f bot.Form, inputs map[string]string) map[string]string {
	out := map[string]string{}
	for _, field := range f.Fields {
		value, here := inputs[field.Name]
		switch {
		case field.Kind == bot.Note:
			continue
		case field.Kind == bot.Checkbox && !slices.ContainsFunc(field.Choices, func(c bot.ChoiceItem) bool { return c.Value == value }):
			value = ""
		case (field.Kind == bot.Search || field.Kind == bot.Person) && value == unticked:
			value = ""
		case !here && len(field.Choices) == 0 && (field.Kind == bot.Choice || field.Kind == bot.Radio):
			continue // there was nothing to choose
		}
		out[field.Name] = value
	}
	return out
}

// sheet is a form that came back, with what stands in it.
type sheet struct {
	*desk
	a      activity
	form   bot.Form
	values map[string]string
	dialog bool
}

// word answers in a sentence, as the way the form was sent in allows.
func (s sheet) word(sentence string) any {
	switch {
	case s.dialog:
		return taskMessage(sentence)
	case s.a.Type == "invoke":
		return cardMessage(sentence)
	}
	return nil
}

// filled is the form as the bot takes it, under the name by which it can be drawn anew.
func (s sheet) filled(id string) bot.Filled {
	return bot.Filled{Account: s.a.account(), Form: bot.FormRef{Account: s.a.account(), ID: id}, Meta: s.form.Meta, Values: s.values,
		Key: "form:" + s.form.Meta.Nonce + ":" + s.a.key(), At: s.now()}
}

// change draws the form anew for what stands in it, with all that was typed.
func (s sheet) change(ctx context.Context) (bot.Form, error) {
	trigger := "change:" + s.a.key()
	f := s.filled(trigger)
	for _, field := range s.form.Fields {
		if field.Watch && s.values[field.Name] != drawn(field) {
			f.Changed = field.Name
		}
	}
	form, err := s.turns.during(trigger, func() error { return s.in.Change(ctx, f) })
	switch {
	case err != nil:
		return bot.Form{}, err
	case form == nil:
		return filledIn(s.form, s.values), nil
	}
	return *form, nil
}

// submit sends the form in. When a choice was changed on which others depend, those are shown first: nobody asks for what they have not seen.
func (s sheet) submit(ctx context.Context) (reply, error) {
	s.deedOf(s.a)
	if moved(s.form, s.values) {
		next, err := s.change(ctx)
		if err != nil {
			return reply{}, err
		}
		if shape(next) != shape(s.form) {
			return s.show(next, map[string]string{"": changedWords})
		}
		s.form = next
	}
	done := s.in.Submit(ctx, s.filled(formID(s.a, s.dialog)))
	if err := ctx.Err(); err != nil {
		return reply{}, err
	}
	switch {
	case len(done.Errors) > 0:
		return s.mistakes(ctx, done.Errors)
	case done.Next != nil:
		return s.show(*done.Next, nil)
	case s.dialog:
		return reply{}, nil // an empty answer closes the dialog
	}
	return s.finished(pressedForm)
}

// mistakes shows the form again, with what is wrong beside the fields.
func (s sheet) mistakes(ctx context.Context, errors map[string]string) (reply, error) {
	form := filledIn(s.form, s.values)
	if looked(s.form, s.values) { // the words of what was found in a search are the bot's to say
		if next, err := s.change(ctx); err == nil {
			form = next
		}
	}
	return s.show(form, errors)
}

// show answers with a form: in the dialog, or in the place of the card.
func (s sheet) show(f bot.Form, errors map[string]string) (reply, error) {
	if s.dialog {
		return s.desk.dialog(s.a, f, errors)
	}
	c, err := s.formCard(hiddenForm{Account: s.a.account(), Form: f}, errors)
	if err != nil {
		return reply{}, err
	}
	r := reply{form: &f, errors: errors, body: cardAnswer(c)}
	if s.a.Type != "invoke" {
		r.body, r.then = nil, func(ctx context.Context) { s.besides("a form", s.edit(ctx, s.stands(), c)) }
	}
	return r, nil
}

// stands is the message that carries the form.
func (s sheet) stands() bot.Address {
	at := s.where(s.a)
	at.TS = s.a.ReplyTo
	return at
}

// What stands in the place of a form that is over.
const (
	pressedForm = "Sent in. What comes of it is told in this chat."
	closedForm  = "Closed. Nothing was sent in."
)

// close takes the form's card out of use.
func (s sheet) close(context.Context) (reply, error) { return s.finished(closedForm) }

// finished puts a sentence in the place of the form's card, for everybody and on every device.
func (s sheet) finished(sentence string) (reply, error) {
	c := render(bot.Text(sentence))
	r := reply{then: func(ctx context.Context) { s.besides("the end of a form", s.edit(ctx, s.stands(), c)) }}
	if s.a.Type == "invoke" {
		r.body = cardAnswer(c)
	}
	return r, nil
}

var _ flows.Accounts = (*Teams)(nil)
