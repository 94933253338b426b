package slack

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Channel is a place for messages. Members are user ids; the bot is in it only when its own id is among them.
type Channel struct {
	ID, Name                     string
	Private, Archived, ExtShared bool
	Members                      []string
}

// channel is a Channel with what was said in it. A direct message with the bot has the other person in with.
type channel struct {
	Channel
	with     string
	messages []*message
	removed  []*message
}

// Message is a message as it stands now.
type Message struct {
	Channel, TS, ThreadTS string
	User                  string // who said it
	Text                  string // the top-level text, as sent
	Blocks                json.RawMessage
	Metadata              json.RawMessage
	Edited                bool
	Ephemeral             bool
	For                   string // the only reader of an ephemeral message, or the person of a direct message
	History               int    // how often it was edited
	Versions              []Version
}

// Version is one state a message had.
type Version struct {
	At     time.Time
	Text   string
	Blocks json.RawMessage
}

// message is a Message with its blocks decoded.
type message struct {
	Message
	blocks []any
	byApp  bool
}

// AddChannel adds a channel, or replaces the description of the one with the same id.
func (w *Workspace) AddChannel(c Channel) {
	w.change(func() {
		if have := w.channels[c.ID]; have != nil {
			have.Channel = c
			return
		}
		w.channels[c.ID] = &channel{Channel: c}
	})
}

// ChangeChannel changes a channel; sharing it with another organisation is told to the app by an event.
func (w *Workspace) ChangeChannel(id string, edit func(*Channel)) {
	w.mu.Lock()
	c := w.channels[id]
	if c == nil {
		w.mu.Unlock()
		return
	}
	before := c.ExtShared
	edit(&c.Channel)
	after := c.ExtShared
	w.touch()
	w.mu.Unlock()
	if after && !before {
		w.emit("channel_shared", obj{"type": "channel_shared", "channel": id, "connected_team_id": "T0OTHER"})
	}
	if before && !after {
		w.emit("channel_unshared", obj{"type": "channel_unshared", "channel": id, "previously_connected_team_id": "T0OTHER",
			"is_ext_shared": false})
	}
}

// Channels returns all channels that are not direct messages, by name.
func (w *Workspace) Channels() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	var channels []Channel
	for _, c := range w.channels {
		if c.with == "" {
			channels = append(channels, c.Channel)
		}
	}
	slices.SortFunc(channels, func(a, b Channel) int { return strings.Compare(a.Name, b.Name) })
	return channels
}

// Messages returns what stands in a channel now, oldest first, thread replies and ephemeral messages included.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return snapshots(w.channels[channel], false)
}

// Deleted returns the messages that were deleted from a channel, oldest first.
func (w *Workspace) Deleted(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return snapshots(w.channels[channel], true)
}

// Message finds one message as it stands now.
func (w *Workspace) Message(channel, ts string) (Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := w.channels[channel].find(ts); m != nil {
		return m.snapshot(), true
	}
	return Message{}, false
}

func snapshots(c *channel, removed bool) []Message {
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

func (c *channel) find(ts string) *message {
	if c == nil {
		return nil
	}
	for _, m := range c.messages {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

// takeAway removes a message from its channel, keeping it among the removed. The caller holds the lock.
func (w *Workspace) takeAway(c *channel, m *message) {
	c.messages = slices.DeleteFunc(slices.Clone(c.messages), func(have *message) bool { return have == m })
	c.removed = append(c.removed, m)
	w.echo(m, obj{"subtype": "message_deleted", "hidden": true, "deleted_ts": m.TS, "ts": w.ts()})
	w.touch()
}

// echo tells the app of what it did itself in a direct message: Slack sends message.im for that too, with the bot's own bot_id or
// with a subtype, and an app that does not ignore it talks to itself. The caller holds the lock.
func (w *Workspace) echo(m *message, body obj) {
	if ch := w.channels[m.Channel]; !m.byApp || m.Ephemeral || ch == nil || ch.with == "" {
		return
	}
	maps.Copy(body, obj{"type": "message", "channel": m.Channel, "channel_type": "im"})
	w.pending = append(w.pending, event{"message.im", body})
}

func (c *channel) has(user string) bool { return c != nil && slices.Contains(c.Members, user) }

// append adds a message and its first version. The caller holds the lock.
func (w *Workspace) append(c *channel, m *message) {
	m.Channel = c.ID
	if m.For == "" {
		m.For = c.with
	}
	m.TS = w.ts()
	m.Blocks = encode(m.blocks)
	m.Versions = []Version{{At: w.opt.Now(), Text: m.Text, Blocks: m.Blocks}}
	c.messages = append(c.messages, m)
	w.echo(m, w.messageJSON(m))
	w.touch()
}

// rewrite gives a message a new version. The caller holds the lock.
func (w *Workspace) rewrite(m *message, text string, blocks []any) {
	m.Text, m.blocks = text, blocks
	m.Blocks = encode(blocks)
	m.Edited = true
	m.History++
	m.Versions = append(m.Versions, Version{At: w.opt.Now(), Text: text, Blocks: m.Blocks})
	w.echo(m, obj{"subtype": "message_changed", "hidden": true, "ts": w.ts(), "message": w.messageJSON(m)})
	w.touch()
}

// encode gives blocks as JSON, nil when there are none.
func encode(blocks []any) json.RawMessage {
	if len(blocks) == 0 {
		return nil
	}
	raw, err := json.Marshal(blocks)
	if err != nil {
		return nil // blocks come from JSON, so they go back into it
	}
	return raw
}

// channelJSON is a conversation object as conversations.info shows it to the bot. The caller holds the lock.
func (w *Workspace) channelJSON(c *channel) obj {
	out := obj{"id": c.ID, "created": int64(1700000000), "is_archived": c.Archived, "is_im": c.with != "", "is_mpim": false,
		"is_channel": c.with == "" && !c.Private, "is_group": false, "is_private": c.Private || c.with != "",
		"is_org_shared": false, "is_ext_shared": c.ExtShared, "is_shared": c.ExtShared, "is_pending_ext_shared": false,
		"context_team_id": w.opt.TeamID}
	if c.with != "" {
		out["user"] = c.with
		return out
	}
	shared := []string{w.opt.TeamID}
	if c.ExtShared {
		shared = append(shared, "T0OTHER")
	}
	out["name"], out["name_normalized"], out["is_general"] = c.Name, c.Name, c.Name == "general"
	out["is_member"], out["shared_team_ids"] = c.has(w.opt.BotUserID), shared
	out["topic"], out["purpose"] = obj{"value": ""}, obj{"value": ""}
	return out
}

// messageJSON is a message object as the app sees it. The caller holds the lock.
func (w *Workspace) messageJSON(m *message) obj {
	out := obj{"type": "message", "user": m.User, "ts": m.TS, "text": m.Text, "team": w.opt.TeamID}
	if m.byApp {
		out["bot_id"], out["app_id"] = w.botID(), w.opt.AppID
	}
	if len(m.blocks) > 0 {
		out["blocks"] = m.blocks
	} else if m.Edited {
		out["edited"] = obj{"user": m.User, "ts": m.TS}
	}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if len(m.Metadata) > 0 {
		out["metadata"] = m.Metadata
	}
	return out
}
