package app

import (
	"context"
	"testing"
	"time"
	"unsafe"
)

// wrist is a machine's clock that a test sets; its monotonic part does not exist, so that a leap shows.
type wrist struct{ at time.Time }

func (w *wrist) now() time.Time { return w.at }

func TestAClockThatFollowsShowsTheOthersTime(t *testing.T) {
	right := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	host := &wrist{at: right.Add(37 * time.Minute)} // this machine is wrong
	c := NewClockBy(time.Time{}, host.now)
	ask := func(context.Context) (time.Time, error) { return right, nil }
	follow := func(want time.Duration) {
		t.Helper()
		if off, err := c.Follow(t.Context(), ask); err != nil || off != want {
			t.Errorf("it was off by %s, %v, want %s", off, err, want)
		}
	}
	shows := func(what string, want time.Time) {
		t.Helper()
		if !c.Machine().Equal(want) || !c.Company().Equal(want) {
			t.Errorf("%s: machine time is %s and company time %s, want %s", what, c.Machine(), c.Company(), want)
		}
	}
	follow(-37 * time.Minute)
	shows("after the first look", right)
	host.at, right = host.at.Add(time.Minute), right.Add(time.Minute)
	shows("it goes on", right)

	right = right.Add(time.Second) // this machine's clock is slow
	follow(time.Second)
	shows("the other is ahead", right)

	before := right
	right = right.Add(-3 * time.Second) // a database took over whose clock is behind
	follow(-3 * time.Second)
	shows("neither goes back", before)
	host.at = host.at.Add(2 * time.Second)
	shows("they stand until the other has caught up", before)
	host.at = host.at.Add(2 * time.Second)
	shows("and go on then", before.Add(time.Second))

	c.Advance(time.Hour)
	if got := c.Company().Sub(c.Machine()); got != time.Hour {
		t.Errorf("company time is %s ahead", got)
	}
}

func TestAClockThatAnswersTooSlowlyIsNotFollowed(t *testing.T) {
	host := &wrist{at: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	c := NewClockBy(time.Time{}, host.now)
	before := c.Machine()
	if _, err := c.Follow(t.Context(), func(context.Context) (time.Time, error) {
		host.at = host.at.Add(3 * time.Second)
		return before.Add(time.Hour), nil
	}); err == nil {
		t.Error("nobody could tell when that was")
	}
	if at := c.Machine(); at.After(before.Add(time.Minute)) {
		t.Errorf("it shows %s", at)
	}
}

// Somebody sets the machine's clock under the running program. Its monotonic part goes on, and with it both clocks of the program.
func TestAClockThatIsSetUnderTheProgramChangesNothing(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		set := time.Duration(0)
		c := NewClockBy(time.Time{}, func() time.Time { return daytime(time.Now(), set) })
		company, machine := c.Company(), c.Machine()
		set = by
		for what, went := range map[string]time.Duration{"company": c.Company().Sub(company), "machine": c.Machine().Sub(machine)} {
			if went < 0 || went > time.Minute {
				t.Errorf("set by %s: %s time went on by %s", by, what, went)
			}
		}
	}
}

// daytime is a reading of time.Now on a machine whose time of day was set by so many whole seconds since it began to run: its monotonic part does not know.
// Source of where they stand: the comments of time.Time.
func daytime(t time.Time, by time.Duration) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) += uint64(int64(by/time.Second)) << 30
	return t
}
