package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"hallpass/bot"
	"hallpass/flows"

	api "github.com/slack-go/slack"
)

// change is a field of an open form that has changed.
func (r *run) change(i interaction, who flows.Account) (*job, error) {
	hidden, err := unseal(i.View.Meta)
	if err != nil {
		return nil, err
	}
	ref := r.drawn.seen(who, i.View)
	at := r.cfg.Clock.Machine()
	return &job{name: "change of a form", run: func(ctx context.Context) (answer, error) {
		return answer{}, r.in.Change(ctx, bot.Filled{Account: who, Form: ref, Meta: hidden.Meta, Values: r.values(ctx, i, who, hidden),
			Changed: fieldOf(i.Actions[0].Block), Key: triggerKey(i.Trigger), At: at})
	}}, nil
}

// submission is a form sent in. Its key holds the form's nonce, so that a repeat on another link is known as one.
func (r *run) submission(i interaction, who flows.Account) (*job, error) {
	hidden, err := unseal(i.View.Meta)
	if err != nil {
		return nil, err
	}
	at := r.cfg.Clock.Machine()
	return &job{name: "submission of " + bot.ClampText(string(hidden.Kind), buttonLength), deed: true, run: func(ctx context.Context) (answer, error) {
		r.people.Forget(who)
		// No hash: what is shown next is newer than whatever stands there.
		ref := bot.FormRef{Account: who, ID: i.View.ID}
		done := r.in.Submit(ctx, bot.Filled{Account: who, Form: ref, Meta: hidden.Meta, Values: r.values(ctx, i, who, hidden),
			Key: submissionKey(i, hidden), At: at})
		if err := ctx.Err(); err != nil {
			return answer{}, err
		}
		return r.submitted(i.View, ref, done)
	}}, nil
}

// submissionKey is the same for a repeat, and another one when something was corrected after an error.
func submissionKey(i interaction, hidden sealed) string {
	raw, _ := json.Marshal(i.View.State.Values) // maps of plain values always encode
	sum := sha256.Sum256(append(raw, i.View.ID...))
	return "form:" + hidden.Nonce + ":" + i.View.Hash + ":" + hex.EncodeToString(sum[:8])
}

// values are what the form holds, by the fields' names.
func (r *run) values(ctx context.Context, i interaction, who flows.Account, hidden sealed) map[string]string {
	out := map[string]string{}
	for block, fields := range i.View.State.Values {
		for _, f := range fields {
			out[fieldOf(block)] = f.Value
			if len(f.Ticked) > 0 {
				f.Selected = &f.Ticked[0]
			}
			if f.Selected != nil {
				out[fieldOf(block)] = r.whole(ctx, who, hidden, fieldOf(block), *f.Selected)
			}
		}
	}
	return out
}

// whole is the value behind an option. One too long for an option is found in the form, or by searching for its label again.
func (r *run) whole(ctx context.Context, who flows.Account, hidden sealed, field string, c chosen) string {
	value := c.Value
	if !strings.HasPrefix(value, longMark) {
		return value
	}
	if long, known := hidden.Long[value]; known {
		return long
	}
	for _, item := range r.in.Search(ctx, who, hidden.Meta, field, strings.TrimSuffix(c.Text.Text, bot.CutMark)) {
		if standIn(item.Value) == value {
			return item.Value
		}
	}
	return ""
}

// submitted is the acknowledgement of a submission: errors at their fields, another form, or nothing, which closes the form.
func (r *run) submitted(v view, ref bot.FormRef, done bot.Submitted) (answer, error) {
	if len(done.Errors) > 0 {
		if at := errorsAt(v, done.Errors); at != nil {
			return answer{payload: api.NewErrorsViewSubmissionResponse(at)}, nil
		}
		done.Next = notice(done.Errors)
	}
	if done.Next == nil {
		return answer{}, nil
	}
	next, err := modal(*done.Next)
	if err != nil {
		return answer{}, err
	}
	moment := api.ModalViewRequest{Type: api.VTModal, Title: next.Title, CallbackID: next.CallbackID, PrivateMetadata: next.PrivateMetadata,
		Blocks: api.Blocks{BlockSet: []api.Block{smallBlock("One moment…")}}}
	return answer{payload: api.NewUpdateViewSubmissionResponse(&next), small: api.NewUpdateViewSubmissionResponse(&moment),
		rest: func(ctx context.Context) {
			pause(ctx, settleForm)
			r.besides("form", r.UpdateForm(ctx, ref, *done.Next))
		}}, nil
}

// settleForm lets Slack draw what the acknowledgement holds before a call replaces it: the two travel on different connections.
const settleForm = 300 * time.Millisecond

// errorsAt puts errors under their fields. Slack takes them for inputs only, so an error of anything else goes to the first input.
func errorsAt(v view, errors map[string]string) map[string]string {
	var first string
	inputs := map[string]string{}
	for _, b := range v.Blocks {
		if b.Type != string(api.MBTInput) {
			continue
		}
		if first == "" {
			first = b.ID
		}
		inputs[fieldOf(b.ID)] = b.ID
	}
	if first == "" {
		return nil
	}
	out := map[string]string{}
	for _, field := range slices.Sorted(maps.Keys(errors)) {
		block, here := inputs[field]
		if !here {
			block = first
		}
		out[block] = bot.ClampText(strings.TrimSpace(out[block]+" "+oneLine(errors[field])), errorLength)
	}
	return out
}

// notice is a form that only says what is wrong, for a form without inputs.
func notice(errors map[string]string) *bot.Form {
	f := bot.Form{Kind: bot.FormNotice, Title: "Not possible", Close: "Close"}
	for _, field := range slices.Sorted(maps.Keys(errors)) {
		f.Fields = append(f.Fields, bot.Field{Kind: bot.Note, Lines: []bot.Line{{{Typed: errors[field]}}}})
	}
	return &f
}
