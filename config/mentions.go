package config

import (
	"cmp"
	"fmt"
	"slices"

	"hallpass/flows"
)

// MentionKind is what somebody has named.
type MentionKind string

// What a file names that only the outside knows.
const (
	MentionGroup     MentionKind = "group"
	MentionUser      MentionKind = "user"     // by address
	MentionSchedule  MentionKind = "schedule" // of the integration In
	MentionAttribute MentionKind = "attribute"
	MentionAdmins    MentionKind = "admins" // a group among the admins, which is mentioned as a group too
)

// Mention is one place of the file that names something outside, to be looked up there. An attribute is one of people that is taken for
// authority.
type Mention struct {
	Kind      MentionKind
	In        string // the integration of a schedule; the directory's otherwise
	Name      string
	file      string
	line, col int
}

// Problem is what is wrong with what is named.
func (m Mention) Problem(format string, args ...any) Problem {
	return Problem{m.file, m.line, m.col, fmt.Sprintf(format, args...)}
}

// Nearest is the known name most like one that nobody knows, empty when none is near enough to be meant.
func Nearest(name string, known []string) string { return nearest(name, known) }

// mention keeps that a value names something outside, as it was read.
func (v value) mention(kind MentionKind, in, name string) {
	if name != "" {
		v.doc.mentions = append(v.doc.mentions, Mention{kind, in, name, v.doc.file, v.at.line, v.at.col})
	}
}

// mentionPeople keeps whom a selector names.
func (v value) mentionPeople(s flows.Selector) {
	switch s.Kind {
	case flows.SelectUser:
		v.mention(MentionUser, "", s.User)
	case flows.SelectGroup:
		v.mention(MentionGroup, "", s.Group)
	case flows.SelectManager:
		v.mention(MentionAttribute, "", flows.AttributeManager)
	}
}

// group reads the name of a group.
func (v value) group() string {
	name := v.text()
	v.mention(MentionGroup, "", name)
	return name
}

// mentioned are the mentions in the order of the file, those of an anchor once.
func (r *reader) mentioned() []Mention {
	list := slices.Clone(r.mentions)
	slices.SortStableFunc(list, func(a, b Mention) int {
		return cmp.Or(cmp.Compare(a.file, b.file), a.line-b.line, a.col-b.col, cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(list)
}

// position finds the places of one flow's parts.
type position struct {
	file   string
	places map[string]place
	path   string
	at     place
}

// Remark is a problem at a place of a flow, by its path ("approval.steps[0].all[1]"), or at what encloses it.
func (c *Config) Remark(f *flows.Flow, path, format string, args ...any) Problem {
	p := c.positions[f.Name]
	at := (&document{places: p.places}).where(join(p.path, path), p.at)
	return Problem{p.file, at.line, at.col, path + ": " + fmt.Sprintf(format, args...)}
}

func positionsOf(list []written) map[string]position {
	out := map[string]position{}
	for _, w := range list {
		if w.flow != nil {
			out[w.flow.Name] = position{w.doc.file, w.doc.places, w.path, w.at}
		}
	}
	return out
}
