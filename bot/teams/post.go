package teams

import (
	"context"
	"net/http"

	"hallpass/bot"
	"hallpass/flows"
)

// created is the connector's answer to a new conversation.
type created struct {
	ID string `json:"id"`
}

// newChat asks for the personal chat with somebody. Teams gives the same one every time.
type newChat struct {
	Bot         recipient   `json:"bot"`
	Members     []recipient `json:"members"`
	Tenant      string      `json:"tenantId"`
	ChannelData struct {
		Tenant recipient `json:"tenant"`
	} `json:"channelData"`
	Group bool `json:"isGroup"`
}

// botMark begins the id of a bot in conversations.
const botMark = "28:"

// Direct is the personal chat with an account. Somebody who has not installed the app, or has taken it away, is Refused and not found: they
// cannot be reached on Teams.
func (t *Teams) Direct(ctx context.Context, a flows.Account) (bot.Address, error) {
	r, err := t.reference(ctx, a.Workspace, a.User)
	switch {
	case err != nil:
		return bot.Address{}, later("It is not known where this person can be written to", err, 0)
	case r.Gone:
		return bot.Address{}, refused("This person has removed the app in Teams", nil, true)
	case r.Conversation == "":
		if r, err = t.begin(ctx, a, r); err != nil {
			return bot.Address{}, err
		}
	}
	return bot.Address{Platform: Platform, Workspace: a.Workspace, Channel: r.Conversation}, nil
}

// begin opens a personal chat and keeps where it is.
func (t *Teams) begin(ctx context.Context, a flows.Account, r Reference) (Reference, error) {
	if !t.served(a.Workspace) || !guid.MatchString(a.User) {
		return r, refused("Teams does not know this person", nil, true)
	}
	if r.Service == "" {
		r.Service = t.cfg.ServiceURL
	}
	who := r.User
	if who == "" {
		who = a.User
	}
	body := newChat{Bot: recipient{botMark + t.cfg.AppID}, Members: []recipient{{who}}, Tenant: a.Workspace}
	body.ChannelData.Tenant = recipient{a.Workspace}
	var chat created
	if err := t.call(ctx, posting, http.MethodPost, route(r.Service, "conversations"), body, &chat); err != nil {
		call := flows.AsCall(err)
		if call.Outcome == flows.OutcomeUnknown { // the same chat comes of asking again
			call.Outcome = flows.OutcomeLater
		}
		return r, call
	}
	if chat.ID == "" {
		return r, later("Teams names no conversation with this person", nil, 0)
	}
	r.Conversation = chat.ID
	if err := t.keep(ctx, Reference{Tenant: a.Workspace, Of: chat.ID, Conversation: chat.ID, Service: r.Service}); err != nil {
		return r, later("Where this person can be written to could not be kept", err, 0)
	}
	if err := t.keep(ctx, r); err != nil {
		return r, later("Where this person can be written to could not be kept", err, 0)
	}
	return r, nil
}

// content is a card as a message.
func content(c card) outgoing {
	return outgoing{Type: "message", Summary: c.Fallback, Attachments: []attachment{{Kind: cardKind, Content: c}}}
}

// at is where a message of an address stands on the wire.
func (t *Teams) at(ctx context.Context, a bot.Address) (message, error) {
	service, err := t.service(ctx, a.Workspace, a.Channel)
	return message{service: service, conversation: a.Channel, id: a.TS}, err
}

// Post sends a card. Its error is Unknown when the message may stand. Teams keeps no key of ours with a message.
func (t *Teams) Post(ctx context.Context, to bot.Address, thread, _ string, c bot.Card) (bot.Address, error) {
	return t.post(ctx, to, thread, render(c))
}

func (t *Teams) post(ctx context.Context, to bot.Address, thread string, c card) (bot.Address, error) {
	m, err := t.at(ctx, to)
	if err != nil {
		return bot.Address{}, err
	}
	m.id = thread
	id, err := t.sendMessage(ctx, m, content(c))
	if err != nil {
		return bot.Address{}, err
	}
	return bot.Address{Platform: Platform, Workspace: to.Workspace, Channel: to.Channel, TS: id}, nil
}

// Update draws a message anew. A message that is no longer there is Refused: post another.
func (t *Teams) Update(ctx context.Context, at bot.Address, c bot.Card) error {
	return t.edit(ctx, at, render(c))
}

func (t *Teams) edit(ctx context.Context, at bot.Address, c card) error {
	m, err := t.at(ctx, at)
	if err != nil {
		return err
	}
	return t.editMessage(ctx, m, content(c))
}

// Delete takes a message away; one that is gone already is done.
func (t *Teams) Delete(ctx context.Context, at bot.Address) error {
	m, err := t.at(ctx, at)
	if err != nil {
		return err
	}
	err = t.deleteMessage(ctx, m)
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// Whisper shows a card to one account: in the personal chat, or where that cannot be, as a message in the conversation that only they see.
func (t *Teams) Whisper(ctx context.Context, in bot.Address, to flows.Account, c bot.Card) error {
	_, err := t.whisper(ctx, in, to, render(c))
	return err
}

func (t *Teams) whisper(ctx context.Context, in bot.Address, to flows.Account, c card) (bot.Address, error) {
	direct, err := t.Direct(ctx, to)
	if err == nil {
		direct, err = t.post(ctx, direct, "", c)
	}
	if err == nil || flows.AsCall(err).Outcome != flows.OutcomeRefused || in.Channel == "" {
		return direct, err
	}
	service, err := t.service(ctx, in.Workspace, in.Channel)
	if err != nil {
		return bot.Address{}, err
	}
	body := content(c)
	body.Recipient = &recipient{to.User}
	if r, err := t.reference(ctx, to.Workspace, to.User); err == nil && r.User != "" {
		body.Recipient.ID = r.User
	}
	address := route(service, "conversations", in.Channel, "activities") + "?isTargetedActivity=true"
	return bot.Address{}, t.call(ctx, posting, http.MethodPost, address, body, nil)
}
