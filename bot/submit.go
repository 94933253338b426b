package bot

import (
	"context"
	"errors"
	"maps"
	"strings"

	"hallpass/flows"
)

// searchLimit is how many things a typeahead lists. Slack shows at most 100 (api.slack.com/reference/block-kit/block-elements#external_select).
const searchLimit = 50

// Search lists for a typeahead what somebody may ask for, or people where a field asks for one.
func (b *Bot) Search(ctx context.Context, a flows.Account, meta Meta, field, text string) []ChoiceItem {
	p, err := b.local(ctx, a)
	if err != nil {
		return nil
	}
	if strings.HasPrefix(field, flows.OwnField) {
		return b.searchPeople(ctx, text)
	}
	list, err := b.Engine.Search(ctx, p, text, searchLimit)
	if err != nil {
		b.Log.Warn().Err(err).Stringer("account", a).Msg("a search of the catalog failed")
	}
	var out []ChoiceItem
	for _, r := range list {
		out = append(out, resourceItem(r))
	}
	return out
}

// Change draws a form anew that depends on what was just filled in, keeping the rest.
func (b *Bot) Change(ctx context.Context, f Filled) error {
	c, err := b.chat(f.Account.Platform)
	if err != nil {
		return err
	}
	form, err := b.changed(ctx, f)
	if err != nil {
		return err
	}
	return c.UpdateForm(ctx, f.Form, form)
}

func (b *Bot) changed(ctx context.Context, f Filled) (Form, error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	who, err := b.local(ctx, f.Account)
	if err != nil {
		return Form{}, err
	}
	switch f.Meta.Kind {
	case FormExtend:
		return b.extension(ctx, who, f.Meta, f.Values)
	case FormShorter:
		s, err := b.decidable(ctx, who, value{Request: f.Meta.Request})
		if err != nil {
			return Form{}, err
		}
		return shorterForm(s, f.Meta, f.Values), nil
	}
	return b.changedAsk(ctx, who, f.Meta, f.Values), nil
}

// changedAsk draws the ask form for what stands in it. What the outside does not say in time is said on top.
func (b *Bot) changedAsk(ctx context.Context, who flows.PersonID, m Meta, values map[string]string) Form {
	a := asking{Meta: m, Values: maps.Clone(values)}
	k, ok := readKey(values[FieldResource])
	if !ok {
		return a.form()
	}
	if err := b.Store.View(ctx, func(tx flows.Tx) (err error) {
		a.Resource, err = tx.Resource(k)
		return missing(err)
	}); err != nil {
		a.Trouble = b.sentence(err, "reading a resource")
		return a.form()
	}
	if err := b.offer(ctx, who, &a, k); err != nil {
		a.Trouble = b.sentence(err, "asking what is offered")
	}
	a.useSpan()
	return a.form()
}

// Submit takes a filled form. Mistakes come back at their fields; the rest is committed and worked afterwards.
func (b *Bot) Submit(ctx context.Context, f Filled) Submitted {
	switch f.Meta.Kind {
	case FormAsk, FormExtend:
		return b.submitAsk(ctx, f)
	case FormDeny, FormShorter:
		return b.submitDecision(ctx, f)
	case FormRevoke:
		return b.submitRevoke(ctx, f)
	}
	return Submitted{}
}

// submitAsk checks a draft with what is local and 1.5 s for the outside. If that is not enough, the draft is committed all the same and the
// form says that it is being checked.
func (b *Bot) submitAsk(ctx context.Context, f Filled) Submitted {
	d, err := b.draftOf(ctx, f)
	if err != nil {
		return b.mistake(f, err)
	}
	err = b.checkDraft(ctx, f.Account, d)
	a := act{Draft: &d}
	slow := err != nil && flows.KindOf(err) == flows.KindUnknown && !atField(err)
	switch {
	case slow:
		a.Form = &FormRef{Account: f.Account, ID: f.Form.ID}
	case err != nil:
		if flows.KindOf(err) != flows.KindInvalid { // a slip in a field is nothing for the audit log
			b.refused(ctx, f.Account, "submit "+string(f.Meta.Kind), err)
		}
		return b.mistake(f, err)
	}
	if err := b.commit(ctx, f.Account, DeedAsk, f.Meta.Nonce, f.At, a); err != nil {
		return b.mistake(f, err)
	}
	if !slow {
		return Submitted{}
	}
	n := b.noticeForm("Checking… You will see the answer here and in your messages.")
	n.Title = "Checking"
	return Submitted{Next: &n}
}

func (b *Bot) checkDraft(ctx context.Context, a flows.Account, d flows.Draft) error {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	who, err := b.Engine.Identify(ctx, a)
	if err != nil {
		return err
	}
	err = b.Engine.CheckDraft(ctx, who.Person.ID, d)
	if err != nil && ctx.Err() != nil { // it was only slow: the work goes on behind "Checking…"
		return flows.Errorf(flows.KindUnknown, "%s", b.sentence(err, "checking a draft"))
	}
	return err
}

// atField reports whether an error is about one field, so that it is said there.
func atField(err error) bool {
	var e *flows.Error
	return errors.As(err, &e) && e.Field != ""
}

// draftOf reads a draft out of a form.
func (b *Bot) draftOf(ctx context.Context, f Filled) (flows.Draft, error) {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	d := flows.Draft{Permission: f.Values[FieldPermission], Reason: strings.TrimSpace(f.Values[FieldReason]), Nonce: f.Meta.Nonce, Extends: f.Meta.Grant,
		TicketKey: strings.TrimSpace(f.Values[FieldTicket]), Fields: answersOf(f.Values)}
	if f.Meta.Kind == FormAsk {
		k, ok := readKey(f.Values[FieldResource])
		if !ok {
			return d, &flows.Error{Kind: flows.KindInvalid, Field: FieldResource, Sentence: "Choose what you need from the list."}
		}
		d.Resource = k
	}
	w, err := b.readWanted(ctx, f.Account, f.Values)
	d.Duration, d.Until = w.For, w.Until
	return d, err
}

// mistake shows an error at its field, or at the first when it has none.
func (b *Bot) mistake(f Filled, err error) Submitted {
	var e *flows.Error
	field := ""
	if errors.As(err, &e) {
		field = e.Field
	}
	return Submitted{Errors: map[string]string{fieldFor(f, field): b.sentence(err, "taking a form in")}}
}

// fieldFor is the field that is really in the form: a duration may have been typed beside "other…", a permission may be hidden.
func fieldFor(f Filled, name string) string {
	_, hasDuration := f.Values[FieldDuration]
	_, hasPermission := f.Values[FieldPermission]
	duration := FieldDuration
	if !hasDuration || f.Values[FieldDuration] == otherDuration {
		duration = FieldCustom
	}
	switch {
	case name == FieldDuration || name == FieldCustom:
		return duration
	case name == FieldReason, name == FieldComment, name == FieldTicket, strings.HasPrefix(name, flows.OwnField):
		return name
	case name == FieldPermission && hasPermission:
		return name
	}
	switch f.Meta.Kind {
	case FormAsk:
		return FieldResource
	case FormDeny:
		return FieldComment
	case FormRevoke:
		return FieldReason
	}
	return duration
}

func (b *Bot) submitDecision(ctx context.Context, f Filled) Submitted {
	m := f.Meta
	p := flows.Press{Request: m.Request, Yes: m.Kind == FormShorter, Comment: strings.TrimSpace(f.Values[FieldComment]), Channel: m.Channel, TS: m.TS,
		Shown: m.Revision, FromHome: m.FromHome, Pressed: f.At}
	if m.Kind == FormShorter {
		w, err := b.readShorter(ctx, f)
		if err != nil {
			return b.mistake(f, err)
		}
		p.Duration, p.Until = w.For, w.Until
	}
	return b.submitted(ctx, f, DeedDecide, act{Request: m.Request, Press: &p})
}

func (b *Bot) submitRevoke(ctx context.Context, f Filled) Submitted {
	why := strings.TrimSpace(f.Values[FieldReason])
	if why == "" {
		return b.mistake(f, flows.Errorf(flows.KindInvalid, "Say why; the holder reads it."))
	}
	return b.submitted(ctx, f, DeedRevoke, act{Grant: f.Meta.Grant, Why: why})
}

func (b *Bot) submitted(ctx context.Context, f Filled, kind flows.DeedKind, a act) Submitted {
	a.Home = f.Meta.FromHome
	a.Place = Address{Platform: f.Account.Platform, Workspace: f.Account.Workspace, Channel: f.Meta.Channel, TS: f.Meta.TS}
	if err := b.commit(ctx, f.Account, kind, f.Meta.Nonce, f.At, a); err != nil {
		return b.mistake(f, err)
	}
	return Submitted{}
}
