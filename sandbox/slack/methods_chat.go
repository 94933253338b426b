package slack

import (
	"encoding/json"
	"strings"
)

// Limits of messages. Source: docs.slack.dev/reference/methods/chat.postMessage.
const (
	MessageBlocks  = 50
	MessageText    = 40_000 // characters; what is beyond is cut
	MarkdownText   = 12_000
	MaxAttachments = 100
	maxMetadata    = 16_000 // bytes; not documented
)

func chatMethods() map[string]method {
	post := []string{"channel", "text", "blocks", "attachments", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media",
		"link_names", "mrkdwn", "parse", "metadata", "markdown_text", "as_user", "icon_emoji", "icon_url", "username"}
	edit := []string{"channel", "ts", "text", "blocks", "attachments", "link_names", "parse", "metadata", "markdown_text", "as_user",
		"reply_broadcast", "file_ids", "unfurl_links", "unfurl_media"}
	whisper := []string{"channel", "user", "text", "blocks", "attachments", "thread_ts", "link_names", "parse", "markdown_text",
		"as_user", "icon_emoji", "icon_url", "username"}
	return map[string]method{
		"chat.postMessage": {scope: "chat:write", args: post, required: []string{"channel"}, perMin: special, run: (*Workspace).chatPost},
		"chat.update": {scope: "chat:write", args: edit, required: []string{"channel", "ts"}, perMin: tier3,
			run: (*Workspace).chatUpdate},
		"chat.delete": {scope: "chat:write", args: []string{"channel", "ts", "as_user"}, required: []string{"channel", "ts"},
			perMin: tier3, run: (*Workspace).chatDelete},
		"chat.postEphemeral": {scope: "chat:write", args: whisper, required: []string{"channel", "user"}, perMin: tier4,
			run: (*Workspace).chatEphemeral},
		"chat.getPermalink": {args: []string{"channel", "message_ts"}, required: []string{"channel", "message_ts"}, perMin: special,
			run: (*Workspace).chatPermalink},
	}
}

// content is what a message says, checked.
type content struct {
	text     string
	blocks   []any
	given    bool // blocks were given, even if empty
	metadata json.RawMessage
}

// content reads and checks what a call wants to say. The caller holds the lock.
func (w *Workspace) content(c call) (content, error) {
	out := content{text: c.text("text")}
	if markdown := c.text("markdown_text"); markdown != "" {
		if out.text != "" || c.has("blocks") {
			return out, apiError{code: "markdown_text_conflict"}
		}
		if length(markdown) > MarkdownText {
			return out, apiError{code: "msg_too_long"}
		}
		out.text = markdown
	}
	raw, sound := c.json("blocks")
	list, isList := raw.([]any)
	if !sound || (raw != nil && !isList) {
		return out, apiError{code: "invalid_blocks_format"}
	}
	out.blocks, out.given = list, raw != nil
	if wrong := checkBlocks("message", "/blocks", list); len(wrong) > 0 {
		return out, apiError{code: "invalid_blocks", messages: wrong}
	}
	if attached, _ := c.json("attachments"); attached != nil {
		if many, _ := attached.([]any); len(many) > MaxAttachments {
			return out, apiError{code: "too_many_attachments"}
		}
	}
	if out.text == "" && len(list) == 0 && c.text("attachments") == "" {
		return out, apiError{code: "no_text"}
	}
	if runes := []rune(out.text); len(runes) > MessageText {
		w.problem("%s: a text of %d characters was cut to %d", c.method, len(runes), MessageText)
		out.text = string(runes[:MessageText])
	}
	w.fillIDs(list)
	w.review(c.method, out.text, list)
	return w.withMetadata(c, out)
}

func (w *Workspace) withMetadata(c call, out content) (content, error) {
	raw, sound := c.json("metadata")
	if raw == nil && sound {
		return out, nil
	}
	fields, isObject := raw.(obj)
	if kind, _ := fields["event_type"].(string); !sound || !isObject || kind == "" {
		return out, apiError{code: "invalid_metadata_format"}
	}
	encoded, err := json.Marshal(fields)
	if err != nil || len(encoded) > maxMetadata {
		return out, apiError{code: "metadata_too_large"}
	}
	out.metadata = encoded
	return out, nil
}

// target finds the conversation the bot may write to; a user id means that person's direct message.
func (w *Workspace) target(id string) (*channel, error) {
	if w.people[id] != nil {
		id = dmID(id)
	}
	ch := w.channels[id]
	switch {
	case ch == nil || (ch.Private && !ch.has(w.opt.BotUserID)):
		return nil, apiError{code: "channel_not_found"}
	case ch.Archived:
		return nil, apiError{code: "is_archived"}
	case !ch.has(w.opt.BotUserID):
		return nil, apiError{code: "not_in_channel"}
	}
	return ch, nil
}

func (w *Workspace) chatPost(c call) (obj, error) {
	ch, err := w.target(c.text("channel"))
	if err != nil {
		return nil, err
	}
	said, err := w.content(c)
	if err != nil {
		return nil, err
	}
	thread := c.text("thread_ts")
	if parent := ch.find(thread); thread != "" && (parent == nil || parent.Ephemeral) {
		return nil, apiError{code: "cannot_reply_to_message"}
	}
	m := &message{blocks: said.blocks, byApp: true,
		Message: Message{User: w.opt.BotUserID, Text: said.text, ThreadTS: thread, Metadata: said.metadata}}
	w.append(ch, m)
	return obj{"channel": ch.ID, "ts": m.TS, "message": w.messageJSON(m)}, nil
}

// own finds one of the bot's messages; for somebody else's there is a code that says so.
func (w *Workspace) own(c call, others string) (*channel, *message, error) {
	ch := w.channels[c.text("channel")]
	if ch == nil {
		return nil, nil, apiError{code: "channel_not_found"}
	}
	m := ch.find(c.text("ts"))
	switch {
	case m == nil || m.Ephemeral:
		return nil, nil, apiError{code: "message_not_found"}
	case !m.byApp:
		return nil, nil, apiError{code: others}
	}
	return ch, m, nil
}

// chatUpdate edits one of the bot's messages. Text without blocks removes the blocks; metadata stays unless given.
func (w *Workspace) chatUpdate(c call) (obj, error) {
	ch, m, err := w.own(c, "cant_update_message")
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, apiError{code: "is_archived"}
	}
	said, err := w.content(c)
	if err != nil {
		return nil, err
	}
	if said.metadata != nil {
		m.Metadata = said.metadata
	}
	w.rewrite(m, said.text, said.blocks)
	return obj{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": w.messageJSON(m)}, nil
}

func (w *Workspace) chatDelete(c call) (obj, error) {
	ch, m, err := w.own(c, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	w.takeAway(ch, m)
	return obj{"channel": ch.ID, "ts": m.TS}, nil
}

func (w *Workspace) chatEphemeral(c call) (obj, error) {
	ch, err := w.target(c.text("channel"))
	if err != nil {
		return nil, err
	}
	if !ch.has(c.text("user")) {
		return nil, apiError{code: "user_not_in_channel"}
	}
	said, err := w.content(c)
	if err != nil {
		return nil, err
	}
	m := w.whisper(ch, c.text("user"), said)
	m.ThreadTS = c.text("thread_ts")
	return obj{"message_ts": m.TS}, nil
}

// whisper shows one person an ephemeral message. The caller holds the lock.
func (w *Workspace) whisper(ch *channel, user string, said content) *message {
	m := &message{blocks: said.blocks, byApp: true,
		Message: Message{User: w.opt.BotUserID, Text: said.text, Ephemeral: true, For: user}}
	w.append(ch, m)
	return m
}

func (w *Workspace) chatPermalink(c call) (obj, error) {
	ch := w.channels[c.text("channel")]
	if ch == nil {
		return nil, apiError{code: "channel_not_found"}
	}
	m := ch.find(c.text("message_ts"))
	if m == nil || m.Ephemeral {
		return nil, apiError{code: "message_not_found"}
	}
	return obj{"channel": ch.ID, "permalink": "https://" + w.domain() + ".slack.com/archives/" + ch.ID + "/p" +
		strings.ReplaceAll(m.TS, ".", "")}, nil
}
