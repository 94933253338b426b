package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var block = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// base is what a part of a flow on the page is put into; the page's own keys take the place of these.
var base = []struct{ key, text string }{
	{"name", "name: base\n"},
	{"who", "who: {any: [{group: engineering}]}\n"},
	{"what", "what: [{in: okta, type: group}]\n"},
	{"how_long", "how_long: {choices: [1h], max: 1h}\n"},
	{"approval", "approval: {steps: [{all: [{manager: 1}]}]}\n"},
}

// completed is a block of the page as a file: whole flows as they stand, a part of one put into the base.
func completed(t *testing.T, text string) string {
	before, _, _ := strings.Cut(read(t, "good.yaml"), "flows:\n")
	if regexp.MustCompile(`(?m)^flows:`).MatchString(text) {
		return before + text
	}
	for _, b := range base {
		if !regexp.MustCompile(`(?m)^` + b.key + `:`).MatchString(text) {
			text = b.text + text
		}
	}
	return before + "flows:\n  -\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
}

func TestEveryExampleOfThePageLoads(t *testing.T) {
	page, err := os.ReadFile("../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := ""
	s := compiled(t)
	for _, m := range block.FindAllStringSubmatch(string(page), -1) {
		text := completed(t, m[1])
		shown += m[1]
		c, err := Parse("flows.md", []byte(text), settings())
		if err != nil {
			t.Errorf("%v\n%s", err, m[1])
			continue
		}
		if len(c.Notes) > 0 {
			t.Errorf("%v\n%s", c.Notes, m[1])
		}
		if err := valid(t, s, text); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
	}
	if n := len(block.FindAllString(string(page), -1)); n < 15 {
		t.Errorf("only %d examples were found", n)
	}
	for _, section := range []string{sectionFlow, sectionWho, sectionWhat, sectionTag, sectionMatch, sectionHowLong, sectionExtend, sectionWhy, sectionTicket,
		sectionField, sectionApproval, sectionCondition, sectionDuring, sectionEscalate, sectionStep, sectionRequirement, sectionOwner, sectionShift, sectionTickets, sectionOverride} {
		for _, k := range known(section) {
			if k != "everyone" && !regexp.MustCompile(`(?m)(^|[\s{])`+k+`:`).MatchString(shown) {
				t.Errorf("the page has no example of %s in %s", k, section)
			}
		}
	}
}
