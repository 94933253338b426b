package worlds

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"testing/synctest"
	"time"

	"hallpass/app"
	"hallpass/flows"
	"hallpass/store"
	"hallpass/worlds/checker"

	"github.com/rs/zerolog"
)

// The sides on which Hallpass can be killed.
type side int

const (
	never side = iota
	beforeCommit
	afterCommit
	beforeCall
	afterCall
)

func (s side) String() string {
	return []string{"never", "before a commit", "after a commit", "before a call", "after a call took effect"}[s]
}

// doom is where Hallpass is killed next: at so many commits or calls from now.
type doom struct {
	at   side
	left int
}

// start gives Hallpass a life, on the database as the last one left it.
func (w *World) start(p Policy) error {
	c, err := p.Config(w.Dir)
	if err != nil {
		return err
	}
	w.policy = p
	w.know(p.plain(c))
	w.lives++
	w.life, w.kill = context.WithCancel(context.Background())
	if err := w.setClock(); err != nil {
		return err
	}
	log := zerolog.Nop()
	if w.Log != nil {
		log = zerolog.New(w.Log).With().Str("seed", strconv.FormatUint(w.Seed, 10)).Logger()
	}
	life := w.life
	var a *app.App
	w.drive(func() {
		a, err = app.New(life, app.Options{Config: c, Clock: w.clock, Log: log, Transport: &gate{w: w, ctx: life, kill: w.kill}, Rand: w.ids,
			Synchronous: "OFF", Witness: w.witnessed, Hook: store.Hooks{BeforeCommit: func() { w.commit(life, beforeCommit) }, AfterCommit: func() { w.commit(life, afterCommit) }, Refuse: w.refuse}})
	})
	if err != nil {
		w.app = nil
		if life.Err() != nil || w.refuse() != nil { // killed while it started, or it could not write
			w.kill()
			return nil
		}
		return err
	}
	w.app = a
	return a.Store().View(life, func(tx flows.Tx) error {
		seq, _, err := tx.Head()
		w.witnessed(flows.Head{Seq: seq})
		return err
	})
}

// setClock has the next life go by the machine's clock as it is then, and notes from which entry on the log does.
func (w *World) setClock() error {
	off := w.clockOff
	w.clock = app.NewClockBy(time.Time{}, func() time.Time { return now().Add(off) })
	before := time.Duration(0)
	if n := len(w.clocks); n > 0 {
		before = w.clocks[n-1].Off
	}
	if off == before {
		return nil
	}
	s, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + w.path(), Clock: w.clock, Reads: true})
	if err != nil {
		return err
	}
	return errors.Join(s.View(context.Background(), func(tx flows.Tx) error {
		seq, _, err := tx.Head()
		w.clocks = append(w.clocks, checker.Clock{After: seq, Off: off, Since: now()})
		return err
	}), s.Close())
}

// commit is the door of the store: a life that is over commits nothing more, and who waits for it waits in vain.
func (w *World) commit(life context.Context, at side) {
	if life.Err() != nil || w.strike(at, w.kill) {
		runtime.Goexit()
	}
}

// strike kills Hallpass if this is where it was to be.
func (w *World) strike(at side, kill context.CancelFunc) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.doom.at != at {
		return false
	}
	if w.doom.left--; w.doom.left > 0 {
		return false
	}
	w.doom = doom{}
	w.tell("Hallpass is killed %s", at)
	kill()
	return true
}

func (w *World) refuse() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now().Before(w.full) {
		return fmt.Errorf("database or disk is full")
	}
	return nil
}

func (w *World) witnessed(head flows.Head) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.headSeq = max(w.headSeq, head.Seq)
}

func (w *World) head() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.headSeq
}

// bury takes away what is left of a killed life. It comes after every goroutine of it has left.
func (w *World) bury() error {
	if w.kill == nil {
		return nil
	}
	w.kill()
	synctest.Wait()
	a := w.app
	w.app = nil
	w.downed = now()
	if a == nil {
		return nil
	}
	return a.Close()
}

// alive reports whether Hallpass runs.
func (w *World) alive() bool {
	if w.free != nil {
		return w.free.anybody() != nil
	}
	return w.app != nil && w.life.Err() == nil
}

// revive starts Hallpass again after a pause.
func (w *World) revive(after time.Duration) error {
	for {
		if err := w.bury(); err != nil {
			return err
		}
		from := w.downed
		sleep(after)
		w.mu.Lock()
		w.trouble("hallpass", from, now())
		w.tell("Hallpass starts again")
		w.mu.Unlock()
		if err := w.start(w.policy); err != nil || w.alive() {
			return err
		}
	}
}

// nap is how long Hallpass stays down after it was killed.
func (w *World) nap() time.Duration {
	switch w.chance.IntN(8) {
	case 0:
		return time.Duration(w.chance.IntN(120)) * time.Minute
	case 1, 2:
		return time.Duration(w.chance.IntN(600)) * time.Second
	}
	return time.Duration(w.chance.IntN(5000)) * time.Millisecond
}
