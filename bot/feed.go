package bot

import (
	"hallpass/flows"
)

// feedCard is a request's one line in the channel. It ends with the short hash of its last entry, so that the channel is a witness.
func feedCard(s *Story) Card {
	r := s.Request
	l := line(bold(r.ID.String()), "  ", s.name(r.Asker), " → ", s.what(), ", ", s.howLong())
	if s.extends() {
		l = line(bold(r.ID.String()), "  ", s.name(r.Asker), " → ", s.what(), ", "+flows.Span(r.Given())+" more (", s.lengthens(), ")")
	}
	l = line(l, " · ", s.status())
	if by := s.agreedBy(); by != nil {
		l = line(l, " · agreed by ", by)
	}
	if r.Stray {
		l = line(l, " · found after a restore")
	}
	if r.Ticket != "" {
		l = line(l, " · ", typed(r.Ticket))
	}
	if hash := s.hash(); hash != "" {
		l = line(l, gap+hash)
	}
	return Card{Preview: line(r.ID.String(), "  ", s.name(r.Asker), " → ", s.thing()), Blocks: []Block{paragraph(l)}, Final: s.feedDone()}
}

// hash is the short hash of the last entry that the feed tells of.
func (s *Story) hash() string {
	for i := len(s.Entries) - 1; i >= 0; i-- {
		if s.entry(s.Entries[i]) != nil {
			return s.Entries[i].Short()
		}
	}
	return ""
}

func (s *Story) agreedBy() Line {
	var names []Line
	for _, d := range s.Decisions {
		if d.Yes {
			names = append(names, line(s.name(d.Person)))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return join(names, "and")
}

func (s *Story) feedDone() bool {
	r := s.Request
	if r.State != flows.Approved {
		return !r.CanDecide()
	}
	return s.extends() || (s.Grant != nil && s.Grant.State.Over())
}

// status is where a request and its lease are, for the channel.
func (s *Story) status() Line {
	switch r := s.Request; r.State {
	case flows.Pending:
		return s.pendingStatus()
	case flows.Denied:
		if r.ClosedBy != "" {
			return line("denied by ", s.name(r.ClosedBy))
		}
		return line("denied")
	case flows.Canceled:
		return line("canceled ", s.when(r.Closed))
	case flows.Lapsed:
		return line("lapsed ", s.when(r.Closed))
	}
	if s.extends() {
		return line("extended")
	}
	return s.leaseStatus()
}

func (s *Story) pendingStatus() Line {
	for _, o := range s.Request.Open {
		if o.Unknown != "" {
			return line("waiting: ", typed(o.Unknown))
		}
	}
	if needed := s.missing(false); len(needed) > 0 {
		return line("waiting for ", join(needed, "and"))
	}
	return line("waiting")
}

func (s *Story) leaseStatus() Line {
	g := s.Grant
	if g == nil {
		return line("approved")
	}
	switch g.State {
	case flows.Waiting, flows.Granting:
		if g.Late != "" {
			return line("approved, not given yet: ", typed(g.Late))
		}
		return line("approved, being given")
	case flows.Active:
		return line("active", s.until(g))
	case flows.Revoking:
		return s.revokingStatus()
	case flows.Failed, flows.Dropped:
		return line("not given")
	}
	return s.overStatus()
}

func (s *Story) revokingStatus() Line {
	switch {
	case s.Holding != nil && s.Holding.Stuck != "":
		return line("over since ", s.at(s.overSince()), ", put back by somebody else")
	case s.Grant.Late != "":
		return line("over since ", s.at(s.overSince()), ", not taken back yet: ", typed(s.Grant.Late))
	}
	return line("over since ", s.at(s.overSince()), ", being taken back")
}

func (s *Story) overStatus() Line {
	g, when := s.Grant, s.when(s.overSince())
	switch {
	case s.Leaning != nil:
		return line("over ", when, ", held on by "+s.Leaning.Request.String())
	case s.Holding != nil && s.Holding.Before == flows.BeforePresent:
		return line("over ", when, ", there before and stays")
	case s.Holding != nil && s.Holding.Proof == flows.ProofKept:
		return line("over ", when, ", kept by something else")
	case s.Holding != nil && s.Holding.Proof == flows.ProofAttested:
		return line("over ", when, ", attested but not proved")
	case g.Cause == flows.Revoked:
		return line("taken away"+s.early()+" ", when)
	case g.Cause == flows.GivenBack:
		return line("given back ", when)
	}
	return line("taken back ", s.when(s.takenAt()))
}
