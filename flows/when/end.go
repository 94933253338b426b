package when

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// End is until when somebody wants something. Exactly one of the three is set.
type End struct {
	For        time.Duration // elapsed time from the start, whatever the clocks do
	Until      time.Time     // an instant, in the zone it was typed for
	Indefinite bool          // until somebody revokes it
}

// At is when something that begins at start is over; ok is false when it only ends by being revoked.
func (e End) At(start time.Time) (end time.Time, ok bool) {
	switch {
	case e.Indefinite:
		return time.Time{}, false
	case e.Until.IsZero():
		return start.Add(e.For), true
	}
	return e.Until, true
}

// The layouts that name their own offset, and those that leave it to the zone.
const (
	minutes    = "2006-01-02 15:04"
	seconds    = "2006-01-02 15:04:05"
	withUTC    = " UTC"
	withOffset = " -07:00"
)

// String is what Parse reads back as the same End, given the zone that Until is in: "1h30m", "until 2026-12-24 18:00", "until revoked".
// Where the local time alone would be read as another instant, and for UTC, the offset stands behind it. Parts of a second are left out.
func (e End) String() string {
	switch {
	case e.Indefinite:
		return "until revoked"
	case e.Until.IsZero():
		return Duration(e.For)
	}
	return "until " + e.Until.Format(layoutFor(e.Until.Truncate(time.Second)))
}

func layoutFor(t time.Time) string {
	layout, zone := minutes, t.Location()
	if t.Second() != 0 {
		layout = seconds
	}
	h, m, _ := t.Clock()
	switch {
	case zone == time.UTC:
		return layout + withUTC
	case Local(DateOf(t, zone), h, m, zone, Stop).Equal(t):
		return layout
	}
	return layout + withOffset
}

// Parse reads until when somebody wants something: a duration ("90m", "for 2 h", "2w"), a moment ("until 18:00", "until tomorrow
// 09:00", "until friday 17:00", "until 2026-12-24 18:00") or no end ("indefinite", "until revoked"). Moments are in the given zone (nil
// is UTC) and after now: a time of day or a day of the week is the next one. A day without a time means all of that day. Its
// error is one sentence that says what to write.
func Parse(text string, now time.Time, zone *time.Location) (End, error) {
	words := strings.Fields(strings.ToLower(text))
	switch {
	case len(words) == 0:
		return End{}, errors.New("say for how long: write 2h, until 18:00, until tomorrow 09:00 or until revoked")
	case slices.Equal(words, []string{"indefinite"}), slices.Equal(words, []string{"until", "revoked"}):
		return End{Indefinite: true}, nil
	case words[0] == "until":
		until, err := parseUntil(text, words[1:], now, orUTC(zone))
		return End{Until: until}, err
	}
	return parseFor(text, words)
}

func parseFor(text string, words []string) (End, error) {
	if _, err := readMoment(words); err == nil {
		return End{}, fmt.Errorf("%s lacks a word; write %s, or a duration like 2h", quote(text), quote("until "+strings.Join(words, " ")))
	}
	bare := strings.TrimSpace(text)
	if words[0] == "for" {
		bare = strings.TrimSpace(bare[len("for"):])
	}
	d, err := ParseDuration(bare)
	if err != nil && !startsWithDigit(bare) {
		return End{}, unreadable(text)
	}
	return End{For: d}, err
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func unreadable(text string) error {
	return fmt.Errorf("%s cannot be read as a time; write 2h, 1h30m, until 18:00, until tomorrow 09:00, until friday or until revoked", quote(text))
}

func parseUntil(text string, words []string, now time.Time, zone *time.Location) (time.Time, error) {
	until, exact := readExact(strings.Join(words, " "))
	if !exact {
		m, err := readMoment(words)
		if err != nil {
			return time.Time{}, err
		}
		until = m.after(now, zone)
	}
	switch {
	case !until.After(now):
		return time.Time{}, fmt.Errorf("%s is already past; write a later one, like until tomorrow 09:00", quote(text))
	case until.Sub(now) > MaxDuration:
		return time.Time{}, fmt.Errorf("%s is more than 10 years away; write an earlier day", quote(text))
	}
	return until.In(zone), nil
}

// readExact reads a time that names its own offset.
func readExact(s string) (time.Time, bool) {
	for _, layout := range []string{minutes + withUTC, minutes + withOffset, seconds + withUTC, seconds + withOffset} {
		if t, err := time.Parse(layout, strings.ToUpper(s)); err == nil {
			return t.Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}
