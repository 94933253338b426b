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

	"hallpass/flows/when"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func titled(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// Span words a duration for people: "2 h", "1 h 30 min", "45 min", "3 d", "30 s"; Indefinite is "until revoked".
func Span(d time.Duration) string {
	if d == Indefinite {
		return untilRevoked
	}
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

// ParseSpan reads what people and configurations write: "90m", "2 h", "1h30m", "1 d". It is strict: anything else is an error. It never
// reads Indefinite.
func ParseSpan(s string) (time.Duration, error) {
	d, err := when.ParseDuration(s)
	if err != nil {
		return 0, Errorf(KindInvalid, "%q is not a duration; write it like 45m, 2h, 1h30m or 1d", s)
	}
	return d, nil
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
