package suite

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// NoSecret fails the test when a print of a value, in any of fmt's ways or as JSON, holds one of the secrets.
func NoSecret(t testing.TB, secrets []string, values ...any) {
	t.Helper()
	for _, v := range values {
		if v == nil {
			continue
		}
		prints := []string{fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%s", v)}
		if text, err := json.Marshal(v); err == nil {
			prints = append(prints, string(text))
		}
		for _, print := range prints {
			for _, secret := range secrets {
				if strings.Contains(print, secret) {
					t.Errorf("a print of %T holds a secret", v)
				}
			}
		}
	}
}
