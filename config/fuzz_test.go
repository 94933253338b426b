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
