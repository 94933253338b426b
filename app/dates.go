package app

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"hallpass/flows"
)

// Company time is what ends go by, so it must be right. Every answer of a vendor says what time it is there; when most of those that have answered lately say
// otherwise than company time, nothing new is given, ends come by whichever clock is ahead, and the admins are told. One vendor alone whose clock is wrong
// changes nothing while others agree with us.

// Limits of how far clocks may differ.
const (
	clockOff   = 2 * time.Minute // company time
	voiceLasts = 5 * time.Minute // machine time, for which a vendor's last answer counts; after more, our own clock may have jumped
	sureAfter  = 2               // answers in a row that must be off before a vendor counts as saying so
)

// dates hears what time it is at the vendors.
type dates struct {
	clock  flows.Clock
	mu     sync.Mutex
	voices map[string]voice // by integration
	off    time.Duration    // by which most vendors are ahead of us, or behind when negative; zero while we agree
	since  time.Time        // company time, when that began
	told   time.Time        // the since that admins were told of
}

// voice is what one vendor said last.
type voice struct {
	title string
	off   time.Duration // zero when it agrees
	times int           // in a row that it was off
	at    time.Time     // machine time
}

func newDates(c flows.Clock) *dates { return &dates{clock: c, voices: map[string]voice{}} }

// of is what a vendor's client calls as a call leaves; what it gives is told the Date of the answer. A Date agrees when it lies between the two moments,
// however far they are apart.
func (d *dates) of(name, title string) func() func(time.Time) {
	return func() func(time.Time) {
		left := d.clock.Company()
		return func(date time.Time) { d.hear(name, title, outsideOf(date, left, d.clock.Company())) }
	}
}

// outsideOf is how far a Date lies after (or, negative, before) the time in which it was written. It is cut to whole seconds.
func outsideOf(date, from, to time.Time) time.Duration {
	switch {
	case date.After(to):
		return date.Sub(to)
	case date.Add(time.Second).Before(from):
		return date.Sub(from)
	}
	return 0
}

func (d *dates) hear(name, title string, off time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Machine()
	v := voice{title: title, at: now}
	if off.Abs() > clockOff {
		v.off, v.times = off, d.voices[name].times+1
	}
	d.voices[name] = v
	for name, v := range d.voices {
		if now.Sub(v.at) > voiceLasts {
			delete(d.voices, name)
		}
	}
	if d.off == 0 {
		d.since = d.clock.Company()
	}
	d.off = d.judge()
}

// judge is by how much most of the vendors say that we are off.
func (d *dates) judge() time.Duration {
	var all []time.Duration
	for _, v := range d.voices {
		if v.times < sureAfter {
			v.off = 0
		}
		all = append(all, v.off)
	}
	slices.Sort(all)
	least, most := all[(len(all)-1)/2], all[len(all)/2] // of an even number, both in the middle must say so
	switch {
	case least > 0:
		return most
	case most < 0:
		return least
	}
	return 0
}

// names are the vendors that say that we are off, or all that have answered lately.
func (d *dates) names(off bool) string {
	var out []string
	for _, v := range d.voices {
		if !off || v.off != 0 {
			out = append(out, v.title)
		}
	}
	slices.Sort(out)
	return flows.Join(slices.Compact(out), "and")
}

// notNow is why nothing new is given while the clock is off.
func (d *dates) notNow(flows.Tx) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off == 0 {
		return "", nil
	}
	return "Hallpass’s clock does not agree with that of " + d.names(true), nil
}

// doubt is why what a vendor says of now cannot be taken, when its now is not ours. One whose clock alone is wrong is believed as long as another agrees
// with us.
func (d *dates) doubt(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	agrees := false
	for _, v := range d.voices {
		agrees = agrees || v.off == 0
	}
	if v := d.voices[name]; d.off == 0 && (v.off == 0 || agrees) {
		return nil
	}
	return &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "Hallpass’s clock does not agree with that of " + d.names(true) + ", so who is on call now is not known"}
}

// shifts are those of a vendor that knows who is on call at a time that we name: not while we do not know what time it is.
type shifts struct {
	schedules
	name  string
	dates *dates
}

type schedules = flows.OnCall

func (s shifts) OnCall(ctx context.Context, shift flows.Shift, now time.Time) ([]flows.Duty, error) {
	list, err := s.schedules.OnCall(ctx, shift, now)
	if err == nil {
		err = s.dates.doubt(s.name)
	}
	return list, err
}

// news is what is to be told of the clock: nothing as long as nothing has changed.
func (d *dates) news() (key, sentence string, lead time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	lead = max(0, d.off)
	switch {
	case d.off != 0 && !d.told.Equal(d.since):
		where := "behind"
		if d.off < 0 {
			where = "ahead of"
		}
		sentence = fmt.Sprintf("The clock of Hallpass’s machine is %s %s that of %s. Nothing new is given until they agree, and ends come by the earlier clock. Set the machine’s clock, then restart Hallpass.",
			flows.Span(d.off.Abs().Round(time.Minute)), where, d.names(true))
		d.told = d.since
		return "clock off/" + stamp(d.since), sentence, lead
	case d.off == 0 && !d.told.IsZero():
		sentence = fmt.Sprintf("The clock of Hallpass’s machine agrees with that of %s again. What waited for it is given now.", d.names(false))
		key, d.told = "clock agrees/"+stamp(d.told), time.Time{}
		return key, sentence, lead
	}
	return "", "", lead
}

// stamp is the same for all replicas that notice the same, so that it is told once.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Hour).Format(time.RFC3339) }

// watchClock has ends come by the earlier clock, and tells the admins when theirs and ours have parted or met.
func (a *App) watchClock(ctx context.Context) error {
	key, sentence, lead := a.out.dates.news()
	if err := a.engine.Lead(ctx, lead); err != nil || sentence == "" {
		return err
	}
	a.o.Log.Error().Msg(sentence)
	return a.engine.Alarm(ctx, key, sentence)
}
