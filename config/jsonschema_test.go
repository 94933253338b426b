package config

import (
	"bytes"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid is what the schema finds wrong with a text.
func valid(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestTheSchemaAcceptsWhatTheLoaderAccepts(t *testing.T) {
	s := compiled(t)
	text, _ := example(t)
	for name, text := range map[string]string{"the example": text, "good.yaml": read(t, "good.yaml")} {
		if err := valid(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSchemaRefusesWhatIsMistyped(t *testing.T) {
	s := compiled(t)
	for _, c := range []struct{ good, bad, at string }{
		{"how_long:", "howlong:", "'/flows/0'"},
		{"store:", "stor:", "''"},
		{"max: 8h", "max: 8", "'/flows/0/how_long/max'"},
		{"max: 8h", "max: soon", "'/flows/0/how_long/max'"},
		{"max: 8h", "indefinite: soon", "'/flows/0/how_long/indefinite'"},
		{"max: 8h", "custom: true", "'/flows/0/how_long'"},
		{"reason: required", "reason: requird", "'/flows/0/why/reason'"},
		{"{manager: 1}", "{manager: 1, group: x, any: 2}", "'/flows/0/approval/steps/0/all/0"},
		{"{group: engineering}", "{group: engineering, user: a@b}", "'/flows/0/who/any/0"},
		{"  directory: okta\n", "", "'/people'"},
		{"kind: okta, ", "kind: octa, ", "'/integrations/okta"},
		{"env:OKTA_TOKEN", "THE-SECRET", "'/integrations/okta"},
	} {
		err := valid(t, s, strings.Replace(read(t, "good.yaml"), c.good, c.bad, 1))
		if err == nil || !strings.Contains(err.Error(), c.at) {
			t.Errorf("%s: %v", c.bad, err)
		}
	}
}
