package flows_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hallpass/flows"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 30 * time.Second: "30 s", time.Minute: "1 min", 45 * time.Minute: "45 min", time.Hour: "1 h", 90 * time.Minute: "1 h 30 min",
		24 * time.Hour: "1 d", 50*time.Hour + 5*time.Minute: "2 d 2 h 5 min", 59*time.Minute + 40*time.Second: "1 h", 7 * 24 * time.Hour: "7 d",
	} {
		is(t, d.String(), flows.Span(d), want)
	}
}

func TestParseSpan(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "2 h": 2 * time.Hour, "2h": 2 * time.Hour, "1h30m": 90 * time.Minute, "1 h 30 min": 90 * time.Minute, "1d": 24 * time.Hour,
		" 45 Minutes ": 45 * time.Minute, "1 week": 7 * 24 * time.Hour, "30s": 30 * time.Second, "2 hours": 2 * time.Hour,
	} {
		got, err := flows.ParseSpan(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
		}
		is(t, s, got, want)
	}
	for _, s := range []string{"", "h", "2", "two hours", "-2h", "2.5h", "2h!", "0h", "2 h foo", "9999999h", "999999w", "2h-1h", "1e3h", "٣h", "2\u00a0h"} {
		if d, err := flows.ParseSpan(s); err == nil {
			t.Errorf("%q is read as %s", s, d)
		} else if !strings.HasSuffix(err.Error(), "is not a duration; write it like 45m, 2h, 1h30m or 1d") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"90m", "1h30m", "2 weeks", "", "1", "-1h", "999999d", "1 h 2", "1ſ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := flows.ParseSpan(s)
		if err != nil {
			if d != 0 {
				t.Fatalf("%q is refused and read as %s", s, d)
			}
			return
		}
		if d <= 0 || d > 10*365*24*time.Hour {
			t.Fatalf("%q is %s", s, d)
		}
		if back, err := flows.ParseSpan(flows.Span(d)); d%time.Minute == 0 && (err != nil || back != d) {
			t.Fatalf("%q is %s, which is said as %q and read as %s, %v", s, d, flows.Span(d), back, err)
		}
	})
}

func TestWhatSpanSaysParseSpanReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.IntRange(1, 60*24*400).Draw(t, "minutes")) * time.Minute
		if back, err := flows.ParseSpan(flows.Span(d)); err != nil || back != d {
			t.Fatalf("%s is said as %q and read as %s, %v", d, flows.Span(d), back, err)
		}
	})
}

func TestJoin(t *testing.T) {
	is(t, "none", flows.Join(nil, "and"), "")
	is(t, "one", flows.Join([]string{"a"}, "and"), "a")
	is(t, "two", flows.Join([]string{"a", "b"}, "or"), "a or b")
	is(t, "three", flows.Join([]string{"a", "b", "c"}, "and"), "a, b and c")
}

func TestCut(t *testing.T) {
	is(t, "short enough", flows.Cut("prod-db", 7), "prod-db")
	is(t, "cut with a mark", flows.Cut("prod-database", 7), "prod-d…")
	is(t, "by characters", flows.Cut("ÄÖÜäöü", 4), "ÄÖÜ…")
	is(t, "to the mark alone", flows.Cut("prod", 1), "…")
	rapid.Check(t, func(t *rapid.T) {
		s, limit := rapid.String().Draw(t, "s"), rapid.IntRange(1, 50).Draw(t, "limit")
		if n := utf8.RuneCountInString(flows.Cut(s, limit)); n > limit {
			t.Fatalf("%q is cut to %d characters, not %d", s, n, limit)
		}
	})
}

func TestNamesOfThings(t *testing.T) {
	is(t, "request", flows.RequestID(142).String(), "R142")
	is(t, "grant", flows.GrantID(17).String(), "G17")
	is(t, "entitlement", prodKey.String(), "okta/group/00gdb#member")
	is(t, "account", slackUser("U02").String(), "slack:T01/U02")
	r := flows.Resource{ResourceKey: prodDB, Tags: map[string]string{"team": "pay", "env": "prod"}}
	is(t, "small print", r.Where(), "Okta group · env=prod · team=pay")
}

func TestSameAddress(t *testing.T) {
	is(t, "case and space", flows.SameAddress(" Ana@Acme.example", "ana@acme.example "), true)
	is(t, "another", flows.SameAddress("ana@acme.example", "ana@acme.examples"), false)
	is(t, "nothing is nobody's", flows.SameAddress("", ""), false)
}

func TestWarnAt(t *testing.T) {
	for _, c := range []struct {
		name string
		long time.Duration
		warn time.Duration
		want time.Duration // before the end; 0: none
	}{
		{"a tenth", 2 * time.Hour, 0, 12 * time.Minute},
		{"at least five minutes", 30 * time.Minute, 0, 5 * time.Minute},
		{"at most fifteen", 8 * time.Hour, 0, 15 * time.Minute},
		{"as the flow says", 8 * time.Hour, time.Hour, time.Hour},
		{"too short for one", 4 * time.Minute, 0, 0},
		{"too short for what the flow says", time.Hour, 2 * time.Hour, 0},
	} {
		begin := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		g := &flows.Grant{Started: begin, Ends: begin.Add(c.long)}
		at, ok := g.WarnAt(c.warn)
		is(t, c.name, ok, c.want > 0)
		if c.want > 0 {
			is(t, c.name, g.Ends.Sub(at), c.want)
		}
	}
	_, ok := (&flows.Grant{}).WarnAt(0)
	is(t, "not before it has begun", ok, false)
}

func TestErrorsHaveAKindASentenceAndACause(t *testing.T) {
	cause := &flows.CallError{Sentence: "Okta does not answer"}
	err := &flows.Error{Kind: flows.KindUnknown, Sentence: "Wait", Cause: cause}
	is(t, "for the log", err.Error(), "Wait: Okta does not answer")
	is(t, "kind", flows.KindOf(err), flows.KindUnknown)
	is(t, "anything untyped is unknown", flows.KindOf(bareError{}), flows.KindUnknown)
	is(t, "and may have taken effect", flows.AsCall(bareError{}).Outcome, flows.OutcomeUnknown)
	is(t, "nothing is no call error", flows.AsCall(nil) == nil, true)
}

type bareError struct{}

func (bareError) Error() string { return "connection reset" }
