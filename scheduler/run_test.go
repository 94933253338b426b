package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hallpass/flows"
	"hallpass/scheduler"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// real is a clock inside a bubble of virtual time; company time runs so many times faster.
type real struct {
	begin time.Time
	speed int
}

func (r real) Machine() time.Time { return time.Now() }
func (r real) Company() time.Time { return r.begin.Add(time.Since(r.begin) * time.Duration(r.speed)) }

// inRun runs the loop in virtual time while the story is told, and stops it.
func inRun(t *testing.T, speed int, story func(d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, real{time.Now(), speed}, nil, func(c *scheduler.Config) { c.Speed = func() float64 { return float64(speed) } })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.runner.Run(ctx) }()
		synctest.Wait()
		story(d)
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		if d.stopped != nil {
			d.stopped()
		}
		d.must(d.store.Close())
	})
}

// after lets time go by and returns what was worked on meanwhile.
func (d *desk) after(pause time.Duration) []string {
	time.Sleep(pause) // virtual
	synctest.Wait()
	return d.took()
}

func TestItIsWokenByACommit(t *testing.T) {
	inRun(t, 1, func(d *desk) {
		d.want(end(1))
		same(t, "at once", d.after(0), "holding/1")
	})
}

// counted is a store that counts who wants to write.
type counted struct {
	scheduler.Store
	changes atomic.Int64
}

func (c *counted) Change(ctx context.Context, f func(flows.Tx) error) error {
	c.changes.Add(1)
	return c.Store.Change(ctx, f)
}

func TestWhoIsWokenForNothingMakesNobodyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *counted
		d := openDesk(t, real{time.Now(), 1}, nil, func(o *scheduler.Config) { c = &counted{Store: o.Store}; o.Store = c })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.runner.Run(ctx) }()
		synctest.Wait()
		before := c.changes.Load()
		for range 20 {
			d.runner.Wake()
			synctest.Wait()
		}
		is(t, "changes of somebody who was woken 20 times", int(c.changes.Load()-before), 0)
		d.want(end(1))
		same(t, "what is due is done", d.after(0), "holding/1")
		is(t, "changes of a claim and its end", int(c.changes.Load()-before), 2)
		stop()
		<-ended
		d.must(d.store.Close())
	})
}

func TestItSleepsUntilTheNextIsDue(t *testing.T) {
	inRun(t, 1, func(d *desk) {
		i := end(1)
		i.Due = d.clock.Machine().Add(90 * time.Second)
		d.want(i)
		is(t, "not before", len(d.after(90*time.Second-5*time.Millisecond)), 0)
		same(t, "on time", d.after(10*time.Millisecond), "holding/1")
	})
}

func TestCompanyTimeCanRunFaster(t *testing.T) {
	inRun(t, 60, func(d *desk) {
		i := flows.Intent{Kind: flows.IntentTimer, Subject: "grant/1", Lane: flows.LaneClock, Scale: flows.ByCompany, Due: d.clock.Company().Add(time.Hour)}
		d.want(i)
		is(t, "not before a minute", len(d.after(time.Minute-5*time.Millisecond)), 0)
		same(t, "an hour in a minute", d.after(10*time.Millisecond), "grant/1")
	})
}

func TestItProbesInTime(t *testing.T) {
	inRun(t, 1, func(d *desk) {
		d.answer["holding/1"] = silent
		d.want(end(1))
		same(t, "tried", d.after(0), "holding/1")
		is(t, "then not for ten seconds", len(d.after(9990*time.Millisecond)), 0)
		same(t, "probed", d.after(20*time.Millisecond), "holding/1")
		same(t, "and again", d.after(10*time.Second), "holding/1")
	})
}

func TestAChatThatHangsDelaysNoEnd(t *testing.T) {
	inRun(t, 1, func(d *desk) {
		hang := make(chan struct{})
		var list []flows.Intent
		for n := range 1000 {
			list = append(list, post(n+1))
			d.answer[fmt.Sprintf("post/%d", n+1)] = func() flows.Result { <-hang; return flows.Result{} }
		}
		d.want(list...)
		same(t, "one post hangs", d.after(0), "post/1")
		late := end(1)
		late.Due = d.clock.Machine().Add(20 * time.Second)
		d.want(late, ask(1))
		same(t, "what is due goes on", d.after(0), "request/1")
		same(t, "the end on time", d.after(20*time.Second+time.Millisecond), "holding/1")
		close(hang)
	})
}

func TestAHandlerHasItsDeadline(t *testing.T) {
	inRun(t, 1, func(d *desk) {
		var left time.Duration
		d.config.Handlers[flows.IntentAsk] = func(ctx context.Context, _ flows.Intent) flows.Result {
			at, _ := ctx.Deadline()
			left = time.Until(at)
			return flows.Result{}
		}
		d.want(ask(1))
		d.after(0)
		is(t, "well before its lease ends", left, 55*time.Second)
	})
}

func TestAStopLetsWorkComeToItsEnd(t *testing.T) {
	inRun(t, 1, func(d *desk) {
		d.answer["holding/1"] = func() flows.Result { time.Sleep(3 * time.Second); return flows.Result{} } // virtual
		d.want(end(1))
		same(t, "it is worked on", d.after(0), "holding/1")
		d.stopped = func() { is(t, "and recorded", d.intent(flows.IntentHold, "holding/1") == nil, true) }
	})
}

func TestAStopIsBounded(t *testing.T) {
	inRun(t, 1, func(d *desk) {
		d.config.Handlers[flows.IntentHold] = func(ctx context.Context, i flows.Intent) flows.Result {
			r := d.work(ctx, i)
			<-ctx.Done() // as a call does that nobody answers
			return r
		}
		d.want(end(1))
		same(t, "it is worked on", d.after(0), "holding/1")
		asked := time.Now()
		d.stopped = func() {
			is(t, "cut off after five seconds", time.Since(asked), 5*time.Second)
			is(t, "it stays to be done", d.intent(flows.IntentHold, "holding/1") != nil, true)
		}
	})
}

func TestAStorm(t *testing.T) {
	inRun(t, 1, func(d *desk) {
		for n := range 200 {
			d.want(end(n), post(n), ask(n))
		}
		is(t, "all are done, each once", len(d.after(time.Second)), 600)
	})
}

// full is a store to which nothing can be written for now.
type full struct {
	scheduler.Store
	tries atomic.Int32
	until time.Time
}

func (f *full) Change(ctx context.Context, g func(flows.Tx) error) error {
	if time.Now().Before(f.until) {
		f.tries.Add(1)
		return errors.New("the disk is full")
	}
	return f.Store.Change(ctx, g)
}

func TestWhileNothingCanBeWrittenItLooksOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &full{}
		d := openDesk(t, real{time.Now(), 1}, nil, func(c *scheduler.Config) {
			disk.Store = c.Store
			c.Store = disk
		})
		d.want(end(1))
		disk.until = time.Now().Add(time.Minute)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.runner.Run(ctx) }()
		is(t, "nothing yet", len(d.after(59*time.Second)), 0)
		if n := disk.tries.Load(); n < 55 || n > 65 {
			t.Errorf("looked %d times in a minute", n)
		}
		same(t, "when there is room again", d.after(3*time.Second), "holding/1")
		stop()
		<-ended
		d.must(d.store.Close())
	})
}
