package pagerduty

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// PutOnCall puts somebody on call.
func (a *Account) PutOnCall(s Shift) error {
	return a.change(func() error {
		switch {
		case a.user(s.User) == nil:
			return fmt.Errorf("the account has no user %s", s.User)
		case a.policy(s.Policy) == nil:
			return fmt.Errorf("the account has no escalation policy %s", s.Policy)
		case s.Schedule != "" && a.schedule(s.Schedule) == nil:
			return fmt.Errorf("the account has no schedule %s", s.Schedule)
		case s.Level < 1:
			return fmt.Errorf("a level is 1 or more, not %d", s.Level)
		case s.Schedule != "" && !s.Start.Before(s.End):
			return fmt.Errorf("a shift on a schedule begins before it ends")
		}
		a.shifts = append(a.shifts, s)
		return nil
	})
}

// Handover ends what runs on a schedule now and puts somebody else there for the rest of that time.
func (a *Account) Handover(scheduleID, userID string) error {
	return a.change(func() error {
		if a.user(userID) == nil {
			return fmt.Errorf("the account has no user %s", userID)
		}
		now := a.now()
		for i := range a.shifts {
			if running := a.shifts[i]; running.Schedule == scheduleID && covers(running.Start, running.End, now) {
				a.shifts[i].End = now
				running.Start, running.User = now, userID
				a.shifts = append(a.shifts, running)
			}
		}
		return nil
	})
}

// LeaveGap ends what runs on a schedule now and puts nobody there.
func (a *Account) LeaveGap(scheduleID string) error {
	return a.change(func() error {
		now := a.now()
		a.overrides = slices.DeleteFunc(a.overrides, func(o override) bool {
			return o.schedule == scheduleID && covers(o.start, o.end, now)
		})
		for i := range a.shifts {
			if s := &a.shifts[i]; s.Schedule == scheduleID && covers(s.Start, s.End, now) {
				s.End = now
			}
		}
		return nil
	})
}

// OnCall returns the ids of those who are on call now for a schedule, at any level, in order.
func (a *Account) OnCall(scheduleID string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for _, s := range a.rendered(a.now(), a.now()) {
		if s.Schedule == scheduleID && !slices.Contains(out, s.User) {
			out = append(out, s.User)
		}
	}
	slices.Sort(out)
	return out
}

// rendered are the shifts that touch a time, overrides taken into account, by policy, level and start.
func (a *Account) rendered(since, until time.Time) []Shift {
	var out []Shift
	for _, s := range a.shifts {
		for _, piece := range a.minusOverrides(s) {
			if piece.Schedule == "" || touches(piece.Start, piece.End, since, until) {
				out = append(out, piece)
			}
		}
	}
	for _, o := range a.overrides {
		if !touches(o.start, o.end, since, until) {
			continue
		}
		for _, place := range a.places(o.schedule) {
			out = append(out, Shift{o.schedule, place.Policy, place.Level, o.user, o.start, o.end})
		}
	}
	slices.SortStableFunc(out, func(x, y Shift) int {
		return cmp.Or(cmp.Compare(x.Policy, y.Policy), cmp.Compare(x.Level, y.Level), x.Start.Compare(y.Start), cmp.Compare(x.User, y.User))
	})
	return out
}

// minusOverrides is what overrides leave of a shift.
func (a *Account) minusOverrides(s Shift) []Shift {
	pieces := []Shift{s}
	for _, o := range a.overrides {
		if o.schedule != s.Schedule {
			continue
		}
		var left []Shift
		for _, p := range pieces {
			left = append(left, cutOut(p, o.start, o.end)...)
		}
		pieces = left
	}
	return pieces
}

// cutOut is what is left of a shift without the time between start and end.
func cutOut(s Shift, start, end time.Time) []Shift {
	if !s.Start.Before(end) || !start.Before(s.End) {
		return []Shift{s}
	}
	var out []Shift
	if s.Start.Before(start) {
		before := s
		before.End = start
		out = append(out, before)
	}
	if end.Before(s.End) {
		after := s
		after.Start = end
		out = append(out, after)
	}
	return out
}

// places are the policies and levels at which a schedule stands.
func (a *Account) places(scheduleID string) []Shift {
	var out []Shift
	for _, s := range a.shifts {
		place := Shift{Schedule: scheduleID, Policy: s.Policy, Level: s.Level}
		if s.Schedule == scheduleID && !slices.Contains(out, place) {
			out = append(out, place)
		}
	}
	return out
}

// covers tells whether a moment lies in a span; the end is outside.
func covers(start, end, at time.Time) bool { return !at.Before(start) && at.Before(end) }

// touches tells whether two spans have a moment in common; a span without length is a moment.
func touches(start, end, since, until time.Time) bool {
	if !since.Before(until) {
		return covers(start, end, since)
	}
	return start.Before(until) && since.Before(end)
}
