package policy_test

import (
	"strings"
	"testing"

	"hallpass/policy"
)

// Whatever is in a file of cases, reading and trying it never panics, and its problems are one line each.
func FuzzCases(f *testing.F) {
	f.Add(given + "cases:\n  - {request: {by: ana, for: prod-db, how_long: 4h}, expect: {steps: [[caro, {of: [ben], at_least: 2}]], longest: 8h}}\n")
	f.Add("cases: [{expect: automatic}]")
	f.Add("given: {now: \"2026-03-02 12:00\", zone: Europe/Berlin, used: 2h, silent: [okta]}\ncases: []")
	f.Add("x-a: &a {by: ana, for: x}\ngiven: {people: {ana: {manager: ana}}, resources: {x: {}}}\ncases: [{request: *a, expect: denied}]")
	f.Add("cases: 1")
	set := load(f, flowsNow)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := policy.Parse("cases.yaml", []byte(text))
		if err == nil {
			_, err = file.Run(t.Context(), set)
		}
		problems, _ := err.(policy.Problems)
		for _, p := range problems {
			if strings.Contains(p.String(), "\n") {
				t.Errorf("not one line: %q", p)
			}
		}
	})
}
