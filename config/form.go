package config

import "strings"

// key is one key of a section.
type key struct {
	name string
	need bool // it must stand there
	form form
}

// form is what may stand behind a key, as a piece of JSON Schema. It is never stricter than the reader of that key.
type form map[string]any

func is(name string, f form) key   { return key{name: name, form: f} }
func must(name string, f form) key { return key{name: name, need: true, form: f} }

var (
	aText   = form{"type": "string", "minLength": 1}
	aFlag   = form{"type": "boolean"}
	aScalar = form{"type": []string{"string", "number", "boolean"}}
	aSpan   = form{"type": "string", "pattern": `^\s*([0-9]{1,6} *[A-Za-z]+ *)+\s*$`, "examples": []string{"45m", "2h", "1h30m", "1d"}}
	aTotal  = form{"type": "string", "pattern": `.+ [pP][eE][rR] .+`, "examples": []string{"24h per 7d"}}
	aSecret = form{"type": "string", "pattern": `^\s*(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)\s*$`}

	selectors = listOf(either(oneOf("everyone"), part(sectionSelector)))
	anOwner   = either(oneOf("resource"), part(sectionOwner))
	tags      = byName(either(aScalar, listOf(aScalar), part(sectionTag)))
)

func oneOf(words ...string) form { return form{"enum": words} }

func whole(low, high int) form { return form{"type": "integer", "minimum": low, "maximum": high} }

func part(section string) form { return form{"$ref": "#/$defs/" + defined(section)} }

// defined is a section's name as it may stand in a reference.
func defined(section string) string { return strings.ReplaceAll(section, " ", "-") }

func listOf(f form) form { return form{"type": "array", "minItems": 1, "items": f} }

// byName is a mapping of whatever names.
func byName(f form) form { return form{"type": "object", "additionalProperties": f} }

func either(forms ...form) form { return form{"anyOf": forms} }

func anIntegration() form {
	var of []form
	for _, k := range kinds {
		of = append(of, part(sectionIntegration+k))
	}
	return either(of...)
}
