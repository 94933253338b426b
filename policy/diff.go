package policy

import (
	"context"
	"strings"

	"hallpass/config"
	"hallpass/flows"
)

// Town is who and what two configurations are compared over. Membership of groups and shifts are asked of Lookup.
type Town struct {
	People    []flows.Person
	Resources []flows.Resource
	Lookup    *flows.Lookup
}

// Diff is who gains and who loses what when one policy takes the place of another, the weightiest first. An outside that does not answer
// is an error: what is not known is not told as if it were no difference.
func Diff(ctx context.Context, before, after *flows.Policy, t Town) ([]flows.Change, error) {
	return t.Lookup.Difference(ctx, before, after, t.People, t.Resources)
}

// Words prints changes for people, one a line, with their signs.
func Words(list []flows.Change) string {
	if len(list) == 0 {
		return "Nobody gains or loses anything.\n"
	}
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.Sign() + " " + c.Words() + "\n")
	}
	return b.String()
}

// Town is the world of a file as a town to compare two configurations over.
func (f *File) Town(set *config.Config) (Town, error) {
	w, wrong := f.Given.read(set)
	if len(wrong) > 0 {
		var list Problems
		for _, s := range wrong {
			list = append(list, Problem{f.Path, 0, s})
		}
		return Town{}, list
	}
	return Town{People: w.people, Resources: w.resources, Lookup: flows.NewLookup(w.outside(set), w.now, w.resources)}, nil
}
