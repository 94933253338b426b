package config

import (
	"fmt"
	"strings"
	"time"

	"hallpass/flows"

	"github.com/goccy/go-yaml/ast"
)

// value is one place in a file. The zero node means that nothing stands there; every reader then gives its zero value and stays
// silent, so that what is missing is reported once, by whoever needs it.
type value struct {
	doc  *document
	node ast.Node
	path string // "flows[0].how_long.max"
	at   place
}

func (d *document) value(n ast.Node, path string, key place) value {
	found := d.unwrap(n)
	v := value{doc: d, node: found, path: path, at: start(found, key)}
	d.places[path] = v.at
	if n != nil && found == nil {
		d.bad = append(d.bad, path) // an alias that leads nowhere, told already
	}
	if d.values++; d.values > maxValues {
		v.node = nil
		if d.values == maxValues+1 {
			v.say("the file is too large once its anchors are followed")
		}
	}
	if _, null := v.node.(*ast.NullNode); null {
		v.say("%s has no value; fill it in or remove it", v.name())
		v.node = nil
	}
	return v
}

func (v value) present() bool { return v.node != nil }

// name is the last part of the path, for sentences: "max", "team_ids[1]".
func (v value) name() string {
	if v.path == "" {
		return "the file"
	}
	return v.path[strings.LastIndexByte(v.path, '.')+1:]
}

func (v value) say(format string, args ...any) {
	v.doc.bad = append(v.doc.bad, v.path)
	v.doc.sayAt(v.at, format, args...)
}

// wants reports a value of another type, without showing it.
func (v value) wants(what string) { v.say("%s must be %s, not %s", v.name(), what, v.shape()) }

// shape is a type of value in YAML, worded for sentences.
type shape string

const (
	mapping shape = "a mapping"
	list    shape = "a list"
	boolean shape = "true or false"
	number  shape = "a number"
	text    shape = "text"
)

func (v value) shape() shape {
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return mapping
	case *ast.SequenceNode:
		return list
	case *ast.BoolNode:
		return boolean
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return number
	}
	return text
}

// plain is the text of a text value, and whether it is one.
func (v value) plain() (string, bool) {
	switch x := v.node.(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.LiteralNode:
		return x.Value.Value, true
	}
	return "", false
}

// scalar reads any single value as text, as it is written: {tier: 1} means the tag tier=1.
func (v value) scalar() string {
	switch v.node.(type) {
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return v.node.GetToken().Value
	}
	return v.text()
}

// maxText is the longest text in the file, in bytes. Secrets are not bound by it.
const maxText = 1500

// text reads text that is not empty, without space around it.
func (v value) text() string {
	if !v.present() {
		return ""
	}
	s, ok := v.plain()
	switch s = strings.TrimSpace(s); {
	case !ok && (v.shape() == boolean || v.shape() == number):
		v.say("%s must be text; put it in quotes", v.name())
	case !ok:
		v.wants("text")
	case s == "":
		v.say("%s is empty; fill it in or remove it", v.name())
	case len(s) > maxText:
		v.say("%s is too long; the limit is %d bytes", v.name(), maxText)
	}
	return s
}

// word reads one of a few words; what is absent gives the first.
func (v value) word(words ...string) string {
	s := v.text()
	if s == "" {
		return words[0]
	}
	for _, w := range words {
		if s == w {
			return w
		}
	}
	v.say("%s must be %s, not %q", v.name(), flows.Join(words, "or"), flows.Cut(s, longestWord))
	return words[0]
}

// number reads a whole number within bounds; what is absent gives the default.
func (v value) number(low, high, otherwise int) int {
	if !v.present() {
		return otherwise
	}
	if x, ok := v.node.(*ast.IntegerNode); ok {
		switch n := x.Value.(type) {
		case int64:
			if n >= int64(low) && n <= int64(high) {
				return int(n)
			}
		case uint64:
			if n <= uint64(high) && int(n) >= low {
				return int(n)
			}
		}
	}
	v.say("%s must be a whole number from %d to %d", v.name(), low, high)
	return otherwise
}

func (v value) flag() bool {
	if !v.present() {
		return false
	}
	if x, ok := v.node.(*ast.BoolNode); ok {
		return x.Value
	}
	v.wants("true or false")
	return false
}

// span reads a duration; what is absent gives the default.
func (v value) span(otherwise time.Duration) time.Duration {
	if !v.present() {
		return otherwise
	}
	switch v.shape() {
	case mapping, list:
		v.wants("a duration such as 2h")
		return otherwise
	}
	written, ok := v.plain()
	if !ok {
		written = v.node.GetToken().Value
	}
	d, err := flows.ParseSpan(written)
	if err != nil {
		v.say("%q is not a duration; write it like 45m, 2h, 1h30m or 1d", flows.Cut(written, longestWord))
		return otherwise
	}
	return d
}

// list reads a list that is not empty.
func (v value) list() []value {
	if !v.present() {
		return nil
	}
	seq, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.wants("a list")
		return nil
	}
	if len(seq.Values) == 0 {
		v.say("%s is empty; fill it in or remove it", v.name())
	}
	out := make([]value, 0, len(seq.Values))
	for i, n := range seq.Values {
		out = append(out, v.doc.value(n, fmt.Sprintf("%s[%d]", v.path, i), v.doc.itemAt(n, v.at)))
	}
	return out
}

// itemAt is where an item of a list stands: a block mapping begins at its first key.
func (d *document) itemAt(n ast.Node, list place) place {
	switch x := d.unwrap(n).(type) {
	case *ast.MappingNode:
		if !x.IsFlowStyle && len(x.Values) > 0 {
			return placeOf(x.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return placeOf(x.Key.GetToken())
	}
	if n == nil {
		return list
	}
	return placeOf(n.GetToken())
}

// texts reads a list of texts.
func (v value) texts() []string {
	var out []string
	for _, item := range v.list() {
		if s := item.text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}
