package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hallpass/flows"
	"hallpass/flows/when"
)

// The deeds: what changes something. They are committed to the inbox, acknowledged, and worked afterwards.
const (
	DeedAsk      flows.DeedKind = "ask"
	DeedDecide   flows.DeedKind = "decide"
	DeedCancel   flows.DeedKind = "cancel"
	DeedGiveBack flows.DeedKind = "give back"
	DeedRevoke   flows.DeedKind = "revoke"
	DeedRelease  flows.DeedKind = "release brake"
	DeedPolicy   flows.DeedKind = "release flows"
	DeedMove     flows.DeedKind = "release move"
	DeedStray    flows.DeedKind = "settle what was found"
)

// act is the body of a deed.
type act struct {
	Draft       *flows.Draft    `json:",omitempty"`
	Press       *flows.Press    `json:",omitempty"`
	Request     flows.RequestID `json:",omitempty"`
	Grant       flows.GrantID   `json:",omitempty"`
	Why         string          `json:",omitempty"`
	Integration string          `json:",omitempty"`
	Resource    string          `json:",omitempty"`
	HeldKey     string          `json:",omitempty"`
	Place       Address         // where it was done: for a whisper to somebody who cannot be written to
	Form        *FormRef        `json:",omitempty"` // a form that says "Checking…"
	Home        bool            `json:",omitempty"` // done in Home, which is drawn anew afterwards
}

// outcome is what came of a deed.
type outcome struct {
	flows.Answer
	Person flows.PersonID // empty when nobody was found behind the account
	Failed bool
}

// commit puts a deed into the inbox. A repeat changes nothing.
func (b *Bot) commit(ctx context.Context, who flows.Account, kind flows.DeedKind, key string, at time.Time, a act) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if key == "" {
		key = b.NewID()
	}
	if at.IsZero() {
		at = b.Clock.Machine()
	}
	_, _, err = b.Engine.Receive(ctx, flows.Deed{Key: key, Kind: kind, Account: who, Body: body, Made: b.Clock.Company(), Real: at})
	return err
}

// WorkDeed works a committed deed: who is it now, what comes of it, and the answer. An error means that it is to be tried again.
func (b *Bot) WorkDeed(ctx context.Context, d flows.Deed) error {
	if d.Worked {
		return nil
	}
	var a act
	if err := json.Unmarshal(d.Body, &a); err != nil {
		return b.finish(ctx, d, a, outcome{Answer: flows.Answer{Sentence: b.sentence(err, "reading a deed")}, Failed: true})
	}
	out, err := b.work(ctx, d, a)
	if err != nil && flows.KindOf(err) == flows.KindUnknown && b.Clock.Machine().Sub(d.Real) < flows.PressLasts {
		return err
	}
	if err != nil {
		b.refused(ctx, d.Account, string(d.Kind), err)
		out.Answer, out.Failed = flows.Answer{Sentence: b.sentence(err, string(d.Kind)), Request: a.Request}, true
	}
	return b.finish(ctx, d, a, out)
}

func (b *Bot) work(ctx context.Context, d flows.Deed, a act) (out outcome, err error) {
	who, err := b.Engine.Identify(ctx, d.Account)
	if err != nil {
		return out, err
	}
	out.Person = who.Person.ID
	switch d.Kind {
	case DeedAsk:
		r, err := b.Engine.Ask(ctx, who, *a.Draft)
		if err == nil {
			out.Request = r.ID
		}
		return out, err
	case DeedDecide:
		out.Answer, err = b.Engine.Decide(ctx, who, *a.Press)
	case DeedCancel:
		out.Answer, err = b.Engine.Cancel(ctx, who, a.Request)
	case DeedGiveBack:
		out.Answer, err = b.Engine.GiveBack(ctx, who, a.Grant)
	case DeedRevoke:
		out.Answer, err = b.Engine.Revoke(ctx, who, a.Grant, a.Why)
	case DeedRelease:
		out.Answer, err = b.Engine.ReleaseBrake(ctx, who, a.Integration, a.HeldKey)
	case DeedPolicy:
		out.Answer, err = b.Engine.ReleasePolicy(ctx, who, a.HeldKey)
	case DeedMove:
		out.Answer, err = b.Engine.ReleaseMove(ctx, who, a.Resource, a.HeldKey)
	case DeedStray:
		out.Answer, err = b.Engine.SettleStray(ctx, who, a.HeldKey, a.Integration)
	default:
		err = flows.Errorf(flows.KindInvalid, "This is not known any more. Nothing was changed.")
	}
	return out, err
}

// finish keeps the first answer with the deed and records the message that carries it, in one change. What may be lost (a whisper, an
// open form, Home) comes after the commit.
func (b *Bot) finish(ctx context.Context, d flows.Deed, a act, out outcome) error {
	err := b.Store.Change(ctx, func(tx flows.Tx) error {
		fresh, err := tx.Deed(d.ID)
		if err != nil || fresh.Worked {
			return err
		}
		fresh.Worked, fresh.Answer = true, out.Sentence
		if err := tx.PutDeed(fresh); err != nil {
			return err
		}
		if out.Sentence != "" && out.Person != "" {
			if err := answer(tx, d, out); err != nil {
				return err
			}
		}
		return b.redrawPressed(tx, a, out)
	})
	if err != nil {
		return err
	}
	b.afterwards(ctx, d, a, out)
	return nil
}

// answer records the short message that tells what came of a deed.
func answer(tx flows.Tx, d flows.Deed, out outcome) error {
	if _, err := tx.Request(out.Request); err != nil { // a button may name a request that never was
		if missing(err) != nil {
			return err
		}
		out.Request = 0
	}
	p := flows.Post{Kind: flows.PostNotice, Topic: topicAnswer, Key: fmt.Sprintf("answer/%d", d.ID), Platform: d.Account.Platform,
		Workspace: d.Account.Workspace, Person: out.Person, User: d.Account.User, Request: out.Request, Text: out.Sentence}
	return flows.WantPost(tx, &p)
}

// redrawPressed has the pressed card drawn anew when it was out of date. A message that we do not know, because its first posting ended
// unclear, is adopted: it becomes a post like the one it doubles, so that the next press on it counts.
func (b *Bot) redrawPressed(tx flows.Tx, a act, out outcome) error {
	at := a.Place
	if at.TS == "" || out.Person == "" {
		return nil
	}
	p, err := tx.PostAt(at.Platform, at.Workspace, at.Channel, at.TS)
	if err == nil {
		if !out.Stale || p.Person != out.Person {
			return nil
		}
		return flows.WantPost(tx, p)
	}
	if missing(err) != nil || a.Request == 0 {
		return missing(err)
	}
	return adopt(tx, a, out.Person)
}

// adoptedKey begins the keys of adopted messages.
const adoptedKey = "adopted/"

func adopted(p flows.Post) bool { return strings.HasPrefix(p.Key, adoptedKey) }

func adopt(tx flows.Tx, a act, who flows.PersonID) error {
	kind := flows.PostAsker
	if a.Press != nil {
		kind = flows.PostApprover
	}
	list, err := tx.Posts(flows.PostFilter{Request: a.Request, Person: who, Kinds: []flows.PostKind{kind}})
	if err != nil || len(list) == 0 {
		return err
	}
	at, twin := a.Place, list[len(list)-1]
	p := flows.Post{Kind: kind, Key: adoptedKey + at.Channel + "/" + at.TS, Platform: at.Platform, Workspace: at.Workspace, Channel: at.Channel,
		TS: at.TS, Person: who, User: twin.User, Request: twin.Request, Grant: twin.Grant, Right: twin.Right, RightKey: twin.RightKey, Until: twin.Until}
	return flows.WantPost(tx, &p)
}

// afterwards does what nobody misses if it is lost.
func (b *Bot) afterwards(ctx context.Context, d flows.Deed, a act, out outcome) {
	c, err := b.chat(d.Account.Platform)
	if err != nil {
		return
	}
	note := func(what string, err error) {
		if err != nil {
			b.Log.Warn().Err(err).Str("deed", string(d.Kind)).Msg(what)
		}
	}
	if out.Person == "" && out.Sentence != "" && a.Place.Channel != "" {
		note("a whisper was lost", c.Whisper(ctx, a.Place, d.Account, said(out.Sentence)))
	}
	if a.Form != nil {
		note("an open form was not brought up to date", c.UpdateForm(ctx, *a.Form, b.checked(ctx, a, out)))
	}
	if a.Home && out.Person != "" {
		note("Home was not drawn anew", b.OpenedHome(ctx, d.Account))
	}
}

// checked takes the place of "Checking…": what came of it, or the form again with all that was typed.
func (b *Bot) checked(ctx context.Context, a act, out outcome) Form {
	if !out.Failed {
		f := b.noticeForm("Asked: " + out.Request.String() + ". The card in your messages tells how it goes on.")
		f.Title = "Asked"
		return f
	}
	d := a.Draft
	if d == nil || d.Extends != 0 || out.Person == "" {
		return b.noticeForm(out.Sentence)
	}
	m := Meta{Kind: FormAsk, Nonce: b.NewID()}
	values := map[string]string{FieldResource: d.Resource.String(), FieldPermission: d.Permission, FieldReason: d.Reason}
	answered(values, d.TicketKey, d.Fields)
	switch {
	case !d.Until.IsZero():
		m.Span = when.End{Until: d.Until}.String()
	case d.Duration > 0:
		m.Span = typedSpan(d.Duration)
	}
	f := b.changedAsk(ctx, out.Person, m, values)
	f.Fields = append([]Field{{Name: "trouble", Kind: Note, Lines: []Line{line(typed(out.Sentence))}}}, f.Fields...)
	return f
}
