package bot

import (
	"hallpass/flows"
)

// Topics of notices.
const (
	topicHave     = "have"
	topicDenied   = "denied"
	topicCanceled = "canceled"
	topicLapsed   = "lapsed"
	topicRevoked  = "revoked"
	topicOver     = "over"
	topicKept     = "kept"
	topicTrouble  = "trouble"
	topicFailed   = "failed"
	topicExtended = "extended"
	topicAnswer   = "answer"
	topicRestored = "restored"
)

// card draws any post.
func card(s *Story) Card {
	if s.Post.Off != nil {
		return digestCard(s)
	}
	if s.Post.Text != "" || s.Request == nil {
		return sentenceCard(s.Post)
	}
	switch s.Post.Kind {
	case flows.PostAsker:
		return askerCard(s)
	case flows.PostApprover:
		return approverCard(s)
	case flows.PostFeed:
		return feedCard(s)
	case flows.PostWarning:
		return warningCard(s)
	}
	return noticeCard(s)
}

// sentenceCard is an alarm or an answer. Its sentence may hold names, so it is never read as markup.
func sentenceCard(p flows.Post) Card {
	c := said(p.Text)
	c.Final = true
	if p.Kind != flows.PostAdmin {
		return c
	}
	c.Blocks = []Block{title(line("Security: please look")), paragraph(line(typed(p.Text)))}
	return c
}

// noticeCard is a short message that reaches somebody. The card follows below it.
func noticeCard(s *Story) Card {
	l := s.notice()
	c := Card{Preview: s.noticePreview(), Blocks: []Block{paragraph(l)}, Final: true}
	switch s.Post.Topic {
	case topicDenied, topicLapsed, topicFailed:
		c.Blocks = append(c.Blocks, buttons(askButton("")))
	}
	return c
}

// noticePreview says what happened without typed text.
func (s *Story) noticePreview() Line {
	switch s.Post.Topic {
	case topicHave, topicExtended:
		if s.Grant != nil && s.Grant.State == flows.Active { // else how it ended, which may hold typed text
			return s.notice()
		}
	case topicLapsed:
		return line(s.Request.ID.String(), " for ", s.thing(), " lapsed")
	case topicDenied, topicCanceled:
		return line(s.Request.ID.String(), " for ", s.thing(), " was "+s.closedWord())
	case topicRevoked:
		return line(s.thing(), " was taken away"+s.early())
	case topicRestored:
		return line(s.Request.ID.String(), " · until when you have ", s.thing())
	case topicTrouble:
		return line("Trouble with ", s.thing())
	}
	return line(s.Request.ID.String(), " · ", s.thing())
}

func (s *Story) notice() Line {
	switch s.Post.Topic {
	case topicDenied, topicCanceled, topicLapsed:
		return line(bold(s.Request.ID.String()), " · ", s.what(), ". ", s.closed())
	}
	if s.Grant == nil {
		return line(bold(s.Request.ID.String()), " · ", s.what(), ": ", s.status(), ".")
	}
	if s.Post.Topic == topicFailed && s.extends() && s.Request.Ending != "" {
		return line(bold(s.Request.ID.String()), " · ", s.what(), " was not extended", s.endingWords(), ". ", s.ending())
	}
	switch s.Post.Topic {
	case topicRestored:
		return s.restored()
	case topicExtended:
		return line("You have ", s.what(), " until ", s.at(s.Grant.Ends), " now, "+flows.Span(s.Request.Given())+" more.")
	case topicTrouble:
		return s.troubleWords()
	}
	return s.ending()
}

func (s *Story) have() Line {
	g := s.Grant
	l := line("You have ", s.what(), " until ", s.at(g.Ends), " ("+flows.Span(g.Ends.Sub(g.Started))+").")
	if g.Endless() {
		l = line("You have ", s.what(), s.until(g), ". Give it back when you no longer need it.")
	}
	if s.Holding != nil && s.Holding.Before == flows.BeforePresent {
		return line(l, " You were ", s.had(), " before, and that stays afterwards.")
	}
	return l
}

// restored tells until when something lasts, to somebody who may have been promised more in a time that Hallpass has forgotten.
func (s *Story) restored() Line {
	g := s.Grant
	if g.State != flows.Active {
		return s.ending()
	}
	return line("Hallpass was set back to an older copy of its database. You have ", s.what(), s.until(g), ". If you were told a later end since, it no longer holds: extend it, or ask again.")
}

// troubleWords tell that somebody outside does not answer, and what that means for the reader.
func (s *Story) troubleWords() Line {
	switch {
	case s.Request.State == flows.Pending && s.Request.Trouble != "":
		return line(typed(s.Request.Trouble), ". We keep asking; nothing is decided meanwhile.")
	case s.Grant.State == flows.Waiting || s.Grant.State == flows.Granting:
		return line(typed(s.Target), " does not answer. You get ", s.thing(), " as soon as it does; the time starts then.")
	}
	return s.ending()
}

// warningCard comes before a planned end.
func warningCard(s *Story) Card {
	g := s.Grant
	switch {
	case g == nil:
		return sentenceCard(s.Post)
	case g.State != flows.Active:
		l := line(s.thing(), " ended ", s.when(s.overSince()), ".")
		return Card{Preview: l, Blocks: []Block{paragraph(l)}, Final: true}
	case !g.Warned:
		l := line(s.thing(), " was extended: you have it until ", s.at(g.Ends), ".")
		return Card{Preview: l, Blocks: []Block{paragraph(l)}, Final: true}
	}
	l := line(s.thing(), " ends ", s.when(g.Ends))
	if left := g.Ends.Sub(s.Now); left > 0 {
		l = line(l, ", in ", flows.Span(left))
	}
	c := Card{Preview: l, Blocks: []Block{paragraph(l)}}
	if e := s.Extending; e != nil {
		c.Blocks = append(c.Blocks, paragraph(line(flows.Span(e.Duration)+" more asked ", s.when(e.Made), " ("+e.ID.String()+"), not decided yet.")))
	}
	c.Blocks = append(c.Blocks, buttons(s.leaseButtons("Give back now")...))
	return c
}

// askButton opens the form, filled in with what was typed.
func askButton(text string) Button {
	return Button{Action: ActAskForm, Label: "Ask for access", Value: flows.Cut(text, askTextLimit), Style: Plain, Hint: "Open the form to ask for access"}
}

// askTextLimit keeps a typed command within a button's value (2,000 characters on Slack: api.slack.com/reference/block-kit/block-elements#button).
const askTextLimit = 1500
