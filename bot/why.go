package bot

import (
	"context"
	"slices"
	"strings"

	"hallpass/flows"
)

// whyShown is how many lines of an explanation a message bears.
const whyShown = 60

// commandWhy explains: "why prod-db for 4h" what would happen if one asked, "why R142" what became of a request. It reads only.
func (b *Bot) commandWhy(ctx, quick context.Context, who flows.Actor, w Words) Reply {
	if w.Name == "" {
		return replyTo("Say what: why prod-db, or why R142.")
	}
	x, err := b.explained(ctx, quick, who, w)
	if err != nil {
		return replyTo(b.sentence(err, "explaining"))
	}
	if !who.Admin {
		x = x.ForAsker()
	}
	return Reply{Card: new(whyCard(x))}
}

func (b *Bot) explained(ctx, quick context.Context, who flows.Actor, w Words) (flows.Explanation, error) {
	if id, ok := readRequestID(w.Name); ok && !w.Quoted {
		return b.explainedRequest(ctx, who, id)
	}
	r, permission, err := b.find(quick, who.Person.ID, w)
	if err != nil {
		return flows.Explanation{}, err
	}
	d := wanted{For: w.Duration}
	if w.Span != "" { // read as the form does
		if d, err = b.readWanted(quick, who.Account, map[string]string{FieldDuration: otherDuration, FieldCustom: w.Span}); err != nil {
			return flows.Explanation{}, err
		}
	}
	return b.Engine.Explain(quick, who.Person.ID, r.ResourceKey, permission, d.For, b.Clock.Company())
}

// explainedRequest tells of a request to whoever has to do with it. To everybody else there is none.
func (b *Bot) explainedRequest(ctx context.Context, who flows.Actor, id flows.RequestID) (flows.Explanation, error) {
	none := flows.Errorf(flows.KindNotFound, "There is no request %s of yours.", id)
	s, err := b.storyOf(ctx, value{Request: id})
	switch {
	case err != nil && flows.KindOf(err) == flows.KindNotFound:
		return flows.Explanation{}, none
	case err != nil:
		return flows.Explanation{}, err
	case !who.Admin && !s.concerns(who.Person.ID):
		return flows.Explanation{}, none
	}
	return b.Engine.ExplainRequest(ctx, id)
}

// concerns reports whether somebody asked for this, gets it, or was asked to decide it.
func (s *Story) concerns(who flows.PersonID) bool {
	r := s.Request
	return who == r.Asker || who == r.For || slices.ContainsFunc(r.Asked, func(a flows.Asked) bool { return a.Person == who })
}

// whyCard shows a tree as lines that stand in by their depth. It holds names from outside, so all of it is foreign text.
func whyCard(x flows.Explanation) Card {
	list := strings.Split(strings.TrimSpace(x.String()), "\n")
	var lines []Line
	for _, l := range list[1:min(len(list), whyShown)] {
		text := strings.TrimLeft(l, " ")
		lines = append(lines, line(strings.Repeat("\u00a0", len(l)-len(text)), typed(text)))
	}
	c := Card{Preview: line("Why"), Blocks: []Block{title(line(typed(list[0])))}}
	if len(lines) > 0 {
		c.Blocks = append(c.Blocks, paragraph(lines...))
	}
	if len(list) > whyShown {
		c.Blocks = append(c.Blocks, small(line("There is more than fits here; `hallpass explain` shows all of it.")))
	}
	return c
}
