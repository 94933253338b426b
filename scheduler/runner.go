package scheduler

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"hallpass/flows"
)

// Handler does the work of one claimed intent.
type Handler func(ctx context.Context, i flows.Intent) flows.Result

// Store is where the work is. Look is a View for what one statement answers, asked each time that anything happens; its function may run again.
type Store interface {
	flows.Store
	Look(ctx context.Context, f func(flows.Tx) error) error
}

// Config is what a runner needs. Times are machine time.
type Config struct {
	Store    Store
	Clock    flows.Clock
	Handlers map[flows.IntentKind]Handler
	Owner    string // unique for this process
	// Lives says whether this process may claim: not while the others take it for dead. nil where it is alone.
	Lives func(flows.Tx) (bool, error)
	// Room is how many intents of a lane are worked at once, by the lane's prefix ("target", "slack"); "" is the default.
	Room map[string]int
	// Lease is how long a claim lasts; a handler's context ends a margin before.
	Lease time.Duration
	// ProbeEvery is how often one call looks whether a vendor's trouble is over; 10 s when zero.
	ProbeEvery time.Duration
	// Company scales company time to machine time, to know how long to sleep: 1 in production.
	Speed func() float64
	// Jitter draws up to so much, which a pause after a failure is longer than its half; random unless given.
	Jitter func(most time.Duration) time.Duration
	// Alarm is told about a panic.
	Alarm func(ctx context.Context, key, sentence string)
	// Trouble is told about every failure, for the log.
	Trouble func(i flows.Intent, err error)
}

// Limits of the runner's patience.
const (
	probeEvery  = 10 * time.Second
	firstPause  = time.Second
	longPause   = 5 * time.Minute
	sameTrouble = time.Minute      // a lane that closes again so soon was never well: its trouble goes on, and with it the alarms
	endPause    = 30 * time.Second // an end is retried at least this often
	parkedPause = time.Hour
	leaseMargin = 5 * time.Second
	slowPoll    = 5 * time.Second
	claimBatch  = 64
	drainFor    = 5 * time.Second // how long a stop waits for what is being worked on
)

// Runner claims what is due and carries it out.
type Runner struct {
	c       Config
	wake    chan struct{}
	mu      sync.Mutex
	running map[string]int // by lane
	failed  map[string]int // failures in a row, by kind and subject; forgotten at a restart, which only makes the first retry sooner
	wait    sync.WaitGroup
}

// New makes a runner. Wake is called after a commit that wanted something.
func New(c Config) *Runner {
	if c.Lease == 0 {
		c.Lease = time.Minute
	}
	if c.ProbeEvery == 0 {
		c.ProbeEvery = probeEvery
	}
	if c.Speed == nil {
		c.Speed = func() float64 { return 1 }
	}
	if c.Jitter == nil {
		c.Jitter = func(most time.Duration) time.Duration { return rand.N(most + 1) }
	}
	if c.Alarm == nil {
		c.Alarm = func(context.Context, string, string) {}
	}
	if c.Trouble == nil {
		c.Trouble = func(flows.Intent, error) {}
	}
	return &Runner{c: c, wake: make(chan struct{}, 1), running: map[string]int{}, failed: map[string]int{}}
}

// Wake has the runner look at once.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Report says what one round did.
type Report struct {
	Claimed int
	Errors  []error
}

// RunOnce claims what is due now, works it all to the end, one after the other, and returns. Tests and replayed worlds call it.
func (r *Runner) RunOnce(ctx context.Context) (Report, error) {
	list, err := r.claim(ctx)
	rep := Report{Claimed: len(list)}
	for _, i := range list {
		if err := r.work(ctx, i); err != nil {
			rep.Errors = append(rep.Errors, err)
		}
	}
	return rep, err
}

// Run works until the context ends, then waits for what is being worked on.
func (r *Runner) Run(ctx context.Context) error {
	working, drained := outlasting(ctx, drainFor)
	defer drained()
	defer r.wait.Wait()
	for rang := true; ctx.Err() == nil; {
		pause, due := r.look(ctx, slowPoll)
		if due || rang {
			list, err := r.claim(ctx)
			if err != nil && ctx.Err() == nil {
				r.c.Trouble(flows.Intent{Subject: "claiming"}, err)
				rest(ctx, firstPause) // what is due stays due, so that the next look would come at once, for as long as nothing can be written
			}
			for _, i := range list {
				r.wait.Go(func() {
					if err := r.work(working, i); err != nil && working.Err() == nil {
						r.c.Trouble(i, err)
					}
					r.Wake()
				})
			}
			if rang = false; len(list) > 0 {
				continue
			}
		}
		rang = r.sleep(ctx, pause)
	}
	return ctx.Err()
}

// outlasting is a context that ends a while after another, so that a stop lets what is being worked on come to its end: a message whose
// answer is not waited for stands twice.
func outlasting(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return out, func() { stop(); cancel() }
}

// sleep waits for the earliest due time or the slow poll, which it reports, or for a wake-up.
func (r *Runner) sleep(ctx context.Context, pause time.Duration) (rang bool) {
	t := time.NewTimer(max(pause, time.Millisecond))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-r.wake:
	case <-t.C:
		return true
	}
	return false
}

// rest waits so long, whatever wakes meanwhile.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Rest is how long nothing is due, at most so long; zero when the store does not tell.
func (r *Runner) Rest(ctx context.Context, most time.Duration) time.Duration {
	pause, due := r.look(ctx, most)
	if due {
		return 0
	}
	return pause
}

// look is Rest, and whether something is due that could be claimed now, or nobody knows. It only reads: most of what wakes a runner is work of
// others, and to find nothing must not make those wait who write.
func (r *Runner) look(ctx context.Context, most time.Duration) (pause time.Duration, due bool) {
	err := r.c.Store.Look(ctx, func(tx flows.Tx) error {
		pause = most
		lanes, err := tx.Lanes()
		if err != nil {
			return err
		}
		skip := r.fullLanes()
		for _, l := range lanes {
			if wait := r.untilProbe(l, tx.Real()); wait > 0 {
				skip = append(skip, l.Name)
				pause = min(pause, wait)
			}
		}
		at, ok, err := tx.NextDue(flows.ByMachine, skip)
		if err != nil {
			return err
		}
		if ok {
			pause = min(pause, at.Sub(tx.Real()))
		}
		if at, ok, err = tx.NextDue(flows.ByCompany, skip); ok {
			pause = min(pause, time.Duration(float64(at.Sub(tx.Now()))/r.c.Speed()))
		}
		return err
	})
	return max(pause, 0), pause <= 0 || err != nil
}

// untilProbe is how long a closed lane waits for its next probe, zero when that may be taken. One that is on its way wakes the runner when it ends.
func (r *Runner) untilProbe(l flows.Lane, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !l.Closed:
		return 0
	case r.running[l.Name] > 0:
		return slowPoll
	}
	return max(0, l.ProbeAfter.Sub(now))
}

// closedLanes are the lanes that may not be taken from now, and those where one probe is due.
func (r *Runner) closedLanes(tx flows.Tx) (skip []string, probe []flows.Lane, err error) {
	lanes, err := tx.Lanes()
	for _, l := range lanes {
		switch {
		case !l.Closed:
		case tx.Real().Before(l.ProbeAfter):
			skip = append(skip, l.Name)
		default:
			probe = append(probe, l)
		}
	}
	return skip, probe, err
}

func (r *Runner) roomOf(lane string) int {
	prefix, _, _ := strings.Cut(lane, ":")
	if n, ok := r.c.Room[prefix]; ok {
		return n
	}
	return max(1, r.c.Room[""])
}

func (r *Runner) fullLanes() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for lane, n := range r.running {
		if n >= r.roomOf(lane) {
			out = append(out, lane)
		}
	}
	return out
}

// claim leases what is due. A lane that trouble has closed gets one probe.
func (r *Runner) claim(ctx context.Context) ([]flows.Intent, error) {
	var list []flows.Intent
	err := r.c.Store.Change(ctx, func(tx flows.Tx) error {
		list = nil
		if r.c.Lives != nil {
			if lives, err := r.c.Lives(tx); err != nil || !lives {
				return err
			}
		}
		skip, probe, err := r.closedLanes(tx)
		if err != nil {
			return err
		}
		room, err := r.rooms(tx, probe)
		if err != nil {
			return err
		}
		list, err = tx.Claim(flows.ClaimQuery{Owner: r.c.Owner, Company: tx.Now(), Machine: tx.Real(), Until: tx.Real().Add(r.c.Lease),
			Skip: skip, Room: room, Limit: claimBatch})
		if err != nil {
			return err
		}
		return r.putProbes(tx, probe, list)
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	for _, i := range list {
		r.running[i.Lane]++
	}
	r.mu.Unlock()
	return list, nil
}

// rooms are the free places of every lane that has something waiting or running.
func (r *Runner) rooms(tx flows.Tx, probe []flows.Lane) (map[string]int, error) {
	lanes, err := tx.OpenLanes()
	room := map[string]int{}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, lane := range lanes {
		room[lane] = max(0, r.roomOf(lane)-r.running[lane])
	}
	for _, l := range probe {
		room[l.Name] = min(room[l.Name], 1)
		if r.running[l.Name] > 0 {
			room[l.Name] = 0
		}
	}
	return room, err
}

// putProbes has the next probe wait, for each lane that one was taken from.
func (r *Runner) putProbes(tx flows.Tx, probe []flows.Lane, taken []flows.Intent) error {
	for _, l := range probe {
		for _, i := range taken {
			if i.Lane == l.Name {
				l.ProbeAfter = tx.Real().Add(r.c.ProbeEvery)
				if err := tx.PutLane(l); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// work carries one claimed intent out and records how it ended.
func (r *Runner) work(ctx context.Context, i flows.Intent) error {
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.running[i.Lane]--; r.running[i.Lane] <= 0 {
			delete(r.running, i.Lane)
		}
	}()
	bounded, stop := context.WithTimeout(ctx, r.c.Lease-leaseMargin)
	result, panicked := r.handle(bounded, i)
	stop()
	if ctx.Err() != nil {
		return ctx.Err() // stopping: the claim lapses or is freed at the next start
	}
	if panicked != "" {
		r.c.Alarm(ctx, fmt.Sprintf("panic/%s/%s", i.Kind, i.Subject), fmt.Sprintf("Something is broken in Hallpass: %s %s stopped in the middle. The log has the details.", i.Kind, i.Subject))
	}
	if result.Err != nil {
		r.c.Trouble(i, result.Err)
	}
	failures := r.countFailures(i, result.Err)
	return r.c.Store.Change(ctx, func(tx flows.Tx) error {
		if err := r.keepLane(tx, i, result.Err); err != nil {
			return err
		}
		_, err := tx.Finish(i, r.finish(tx, i, result, panicked, failures))
		return err
	})
}

func (r *Runner) countFailures(i flows.Intent, err error) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := string(i.Kind) + " " + i.Subject
	if err == nil {
		delete(r.failed, key)
		return 0
	}
	r.failed[key]++
	return r.failed[key]
}

func (r *Runner) handle(ctx context.Context, i flows.Intent) (result flows.Result, panicked string) {
	defer func() {
		if p := recover(); p != nil {
			panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
			result = flows.Result{Again: true, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	h := r.c.Handlers[i.Kind]
	if h == nil {
		return flows.Result{Again: true, Err: fmt.Errorf("no handler for %s", i.Kind)}, ""
	}
	return h(ctx, i), ""
}

// outside reports whether a lane leads to a vendor; only those close.
func outside(lane string) bool { return strings.Contains(lane, ":") }

// keepLane closes a lane on a vendor's trouble and opens it when a call went through.
func (r *Runner) keepLane(tx flows.Tx, i flows.Intent, cause error) error {
	if !outside(i.Lane) {
		return nil
	}
	l, err := tx.Lane(i.Lane)
	if err != nil {
		return err
	}
	var call *flows.CallError
	switch {
	case errors.As(cause, &call) && call.Lane:
		l.Name = i.Lane
		return tx.PutLane(r.closed(l, tx.Real(), call))
	case cause == nil && l.Closed: // Since and Told are kept, with the time of opening, in case it closes again at once
		return tx.PutLane(flows.Lane{Name: i.Lane, Since: l.Since, Told: l.Told, ProbeAfter: tx.Real()})
	}
	return nil
}

// closed is a lane after trouble. The time between probes counts from their starts, so that one that hung is followed at once.
func (r *Runner) closed(l flows.Lane, now time.Time, call *flows.CallError) flows.Lane {
	next := now.Add(call.RetryAfter)
	if !l.Closed {
		if l.Since.IsZero() || now.Sub(l.ProbeAfter) > sameTrouble {
			l = flows.Lane{Name: l.Name, Since: now}
		}
		l.Closed, l.ProbeAfter = true, now.Add(r.c.ProbeEvery)
	}
	l.Why = call.Sentence
	if next.After(l.ProbeAfter) {
		l.ProbeAfter = next
	}
	return l
}

// finish says when an intent is due again.
func (r *Runner) finish(tx flows.Tx, i flows.Intent, result flows.Result, panicked string, failures int) flows.Finish {
	f := flows.Finish{Done: !result.Again, Scale: result.Scale, Due: result.Due}
	if f.Scale == "" {
		f.Scale = flows.ByMachine
	}
	if result.Err == nil {
		return f
	}
	f.Done, f.Scale, f.Error = false, flows.ByMachine, result.Err.Error()
	var call *flows.CallError
	laneTrouble := errors.As(result.Err, &call) && call.Lane && outside(i.Lane)
	switch {
	case panicked != "":
		f.Error, f.Park = panicked, i.Kind != flows.IntentHold
		f.Due = tx.Real().Add(parkedPause)
		if !f.Park {
			f.Due = tx.Real().Add(endPause)
		}
	case laneTrouble: // the lane waits, not this intent
		f.Due, f.Error = tx.Real(), ""
	case call != nil && call.RetryAfter > 0:
		f.Due = tx.Real().Add(call.RetryAfter)
	default:
		f.Due = tx.Real().Add(r.backoff(i.Kind, failures))
	}
	return f
}

// backoff grows from a second to five minutes, with jitter; an end is tried at least every half minute.
func (r *Runner) backoff(kind flows.IntentKind, failures int) time.Duration {
	limit := longPause
	if kind == flows.IntentHold {
		limit = endPause
	}
	d := min(firstPause<<min(max(failures-1, 0), 9), limit)
	return d/2 + r.c.Jitter(d/2)
}
