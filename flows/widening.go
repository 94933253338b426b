package flows

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// Narrows reports whether the new policy surely lets nobody have more than the old one, nor with less: whatever the facts are. It is told
// from the texts alone, and every doubt counts as widening: a field that is not known here must stay as it is.
func Narrows(before, after *Policy) bool {
	return before.guardIn == after.guardIn && within(before.Guarded, after.Guarded) && within(before.owners, after.owners) && flowsNarrow(before.Flows, after.Flows)
}

// flowsNarrow follows both lists from the top. Flows are the same by name; one that is gone, or covers less, hands what it covered down to
// those below it.
func flowsNarrow(before, after []*Flow) bool {
	rest := before
	for i, f := range after {
		j := slices.IndexFunc(rest, func(o *Flow) bool { return o.Name == f.Name })
		if j < 0 {
			if !f.Deny && !(len(rest) > 0 && takesFrom(rest[0], f)) {
				return false
			}
			continue // one more deny flow only refuses
		}
		for _, gone := range rest[:j] {
			if handsDown(gone, after[i:]) {
				return false
			}
		}
		if !flowNarrows(rest[j], f, after[i+1:]) {
			return false
		}
		rest = rest[j+1:]
	}
	return true
}

// handsDown reports whether something that a flow covered may come to a flow below, which may be laxer.
func handsDown(f *Flow, below []*Flow) bool {
	for _, g := range below {
		if g.Deny {
			continue
		}
		for _, a := range f.What {
			if slices.ContainsFunc(g.What, func(b What) bool { return mayMeet(a, b) }) {
				return true
			}
		}
	}
	return false
}

// takesFrom reports whether a new flow only takes from the one that it stands above, and is as strict.
func takesFrom(o, n *Flow) bool {
	return !o.Deny && coversLess(o, n) && termsNarrow(o.FlowSpec, n.FlowSpec)
}

// coversLess reports whether everybody and everything that a new flow lets in was let in by the old one.
func coversLess(o, n *Flow) bool {
	return peopleWithin(n.Who.Any, o.Who.Any) && within(o.Who.Except, n.Who.Except) && within(o.Who.Skip, n.Who.Skip) && whatNarrows(o.What, n.What)
}

func flowNarrows(o, n *Flow, below []*Flow) bool {
	if o.Deny && !n.Deny {
		return false
	}
	if n.Deny {
		covers := within(o.Who.Any, n.Who.Any) && within(n.Who.Skip, o.Who.Skip) && linesWithin(o.What, n.What)
		return covers || !handsDown(o, below)
	}
	whole := within(covering(o.Who.Any), covering(n.Who.Any)) && within(n.Who.Skip, o.Who.Skip) && linesWithin(o.What, n.What)
	return coversLess(o, n) && (whole || !handsDown(o, below)) && termsNarrow(o.FlowSpec, n.FlowSpec)
}

// whatNarrows reports whether all that the new lines offer was offered before. The first line that covers decides, so a new line must keep
// the excepts of every old line that it may meet, and lets nobody ask for guarded groups whom that one did not.
func whatNarrows(o, n []What) bool {
	if same(o, n) {
		return true
	}
	for _, line := range n {
		for _, old := range o {
			if mayMeet(old, line) && (!within(old.Except, line.Except) || line.Guarded && !old.Guarded) {
				return false
			}
		}
	}
	return linesWithin(n, o)
}

// linesWithin reports whether each of these lines, but for its excepts, lies within one of those.
func linesWithin(these, those []What) bool {
	for _, a := range these {
		if !slices.ContainsFunc(those, func(b What) bool { return lineWithin(a, b) }) {
			return false
		}
	}
	return true
}

func lineWithin(a, b What) bool {
	return a.In == b.In && a.Type == b.Type && choiceWithin(a.Permissions, b.Permissions) && namesWithin(a.Names, b.Names) && tagsWithin(a, b) &&
		(b.Guarded || !a.Guarded) &&
		(b.Under == "" || a.Under == b.Under || strings.HasPrefix(a.Under, strings.TrimSuffix(b.Under, "/")+"/")) && same(otherOf(a), otherOf(b))
}

// otherOf is what a line says besides what lineWithin knows.
func otherOf(w What) What {
	w.In, w.Type, w.Names, w.Tags, w.TagsIn, w.TagsExist, w.Under, w.Except, w.Permissions, w.Guarded = "", "", nil, nil, nil, nil, "", nil, nil, false
	return w
}

// choiceWithin is within for lists of which the empty one means everything.
func choiceWithin(a, b []string) bool {
	return len(b) == 0 || (len(a) > 0 && within(a, b))
}

func namesWithin(a, b []string) bool {
	if len(b) == 0 {
		return true
	}
	for _, name := range a {
		if !slices.ContainsFunc(b, func(glob string) bool { return name == glob || (literal(name) && matches(glob, name)) }) {
			return false
		}
	}
	return len(a) > 0
}

func tagsWithin(a, b What) bool {
	for k, v := range b.Tags {
		if got, ok := a.Tags[k]; !ok || got != v {
			return false
		}
	}
	for k, list := range b.TagsIn {
		v, equal := a.Tags[k]
		in, some := a.TagsIn[k]
		if !(equal && slices.Contains(list, v)) && !(some && within(in, list)) {
			return false
		}
	}
	for _, k := range b.TagsExist {
		_, equal := a.Tags[k]
		_, some := a.TagsIn[k]
		if !equal && !some && !slices.Contains(a.TagsExist, k) {
			return false
		}
	}
	return true
}

// mayMeet reports whether one thing may lie on both lines.
func mayMeet(a, b What) bool {
	if a.In != b.In || a.Type != b.Type {
		return false
	}
	if len(a.Permissions) > 0 && len(b.Permissions) > 0 && !slices.ContainsFunc(a.Permissions, func(p string) bool { return slices.Contains(b.Permissions, p) }) {
		return false
	}
	for k, v := range a.Tags {
		if other, ok := b.Tags[k]; ok && other != v {
			return false
		}
	}
	if len(a.Names) == 0 || len(b.Names) == 0 {
		return true
	}
	for _, x := range a.Names {
		if slices.ContainsFunc(b.Names, func(y string) bool { return namesMeet(x, y) }) {
			return true
		}
	}
	return false
}

func namesMeet(a, b string) bool {
	switch {
	case literal(a):
		return a == b || matches(b, a)
	case literal(b):
		return matches(a, b)
	}
	x, y := beginning(a), beginning(b)
	return strings.HasPrefix(x, y) || strings.HasPrefix(y, x)
}

const wild = `*?[\`

func literal(name string) bool     { return !strings.ContainsAny(name, wild) }
func beginning(glob string) string { return glob[:strings.IndexAny(glob, wild)] }

func matches(glob, name string) bool {
	ok, _ := path.Match(glob, name) // a pattern that cannot be read was refused with its flow
	return ok
}

// within reports whether each of these is among those.
func within[T any](these, those []T) bool {
	for _, a := range these {
		if !slices.ContainsFunc(those, func(b T) bool { return same(a, b) }) {
			return false
		}
	}
	return true
}

// same compares as flows are hashed: by what they are written as.
func same[T any](a, b T) bool { return string(written(a)) == string(written(b)) }

func written(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	return b
}
