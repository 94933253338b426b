package bot

import (
	"time"

	"hallpass/flows"
)

// howLong is for how long something was asked: "2 h", or "until 18:00" when a moment was named.
func (s *Story) howLong() Line {
	if r := s.Request; !r.Until.IsZero() && r.Extends == 0 {
		return line("until ", s.at(r.Until))
	}
	return line(flows.Span(s.Request.Given()))
}

// askedLong is for how long it was asked, whatever approvers made of it.
func (s *Story) askedLong() Line {
	if r := s.Request; !r.Until.IsZero() && r.Extends == 0 && r.Approved == 0 {
		return line("until ", s.at(r.Until), " ("+flows.Span(r.Duration)+")")
	}
	return line(flows.Span(s.Request.Duration))
}

// escalates is when others are asked because nobody decides, and whom; false when nobody is, or they have been asked already.
func (s *Story) escalates() (at time.Time, l Line, ok bool) {
	r := s.Request
	if s.Flow == nil || s.Flow.Approval.Escalate == nil || r.Escalated || r.StepAsked.IsZero() {
		return at, nil, false
	}
	x := s.Flow.Approval.Escalate
	if at = r.StepAsked.Add(x.After); !at.Before(r.Lapses) {
		return at, nil, false
	}
	var people []Line
	for _, to := range x.To {
		people = append(people, s.turnedTo(to))
	}
	l = line(join(people, "and"), " is asked")
	if len(people) > 1 {
		l = line(join(people, "and"), " are asked")
	}
	if x.Replace {
		l = line(l, " instead")
	}
	return at, l, true
}

// turnedTo names whom an escalation asks: a group by its name alone.
func (s *Story) turnedTo(to flows.Selector) Line {
	if to.Kind == flows.SelectGroup {
		return line(typed(to.Group))
	}
	return s.requirement(flows.Requirement{From: to}, false)
}

// silence is what happens if nobody answers: "at 13:25 security is asked · lapses tomorrow at 12:25".
func (s *Story) silence() Line {
	l := line("lapses ", s.day(s.Request.Lapses))
	if at, asked, ok := s.escalates(); ok {
		return line("at ", s.at(at), " ", asked, " · ", l)
	}
	return l
}
