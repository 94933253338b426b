package bot

import (
	"fmt"
	"slices"
	"time"

	"hallpass/flows"
)

// approverCard is the card of one person who can decide.
func approverCard(s *Story) Card {
	preview := line(s.name(s.Request.Asker), " asks for ", s.thing(), ", ", s.howLong())
	if s.extends() {
		preview = line(s.name(s.Request.Asker), " asks for "+flows.Span(s.Request.Given())+" more of ", s.thing())
	}
	c := Card{Preview: preview, Blocks: []Block{title(s.askerTitle()), paragraph(s.asksFor())}}
	if s.undecided() {
		c.Blocks = append(c.Blocks, s.facts(), buttons(s.decideButtons()...))
		return c
	}
	c.Blocks = append(c.Blocks, Block{Kind: Facts, Pairs: append([]Pair{s.whyPair()}, s.named()...)}, paragraph(s.outcome()))
	c.Final = s.settled()
	return c
}

// undecided reports whether this viewer can still press.
func (s *Story) undecided() bool {
	return s.Request.CanDecide() && (s.mine() == nil || s.askedAgain()) && !s.handedOver()
}

// mine is the viewer's own decision, the last one.
func (s *Story) mine() *flows.Decision {
	for i := range slices.Backward(s.Decisions) {
		if s.Decisions[i].Person == s.Post.Person {
			return &s.Decisions[i]
		}
	}
	return nil
}

// askedAgain reports whether the viewer is asked for a step after the one in which they agreed: it lets the same person meet both.
func (s *Story) askedAgain() bool {
	return slices.ContainsFunc(s.Request.Asked, func(a flows.Asked) bool { return a.Person == s.Post.Person && !a.Gone && a.Step > s.mine().Step })
}

// handedOver reports whether the viewer was asked and is no longer.
func (s *Story) handedOver() bool {
	was := false
	for _, a := range s.Request.Asked {
		if a.Person == s.Post.Person {
			if !a.Gone {
				return false
			}
			was = true
		}
	}
	return was
}

// settled reports whether nothing can change what the viewer's card says.
func (s *Story) settled() bool {
	r := s.Request
	return r.State == flows.Denied || r.State == flows.Canceled || r.State == flows.Lapsed ||
		(r.State == flows.Approved && (s.extends() || (s.Grant != nil && s.Grant.State.Over())))
}

// askerTitle is "R142 · Ana Silva (ana.silva@acme.com, Payments)".
func (s *Story) askerTitle() Line {
	p := s.People[s.Request.Asker]
	l := line(s.Request.ID.String(), " · ", s.name(s.Request.Asker))
	switch {
	case p.Email != "" && p.Title != "":
		return line(l, " (", typed(p.Email), ", ", typed(p.Title), ")")
	case p.Email != "":
		return line(l, " (", typed(p.Email), ")")
	}
	return l
}

func (s *Story) asksFor() Line {
	l := line("asks for ", s.what(), ", ", s.askedLong())
	if s.extends() {
		l = line("asks to extend ", s.what(), " of "+s.Grant.Request.String()+" by "+flows.Span(s.Request.Duration))
	}
	if s.Resource.Description != "" {
		l = line(l, ": ", typed(s.Resource.Description))
	}
	return l
}

func (s *Story) facts() Block {
	pairs := append([]Pair{s.whyPair()}, s.named()...)
	if n := s.Request.NotAtOnce; n != nil {
		pairs = append(pairs, Pair{Label: "Not at once", Line: tooNew(n, line(s.name(s.Request.For)), s.Now)})
	}
	pairs = append(pairs, Pair{Label: "Your yes", Line: s.yourYes()}, Pair{Label: "Why you", Line: s.whyYou()})
	if s.Request.Guarded {
		pairs = append(pairs, Pair{Label: "Guarded", Line: s.guarded()})
	}
	if !s.extends() {
		pairs = append(pairs, Pair{Label: "Before", Line: s.before()})
	}
	return Block{Kind: Facts, Pairs: append(pairs, Pair{Label: "Silence", Line: s.silence()})}
}

func (s *Story) whyPair() Pair {
	if s.Request.Reason == "" {
		return Pair{Label: "Why", Line: line("no reason was asked for")}
	}
	return Pair{Label: "Why", Quote: s.Request.Reason}
}

// yourYes says what pressing Approve brings about.
func (s *Story) yourYes() Line {
	need := s.stillNeeded() - s.meets() + 1
	if need > 1 {
		return s.oneOfSeveral(need)
	}
	if s.extends() {
		return line("moves the end at once, from ", s.at(s.Grant.Ends), " to ", s.at(s.Grant.Ends.Add(s.Request.Given())), s.sessionsBeside())
	}
	if s.Request.Given() == flows.Indefinite {
		return line("gives it at once, until it is revoked or given back", s.sessionsBeside())
	}
	return line("gives it at once, until about ", s.at(s.Request.EndsAfter(s.Now, s.Request.Given())), s.sessionsBeside())
}

func (s *Story) sessionsBeside() string {
	if after := s.sessions(); after != "" {
		return " (" + after + ")"
	}
	return ""
}

// oneOfSeveral is "is the first of 2; then one of database-owners is asked". Requirements of one step are asked side by side.
func (s *Story) oneOfSeveral(need int) Line {
	given := 0
	for _, d := range s.Decisions {
		if d.Yes {
			given++
		}
	}
	l := line("is the " + ordinal(given+1) + fmt.Sprintf(" of %d; ", given+need))
	var beside []Line
	for _, o := range s.Request.Open {
		if o.Key != s.Post.RightKey && !(s.sharedStep() && s.couldMeet(o)) {
			beside = append(beside, s.open(o, false))
		}
	}
	then := s.laterSteps()
	switch {
	case len(beside) > 0:
		return line(l, join(beside, "and"), " must agree too", then)
	case len(then) > 0:
		return line(l, then[1:], s.lastIsAsked())
	}
	return line(l, "more of the same people must agree")
}

// laterSteps words what is asked after the step that is open now: ", then one of database-owners, then cto@acme.com".
func (s *Story) laterSteps() Line {
	if s.Flow == nil {
		return nil
	}
	var out Line
	for i, step := range s.Flow.Approval.Steps {
		if i <= s.Request.StepIndex {
			continue
		}
		var together []Line
		for _, q := range step.All {
			together = append(together, s.requirement(q, false))
		}
		out = line(out, ", ", "then ", join(together, "and"))
		if step.SamePerson {
			out = line(out, " (your yes counts there too, if you are among them)")
		}
	}
	return out
}

// lastIsAsked is the verb for the last step: of one person, or of several.
func (s *Story) lastIsAsked() string {
	steps := s.Flow.Approval.Steps
	if last := steps[len(steps)-1]; len(last.All) > 1 || last.All[0].Need() > 1 {
		return " are asked"
	}
	return " is asked"
}

func ordinal(n int) string {
	words := []string{"", "first", "second", "third", "fourth", "fifth"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprintf("%dth", n)
}

// whyYou is the viewer's right as it was when asked, and who agreed already.
func (s *Story) whyYou() Line {
	l := s.right(s.Post.Right, s.Post.Until)
	for _, d := range s.Decisions {
		if !d.Yes {
			continue
		}
		l = line(l, ". ", s.name(d.Person))
		if len(d.Rights) > 0 && d.Rights[0].Words != "" {
			l = line(l, " (", typed(d.Rights[0].Words), ")")
		}
		l = line(l, " agreed ", s.when(d.At), s.shortened(&d))
	}
	return l
}

// before is "4 times in 30 days · Ben denied the same at 12:08: “use the replica”". Facts only, no score.
func (s *Story) before() Line {
	l := line("not asked for in 30 days")
	if n := len(s.Earlier); n > 0 {
		l = line(count(n, "time", "times") + " in 30 days")
	}
	for _, e := range s.Earlier {
		if e.State != flows.Denied || s.Request.Made.Sub(e.Closed) > lookNo {
			continue
		}
		l = line(l, " · ", s.who(e.ClosedBy), " denied the same ", s.when(e.Closed))
		if e.Ending != "" {
			l = line(l, ": ", quoted(e.Ending))
		}
	}
	return l
}

func (s *Story) decideButtons() []Button {
	about := s.Request.ID.String() + " for " + s.Resource.Name
	out := []Button{{Action: ActApprove, Label: "Approve, " + flows.Span(s.Request.Given()), Value: s.value(), Style: Primary, Hint: "Approve " + about}}
	if len(s.shorter()) > 0 || s.anyDuration() {
		out = append(out, Button{Action: ActShorter, Label: "Shorter…", Value: s.value(), Hint: "Approve " + about + " for a shorter time"})
	}
	return append(out, Button{Action: ActDeny, Label: "Deny…", Value: s.value(), Style: Danger, Hint: "Deny " + about})
}

// shorter are the flow's choices below what would be given.
func (s *Story) shorter() []time.Duration {
	var out []time.Duration
	if s.Flow == nil {
		return nil
	}
	for _, d := range s.Flow.HowLong.Choices {
		if d < s.Request.Given() {
			out = append(out, d)
		}
	}
	return out
}

// anyDuration reports whether any time will do; instead of access without an end one must always be possible.
func (s *Story) anyDuration() bool {
	return s.Flow != nil && (s.Flow.HowLong.Custom || s.Request.Given() == flows.Indefinite && len(s.shorter()) == 0)
}

// outcome is what stands on an approver's card when there is nothing left to press.
func (s *Story) outcome() Line {
	r, mine := s.Request, s.mine()
	switch {
	case r.State == flows.Canceled || r.State == flows.Lapsed:
		return s.closed()
	case mine != nil && mine.Yes:
		return line("Approved by you ", s.when(mine.At), s.shortened(mine), ". ", s.since())
	case mine != nil:
		return line("Denied by you ", s.when(mine.At), s.comment(*mine), ".")
	case r.State == flows.Denied || r.State == flows.Approved:
		return s.decidedByOthers()
	}
	return line("This is no longer yours to decide: others are asked now. Nothing to do.")
}

func (s *Story) decidedByOthers() Line {
	if len(s.Decisions) == 0 {
		return s.since()
	}
	d := s.Decisions[len(s.Decisions)-1]
	l := line("Decided by ", s.name(d.Person), " ", s.when(d.At))
	if d.Yes {
		return line(l, ": approved", s.shortened(&d), ". ", s.since())
	}
	if d.Comment == "" {
		return line(l, ": denied.")
	}
	return line(l, ": denied, ", quoted(d.Comment), ".")
}

func (s *Story) shortened(d *flows.Decision) Line {
	if d.Duration == 0 || d.Duration == s.Request.Duration {
		return nil
	}
	return line(", for " + flows.Span(d.Duration))
}

// since tells what has become of it after a yes.
func (s *Story) since() Line {
	g, asker := s.Grant, s.name(s.Request.For)
	switch {
	case s.Request.State == flows.Pending:
		return line("Still needed: ", join(s.missing(false), "and"), ".")
	case s.Request.State == flows.Denied:
		return s.denied()
	case g == nil || g.State == flows.Waiting || g.State == flows.Granting:
		return line("It is being given in ", typed(s.Target), ".")
	case g.State == flows.Active:
		return line(asker, " has it", s.until(g), ".")
	case g.State == flows.Failed || g.State == flows.Dropped:
		return line("It was not given.")
	}
	if g.State == flows.Revoking {
		return line(asker, " had it until ", s.at(s.overSince()), "; it is being taken back in ", typed(s.Target), ".")
	}
	return line(asker, " had it until ", s.at(s.overSince()), ".")
}
