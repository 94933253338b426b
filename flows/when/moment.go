package when

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// moment is what stands after "until", before it is known what now is. Without a day it is the next such time; without a time it
// is the end of the day.
type moment struct {
	day             func(today Date) []Date // the days it may be on, the nearest first
	time            TimeOfDay
	hasDay, hasTime bool
}

// after is the first instant of the moment that is after now; when there is none, the last that was tried, which is past.
func (m moment) after(now time.Time, zone *time.Location) (t time.Time) {
	for _, d := range m.day(DateOf(now, zone)) {
		// Once the earlier of two is past, the later is what is meant.
		for _, side := range []Side{Stop, Start} {
			if t = m.time.on(d, zone, side); t.After(now) {
				return t
			}
		}
	}
	return t
}

// readMoment reads a day, a time of day, or both in either order, with or without "at" between them.
func readMoment(words []string) (moment, error) {
	m := moment{day: anyDay, time: EndOfDay}
	words = joinHalves(words)
	for _, word := range words {
		if word == "at" && len(words) > 1 {
			continue
		}
		if err := m.take(word); err != nil {
			return m, err
		}
	}
	if !m.hasDay && !m.hasTime {
		return m, errors.New("say until when: write until 18:00, until tomorrow 09:00, until friday or until revoked")
	}
	return m, nil
}

func (m *moment) take(word string) error {
	days, isDay, err := readDay(word)
	if err != nil {
		return err
	}
	if isDay && !m.hasDay {
		m.day, m.hasDay = days, true
		return nil
	}
	if isDay || m.hasTime {
		return fmt.Errorf("%s is one too many after until; write one day and one time, like until friday 17:00", quote(word))
	}
	m.time, err = readTime(word)
	m.hasTime = true
	return err
}

func anyDay(today Date) []Date { return []Date{today, today.Add(1)} }

func readDay(word string) (days func(Date) []Date, ok bool, err error) {
	switch word {
	case "today":
		return func(today Date) []Date { return []Date{today} }, true, nil
	case "tomorrow":
		return func(today Date) []Date { return []Date{today.Add(1)} }, true, nil
	}
	if weekday, ok := weekdayOf(word); ok {
		return func(today Date) []Date {
			next := today.Add((int(weekday-today.Weekday()) + 7) % 7)
			return []Date{next, next.Add(7)}
		}, true, nil
	}
	if !startsWithDigit(word) || strings.Count(word, "-") != 2 {
		return nil, false, nil
	}
	d, err := ParseDate(word)
	return func(Date) []Date { return []Date{d} }, true, err
}

// joinHalves glues "6 pm" together.
func joinHalves(words []string) (out []string) {
	for _, word := range words {
		if (word == "am" || word == "pm") && len(out) > 0 {
			out[len(out)-1] += word
			continue
		}
		out = append(out, word)
	}
	return out
}

// readTime reads 18:00, 6pm and 6:30pm.
func readTime(word string) (TimeOfDay, error) {
	clock, half := word, ""
	for _, h := range []string{"am", "pm"} {
		if c, ok := strings.CutSuffix(word, h); ok {
			clock, half = c, h
		}
	}
	if half == "" {
		at, err := ParseTimeOfDay(word)
		if err != nil && !startsWithDigit(word) {
			return 0, fmt.Errorf("%s is neither a day nor a time; write until 18:00, until tomorrow 09:00, until friday or until 2026-12-24 18:00", quote(word))
		}
		return at, err
	}
	if !strings.Contains(clock, ":") {
		clock += ":00"
	}
	at, err := ParseTimeOfDay(clock)
	if err != nil || at < 60 || at >= 13*60 {
		return 0, fmt.Errorf("%s is not a time of day; write it like 6pm or 18:00", quote(word))
	}
	at %= 12 * 60
	if half == "pm" {
		at += 12 * 60
	}
	return at, nil
}
