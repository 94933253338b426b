package policy

import (
	"fmt"

	"hallpass/config"
	"hallpass/flows"
)

// admins reports groups of admins that nobody is in, and notes guarded lines that too few admins could agree to now.
func (l *live) admins() {
	for _, m := range l.set.Mentions {
		if m.Kind != config.MentionAdmins {
			continue
		}
		if people, counted := l.humans([]flows.Selector{{Kind: flows.SelectGroup, Group: m.Name}}); counted && len(people) == 0 {
			l.problems = append(l.problems, m.Problem("nobody who may act is in %q, and admins are needed: they hear of trouble, and end what must end; put people into the group, or name another", m.Name))
		}
	}
	people, counted := l.humans(l.set.People.Admins)
	if !counted || len(people) == 0 || len(people) >= flows.AdminsNeeded {
		return
	}
	for _, f := range l.set.Flows {
		for i, line := range f.What {
			if line.Guarded {
				l.notes = append(l.notes, l.set.Remark(f, fmt.Sprintf("what[%d].guarded", i), "two admins must agree to it, and %s is the only one now, so nobody ever gets it", people[0]))
			}
		}
	}
}
