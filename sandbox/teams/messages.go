package teams

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Message is a message as it stands now, as everybody sees it or, from See, as one person does.
type Message struct {
	Conversation string
	ID           string
	Thread       string // in a channel, the id of the message that began it; its own for the first
	User         string // who said it, empty for the bot
	For          string // the only reader of a targeted message, or the person of a personal chat
	Targeted     bool   // shown to For alone, for a day
	Text         string
	Summary      string // what a notification shows of a card
	Card         json.RawMessage
	Activity     json.RawMessage // as the bot sent it
	Edited       bool
	History      int  // how often it was edited
	Own          bool // Card is what only this person sees
	Versions     []Version
}

// Version is one state a message had.
type Version struct {
	At   time.Time
	Text string
	Card json.RawMessage
}

// message is a Message with its card decoded.
type message struct {
	Message
	card  obj              // nil when it has none
	views map[string]*view // what single people see in place of the card
}

// view is the card of one person, and when the client last asked for it.
type view struct {
	card  obj // nil before the bot answered with one
	asked time.Time
}

// Messages returns what stands in a conversation now, oldest first, as everybody sees it.
func (t *Tenant) Messages(where string) []Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return snapshots(t.conversations[where], false)
}

// Deleted returns the messages that were deleted from a conversation, oldest first.
func (t *Tenant) Deleted(where string) []Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return snapshots(t.conversations[where], true)
}

// Message finds one message as everybody sees it now.
func (t *Tenant) Message(where, id string) (Message, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := t.conversations[where].find(id); m != nil {
		return m.snapshot(), true
	}
	return Message{}, false
}

func snapshots(c *conversation, removed bool) []Message {
	if c == nil {
		return nil
	}
	from := c.messages
	if removed {
		from = c.removed
	}
	out := make([]Message, 0, len(from))
	for _, m := range from {
		out = append(out, m.snapshot())
	}
	return out
}

func (m *message) snapshot() Message {
	copied := m.Message
	copied.Versions = slices.Clone(m.Versions)
	return copied
}

func (c *conversation) find(id string) *message {
	if c == nil {
		return nil
	}
	for _, m := range c.messages {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// append adds a message and its first version; without a thread it begins one. The caller holds the lock.
func (t *Tenant) append(c *conversation, m *message) {
	m.Conversation, m.ID = c.id, t.newID()
	if c.with != "" {
		m.For = c.with
	}
	if c.kind == inChannel && m.Thread == "" {
		m.Thread = m.ID
	}
	m.Card = encode(m.card)
	m.Versions = []Version{{At: t.opt.Now(), Text: m.Text, Card: m.Card}}
	c.messages = append(c.messages, m)
	t.touch()
}

// rewrite gives a message a new version, which everybody sees: what single people saw in its place is gone. The caller holds the lock.
func (t *Tenant) rewrite(m *message, next *message) {
	m.Text, m.Summary, m.card, m.Activity = next.Text, next.Summary, next.card, next.Activity
	m.Card = encode(m.card)
	m.views = nil
	m.Edited = true
	m.History++
	m.Versions = append(m.Versions, Version{At: t.opt.Now(), Text: m.Text, Card: m.Card})
	for at := range t.desks {
		if at.message == m.ID && at.conversation == m.Conversation {
			delete(t.desks, at)
		}
	}
	t.touch()
}

// takeAway removes a message, keeping it among the removed. The caller holds the lock.
func (t *Tenant) takeAway(c *conversation, m *message) {
	c.messages = slices.DeleteFunc(slices.Clone(c.messages), func(have *message) bool { return have == m })
	c.removed = append(c.removed, m)
	t.touch()
}

// newID is a message id: milliseconds since 1970, each different. The caller holds the lock.
func (t *Tenant) newID() string {
	t.lastID = max(t.lastID+1, t.opt.Now().UnixMilli())
	return strconv.FormatInt(t.lastID, 10)
}

// encode gives a card as JSON, nil when there is none.
func encode(card obj) json.RawMessage {
	if card == nil {
		return nil
	}
	raw, err := json.Marshal(card)
	if err != nil {
		return nil // cards come from JSON, so they go back into it
	}
	return raw
}
