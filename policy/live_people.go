package policy

import (
	"fmt"
	"slices"

	"hallpass/config"
	"hallpass/flows"
)

// approvers notes which requirements too few people could meet now. Managers, owners and shifts differ from asker to asker and from hour to hour,
// so only requirements of groups and users are counted.
func (l *live) approvers(f *flows.Flow) {
	l.approval(f, f.Approval, "approval")
	for i, o := range f.ForGroups {
		if o.Approval != nil {
			l.approval(f, *o.Approval, fmt.Sprintf("for_groups[%d].approval", i))
		}
	}
}

func (l *live) approval(f *flows.Flow, a flows.Approval, at string) {
	askers := l.askers(f)
	others := len(a.Fallback) > 0 || a.Escalate != nil
	var seats []config.Seat
	for i, step := range a.Steps {
		for j, r := range step.All {
			path := fmt.Sprintf("%s.steps[%d].all[%d]", at, i, j)
			people, counted := l.humans(r.People())
			if !counted {
				continue
			}
			why := short(len(people), r.Need(), others)
			missing := why != ""
			if !missing {
				why = own(people, r.Need(), askers, others)
			}
			if why != "" && slices.ContainsFunc(r.People(), isGroup) { // of those named one by one the file itself tells
				l.notes = append(l.notes, l.set.Remark(f, path, "%s", why))
			}
			if missing {
				continue
			}
			for range r.Need() {
				if !step.SamePerson {
					seats = append(seats, config.Seat{Path: path, People: people})
				}
			}
		}
	}
	if path := config.Unseated(seats); path != "" {
		l.notes = append(l.notes, l.set.Remark(f, path, "everybody who could decide this now is needed elsewhere in this approval, and one person meets one requirement"))
	}
	l.fallback(f, a, at)
}

func isGroup(s flows.Selector) bool { return s.Kind == flows.SelectGroup }

// short says that there are fewer people than wanted. The fallback stands in only for nobody at all.
func short(have, need int, others bool) string {
	switch {
	case have >= need:
		return ""
	case have == 0 && others:
		return "nobody could decide this now, so others are always asked instead"
	case have == 0:
		return "nobody could decide this now, and there is no fallback"
	}
	return fmt.Sprintf("needs %d people, and %d could decide this now", need, have)
}

// own says that an asker would be wanted for their own request.
func own(people []string, need int, askers func(string) bool, others bool) string {
	i := slices.IndexFunc(people, askers)
	left := len(people) - 1
	switch {
	case i < 0 || left >= need || left == 0 && others:
		return ""
	case left == 0:
		return fmt.Sprintf("only %s could decide this now, who may ask too, and nobody decides their own request; add a fallback", people[i])
	}
	return fmt.Sprintf("when %s asks, %d could decide this and %d are needed, as nobody decides their own request", people[i], left, need)
}

// fallback notes one that nobody is in.
func (l *live) fallback(f *flows.Flow, a flows.Approval, at string) {
	if len(a.Fallback) == 0 {
		return
	}
	if people, counted := l.humans(a.Fallback); counted && len(people) == 0 {
		l.notes = append(l.notes, l.set.Remark(f, at+".fallback", "nobody is there now"))
	}
}

// human is who an account belongs to: its address, or the first of those that are one human.
func (l *live) human(p flows.Person) string {
	for _, accounts := range l.set.People.SameHuman {
		if slices.ContainsFunc(accounts, func(a string) bool { return flows.SameAddress(a, p.Email) }) {
			return accounts[0]
		}
	}
	return first(p.Email, string(p.ID))
}

// humans are those who may act among some people; not counted where it depends on the asker, the thing or the hour, or could not be read.
func (l *live) humans(list []flows.Selector) (out []string, counted bool) {
	seen := map[string]bool{}
	for _, s := range list {
		people, ok := l.chosen(s)
		if !ok {
			return nil, false
		}
		for _, p := range people {
			if h := l.human(p); p.Active() && !seen[h] {
				seen[h] = true
				out = append(out, h)
			}
		}
	}
	return out, true
}

// chosen are the people of a user or a group.
func (l *live) chosen(s flows.Selector) ([]flows.Person, bool) {
	switch s.Kind {
	case flows.SelectUser:
		p, ok := l.people[s.User]
		return []flows.Person{p}, ok
	case flows.SelectGroup:
		return l.members(s.Group)
	}
	return nil, false
}

func (l *live) members(name string) ([]flows.Person, bool) {
	g, known := l.groups[name]
	if !known || l.silent[l.out.DirectoryName] {
		return nil, false
	}
	if !g.read {
		list, err := l.out.Directory.Members(l.ctx, g.id)
		if err != nil {
			l.unanswered(l.out.DirectoryName, err, "groups and people")
			return nil, false
		}
		g.members, g.read = list, true
		l.groups[name] = g
	}
	return g.members, true
}

// askers tells of a human whether they surely may ask under the flow.
func (l *live) askers(f *flows.Flow) func(string) bool {
	in := func(list []flows.Selector, human string) bool {
		return slices.ContainsFunc(list, func(s flows.Selector) bool {
			if s.Kind == flows.SelectEveryone {
				return true
			}
			people, _ := l.humans([]flows.Selector{s})
			return slices.Contains(people, human)
		})
	}
	return func(human string) bool {
		return in(f.Who.Any, human) && !in(f.Who.Except, human) && !in(f.Who.Skip, human)
	}
}
