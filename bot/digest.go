package bot

import (
	"fmt"
	"time"

	"hallpass/flows"
)

// digestLines is how many requests a digest tells of; Home has all.
const digestLines = 20

// Times that a digest waits for what it tells of, so that it comes once and says how that came out.
const (
	digestWaits = 5 * time.Minute // company time, for the ends that have begun to be proved
	digestAgain = time.Second     // machine time, between two looks
)

// NotYet says that a post is not to be drawn before so long (machine time). Nothing has gone wrong.
type NotYet struct{ After time.Duration }

func (n *NotYet) Error() string { return fmt.Sprintf("not before %s", n.After) }

// readDigest adds the stories of the requests that a digest tells of.
func (b *Bot) readDigest(tx flows.Tx, s *Story) error {
	for _, id := range s.Post.Off.About[:min(len(s.Post.Off.About), digestLines)] {
		x, err := b.read(tx, id, 0)
		if err != nil {
			return err
		}
		x.Post = s.Post
		s.About = append(s.About, x)
	}
	return nil
}

// unsettled reports whether a digest tells of ends that are being taken back at this moment. Where the target does not answer, that is what it tells.
func (s *Story) unsettled() bool {
	if s.Now.Sub(s.Post.Made) >= digestWaits {
		return false
	}
	for _, x := range s.About {
		if x.Grant != nil && x.Grant.State == flows.Revoking && x.Grant.Late == "" {
			return true
		}
	}
	return false
}

// digestCard tells somebody all that a time off meant for them, in one message.
func digestCard(s *Story) Card {
	off := s.Post.Off
	from, to := s.at(off.From), s.at(off.To)
	to.Form = from.Form // both with the day, or neither
	since := line("Hallpass was off from ", from, " to ", to)
	c := Card{Preview: since, Final: true, Blocks: []Block{title(line(since, "."))}}
	again := false
	for _, x := range s.About {
		c.Blocks = append(c.Blocks, paragraph(x.missed()))
		again = again || x.Request.Asker == s.Post.Person && x.Request.State == flows.Lapsed || x.Grant != nil && x.Grant.State == flows.Dropped
	}
	if more := len(off.About) - len(s.About); more > 0 {
		c.Blocks = append(c.Blocks, small(line(fmt.Sprintf("And %d more.", more))))
	}
	if again {
		c.Blocks = append(c.Blocks, buttons(askButton("")))
	}
	return c
}

// missed tells what became of one request while nobody ran.
func (s *Story) missed() Line {
	switch {
	case s.Request.Asker != s.Post.Person:
		return s.missedByApprover()
	case s.Request.State == flows.Approved && s.Grant != nil:
		return s.ending()
	case s.Request.CanDecide():
		return line(bold(s.Request.ID.String()), " · ", s.what(), " waits to be decided.")
	}
	return line(bold(s.Request.ID.String()), " · ", s.what(), ". ", s.closed())
}

func (s *Story) missedByApprover() Line {
	l := line(bold(s.Request.ID.String()), " · ", s.name(s.Request.Asker), " asks for ", s.what(), ", ", s.howLong())
	if !s.Request.CanDecide() {
		return line(l, ": ", s.status(), ".")
	}
	for _, a := range s.Request.Asked {
		if a.Person == s.Post.Person && !a.Gone {
			return line(l, ": it waits for your answer.")
		}
	}
	return line(l, ": it waits for others now.")
}
