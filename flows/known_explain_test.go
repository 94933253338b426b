package flows_test

import (
	"strings"
	"testing"
	"time"
)

func TestExplainWhyBeingOnCallIsNotEnough(t *testing.T) {
	r := newRota(t, onShift())
	said := func(when string, at time.Time, forAsker bool, want string) {
		t.Helper()
		x := r.explain(ana, time.Hour, at)
		if forAsker {
			x = x.ForAsker()
		}
		_, part, _ := strings.Cut(x.String(), "  ✗ without asking anybody\n")
		if part == "" {
			_, part, _ = strings.Cut(x.String(), "  ✓ without asking anybody\n")
		}
		if part, _, _ = strings.Cut(part, "  · step 1 of 1\n"); part != strings.TrimPrefix(want, "\n") {
			t.Errorf("%s: got\n%s\nwant%s", when, part, want)
		}
	}
	r.at(1)
	r.reads(0, 48)
	r.at(2)
	said("an hour after the last read", time.Time{}, false, `
    ✗ automatic, when all of these hold
      ✗ on shift SRE primary, as planned for 12 h (known since Mon 2 Mar 2026 13:00 UTC)
    ✗ not at once: it has been known only since Mon 2 Mar 2026 13:00 UTC that they are on call now (SRE primary), and 12 h are wanted
`)
	r.look()
	said("while it is new, to the asker", time.Time{}, true, `
    ✗ automatic, when all of these hold
      ✗ on shift SRE primary, as planned for 12 h (known since Mon 2 Mar 2026 13:00 UTC)
    ✗ not at once: it has been known only since Mon 2 Mar 2026 13:00 UTC that they are on call now (SRE primary), and 12 h are wanted
`)
	q := r.asks()
	x, err := r.engine.ExplainRequest(r.ctx, q.ID)
	r.must(err)
	if want := "✗ not at once: it has been known only since Mon 2 Mar 2026 13:00 UTC that they are on call now"; !strings.Contains(x.ForAsker().String(), want) {
		t.Errorf("got\n%s\nwithout %s", x, want)
	}
	said("at a time when it will have been known for long enough", r.start.Add(14*time.Hour), false, `
    ✓ automatic, when all of these hold
      ✓ on shift SRE primary, as planned for 12 h (known since Mon 2 Mar 2026 13:00 UTC)
`)
	said("at a time for which nobody was planned", r.start.Add(60*time.Hour), false, `
    ✗ automatic, when all of these hold
      ✗ on shift SRE primary, as planned for 12 h
    ✗ not at once: the plan of SRE primary, as it was read last, did not have them on call now
`)
	r.shifts.on = nil
	said("to somebody who is not on call", time.Time{}, true, `
    ✗ automatic, when all of these hold
      ✗ it is for whoever is on call
`)
}
