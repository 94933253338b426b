package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// what says which line is about the thing, or why none is.
func (x explainer) what(f *Flow) Line {
	var missed []Line
	for i, w := range f.What {
		why, about := x.misses(w)
		text := fmt.Sprintf("what, line %d: ", i+1)
		if why == "" {
			l := Line{Mark: MarkYes, Text: text + lineWords(w), admins: true}
			for _, e := range w.Except {
				if e.matches(x.Resource) {
					return Line{Mark: MarkNo, Text: text + "but for its except: " + matchWords(e), admins: true}
				}
			}
			return l
		}
		if about {
			missed = append(missed, Line{Mark: MarkNo, Text: text + why, admins: true})
		}
	}
	switch len(missed) {
	case 0:
		return Line{Mark: MarkNo, Text: fmt.Sprintf("what: nothing of type %s in %s", x.Resource.Type, x.Resource.Integration), admins: true}
	case 1:
		return missed[0]
	}
	return Line{Mark: MarkNo, Text: "what: no line of it is about this thing", Lines: missed, admins: true}
}

// misses says why a line is not about the thing, empty when it is; about is false when it is of another kind altogether.
func (x explainer) misses(w What) (why string, about bool) {
	r := x.Resource
	if w.In != r.Integration || w.Type != r.Type {
		return "of another type", false
	}
	switch {
	case !w.names(r.Name):
		return fmt.Sprintf("its name matches none of %s", strings.Join(w.Names, ", ")), true
	case !w.permits(x.Permission):
		return fmt.Sprintf("offers %s, not %s", orNothing(w.Permissions), x.Permission), true
	}
	if why := tagsMiss(w, r); why != "" {
		return why, true
	}
	if !w.holds(r) {
		return fmt.Sprintf("it is at %q, not under %s", r.Path, w.Under), true
	}
	return "", true
}

func tagsMiss(w What, r Resource) string {
	for _, k := range slices.Sorted(maps.Keys(w.Tags)) {
		if !tagsMatch(map[string]string{k: w.Tags[k]}, nil, nil, r.Tags) {
			return fmt.Sprintf("its tag %s is %s, not %s", k, tagWords(r, k), w.Tags[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(w.TagsIn)) {
		if !tagsMatch(nil, map[string][]string{k: w.TagsIn[k]}, nil, r.Tags) {
			return fmt.Sprintf("its tag %s is %s, not %s", k, tagWords(r, k), Join(w.TagsIn[k], "or"))
		}
	}
	for _, k := range w.TagsExist {
		if _, ok := r.Tags[k]; !ok {
			return "it has no tag " + k
		}
	}
	return ""
}

func tagWords(r Resource, k string) string {
	if v, ok := r.Tags[k]; ok {
		return v
	}
	return "not there"
}

// lineWords names a line: "okta group prod-*, payments-*, env=prod".
func lineWords(w What) string {
	words := []string{w.In + " " + w.Type}
	if len(w.Names) > 0 {
		words = append(words, strings.Join(w.Names, " or "))
	}
	words = append(words, tagsWords(w.Tags, w.TagsIn, w.TagsExist)...)
	if w.Under != "" {
		words = append(words, "under "+w.Under)
	}
	return strings.Join(words, ", ")
}

func matchWords(m Match) string {
	var words []string
	if m.Name != "" {
		words = append(words, m.Name)
	}
	return strings.Join(append(words, tagsWords(m.Tags, m.TagsIn, m.TagsExist)...), ", ")
}

func tagsWords(equal map[string]string, in map[string][]string, exist []string) (words []string) {
	for _, k := range slices.Sorted(maps.Keys(equal)) {
		words = append(words, k+"="+equal[k])
	}
	for _, k := range slices.Sorted(maps.Keys(in)) {
		words = append(words, k+" in "+strings.Join(in[k], "|"))
	}
	for _, k := range exist {
		words = append(words, "with "+k)
	}
	return words
}
