package config

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// FuzzParse holds that a file either loads or has problems, each with its place and one line of words, never panics, and prints its flows so
// that they read back the same.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"testdata/good.yaml", "testdata/everything-wrong.yaml", exampleFile} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(withFlows(f, fullFlows)))
	for _, text := range []string{"", "a", "- a", "flows: [1]", "a: &a [*a]", "<<: *x", "? [a]\n: b", "flows: {<<: [{<<: {}}]}", "people: !!map {}",
		"slack: |\n x", "a: *\"b\n\nc\"", "\"a\nb\": 1", "integrations: {a: {kind: file, people: [{}, null, 1]}}", "flows:\n- approval: {steps: [{all: [null]}]}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("config.yaml", text, Options{Getenv: func(string) string { return "x" }, ReadFile: settings().ReadFile})
		if (c == nil) == (err == nil) {
			t.Fatalf("config %v, error %v", c, err)
		}
		var problems Problems
		if err != nil && (!errors.As(err, &problems) || len(problems) == 0) {
			t.Fatalf("%v", err)
		}
		if c != nil {
			problems = c.Notes
			for _, flow := range c.Flows {
				same(t, flow)
			}
		}
		for _, p := range problems {
			if p.Line < 1 || p.Col < 1 || p.Sentence == "" || strings.ContainsAny(p.Sentence, "\n\r") {
				t.Errorf("%+v", p)
			}
		}
	})
}

// FuzzSelectors holds that whatever chooses people and things either has problems or prints as what reads back the same.
func FuzzSelectors(f *testing.F) {
	for _, seed := range [][3]string{
		{"{user: ana@acme.com}", "{manager: 2}", "names: [\"prod-*\"], except: [{tags: {tier: [1, two]}}]"},
		{"everyone", "{group: owners, at_least: 2}", "tags: {env: prod, owner: {exists: true}}, permissions: [member]"},
		{"{shift: {in: pagerduty, schedule: PSRE01, level: 1}}", "{any: [{owner: {tag: team}}, {shift: {in: pagerduty, schedule: PSRE01}}]}", "under: /a/b, name: x"},
		{"{everyone: true}, {group: \"a: b\"}", "{owner: resource}", "name: '?'"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, who, approver, line string) {
		r := &reader{opts: Options{WithoutSecrets: true}}
		root, ok := r.parse("drawn.yaml", []byte("flows:\n  - name: drawn\n    who: {any: ["+who+"]}\n    what: [{in: okta, type: group, "+line+"}]\n"+
			"    how_long: {max: 1h, custom: true, in_total: 10h per 7d}\n    approval: {steps: [{all: ["+approver+"]}], fallback: [{group: security}]}\n"))
		if !ok {
			return
		}
		list := readFlowList(root.object(sectionFlowsFile).get("flows"))
		for _, x := range list {
			if len(r.problems) == 0 && x.flow != nil {
				same(t, x.flow)
			}
		}
	})
}
