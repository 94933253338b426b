package when

import (
	"fmt"
	"strings"
	"time"
)

// Days is a set of days of the week; bit 0 is Monday.
type Days uint8

const (
	Weekdays Days = 0b0011111
	Weekend  Days = 0b1100000
	Daily    Days = Weekdays | Weekend
)

// fromMonday is the week in the order in which it is written.
var fromMonday = [7]time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// ParseDays reads "mon-fri", "mon,wed,sat-sun", "fri-mon" or "daily". Its error is a sentence that says what to write.
func ParseDays(text string) (Days, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	if s == "daily" {
		return Daily, nil
	}
	var days Days
	for part := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, ok := weekdayOf(strings.TrimSpace(from))
		last := first
		if ok && isRange {
			last, ok = weekdayOf(strings.TrimSpace(to))
		}
		if !ok {
			return 0, fmt.Errorf("%s does not name days of the week; write it like mon-fri, or mon,wed,sat-sun, or daily", quote(text))
		}
		for d := first; ; d = (d + 1) % 7 {
			days |= dayBit(d)
			if d == last {
				break
			}
		}
	}
	return days, nil
}

// weekdayOf knows a day by its first three letters or its whole name, in lower case.
func weekdayOf(word string) (time.Weekday, bool) {
	for _, d := range fromMonday {
		if name := strings.ToLower(d.String()); word == name || word == name[:3] {
			return d, true
		}
	}
	return 0, false
}

func dayBit(d time.Weekday) Days { return 1 << ((int(d) + 6) % 7) }

// Has tells whether the day of the week is one of them.
func (d Days) Has(w time.Weekday) bool { return d&dayBit(w) != 0 }

// String is what ParseDays reads back: "mon-fri", "mon,wed,sat-sun", "daily"; empty when there are none.
func (d Days) String() string {
	if d == Daily {
		return "daily"
	}
	var parts []string
	for _, run := range d.runs() {
		part := short(run[0])
		if len(run) > 1 {
			part += "-" + short(run[len(run)-1])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}

func short(d time.Weekday) string { return strings.ToLower(d.String()[:3]) }

// runs are the stretches of neighbouring days, from Monday on.
func (d Days) runs() (runs [][]time.Weekday) {
	for i, w := range fromMonday {
		if !d.Has(w) {
			continue
		}
		if i > 0 && d.Has(fromMonday[i-1]) {
			runs[len(runs)-1] = append(runs[len(runs)-1], w)
			continue
		}
		runs = append(runs, []time.Weekday{w})
	}
	return runs
}

// words is how a person says it: "on weekdays", "every day", "on Mondays, Wednesdays and Fridays".
func (d Days) words() string {
	switch d {
	case Daily:
		return "every day"
	case Weekdays:
		return "on weekdays"
	case Weekend:
		return "on weekends"
	}
	var names []string
	for _, run := range d.runs() {
		if len(run) > 2 {
			names = append(names, run[0].String()+"s to "+run[len(run)-1].String()+"s")
			continue
		}
		for _, w := range run {
			names = append(names, w.String()+"s")
		}
	}
	if last := len(names) - 1; last > 0 {
		return "on " + strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return "on " + strings.Join(names, "")
}
