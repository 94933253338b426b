package worlds

import (
	"context"
	"errors"
	"net/http"
	"os"
	"runtime"
	"time"
)

// pass lets a call through, unless time has leapt since it set out: it would arrive after it was given up.
func (f *Free) pass(g *gate, c *call) error {
	f.still.RLock()
	if err := f.may(g, c); err != nil {
		f.still.RUnlock()
		return err
	}
	c.leave = f.still.RUnlock
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.w.calls++
	c.draw = mix(f.w.Seed ^ mix(f.w.calls))
	if f.w.Calls {
		f.w.tell("    %s", c.what)
	}
	return nil
}

func (f *Free) may(g *gate, c *call) error {
	if err := errors.Join(g.ctx.Err(), c.r.Context().Err()); err != nil {
		return err
	}
	if !c.writes {
		return nil
	}
	if until, ok := c.r.Context().Deadline(); ok && c.system == "okta" && until.Add(-callTimeout).UnixNano() < f.leapt.Load() {
		return os.ErrDeadlineExceeded
	}
	return f.ground.db.QueryRow("SELECT COALESCE(MAX(seq), 0) FROM entries").Scan(&c.head)
}

// hang is a call that gets no answer. Nobody waits for it as long as in earnest.
func (f *Free) hang(r *http.Request, life context.Context) error {
	t := time.NewTimer(hanging)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-life.Done():
	}
	return os.ErrDeadlineExceeded
}

// landLate has a call take effect after its caller has given it up, and before time leaps past when it could.
func (f *Free) landLate(c *call) {
	if !f.still.TryRLock() {
		f.w.serve(c)
		return
	}
	go func() {
		defer f.still.RUnlock()
		for range f.w.chanceOf(c, 5) {
			runtime.Gosched()
			sleep(time.Millisecond)
		}
		f.w.serve(c)
	}()
}

func (w *World) chanceOf(c *call, n uint64) uint64 { return (c.draw >> 50) % n }
