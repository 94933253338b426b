package when

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustWindow(t testing.TB, days, hours, zone string, holidays ...string) Window {
	t.Helper()
	w, err := ParseWindow(days, hours, zone, holidays...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestDaysAreWrittenAsTheyAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"mon-fri": "mon-fri", "mon,wed,sat-sun": "mon,wed,sat-sun", "daily": "daily", "Mon - Friday": "mon-fri", "fri-mon": "mon,fri-sun",
		"sunday": "sun", "mon-sun": "daily", "tue,tue": "tue",
	} {
		if days, err := ParseDays(text); err != nil || days.String() != want {
			t.Errorf("%q is %v, %v; want %s", text, days, err, want)
		}
	}
	for _, text := range []string{"", "mon-", "moon", "mon,,tue", "mon-tue-wed", "weekdays!"} {
		if days, err := ParseDays(text); err == nil || !strings.Contains(err.Error(), "write it like mon-fri") {
			t.Errorf("%q is %v, %v", text, days, err)
		}
	}
}

func TestHoursThatCannotBeRead(t *testing.T) {
	const unread = " does not name hours; write it like 09:00-18:00, or 22:00-06:00 past midnight"
	for text, want := range map[string]string{
		"":            `""` + unread,
		"9-18":        `"9-18"` + unread,
		"09:00":       `"09:00"` + unread,
		"24:00-06:00": `"24:00-06:00"` + unread,
		"09:00-25:00": `"09:00-25:00"` + unread,
		"09:00-09:00": `"09:00-09:00" never opens, as it ends when it begins; write 00:00-24:00 for the whole day`,
	} {
		if _, _, err := ParseHours(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	_, err := ParseWindow("moon", "9", "Berlin", "christmas")
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("four wrong parts give %v", err)
	}
}

func TestAWindowOpensAndCloses(t *testing.T) {
	office := mustWindow(t, "mon-fri", "09:00-18:00", "Europe/Berlin", "2026-12-25")
	night := mustWindow(t, "fri", "22:00-06:00", "Europe/Berlin", "2026-06-19")
	small := mustWindow(t, "sun", "02:00-03:00", "Europe/Berlin")
	whole := mustWindow(t, "mon-fri", "00:00-24:00", "Europe/Berlin")
	for _, c := range []struct {
		name               string
		w                  Window
		now, opens, closes string
		inside             bool
	}{
		{"during work", office, "2026-06-09 10:00 +02:00", "2026-06-09 09:00 +02:00", "2026-06-09 18:00 +02:00", true},
		{"as work begins", office, "2026-06-09 09:00 +02:00", "2026-06-09 09:00 +02:00", "2026-06-09 18:00 +02:00", true},
		{"as work ends", office, "2026-06-09 18:00 +02:00", "2026-06-10 09:00 +02:00", "2026-06-10 18:00 +02:00", false},
		{"on Saturday", office, "2026-06-13 12:00 +02:00", "2026-06-15 09:00 +02:00", "2026-06-15 18:00 +02:00", false},
		{"on a holiday", office, "2026-12-25 12:00 +01:00", "2026-12-28 09:00 +01:00", "2026-12-28 18:00 +01:00", false},
		{"seen from elsewhere", office, "2026-06-09 02:00 -07:00", "2026-06-09 09:00 +02:00", "2026-06-09 18:00 +02:00", true},
		{"Friday night", night, "2026-06-12 23:00 +02:00", "2026-06-12 22:00 +02:00", "2026-06-13 06:00 +02:00", true},
		{"Saturday before dawn", night, "2026-06-13 05:59 +02:00", "2026-06-12 22:00 +02:00", "2026-06-13 06:00 +02:00", true},
		{"Friday before dawn", night, "2026-06-12 05:00 +02:00", "2026-06-12 22:00 +02:00", "2026-06-13 06:00 +02:00", false},
		{"after the night of a holiday", night, "2026-06-20 05:00 +02:00", "2026-06-26 22:00 +02:00", "2026-06-27 06:00 +02:00", false},
		{"an hour the clocks leave out", small, "2026-03-28 12:00 +01:00", "2026-04-05 02:00 +02:00", "2026-04-05 03:00 +02:00", false},
		{"an hour that comes twice, first", small, "2026-10-25 02:30 +02:00", "2026-10-25 02:00 +01:00", "2026-10-25 03:00 +01:00", false},
		{"an hour that comes twice, second", small, "2026-10-25 02:30 +01:00", "2026-10-25 02:00 +01:00", "2026-10-25 03:00 +01:00", true},
		{"whole days in a row", whole, "2026-06-10 12:00 +02:00", "2026-06-08 00:00 +02:00", "2026-06-13 00:00 +02:00", true},
		{"before whole days", whole, "2026-06-07 12:00 +02:00", "2026-06-08 00:00 +02:00", "2026-06-13 00:00 +02:00", false},
	} {
		berlin := mustZone(t, "Europe/Berlin")
		now := at(t, c.now, time.UTC)
		if got := c.w.Contains(now, time.UTC); got != c.inside {
			t.Errorf("%s: inside is %v", c.name, got)
		}
		opens, closes, ok := c.w.Next(now, nil)
		if !ok || opens != at(t, c.opens, berlin) || closes != at(t, c.closes, berlin) {
			t.Errorf("%s: open from %v to %v, %v; want %s to %s", c.name, opens, closes, ok, c.opens, c.closes)
		}
	}
}

func TestAWindowOfThePersonNeedsThePersonsZone(t *testing.T) {
	office := mustWindow(t, "daily", "09:00-18:00", "")
	now := at(t, "2026-06-09 08:00 +00:00", time.UTC)
	for zone, want := range map[string]bool{"Europe/Berlin": true, "America/New_York": false, "UTC": false} {
		if got := office.Contains(now, mustZone(t, zone)); got != want {
			t.Errorf("08:00 UTC at work in %s: %v", zone, got)
		}
	}
	if office.Contains(now, nil) {
		t.Error("it is open for somebody whose zone is not known")
	}
	if _, _, ok := office.Next(now, nil); ok {
		t.Error("it opens for somebody whose zone is not known")
	}
}

func TestAWindowThatNeverOpens(t *testing.T) {
	now := at(t, "2026-06-09 12:00 +00:00", time.UTC)
	for name, w := range map[string]Window{
		"nothing set":   {},
		"no days":       {From: 0, To: EndOfDay},
		"no hours":      {Days: Daily, From: 9 * 60, To: 9 * 60},
		"no such hours": {Days: Daily, From: 9 * 60, To: 99 * 60},
		"no such zone":  {Days: Daily, To: EndOfDay, Zone: "Europe/Berln"},
		"the machine's": {Days: Daily, To: EndOfDay, Zone: "Local"},
	} {
		_, _, ok := w.Next(now, time.UTC)
		if !w.NeverOpens() || ok || w.Contains(now, time.UTC) || w.String() != "never" {
			t.Errorf("%s: %s opens", name, w)
		}
	}
	closed := mustWindow(t, "daily", "00:00-24:00", "UTC")
	for n := -2; n <= horizon+1; n++ {
		closed.Holidays = append(closed.Holidays, DateOf(now, time.UTC).Add(n))
	}
	if _, _, ok := closed.Next(now, nil); ok || closed.NeverOpens() {
		t.Error("four hundred holidays in a row are not noticed")
	}
}

func TestADayThatTheCalendarLeftOut(t *testing.T) {
	apia := mustZone(t, "Pacific/Apia") // went from 29 to 31 December 2011
	night, whole := mustWindow(t, "fri", "22:00-06:00", "Pacific/Apia"), mustWindow(t, "daily", "00:00-24:00", "Pacific/Apia")
	now := at(t, "2011-12-31 01:00 +14:00", apia)
	if night.Contains(now, nil) {
		t.Error("the night of the Friday that was not is open")
	}
	opens, closes, ok := whole.Next(now, nil)
	if !ok || !opens.Before(now.AddDate(-1, 0, 0)) || !closes.After(now.AddDate(1, 0, 0)) {
		t.Errorf("any time is from %v to %v", opens, closes)
	}
}

func TestAWindowInWords(t *testing.T) {
	for want, w := range map[string]Window{
		"on weekdays from 09:00 to 18:00 in Berlin":                           mustWindow(t, "mon-fri", "09:00-18:00", "Europe/Berlin"),
		"every day from 22:00 to 06:00 the next day in New York":              mustWindow(t, "daily", "22:00-06:00", "America/New_York"),
		"on weekends, all day in the person's time zone":                      mustWindow(t, "sat-sun", "00:00-24:00", ""),
		"on Mondays, Wednesdays and Fridays from 18:00 to midnight in UTC":    mustWindow(t, "mon,wed,fri", "18:00-00:00", "Etc/UTC"),
		"on Mondays to Thursdays and Sundays from 09:00 to midnight in Knox":  mustWindow(t, "mon-thu,sun", "09:00-24:00", "America/Indiana/Knox"),
		"on Tuesdays from 09:00 to 12:00 in US/Pacific, except on 2026-12-25": mustWindow(t, "tue", "09:00-12:00", "US/Pacific", "2026-12-25"),
		"at any time in Berlin, except on 2 holidays":                         mustWindow(t, "daily", "00:00-24:00", "Europe/Berlin", "2026-12-25", "2026-12-26"),
		"at any time": mustWindow(t, "daily", "00:00-24:00", "Europe/Berlin"),
	} {
		if got := w.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestAWindowIsKeptAsItIsWritten(t *testing.T) {
	const text = `{"days":"mon,wed,sat-sun","hours":"22:00-06:00","zone":"Europe/Berlin","holidays":["2026-12-25"]}`
	var w Window
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(w); err != nil || string(again) != text {
		t.Errorf("%s, %v", again, err)
	}
	for _, wrong := range []string{`{}`, `{"days":"mon","hours":"9-18"}`, `{"days":"mon","hours":"09:00-18:00","zones":"UTC"}`,
		`{"days":"mon","hours":"09:00-18:00","holidays":["x"]}`, `7`} {
		if err := json.Unmarshal([]byte(wrong), &w); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
}

func drawWindow(t *rapid.T) Window {
	w := Window{Days: Days(rapid.IntRange(1, 127).Draw(t, "days"))}
	w.From = TimeOfDay(rapid.SampledFrom([]int{0, 0, 60, 90, 125, 540, 1380, 1439}).Draw(t, "from"))
	w.To = TimeOfDay(rapid.SampledFrom([]int{0, 30, 61, 120, 150, 180, 1080, 1440, 1440}).Draw(t, "to"))
	if w.From == w.To {
		w.To = EndOfDay
	}
	return w
}

// In every zone and around every change of the clocks: open means between opens and closes, and at no moment in between.
func TestOpenMeansBetweenOpensAndCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, now := drawMoment(t)
		w := drawWindow(t)
		opens, closes, ok := w.Next(now, zone)
		if !ok || !opens.Before(closes) || !now.Before(closes) {
			t.Fatalf("%v at %v opens %v and closes %v, %v", w, now, opens, closes, ok)
		}
		if inside := !now.Before(opens); w.Contains(now, zone) != inside {
			t.Fatalf("%v at %v: next from %v to %v, but inside is %v", w, now, opens, closes, !inside)
		}
		if endless := w.Days == Daily && w.seamless(); endless {
			return
		}
		for moment, want := range map[time.Time]bool{opens: true, opens.Add(-1): false, closes.Add(-1): true, closes: false} {
			if w.Contains(moment, zone) != want {
				t.Fatalf("%v from %v to %v: at %v inside is %v", w, opens, closes, moment, !want)
			}
		}
		between := time.Duration(rapid.Int64Range(0, int64(closes.Sub(opens))-1).Draw(t, "between"))
		if !w.Contains(opens.Add(between), zone) {
			t.Fatalf("%v from %v to %v is closed after %v", w, opens, closes, between)
		}
	})
}

// Whatever the clocks do, an open window is one that a clock on the wall agrees with.
func TestOpenIsWhatTheWallShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, now := drawMoment(t)
		w := drawWindow(t)
		clock, today := TimeOfDay(now.Hour()*60+now.Minute()), now.Weekday()
		shown := w.Days.Has(today) && clock >= w.From && clock < w.To
		if w.To < w.From {
			shown = w.Days.Has(today) && clock >= w.From || w.Days.Has((today+6)%7) && clock < w.To
		}
		_, before := now.Add(-26 * time.Hour).Zone()
		_, after := now.Add(26 * time.Hour).Zone()
		inside := w.Contains(now, zone)
		if inside && !shown && before == after || shown && !inside && before == after {
			t.Fatalf("%v at %v: inside is %v", w, now, inside)
		}
		if start, end := now.ZoneBounds(); inside && !shown && now.Sub(start) > day && (end.IsZero() || end.Sub(now) > day) {
			t.Fatalf("%v at %v is open, which no clock shows", w, now)
		}
	})
}

func TestAnyTimeIsAnyTimeInEveryZone(t *testing.T) {
	anyTime := Window{Days: Daily, To: EndOfDay}
	rapid.Check(t, func(t *rapid.T) {
		if zone, now := drawMoment(t); !anyTime.Contains(now, zone) {
			t.Fatalf("any time is closed at %v", now)
		}
	})
}

func FuzzParseWindow(f *testing.F) {
	f.Add("mon-fri", "09:00-18:00", "Europe/Berlin", "2026-12-25")
	f.Add("fri-mon", "22:00-06:00", "", "0000-02-29")
	f.Fuzz(func(t *testing.T, days, hours, zone, holiday string) {
		w, err := ParseWindow(days, hours, zone, holiday)
		if err != nil {
			return
		}
		again, err := ParseWindow(w.Days.String(), w.hours(), w.Zone, w.Holidays[0].String())
		if err != nil || again.String() != w.String() || again.Days != w.Days || again.From != w.From || again.To != w.To || again.Holidays[0] != w.Holidays[0] {
			t.Errorf("%#v reads back as %#v, %v", w, again, err)
		}
		w.Next(time.Unix(1_792_892_700, 0), time.UTC)
	})
}

func BenchmarkContains(b *testing.B) {
	w := mustWindow(b, "daily", "22:00-06:00", "Europe/Berlin")
	now := time.Date(2026, 6, 9, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		w.Contains(now, nil)
	}
}
