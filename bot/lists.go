package bot

import (
	"context"
	"fmt"
	"time"

	"hallpass/flows"
)

// row is one thing of a list: a line and what can be done with it.
type row struct {
	Line    Line
	Quote   string
	Buttons []Button
}

func (r row) blocks() []Block {
	out := []Block{paragraph(r.Line)}
	if r.Quote != "" {
		out = append(out, Block{Kind: Quote, Lines: []Line{{typed(r.Quote)}}})
	}
	if len(r.Buttons) > 0 {
		out = append(out, buttons(r.Buttons...))
	}
	return out
}

// section is a heading and its rows, or what to say when there are none.
func section(heading string, rows []row, none string) []Block {
	out := []Block{title(line(heading))}
	if len(rows) == 0 && none != "" {
		return append(out, paragraph(line(none)))
	}
	for _, r := range rows {
		out = append(out, r.blocks()...)
	}
	return out
}

// leaseRow is what somebody has. Home is drawn on opening, so it also says how much time is left.
func leaseRow(s *Story, home bool) row {
	if s.Grant.State != flows.Active {
		return row{Line: s.ending()}
	}
	l := line(s.what(), s.until(s.Grant), " ("+s.Grant.Request.String()+")")
	if home && s.Grant.Endless() {
		l = line(s.what(), s.until(s.Grant), ", "+s.heldFor()+" ("+s.Grant.Request.String()+")")
	}
	if left := s.Grant.Ends.Sub(s.Now); home && left > 0 {
		l = line(s.what(), s.until(s.Grant), ", "+flows.Span(left)+" left ("+s.Grant.Request.String()+")")
	}
	return row{Line: l, Buttons: s.leaseButtons("Give back")}
}

// heldFor is how long a grant has stood: "held for 12 d". Of days the rest is left out.
func (s *Story) heldFor() string {
	d := s.Now.Sub(s.Grant.Started)
	if day := 24 * time.Hour; d > day {
		d = d.Truncate(day)
	}
	return "held for " + flows.Span(d)
}

func askedRow(s *Story) row {
	return row{Line: line(s.askTitle(), " · ", s.pendingMine()), Buttons: []Button{s.cancelButton()}}
}

// pendingMine is what a request waits for, to its asker.
func (s *Story) pendingMine() Line {
	if s.Request.Trouble != "" {
		return line("waiting: ", typed(s.Request.Trouble))
	}
	if needed := s.missing(true); len(needed) > 0 {
		return line("waiting for ", join(needed, "and"))
	}
	return line("waiting")
}

// waitingRow is what waits for the viewer's decision. Only Home carries buttons: a press counts on the card or there.
func waitingRow(s *Story, home bool) row {
	r := row{Line: line(s.askerTitle(), " ", s.asksFor())}
	if home {
		r.Quote, r.Buttons = s.Request.Reason, s.decideButtons()
	}
	return r
}

func rowsOf(list []*Story, f func(*Story) row) []row {
	var out []row
	for _, s := range list {
		out = append(out, f(s))
	}
	return out
}

// mineCard lists what somebody has and has asked for.
func (b *Bot) mineCard(ctx context.Context, who flows.PersonID) (Card, error) {
	o, err := b.overview(ctx, who)
	blocks := section("Your access", rowsOf(o.Mine, func(s *Story) row { return leaseRow(s, false) }), "You have nothing through Hallpass right now.")
	blocks = append(blocks, section("Your requests", rowsOf(o.Asked, askedRow), "None is waiting.")...)
	return Card{Preview: line("Your access and requests"), Blocks: append(blocks, buttons(askButton("")))}, err
}

// pendingCard lists what waits: for the caller's decision, and for others'.
func (b *Bot) pendingCard(ctx context.Context, who flows.PersonID) (Card, error) {
	o, err := b.overview(ctx, who)
	blocks := section("Waiting for you", rowsOf(o.Waiting, func(s *Story) row { return waitingRow(s, false) }), "Nothing is waiting for you.")
	if len(o.Waiting) > 0 {
		blocks = append(blocks, small(line("Decide on the cards in your messages, or in Home.")))
	}
	blocks = append(blocks, section("Your requests", rowsOf(o.Asked, askedRow), "None is waiting.")...)
	return Card{Preview: line("What is waiting"), Blocks: blocks}, err
}

// activeRow is a grant as admins see it.
func activeRow(s *Story) row {
	g := s.Grant
	l := line(g.Request.String(), "  ", s.name(g.Person), " → ", s.what(), " · ", s.leaseStatus())
	if g.State == flows.Active && g.Endless() { // nothing but somebody's look ever ends it
		l = line(l, ", "+s.heldFor())
	}
	if g.State == flows.Revoking {
		return row{Line: line(bold("Not proved gone: "), l)}
	}
	return row{Line: l, Buttons: []Button{{Action: ActRevoke, Label: "Revoke…", Value: s.grantValue(), Style: Danger, Hint: "Revoke " + g.Request.String() + ", " + s.Resource.Name}}}
}

// activeCard lists for admins everything that is active.
func (b *Bot) activeCard(ctx context.Context, query string) (Card, error) {
	list, more, err := b.active(ctx, query)
	blocks := section("Everything active", rowsOf(list, activeRow), "Nothing is active.")
	if more > 0 {
		blocks = append(blocks, small(line(fmt.Sprintf("And %d more. Search in Home.", more))))
	}
	return Card{Preview: line("Everything active"), Blocks: blocks}, err
}

// helpCard says what can be typed.
func (b *Bot) helpCard(who flows.Actor, near Verb) Card {
	c, admin := commandWord, who.Admin
	if chat, err := b.chat(who.Account.Platform); err == nil {
		c = chat.Begins()
	}
	lines := []Line{
		line(bold(c), "  opens the form"),
		line(bold(c+" prod-db for 2h because OPS-1"), "  opens it filled in; also until 18:00, until tomorrow 09:00"),
		line(bold(c+" mine"), "  your access and your requests"),
		line(bold(c+" pending"), "  what is waiting for you, and what you wait for"),
		line(bold(c+" give back prod-db"), "  ends your access now"),
		line(bold(c+" cancel R12"), "  takes a request back"),
		line(bold(c+" why prod-db"), "  what would happen if you asked, and why; or why R12"),
	}
	if admin {
		lines = append(lines, line(bold(c+" active"), "  everything active"), line(bold(c+" revoke R142 laptop lost"), "  takes access away; the holder reads why"))
	}
	blocks := []Block{title(line("Ask for access, and give it back")), paragraph(lines...)}
	if near != "" {
		blocks = append([]Block{paragraph(line("Did you mean ", bold(c+" "+string(near)), "?"))}, blocks...)
	}
	if b.HelpText != "" {
		blocks = append(blocks, small(line(typed(b.HelpText))))
	}
	return Card{Preview: line("How to ask for access"), Blocks: append(blocks, buttons(askButton("")))}
}
