package worlds

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hallpass/flows"
)

// Times of a concurrent world, of the machine's clock.
const (
	glance  = time.Millisecond      // from the first look whether all is done to the second; each further one waits longer
	glances = 30 * time.Millisecond // but not longer than this
	hanging = 30 * time.Millisecond // how long a call hangs that gets no answer
	patient = 90 * time.Second      // how long anybody may take to do what is due
	beating = 20 * time.Second      // how long a replica is taken to live without a word
)

// until lets time pass up to a moment, with all that is due on the way. What is under way then is still under way.
func (f *Free) until(end time.Time) error {
	waited, pause := time.Duration(0), glance
	for {
		f.w.seeShift()
		if err := f.tend(); err != nil {
			return err
		}
		left := end.Sub(f.w.now())
		if left <= 0 {
			return nil
		}
		went, err := f.goOn(left)
		if err != nil {
			return err
		}
		if went {
			waited, pause = 0, glance
			continue
		}
		if waited > patient {
			return fmt.Errorf("what was due at %s is not done\n%s", f.w.now().Format("02 15:04:05.0"), f.undone())
		}
		sleep(pause)
		waited, pause = waited+pause, min(2*pause, glances)
	}
}

// rest waits until nothing is under way any more.
func (f *Free) rest() error { return f.until(f.w.now().Add(2 * time.Second)) }

// goOn has time leap to when something is due, but not further than so far. It reports false while anybody is at work.
func (f *Free) goOn(most time.Duration) (went bool, err error) {
	if f.doing.Load() > 0 {
		return false, nil
	}
	r := f.anybody()
	if r == nil {
		return true, f.leap(min(most, 5*time.Second), nil, true)
	}
	if f.cut && !f.mended() {
		return false, nil
	}
	idle, held, err := f.idle()
	if err != nil || !idle {
		return false, err
	}
	if !held.IsZero() { // somebody is dead and has work
		wait := held.Sub(f.w.clock.Machine())
		if wait < 0 {
			_ = r.app.Beat(r.ctx) // it is said again and again
			return false, nil
		}
		most = min(most, wait+time.Second)
	}
	most = min(most, r.app.Rest(r.ctx, most)) // the others would say the same, since nobody has claimed anything
	for _, r := range f.replicas {
		if r.app == nil {
			most = min(most, max(r.back.Sub(f.w.now()), time.Millisecond))
		}
	}
	if most <= 0 {
		return false, nil
	}
	return f.leaps(most)
}

// leaps has time leap if nobody has begun anything meanwhile.
func (f *Free) leaps(d time.Duration) (bool, error) {
	err := f.leap(d, nil, false)
	if errors.Is(err, errBusy) {
		return false, nil
	}
	return err == nil, err
}

var errBusy = errors.New("somebody is at work")

// idle reports whether nobody who lives has claimed anything, and until when the claims of those who do not hold.
func (f *Free) idle() (idle bool, held time.Time, err error) {
	var busy, until int64
	living := f.living()
	err = f.ground.db.QueryRow("SELECT COUNT(*) FILTER (WHERE i.owner = ANY($1)), COALESCE(MAX(r.until_at) FILTER (WHERE NOT i.owner = ANY($1)), 0)"+
		" FROM intents i LEFT JOIN replicas r ON r.owner = i.owner WHERE i.owner <> ''", living).Scan(&busy, &until)
	if until > 0 {
		held = time.UnixMilli(until)
	}
	return busy == 0, held, err
}

// undone is what is claimed or due, for a world that does not go on.
func (f *Free) undone() (text string) {
	rows, err := f.ground.db.Query("SELECT kind || ' ' || subject || ' of ' || owner || ' due ' || COALESCE(due_at, 0) || ' ' || last_error FROM intents")
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		_ = rows.Scan(&line)
		text += line + "\n"
	}
	return text + fmt.Sprint("living: ", f.living(), " machine: ", f.w.clock.Machine().UnixMilli())
}

// mended tries the connections of everybody who lives.
func (f *Free) mended() bool {
	for _, r := range f.replicas {
		for range 4 { // as many as a store reads with
			if r.lives() && r.app.Store().View(r.ctx, func(flows.Tx) error { return nil }) != nil {
				return false
			}
		}
	}
	f.cut = false
	return true
}

// leap sets the clock of the database and that of all Hallpasses ahead. Those who live have said so meanwhile, but for one who was stalled. Nobody
// writes while it is done, and no call is on its way; one that set out before never arrives.
func (f *Free) leap(d time.Duration, stalled *replica, anyway bool) error {
	if anyway {
		f.still.Lock()
	} else if !f.still.TryLock() {
		return errBusy
	}
	defer f.still.Unlock()
	tx, err := f.ground.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	living := f.living()
	saying := slices.DeleteFunc(slices.Clone(living), func(o string) bool { return stalled != nil && o == stalled.owner })
	var micros int64
	switch err := tx.QueryRow("SELECT world_leaps($1, $2, $3, $4)", d.Microseconds(), living, saying, anyway).Scan(&micros); {
	case err != nil:
		return err
	case micros < 0:
		return errBusy
	}
	f.leapt.Store(now().UnixNano())
	if _, err := f.w.clock.Follow(context.Background(), func(context.Context) (time.Time, error) {
		return now().Add(time.Duration(micros) * time.Microsecond), nil
	}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	f.w.clock.Advance(0) // wakes everybody
	return nil
}
