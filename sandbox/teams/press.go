package teams

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
)

// Pressed is what a person sees after pressing a button.
type Pressed struct {
	Card   json.RawMessage   // the card that took the place of the message's, for this person only
	Text   string            // a line that the client shows, such as the bot's answer in words
	Dialog *Dialog           // what opened
	URL    string            // what opened in the browser
	Errors map[string]string // under the fields, when the client sent nothing
	Err    string            // the client's words when the bot did not answer or answered nonsense
}

// Press presses a button of a card in a message, named by the words on it or by its id. The card is looked at first, so that one that refreshes itself
// for this person does. Fields are checked as the client does.
func (t *Tenant) Press(ctx context.Context, user, where, id, button string) (Pressed, error) {
	if err := t.lookAt(ctx, user, where, id); err != nil {
		return Pressed{}, err
	}
	t.mu.Lock()
	u, c, m, err := t.reading(user, where, id)
	if err != nil {
		t.mu.Unlock()
		return Pressed{}, err
	}
	s, err := t.desk(u, m)
	if err != nil {
		t.mu.Unlock()
		return Pressed{}, err
	}
	return t.pressed(ctx, u, c, m, s, button)
}

// PressStale presses a button of a message as it was when seen earlier: a slow screen, a client that did not get the edit.
func (t *Tenant) PressStale(ctx context.Context, user string, seen Message, button string) (Pressed, error) {
	var card obj
	if json.Unmarshal(seen.Card, &card) != nil {
		return Pressed{}, fmt.Errorf("the message as it was seen has no card")
	}
	t.mu.Lock()
	u, c, err := t.standing(user, seen.Conversation)
	if err != nil {
		t.mu.Unlock()
		return Pressed{}, err
	}
	m := c.find(seen.ID)
	if m == nil {
		m = &message{Message: seen}
	}
	return t.pressed(ctx, u, c, m, newSurface(card, u.OldClient), button)
}

// Payload is the activity that pressing would send now; a test changes it and hands it to PressForged.
func (t *Tenant) Payload(user, where, id, button string) (map[string]any, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, c, m, err := t.reading(user, where, id)
	if err != nil {
		return nil, err
	}
	s, err := t.desk(u, m)
	if err != nil {
		return nil, err
	}
	b, err := s.button(button)
	if err != nil {
		return nil, err
	}
	data, _ := s.gather(b)
	activity, _ := t.sends(u, c, m, b.action, data)
	if activity == nil {
		return nil, fmt.Errorf("the button %q sends nothing", button)
	}
	return activity, nil
}

// PressForged sends the bot an invoke with whatever fields the caller made, put over those of an adaptiveCard/action by that user in their personal
// chat, under a good token. The user need not exist.
func (t *Tenant) PressForged(ctx context.Context, user string, fields map[string]any) (Delivered, error) {
	t.mu.Lock()
	u := t.people[user]
	if u == nil {
		u = &User{ID: user, Name: "nobody", TenantID: "dddddddd-0000-4000-8000-000000000004", TZ: "UTC", Locale: "en-US"}
	}
	c := t.conversations[t.dm(user)]
	if c == nil {
		c = &conversation{id: t.dm(user), kind: personal, tenant: u.TenantID}
	}
	activity := t.invoke(u, c, nil, invokeExecute, obj{})
	t.mu.Unlock()
	maps.Copy(activity, fields)
	return t.deliver(ctx, activity)
}

// desk is the card of a message in front of a person. The caller holds the lock.
func (t *Tenant) desk(u *User, m *message) (*surface, error) {
	card := m.shown(u.ID)
	if card == nil {
		return nil, fmt.Errorf("message %s has no card", m.ID)
	}
	at := desk{u.ID, m.Conversation, m.ID}
	if t.desks[at] == nil {
		t.desks[at] = newSurface(card, u.OldClient)
	}
	return t.desks[at], nil
}

// pressed carries out a press. The caller holds the lock, which is given back.
func (t *Tenant) pressed(ctx context.Context, u *User, c *conversation, m *message, s *surface, name string) (Pressed, error) {
	b, err := s.button(name)
	if err != nil {
		t.mu.Unlock()
		return Pressed{}, err
	}
	switch b.kind() {
	case "Action.OpenUrl":
		t.mu.Unlock()
		return Pressed{URL: text(b.action, "url")}, nil
	case "Action.ShowCard":
		t.mu.Unlock()
		return Pressed{}, nil
	case "Action.ToggleVisibility":
		s.toggle(b.action)
		t.touch()
		t.mu.Unlock()
		return Pressed{}, nil
	}
	if !s.check(b.inputs) {
		t.touch()
		defer t.mu.Unlock()
		return Pressed{Errors: maps.Clone(s.errors)}, nil
	}
	data, clashes := s.gather(b)
	for _, field := range clashes {
		t.problem("button %q: data and a field share the name %q; the field wins", name, field)
	}
	activity, kind := t.sends(u, c, m, b.action, data)
	before := m.History
	t.mu.Unlock()
	d, err := t.deliver(ctx, activity)
	switch {
	case err != nil:
		return Pressed{}, err
	case kind == invokeExecute:
		return t.executed(u, m, before, d), nil
	case kind == invokeFetch:
		return t.fetched(u, c, m, d), nil
	}
	return Pressed{Err: d.Err}, nil
}

// sends is the activity that a button sends, and the name of its invoke; empty for a message. The caller holds the lock.
func (t *Tenant) sends(u *User, c *conversation, m *message, action, data obj) (obj, string) {
	if text(action, "type") == "Action.Execute" {
		return t.execute(u, c, m, action, data, "manual"), invokeExecute
	}
	if text(action, "type") != "Action.Submit" {
		return nil, ""
	}
	special := object(data, "msteams")
	if text(special, "type") == "task/fetch" {
		return t.invoke(u, c, m, invokeFetch, obj{"data": data, "context": obj{"theme": "default"}}), invokeFetch
	}
	out := t.activity(u, c, m.Thread, "message")
	out["id"], out["replyToId"], out["value"], out["text"] = t.newID(), m.ID, data, ""
	object(out, "channelData")["source"] = obj{"name": "message"}
	switch text(special, "type") {
	case "messageBack":
		out["text"], out["value"] = text(special, "text"), special["value"]
	case "imBack":
		out["text"] = text(special, "value")
		delete(out, "value")
	}
	return out, ""
}

// execute is the invoke of an Action.Execute. The caller holds the lock.
func (t *Tenant) execute(u *User, c *conversation, m *message, action, data obj, trigger string) obj {
	if len(data) == 0 && object(action, "data") != nil {
		data = object(action, "data")
	}
	sent := obj{"type": "Action.Execute", "data": data}
	for _, name := range []string{"id", "verb", "title"} {
		if action[name] != nil {
			sent[name] = action[name]
		}
	}
	return t.invoke(u, c, m, invokeExecute, obj{"action": sent, "trigger": trigger})
}
