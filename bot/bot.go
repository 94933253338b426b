package bot

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"hallpass/flows"
)

// Config is what a Bot is made of. Engine, Store, Chats, Clock and Reach are needed; the zero value of the rest is fine.
type Config struct {
	Engine Engine
	Store  flows.Store
	Chats  map[string]Chat // by platform
	Clock  flows.Clock
	Log    zerolog.Logger

	// FeedReason shows in the feed what people typed. Without it the feed holds no typed text.
	FeedReason bool
	HelpText   string // where to ask for help, closing refusals and help: "Ask #access-help."

	// Integrations are the names of all targets; Titles and Residuals say what they are called and how long sessions outlive a removal.
	Integrations []string
	Titles       func(integration string) string
	Residuals    func(integration string) flows.Residual

	// Reach finds the account of somebody who has not used the chat yet. ErrNotFound when there is none.
	Reach func(ctx context.Context, p flows.PersonID, platform string) (flows.Account, error)
	// Channel is told whether a channel can carry our messages, and why not; an empty why means that it can. May be nil.
	Channel func(ctx context.Context, at flows.Place, why string) error
	// NewID makes nonces and references; random unless given.
	NewID func() string
}

// Bot is what people see and press, on any chat. It implements Inbound for the adapters and draws posts for the scheduler.
type Bot struct {
	Config
}

var _ Inbound = (*Bot)(nil)

// New makes a Bot.
func New(c Config) *Bot {
	if c.NewID == nil {
		c.NewID = func() string { return strings.ToLower(rand.Text()) }
	}
	if c.Titles == nil {
		c.Titles = func(integration string) string { return integration }
	}
	if c.Residuals == nil {
		c.Residuals = func(string) flows.Residual { return flows.Residual{} }
	}
	return &Bot{Config: c}
}

// How long people wait while the outside is asked. A trigger lasts 3 s on Slack (api.slack.com/interactivity/handling), and so does
// the time to acknowledge.
const (
	openWithin  = 2 * time.Second
	checkWithin = 1500 * time.Millisecond
)

// identify says who is behind an account. A refusal is written to the audit log.
func (b *Bot) identify(ctx context.Context, a flows.Account, what string) (flows.Actor, error) {
	who, err := b.Engine.Identify(ctx, a)
	if err != nil {
		b.refused(ctx, a, what, err)
	}
	return who, err
}

// local says who an account is linked to by what is stored: good enough to show people their own things, never to act.
func (b *Bot) local(ctx context.Context, a flows.Account) (flows.PersonID, error) {
	var p flows.PersonID
	err := b.Store.View(ctx, func(tx flows.Tx) error {
		id, err := tx.Identity(a)
		if err == nil && id.Suspended == "" {
			p = id.Person
		}
		return missing(err)
	})
	if err != nil || p != "" {
		return p, err
	}
	who, err := b.Engine.Identify(ctx, a)
	return who.Person.ID, err
}

// chat is the platform of that name, or the only one there is.
func (b *Bot) chat(platform string) (Chat, error) {
	if c, ok := b.Chats[platform]; ok {
		return c, nil
	}
	if platform == "" && len(b.Chats) == 1 {
		for _, c := range b.Chats {
			return c, nil
		}
	}
	return nil, &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "no chat is configured for " + platform}
}

// AccountChanged has the link of an account looked at again.
func (b *Bot) AccountChanged(ctx context.Context, a flows.Account) error {
	return b.Engine.AccountChanged(ctx, a)
}
