package bot

import (
	"context"

	"hallpass/flows"
)

// nothingHere is what somebody reads who looks at a card that is not theirs. It says nothing about what the card is of.
const nothingHere = "Hallpass has nothing to show you here."

// Look draws the post at an address as its story is now, for the one person whom it is for. Nothing is changed by it, not even what the post is
// known to show. Whether they are that person is read from what is stored, before anything of the story is; acting takes more than that. ErrNotFound
// when no post is known to stand there: perhaps one is being posted this very moment.
func (b *Bot) Look(ctx context.Context, a flows.Account, at Address) (Card, error) {
	c := said(nothingHere)
	err := b.Store.View(ctx, func(tx flows.Tx) error {
		p, err := tx.PostAt(at.Platform, at.Workspace, at.Channel, at.TS)
		if err != nil {
			return err
		}
		id, err := tx.Identity(a)
		if err != nil || id.Suspended != "" || p.Person == "" || p.Person != id.Person {
			return missing(err)
		}
		s, err := b.load(tx, p.ID)
		if err == nil {
			c = drawn(s)
		}
		return err
	})
	return c, err
}

// drawn is the card of a story as a post shows it. What people may press is to be drawn anew when they look at it.
func drawn(s *Story) Card {
	c := card(s)
	c.Fresh = s.Post.Person != "" && !c.Final && c.hasButtons()
	return c
}

func (c Card) hasButtons() bool {
	for _, b := range c.Blocks {
		if len(b.Buttons) > 0 {
			return true
		}
	}
	return false
}
