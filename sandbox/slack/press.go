package slack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
)

// reading finds a person and a message on their screen. The caller holds the lock.
func (w *Workspace) reading(user, channel, ts string) (*User, *message, error) {
	u, err := w.person(user)
	if err != nil {
		return nil, nil, err
	}
	ch := w.channels[channel]
	if ch == nil || !ch.has(user) {
		return nil, nil, fmt.Errorf("%s cannot see channel %s", u.RealName, channel)
	}
	m := ch.find(ts)
	if m == nil || (m.Ephemeral && m.For != user) {
		return nil, nil, fmt.Errorf("%s sees no message %s in channel %s", u.RealName, ts, channel)
	}
	return u, m, nil
}

// Press presses a button of a message as it stands now. The button is named by its action_id, or by block_id/action_id where the
// action_id stands more than once. A confirmation dialog is answered with yes. The error is what the person would notice.
func (w *Workspace) Press(ctx context.Context, user, channel, ts, actionID string) error {
	return w.Choose(ctx, user, channel, ts, actionID, Value{})
}

// Choose uses any element of a message: a button like Press, or a menu with a value.
func (w *Workspace) Choose(ctx context.Context, user, channel, ts, actionID string, v Value) error {
	w.mu.Lock()
	u, m, err := w.reading(user, channel, ts)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	payload, err := w.pressed(u, m, m.blocks, actionID, v)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	_, err = w.ask(ctx, kindInteractive, "block_actions "+actionID, payload)
	return err
}

// PressStale presses a button of a message as it was when seen earlier: a slow screen, a cached notification.
func (w *Workspace) PressStale(ctx context.Context, user string, seen Message, actionID string) error {
	blocks, err := decode(seen.Blocks)
	list, isList := blocks.([]any)
	if err != nil || !isList {
		return fmt.Errorf("the message as it was seen has no blocks")
	}
	w.mu.Lock()
	u, err := w.person(user)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	m := &message{Message: seen, blocks: list, byApp: true}
	payload, err := w.pressed(u, m, list, actionID, Value{})
	w.mu.Unlock()
	if err != nil {
		return err
	}
	_, err = w.ask(ctx, kindInteractive, "block_actions "+actionID, payload)
	return err
}

// PressForged sends the app an interaction with whatever payload the caller made, over the socket. Fields that are missing and that
// every interaction has (team, user, api_app_id, a fresh trigger_id) are filled in for that user; the user need not exist.
func (w *Workspace) PressForged(ctx context.Context, user string, payload map[string]any) error {
	w.mu.Lock()
	u := w.people[user]
	if u == nil {
		u = &User{ID: user, Name: "nobody", TeamID: "T0ELSEWHERE"}
	}
	full := w.interaction("block_actions", u)
	full["trigger_id"] = w.newTrigger(user, "")
	w.mu.Unlock()
	maps.Copy(full, payload)
	_, err := w.ask(ctx, kindInteractive, "a forged press", full)
	return err
}

// Payload is the block_actions payload that pressing would send now; a test changes it and hands it to PressForged.
func (w *Workspace) Payload(user, channel, ts, actionID string) (map[string]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, m, err := w.reading(user, channel, ts)
	if err != nil {
		return nil, err
	}
	return w.pressed(u, m, m.blocks, actionID, Value{})
}

// pressed is the payload of an act on a message. The caller holds the lock.
func (w *Workspace) pressed(u *User, m *message, blocks []any, actionID string, v Value) (obj, error) {
	block, e, err := find(blocks, "", actionID)
	if err != nil {
		return nil, err
	}
	action, value, err := w.act(block, e, v, nil)
	if err != nil {
		return nil, err
	}
	values := initialValues(blocks)
	if id := fmt.Sprint(block["block_id"]); value != nil {
		if values[id] == nil {
			values[id] = map[string]obj{}
		}
		values[id][fmt.Sprint(e["action_id"])] = value
	}
	container := obj{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.Ephemeral}
	whole := w.messageJSON(m)
	if m.Ephemeral {
		whole = obj{"type": "message", "ts": m.TS, "text": m.Text, "bot_id": w.botID()} // Slack keeps no copy of it
	}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload := w.interaction("block_actions", u)
	maps.Copy(payload, obj{"container": container, "channel": w.channelName(m.Channel), "message": whole,
		"state": obj{"values": values}, "actions": []any{action}, "trigger_id": w.newTrigger(u.ID, ""),
		"response_url": w.answerURLFor(m.Channel, u.ID, m.TS)})
	return payload, nil
}

// act is the entry of actions[] for using an element, and its new value. The caller holds the lock.
func (w *Workspace) act(block, e obj, v Value, offered []obj) (action, value obj, err error) {
	kind, _ := e["type"].(string)
	action = obj{"type": kind, "action_id": e["action_id"], "block_id": block["block_id"], "action_ts": w.ts()}
	if kind == "button" {
		for _, name := range []string{"text", "value", "style", "url", "confirm"} {
			if e[name] != nil {
				action[name] = e[name]
			}
		}
		return action, nil, nil
	}
	value, err = valueOf(e, v, offered)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(action, value)
	return action, value, nil
}

// find finds the element with an action_id, in one block or anywhere; block_id/action_id names both.
func find(blocks []any, blockID, actionID string) (block, e obj, err error) {
	var found, within []obj
	var present []string
	eachElement(blocks, func(b, candidate obj) {
		id, at := fmt.Sprint(candidate["action_id"]), fmt.Sprint(b["block_id"])
		present = append(present, id)
		whole := blockID == "" && actionID == at+"/"+id
		if (id == actionID && (blockID == "" || blockID == at)) || whole {
			found, within = append(found, candidate), append(within, b)
		}
	})
	switch len(found) {
	case 1:
		return within[0], found[0], nil
	case 0:
		return nil, nil, fmt.Errorf("nothing on the screen has the action_id %s; there are: %s", actionID, strings.Join(present, ", "))
	}
	return nil, nil, fmt.Errorf("%d elements have the action_id %s: name one as block_id/action_id", len(found), actionID)
}

// errNoView tells that a modal is not what the person has in front of them.
var errNoView = errors.New("that view is not on top of the person's screen")
