package config

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkParse reads a policy of 200 flows. Looking for flows that never decide grows with the square of their number.
func BenchmarkParse(b *testing.B) {
	var policy strings.Builder
	for i := range 200 {
		policy.WriteString(strings.ReplaceAll(strings.Replace(one, "name: databases", fmt.Sprintf("name: flow-%d", i), 1), "prod-*", fmt.Sprintf("prod-%d-*", i)))
	}
	text := []byte(withFlows(b, policy.String()))
	for b.Loop() {
		if _, err := Parse("config.yaml", text, settings()); err != nil {
			b.Fatal(err)
		}
	}
}
