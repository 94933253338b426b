package flows

import (
	"fmt"
	"time"
)

// needless is what is said of a known_for where being on a shift does not do without a human.
const needless = "has a meaning only where being on the shift does without a human; remove it here"

// knownFors checks that known_for stands only where being on a shift may do without a human, and that it is neither too short nor too long.
// That approvers have none is checked with them.
func (c *checker) knownFors(s *FlowSpec) {
	c.knownFor("who.any", s.Who.Any, s.letsSome())
	c.knownFor("who.except", s.Who.Except, false)
	c.knownFor("who.skip", s.Who.Skip, false)
	if s.Deny {
		return
	}
	c.knownForIn("approval", s.Approval)
	for i, o := range s.ForGroups {
		if o.Approval != nil {
			c.knownForIn(fmt.Sprintf("for_groups[%d].approval", i), *o.Approval)
		}
	}
}

func (c *checker) knownForIn(at string, a Approval) {
	c.knownFor(at+".exempt", a.Exempt, true)
	for i, x := range a.AutomaticIf {
		where := fmt.Sprintf("%s.automatic[%d]", at, i)
		if x.Shift != nil && (x.Shift.In == "" || x.Shift.Schedule == "") {
			c.say(where+".shift", "shift needs in and schedule")
		}
		c.longEnough(where, x.KnownFor, x.Shift != nil)
	}
}

func (c *checker) knownFor(at string, list []Selector, counts bool) {
	for i, s := range list {
		c.longEnough(fmt.Sprintf("%s[%d]", at, i), s.KnownFor, counts && s.isShift())
	}
}

func (c *checker) longEnough(at string, d time.Duration, counts bool) {
	switch {
	case d == 0:
	case !counts:
		c.say(at+".shift.known_for", needless)
	case d < LeastKnownFor || d > MostKnownFor:
		c.say(at+".shift.known_for", "must be from %s to %s", Span(LeastKnownFor), Span(MostKnownFor))
	}
}
