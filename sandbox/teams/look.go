package teams

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// refreshEvery is the least time between two automatic refreshes of one card for one person, as long as the message is not edited. Source: Teams
// platform, "Universal Actions".
const refreshEvery = time.Minute

// See is what a person has on the screen in a conversation, oldest first, with the cards that only this person sees. Nothing is refreshed.
func (t *Tenant) See(user, where string) []Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, c, err := t.standing(user, where)
	if err != nil {
		return nil
	}
	out := make([]Message, 0, len(c.messages))
	for _, m := range c.messages {
		if t.visible(m, user) {
			out = append(out, m.seenBy(user))
		}
	}
	return out
}

// seenBy is a message as one person sees it.
func (m *message) seenBy(user string) Message {
	seen := m.snapshot()
	if v := m.views[user]; v != nil && v.card != nil {
		seen.Card, seen.Own = encode(v.card), true
	}
	return seen
}

// shown is the card in front of a person.
func (m *message) shown(user string) obj {
	if v := m.views[user]; v != nil && v.card != nil {
		return v.card
	}
	return m.card
}

// Look opens a conversation as that person: cards that refresh themselves for them do so. It returns what is on the screen then.
func (t *Tenant) Look(ctx context.Context, user, where string) ([]Message, error) {
	t.mu.Lock()
	_, c, err := t.standing(user, where)
	var ids []string
	if err == nil {
		for _, m := range c.messages {
			if t.visible(m, user) {
				ids = append(ids, m.ID)
			}
		}
	}
	t.mu.Unlock()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := t.lookAt(ctx, user, where, id); err != nil {
			return nil, err
		}
	}
	return t.See(user, where), nil
}

// lookAt brings one message into view: its card refreshes itself if it is to.
func (t *Tenant) lookAt(ctx context.Context, user, where, id string) error {
	t.mu.Lock()
	u, c, err := t.standing(user, where)
	m := c.find(id)
	if err != nil || m == nil || !t.visible(m, user) || !t.refreshes(u, c, m) {
		t.mu.Unlock()
		return err
	}
	t.viewOf(m, user).asked = t.opt.Machine()
	activity := t.execute(u, c, m, object(object(m.shown(user), "refresh"), "action"), obj{}, "automatic")
	before := m.History
	t.mu.Unlock()
	d, err := t.deliver(ctx, activity)
	if err != nil {
		return err
	}
	t.executed(u, m, before, d)
	return nil
}

// refreshes tells whether a card asks the bot for this person's view of it now. Without userIds it does in conversations of up to 60. The
// caller holds the lock.
func (t *Tenant) refreshes(u *User, c *conversation, m *message) bool {
	asks := object(m.shown(u.ID), "refresh")
	if asks == nil || u.OldClient {
		return false
	}
	if v := m.views[u.ID]; v != nil && !v.asked.IsZero() && t.opt.Machine().Sub(v.asked) < refreshEvery {
		return false
	}
	ids, named := asks["userIds"].([]any)
	if !named {
		return len(t.peopleOf(c)) <= MaxRefreshers
	}
	return slices.Contains(ids, any(t.MRI(u.ID)))
}

func (t *Tenant) viewOf(m *message, user string) *view {
	if m.views == nil {
		m.views = map[string]*view{}
	}
	if m.views[user] == nil {
		m.views[user] = &view{}
	}
	return m.views[user]
}

// RefreshCard chooses "Refresh card" in the menu of a message.
func (t *Tenant) RefreshCard(ctx context.Context, user, where, id string) (Pressed, error) {
	t.mu.Lock()
	u, c, m, err := t.reading(user, where, id)
	if err == nil && object(m.shown(user), "refresh") == nil {
		err = fmt.Errorf("the card of message %s has no refresh: the menu does not offer it", id)
	}
	if err != nil {
		t.mu.Unlock()
		return Pressed{}, err
	}
	t.viewOf(m, user).asked = t.opt.Machine()
	activity := t.execute(u, c, m, object(object(m.shown(user), "refresh"), "action"), obj{}, "manual")
	before := m.History
	t.mu.Unlock()
	d, err := t.deliver(ctx, activity)
	if err != nil {
		return Pressed{}, err
	}
	return t.executed(u, m, before, d), nil
}

// reading finds a message on a person's screen. The caller holds the lock.
func (t *Tenant) reading(user, where, id string) (*User, *conversation, *message, error) {
	u, c, err := t.standing(user, where)
	if err != nil {
		return nil, nil, nil, err
	}
	m := c.find(id)
	if m == nil || !t.visible(m, user) {
		return nil, nil, nil, fmt.Errorf("%s sees no message %s in conversation %s", u.Name, id, where)
	}
	return u, c, m, nil
}
