package worlds

import (
	"fmt"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"hallpass/bot"
	"hallpass/scheduler"
)

// drive runs something that Hallpass does and lets the calls go that it makes, one at a time.
func (w *World) drive(f func()) {
	if w.free != nil {
		f()
		return
	}
	began := now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	for {
		synctest.Wait()
		if w.letOneGo() {
			continue
		}
		select {
		case <-done:
			w.kept(began)
			return
		case <-w.arrived:
		}
	}
}

// keptFor is longer than a single call may take.
const keptFor = 15 * time.Second

// kept notes that Hallpass was kept from all else by something that waited, say a sync that was told again and again to come later. The running program
// does such things side by side; a step of a stepped world does one after the other.
func (w *World) kept(since time.Time) {
	if now().Sub(since) <= keptFor {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble("hallpass", since, now())
	w.tell("Hallpass was kept busy for %s", now().Sub(since).Round(time.Second))
}

// letOneGo lets the first of the waiting calls go. Where chance has chosen it, others act before.
func (w *World) letOneGo() bool {
	w.mu.Lock()
	w.waiting = slices.DeleteFunc(w.waiting, func(c *call) bool { return c.r.Context().Err() != nil }) // given up
	if len(w.waiting) == 0 {
		w.mu.Unlock()
		return false
	}
	slices.SortStableFunc(w.waiting, func(a, b *call) int { return strings.Compare(a.what, b.what) })
	c := w.waiting[0]
	alike := 1 // those that ask the same share one fate: which of them is which, nobody can tell
	for alike < len(w.waiting) && w.waiting[alike].what == c.what {
		alike++
	}
	all := w.waiting[:alike]
	w.waiting = slices.Clone(w.waiting[alike:])
	w.calls++
	c.draw = mix(w.Seed ^ mix(w.calls))
	if w.Calls {
		w.tell("    %d %s", w.calls, c.what)
	}
	meanwhile := w.depth == 0 && (c.draw>>40)%10000 < w.parks && w.between < mostBetween && w.life.Err() == nil
	w.mu.Unlock()
	if meanwhile {
		w.inBetween()
	}
	for _, x := range all {
		x.draw, x.within = c.draw, w.depth > 0
		close(x.gone)
	}
	return true
}

// mostBetween keeps a world short.
const mostBetween = 6

// inBetween has others act, and Hallpass do what becomes due by it, in the middle of something else.
func (w *World) inBetween() {
	w.mu.Lock()
	held := w.waiting
	w.waiting = nil
	w.depth++
	w.between++
	w.tell("  meanwhile:")
	w.mu.Unlock()
	if w.chance.IntN(5) < 3 { // most of what races is somebody who decides
		w.pressOne(bot.ActApprove, bot.ActDeny, bot.ActCancel)
	} else {
		w.act()
	}
	if w.alive() {
		w.drive(func() { _, _ = w.app.Step(w.life) })
	}
	w.mu.Lock()
	w.depth--
	w.waiting = append(held, w.waiting...)
	w.mu.Unlock()
}

// step has Hallpass do what is due now.
func (w *World) step() (claimed int, err error) {
	w.drive(func() {
		var r scheduler.Report
		r, err = w.app.Step(w.life)
		claimed = r.Claimed
	})
	w.steps, w.claims = w.steps+1, w.claims+claimed
	return claimed, err
}

// sweepEvery is how often state without an intent is looked for, as the running program does.
const sweepEvery = 10 * time.Minute

// watchEvery is how often Hallpass looks at what the vendors say of its clock, among other things: as the running program does where that matters, and
// else more seldom, which is cheaper.
func (w *World) watchEvery() time.Duration {
	if w.clockOff != 0 {
		return 10 * time.Second
	}
	return time.Minute
}

// atOneMoment is how many steps may have something to do before time goes on.
const atOneMoment = 1000

// until lets time pass up to a moment, with all that is due on the way.
func (w *World) until(end time.Time) error {
	if w.free != nil {
		return w.free.until(end)
	}
	watched, idle := now(), 0
	for {
		w.seeShift()
		if !w.alive() {
			if err := w.revive(w.nap()); err != nil {
				return err
			}
		}
		at := now()
		if at.Sub(w.swept) >= sweepEvery {
			w.swept = at
			w.drive(func() {
				found, _ := w.app.Sweep(w.life)
				w.found = append(w.found, found...)
			})
			if !w.alive() {
				continue
			}
		}
		if at.Sub(watched) >= w.watchEvery() {
			watched = at
			w.drive(func() { _ = w.app.Watch(w.life) }) // what it could not write it says again
		}
		rest := w.app.Rest(w.life, time.Hour)
		if rest == 0 {
			claimed, err := w.step()
			switch {
			case claimed > 0 || !w.alive():
				if idle++; idle > atOneMoment {
					return fmt.Errorf("at %s there is always something due", at.Format("02 15:04:05.0"))
				}
				continue
			case err != nil: // nothing can be claimed now
				rest = 5 * time.Second
			}
		}
		idle = 0
		left := end.Sub(now())
		if left <= 0 {
			return nil
		}
		rest = max(rest, 50*time.Millisecond)
		if w.clockOff != 0 {
			rest = min(rest, w.watchEvery())
		}
		sleep(min(left, rest))
	}
}
