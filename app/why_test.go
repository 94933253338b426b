package app_test

import (
	"strings"
	"testing"

	"hallpass/sandbox"
	"hallpass/sandbox/okta"
)

// guarding is a policy with everything of which somebody may not know.
func guarding(text string) string {
	text = with("except: [{group: contractors}]}", "except: [{group: contractors}], skip: [{group: sre}]}")(text)
	text = with("- {in: okta, type: group, tags: {env: prod}}", "- {in: okta, type: group, tags: {env: prod}, except: [{name: prod-ledger}]}")(text)
	text = with("flows:\n", `flows:
  - name: frozen
    who: {any: [{everyone: true}]}
    what: [{in: okta, type: group, names: [prod-cache, prod-merger]}]
    deny: true

  - name: billing-people
    who: {any: [{group: security}]}
    what: [{in: okta, type: group, name: prod-billing}]
    how_long: {choices: [1h], max: 1h}
    approval: {steps: [{all: [{user: caro.lind@acme.example}]}]}

`)(text)
	return with("  - name: staging\n", `  - name: quick-for-few
    who: {any: [{group: sre}]}
    what: [{in: okta, type: group, name: "prod-*"}]
    how_long: {choices: [1h], max: 1h, in_total: 10h per 7d}
    approval: {automatic: true, fallback: [{group: security}]}

  - name: staging
`)(text)
}

// Who asks why reads nothing of what is not theirs to know: a thing that is hidden reads like one that does not exist, whyever it is hidden.
func TestWhyNamesNothingThatIsHidden(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: guarding, fill: func(c *sandbox.Company) {
		for _, name := range []string{"prod-billing", "prod-merger", "prod-ledger"} {
			tags := map[string]any{}
			if name == "prod-ledger" {
				tags["jitTags"] = "env=prod"
			}
			if err := c.Okta.AddGroup(okta.Group{ID: "00g" + name, Name: name, Profile: tags}); err != nil {
				t.Fatal(err)
			}
		}
	}})
	unknown := w.types(ana, "why prod-nosuch")
	if !has(unknown, "Nothing called prod-nosuch that you can ask for.", "prod-db") || has(unknown, "prod-cache") {
		t.Errorf("of what does not exist Ana reads\n%s", unknown)
	}
	for name, hidden := range map[string]string{"for others": "prod-billing", "forbidden, and for nobody": "prod-merger", "excepted": "prod-ledger"} {
		if got := w.types(ana, "why "+hidden); got != strings.ReplaceAll(unknown, "prod-nosuch", hidden) {
			t.Errorf("%s: Ana reads\n%s\nand of what does not exist\n%s", name, got, unknown)
		}
	}
	if said, other := w.types(ana, "why security"), w.types(ana, "why nosuch"); said != strings.ReplaceAll(other, "nosuch", "security") {
		t.Errorf("of a guarded group Ana reads\n%s\nand of what does not exist\n%s", said, other)
	}
	for who, c := range map[*sandbox.Person]struct{ command, says string }{
		&ana: {"why prod-db for 9h", "asking for at most 8 h"}, &ben: {"why prod-db", "the flow quick-for-few decides"}, &caro: {"why prod-cache", "the flow frozen forbids it"},
	} {
		said := w.types(*who, c.command)
		if !has(said, c.says) {
			t.Errorf("%s types %s and reads\n%s\nwithout %s", who.Name, c.command, said, c.says)
		}
		for _, word := range []string{"engineering", "sre", "contractors", "billing", "merger", "ledger", "who:", "what"} {
			if strings.Contains(said, word) {
				t.Errorf("%s types %s and reads of %s:\n%s", who.Name, c.command, word, said)
			}
		}
	}
	w.done()
}
