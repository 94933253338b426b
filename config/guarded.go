package config

import (
	"fmt"
	"slices"

	"hallpass/flows"
)

// adminSeats are the admins who must agree because a line of the flow says guarded, and where it says so; nil when none does.
type adminSeats struct {
	path   string
	admins []flows.Selector
}

func (a *adminSeats) list() []flows.Selector {
	if a == nil {
		return nil
	}
	return a.admins
}

// admins are those that the flow's guarded lines ask.
func (w written) admins(who People) *adminSeats {
	i := slices.IndexFunc(w.spec.What, func(line flows.What) bool { return line.Guarded })
	if i < 0 {
		return nil
	}
	return &adminSeats{guardedAt(i), who.Admins}
}

func guardedAt(i int) string { return fmt.Sprintf("what[%d].guarded", i) }

// guards checks the lines that let people ask for groups that decide about access: where such groups are, and that two admins are there to agree.
func (w written) guards(who People, human func(string) string) {
	for i, line := range w.spec.What {
		if !line.Guarded {
			continue
		}
		users, only := namedUsers(who.Admins, human)
		switch {
		case w.spec.Deny:
			w.problem(guardedAt(i), "says nothing in a flow that forbids, which forbids guarded groups anyway; remove it, or deny")
		case who.Directory != "" && (line.In != who.Directory || line.Type != "group"):
			w.problem(guardedAt(i), "says nothing here: only groups of the directory, %s, choose people", who.Directory)
		case only && len(users) < flows.AdminsNeeded:
			w.problem(guardedAt(i), "two admins must agree to it, but people.admins names one; name more people there, or a group")
		}
	}
}
