package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hallpass/demo/page"
	"hallpass/sandbox"
	"hallpass/sandbox/teams"
)

// Chats that a person can sit in front of, as the page names them. Somebody in front of Teams is named by their id with onTeams behind it.
const (
	chatSlack = "slack"
	chatTeams = "teams"
	onTeams   = "/" + chatTeams
)

// dialogID is the id that the page knows the open dialog by; Teams has none.
const dialogID = "dialog"

var teamsCommands = []page.Command{
	{Text: "access", Does: "ask for access"},
	{Text: "access prod-db for 2h because OPS-1: replay", Does: "the same, filled in"},
	{Text: "mine", Does: "what you have and asked for"},
	{Text: "pending", Does: "what waits for an answer"},
	{Text: "home", Does: "an overview"},
	{Text: "help", Does: "all commands"},
}

// inTeams finds the person who is named as sitting in front of Teams.
func inTeams(as string) (sandbox.Person, bool) {
	id, there := strings.CutSuffix(as, onTeams)
	if !there {
		return sandbox.Person{}, false
	}
	return person(id), true
}

// OpenChat begins to use a chat. Whoever opens Teams for the first time gets the app there, which only then can write to them.
func (w *World) OpenChat(ctx context.Context, as string) error {
	p, there := inTeams(as)
	if !there {
		return nil
	}
	w.mu.Lock()
	have := w.installed[p.Teams]
	w.installed[p.Teams] = true
	w.mu.Unlock()
	if have {
		return nil
	}
	err := w.company.Teams.Install(ctx, p.Teams, "")
	if err != nil {
		w.mu.Lock()
		delete(w.installed, p.Teams)
		w.mu.Unlock()
	}
	return err
}

// channelsInTeams is the personal chat: the company's feed and its help are in Slack.
func (w *World) channelsInTeams(p sandbox.Person) []page.Channel {
	return []page.Channel{w.channelInTeams(p, w.company.Teams.DM(p.Teams), "Hallpass", page.Direct)}
}

func (w *World) channelInTeams(p sandbox.Person, id, name string, kind page.ChannelKind) page.Channel {
	said := w.company.Teams.See(p.Teams, id)
	c := page.Channel{ID: id, Name: name, Kind: kind, Unread: w.unreadInTeams(p, id, said), Messages: []page.Message{}}
	for _, m := range said {
		shown := page.Message{TS: m.ID, From: slackID(m.User), App: m.User == "", Text: m.Text, Card: m.Card, Edited: m.Edited, Ephemeral: m.Targeted, Posted: sentAt(m.ID)}
		if m.Thread != m.ID {
			shown.Thread = m.Thread
		}
		c.Messages = append(c.Messages, shown)
	}
	return c
}

// unreadInTeams counts what the app wrote to a person since they looked.
func (w *World) unreadInTeams(p sandbox.Person, where string, said []teams.Message) int {
	w.mu.Lock()
	seen := w.read[seat{p.Teams, where}]
	w.mu.Unlock()
	n := 0
	for _, m := range said {
		if m.User != p.Teams && m.ID > seen {
			n++
		}
	}
	return n
}

// slackID is the id by which the page knows a person.
func slackID(object string) string {
	for _, p := range sandbox.People() {
		if p.Teams == object {
			return p.Slack
		}
	}
	return ""
}

// sentAt reads the time out of a message's id, which counts milliseconds.
func sentAt(id string) time.Time {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// dialog is what is open in front of a person in Teams.
func (w *World) dialog(p sandbox.Person) *page.View {
	d := w.company.Teams.Dialog(p.Teams)
	if d == nil {
		return nil
	}
	return &page.View{ID: dialogID, Body: encode(map[string]any{"title": d.Title, "card": d.Card}), Values: encode(d.Values)}
}

// sayInTeams writes to the app: directly, or by its name in a channel.
func (w *World) sayInTeams(ctx context.Context, p sandbox.Person, channel, text string) error {
	if err := w.OpenChat(ctx, p.Slack+onTeams); err != nil {
		return err
	}
	where := channel
	if where == w.company.Teams.DM(p.Teams) {
		where = ""
	}
	return w.company.Teams.Screen(p.Teams).Says(ctx, where, text)
}

// readInTeams notes what somebody has seen. Cards that refresh themselves for this person do so when they are looked at.
func (w *World) readInTeams(ctx context.Context, p sandbox.Person, channel string) error {
	_, err := w.company.Teams.Look(ctx, p.Teams, channel)
	return err
}

// pressInTeams fills in what stands on the card and presses one of its buttons; it returns the line that Teams shows in answer, if any.
func (w *World) pressInTeams(ctx context.Context, p sandbox.Person, at page.Spot, value json.RawMessage) (string, error) {
	var filled map[string]json.RawMessage
	if len(value) > 0 {
		if err := json.Unmarshal(value, &filled); err != nil {
			return "", fmt.Errorf("the fields of a card are an object: %w", err)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(filled)) {
		at.Block = field
		if err := w.fillInTeams(p, at, filled[field]); err != nil {
			return "", err
		}
	}
	if at.View != "" {
		got, err := w.company.Teams.Submit(ctx, p.Teams, at.Action)
		return got.Text, errors.Join(err, objected(got.Err, got.Errors))
	}
	got, err := w.company.Teams.Press(ctx, p.Teams, at.Channel, at.TS, at.Action)
	return got.Text, errors.Join(err, objected(got.Err, got.Errors))
}

// objected is what Teams says in place of sending, nil for nothing.
func objected(said string, fields map[string]string) error {
	if said == "" {
		said = strings.Join(slices.Sorted(maps.Values(fields)), " ")
	}
	if said == "" {
		return nil
	}
	return sentence(said)
}

// fillInTeams puts a value into the field of the dialog, or of a card, whose name is the block of the spot: a text, a list of choices, or whether it is ticked.
func (w *World) fillInTeams(p sandbox.Person, at page.Spot, value json.RawMessage) error {
	given, err := givenInTeams(value)
	if err != nil {
		return err
	}
	if at.View != "" {
		return w.company.Teams.Fill(p.Teams, at.Block, given)
	}
	return w.company.Teams.FillIn(p.Teams, at.Channel, at.TS, at.Block, given)
}

func givenInTeams(value json.RawMessage) (teams.Value, error) {
	var ticked bool
	if json.Unmarshal(value, &ticked) == nil && len(value) > 0 && string(value) != "null" {
		return teams.Ticked(ticked), nil
	}
	given, err := wordsIn(value)
	switch {
	case err != nil:
		return teams.Value{}, err
	case len(given) == 0:
		return teams.Nothing(), nil
	case value[0] == '[':
		return teams.Chosen(given...), nil
	}
	return teams.Typed(given[0]), nil
}

// optionsInTeams asks the app for what a typeahead offers.
func (w *World) optionsInTeams(ctx context.Context, p sandbox.Person, at page.Spot, query string) ([]page.Option, error) {
	var offered []teams.Option
	var err error
	if at.View != "" {
		offered, err = w.company.Teams.Options(ctx, p.Teams, at.Block, query)
	} else {
		offered, err = w.company.Teams.OptionsIn(ctx, p.Teams, at.Channel, at.TS, at.Block, query)
	}
	out := make([]page.Option, 0, len(offered))
	for _, o := range offered {
		out = append(out, page.Option{Text: o.Text, Value: o.Value})
	}
	return out, err
}

// mayApproveInTeams tells whether somebody has a card with an Approve on it in Teams.
func (w *World) mayApproveInTeams(p sandbox.Person) bool {
	for _, m := range w.company.Teams.See(p.Teams, w.company.Teams.DM(p.Teams)) {
		var card any
		if json.Unmarshal(m.Card, &card) == nil && hasTitle(card, "Approve") {
			return true
		}
	}
	return false
}

// hasTitle looks for something whose title begins so, anywhere in a card.
func hasTitle(v any, prefix string) bool {
	switch v := v.(type) {
	case map[string]any:
		title, _ := v["title"].(string)
		if strings.HasPrefix(title, prefix) {
			return true
		}
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), func(inner any) bool { return hasTitle(inner, prefix) })
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return hasTitle(inner, prefix) })
	}
	return false
}
