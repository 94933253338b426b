package teams

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Screen is one person in front of Teams, in words that fit any chat: a message has a key, buttons and fields have names, what is typed or chosen is text.
// A scenario that only uses these can be played over another chat as well.
type Screen struct {
	t    *Tenant
	user string
}

// Screen is the screen of a person.
func (t *Tenant) Screen(user string) Screen { return Screen{t, user} }

// Says writes to the bot: in the personal chat when where is empty, else by its name in that channel or group chat.
func (s Screen) Says(ctx context.Context, where, text string) error {
	var err error
	if where == "" {
		_, err = s.t.Say(ctx, s.user, text)
	} else {
		_, err = s.t.Mention(ctx, s.user, where, text)
	}
	return err
}

// Messages are the keys of the bot's messages on the screen, oldest first, after looking at them; where is empty for the personal chat.
func (s Screen) Messages(ctx context.Context, where string) ([]string, error) {
	if where == "" {
		where = s.t.DM(s.user)
	}
	seen, err := s.t.Look(ctx, s.user, where)
	var keys []string
	for _, m := range seen {
		if m.User == "" {
			keys = append(keys, m.Conversation+" "+m.ID)
		}
	}
	return keys, err
}

// Reads is what stands in a message for this person, empty when it is not on the screen.
func (s Screen) Reads(key string) string {
	where, id, _ := strings.Cut(key, " ")
	for _, m := range s.t.See(s.user, where) {
		if m.ID == id {
			return s.t.TextFor(m, s.user)
		}
	}
	return ""
}

// Presses presses a button of a message and returns the line that the chat shows in answer, if any. What the client objects to, or cannot do, is an error.
func (s Screen) Presses(ctx context.Context, key, button string) (string, error) {
	where, id, _ := strings.Cut(key, " ")
	got, err := s.t.Press(ctx, s.user, where, id, button)
	return got.Text, errors.Join(err, objection(got.Err, got.Errors))
}

// Form is what stands in the form on the screen, empty when none is open.
func (s Screen) Form() string { return s.t.DialogText(s.user) }

// Fills types into a field of the form, or chooses there: a toggle takes yes and no, several choices are parted by commas. In a field that asks the bot for its
// choices the text is typed first, and then chosen from what is offered.
func (s Screen) Fills(ctx context.Context, field, text string) error {
	kind, asks, err := s.t.kindOf(s.user, field)
	switch {
	case err != nil:
		return err
	case asks:
		return s.picks(ctx, field, text)
	case kind == "Input.ChoiceSet":
		return s.t.Fill(s.user, field, Chosen(strings.Split(text, ",")...))
	case kind == "Input.Toggle" && (text == "yes" || text == "no"):
		return s.t.Fill(s.user, field, Ticked(text == "yes"))
	}
	return s.t.Fill(s.user, field, Typed(text))
}

// picks chooses what is offered for a query: the entry of that name or value, or else the only one.
func (s Screen) picks(ctx context.Context, field, query string) error {
	offered, err := s.t.Options(ctx, s.user, field, query)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(offered, func(o Option) bool { return o.Text == query || o.Value == query })
	if i < 0 && len(offered) == 1 {
		i = 0
	}
	if i < 0 {
		return fmt.Errorf("for %q %s offers %d entries, none of that name", query, field, len(offered))
	}
	return s.t.Fill(s.user, field, Chosen(offered[i].Value))
}

// Submits presses a button of the form, the only one when button is empty, and returns the bot's last word, if any. The form is open afterwards when Form
// shows one. What the client objects to is an error.
func (s Screen) Submits(ctx context.Context, button string) (string, error) {
	got, err := s.t.Submit(ctx, s.user, button)
	return got.Text, errors.Join(err, objection(got.Err, got.Errors))
}

// objection is what the client says instead of sending, or about what it sent; nil for nothing.
func objection(said string, fields map[string]string) error {
	if said != "" {
		return errors.New(said)
	}
	var lines []string
	for field, words := range fields {
		lines = append(lines, field+": "+words)
	}
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	return errors.New(strings.Join(lines, "\n"))
}

// kindOf is the type of a field in a person's dialog, and whether it asks the bot for its choices.
func (t *Tenant) kindOf(user, field string) (kind string, asks bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.facing(user)
	if err != nil {
		return "", false, err
	}
	input, err := d.input(field)
	return text(input, "type"), object(input, "choices.data") != nil, err
}
