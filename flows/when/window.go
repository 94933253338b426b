package when

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// horizon is how many days ahead (and, for an opening that goes on for days, back) a window is searched.
const horizon = 400

// Window is a recurring stretch of local time, such as working hours. An opening begins at From on one of the days and lasts until To;
// when To is not later than From it runs past midnight and still belongs to the day on which it began. Openings that touch,
// such as whole days in a row, are one. A holiday is a day on which no opening begins.
type Window struct {
	Days     Days
	From, To TimeOfDay // From is before 24:00; 00:00 to 24:00 is the whole day
	Zone     string    // a name of the tz database, or "": the zone of the person
	Holidays []Date
}

// ParseWindow reads a window as it is written: days "mon-fri", hours "09:00-18:00", zone "Europe/Berlin" or "", holidays "2026-12-25".
// Its error has one sentence, on a line of its own, for each part that cannot be read.
func ParseWindow(days, hours, zone string, holidays ...string) (w Window, err error) {
	var problems [3]error
	w.Days, problems[0] = ParseDays(days)
	w.From, w.To, problems[1] = ParseHours(hours)
	if w.Zone = zone; zone != "" {
		_, problems[2] = Zone(zone)
	}
	err = errors.Join(problems[:]...)
	for _, text := range holidays {
		d, wrong := ParseDate(text)
		err = errors.Join(err, wrong)
		w.Holidays = append(w.Holidays, d)
	}
	if err != nil {
		return Window{}, err
	}
	return w, nil
}

// ParseHours reads "09:00-18:00", "22:00-06:00" (past midnight) or "00:00-24:00" (the whole day). Its error is a sentence that says what
// to write.
func ParseHours(text string) (from, to TimeOfDay, err error) {
	first, last, ok := strings.Cut(text, "-")
	from, errFrom := ParseTimeOfDay(first)
	to, errTo := ParseTimeOfDay(last)
	switch {
	case !ok || errFrom != nil || errTo != nil || from == EndOfDay:
		return 0, 0, fmt.Errorf("%s does not name hours; write it like 09:00-18:00, or 22:00-06:00 past midnight", quote(text))
	case from == to:
		return 0, 0, fmt.Errorf("%s never opens, as it ends when it begins; write 00:00-24:00 for the whole day", quote(text))
	}
	return from, to, nil
}

func (w Window) hours() string { return w.From.String() + "-" + w.To.String() }

// NeverOpens tells that no moment whatever is in the window.
func (w Window) NeverOpens() bool {
	if w.Zone != "" {
		if _, err := Zone(w.Zone); err != nil {
			return true
		}
	}
	return w.Days&Daily == 0 || w.From == w.To || w.From < 0 || w.To < 0 || w.From >= EndOfDay || w.To > EndOfDay
}

// Contains tells whether now is in the window. zone is the person's: a window without a zone of its own is closed when it is nil.
func (w Window) Contains(now time.Time, zone *time.Location) bool {
	zone, ok := w.zone(zone)
	if !ok {
		return false
	}
	today := DateOf(now, zone)
	for n := -1; n <= 1; n++ {
		opens, closes, ok := w.opening(today.Add(n), zone)
		if ok && !now.Before(opens) && now.Before(closes) {
			return true
		}
	}
	return false
}

// Next is the opening that now is in, or else the next one within 400 days; ok is false when there is none. now is in the window from
// opens on, and no longer at closes. An opening without an end is cut 400 days from now, both ways.
func (w Window) Next(now time.Time, zone *time.Location) (opens, closes time.Time, ok bool) {
	zone, ok = w.zone(zone)
	if !ok {
		return time.Time{}, time.Time{}, false
	}
	today := DateOf(now, zone)
	for n := -1; n <= horizon; n++ {
		on := today.Add(n)
		opens, closes, ok = w.opening(on, zone)
		if ok && now.Before(closes) {
			return w.joined(on, -1, zone, opens), w.joined(on, +1, zone, closes), true
		}
	}
	return time.Time{}, time.Time{}, false
}

// zone is the one that the window is in, given the person's; not ok when that is not known or the window never opens.
func (w Window) zone(persons *time.Location) (*time.Location, bool) {
	if w.NeverOpens() {
		return nil, false
	}
	if w.Zone == "" {
		return persons, persons != nil
	}
	zone, err := Zone(w.Zone)
	return zone, err == nil
}

// opening is the one that begins on that day. It may be missing: the day is not one of the window's, the calendar of the zone left the
// day out, or a change of the clocks swallowed it.
func (w Window) opening(on Date, zone *time.Location) (opens, closes time.Time, ok bool) {
	if !w.begins(on) || DateOf(Local(on, 0, 0, zone, Start), zone) != on {
		return time.Time{}, time.Time{}, false
	}
	side, last := Start, on
	if w.seamless() && w.begins(on.Add(-1)) {
		side = Stop // where the clocks show midnight twice, two whole days still touch
	}
	if w.To < w.From {
		last = on.Add(1)
	}
	opens, closes = w.From.on(on, zone, side), w.To.on(last, zone, Stop)
	return opens, closes, opens.Before(closes)
}

func (w Window) begins(on Date) bool {
	return w.Days.Has(on.Weekday()) && !slices.Contains(w.Holidays, on)
}

func (w Window) seamless() bool { return w.From == 0 && w.To == EndOfDay }

// joined follows an opening into those that touch it, forward (+1) or back (-1), and is where the last of them ends or begins. Whole days
// touch; other openings only where a change of the clocks swallowed what was between them.
func (w Window) joined(on Date, step int, zone *time.Location, edge time.Time) time.Time {
	for n := 1; n <= horizon; n++ {
		next := on.Add(n * step)
		opens, closes, ok := w.opening(next, zone)
		switch {
		case !ok && w.begins(next): // a day that the calendar left out
		case ok && step > 0 && !opens.After(edge):
			edge = closes
		case ok && step < 0 && !closes.Before(edge):
			edge = opens
		default:
			return edge
		}
	}
	return edge
}

// written is a window as a file and a stored record have it.
type written struct {
	Days     string `json:"days"`
	Hours    string `json:"hours"`
	Zone     string `json:"zone,omitempty"`
	Holidays []Date `json:"holidays,omitempty"`
}

// MarshalJSON writes the window as ParseWindow reads it.
func (w Window) MarshalJSON() ([]byte, error) {
	return json.Marshal(written{w.Days.String(), w.hours(), w.Zone, w.Holidays})
}

// UnmarshalJSON reads what MarshalJSON wrote; a window that cannot be read, and an unknown key, is an error.
func (w *Window) UnmarshalJSON(data []byte) error {
	var in written
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&in); err != nil {
		return err
	}
	read, err := ParseWindow(in.Days, in.Hours, in.Zone)
	if err != nil {
		return err
	}
	read.Holidays = in.Holidays
	*w = read
	return nil
}
