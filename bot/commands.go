package bot

import (
	"context"
	"fmt"
	"strings"

	"hallpass/flows"
)

// Command answers what was typed after the command, in a direct message or to a mention.
func (b *Bot) Command(ctx context.Context, c Call) Reply {
	w := ReadWords(c.Text)
	quick, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	who, err := b.identify(quick, c.Account, "command")
	if err != nil {
		return replyTo(b.sentence(err, "command"))
	}
	switch w.Verb {
	case VerbForm, VerbAsk:
		return b.commandAsk(ctx, quick, who, c, w)
	case VerbMine:
		return b.answerWith(b.mineCard(ctx, who.Person.ID))
	case VerbPending:
		return b.answerWith(b.pendingCard(ctx, who.Person.ID))
	case VerbActive:
		if !who.Admin {
			return b.notAllowed(ctx, who, "active")
		}
		return b.answerWith(b.activeCard(ctx, ""))
	case VerbWhy:
		return b.commandWhy(ctx, quick, who, w)
	case VerbCancel:
		return b.commandCancel(ctx, who, c, w)
	case VerbGiveBack:
		return b.commandGiveBack(ctx, who, c, w)
	case VerbRevoke:
		return b.commandRevoke(ctx, who, c, w)
	}
	h := b.helpCard(who, "")
	return Reply{Card: &h}
}

// answerWith shows a card, or why there is none.
func (b *Bot) answerWith(c Card, err error) Reply {
	if err != nil {
		return replyTo(b.sentence(err, "listing"))
	}
	return Reply{Card: &c}
}

func (b *Bot) notAllowed(ctx context.Context, who flows.Actor, what string) Reply {
	err := flows.Errorf(flows.KindRefused, adminsOnly)
	b.refused(ctx, who.Account, what, err)
	return replyTo(err.Sentence)
}

// Shortcut opens the form.
func (b *Bot) Shortcut(ctx context.Context, c Call) error {
	return b.Press(ctx, Pressed{Account: c.Account, Action: ActAskForm, Value: c.Text, Trigger: c.Trigger, Channel: c.Channel, Key: c.Key, At: c.At})
}

// commandAsk opens the form filled in. Where the platform gives no trigger, a button opens it. quick bounds the asking outside, so that
// time is left to open the form.
func (b *Bot) commandAsk(ctx, quick context.Context, who flows.Actor, c Call, w Words) Reply {
	if w.Near != "" {
		if _, err := b.Engine.FindResource(quick, who.Person.ID, w.Name); flows.KindOf(err) == flows.KindNotFound {
			h := b.helpCard(who, w.Near)
			return Reply{Card: &h}
		}
	}
	if c.Trigger != "" {
		chat, err := b.chat(c.Account.Platform)
		if err == nil {
			err = chat.OpenForm(ctx, c.Trigger, b.askForm(quick, who, w))
		}
		if err == nil {
			return Reply{}
		}
		b.Log.Warn().Err(err).Stringer("account", c.Account).Msg("a form was not opened")
	}
	l := line("Press here to ask.")
	if w.Name != "" {
		l = line("Ask for ", typed(w.Name), " here; what you typed is filled in.")
	}
	return Reply{Card: &Card{Preview: line("Ask for access"), Blocks: []Block{paragraph(l), buttons(askButton(c.Text))}}}
}

// commandCancel takes back one's own request: "cancel R12", or by the thing's name when only one is pending.
func (b *Bot) commandCancel(ctx context.Context, who flows.Actor, c Call, w Words) Reply {
	o, err := b.overview(ctx, who.Person.ID)
	if err != nil {
		return replyTo(b.sentence(err, "cancel"))
	}
	s, sentence := pick(o.Asked, w.Name, "cancel", "You have no request waiting")
	if s == nil {
		return replyTo(sentence)
	}
	err = b.commit(ctx, c.Account, DeedCancel, c.Key, c.At, act{Request: s.Request.ID, Place: b.placeOf(c)})
	return b.noted(err, "Canceling "+s.Request.ID.String()+". Its card tells.")
}

func (b *Bot) commandGiveBack(ctx context.Context, who flows.Actor, c Call, w Words) Reply {
	o, err := b.overview(ctx, who.Person.ID)
	if err != nil {
		return replyTo(b.sentence(err, "give back"))
	}
	s, sentence := pick(o.Mine, w.Name, "give back", "You have nothing")
	if s == nil {
		return replyTo(sentence)
	}
	err = b.commit(ctx, c.Account, DeedGiveBack, c.Key, c.At, act{Grant: s.Grant.ID, Place: b.placeOf(c)})
	return b.noted(err, "Giving back "+s.Resource.Name+". The card of "+s.Grant.Request.String()+" tells when it is gone.")
}

// commandRevoke takes somebody's access away. Without a reason the form asks for it.
func (b *Bot) commandRevoke(ctx context.Context, who flows.Actor, c Call, w Words) Reply {
	if !who.Admin {
		return b.notAllowed(ctx, who, "revoke")
	}
	list, err := b.revocable(ctx, w.Name)
	if err != nil {
		return replyTo(b.sentence(err, "revoke"))
	}
	s, sentence := pick(list, w.Name, "revoke", "Nothing active")
	if s == nil && len(list) > 1 {
		return b.answerWith(b.activeCard(ctx, w.Name))
	}
	if s == nil {
		return replyTo(sentence)
	}
	if w.Reason != "" {
		err := b.commit(ctx, c.Account, DeedRevoke, c.Key, c.At, act{Grant: s.Grant.ID, Why: w.Reason, Place: b.placeOf(c)})
		return b.noted(err, "Taking "+s.Resource.Name+" away ("+s.Grant.Request.String()+"). The feed tells when it is gone.")
	}
	return b.askWhy(ctx, c, s)
}

// revocable are the grants that a name may mean: the one with that number, or all whose holder or thing it is.
func (b *Bot) revocable(ctx context.Context, name string) ([]*Story, error) {
	f := flows.GrantFilter{States: live}
	if id, ok := readRequestID(name); ok {
		f.Request = id
	} else if _, ok := readGrantID(name); !ok {
		list, _, err := b.active(ctx, name)
		return list, err
	}
	var list []*Story
	err := b.Store.View(ctx, func(tx flows.Tx) (err error) {
		if id, ok := readGrantID(name); ok {
			g, err := tx.Grant(id)
			if err != nil {
				return missing(err)
			}
			f.Request = g.Request
		}
		list, err = b.leases(tx, f)
		return err
	})
	return list, err
}

func (b *Bot) askWhy(ctx context.Context, c Call, s *Story) Reply {
	row := activeRow(s)
	card := Card{Preview: line("Revoke"), Blocks: row.blocks()}
	ch, err := b.chat(c.Account.Platform)
	if err != nil || c.Trigger == "" {
		return Reply{Card: &card}
	}
	m := Meta{Kind: FormRevoke, Nonce: b.NewID(), Grant: s.Grant.ID, Revision: s.Request.Revision}
	if err := ch.OpenForm(ctx, c.Trigger, revokeForm(s, m, "")); err != nil {
		return Reply{Card: &card}
	}
	return Reply{}
}

// pick finds the one that was named: by its request, its grant or the thing's name. No name will do when there is only one.
func pick(list []*Story, name, verb, none string) (*Story, string) {
	var found []*Story
	for _, s := range list {
		if name == "" || named(s, name) {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], ""
	case len(found) > 1:
		var ids []string
		for _, s := range found {
			ids = append(ids, s.Request.ID.String())
		}
		return nil, fmt.Sprintf("Say which: %s %s.", verb, flows.Join(ids, "or"))
	case name == "":
		return nil, none + "."
	}
	return nil, none + " called " + name + "."
}

func named(s *Story, name string) bool {
	if id, ok := readRequestID(name); ok && (id == s.Request.ID || (s.Grant != nil && id == s.Grant.Request)) {
		return true
	}
	if id, ok := readGrantID(name); ok && s.Grant != nil && id == s.Grant.ID {
		return true
	}
	return strings.EqualFold(name, s.Resource.Name)
}

func (b *Bot) noted(err error, sentence string) Reply {
	if err != nil {
		return replyTo(b.sentence(err, "taking a command in"))
	}
	return replyTo(sentence)
}

func (b *Bot) placeOf(c Call) Address {
	return Address{Platform: c.Account.Platform, Workspace: c.Account.Workspace, Channel: c.Channel}
}
