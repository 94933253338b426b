package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// object is a mapping whose keys have been read. Not ok means that nothing readable stands there, which has been reported.
type object struct {
	value
	ok     bool
	fields map[string]value
	order  []string
	keys   map[string]place
}

// object reads a section: unknown keys, keys of later versions and keys that stand twice are reported.
func (v value) object(section string) object {
	o := v.open()
	o.check(section)
	return o
}

// open reads a mapping with whatever keys it has.
func (v value) open() object {
	o := object{value: v, fields: map[string]value{}, keys: map[string]place{}}
	if !v.present() {
		return o
	}
	pairs, ok := pairsOf(v.node)
	if !ok {
		v.wants("a mapping")
		return o
	}
	o.ok = true
	for _, p := range pairs {
		if p.Key.Type() != ast.MergeKeyType {
			o.take(p, true)
		}
	}
	for _, p := range pairs {
		if p.Key.Type() == ast.MergeKeyType {
			o.merge(p)
		}
	}
	return o
}

func pairsOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch x := n.(type) {
	case *ast.MappingNode:
		return x.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{x}, true
	}
	return nil, false
}

// take adds one pair. A key of the mapping's own that stands twice is a problem; one that a merge brings again is overridden.
func (o *object) take(p *ast.MappingValueNode, own bool) {
	name, at := keyOf(o.doc, p.Key)
	if name == "" {
		o.doc.sayAt(at, "a key must be a plain word")
		return
	}
	if first, twice := o.keys[name]; twice {
		if own {
			o.doc.sayAt(at, "%q stands twice; it is also in line %d", name, first.line)
		}
		return
	}
	o.keys[name] = at
	if o.path == "" && strings.HasPrefix(name, "x-") {
		return // the reader's own, at the top level of a file
	}
	o.order = append(o.order, name)
	o.fields[name] = o.doc.value(p.Value, join(o.path, name), at)
}

// merge takes what `<<: *base` brings, one mapping or several.
func (o *object) merge(p *ast.MappingValueNode) {
	n := o.doc.unwrap(p.Value)
	if n == nil {
		return // an alias that leads nowhere, told already
	}
	bases := []ast.Node{n}
	if seq, ok := n.(*ast.SequenceNode); ok {
		bases = seq.Values
	}
	for _, b := range bases {
		pairs, ok := pairsOf(o.doc.unwrap(b))
		if !ok {
			o.doc.sayAt(placeOf(p.Key.GetToken()), "<< must name a mapping, such as <<: *base")
			return
		}
		for _, inner := range pairs {
			if inner.Key.Type() == ast.MergeKeyType {
				o.merge(inner)
				continue
			}
			o.take(inner, false)
		}
	}
}

func keyOf(d *document, key ast.Node) (string, place) {
	at := placeOf(key.GetToken())
	if k, ok := key.(*ast.MappingKeyNode); ok {
		key = k.Value
	}
	switch x := d.unwrap(key).(type) {
	case *ast.StringNode:
		return x.Value, at
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return x.GetToken().Value, at
	}
	return "", at
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// check compares the keys with the section's. What an unknown key was meant to be counts as told, so that it is not also missing.
func (o *object) check(section string) {
	keys := known(section)
	for _, name := range o.order {
		why, planned := later[section][name]
		switch {
		case slices.Contains(keys, name):
		case planned && why != "":
			o.doc.sayAt(o.keys[name], "«%s» is not supported yet: %s", name, why)
		case planned:
			o.doc.sayAt(o.keys[name], "«%s» is not supported yet", name)
		default:
			o.unknown(name, keys)
		}
	}
}

// strange reports whether a key stands there that the section does not know.
func (o object) strange(section string) bool {
	for _, name := range o.order {
		if !slices.Contains(known(section), name) {
			return true
		}
	}
	return false
}

func (o *object) unknown(name string, known []string) {
	if n := nearest(name, known); n != "" {
		o.doc.bad = append(o.doc.bad, join(o.path, n))
	}
	if home := homes[name]; home != "" {
		o.doc.sayAt(o.keys[name], "%q does not belong here; it belongs to %s", name, home)
		return
	}
	o.doc.sayAt(o.keys[name], "unknown key %q; %s", clip(name), meant(name, known))
}

// get is the value of a key, absent or not.
func (o object) get(key string) value {
	if v, ok := o.fields[key]; ok {
		return v
	}
	return value{doc: o.doc, path: join(o.path, key), at: o.at}
}

// tail is the end of a path, with what encloses it: "slack.team_ids".
func tail(path string) string {
	parts := strings.Split(path, ".")
	return strings.Join(parts[max(0, len(parts)-2):], ".")
}

// need is a key that must be there. The hint says what to write.
func (o object) need(key, hint string) value {
	v := o.get(key)
	if o.ok && !v.present() && !o.doc.told(v.path) {
		v.say("%s is missing; %s", tail(v.path), hint)
	}
	return v
}
