package bot

import (
	"strings"
	"time"

	"hallpass/flows"
)

// ending tells the holder how a lease ended, as honestly as it is known: what was proved, and what still holds the access.
func (s *Story) ending() Line {
	g := s.Grant
	switch g.State {
	case flows.Waiting, flows.Granting, flows.Active:
		return s.standing()
	case flows.Failed, flows.Dropped:
		return s.notGiven()
	case flows.Revoking:
		return s.revoking()
	}
	if kept := s.kept(); kept != nil {
		return line(bold(s.over()), s.briefCause(), " ", kept)
	}
	if h := s.Holding; h != nil && (h.Proof == flows.ProofTargetGone || h.Proof == flows.ProofAttested) {
		return line(bold(s.over()), s.briefCause(), s.proof())
	}
	return line(bold(s.over()), " ", s.cause(), s.proof())
}

func (s *Story) over() string { return s.Grant.Request.String() + " is over." }

// standing tells of a lease that goes on after all.
func (s *Story) standing() Line {
	if s.Grant.State == flows.Active {
		return s.have()
	}
	return line(s.thing(), " is being given in ", typed(s.Target), ".")
}

// notGiven tells that an approved request never became access.
func (s *Story) notGiven() Line {
	closed := bold(s.Grant.Request.String() + " is closed.")
	if s.Grant.Cause == flows.GivenBack {
		return line(closed, " ", s.capitalYou(s.Grant.EndBy), " canceled it before ", s.thing(), " was given.")
	}
	l := line(closed, " ", s.thing(), " was not given")
	if why := strings.TrimSuffix(s.Grant.EndWhy, "."); why != "" {
		l = line(l, ": ", typed(why))
	} else if s.Grant.Cause == flows.PersonLeft {
		l = line(l, ", because the account is no longer active")
	}
	if s.Grant.State == flows.Failed {
		return line(l, ". A look into ", typed(s.Target), " showed nothing there.")
	}
	return line(l, ".")
}

// revoking tells how an end stands that is not proved yet.
func (s *Story) revoking() Line {
	since := s.at(s.overSince())
	switch {
	case s.Holding != nil && s.Holding.Stuck != "":
		return line(bold(s.over()), " ", s.thing(), " was taken back, but somebody or something in ", typed(s.Target), " gives it back to you. Security has been told.")
	case s.Grant.Late != "":
		return line(typed(s.Target), " has not answered since ", since, ". You may still have ", s.thing(), ". We try again every few seconds; security is told.")
	}
	return line(bold(s.over()), s.briefCause(), " ", s.thing(), " is being removed in ", typed(s.Target), " now; the card shows the proof.")
}

// kept tells what still gives the access after the lease; nil when it was taken away.
func (s *Story) kept() Line {
	switch h := s.Holding; {
	case s.Leaning != nil && s.Leaning.State.Leans() && s.Leaning.Endless():
		return line("You still have ", s.thing(), " through "+s.Leaning.Request.String()+" until it is revoked.")
	case s.Leaning != nil && s.Leaning.State.Leans() && !s.Leaning.Ends.IsZero():
		return line("You still have ", s.thing(), " until ", s.at(s.Leaning.Ends), " through "+s.Leaning.Request.String()+".")
	case s.Leaning != nil:
		return line(s.thing(), " went on through "+s.Leaning.Request.String()+".")
	case h != nil && h.Before == flows.BeforePresent:
		return line("You were ", s.had(), " before Hallpass; that stays. Security has been told.")
	case h != nil && h.Proof == flows.ProofKept:
		l := line("Something else gives you ", s.thing())
		if h.ProofWords != "" {
			l = line(l, ": ", typed(h.ProofWords))
		}
		return line(l, ". That stays; security has been told.")
	case s.Grant.Released != "":
		return line("It stays: ", typed(s.Grant.Released), ".")
	}
	return nil
}

// had is "a member", or "able to read" said plainly: "given read".
func (s *Story) had() Line {
	if p := s.Grant.Entitlement.Permission; p != "member" {
		return line("given ", typed(p))
	}
	return line("a member")
}

// briefCause is the cause beside "is over" when nothing was taken away.
func (s *Story) briefCause() Line {
	switch g := s.Grant; g.Cause {
	case flows.GivenBack:
		return line(" ", s.capitalYou(g.EndBy), " gave it back ", s.when(s.endedAt()), ".")
	case flows.Revoked:
		return line(" ", s.capitalYou(g.EndBy), " ended it ", s.when(s.endedAt()), s.endWhy(), ".")
	case flows.WasOver:
		return line(" It had ended already. " + wasOver)
	}
	return line(" Its time ended ", s.when(s.overSince()), ".")
}

// wasOver tells why Hallpass had taken something for running that was over.
const wasOver = "Hallpass was set back to an older copy of its database and had forgotten that."

// cause tells why and when the access was taken away.
func (s *Story) cause() Line {
	g, when := s.Grant, s.when(s.endedAt())
	switch g.Cause {
	case flows.GivenBack:
		return line(s.capitalYou(g.EndBy), " gave ", s.thing(), " back ", when, ".")
	case flows.Revoked:
		away := " away early, "
		if g.Endless() {
			away = " away "
		}
		return line(s.capitalYou(g.EndBy), " took ", s.thing(), away, when, s.endWhy(), ".")
	case flows.PersonLeft:
		return line(s.thing(), " was taken back ", when, ", because the account is no longer active.")
	case flows.ReasonGone:
		return line(s.thing(), " was taken back ", when, ", because its reason is gone.")
	case flows.WasOver:
		return line(s.thing(), " had ended already. ", wasOver)
	case flows.Unfinished:
		return line("Giving ", s.thing(), " was not finished; what was there of it was taken back ", when, ".")
	}
	return line(s.thing(), " was taken back ", s.when(s.takenAt()), ".")
}

// early is what taking away is before a planned end; without an end nothing is early.
func (s *Story) early() string {
	if s.Grant == nil || s.Grant.Endless() {
		return ""
	}
	return " early"
}

func (s *Story) endWhy() Line {
	if s.Grant.EndWhy == "" {
		return nil
	}
	return line(": ", quoted(s.Grant.EndWhy))
}

func (s *Story) capitalYou(id flows.PersonID) Line {
	if id == s.Post.Person || id == "" {
		return line("You")
	}
	return line(s.name(id))
}

// proof tells how it is known that the access is gone.
func (s *Story) proof() Line {
	h := s.Holding
	if h == nil || h.Proof == "" {
		return nil
	}
	read := line(" Checked in ", typed(s.Target), " at ", Span{Time: h.FirstRead, Form: Seconds}, " and ", Span{Time: h.SecondRead, Form: Seconds}, ": ")
	switch h.Proof {
	case flows.ProofGone:
		if s.Grant.Entitlement.Permission == "member" {
			return line(read, "you are no longer a member.")
		}
		return line(read, "you no longer have it.")
	case flows.ProofTargetGone:
		return line(read, "it no longer exists there", s.proofWords(), ".")
	case flows.ProofAttested:
		return line(" It could not be read in ", typed(s.Target), "; two admins attest that it is gone", s.proofWords(), ".")
	}
	return nil
}

func (s *Story) proofWords() Line {
	if s.Holding.ProofWords == "" {
		return nil
	}
	return line(" (", typed(s.Holding.ProofWords), ")")
}

// overSince is when the lease was over, for whoever held it: at its planned end, though it may have been noticed later.
func (s *Story) overSince() time.Time {
	if g := s.Grant; g.Cause == flows.Expired && !g.Ends.IsZero() {
		return g.Ends
	}
	return s.endedAt()
}

// takenAt is when the access was really gone: the first read that found it so.
func (s *Story) takenAt() time.Time {
	ended := s.endedAt()
	if h := s.Holding; h != nil && h.Proof == flows.ProofGone && h.FirstRead.After(ended) {
		return h.FirstRead
	}
	return ended
}

// endedAt is when the lease began to end: what the log says, else its planned end.
func (s *Story) endedAt() time.Time {
	g := s.Grant
	for _, e := range s.Entries {
		if e.Action == flows.ActEnding && e.Grant == g.ID {
			return e.At
		}
	}
	if !g.Ended.IsZero() && (g.Ends.IsZero() || g.Ended.Before(g.Ends)) {
		return g.Ended
	}
	if g.Ends.IsZero() {
		return s.Now
	}
	return g.Ends
}
