package when

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 6, 9, 12, 0, 0, 0, time.UTC)

// span is hours from noon to hours from noon.
func span(from, to float64) Span {
	return Span{noon.Add(time.Duration(from * float64(time.Hour))), noon.Add(time.Duration(to * float64(time.Hour)))}
}

func TestATotalIsWrittenAsItIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"24h per 7d": "24h per 7d", "24 h per week": "24h per 7d", "1d per 1w": "24h per 7d", "8h per day": "8h per 1d", "90m per 1d": "1h30m per 1d",
	} {
		total, err := ParseTotal(text)
		if err != nil || total.String() != want {
			t.Errorf("%q is %v, %v", text, total, err)
		}
		var again Total
		if err := again.UnmarshalText([]byte(want)); err != nil || again != total {
			t.Errorf("%q reads back as %v, %v", want, again, err)
		}
	}
	for text, want := range map[string]string{
		"":             `"" is not a total; write it like 24h per 7d`,
		"24h":          `"24h" is not a total; write it like 24h per 7d`,
		"24h per moon": `"1 moon" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"x per 7d":     `"x" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"7d per 24h":   `"7d per 24h" limits nothing; write a shorter time per longer time, like 24h per 7d`,
		"1d per 24h":   `"1d per 24h" limits nothing; write a shorter time per longer time, like 24h per 7d`,
	} {
		if _, err := ParseTotal(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestHowMuchWasUsedAndIsLeft(t *testing.T) {
	total := Total{24 * time.Hour, 7 * 24 * time.Hour}
	for _, c := range []struct {
		name       string
		grants     []Span
		used, left float64
	}{
		{"nothing yet", nil, 0, 24},
		{"eight hours yesterday", []Span{span(-30, -22)}, 8, 16},
		{"the same time twice counts once", []Span{span(-30, -22), span(-28, -20), span(-30, -22)}, 10, 14},
		{"a week ago is forgotten", []Span{span(-200, -170)}, 0, 24},
		{"half of it a week ago", []Span{span(-172, -164)}, 4, 24},
		{"what leaves the week makes room", []Span{span(-167, -147)}, 20, 24},
		{"still running, two hours more", []Span{span(-2, 2)}, 2, 22},
		{"planned for tomorrow", []Span{span(20, 30)}, 0, 14},
		{"all of it planned next", []Span{span(0, 24)}, 0, 24},
		{"eight hours on three days", []Span{span(-80, -72), span(-56, -48), span(-32, -24)}, 24, 0},
		{"more than allowed, given by a human", []Span{span(-40, -10)}, 30, 0},
		{"more than allowed is planned", []Span{span(10, 40)}, 0, 0},
		{"one without an end", []Span{{From: noon.Add(-time.Hour)}}, 1, 0},
		{"one that ends before it begins", []Span{span(-2, -5)}, 0, 24},
		{"since ever", []Span{{To: noon.Add(-time.Hour)}}, 167, 0},
	} {
		used, left := time.Duration(c.used*float64(time.Hour)), time.Duration(c.left*float64(time.Hour))
		if got := Budget(c.grants, total.Per, noon); got != used {
			t.Errorf("%s: used %v, want %v", c.name, got, used)
		}
		if got := total.Left(c.grants, noon); got != left {
			t.Errorf("%s: left %v, want %v", c.name, got, left)
		}
	}
	if left := (Total{}).Left(nil, noon); left != 0 {
		t.Errorf("no total leaves %v", left)
	}
}

// Against counting minute by minute: what is left may be used, and a minute more would be too much at some moment.
func TestWhatIsLeftIsAllThatIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		per := rapid.IntRange(2, 60).Draw(t, "per")
		most := rapid.IntRange(1, per-1).Draw(t, "max")
		total := Total{time.Duration(most) * time.Minute, time.Duration(per) * time.Minute}
		var grants []Span
		for range rapid.IntRange(0, 6).Draw(t, "grants") {
			from := rapid.IntRange(-80, 80).Draw(t, "from")
			to := from + rapid.IntRange(0, 30).Draw(t, "length")
			grants = append(grants, Span{noon.Add(time.Duration(from) * time.Minute), noon.Add(time.Duration(to) * time.Minute)})
		}
		if got, want := Budget(grants, total.Per, noon), counted(grants, per, 0); got != want {
			t.Fatalf("used %v, counted %v", got, want)
		}
		left := total.Left(grants, noon)
		fits := func(length time.Duration) bool {
			all := append(append([]Span{}, grants...), Span{noon, noon.Add(length)})
			for minute := range 200 {
				if counted(all, per, minute) > total.Max {
					return false
				}
			}
			return true
		}
		if left > 0 && !fits(left) {
			t.Fatalf("%v left of %v after %v is too much", left, total, grants)
		}
		if left < total.Max && fits(left+time.Minute) {
			t.Fatalf("%v left of %v after %v, but more would fit", left, total, grants)
		}
	})
}

// counted is how many of the minutes before noon + minute are in one of the spans.
func counted(spans []Span, per, minute int) (used time.Duration) {
	for n := minute - per; n < minute; n++ {
		begins := noon.Add(time.Duration(n) * time.Minute)
		for _, s := range spans {
			if !begins.Before(s.From) && begins.Before(s.To) {
				used += time.Minute
				break
			}
		}
	}
	return used
}

func FuzzParseTotal(f *testing.F) {
	f.Add("24h per 7d")
	f.Add("8 h per day")
	f.Fuzz(func(t *testing.T, text string) {
		total, err := ParseTotal(text)
		if err != nil {
			return
		}
		if again, err := ParseTotal(total.String()); err != nil || again != total {
			t.Errorf("%q is written %q and reads back as %v, %v", text, total, again, err)
		}
	})
}

func BenchmarkLeft(b *testing.B) {
	var grants []Span
	for n := range 40 {
		grants = append(grants, span(float64(-4*n), float64(-4*n)+0.5))
	}
	total := Total{24 * time.Hour, 7 * 24 * time.Hour}
	for b.Loop() {
		total.Left(grants, noon)
	}
}
