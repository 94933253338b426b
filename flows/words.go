package flows

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func titled(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// Span words a duration for people: "2 h", "1 h 30 min", "45 min", "3 d", "30 s".
func Span(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	}
	d = d.Round(time.Minute)
	var out []string
	if days := d / (24 * time.Hour); days > 0 {
		out = append(out, fmt.Sprintf("%d d", days))
		d -= days * 24 * time.Hour
	}
	if h := d / time.Hour; h > 0 {
		out = append(out, fmt.Sprintf("%d h", h))
		d -= h * time.Hour
	}
	if m := d / time.Minute; m > 0 {
		out = append(out, fmt.Sprintf("%d min", m))
	}
	if len(out) == 0 {
		return "0 min"
	}
	return strings.Join(out, " ")
}

var spanUnits = map[string]time.Duration{
	"s": time.Second, "sec": time.Second, "m": time.Minute, "min": time.Minute, "mins": time.Minute, "minutes": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "hours": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

// maxSpan bounds what can be typed, so that sums of durations never overflow.
const maxSpan = 10 * 365 * 24 * time.Hour

// ParseSpan reads what people and configurations write: "90m", "2 h", "1h30m", "1 d". It is strict: anything else is an error.
func ParseSpan(s string) (time.Duration, error) {
	rest := strings.ToLower(strings.TrimSpace(s))
	bad := Errorf(KindInvalid, "%q is not a duration; write it like 45m, 2h, 1h30m or 1d", s)
	if rest == "" {
		return 0, bad
	}
	var total time.Duration
	for rest != "" {
		digits := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if digits <= 0 || digits > 6 {
			return 0, bad
		}
		var n int64
		for _, c := range rest[:digits] {
			n = n*10 + int64(c-'0')
		}
		rest = strings.TrimLeft(rest[digits:], " ")
		end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
		if end < 0 {
			end = len(rest)
		}
		unit, ok := spanUnits[rest[:end]]
		if !ok {
			return 0, bad
		}
		total += time.Duration(n) * unit
		if total > maxSpan {
			return 0, bad
		}
		rest = strings.TrimLeft(rest[end:], " ")
	}
	if total <= 0 {
		return 0, bad
	}
	return total, nil
}

// Join words a list: "a", "a and b", "a, b and c".
func Join(words []string, and string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + and + " " + words[len(words)-1]
}

// Cut shortens text to so many characters (not bytes), with a mark where it was cut.
func Cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	r := []rune(s)
	return string(r[:limit-1]) + "…"
}

func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' })
}

func shortSum(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:6]
}

// time0 is now when the given time was never set.
func time0(now, t time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}
