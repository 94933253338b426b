package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// Reply is what a person sees right after a slash command.
type Reply struct {
	Text      string
	Blocks    json.RawMessage
	Ephemeral bool
	TS        string // of the message that shows it, empty when nothing was shown
	Err       string // Slack's own words when the app failed: dispatch_failed, operation_timeout
}

// Slash types a slash command as that person, in their direct message with the bot when channel is empty, and waits for the app's
// acknowledgement. A failure of the app is in Reply.Err, as the person sees it; the error is for people who cannot type that at all.
func (w *Workspace) Slash(ctx context.Context, user, channel, command, text string) (Reply, error) {
	w.mu.Lock()
	u, err := w.person(user)
	if channel == "" {
		channel = dmID(user)
	}
	if err == nil {
		err = w.canSlash(u, channel)
	}
	if err != nil {
		w.mu.Unlock()
		return Reply{}, err
	}
	payload := w.slashPayload(u, channel, command, text)
	w.mu.Unlock()
	answer, err := w.ask(ctx, kindSlash, "command "+command, payload)
	if err != nil {
		return Reply{Err: err.Error()}, outside(err)
	}
	return w.shown(channel, user, answer), nil
}

// outside keeps the errors that are not the app's: a closed workspace, a caller who gave up.
func outside(err error) error {
	if errors.Is(err, ErrTimeout) || errors.Is(err, ErrNoConnection) {
		return nil
	}
	return err
}

func (w *Workspace) canSlash(u *User, channel string) error {
	ch := w.channels[channel]
	switch {
	case u.Stranger || u.TeamID != w.opt.TeamID:
		return fmt.Errorf("%s is not of this workspace: Slack offers its commands to nobody else", u.RealName)
	case ch == nil || !ch.has(u.ID):
		return fmt.Errorf("%s is not in channel %s", u.RealName, channel)
	}
	return nil
}

func (w *Workspace) slashPayload(u *User, channel, command, text string) obj {
	ch := w.channels[channel]
	name := ch.Name
	switch {
	case ch.with != "":
		name = "directmessage"
	case ch.Private:
		name = "privategroup"
	}
	return obj{"token": "deprecated", "team_id": w.opt.TeamID, "team_domain": w.domain(), "channel_id": channel,
		"channel_name": name, "user_id": u.ID, "user_name": u.Name, "command": command,
		"text": w.asTyped(text, !w.opt.PlainMentions, true), "api_app_id": w.opt.AppID, "is_enterprise_install": "false",
		"response_url": w.answerURLFor(channel, u.ID, ""), "trigger_id": w.newTrigger(u.ID, "")}
}

// shown puts the payload of a command's acknowledgement on the screen.
func (w *Workspace) shown(channel, user string, answer any) Reply {
	if words, isText := answer.(string); isText {
		answer = obj{"text": words}
	}
	body, isMessage := answer.(obj)
	if !isMessage {
		return Reply{}
	}
	defer w.flush()
	w.mu.Lock()
	defer w.mu.Unlock()
	c := call{method: "the answer to a command", args: body}
	said, err := w.content(c)
	if err != nil {
		w.problem("%s was refused: %s", c.method, err)
		return Reply{Err: "dispatch_failed"}
	}
	m := w.show(w.channels[channel], user, c.text("response_type"), said)
	return Reply{Text: said.text, Blocks: m.Blocks, Ephemeral: m.Ephemeral, TS: m.TS}
}

// Shortcut starts a global shortcut as that person.
func (w *Workspace) Shortcut(ctx context.Context, user, callbackID string) error {
	w.mu.Lock()
	u, err := w.person(user)
	if err == nil && (u.Stranger || u.TeamID != w.opt.TeamID) {
		err = fmt.Errorf("%s is not of this workspace: Slack offers its shortcuts to nobody else", u.RealName)
	}
	if err != nil {
		w.mu.Unlock()
		return err
	}
	payload := w.interaction("shortcut", u)
	payload["callback_id"], payload["action_ts"] = callbackID, w.ts()
	payload["trigger_id"] = w.newTrigger(user, "")
	w.mu.Unlock()
	_, err = w.ask(ctx, kindInteractive, "shortcut "+callbackID, payload)
	return err
}

// MessageShortcut starts a message shortcut on a message that the person can see.
func (w *Workspace) MessageShortcut(ctx context.Context, user, channel, ts, callbackID string) error {
	w.mu.Lock()
	u, m, err := w.reading(user, channel, ts)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	payload := w.interaction("message_action", u)
	maps.Copy(payload, obj{"callback_id": callbackID, "action_ts": w.ts(), "message_ts": ts, "message": w.messageJSON(m),
		"channel": w.channelName(channel), "trigger_id": w.newTrigger(user, ""),
		"response_url": w.answerURLFor(channel, user, ts)})
	w.mu.Unlock()
	_, err = w.ask(ctx, kindInteractive, "message shortcut "+callbackID, payload)
	return err
}

// interaction is what all interactive payloads share. The caller holds the lock.
func (w *Workspace) interaction(kind string, u *User) obj {
	return obj{"type": kind, "token": "deprecated", "api_app_id": w.opt.AppID, "enterprise": nil, "is_enterprise_install": false,
		"team": obj{"id": w.opt.TeamID, "domain": w.domain()},
		"user": obj{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID}}
}

func (w *Workspace) channelName(id string) obj {
	ch := w.channels[id]
	if ch == nil {
		return obj{"id": id, "name": "unknown"}
	}
	if ch.with != "" {
		return obj{"id": id, "name": "directmessage"}
	}
	return obj{"id": id, "name": ch.Name}
}

// Say writes to the bot in the person's direct message; the app hears of it by an event.
func (w *Workspace) Say(_ context.Context, user, text string) (string, error) {
	return w.say(user, dmID(user), text, "message.im", obj{"type": "message", "channel_type": "im"})
}

// Mention writes to the bot in a channel, by its name.
func (w *Workspace) Mention(_ context.Context, user, channel, text string) (string, error) {
	return w.say(user, channel, "<@"+w.opt.BotUserID+"> "+text, "app_mention", obj{"type": "app_mention"})
}

func (w *Workspace) say(user, channel, text, event string, body obj) (string, error) {
	w.mu.Lock()
	u, err := w.person(user)
	ch := w.channels[channel]
	switch {
	case err != nil:
	case ch == nil || !ch.has(user):
		err = fmt.Errorf("%s is not in channel %s", u.RealName, channel)
	case ch.Archived:
		err = fmt.Errorf("channel %s is archived", channel)
	}
	if err != nil {
		w.mu.Unlock()
		return "", err
	}
	m := &message{Message: Message{User: user, Text: w.asTyped(text, true, false)}}
	w.append(ch, m)
	said := obj{"user": user, "text": m.Text, "ts": m.TS, "channel": channel, "team": w.opt.TeamID, "user_team": u.TeamID,
		"client_msg_id": w.uuid()}
	w.mu.Unlock()
	maps.Copy(said, body)
	w.emit(event, said)
	return m.TS, nil
}

// OpenHome opens the app's Home tab as that person; the app hears of it by an event.
func (w *Workspace) OpenHome(_ context.Context, user string) error {
	w.mu.Lock()
	_, err := w.person(user)
	event := obj{"type": "app_home_opened", "user": user, "channel": dmID(user), "tab": "home"}
	if v := w.homes[user]; v != nil {
		event["view"] = w.viewJSON(v)
	}
	w.mu.Unlock()
	if err != nil {
		return err
	}
	w.emit("app_home_opened", event)
	return nil
}

var (
	escapeTyped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	typedName   = regexp.MustCompile(`(^|\s)([@#])([\p{L}\p{N}._-]+)`)
	realMention = regexp.MustCompile(`&lt;([@#][A-Z0-9]{2,}(?:\|[^&<>|]*)?)&gt;`)
)

// asTyped is text as it reaches the app: & < > escaped, @name and #channel made references when they name somebody or something.
// A mention in its raw form <@U123> is what a client sends after a pick from its list, and passes. The caller holds the lock.
func (w *Workspace) asTyped(text string, mentions, named bool) string {
	text = escapeTyped.Replace(text)
	if !mentions {
		return text
	}
	text = realMention.ReplaceAllString(text, "<$1>")
	return typedName.ReplaceAllStringFunc(text, func(found string) string {
		part := typedName.FindStringSubmatch(found)
		reference := w.byName(part[2], part[3])
		switch {
		case reference == "":
			return found
		case named:
			return part[1] + "<" + reference + "|" + part[3] + ">"
		}
		return part[1] + "<" + reference + ">"
	})
}

// byName is the reference to whoever or whatever has that name, empty when nobody has. The caller holds the lock.
func (w *Workspace) byName(sigil, name string) string {
	if sigil == "@" {
		for _, id := range w.order {
			if w.people[id].Name == name && !w.people[id].Deleted {
				return "@" + id
			}
		}
		for _, g := range w.groups {
			if g.Handle == name {
				return "!subteam^" + g.ID
			}
		}
		return ""
	}
	for id, ch := range w.channels {
		if ch.Name == name && ch.with == "" {
			return "#" + id
		}
	}
	return ""
}
