package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hallpass/flows"
)

// missing words what is still to be met, in order: what the last evaluation found open, then the steps after it.
// To the asker it is "your manager", to others "Ana Silva’s manager".
func (s *Story) missing(asker bool) []Line {
	var out []Line
	for _, o := range s.Request.Open {
		out = append(out, s.open(o, asker))
	}
	if s.Flow == nil {
		return out
	}
	for i, step := range s.Flow.Approval.Steps {
		if i < s.Request.StepIndex || (i == s.Request.StepIndex && len(s.Request.Open) > 0) {
			continue
		}
		for _, q := range step.All {
			out = append(out, s.requirement(q, asker))
		}
	}
	return out
}

// open words a requirement that the engine found open. Its words speak to the asker, so a manager is worded anew for others.
func (s *Story) open(o flows.OpenRequirement, asker bool) Line {
	if s.Flow == nil {
		return line(typed(o.Words))
	}
	for _, step := range s.Flow.Approval.Steps {
		for _, q := range step.All {
			if q.From.Key() == o.Key && q.From.Kind == flows.SelectManager {
				return s.requirement(q, asker)
			}
		}
	}
	return line(typed(o.Words))
}

func (s *Story) requirement(q flows.Requirement, asker bool) Line {
	switch {
	case q.OfAdmins():
		return line("two admins")
	case len(q.Any) > 0:
		return s.oneOfThese(q, asker)
	}
	switch f := q.From; f.Kind {
	case flows.SelectGroup:
		if q.Need() > 1 {
			return line(fmt.Sprintf("%d of ", q.Need()), typed(f.Group))
		}
		return line("one of ", typed(f.Group))
	case flows.SelectUser:
		return line(typed(f.User))
	case flows.SelectShift:
		return line("somebody on call")
	case flows.SelectManager:
		level := ""
		if f.Manager > 1 {
			level = fmt.Sprintf(" %d levels up", f.Manager)
		}
		if asker {
			return line("your manager" + level)
		}
		return line(s.name(s.Request.For), "’s manager"+level)
	case flows.SelectOwner:
		return line("the owner of ", s.thing())
	}
	return line("somebody")
}

// oneOfThese is "your manager or cto@acme.com", "2 of: one of sre or one of security".
func (s *Story) oneOfThese(q flows.Requirement, asker bool) Line {
	var words []Line
	for _, from := range q.Any {
		words = append(words, s.requirement(flows.Requirement{From: from}, asker))
	}
	if q.Need() > 1 {
		return line(fmt.Sprintf("%d of: ", q.Need()), join(words, "or"))
	}
	return join(words, "or")
}

// guarded says why admins are asked, empty when they are not.
func (s *Story) guarded() Line {
	if !s.Request.Guarded {
		return nil
	}
	return line("whoever is in ", s.thing(), " asks, decides or administers here, so two admins must agree too")
}

// nobody says that a requirement surely has nobody right now.
func (s *Story) nobody(o flows.OpenRequirement) Line {
	kind, _, _ := strings.Cut(o.Key, ":")
	switch flows.SelectorKind(kind) {
	case flows.SelectShift:
		return line("Nobody is ", typed(strings.TrimPrefix(o.Words, "somebody ")), " right now")
	case flows.SelectGroup:
		return line("Nobody else is in ", typed(strings.TrimPrefix(o.Key, "group:")), " right now")
	case flows.SelectManager:
		return line("There is no manager to ask right now")
	case "admins":
		return line("There are not enough admins to ask right now")
	}
	return line(typed(o.Words), " can’t decide this")
}

// stillNeeded is how many approvals are missing, counting each requirement by its number.
func (s *Story) stillNeeded() int {
	if s.Flow == nil {
		return len(s.Request.Open)
	}
	total := 0
	for i, step := range s.Flow.Approval.Steps {
		if i < s.Request.StepIndex {
			continue
		}
		n := 0
		for _, q := range step.All {
			n += q.Need()
		}
		if i == s.Request.StepIndex {
			n = s.lacking(n - s.yesIn(i))
		}
		total += n
	}
	return total
}

// lacking is how many approvals the open step lacks, as the engine counted them.
func (s *Story) lacking(otherwise int) int {
	total := 0
	for _, o := range s.Request.Open {
		total += o.Lacks
	}
	if total == 0 { // a request of an earlier version
		return max(otherwise, len(s.Request.Open))
	}
	return total
}

// sharedStep reports whether one person may meet several requirements of the open step.
func (s *Story) sharedStep() bool {
	i := s.Request.StepIndex
	return s.Flow != nil && i < len(s.Flow.Approval.Steps) && s.Flow.Approval.Steps[i].SamePerson
}

// couldMeet reports whether the viewer is among those who can meet a requirement.
func (s *Story) couldMeet(o flows.OpenRequirement) bool {
	return slices.ContainsFunc(o.Candidates, func(c flows.Candidate) bool { return c.Person == s.Post.Person })
}

// meets is how many of the approvals that are missing the viewer's yes would be.
func (s *Story) meets() int {
	n := 0
	for _, o := range s.Request.Open {
		if s.sharedStep() && s.couldMeet(o) {
			n++
		}
	}
	return max(n, 1)
}

func (s *Story) yesIn(step int) int {
	n := 0
	for _, d := range s.Decisions {
		if d.Yes && d.Step == step {
			n++
		}
	}
	return n
}

// day shows a time with its day: lapses are usually tomorrow.
func (s *Story) day(t time.Time) Span { return Span{Time: t, Form: DayClock} }
