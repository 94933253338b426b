package when

import (
	"testing"
	"time"
)

// calendar is what the clocks of a zone show around a moment, looked at minute by minute: the slow and simple way to know when an end or a
// window is. What is shown is in minutes, as if it were UTC.
type calendar struct {
	zone   *time.Location
	start  time.Time // the first minute
	walls  []int
	base   int
	first  []int // the earliest minute at which base and so many minutes is shown, or jumped over
	last   []int // the latest
	shows  map[int]bool
	middle int
}

const perDay = 24 * 60

// around looks at five days before and after a moment.
func around(zone *time.Location, moment time.Time) *calendar {
	c := &calendar{zone: zone, start: moment.Truncate(time.Minute).Add(-5 * day), first: make([]int, 13*perDay), last: make([]int, 13*perDay), shows: map[int]bool{}, middle: 5 * perDay}
	c.base = minutesOf(onTheWall(c.start.In(zone))) - perDay
	for n := range 10 * perDay {
		wall := minutesOf(onTheWall(c.at(n)))
		if n > 0 {
			for jumped := c.walls[n-1] + 1; jumped < wall; jumped++ {
				c.first[jumped-c.base], c.last[jumped-c.base] = n, n
			}
		}
		c.walls = append(c.walls, wall)
		if c.first[wall-c.base] == 0 {
			c.first[wall-c.base] = n
		}
		c.last[wall-c.base] = n
		c.shows[wall/perDay] = true
	}
	return c
}

func minutesOf(wall time.Time) int { return int(wall.Unix() / 60) }

func (c *calendar) at(n int) time.Time { return c.start.Add(time.Duration(n) * time.Minute).In(c.zone) }

// next is the first minute after n at which the clocks show that time of day, or jump over it.
func (c *calendar) next(n int, clock TimeOfDay) int {
	for m := n + 1; ; m++ {
		for shown := c.walls[m]; shown == c.walls[m] || shown > c.walls[m-1]; shown-- {
			if shown%perDay == int(clock) {
				return m
			}
		}
	}
}

// from is the first minute after n that lies on a day or later.
func (c *calendar) from(n, on int) int {
	for m := n + 1; ; m++ {
		if c.walls[m]/perDay >= on {
			return m
		}
	}
}

// open tells whether a window is open, from what the clocks show alone.
func (c *calendar) open(w Window, n int) bool {
	for on := c.walls[n]/perDay - 2; on <= c.walls[n]/perDay+1; on++ {
		if !c.shows[on] || !w.begins(DateOf(time.Unix(int64(on)*perDay*60, 0), time.UTC)) {
			continue
		}
		end := on*perDay + int(w.To)
		if w.To < w.From {
			end += perDay
		}
		if c.last[on*perDay+int(w.From)-c.base] <= n && n < c.first[end-c.base] {
			return true
		}
	}
	return false
}

// everyChange is every zone of the tz database at every change of its clocks in a year; a zone without one, once.
func everyChange(t *testing.T, f func(*calendar)) {
	t.Helper()
	changes, seen := 0, map[string]bool{}
	for _, name := range zoneNames() {
		zone := mustZone(t, name)
		year := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
		_, change := year.ZoneBounds()
		if change.IsZero() || change.Year() > 2026 {
			change = year.AddDate(0, 6, 0)
		}
		for ; !change.IsZero() && change.Year() == 2026; _, change = change.ZoneBounds() {
			before, after := change.Add(-time.Minute).In(zone), change.In(zone)
			_, from := before.Zone()
			_, to := after.Zone()
			if from != to {
				changes++
			}
			// Zones that change in the same way at the same moment are one to a calendar.
			if alike := before.Format(time.RFC3339) + after.Format(time.RFC3339); seen[alike] {
				continue
			} else {
				seen[alike] = true
			}
			f(around(zone, change))
		}
	}
	if changes < 200 {
		t.Errorf("only %d changes of the clocks in a year: the zone data is not there", changes)
	}
}

// "until 02:30" and "until tomorrow", typed at any half hour around every change of every zone, end where the clocks show it.
func TestAnEndIsWhereTheClocksShowIt(t *testing.T) {
	clocks := map[string]TimeOfDay{"until 00:30": 30, "until 02:00": 120, "until 02:30": 150, "until 23:30": 23*60 + 30, "until 09:00": 540}
	everyChange(t, func(c *calendar) {
		for n := c.middle - 26*60; n <= c.middle+26*60; n += 30 {
			now := c.at(n)
			for text, clock := range clocks {
				c.ends(t, text, now, c.next(n, clock))
			}
			today := c.walls[n] / perDay
			c.ends(t, "until tomorrow", now, c.from(n, today+2))
			c.ends(t, "until today", now, c.from(n, today+1))
		}
	})
}

func (c *calendar) ends(t *testing.T, text string, now time.Time, want int) {
	t.Helper()
	got, err := Parse(text, now, c.zone)
	if err != nil || !got.Until.Equal(c.at(want)) {
		t.Errorf("%s at %v in %v ends at %v, %v; the clocks show it at %v", text, now, c.zone, got.Until, err, c.at(want))
	}
}

// Every window around every change of every zone, also one that crosses midnight, is open when the clocks say so.
func TestAWindowIsOpenWhenTheClocksSaySo(t *testing.T) {
	windows := []Window{mustWindow(t, "daily", "09:00-18:00", ""), mustWindow(t, "daily", "22:00-06:00", ""), mustWindow(t, "sun", "02:00-03:00", ""),
		mustWindow(t, "sat", "23:30-02:30", ""), mustWindow(t, "sun,mon", "00:30-01:30", ""), mustWindow(t, "fri-sun", "01:00-00:30", ""), mustWindow(t, "sun", "00:00-24:00", "")}
	everyChange(t, func(c *calendar) {
		for i, w := range windows {
			for n := c.middle - 30*60; n <= c.middle+30*60; n++ {
				if near := n > c.middle-150 && n < c.middle+150; !near && n%30 > 0 && (n+1)%30 > 0 {
					continue
				}
				if got, want := w.Contains(c.at(n), c.zone), c.open(w, n); got != want {
					t.Fatalf("window %d, %v, at %v in %v: open is %v, the clocks say %v", i, w, c.at(n), c.zone, got, want)
				}
			}
		}
	})
}
