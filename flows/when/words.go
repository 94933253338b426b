package when

import (
	"fmt"
	"strings"
)

// String is how a person says the window: "on weekdays from 09:00 to 18:00 in Berlin".
func (w Window) String() string { return w.Words(" in the person's time zone") }

// Words is String, with words of the caller's for the zone where the window has none of its own.
func (w Window) Words(persons string) string {
	if w.NeverOpens() {
		return "never"
	}
	s := w.Days.words()
	switch {
	case w.seamless() && w.Days == Daily:
		s = "at any time"
	case w.seamless():
		s += ", all day"
	case w.To < w.From && w.To > 0:
		s += fmt.Sprintf(" from %s to %s the next day", w.From, w.To)
	case w.To == 0 || w.To == EndOfDay:
		s += fmt.Sprintf(" from %s to midnight", w.From)
	default:
		s += fmt.Sprintf(" from %s to %s", w.From, w.To)
	}
	return s + w.place(persons) + w.except()
}

// place names the zone. A window at any time without holidays is the same everywhere.
func (w Window) place(persons string) string {
	switch {
	case w.seamless() && w.Days == Daily && len(w.Holidays) == 0:
		return ""
	case w.Zone == "":
		return persons
	}
	return " in " + City(w.Zone)
}

func (w Window) except() string {
	switch n := len(w.Holidays); n {
	case 0:
		return ""
	case 1:
		return ", except on " + w.Holidays[0].String()
	default:
		return fmt.Sprintf(", except on %d holidays", n)
	}
}

// continents are the areas of the tz database whose zones are named after a city or an island.
var continents = []string{"Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"}

// City is how a person names a zone: "Berlin", "New York". Zones without a city keep their own name: "UTC", "US/Pacific".
func City(zone string) string {
	name := strings.TrimPrefix(zone, "Etc/")
	for _, c := range continents {
		if strings.HasPrefix(zone, c) {
			name = zone[strings.LastIndexByte(zone, '/')+1:]
		}
	}
	return strings.ReplaceAll(name, "_", " ")
}
