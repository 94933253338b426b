package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"hallpass/config"
	"hallpass/flows"
)

// Live looks up what a configuration names where it lives. What is not there is a problem, and so is an attribute that people can write
// themselves where it decides something. That too few people could decide now is a note, as people come and go; so is a vendor that does
// not answer: nothing of it was checked then.
func Live(ctx context.Context, set *config.Config, out flows.Outside) (problems, notes config.Problems) {
	l := &live{ctx: ctx, set: set, out: out, groups: map[string]group{}, people: map[string]flows.Person{}, silent: map[string]bool{}}
	l.names()
	l.attributes()
	l.power()
	if out.Directory != nil && !l.silent[out.DirectoryName] {
		l.admins()
		for _, f := range set.Flows {
			l.approvers(f)
		}
	}
	return l.problems, l.notes
}

type live struct {
	ctx             context.Context
	set             *config.Config
	out             flows.Outside
	groups          map[string]group        // those that exist, by name
	people          map[string]flows.Person // those that exist, by address
	silent          map[string]bool         // integrations that do not answer
	problems, notes config.Problems
}

// group is one that exists, with its members once they were wanted.
type group struct {
	id      string
	members []flows.Person
	read    bool
}

func (l *live) title(in string) string { return first(l.out.Titles[in], in) }

// unanswered notes, once for each integration, that it could not be asked.
func (l *live) unanswered(in string, err error, what string) {
	if l.silent[in] {
		return
	}
	l.silent[in] = true
	l.notes = append(l.notes, config.Problem{File: l.set.File, Sentence: fmt.Sprintf("%s: the %s of %s were not checked", flows.AsCall(err).Sentence, what, l.title(in))})
}

// names looks every name up, each once.
func (l *live) names() {
	said := map[config.Mention]string{}
	for _, m := range l.set.Mentions {
		in := first(m.In, l.out.DirectoryName)
		if l.silent[in] {
			continue
		}
		key := config.Mention{Kind: m.Kind, In: in, Name: m.Name}
		sentence, known := said[key]
		if !known {
			sentence = l.lookUp(m, in)
			said[key] = sentence
		}
		if sentence != "" {
			l.problems = append(l.problems, m.Problem("%s", sentence))
		}
	}
}

// lookUp says what is wrong with a name, empty when nothing is.
func (l *live) lookUp(m config.Mention, in string) string {
	switch {
	case m.Kind == config.MentionSchedule && l.out.OnCall[in] != nil:
		return l.schedule(m.Name, in)
	case m.Kind == config.MentionGroup && l.out.Directory != nil:
		return l.group(m.Name, in)
	case m.Kind == config.MentionUser && l.out.Directory != nil:
		return l.user(m, in)
	}
	return ""
}

func (l *live) group(name, in string) string {
	id, err := l.out.Directory.GroupID(l.ctx, name)
	switch {
	case err == nil:
		l.groups[name] = group{id: id}
	case errors.Is(err, flows.ErrNotFound):
		return fmt.Sprintf("%s has no group called %q%s", l.title(in), name, l.meantGroup(name))
	case errors.Is(err, flows.ErrAmbiguous):
		return fmt.Sprintf("%s has more than one group called %q; give the one that is meant another name", l.title(in), name)
	default:
		l.unanswered(in, err, "groups and people")
	}
	return ""
}

func (l *live) meantGroup(name string) string {
	d, ok := l.out.Directory.(interface {
		GroupNames(context.Context) ([]string, error)
	})
	if !ok {
		return ""
	}
	known, err := d.GroupNames(l.ctx)
	if err != nil {
		return "" // a suggestion less
	}
	return meant(name, known)
}

func meant(name string, known []string) string {
	if near := config.Nearest(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

func (l *live) user(m config.Mention, in string) string {
	p, err := l.out.Directory.PersonBy(l.ctx, "email", m.Name)
	switch {
	case err == nil:
		l.people[m.Name] = p
		if !p.Active() {
			l.notes = append(l.notes, m.Problem("%s may not act now, by %s (%s)", m.Name, l.title(in), p.Status))
		}
	case errors.Is(err, flows.ErrNotFound):
		return fmt.Sprintf("nobody in %s has the address %q%s", l.title(in), m.Name, l.meantUser(m.Name))
	case errors.Is(err, flows.ErrAmbiguous):
		return fmt.Sprintf("more than one person in %s has the address %q", l.title(in), m.Name)
	default:
		l.unanswered(in, err, "groups and people")
	}
	return ""
}

func (l *live) meantUser(address string) string {
	list, err := l.out.Directory.People(l.ctx)
	if err != nil {
		return ""
	}
	var known []string
	for _, p := range list {
		if p.Active() && p.Email != "" {
			known = append(known, p.Email)
		}
	}
	return meant(address, known)
}

func (l *live) schedule(id, in string) string {
	source := l.out.OnCall[in]
	_, err := source.ShiftName(l.ctx, id)
	switch {
	case err == nil:
		return ""
	case !errors.Is(err, flows.ErrNotFound):
		l.unanswered(in, err, "schedules")
		return ""
	}
	sentence := fmt.Sprintf("%s has no schedule %s", l.title(in), id)
	if s, ok := source.(interface {
		Schedules(context.Context) (map[string]string, error)
	}); ok {
		if known, err := s.Schedules(l.ctx); err == nil {
			if near := config.Nearest(id, slices.Sorted(maps.Keys(known))); near != "" {
				sentence += fmt.Sprintf("; did you mean %s (%s)?", near, known[near])
			}
		}
	}
	return sentence
}

// attributes reports those that decide something and that people can write themselves, where they are first named.
func (l *live) attributes() {
	told := map[string]bool{}
	for _, m := range l.set.Mentions {
		in := l.out.DirectoryName
		if m.Kind != config.MentionAttribute || told[m.Name] || l.out.Directory == nil || l.silent[in] {
			continue
		}
		told[m.Name] = true
		switch d := l.out.Doubt(l.ctx, m.Name); {
		case d.Settled:
			l.problems = append(l.problems, m.Problem("%s", d.Sentence))
		case d.Trouble != "":
			l.unanswered(in, &flows.CallError{Sentence: d.Trouble}, "groups and people")
		}
	}
}

// power reports where it cannot be read which groups administer the directory: nothing is given then.
func (l *live) power() {
	if l.out.Directory == nil || l.silent[l.out.DirectoryName] {
		return
	}
	switch d := l.out.DoubtPower(l.ctx); {
	case d.Settled:
		l.problems = append(l.problems, config.Problem{File: l.set.File, Sentence: d.Sentence})
	case d.Trouble != "":
		l.unanswered(l.out.DirectoryName, &flows.CallError{Sentence: d.Trouble}, "groups and people")
	}
}
