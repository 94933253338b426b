package bot

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hallpass/flows"
)

// askerCard is the asker's card: one message that lives as long as the request and what it gave.
func askerCard(s *Story) Card {
	r := s.Request
	switch {
	case r.State == flows.Pending:
		return s.pendingCard()
	case r.State != flows.Approved:
		return Card{Preview: line(r.ID.String(), " · ", s.closedWord()), Blocks: []Block{title(s.askTitle()), paragraph(s.closed())}, Final: true}
	case s.extends():
		return s.extensionCard()
	case s.Grant == nil || s.Grant.State == flows.Waiting || s.Grant.State == flows.Granting:
		return s.givingCard()
	case s.Grant.State == flows.Active:
		return s.activeCard()
	}
	return Card{Preview: line(r.ID.String(), " · ", s.thing()), Blocks: []Block{paragraph(s.ending())}, Final: s.Grant.State.Over()}
}

// askTitle is "R142 · prod-db (member), 2 h".
func (s *Story) askTitle() Line {
	r := s.Request
	if s.extends() {
		return line(r.ID.String(), " · ", s.what(), ", "+flows.Span(r.Given())+" more (", s.lengthens(), ")")
	}
	return line(r.ID.String(), " · ", s.what(), ", ", s.howLong())
}

// lengthens says which request's grant an extension is about.
func (s *Story) lengthens() string {
	if s.Grant == nil {
		return "extension"
	}
	return "extends " + s.Grant.Request.String()
}

func (s *Story) pendingCard() Card {
	return Card{
		Preview: line(s.Request.ID.String(), " · asked for ", s.thing(), ", ", s.askedLong()),
		Blocks: []Block{
			title(s.askTitle()),
			paragraph(append([]Line{s.steps()}, s.waiting()...)...),
			buttons(s.cancelButton()),
		},
	}
}

func (s *Story) cancelButton() Button {
	return Button{Action: ActCancel, Label: "Cancel", Value: s.value(), Hint: "Cancel " + s.Request.ID.String() + " for " + s.Resource.Name}
}

// steps is "● asked 12:25   ● Caro agreed 12:26   ○ one of database-owners   ○ access".
func (s *Story) steps() Line {
	l := line("● asked ", s.at(s.Request.Made))
	for _, d := range s.Decisions {
		if d.Yes {
			l = line(l, gap+"● ", s.name(d.Person), " agreed ", s.at(d.At))
		}
	}
	for _, words := range s.missing(true) {
		l = line(l, gap+"○ ", words)
	}
	if s.extends() {
		return line(l, gap+"○ "+flows.Span(s.Request.Duration)+" more")
	}
	return line(l, gap+"○ access")
}

const gap = "   "

// waiting says for whom the request waits, since when, and what happens if nobody answers.
func (s *Story) waiting() []Line {
	var out []Line
	for _, o := range s.Request.Open {
		out = append(out, s.waitingFor(o))
	}
	switch {
	case len(out) == 0 && s.Request.Trouble != "":
		out = append(out, line(typed(s.Request.Trouble), ". We keep asking; nothing is decided meanwhile."))
	case len(out) == 0:
		out = append(out, line("Finding out who can decide."))
	}
	if n := s.Request.NotAtOnce; n != nil {
		out = append(out, line("Not given at once: ", tooNew(n, nil, s.Now)))
	}
	if s.Request.Guarded {
		out = append(out, line("Whoever is in ", s.thing(), " asks, decides or administers here, so two admins must agree too."))
	}
	if at, asked, ok := s.escalates(); ok {
		out = append(out, line("At ", s.at(at), " ", asked, "."))
	}
	return append(out, line("Lapses ", s.day(s.Request.Lapses), " if nobody decides."))
}

func (s *Story) waitingFor(o flows.OpenRequirement) Line {
	if o.Unknown != "" {
		return line(typed(o.Unknown), ", so we can’t tell who decides (", typed(o.Words), "). We keep asking; nothing is decided meanwhile.")
	}
	people := s.deciders(o)
	if len(people) == 0 {
		return line(s.nobody(o), ", and nobody stands in. Cancel, or wait until somebody can decide.")
	}
	asked := line(", asked ", s.when(s.Request.StepAsked), ".")
	if s.Request.StepAsked.IsZero() {
		asked = line(".")
	}
	if o.Fallback {
		return line(s.nobody(o), ", so we ask ", people, " instead.")
	}
	return line("Waiting for ", people, asked)
}

// deciders names who is asked for a requirement: "Ben Okafor (on call) or one of 2 others".
func (s *Story) deciders(o flows.OpenRequirement) Line {
	var names []Line
	seen := map[flows.PersonID]bool{}
	add := func(p flows.PersonID, right Line) {
		if !seen[p] && len(names) < namesShown {
			seen[p] = true
			names = append(names, line(s.name(p), " (", right, ")"))
		}
	}
	for _, a := range s.Request.Asked {
		if a.Key == o.Key && a.Step == s.Request.StepIndex && !a.Gone {
			right := s.right(a.Right, a.Until)
			if a.Unreached {
				right = line(right, "; no chat reaches them")
			}
			add(a.Person, right)
		}
	}
	for _, c := range o.Candidates {
		if c.Primary {
			add(c.Person, s.right(c.Right, c.Until))
		}
	}
	return s.others(names, o.Candidates, seen)
}

func (s *Story) others(names []Line, all []flows.Candidate, seen map[flows.PersonID]bool) Line {
	rest := slices.DeleteFunc(slices.Clone(all), func(c flows.Candidate) bool { return seen[c.Person] })
	switch {
	case len(rest) == 0:
		return join(names, "or")
	case len(names) == 0:
		return line("one of ", count(len(rest), "person", "people"))
	}
	return line(join(names, "or"), " or one of ", count(len(rest), "other", "others"))
}

// unreached reports whether somebody who was asked could not be reached so far.
func (s *Story) unreached(p flows.PersonID) bool {
	return s.Request != nil && slices.ContainsFunc(s.Request.Asked, func(a flows.Asked) bool { return a.Person == p && a.Unreached })
}

// right words why somebody can decide, with the end of the shift: "on call, SRE primary, until 18:00".
func (s *Story) right(words string, until time.Time) Line {
	if until.IsZero() {
		return line(typed(words))
	}
	return line(typed(words), ", until ", s.at(until))
}

// namesShown is how many people a card names for one requirement.
const namesShown = 3

// givingCard stands between the approval and the access.
func (s *Story) givingCard() Card {
	how := line("Approved. ", s.thing(), " is being given in ", typed(s.Target), " now; the time starts when you have it.")
	if s.Grant != nil && s.Grant.Late != "" {
		how = line("Approved, but ", typed(s.Grant.Late), ". You get ", s.thing(), " as soon as it does; the time starts then.")
	}
	return Card{
		Preview: line(s.Request.ID.String(), " · approved"),
		Blocks:  []Block{title(s.askTitle()), paragraph(line(s.agreed(), gap+"○ access"), how), buttons(s.cancelButton())},
	}
}

// agreed is "● asked 12:25   ● Caro agreed 12:26".
func (s *Story) agreed() Line {
	l := line("● asked ", s.at(s.Request.Made))
	for _, d := range s.Decisions {
		if d.Yes {
			l = line(l, gap+"● ", s.name(d.Person), " agreed ", s.at(d.At))
		}
	}
	return l
}

func (s *Story) activeCard() Card {
	g := s.Grant
	until := line("You have ", s.what(), s.until(g))
	blocks := []Block{title(line(s.Request.ID.String(), " · ", until)), small(s.span())}
	if s.Request.Stray {
		blocks = append(blocks, paragraph(line("Hallpass was set back to an older copy of its database and no longer knows who agreed to this. It ends then unless an admin keeps it. If you need it for longer, ask for it again.")))
	}
	if e := s.Extending; e != nil {
		blocks = append(blocks, paragraph(line(flows.Span(e.Duration), " more asked ", s.when(e.Made), " ("+e.ID.String()+").")))
	}
	return Card{Preview: until, Blocks: append(blocks, buttons(s.leaseButtons("Give back")...))}
}

// span is the small print of a lease: how long, since when, and how long sessions may outlive it.
func (s *Story) span() Line {
	g := s.Grant
	l := line(flows.Span(g.Ends.Sub(g.Started)), " since ", s.at(g.Started))
	if g.Endless() {
		l = line("since ", s.at(g.Started))
	}
	if after := s.sessions(); after != "" {
		l = line(l, " · "+after)
	}
	return l
}

func (s *Story) leaseButtons(giveBack string) []Button {
	about := s.Request.ID.String() + ", " + s.Resource.Name
	var out []Button
	if s.canExtend() {
		out = append(out, Button{Action: ActExtend, Label: "Extend…", Value: s.grantValue(), Hint: "Extend " + about})
	}
	return append(out, Button{Action: ActGiveBack, Label: giveBack, Value: s.grantValue(), Hint: "Give back " + about})
}

// extensionCard is the last word of an approved extension; the card of the request that it extended goes on.
func (s *Story) extensionCard() Card {
	if s.Request.Ending != "" {
		l := line(s.Request.ID.String(), " · ", s.what(), " was not extended")
		return Card{Preview: l, Blocks: []Block{title(l), paragraph(s.agreed(), line("But it came too late. ", typed(s.Request.Ending)))}, Final: true}
	}
	until := line("You have ", s.what(), " until ", s.at(s.Grant.Ends), " now")
	if s.Grant.State != flows.Active {
		until = line(s.what(), " was extended by "+flows.Span(s.Request.Given()), ", and is over by now")
	}
	return Card{
		Preview: line(s.Request.ID.String(), " · ", until),
		Blocks:  []Block{title(line(s.Request.ID.String(), " · ", until)), paragraph(line(s.agreed(), gap+"● "+flows.Span(s.Request.Given())+" more for "+s.Grant.Request.String()))},
		Final:   true,
	}
}

// closedWord is how a request that was not approved ended.
func (s *Story) closedWord() string { return string(s.Request.State) }

// closed tells how a request ended that was not approved.
func (s *Story) closed() Line {
	r := s.Request
	switch r.State {
	case flows.Denied:
		return s.denied()
	case flows.Canceled:
		l := line("Canceled ", s.when(r.Closed))
		if r.ClosedBy != "" {
			l = line(l, " by ", s.who(r.ClosedBy))
		}
		return line(l, s.endingWords(), ".")
	case flows.Lapsed:
		return line("Lapsed ", s.when(r.Closed), ": nobody decided in ", flows.Span(r.Lapses.Sub(r.Made)), ".")
	}
	return line("Closed ", s.when(r.Closed), ".")
}

// endingWords are what the engine says of a request's end. A part of a sentence is about the one it was for.
func (s *Story) endingWords() Line {
	words := strings.TrimSuffix(s.Request.Ending, ".")
	if words == "" {
		return nil
	}
	if r, _ := utf8.DecodeRuneInString(words); unicode.IsLower(r) {
		return line(": ", s.name(s.Request.For), " ", typed(words))
	}
	return line(". ", typed(words))
}

// denied is "Denied by Ben at 12:27: “use the replica”."
func (s *Story) denied() Line {
	for _, d := range s.Decisions {
		if !d.Yes {
			return line("Denied by ", s.who(d.Person), " ", s.when(d.At), s.comment(d), ".")
		}
	}
	return line("Denied ", s.when(s.Request.Closed), ".")
}

// comment is a decision's comment as typed text, with what leads to it.
func (s *Story) comment(d flows.Decision) Line {
	if d.Comment == "" {
		return nil
	}
	return line(": ", quoted(d.Comment))
}
