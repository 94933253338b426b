package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hallpass/flows"
	"hallpass/store"
)

// lookBack compares the database with its witness before anything is written, and begins the recovery where the database is older, or where nobody
// can say.
func (a *App) lookBack(ctx context.Context) error {
	w := a.seen
	if w.path == "" {
		return nil
	}
	seen, of, found, unread := w.read()
	var now flows.Head
	var name, why string
	err := a.store.Change(ctx, func(tx flows.Tx) (err error) {
		why = ""
		if now.Seq, now.Hash, err = tx.Head(); err != nil {
			return err
		}
		if name, err = tx.Meta(store.MetaInstallation); err != nil {
			return err
		}
		switch {
		case unread != nil:
			why = fmt.Sprintf("the witness %s cannot be read (%v)", w.path, unread)
		case !found && now.Seq > 1:
			why = fmt.Sprintf("the witness %s is not there", w.path)
		case found && of != "" && of != name:
			why = fmt.Sprintf("the witness %s is that of another database", w.path)
		case found:
			why, err = seen.Lost(tx)
		}
		if err != nil {
			return err
		}
		if why != "" {
			if err := a.engine.NoticeOlder(tx, seen, why); err != nil {
				return err
			}
		}
		now.Request, now.Grant, err = tx.Numbers()
		return err
	})
	if err != nil {
		return err
	}
	if why != "" {
		a.o.Log.Error().Str("why", why).Msg("the database may be older than what was done with it; recovering")
	}
	now.Request, now.Grant = max(now.Request, seen.Request), max(now.Grant, seen.Grant)
	w.arm(name, now)
	return nil
}

// witnessFailed tells the admins that the newest head could not be kept outside.
func (a *App) witnessFailed(err error) {
	a.o.Log.Error().Err(err).Msg("the witness was not written")
	day := a.o.Clock.Company().UTC().Format("2006-01-02")
	a.report(a.engine.Alarm(context.Background(), "witness/"+day, "The witness cannot be written, so an older database would not be noticed: "+err.Error()+"."))
}

// older is told by the store that the database has lost what this process saw committed.
func (a *App) older(tx flows.Tx, seen flows.Head, how string) error {
	a.o.Log.Error().Str("why", how).Msg("the database has lost what was committed to it; recovering")
	return a.engine.NoticeOlder(tx, seen, how)
}

// beside is where members are kept outside the database; nowhere without a witness.
func (a *App) beside() flows.Beside {
	if a.seen == nil || a.seen.path == "" {
		return nil
	}
	return a.seen
}

// Recovering is what an admin of the machine wants of Recover.
type Recovering struct {
	Since   time.Time // look at everything since then, though nothing says that something is missing
	Compare []string  // targets whose members are to be compared, since they do not say who wrote
	Say     func(string)
}

// Recover notices an older database and settles what it does not know, without chats: their messages are written down for the bot to send. It may
// run beside the bot. It returns when the recovery is over.
func Recover(ctx context.Context, o Options, want Recovering) (err error) {
	a := &App{o: o}
	a.seen = newWitness(o.Config.Witness.File, a.witnessFailed)
	if a.out, err = connect(o.Config, o.Clock, o.Transport); err != nil {
		return err
	}
	if err = a.follow(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.time.Close()) }()
	if a.store, err = store.Open(ctx, store.Options{DSN: o.Config.Store.DSN.Reveal(), Clock: o.Clock, Witness: a.seen.tell, Older: a.older}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.store.Close(), a.seen.close()) }()
	a.makeEngine()
	for _, name := range want.Compare {
		if a.out.Targets[name] == nil {
			return fmt.Errorf("there is no target %q in %s to compare the members of", name, o.Config.File)
		}
	}
	if err := a.lookBack(ctx); err != nil {
		return err
	}
	if !want.Since.IsZero() || len(want.Compare) > 0 {
		if err := a.engine.Recover(ctx, want.Since, want.Compare...); err != nil {
			return err
		}
	}
	return a.untilRecovered(ctx, want.Say)
}

// untilRecovered goes on with a recovery until it is over, and says what it waits for and what came of it.
func (a *App) untilRecovered(ctx context.Context, say func(string)) error {
	r, err := a.recovery(ctx, flows.ReadRecovery)
	if err != nil {
		return err
	}
	if r == nil {
		say("There is nothing to recover: the database holds what its witness saw.")
		return nil
	}
	say(fmt.Sprintf("Recovering since %s (UTC): %s.", r.Since.UTC().Format("2 January 15:04:05"), r.Why))
	last := ""
	for {
		done := a.engine.Sync(ctx, flows.RecoveryWork, 0)
		if done.Err != nil {
			return done.Err
		}
		if !done.Again {
			break
		}
		now, err := a.recovery(ctx, flows.ReadRecovery)
		if err != nil {
			return err
		}
		if now == nil {
			break
		}
		if waits := waitingFor(now); waits != last {
			say(waits)
			last = waits
		}
		t := time.NewTimer(max(time.Millisecond, done.Due.Sub(a.o.Clock.Machine())))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return errors.New("stopped before the recovery was over; the bot goes on with it")
		}
	}
	over, err := a.recovery(ctx, flows.ReadRecovered)
	if err == nil && over != nil {
		say(over.Words())
	}
	return err
}

func waitingFor(r *flows.Recovery) string {
	words := "Waiting until the targets’ logs must be complete."
	for _, name := range slices.Sorted(maps.Keys(r.Trouble)) {
		words = fmt.Sprintf("Waiting for %s: %s.", name, r.Trouble[name])
	}
	return words
}

func (a *App) recovery(ctx context.Context, read func(flows.Tx) (*flows.Recovery, error)) (r *flows.Recovery, err error) {
	err = a.store.View(ctx, func(tx flows.Tx) (err error) {
		r, err = read(tx)
		return err
	})
	return r, err
}
