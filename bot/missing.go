package bot

import (
	"fmt"
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
	}
	return line("somebody")
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
			n = max(n-s.yesIn(i), len(s.Request.Open))
		}
		total += n
	}
	return total
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
