package bot

import (
	"context"
	"fmt"

	"hallpass/flows"
)

// OpenedHome draws the page that somebody has just opened.
func (b *Bot) OpenedHome(ctx context.Context, a flows.Account) error { return b.drawHome(ctx, a, "") }

func (b *Bot) drawHome(ctx context.Context, a flows.Account, query string) error {
	c, err := b.chat(a.Platform)
	if err != nil {
		return err
	}
	h, err := b.home(ctx, a, query)
	if err != nil {
		h = homeOf(said(b.sentence(err, "drawing Home")).Blocks)
	}
	return c.ShowHome(ctx, a, h)
}

func homeOf(blocks []Block) Home {
	var h Home
	for _, b := range blocks {
		h.Blocks = append(h.Blocks, HomeBlock{Block: b})
	}
	return h
}

// home is a page for whoever is behind an account. If the directory does not answer, one's own things are shown all the same.
func (b *Bot) home(ctx context.Context, a flows.Account, query string) (Home, error) {
	quick, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	who, err := b.Engine.Identify(quick, a)
	if err != nil && flows.KindOf(err) != flows.KindUnknown {
		return Home{}, err
	}
	id := who.Person.ID
	if err != nil {
		if id, err = b.local(quick, a); err != nil {
			return Home{}, err
		}
	}
	o, err := b.overview(ctx, id)
	if err != nil {
		return Home{}, err
	}
	blocks := []Block{buttons(Button{Action: ActAskForm, Label: "Ask for access", Style: Primary, Hint: "Open the form to ask for access"})}
	blocks = append(blocks, section("My access", rowsOf(o.Mine, func(s *Story) row { return leaseRow(s, true) }), "You have nothing through Hallpass right now.")...)
	blocks = append(blocks, section("Waiting for me", rowsOf(o.Waiting, func(s *Story) row { return waitingRow(s, true) }), "Nothing is waiting for you.")...)
	blocks = append(blocks, section("My requests", rowsOf(o.Asked, askedRow), "None is waiting.")...)
	h := homeOf(blocks)
	if !who.Admin {
		return h, nil
	}
	return b.adminHome(ctx, h, query)
}

// adminHome adds what admins see: what waits for their press, and everything active with ends that are not proved on top.
func (b *Bot) adminHome(ctx context.Context, h Home, query string) (Home, error) {
	held, err := b.heldBlocks(ctx)
	if err != nil {
		return h, err
	}
	h.Blocks = append(h.Blocks, HomeBlock{Block: Block{Kind: Divider}})
	h.Blocks = append(h.Blocks, homeOf(held).Blocks...)
	list, more, err := b.active(ctx, query)
	if err != nil {
		return h, err
	}
	none := "Nothing is active."
	if query != "" {
		none = "Nothing active matches."
	}
	blocks := homeOf(section("Everything active", rowsOf(list, activeRow), none)).Blocks
	blocks[0].Search = &Field{Name: FieldQuery, Kind: TextLine, Label: "Search everything active", Hint: "A name, a thing, R142", Value: query, Optional: true}
	if more > 0 {
		blocks = append(blocks, HomeBlock{Block: small(line(fmt.Sprintf("And %d more: search by name, thing or number.", more)))})
	}
	h.Blocks = append(h.Blocks, blocks...)
	return h, nil
}
