package flows_test

import (
	"flag"
	"testing"

	"pgregory.net/rapid"
)

// histories is how many random stories a property tells that runs the whole engine on a real store for each: go test ./flows -histories=200
var histories = flag.Int("histories", 25, "how many random stories each property of the whole engine tells, 100 at most unless -rapid.checks is more")

// tell draws stories until there are enough. A story that fails is told as often as it takes to make it short.
func tell(t *testing.T, story func(*rapid.T)) {
	t.Helper()
	done, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if !failed && done >= *histories {
			return
		}
		ended := false
		defer func() {
			if ended && !rt.Failed() {
				done++
			} else {
				failed = true
			}
		}()
		story(rt)
		ended = true
	})
}
