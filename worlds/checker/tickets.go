package checker

import (
	"fmt"
	"slices"
	"strings"
)

// tickets: one for each request that wants one, closed at the end.
func (j *judge) tickets() {
	for id, r := range j.requests {
		f, ok := j.flow(r.asked.Data["hash"])
		if !ok || !f.Tickets || r.extends { // more time is told in the ticket of what it lengthens
			continue
		}
		var mine []Ticket
		for _, t := range j.s.Tickets {
			if slices.ContainsFunc(t.Labels, func(l string) bool { return strings.HasPrefix(l, fmt.Sprintf("hallpass-R%d-", id)) }) {
				mine = append(mine, t)
			}
		}
		switch {
		case len(mine) == 0:
			j.fail("R%d has no ticket", id)
		case len(mine) > 1:
			j.fail("R%d has %d tickets", id, len(mine))
		case mine[0].Status != "Done" && !j.anyStuck(id):
			j.fail("the ticket of R%d is %s at the end", id, mine[0].Status)
		}
	}
}

func (j *judge) anyStuck(request int64) bool {
	for _, g := range j.grants {
		if g.request.id == request && g.over == nil {
			return true
		}
	}
	return false
}
