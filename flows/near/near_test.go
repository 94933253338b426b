package near

import (
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"mine", "mine", 0}, {"mien", "mine", 1}, {"min", "mine", 1}, {"minne", "mine", 1}, {"mane", "mine", 1}, {"", "mine", 4}, {"ä", "a", 1}, {"help", "mine", 4}} {
		if got, back := Distance(c.a, c.b), Distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q and %q are %d and %d apart, want %d", c.a, c.b, got, back, c.want)
		}
	}
	if got := Distance(strings.Repeat("x", Longest+1), "x"); got != Longest {
		t.Errorf("a novel is %d away", got)
	}
}
