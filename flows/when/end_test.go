package when

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// at reads a local time with its offset, such as "2026-10-25 02:30 +01:00".
func at(t testing.TB, text string, zone *time.Location) time.Time {
	t.Helper()
	got, err := time.Parse("2006-01-02 15:04 -07:00", text)
	if err != nil {
		t.Fatal(err)
	}
	return got.In(zone)
}

func TestPeopleSayForHowLong(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "2 h": 2 * time.Hour, "1h30m": 90 * time.Minute, "1 d": 24 * time.Hour, "2w": 14 * 24 * time.Hour,
		"for 2h": 2 * time.Hour, "For 1 h 30 min": 90 * time.Minute, " 45 minutes ": 45 * time.Minute, "3650d": MaxDuration,
	} {
		got, err := Parse(text, time.Time{}, time.UTC)
		if err != nil || got != (End{For: want}) {
			t.Errorf("%q is %+v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"indefinite", "until revoked", "Until  Revoked"} {
		if got, err := Parse(text, time.Time{}, nil); err != nil || got != (End{Indefinite: true}) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}

func TestPeopleSayUntilWhen(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	const tuesday, friday = "2026-06-09 10:30 +02:00", "2026-06-12 18:30 +02:00"
	for _, c := range []struct{ now, text, want string }{
		{tuesday, "until 18:00", "2026-06-09 18:00 +02:00"},
		{tuesday, "until 9:00", "2026-06-10 09:00 +02:00"},
		{tuesday, "until 10:30", "2026-06-10 10:30 +02:00"},
		{tuesday, "until 6pm", "2026-06-09 18:00 +02:00"},
		{tuesday, "until 6:30 PM", "2026-06-09 18:30 +02:00"},
		{tuesday, "until 12am", "2026-06-10 00:00 +02:00"},
		{tuesday, "until 12pm", "2026-06-09 12:00 +02:00"},
		{tuesday, "until today", "2026-06-10 00:00 +02:00"},
		{tuesday, "until tomorrow 09:00", "2026-06-10 09:00 +02:00"},
		{tuesday, "until 09:00 tomorrow", "2026-06-10 09:00 +02:00"},
		{tuesday, "until tomorrow at 9:00", "2026-06-10 09:00 +02:00"},
		{tuesday, "until friday", "2026-06-13 00:00 +02:00"},
		{tuesday, "Until Friday 17:00", "2026-06-12 17:00 +02:00"},
		{tuesday, "until tue 10:00", "2026-06-16 10:00 +02:00"},
		{tuesday, "until tue 11:00", "2026-06-09 11:00 +02:00"},
		{friday, "until friday 17:00", "2026-06-19 17:00 +02:00"},
		{friday, "until friday", "2026-06-13 00:00 +02:00"},
		{tuesday, "until 2026-12-24", "2026-12-25 00:00 +01:00"},
		{tuesday, "until 2026-12-24 18:00", "2026-12-24 18:00 +01:00"},
		{tuesday, "until 2026-12-24 18:00 utc", "2026-12-24 19:00 +01:00"},
		{tuesday, "until 2026-12-24 18:00 -05:00", "2026-12-25 00:00 +01:00"},
		// The clocks go forward at 02:00 on 29 March, and back at 03:00 on 25 October.
		{"2026-03-28 20:00 +01:00", "until 02:30", "2026-03-29 03:00 +02:00"},
		{"2026-10-24 20:00 +02:00", "until 02:30", "2026-10-25 02:30 +02:00"},
		{"2026-10-25 02:45 +02:00", "until 02:30", "2026-10-25 02:30 +01:00"},
		{"2026-10-25 02:45 +01:00", "until 02:30", "2026-10-26 02:30 +01:00"},
	} {
		want := at(t, c.want, berlin)
		got, err := Parse(c.text, at(t, c.now, berlin), berlin)
		if err != nil || got != (End{Until: want}) {
			t.Errorf("%q at %s is %v, %v; want %v", c.text, c.now, got, err, want)
		}
	}
}

func TestWhatCannotBeReadSaysWhatToWrite(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	now := at(t, "2026-06-09 10:30 +02:00", berlin)
	for text, want := range map[string]string{
		"":                              "say for how long: write 2h, until 18:00, until tomorrow 09:00 or until revoked",
		"a while":                       `"a while" cannot be read as a time; write 2h, 1h30m, until 18:00, until tomorrow 09:00, until friday or until revoked`,
		"for ever":                      `"for ever" cannot be read as a time; write 2h, 1h30m, until 18:00, until tomorrow 09:00, until friday or until revoked`,
		"90":                            `"90" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"0h":                            `"0h" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"2 moons":                       `"2 moons" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"-2h":                           `"-2h" cannot be read as a time; write 2h, 1h30m, until 18:00, until tomorrow 09:00, until friday or until revoked`,
		"11y":                           `"11y" is not a duration; write it like 45m, 2h, 1h30m or 1d`,
		"600w":                          `"600w" is more than 10 years; write a shorter time`,
		"30501w":                        `"30501w" is more than 10 years; write a shorter time`,
		"18:00":                         `"18:00" lacks a word; write "until 18:00", or a duration like 2h`,
		"Tomorrow 09:00":                `"Tomorrow 09:00" lacks a word; write "until tomorrow 09:00", or a duration like 2h`,
		"until":                         "say until when: write until 18:00, until tomorrow 09:00, until friday or until revoked",
		"until at":                      `"at" is neither a day nor a time; write until 18:00, until tomorrow 09:00, until friday or until 2026-12-24 18:00`,
		"until christmas":               `"christmas" is neither a day nor a time; write until 18:00, until tomorrow 09:00, until friday or until 2026-12-24 18:00`,
		"until next friday":             `"next" is neither a day nor a time; write until 18:00, until tomorrow 09:00, until friday or until 2026-12-24 18:00`,
		"until 25:00":                   `"25:00" is not a time of day; write it like 09:00 or 18:30`,
		"until 18":                      `"18" is not a time of day; write it like 09:00 or 18:30`,
		"until 13pm":                    `"13pm" is not a time of day; write it like 6pm or 18:00`,
		"until 2026-02-30":              `"2026-02-30" is not a day of the calendar; write it like 2026-12-24`,
		"until friday monday":           `"monday" is one too many after until; write one day and one time, like until friday 17:00`,
		"until 09:00 18:00":             `"18:00" is one too many after until; write one day and one time, like until friday 17:00`,
		"until today 09:00":             `"until today 09:00" is already past; write a later one, like until tomorrow 09:00`,
		"until 2020-01-01":              `"until 2020-01-01" is already past; write a later one, like until tomorrow 09:00`,
		"until 2999-01-01":              `"until 2999-01-01" is more than 10 years away; write an earlier day`,
		strings.Repeat("ever and ", 90): `"ever and ever and ever and ever and eve…" cannot be read as a time; write 2h, 1h30m, until 18:00, until tomorrow 09:00, until friday or until revoked`,
	} {
		if _, err := Parse(text, now, berlin); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestAnEndIsWrittenAsItIsTyped(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	now := at(t, "2026-06-09 10:30 +02:00", berlin)
	for want, end := range map[string]End{
		"1h30m":                            {For: 90 * time.Minute},
		"14d":                              {For: 14 * 24 * time.Hour},
		"until revoked":                    {Indefinite: true},
		"until 2026-10-25 02:30":           {Until: at(t, "2026-10-25 02:30 +02:00", berlin)},
		"until 2026-10-25 02:30 +01:00":    {Until: at(t, "2026-10-25 02:30 +01:00", berlin)},
		"until 2026-12-24 18:00 UTC":       {Until: at(t, "2026-12-24 18:00 +00:00", time.UTC)},
		"until 2026-06-09 11:00:07 +02:00": {Until: at(t, "2026-06-09 11:00 +02:00", berlin).Add(7 * time.Second)},
	} {
		if end.String() != want {
			t.Errorf("%#v is written %q, want %q", end, end, want)
		}
		if again, err := Parse(want, now, end.Until.Location()); err != nil || again != end {
			t.Errorf("%q reads back as %v, %v", want, again, err)
		}
	}
}

func TestAnEndIsCountedFromTheStart(t *testing.T) {
	start := time.Date(2026, 6, 9, 10, 0, 0, 0, time.UTC)
	until := start.Add(time.Hour)
	for _, c := range []struct {
		end  End
		want time.Time
		ok   bool
	}{
		{End{For: 2 * time.Hour}, start.Add(2 * time.Hour), true},
		{End{Until: until}, until, true},
		{End{Indefinite: true}, time.Time{}, false},
	} {
		if got, ok := c.end.At(start); got != c.want || ok != c.ok {
			t.Errorf("%v from %v is %v, %v", c.end, start, got, ok)
		}
	}
}

// What is typed at any moment in any zone ends after that moment and reads back the same.
func TestEveryEndReadsBackInEveryZone(t *testing.T) {
	words := []string{"until 00:00", "until 02:30", "until 24:00", "until 1:59", "until tomorrow", "until tomorrow 00:30", "until sunday",
		"until sunday 02:15", "until mon 00:01", "until 2027-03-28 02:30", "until 2027-10-31 02:30", "26h", "until revoked"}
	rapid.Check(t, func(t *rapid.T) {
		zone, now := drawMoment(t)
		text := rapid.SampledFrom(words).Draw(t, "text")
		end, err := Parse(text, now, zone)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if over, ok := end.At(now); ok && !over.After(now) {
			t.Fatalf("%q at %v is over at %v", text, now, over)
		}
		if again, err := Parse(end.String(), now, zone); err != nil || again != end {
			t.Fatalf("%q is written %q and reads back as %v, %v", text, end, again, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"90m", "for 2 h", "1h30m", "2w", "until 18:00", "until friday at 5 pm", "until 2026-10-25 02:30", "until revoked",
		"until 2026-12-24 18:00:30 +01:00", "until 2026-12-24 18:00 UTC", "30501w", "until 2026-02-30", "until at"} {
		f.Add(seed, int64(1_792_892_700), uint16(350))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, nth uint16) {
		zone := mustZone(t, zoneNames()[int(nth)%len(zoneNames())])
		now := time.Unix(unix%(1<<32)+(1<<30), 0) // from 1998 on
		end, err := Parse(text, now, zone)
		if err != nil {
			if strings.ContainsRune(err.Error(), '\n') || len(err.Error()) > 500 {
				t.Fatalf("%q: not one sentence: %v", text, err)
			}
			return
		}
		if again, err := Parse(end.String(), now, zone); err != nil || again != end {
			t.Fatalf("%q is written %q and reads back as %v, %v", text, end, again, err)
		}
	})
}
