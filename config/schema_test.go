package config

import (
	"slices"
	"testing"
)

func TestNoKeyIsBothKnownAndLater(t *testing.T) {
	for section, keys := range later {
		if _, ok := schema[section]; !ok {
			t.Errorf("there is no section %q", section)
		}
		for key := range keys {
			if slices.Contains(known(section), key) {
				t.Errorf("%q of %q is both known and of a later version", key, section)
			}
		}
	}
}

func TestEveryKindHasASection(t *testing.T) {
	for _, k := range kinds {
		if len(schema[sectionIntegration+k]) == 0 {
			t.Errorf("the kind %q has no keys", k)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"approval", "any", "names", "name", "max", "api_url"}
	for word, want := range map[string]string{"aproval": "approval", "approvla": "approval", "apiUrl": "api_url", "env": "", "nam": "name",
		"maks": "max", "na": "", "": "", "MAX": "max", "completely": ""} {
		if got := nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
