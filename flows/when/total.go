package when

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Span is the time from From until To that somebody had something, or will have it. A zero To means without an end.
type Span struct{ From, To time.Time }

// Total is a cap on a rolling stretch of time: of any stretch as long as Per, at most Max.
type Total struct{ Max, Per time.Duration }

// ParseTotal reads "24h per 7d", "8h per day" and the like. Its error is a sentence that says what to write.
func ParseTotal(text string) (Total, error) {
	most, per, ok := strings.Cut(strings.ToLower(text), " per ")
	per = strings.TrimSpace(per)
	if !ok {
		return Total{}, fmt.Errorf("%s is not a total; write it like 24h per 7d", quote(text))
	}
	if !startsWithDigit(per) {
		per = "1 " + per
	}
	maximum, err := ParseDuration(most)
	if err != nil {
		return Total{}, err
	}
	stretch, err := ParseDuration(per)
	if err != nil {
		return Total{}, err
	}
	if maximum >= stretch {
		return Total{}, fmt.Errorf("%s limits nothing; write a shorter time per longer time, like 24h per 7d", quote(text))
	}
	return Total{maximum, stretch}, nil
}

// String is what ParseTotal reads back: "24h per 7d".
func (t Total) String() string { return hours(t.Max) + " per " + Duration(t.Per) }

// hours keeps the shorter time in hours, as people count access: "24h per 7d", not "1d per 7d".
func hours(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return Duration(d)
}

// MarshalText writes the total as ParseTotal reads it.
func (t Total) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Total) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTotal(string(text))
	return err
}

// Budget is how much of the stretch that ends now was used. Time that several grants share counts once.
func Budget(grants []Span, stretch time.Duration, now time.Time) (used time.Duration) {
	for _, u := range merge(grants, now, stretch) {
		used += max(0, min(u.to, 0)-max(u.from, -stretch))
	}
	return used
}

// Left is how long a new grant that begins at start may be, such that no moment from then on has more than Max behind it in a
// stretch of Per. Grants are all that there were, are and are planned. Time that they already cover costs nothing; where they alone
// reach beyond Max from then on, nothing is left. It is whole seconds, or all of Max.
func (t Total) Left(grants []Span, start time.Time) time.Duration {
	if t.Max <= 0 || t.Per <= 0 {
		return 0
	}
	had := merge(grants, start, t.Per)
	if worst(add(had, used{0, min(t.Max, t.Per)}), t.Per) <= t.Max {
		return min(t.Max, t.Per)
	}
	tooLong := sort.Search(int(min(t.Max, t.Per)/time.Second)+1, func(length int) bool {
		return worst(add(had, used{0, time.Duration(length) * time.Second}), t.Per) > t.Max
	})
	return time.Duration(max(0, tooLong-1)) * time.Second
}

// used is a span counted from some instant.
type used struct{ from, to time.Duration }

// farthest bounds how far from now anything counts, so that sums never overflow; it is longer than any MaxDuration.
const farthest = 100 * 365 * day

// merge counts the spans from origin, leaves out what was over before a stretch ago, joins those that touch or overlap, and sorts them.
func merge(grants []Span, origin time.Time, stretch time.Duration) (out []used) {
	var all []used
	for _, g := range grants {
		u := used{clamp(g.From.Sub(origin)), farthest}
		if !g.To.IsZero() {
			u.to = clamp(g.To.Sub(origin))
		}
		if u.from = max(u.from, -stretch); u.from < u.to {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b used) int { return cmp.Compare(a.from, b.from) })
	for _, u := range all {
		out = join(out, u)
	}
	return out
}

func clamp(d time.Duration) time.Duration { return min(max(d, -farthest), farthest) }

func join(out []used, u used) []used {
	if last := len(out) - 1; last >= 0 && u.from <= out[last].to {
		out[last].to = max(out[last].to, u.to)
		return out
	}
	return append(out, u)
}

// add is the merged spans with one more; what it is given stays as it is.
func add(had []used, more used) []used {
	if more.from == more.to {
		return had
	}
	at, _ := slices.BinarySearchFunc(had, more.from, func(u used, from time.Duration) int { return cmp.Compare(u.from, from) })
	out := append(make([]used, 0, len(had)+1), had[:at]...)
	out = join(out, more)
	for _, u := range had[at:] {
		out = join(out, u)
	}
	return out
}

// worst is the most that any moment from 0 on has behind it in a stretch. What stands behind a moment grows only while something is
// used, so it is largest at 0 or where one of the spans ends.
func worst(spans []used, stretch time.Duration) (most time.Duration) {
	var first, next int // of the spans from first up to next, some part is behind the moment; sum is their length
	var sum time.Duration
	for i := -1; i < len(spans); i++ {
		at := time.Duration(0)
		if i >= 0 {
			at = max(0, spans[i].to)
		}
		for ; next < len(spans) && spans[next].to <= at; next++ {
			sum += spans[next].to - spans[next].from
		}
		for ; first < next && spans[first].to <= at-stretch; first++ {
			sum -= spans[first].to - spans[first].from
		}
		behind := sum
		if first < next {
			behind -= max(0, at-stretch-spans[first].from)
		}
		if next < len(spans) {
			behind += max(0, at-max(spans[next].from, at-stretch))
		}
		most = max(most, behind)
	}
	return most
}
