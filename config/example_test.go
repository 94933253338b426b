package config

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"hallpass/flows"
)

const exampleFile = "../config.example.yaml"

func example(t *testing.T) (string, *Config) {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("config.example.yaml", text, Options{WithoutSecrets: true})
	if err != nil {
		t.Fatalf("the example does not load:\n%v", err)
	}
	return string(text), c
}

func TestTheExampleLoadsAndMeansWhatItSays(t *testing.T) {
	_, c := example(t)
	var names []string
	for _, f := range c.Flows {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, []string{"never", "production-databases", "approvers", "staging", "break-glass", "team-tools"}) {
		t.Errorf("flows: %v", names)
	}
	if !slices.Equal(c.Guarded, []string{"contractors", "database-experts", "database-owners", "engineering", "interns", "security", "sre", "sre-leads"}) {
		t.Errorf("guarded: %v", c.Guarded)
	}
	if f := c.Flows[1]; f.Approval.Steps[0].All[1].Need() != 1 || f.Approval.Fallback[0].Group != "security" || !f.Why.Required {
		t.Errorf("production-databases: %+v", f.FlowSpec)
	}
	if f := c.Flows[3]; f.Who.Any[0].Kind != flows.SelectEveryone || !f.Approval.Automatic || f.What[0].Names[0] != "staging-*" {
		t.Errorf("staging: %+v", f.FlowSpec)
	}
}

func TestTheExampleIsMeantAsItIs(t *testing.T) {
	_, c := example(t)
	for _, n := range c.Notes {
		t.Error(n)
	}
}

func TestTheExampleShowsEveryKey(t *testing.T) {
	text, _ := example(t)
	for section := range schema {
		for _, key := range known(section) {
			if !regexp.MustCompile(`(?m)(^|[\s{#])` + key + `:`).MatchString(text) {
				t.Errorf("%q of section %q is not in config.example.yaml", key, section)
			}
		}
	}
}
