package config

import (
	"encoding/json"
	"maps"
	"slices"
)

// draft is the dialect of JSON Schema that Schema prints.
const draft = "https://json-schema.org/draft/2020-12/schema"

// Schema is a JSON Schema of the file, for editors: what it accepts has the right keys and kinds of values. It is laxer than Parse, which
// also knows what contradicts what; whatever Parse accepts it accepts, but for blanks around a word in quotes. The schema of a file of flows alone is its #/$defs/flows-file.
func Schema() []byte {
	defs := form{}
	for name := range schema {
		defs[defined(name)] = definition(name)
	}
	top := maps.Clone(defs[sectionTop].(form))
	top["$schema"], top["title"], top["$defs"] = draft, "Hallpass configuration", defs
	text, err := json.MarshalIndent(top, "", "  ")
	if err != nil {
		panic(err) // plain maps of strings and numbers
	}
	return append(text, '\n')
}

// definition is one section. Keys that begin with x- are free at the top of a file.
func definition(section string) form {
	properties, required := form{}, []string{}
	for _, k := range schema[section] {
		properties[k.name] = k.form
		if k.need {
			required = append(required, k.name)
		}
	}
	d := form{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		d["required"] = slices.Clone(required)
	}
	switch section {
	case sectionTop, sectionFlowsFile:
		d["patternProperties"] = form{"^x-": true}
	case sectionHowLong:
		d["anyOf"] = []form{{"required": []string{"max"}}, {"required": []string{"indefinite"}}}
	case sectionSelector:
		d["minProperties"], d["maxProperties"] = 1, 1
	}
	return d
}
