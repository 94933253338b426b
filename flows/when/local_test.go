package when

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawMoment draws a zone and a moment, mostly near a change of that zone's clocks.
func drawMoment(t *rapid.T) (*time.Location, time.Time) {
	zone, err := Zone(rapid.SampledFrom(zoneNames()).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(rapid.Int64Range(1_735_689_600, 1_798_761_600).Draw(t, "second of 2025 or 2026"), 0).In(zone)
	if _, change := now.ZoneBounds(); !change.IsZero() && change.Year() < 2027 && rapid.IntRange(0, 3).Draw(t, "near a change") > 0 {
		now = change.Add(time.Duration(rapid.IntRange(-3000, 3000).Draw(t, "minutes from the change")) * time.Minute)
	}
	return zone, now
}

func TestALocalTimeThatIsMissingOrThere(t *testing.T) {
	for _, c := range []struct {
		zone, day, clock, stop, start string
	}{
		{"Europe/Berlin", "2026-06-09", "09:00", "2026-06-09 09:00 +02:00", "2026-06-09 09:00 +02:00"},
		{"Europe/Berlin", "2026-06-09", "24:00", "2026-06-10 00:00 +02:00", "2026-06-10 00:00 +02:00"},
		{"Europe/Berlin", "2026-03-29", "01:59", "2026-03-29 01:59 +01:00", "2026-03-29 01:59 +01:00"},
		{"Europe/Berlin", "2026-03-29", "02:00", "2026-03-29 03:00 +02:00", "2026-03-29 03:00 +02:00"},
		{"Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 03:00 +02:00", "2026-03-29 03:00 +02:00"},
		{"Europe/Berlin", "2026-10-25", "02:00", "2026-10-25 02:00 +02:00", "2026-10-25 02:00 +01:00"},
		{"Europe/Berlin", "2026-10-25", "03:00", "2026-10-25 03:00 +01:00", "2026-10-25 03:00 +01:00"},
		{"America/New_York", "2026-11-01", "01:30", "2026-11-01 01:30 -04:00", "2026-11-01 01:30 -05:00"},
		{"Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-05 01:45 +11:00", "2026-04-05 01:45 +10:30"},
		{"America/Havana", "2026-11-01", "00:30", "2026-11-01 00:30 -04:00", "2026-11-01 00:30 -05:00"},
		{"Pacific/Apia", "2011-12-30", "12:00", "2011-12-31 00:00 +14:00", "2011-12-31 00:00 +14:00"},
		{"Asia/Kathmandu", "2026-06-09", "09:00", "2026-06-09 09:00 +05:45", "2026-06-09 09:00 +05:45"},
	} {
		zone := mustZone(t, c.zone)
		on, _ := ParseDate(c.day)
		clock, _ := ParseTimeOfDay(c.clock)
		for side, want := range map[Side]string{Stop: c.stop, Start: c.start} {
			if got := clock.on(on, zone, side); got != at(t, want, zone) {
				t.Errorf("%s %s in %s (side %d) is %v, want %s", c.day, c.clock, c.zone, side, got, want)
			}
		}
	}
}

// Every minute on a clock around every change of a year, in every zone, against what the clocks really show minute by minute.
func TestLocalAgreesWithTheClocksOfEveryZone(t *testing.T) {
	changes := 0
	for _, name := range zoneNames() {
		zone := mustZone(t, name)
		year := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
		for _, change := year.ZoneBounds(); !change.IsZero() && change.Year() <= 2026; _, change = change.ZoneBounds() {
			changes++
			compareAround(t, zone, change)
		}
	}
	if changes < 200 {
		t.Errorf("only %d changes of the clocks in a year: the zone data is not there", changes)
	}
}

func compareAround(t *testing.T, zone *time.Location, change time.Time) {
	t.Helper()
	first, last := map[time.Time]time.Time{}, map[time.Time]time.Time{}
	for n := -4 * 60; n <= 4*60; n++ {
		now := change.Add(time.Duration(n) * time.Minute).In(zone)
		wall := onTheWall(now)
		if _, ok := first[wall]; !ok {
			first[wall] = now
		}
		last[wall] = now
	}
	for n := -2 * 60; n <= 2*60; n++ {
		wall := onTheWall(change).Add(time.Duration(n) * time.Minute)
		stop, ok := first[wall]
		start := last[wall]
		if !ok {
			stop, start = change.In(zone), change.In(zone)
		}
		on := DateOf(wall, time.UTC)
		if got := Local(on, wall.Hour(), wall.Minute(), zone, Stop); got != stop {
			t.Errorf("%v in %v ends at %v, want %v", wall, zone, got, stop)
		}
		if got := Local(on, wall.Hour(), wall.Minute(), zone, Start); got != start {
			t.Errorf("%v in %v starts at %v, want %v", wall, zone, got, start)
		}
	}
}

// onTheWall is what a clock shows at t, as if it were UTC.
func onTheWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
}

func TestAnEndIsNeverLaterThanAStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, now := drawMoment(t)
		on, clock := DateOf(now, zone), TimeOfDay(rapid.IntRange(0, 1440).Draw(t, "clock"))
		stop, start := clock.on(on, zone, Stop), clock.on(on, zone, Start)
		if stop.After(start) {
			t.Fatalf("%v %v in %v ends at %v but starts at %v", on, clock, zone, stop, start)
		}
		if later := clock.on(on.Add(1), zone, Stop); later.Before(start) {
			t.Fatalf("%v on the day after %v in %v is earlier", clock, on, zone)
		}
	})
}

func TestDatesAndTimesOfDay(t *testing.T) {
	d, err := ParseDate(" 2028-02-28 ")
	if err != nil || d.Add(1).String() != "2028-02-29" || d.Add(-59).String() != "2027-12-31" || d.Weekday() != time.Monday {
		t.Errorf("%v, %v", d, err)
	}
	for _, text := range []string{"9:5", "+9:00", "09:60", "24:01", "0900", ":30", "09:00:00", "٠٩:٠٠"} {
		if at, err := ParseTimeOfDay(text); err == nil {
			t.Errorf("%q was read as %v", text, at)
		}
	}
}
