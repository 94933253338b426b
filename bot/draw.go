package bot

import (
	"context"
	"errors"
	"fmt"

	"hallpass/flows"
)

// DrawPost carries out IntentPost: it shows a post as its story is now. An error means that it is to be drawn again; a *flows.CallError
// says how the chat answered, a *NotYet that it is too early. A crash after the chat has taken the message and before that is recorded may show it twice.
func (b *Bot) DrawPost(ctx context.Context, id flows.PostID) error {
	var s *Story
	if err := b.Store.View(ctx, func(tx flows.Tx) (err error) {
		s, err = b.load(tx, id)
		return err
	}); err != nil {
		return err
	}
	if s.Post.TS != "" && s.Post.Drawn >= s.Post.Wanted {
		return nil
	}
	if s.unsettled() {
		return &NotYet{After: digestAgain}
	}
	c, err := b.chat(s.Post.Platform)
	if err != nil {
		return err
	}
	p := s.Post
	if err := b.reach(ctx, c, &p); err != nil {
		return b.unreached(ctx, p, err)
	}
	drawn := drawn(s)
	err = b.show(ctx, c, &p, drawn)
	if adopted(p) && errors.Is(err, flows.ErrNotFound) { // pressed while it was taken away: the card that it doubled stands
		drawn.Final, err = true, nil
	}
	if err != nil {
		return b.unreached(ctx, p, err)
	}
	if s.unreached(p.Person) {
		if err := b.Engine.Reached(ctx, p.ID); err != nil {
			return err
		}
	}
	return b.keep(ctx, s, p, drawn.Final)
}

// unreached looks for another way to somebody whom a chat surely cannot reach. Without one the post stays due.
func (b *Bot) unreached(ctx context.Context, p flows.Post, why error) error {
	if p.Person == "" || p.TS != "" || !errors.Is(why, flows.ErrNotFound) {
		return why
	}
	moved, err := b.Engine.Unreached(ctx, p.ID)
	if err != nil || moved {
		return err
	}
	return why
}

// reach finds the conversation that a post goes to.
func (b *Bot) reach(ctx context.Context, c Chat, p *flows.Post) error {
	if p.Person == "" {
		return b.reachChannel(ctx, c, p)
	}
	if p.Channel != "" {
		return nil
	}
	a := flows.Account{Platform: c.Platform(), Workspace: p.Workspace, User: p.User}
	if a.User == "" {
		var err error
		if a, err = b.account(ctx, c, p); err != nil {
			return err
		}
	}
	at, err := c.Direct(ctx, a)
	if err != nil {
		return err
	}
	p.Platform, p.Workspace, p.User, p.Channel = c.Platform(), a.Workspace, a.User, at.Channel
	return nil
}

// account is where somebody can be written to: an account that is linked, else the one that the directory or the chat knows.
func (b *Bot) account(ctx context.Context, c Chat, p *flows.Post) (flows.Account, error) {
	var found flows.Account
	who := p.Person
	err := b.Store.View(ctx, func(tx flows.Tx) error {
		list, err := tx.IdentitiesOf(who)
		for _, i := range list {
			if i.Platform == c.Platform() && i.Suspended == "" && (found.User == "" || i.Workspace == p.Workspace) {
				found = i.Account
			}
		}
		return err
	})
	if err != nil || found.User != "" {
		return found, err
	}
	if b.Reach == nil {
		return found, &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "nobody knows an account of " + string(who), Cause: flows.ErrNotFound}
	}
	found, err = b.Reach(ctx, who, c.Platform())
	if errors.Is(err, flows.ErrNotFound) {
		err = &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: string(who) + " has no account in " + c.Platform(), Cause: err}
	}
	return found, err
}

// reachChannel checks that a channel can carry our messages. Nothing goes to one that is archived or shared outside: its lane is closed, and one
// probe every ten seconds looks whether that is over.
func (b *Bot) reachChannel(ctx context.Context, c Chat, p *flows.Post) error {
	if p.Channel == "" {
		return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "no channel is configured for this"}
	}
	why, err := b.lookAtChannel(ctx, c, flows.Place{Platform: c.Platform(), Workspace: p.Workspace, Channel: p.Channel})
	if err != nil || why == "" {
		return err
	}
	return &flows.CallError{Outcome: flows.OutcomeRefused, Lane: true, Sentence: fmt.Sprintf("the channel %s cannot carry messages: %s", p.Channel, why)}
}

// lookAtChannel asks the chat whether a channel can carry our messages, and has it noted.
func (b *Bot) lookAtChannel(ctx context.Context, c Chat, at flows.Place) (string, error) {
	why, err := c.Fit(ctx, at.Workspace, at.Channel)
	if err != nil || b.Channel == nil {
		return why, err
	}
	return why, b.Channel(ctx, at, why)
}

// LookAtChannel notices that a channel can no longer carry our messages, or can again, also when there is nothing to say in it.
func (b *Bot) LookAtChannel(ctx context.Context, at flows.Place) error {
	c, err := b.chat(at.Platform)
	if err != nil {
		return err
	}
	_, err = b.lookAtChannel(ctx, c, at)
	return err
}

// show edits the message, or posts it when there is none. A reminder replaces it: the old one goes, a new one comes below.
func (b *Bot) show(ctx context.Context, c Chat, p *flows.Post, drawn Card) error {
	at := Address{Platform: p.Platform, Workspace: p.Workspace, Channel: p.Channel, TS: p.TS}
	if p.TS != "" && p.Reminder > 0 {
		if err := c.Delete(ctx, at); err != nil && !errors.Is(err, flows.ErrNotFound) {
			return err
		}
		if err := b.gone(ctx, p); err != nil {
			return err
		}
	}
	if p.TS != "" {
		err := c.Update(ctx, at, drawn)
		if !errors.Is(err, flows.ErrNotFound) || adopted(*p) {
			return err
		}
	}
	at.TS = ""
	at, err := c.Post(ctx, at, "", p.Key, drawn)
	if err != nil {
		return err
	}
	p.TS = at.TS
	if at.Channel != "" {
		p.Channel = at.Channel
	}
	return nil
}

// gone records that the message of a post was taken away, so that what keeps the next one from being posted does not have it taken away again: that
// would be one more call each time, to a chat that counts them.
func (b *Bot) gone(ctx context.Context, p *flows.Post) error {
	p.TS = ""
	return b.Store.Change(ctx, func(tx flows.Tx) error {
		kept, err := tx.Post(p.ID)
		if err != nil {
			return err
		}
		kept.TS = ""
		return tx.PutPost(kept)
	})
}

// keep records where the post stands and what it shows. What was wanted meanwhile is still to be drawn: its intent is of a newer generation.
func (b *Bot) keep(ctx context.Context, s *Story, shown flows.Post, final bool) error {
	return b.Store.Change(ctx, func(tx flows.Tx) error {
		p, err := tx.Post(shown.ID)
		if err != nil {
			return err
		}
		p.Platform, p.Workspace, p.Channel, p.TS, p.User = shown.Platform, shown.Workspace, shown.Channel, shown.TS, shown.User
		p.Drawn = max(p.Drawn, s.Post.Wanted)
		p.Reminder = max(0, p.Reminder-s.Post.Reminder)
		p.Final = final && p.Wanted == p.Drawn
		if s.Request != nil {
			p.Shown = s.Request.Revision
		}
		return tx.PutPost(p)
	})
}

// Replies in a feed's thread. Slack bears 3,000 characters in a section (api.slack.com/reference/block-kit/blocks#section).
const (
	repliesAtOnce = 5  // more than these waiting become one reply
	linesPerReply = 12 // entries in one such reply
)

// DrawThread carries out IntentThread: it adds the entries after the post's cursor as replies below the feed line.
func (b *Bot) DrawThread(ctx context.Context, id flows.PostID) error {
	for {
		more, err := b.drawReply(ctx, id)
		if err != nil || !more {
			return err
		}
	}
}

// drawReply adds one reply and moves the cursor. It reports whether more may wait.
func (b *Bot) drawReply(ctx context.Context, id flows.PostID) (more bool, err error) {
	var s *Story
	var wait []flows.Entry
	if err := b.Store.View(ctx, func(tx flows.Tx) (err error) {
		if s, err = b.load(tx, id); err != nil {
			return err
		}
		wait, err = tx.Entries(flows.EntryFilter{Request: s.Post.Request, After: s.Post.Cursor})
		return err
	}); err != nil {
		return false, err
	}
	told := s.told(wait)
	switch {
	case len(wait) == 0:
		return false, nil
	case len(told) == 0:
		return false, b.moveCursor(ctx, id, wait[len(wait)-1].Seq)
	case s.Post.TS == "":
		return false, &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "the feed line is not posted yet"}
	}
	batch := told[:1]
	if len(told) > repliesAtOnce {
		batch = told[:min(len(told), linesPerReply)]
	}
	if err := b.reply(ctx, s, batch); err != nil {
		return false, err
	}
	return true, b.moveCursor(ctx, id, batch[len(batch)-1].Seq)
}

func (b *Bot) reply(ctx context.Context, s *Story, batch []flows.Entry) error {
	c, err := b.chat(s.Post.Platform)
	if err != nil {
		return err
	}
	p := s.Post
	if err := b.reachChannel(ctx, c, &p); err != nil {
		return err
	}
	to := Address{Platform: p.Platform, Workspace: p.Workspace, Channel: p.Channel}
	_, err = c.Post(ctx, to, p.TS, fmt.Sprintf("%s/%d", p.Key, batch[len(batch)-1].Seq), s.threadCard(batch))
	return err
}

func (b *Bot) moveCursor(ctx context.Context, id flows.PostID, to int64) error {
	return b.Store.Change(ctx, func(tx flows.Tx) error {
		p, err := tx.Post(id)
		if err != nil || p.Cursor >= to {
			return err
		}
		p.Cursor = to
		return tx.PutPost(p)
	})
}
