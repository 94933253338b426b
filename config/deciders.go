package config

import (
	"fmt"

	"hallpass/flows"
)

// Seat is one approval that only certain people can give. Path says where in the flow it is wanted.
type Seat struct {
	Path   string
	People []string // their humans
}

// deciders finds requirements that the people whom they name cannot meet. One human meets one requirement of the whole approval but for
// steps of same_person, and never for a request of their own. Groups, shifts and managers may have any number of people.
func (w written) deciders(a flows.Approval, at string, human func(string) string, admins *adminSeats) {
	say := w.problem
	rest := ""
	if len(a.Fallback) > 0 || a.Escalate != nil {
		say, rest = w.note, "; the others who are asked must decide instead"
	}
	var seats []Seat
	for i, step := range a.Steps {
		if i == 0 && step.SamePerson && len(step.All) == 1 {
			w.note(at+".steps[0].same_person", "says nothing here: there is one requirement, and no step before it")
		}
		for j, r := range step.All {
			path := fmt.Sprintf("%s.steps[%d].all[%d]", at, i, j)
			users, only := namedUsers(r.People(), human)
			if !only {
				continue
			}
			if r.Need() > len(users) {
				say(path, "needs %d people but names %d%s", r.Need(), len(users), rest)
				continue
			}
			if len(users) == 1 {
				w.ownDecider(path, users[0], human, say, rest)
			}
			for range r.Need() {
				if step.SamePerson { // whoever sits elsewhere may sit here too
					break
				}
				seats = append(seats, Seat{path, users})
			}
		}
	}
	if users, only := namedUsers(admins.list(), human); only && len(users) >= flows.AdminsNeeded {
		seats = append(seats, Seat{admins.path, users}, Seat{admins.path, users})
	}
	path := Unseated(seats)
	switch {
	case admins != nil && path == admins.path:
		w.problem(path, "two admins must agree, but those of people.admins are needed elsewhere in this approval, and one person meets one requirement; name more people, or a group")
	case path != "":
		say(path, "everybody named here is needed elsewhere in this approval, and one person meets one requirement; name more people, or a group, or write same_person: true%s", rest)
	}
}

// namedUsers are the humans of a list of addresses, each once; not only when something else stands among them.
func namedUsers(list []flows.Selector, human func(string) string) (users []string, only bool) {
	seen := map[string]bool{}
	for _, s := range list {
		if s.Kind != flows.SelectUser || s.User == "" {
			return nil, false
		}
		if h := human(s.User); !seen[h] {
			seen[h] = true
			users = append(users, h)
		}
	}
	return users, len(users) > 0
}

// ownDecider is about one approver who may also be the asker.
func (w written) ownDecider(path, user string, human func(string) string, say func(string, string, ...any), rest string) {
	askers, only := namedUsers(w.spec.Who.Any, human)
	if only && len(askers) == 1 && askers[0] == user {
		say(path, "only %s may ask and only %s could decide, but nobody decides their own request; name somebody else%s", user, user, rest)
		return
	}
	for _, s := range w.spec.Who.Any {
		if s.Kind == flows.SelectUser && human(s.User) == user && rest == "" {
			w.note(path, "requests of %s can be decided by nobody, as nobody decides their own; add a fallback", user)
		}
	}
}

// Unseated is the path of a seat that stays empty however people are seated, empty when there is none.
func Unseated(seats []Seat) string {
	at := map[string]int{} // the seat of each human
	var place func(n int, tried map[string]bool) bool
	place = func(n int, tried map[string]bool) bool {
		for _, p := range seats[n].People {
			if tried[p] {
				continue
			}
			tried[p] = true
			if other, taken := at[p]; !taken || place(other, tried) {
				at[p] = n
				return true
			}
		}
		return false
	}
	for n := range seats {
		if !place(n, map[string]bool{}) {
			return seats[n].Path
		}
	}
	return ""
}
