package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"hallpass/flows"
)

// stopped is a clock that a test moves.
type stopped struct{ company, machine time.Time }

func (s *stopped) Company() time.Time { return s.company }
func (s *stopped) Machine() time.Time { return s.machine }

// answers has a vendor answer so many times, its clock so far ahead of ours.
func answers(d *dates, s *stopped, vendor string, ahead time.Duration, times int) {
	for range times {
		d.of(vendor, vendor)()(s.company.Add(ahead).Truncate(time.Second))
	}
}

func TestWhenTheClockIsTakenForOff(t *testing.T) {
	type said struct {
		vendor string
		ahead  time.Duration
		times  int
	}
	const far = 10 * time.Minute
	for name, c := range map[string]struct {
		said []said
		off  time.Duration
	}{
		"all agree":                           {[]said{{"Okta", 0, 3}, {"Jira", time.Second, 3}, {"PagerDuty", -time.Second, 3}}, 0},
		"a little off is no matter":           {[]said{{"Okta", 2 * time.Minute, 3}}, 0},
		"one of three":                        {[]said{{"Okta", far, 3}, {"Jira", 0, 3}, {"PagerDuty", 0, 3}}, 0},
		"one of two":                          {[]said{{"Okta", far, 3}, {"Jira", 0, 3}}, 0},
		"two of three, and we are behind":     {[]said{{"Okta", far, 3}, {"Jira", far + time.Minute, 3}, {"PagerDuty", 0, 3}}, far},
		"both of two, by the one further off": {[]said{{"Okta", far, 3}, {"Jira", far + time.Minute, 3}}, far + time.Minute},
		"the only one, and we are ahead":      {[]said{{"Okta", -far, 3}}, -far},
		"one answer is not enough":            {[]said{{"Okta", far, 1}}, 0},
		"two in a row are":                    {[]said{{"Okta", far, 2}}, far},
		"they do not agree with each other":   {[]said{{"Okta", far, 3}, {"Jira", -far, 3}}, 0},
		"it agrees again":                     {[]said{{"Okta", far, 3}, {"Okta", 0, 1}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 2, 12, 25, 0, 0, time.UTC)
			s := &stopped{now, now}
			d := newDates(s)
			for _, x := range c.said {
				answers(d, s, x.vendor, x.ahead, x.times)
			}
			if d.off != c.off {
				t.Errorf("off by %s, want %s", d.off, c.off)
			}
			if why, _ := d.notNow(nil); (why != "") != (c.off != 0) {
				t.Errorf("nothing is given because of %q", why)
			}
		})
	}
}

// While a call is on its way, company time leaps or runs fast; the Date was right when it was written.
func TestADateIsComparedWithTheTimeItWasWrittenIn(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 25, 0, 0, time.UTC)
	s := &stopped{now, now}
	d := newDates(s)
	for range 3 {
		told := d.of("okta", "Okta")
		answer := told()
		date := s.company
		s.company = s.company.Add(time.Hour)
		answer(date)
	}
	if d.off != 0 {
		t.Errorf("off by %s", d.off)
	}
}

func TestAVendorThatIsSilentForLongHasNoVoice(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 25, 0, 0, time.UTC)
	s := &stopped{now, now}
	d := newDates(s)
	answers(d, s, "Jira", 0, 3)
	answers(d, s, "Okta", 10*time.Minute, 3)
	if d.off != 0 {
		t.Errorf("off by %s while Jira agrees", d.off)
	}
	s.machine = s.machine.Add(2 * time.Hour)
	answers(d, s, "Okta", 10*time.Minute, 1)
	if d.off != 10*time.Minute {
		t.Errorf("off by %s, and nobody else has answered for two hours", d.off)
	}
}

// rota is who is on call, as a vendor says that takes a time from us.
type rota struct {
	schedules
	asked func()
}

func (r rota) OnCall(context.Context, flows.Shift, time.Time) ([]flows.Duty, error) {
	r.asked()
	return []flows.Duty{{Email: "ben.okafor@acme.example"}}, nil
}

// Asked by a clock that is an hour behind, PagerDuty says who was on call an hour ago. Nobody decides by that.
func TestWhoIsOnCallIsNotKnownByAClockThatIsOff(t *testing.T) {
	const far = time.Hour
	for name, c := range map[string]struct {
		okta, pagerduty time.Duration // by how much they are ahead
		known           bool
	}{
		"all agree":                         {0, 0, true},
		"both say that we are behind":       {far, far, false},
		"both say that we are ahead":        {-far, -far, false},
		"PagerDuty alone is wrong":          {0, far, true},
		"Okta alone is wrong, or not":       {far, 0, true},
		"they do not agree with each other": {far, -far, false},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 2, 12, 25, 0, 0, time.UTC)
			s := &stopped{now, now}
			d := newDates(s)
			answers(d, s, "Okta", c.okta, 2)
			list, err := shifts{rota{asked: func() { answers(d, s, "PagerDuty", c.pagerduty, 1) }}, "PagerDuty", d}.OnCall(t.Context(), flows.Shift{}, now)
			if known := err == nil; known != c.known {
				t.Errorf("%d on call, %v", len(list), err)
			}
			var call *flows.CallError
			if err != nil && (!errors.As(err, &call) || call.Outcome != flows.OutcomeLater) {
				t.Errorf("it is not looked at again: %v", err)
			}
		})
	}
}
