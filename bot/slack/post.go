package slack

import (
	"context"
	"sync"

	"hallpass/bot"
	"hallpass/flows"

	api "github.com/slack-go/slack"
)

// postEvent is the event type under which a message keeps the key of our post, so that one whose answer was lost can be known again.
const (
	postEvent = "hallpass_post"
	postKey   = "key"
)

// directs remembers the direct conversation of each account; Slack never gives anybody another one.
type directs struct {
	mu    sync.Mutex
	known map[flows.Account]string
}

// Direct is the direct conversation with an account.
func (s *Slack) Direct(ctx context.Context, a flows.Account) (bot.Address, error) {
	s.direct.mu.Lock()
	id := s.direct.known[a]
	s.direct.mu.Unlock()
	if id == "" {
		ch, _, _, err := s.web.OpenConversationContext(ctx, &api.OpenConversationParameters{Users: []string{a.User}})
		if err != nil {
			return bot.Address{}, s.classify(ctx, reading, err)
		}
		id = ch.ID
		s.direct.mu.Lock()
		if s.direct.known == nil {
			s.direct.known = map[flows.Account]string{}
		}
		s.direct.known[a] = id
		s.direct.mu.Unlock()
	}
	return bot.Address{Platform: Platform, Workspace: a.Workspace, Channel: id}, nil
}

// content is a card as the options of a call. parse is none everywhere: chat.update would otherwise link what looks like an address.
func content(c bot.Card) []api.MsgOption {
	m := render(c)
	return []api.MsgOption{api.MsgOptionText(m.text, false), api.MsgOptionBlocks(m.blocks...), api.MsgOptionParse(false)}
}

// Post sends a card. Its error is Unknown when the message may stand.
func (s *Slack) Post(ctx context.Context, to bot.Address, thread, key string, c bot.Card) (bot.Address, error) {
	options := append(content(c), api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl())
	if thread != "" {
		options = append(options, api.MsgOptionTS(thread))
	}
	if key != "" {
		options = append(options, api.MsgOptionMetadata(api.SlackMetadata{EventType: postEvent, EventPayload: map[string]any{postKey: key}}))
	}
	channel, ts, err := s.web.PostMessageContext(ctx, to.Channel, options...)
	if err != nil {
		return bot.Address{}, s.classify(ctx, posting, err)
	}
	return bot.Address{Platform: Platform, Workspace: to.Workspace, Channel: channel, TS: ts}, nil
}

// Update draws a message anew. A message that is no longer there is Refused: post another.
func (s *Slack) Update(ctx context.Context, at bot.Address, c bot.Card) error {
	_, _, _, err := s.web.UpdateMessageContext(ctx, at.Channel, at.TS, content(c)...)
	return s.classify(ctx, reading, err)
}

// Delete takes a message away; one that is gone already is done.
func (s *Slack) Delete(ctx context.Context, at bot.Address) error {
	_, _, err := s.web.DeleteMessageContext(ctx, at.Channel, at.TS)
	if code(err) == "message_not_found" {
		return nil
	}
	return s.classify(ctx, reading, err)
}

// Whisper shows a card to one account, until they reload.
func (s *Slack) Whisper(ctx context.Context, in bot.Address, to flows.Account, c bot.Card) error {
	_, err := s.web.PostEphemeralContext(ctx, in.Channel, to.User, content(c)...)
	return s.classify(ctx, posting, err)
}

// OpenForm answers a trigger, which lives for three seconds and works once.
func (s *Slack) OpenForm(ctx context.Context, trigger string, f bot.Form) error {
	view, err := modal(f)
	if err != nil {
		return err
	}
	_, err = s.web.OpenViewContext(ctx, trigger, view)
	return s.classify(ctx, reading, err)
}

// UpdateForm replaces an open form. When something else was drawn since, the newest change wins and an older one draws nothing.
func (s *Slack) UpdateForm(ctx context.Context, form bot.FormRef, f bot.Form) error {
	view, err := modal(f)
	if err != nil {
		return err
	}
	hash, newest := s.drawn.split(form)
	_, err = s.web.UpdateViewContext(ctx, view, "", hash, form.ID)
	if code(err) == "hash_conflict" {
		if !newest {
			return nil
		}
		_, err = s.web.UpdateViewContext(ctx, view, "", "", form.ID)
	}
	return s.classify(ctx, reading, err)
}

// ShowHome draws somebody's Home tab.
func (s *Slack) ShowHome(ctx context.Context, a flows.Account, h bot.Home) error {
	_, err := s.web.PublishViewContext(ctx, api.PublishViewContextRequest{UserID: a.User, View: home(h)})
	return s.classify(ctx, reading, err)
}

// Fit says why a channel cannot carry our messages, empty when it can.
func (s *Slack) Fit(ctx context.Context, _, channel string) (string, error) {
	ch, err := s.web.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: channel})
	switch {
	case code(err) == "channel_not_found":
		return refusals["channel_not_found"], nil
	case err != nil:
		return "", s.classify(ctx, reading, err)
	case ch.IsArchived:
		return refusals["is_archived"], nil
	case ch.IsExtShared:
		return "The Slack channel is shared with another company", nil
	case ch.IsPendingExtShared:
		return "The Slack channel is about to be shared with another company", nil
	case !ch.IsMember && !ch.IsIM:
		return refusals["not_in_channel"], nil
	}
	return "", nil
}
