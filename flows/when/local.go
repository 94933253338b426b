package when

import (
	"fmt"
	"strings"
	"time"
)

// day is one day of 24 hours, as durations count it; a day of the calendar may be longer or shorter.
const day = 24 * time.Hour

// Date is a day of the calendar, in no zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day that a calendar in the zone shows at t.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(orUTC(zone)).Date()
	return Date{y, m, d}
}

// ParseDate reads a day such as 2026-12-24. Its error is a sentence that says what to write.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		return Date{}, fmt.Errorf("%s is not a day of the calendar; write it like 2026-12-24", quote(text))
	}
	return DateOf(t, time.UTC), nil
}

func (d Date) String() string { return d.midnight().Format(time.DateOnly) }

// MarshalText writes the date as 2026-12-24.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// Add is the date so many days later, or earlier when n is negative.
func (d Date) Add(n int) Date { return DateOf(d.midnight().AddDate(0, 0, n), time.UTC) }

func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// TimeOfDay is what a clock on the wall shows, in minutes after midnight: 0 to 1440, which is 24:00.
type TimeOfDay int

// EndOfDay is 24:00, the midnight at the end of a day.
const EndOfDay TimeOfDay = 24 * 60

// ParseTimeOfDay reads 09:00, 9:00 or 24:00. Its error is a sentence that says what to write.
func ParseTimeOfDay(text string) (TimeOfDay, error) {
	s := strings.TrimSpace(text)
	hour, minute, _ := strings.Cut(s, ":")
	h, okHour := number(hour, 1, 2)
	m, okMinute := number(minute, 2, 2)
	at := TimeOfDay(h*60 + m)
	if !okHour || !okMinute || m > 59 || at > EndOfDay {
		return 0, fmt.Errorf("%s is not a time of day; write it like 09:00 or 18:30", quote(text))
	}
	return at, nil
}

func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// number reads a plain decimal of so many digits; no sign, no space, nothing else.
func number(s string, least, most int) (n int, ok bool) {
	if len(s) < least || len(s) > most {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// Side says what a local time is for, which decides what it means when it occurs twice.
type Side int

const (
	Start Side = iota // the later of two, so that nothing begins too early
	Stop              // the earlier of two, so that nothing lasts too long
)

// Local is the instant at which clocks in the zone show the hour and minute on that day (24:00 is the midnight at its end). When they
// are moved forward past it, it is the first instant after the move; when they show it twice, the side decides.
func Local(on Date, hour, minute int, zone *time.Location, side Side) time.Time {
	zone = orUTC(zone)
	wall := time.Date(on.Year, on.Month, on.Day, hour, minute, 0, 0, time.UTC)
	var shown, after time.Time
	// No zone is a day or more away from UTC, so every stretch of one offset that could show the time touches these two days.
	for at := wall.Add(-day).In(zone); ; {
		start, end := at.ZoneBounds()
		_, offset := at.Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		switch {
		case !start.IsZero() && t.Before(start):
			if after.IsZero() {
				after = start
			}
		case end.IsZero() || t.Before(end):
			if side == Stop {
				return t.In(zone)
			}
			shown = t
		}
		if end.IsZero() || end.After(wall.Add(day)) {
			break
		}
		at = end
	}
	if shown.IsZero() {
		return after.In(zone)
	}
	return shown.In(zone)
}

func (t TimeOfDay) on(d Date, zone *time.Location, side Side) time.Time {
	return Local(d, int(t)/60, int(t)%60, zone, side)
}

func orUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}
