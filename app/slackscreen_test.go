package app_test

import (
	"encoding/json"
	"strings"

	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// slackScreen is Slack in front of a town's people.
type slackScreen struct{ w *town }

func (s slackScreen) begins() string                    { return "/access" }
func (s slackScreen) account(who sandbox.Person) string { return who.Slack }

func (s slackScreen) calls(who sandbox.Person, command string) string {
	s.w.Helper()
	return s.w.types(who, command)
}

func (s slackScreen) opens(who sandbox.Person, want string) {
	s.w.Helper()
	if said := s.w.types(who, want); said != "" || s.form(who) == "" {
		s.w.Fatalf("%s types %s and reads: %s", who.Name, want, said)
	}
}

func (s slackScreen) form(who sandbox.Person) string {
	v := s.w.c.Slack.View(who.Slack)
	if v == nil {
		return ""
	}
	return s.w.c.Slack.ViewText(*v)
}

// fills types into a field or chooses there, as its kind asks for.
func (s slackScreen) fills(who sandbox.Person, field, text string) {
	s.w.Helper()
	view, block := s.w.form(who, field)
	value := slack.Chosen(text)
	switch kind := kindOf(view, block); {
	case kind == "plain_text_input":
		value = slack.Typed(text)
	case strings.Contains(kind, "external"):
		offered, err := s.w.c.Slack.Options(s.w.Context(), who.Slack, view.ID, block, field, text)
		if err != nil || len(offered) == 0 {
			s.w.Fatalf("%s types %s and is offered nothing: %v", who.Name, text, err)
		}
		value = slack.Chosen(offered[0].Value)
	}
	if err := s.w.c.Slack.Fill(s.w.Context(), who.Slack, view.ID, block, field, value); err != nil {
		s.w.Fatalf("%s fills %s: %v", who.Name, field, err)
	}
}

func (s slackScreen) looks(sandbox.Person) {}

// kindOf is the type of the element of a block.
func kindOf(v *slack.View, block string) string {
	var blocks []struct {
		BlockID string `json:"block_id"`
		Element struct{ Type string }
	}
	if json.Unmarshal(v.Blocks, &blocks) == nil {
		for _, b := range blocks {
			if b.BlockID == block {
				return b.Element.Type
			}
		}
	}
	return ""
}

func (s slackScreen) sends(who sandbox.Person) string {
	s.w.Helper()
	if s.w.sends(who) == "" {
		return ""
	}
	return s.form(who)
}

func (s slackScreen) messages(who sandbox.Person) []string {
	var keys []string
	for _, m := range s.w.messages(who) {
		keys = append(keys, m.TS)
	}
	return keys
}

// reads is without the bar that stands beside a quotation.
func (s slackScreen) reads(who sandbox.Person, key string) string {
	m, found := s.w.c.Slack.Message(s.w.c.Slack.DM(who.Slack), key)
	if !found {
		return ""
	}
	return plainly(s.w.text(m, who))
}

func (s slackScreen) message(who sandbox.Person, key string) slack.Message {
	s.w.Helper()
	m, found := s.w.c.Slack.Message(s.w.c.Slack.DM(who.Slack), key)
	if !found {
		s.w.Fatalf("%s has no message %s", who.Name, key)
	}
	return m
}

// action is the id of the button with these words.
func (s slackScreen) action(m slack.Message, button string) string {
	s.w.Helper()
	var blocks []struct {
		Elements []struct {
			ActionID string `json:"action_id"`
			Text     json.RawMessage
		}
	}
	if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
		s.w.Fatal(err)
	}
	for _, b := range blocks {
		for _, e := range b.Elements {
			var words struct{ Text string }
			if e.ActionID != "" && json.Unmarshal(e.Text, &words) == nil && words.Text == button {
				return e.ActionID
			}
		}
	}
	s.w.Fatalf("there is no button %q on\n%s", button, s.w.c.Slack.Text(m))
	return ""
}

func (s slackScreen) presses(who sandbox.Person, key, button string) {
	s.w.Helper()
	m := s.message(who, key)
	s.w.press(who, m, s.action(m, button))
}

func (s slackScreen) saw(who sandbox.Person, key, button string) func() {
	s.w.Helper()
	m := s.message(who, key)
	action := s.action(m, button)
	return func() {
		s.w.Helper()
		if err := s.w.c.Slack.PressStale(s.w.Context(), who.Slack, m, action); err != nil {
			s.w.Fatal(err)
		}
	}
}

func (s slackScreen) lends(owner sandbox.Person, key, button string, to sandbox.Person) {
	s.w.Helper()
	m := s.message(owner, key)
	payload, err := s.w.c.Slack.Payload(owner.Slack, m.Channel, m.TS, s.action(m, button))
	if err != nil {
		s.w.Fatal(err)
	}
	delete(payload, "user")
	delete(payload, "trigger_id")
	if err := s.w.c.Slack.PressForged(s.w.Context(), to.Slack, payload); err != nil {
		s.w.Fatal(err)
	}
}

func (s slackScreen) repeats(times int) { s.w.c.Slack.Duplicate(times) }

func (s slackScreen) feed(request string) string { return s.w.feed(request) }
func (s slackScreen) alarms() []string           { return s.w.alarms() }

func (s slackScreen) wait(what string, ready func() bool) {
	s.w.Helper()
	s.w.until(what, s.w.c.Slack.Wait, ready)
}
