package teams

import (
	"context"
	"strings"
	"sync"

	"hallpass/bot"
	"hallpass/flows"
)

// turn is an activity while it is being answered: the form that is opened or drawn anew meanwhile is part of its answer.
type turn struct {
	mu   sync.Mutex
	form *bot.Form
	over bool
}

// put takes a form, and reports false when the turn is over.
func (n *turn) put(f bot.Form) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.over {
		return false
	}
	n.form = &f
	return true
}

// end takes no more forms and returns the last one, nil when there was none.
func (n *turn) end() *bot.Form {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.over = true
	return n.form
}

// turns are those under way, by their triggers.
type turns struct {
	mu    sync.Mutex
	known map[string]*turn
}

func (ts *turns) of(trigger string) *turn {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.known[trigger]
}

// during runs fn while forms can be opened by the trigger, and returns the form that was.
func (ts *turns) during(trigger string, fn func() error) (*bot.Form, error) {
	n := &turn{}
	ts.mu.Lock()
	if ts.known == nil {
		ts.known = map[string]*turn{}
	}
	ts.known[trigger] = n
	ts.mu.Unlock()
	defer func() {
		ts.mu.Lock()
		defer ts.mu.Unlock()
		if ts.known[trigger] == n {
			delete(ts.known, trigger)
		}
	}()
	err := fn()
	return n.end(), err
}

// OpenForm answers a trigger with a form. It works while the activity that gave the trigger is being answered.
func (t *Teams) OpenForm(_ context.Context, trigger string, f bot.Form) error {
	if n := t.turns.of(trigger); n != nil && n.put(f) {
		return nil
	}
	return refused("The form could not be opened in time. Try again", nil, false)
}

// cardMark begins the id of a form that stands as a card in a conversation: "card:19:…|170…".
const (
	cardMark = "card:"
	idMark   = "|"
)

// formID names a form: by its message, or for a dialog by nothing that could be found again.
func formID(a activity, dialog bool) string {
	if dialog || a.ReplyTo == "" {
		return "dialog:" + a.key()
	}
	return cardMark + a.place() + idMark + a.ReplyTo
}

// UpdateForm replaces an open form: in the answer while there is a turn, else where it stands as a card. A dialog cannot be reached any more
// once it was answered, so what it would show comes as a card in the personal chat.
func (t *Teams) UpdateForm(ctx context.Context, ref bot.FormRef, f bot.Form) error {
	if n := t.turns.of(ref.ID); n != nil && n.put(f) {
		return nil
	}
	c, err := t.formCard(hiddenForm{Account: ref.Account, Form: f}, nil)
	if err != nil {
		return err
	}
	if at, found := strings.CutPrefix(ref.ID, cardMark); found {
		i := strings.LastIndex(at, idMark)
		if i < 0 {
			return refused("The form is no longer there", nil, true)
		}
		return t.edit(ctx, bot.Address{Platform: Platform, Workspace: ref.Account.Workspace, Channel: at[:i], TS: at[i+1:]}, c)
	}
	_, err = t.whisper(ctx, bot.Address{}, ref.Account, c)
	return err
}

// showForm shows a form as a card to one account: where dialogs do not work, or when one came too late.
func (t *Teams) showForm(ctx context.Context, in bot.Address, a flows.Account, f bot.Form, errors map[string]string) error {
	c, err := t.formCard(hiddenForm{Account: a, Form: f}, errors)
	if err != nil {
		return err
	}
	_, err = t.whisper(ctx, in, a, c)
	return err
}
