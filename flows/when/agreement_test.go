package when_test

import (
	"strings"
	"testing"

	"hallpass/flows"
	"hallpass/flows/when"
)

// What a file says and what a person types in a form are read by the same rules.
func FuzzDurationsAgreeWithThoseOfFlows(f *testing.F) {
	for _, seed := range []string{"90m", "2 h", "1h30m", "1 d", "2w", "", "0m", "1h 30", "1.5h", "2  hours", "2\th", "1000000s", "3650d", "3651d", "1D 2H", "٣h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := when.ParseDuration(text)
		want, wantErr := flows.ParseSpan(text)
		if err == nil && (wantErr != nil || got != want) {
			t.Errorf("%q is %v here and %v, %v in flows", text, got, want, wantErr)
		}
		if err != nil && wantErr == nil && !strings.Contains(err.Error(), "more than 10 years") { // flows lets 30501w wrap around
			t.Errorf("%q is refused here and %v in flows", text, want)
		}
		if err == nil {
			if again, err := when.ParseDuration(when.Duration(got)); err != nil || again != got {
				t.Errorf("%v is written %q and reads back as %v, %v", got, when.Duration(got), again, err)
			}
		}
	})
}
