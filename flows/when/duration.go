package when

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// MaxDuration bounds what can be typed, so that sums of durations never overflow.
const MaxDuration = 10 * 365 * day

// maxDigits bounds one number inside a duration.
const maxDigits = 6

var units = map[string]time.Duration{
	"s": time.Second, "sec": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": day, "day": day, "days": day,
	"w": 7 * day, "week": 7 * day, "weeks": 7 * day,
}

// ParseDuration reads "90m", "2 h", "1h30m", "1 d" and "2w": at least a second, at most MaxDuration. A day is 24 hours, whatever the
// clocks do. It is strict, and its error is a sentence that says what to write.
func ParseDuration(text string) (time.Duration, error) {
	rest := strings.ToLower(strings.TrimSpace(text))
	var total time.Duration
	for rest != "" {
		one, after, ok := leadingDuration(rest)
		if !ok {
			return 0, notADuration(text)
		}
		if total += one; total > MaxDuration {
			return 0, fmt.Errorf("%s is more than 10 years; write a shorter time", quote(text))
		}
		rest = after
	}
	if total <= 0 {
		return 0, notADuration(text)
	}
	return total, nil
}

func notADuration(text string) error {
	return fmt.Errorf("%s is not a duration; write it like 45m, 2h, 1h30m or 1d", quote(text))
}

// leadingDuration takes one number and its unit off the front. It is never much more than MaxDuration: 30501 weeks would overflow.
func leadingDuration(s string) (d time.Duration, rest string, ok bool) {
	digits := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		return 0, "", false
	}
	n, ok := number(s[:digits], 1, maxDigits)
	if !ok {
		return 0, "", false
	}
	s = strings.TrimLeft(s[digits:], " ")
	end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(s)
	}
	unit, ok := units[s[:end]]
	if !ok {
		return 0, "", false
	}
	d = MaxDuration + 1
	if time.Duration(n) <= MaxDuration/unit {
		d = time.Duration(n) * unit
	}
	return d, strings.TrimLeft(s[end:], " "), true
}

// Duration writes d as people type it, so that ParseDuration reads it back: "1h30m", "7d". Parts of a second are left out.
func Duration(d time.Duration) string {
	var b strings.Builder
	for _, part := range []struct {
		unit time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / part.unit; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + part.name)
			d -= n * part.unit
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// maxQuoted is how many characters of somebody's text an error repeats.
const maxQuoted = 40

func quote(text string) string {
	if r := []rune(text); len(r) > maxQuoted {
		text = string(r[:maxQuoted-1]) + "…"
	}
	return strconv.Quote(text)
}
