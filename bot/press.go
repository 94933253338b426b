package bot

import (
	"context"
	"errors"
	"slices"

	"hallpass/flows"
)

// Press takes a button. What changes something is committed to the inbox and worked afterwards; what opens a form is answered at once.
func (b *Bot) Press(ctx context.Context, p Pressed) error {
	switch p.Action {
	case ActApprove, ActCancel, ActGiveBack, ActReleaseBrake, ActFreePolicy, ActFreeMove, ActKeepHours, ActKeepWeek, ActTakeFound, ActLeaveFound:
		return b.pressDeed(ctx, p)
	case ActHomeQuery:
		return b.drawHome(ctx, p.Account, p.Query)
	case ActAskForm, ActDeny, ActShorter, ActExtend, ActRevoke:
		return b.pressForm(ctx, p)
	}
	return b.tell(ctx, p, "This button is not known any more. Nothing was changed.")
}

// pressDeed commits what a button means.
func (b *Bot) pressDeed(ctx context.Context, p Pressed) error {
	a := act{Place: b.place(p), Home: p.Home}
	kind := deedOf[p.Action]
	switch kind {
	case DeedRelease, DeedPolicy, DeedMove, DeedStray:
		if !held(&a, kind, p.Value) {
			return b.tell(ctx, p, unreadable)
		}
		return b.commit(ctx, p.Account, kind, p.Key, p.At, a)
	}
	v, ok := readValue(p.Value)
	if !ok {
		return b.tell(ctx, p, unreadable)
	}
	a.Request, a.Grant = v.Request, v.Grant
	if kind == DeedDecide {
		a.Press = &flows.Press{Request: v.Request, Yes: true, Channel: p.Channel, TS: p.TS, Shown: v.Revision, FromHome: p.Home, Pressed: p.At}
	}
	return b.commit(ctx, p.Account, kind, p.Key, p.At, a)
}

const unreadable = "This button says nothing that can be read. Nothing was changed."

var deedOf = map[Action]flows.DeedKind{ActApprove: DeedDecide, ActCancel: DeedCancel, ActGiveBack: DeedGiveBack, ActReleaseBrake: DeedRelease,
	ActFreePolicy: DeedPolicy, ActFreeMove: DeedMove,
	ActKeepHours: DeedStray, ActKeepWeek: DeedStray, ActTakeFound: DeedStray, ActLeaveFound: DeedStray}

func (b *Bot) place(p Pressed) Address {
	return Address{Platform: p.Account.Platform, Workspace: p.Account.Workspace, Channel: p.Channel, TS: p.TS}
}

// pressForm opens the form of a button, or a notice in its place that says why not.
func (b *Bot) pressForm(ctx context.Context, p Pressed) error {
	c, err := b.chat(p.Account.Platform)
	if err != nil {
		return err
	}
	quick, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	f, err := b.formFor(quick, p)
	if err != nil {
		f = b.noticeForm(b.sentence(err, "opening a form"))
		f.Title = "Not now"
	}
	err = c.OpenForm(ctx, p.Trigger, f)
	if err != nil && p.Channel != "" {
		err = errors.Join(err, c.Whisper(ctx, b.place(p), p.Account, said("The form did not open in time. Press again.")))
	}
	return err
}

func (b *Bot) formFor(ctx context.Context, p Pressed) (Form, error) {
	who, err := b.identify(ctx, p.Account, "press "+string(p.Action))
	if err != nil {
		return Form{}, err
	}
	if p.Action == ActAskForm {
		return b.askForm(ctx, who, ReadWords(p.Value)), nil
	}
	v, ok := readValue(p.Value)
	if !ok {
		return Form{}, flows.Errorf(flows.KindInvalid, unreadable)
	}
	switch p.Action {
	case ActExtend:
		return b.extension(ctx, who.Person.ID, b.pressedOn(p, v, FormExtend), nil)
	case ActRevoke:
		return b.revoking(ctx, who, v, b.pressedOn(p, v, FormRevoke), "")
	}
	s, err := b.decidable(ctx, who.Person.ID, v)
	if err != nil {
		return Form{}, err
	}
	if p.Action == ActShorter {
		return shorterForm(s, b.pressedOn(p, v, FormShorter), nil), nil
	}
	return denyForm(s, b.pressedOn(p, v, FormDeny)), nil
}

// decidable is the story of a request that this person was asked about, or could be. Whether a decision counts is for the engine to say.
func (b *Bot) decidable(ctx context.Context, who flows.PersonID, v value) (*Story, error) {
	s, err := b.storyOf(ctx, v)
	if err != nil {
		return nil, err
	}
	asked := slices.ContainsFunc(s.Request.Asked, func(a flows.Asked) bool { return a.Person == who })
	switch {
	case s.Request.CouldDecide(who), asked && s.Request.CanDecide():
		return s, nil
	case asked:
		return nil, flows.Errorf(flows.KindConflict, "%s is already decided. The card shows how it ended.", s.Request.ID)
	}
	return nil, flows.Errorf(flows.KindRefused, "You were not asked about this.")
}

// revoking is the form for taking a grant away, for admins.
func (b *Bot) revoking(ctx context.Context, who flows.Actor, v value, m Meta, why string) (Form, error) {
	if !who.Admin {
		return Form{}, flows.Errorf(flows.KindRefused, adminsOnly)
	}
	s, err := b.storyOf(ctx, v)
	if err != nil {
		return Form{}, err
	}
	return revokeForm(s, m, why), nil
}

const adminsOnly = "Only admins of Hallpass can do that."

// tell says something to the one who pressed, best effort: where they pressed, or in Home by a notice.
func (b *Bot) tell(ctx context.Context, p Pressed, sentence string) error {
	c, err := b.chat(p.Account.Platform)
	if err != nil {
		return err
	}
	if p.Channel == "" {
		return c.OpenForm(ctx, p.Trigger, b.noticeForm(sentence))
	}
	return c.Whisper(ctx, b.place(p), p.Account, said(sentence))
}
