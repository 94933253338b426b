package worlds

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"hallpass/app"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
	"hallpass/store"
	"hallpass/worlds/checker"

	"github.com/rs/zerolog"
)

// Free is what a concurrent world has beside a stepped one: several Hallpasses on one PostgreSQL, whose goroutines run as they like. Its seed says
// what people do and what breaks, but not who is first, so it promises no replay and keeps its story.
//
// Time is real and leaps: whenever every Hallpass has done what was due, the clock of the database, and with it theirs, is set to when something is
// due next. So an hour takes as long as what happens in it. The world is one goroutine, its teller, who does all of that.
type Free struct {
	w        *World
	ground   *Ground
	replicas []*replica
	born     int
	deeds    sync.WaitGroup
	doing    atomic.Int64
	cut      bool // connections were ended since everybody's were last tried
	downed   time.Time

	hands sync.Mutex   // who changes a group, whether Hallpass or somebody by hand
	still sync.RWMutex // held while a call is on its way, and to have time leap
	leapt atomic.Int64 // when it did last, of the machine's clock
}

// replica is one Hallpass of a concurrent world, through one life.
type replica struct {
	name, owner string
	app         *app.App
	ctx         context.Context
	kill        context.CancelFunc
	ran         chan error
	back        time.Time // when it starts again, once it is dead
}

// Times of a concurrent world, of the machine's clock.
const (
	glance  = time.Millisecond      // from the first look whether all is done to the second; each further one waits longer
	glances = 30 * time.Millisecond // but not longer than this
	hanging = 30 * time.Millisecond // how long a call hangs that gets no answer
	patient = 90 * time.Second      // how long anybody may take to do what is due
	beating = 20 * time.Second      // how long a replica is taken to live without a word
)

// freely is what happens in a concurrent world, and how often.
var freely = mood{"ask": 26, "press": 20, "approve": 40, "both": 20, "stranger": 3, "again": 8, "stale": 3, "second writer": 6, "shift": 2, "manager": 2, "leaver": 2, "group": 2,
	"reload": 4, "release": 1, "rename": 1, "drizzle": 8, "storm": 6, "doom": 14, "restart": 5, "lag": 3, "cut": 8, "stall": 4}

var freeMoods = []mood{
	{}, {},
	{"doom": 50, "restart": 15},
	{"drizzle": 30, "storm": 20},
	{"both": 60, "again": 30},
	{"second writer": 30, "lag": 15},
	{"cut": 40, "stall": 20},
	{"reload": 25, "release": 10},
}

// NewFree opens a company on a ground, with its two Hallpasses not started yet.
func NewFree(seed uint64, dir string, ground *Ground) (*World, error) {
	w := &World{Seed: seed, Dir: dir, chance: rand.New(rand.NewPCG(seed, 2)), clock: app.NewClock(time.Time{}), store: ground.dsn}
	w.free = &Free{w: w, ground: ground}
	w.weather = weather{w: w, storms: map[string]storm{}, drizzle: map[string]uint64{}, until: map[string]time.Time{}}
	w.began = w.now()
	if _, err := ground.db.Exec(ground.clean); err != nil {
		return nil, err
	}
	var err error
	if w.Company, err = sandbox.Start(sandbox.Options{Unheard: true, Now: w.clock.Now, Slack: func(o *slack.Options) { o.Events, o.Machine = []string{}, w.clock.Machine }}); err != nil {
		return nil, err
	}
	w.handlers = w.Company.Handlers()
	w.heads = make([]int64, len(w.Company.Okta.History()))
	return w, nil
}

// TellFree tells the story of a concurrent world, as Tell does of a stepped one.
func (w *World) TellFree() (*checker.Story, error) {
	f := w.free
	w.beginFacts()
	w.policy = w.drawPolicy()
	f.replicas = []*replica{{name: "A"}, {name: "B"}}
	if err := f.tend(); err != nil {
		return nil, err
	}
	if err := w.until(w.now().Add(5 * time.Second)); err != nil {
		return nil, err
	}
	w.mood = freeMoods[w.chance.IntN(len(freeMoods))]
	for range 5 + w.chance.IntN(9) {
		w.act()
		if w.chance.IntN(3) == 0 {
			continue // at the same moment as the next
		}
		if err := w.until(w.now().Add(w.pause())); err != nil {
			return nil, err
		}
	}
	if err := f.rest(); err != nil {
		return nil, err
	}
	if err := w.heal(); err != nil {
		return nil, err
	}
	if err := f.rest(); err != nil {
		return nil, err
	}
	f.choose()
	return w.gathered()
}

// CloseFree ends the world.
func (w *World) CloseFree() error {
	var errs []error
	for _, r := range w.free.replicas {
		if r.app != nil {
			r.kill()
			errs = append(errs, r.bury())
		}
	}
	w.free.deeds.Wait()
	return errors.Join(append(errs, w.Company.Close())...)
}

func (r *replica) lives() bool { return r.app != nil && r.ctx.Err() == nil }

// anybody is a replica that lives; nil where none does.
func (f *Free) anybody() *replica {
	if i := slices.IndexFunc(f.replicas, (*replica).lives); i >= 0 {
		return f.replicas[i]
	}
	return nil
}

// choose has the next act fall upon one of those that live.
func (f *Free) choose() {
	r := f.pick()
	if r == nil {
		return
	}
	f.w.app, f.w.life, f.w.kill = r.app, r.ctx, r.kill
}

func (f *Free) pick() *replica {
	var living []*replica
	for _, r := range f.replicas {
		if r.lives() {
			living = append(living, r)
		}
	}
	if len(living) == 0 {
		return nil
	}
	return one(f.w.chance, living)
}

// start gives a replica a new life.
func (f *Free) start(r *replica) error {
	w := f.w
	c, err := w.policy.Config(w.Dir)
	if err != nil {
		return err
	}
	w.know(w.policy.plain(c))
	before, err := f.owners()
	if err != nil {
		return err
	}
	f.born++
	ctx, kill := context.WithCancel(context.Background())
	r.ctx, r.kill, r.back, r.owner, r.ran = ctx, kill, time.Time{}, "", make(chan error, 1)
	log := zerolog.Nop()
	if w.Log != nil {
		log = zerolog.New(w.Log).With().Str("seed", strconv.FormatUint(w.Seed, 10)).Str("replica", r.name).Logger()
	}
	a, err := app.New(ctx, app.Options{Config: c, Clock: w.clock, Log: log, Transport: &gate{w: w, ctx: ctx, kill: kill}, ProbeEvery: 30 * time.Second, Synchronous: "OFF", Dial: f.ground.lines.dial,
		Hook: store.Hooks{BeforeCommit: func() { w.strike(beforeCommit, kill) }, AfterCommit: func() { w.strike(afterCommit, kill) }, Refuse: ctx.Err}})
	if err != nil {
		kill()
		if r.back = w.now().Add(time.Second); errors.Is(err, context.Canceled) || f.cut {
			return nil // killed or cut off while it started
		}
		return err
	}
	r.app = a
	go func() { r.ran <- a.Work(ctx) }()
	after, err := f.owners()
	for _, o := range after {
		if !slices.Contains(before, o) {
			r.owner = o
		}
	}
	w.say("%s starts", r.name)
	return err
}

func (f *Free) owners() (list []string, err error) {
	rows, err := f.ground.db.Query("SELECT owner FROM replicas")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o string
		if err := rows.Scan(&o); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// bury waits for what is left of a life.
func (r *replica) bury() error {
	err := <-r.ran
	err = errors.Join(err, r.app.Close())
	r.app = nil
	return err
}

// tend buries the dead and starts whose time has come.
func (f *Free) tend() error {
	w := f.w
	for _, r := range f.replicas {
		if r.app != nil && r.ctx.Err() != nil {
			if err := r.bury(); err != nil {
				return err
			}
			r.back = w.now().Add(f.nap())
			if f.anybody() == nil {
				f.downed = w.now()
			}
		}
		if r.app == nil && !w.now().Before(r.back) {
			if err := f.start(r); err != nil {
				return err
			}
		}
	}
	if !f.downed.IsZero() && f.anybody() != nil {
		w.mu.Lock()
		w.trouble("hallpass", f.downed, w.now())
		w.mu.Unlock()
		f.downed = time.Time{}
	}
	return nil
}

// nap is how long a replica stays away.
func (f *Free) nap() time.Duration {
	switch f.w.chance.IntN(6) {
	case 0:
		return time.Duration(f.w.chance.IntN(40)) * time.Minute
	case 1, 2:
		return time.Duration(f.w.chance.IntN(60)) * time.Second
	}
	return 0
}

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

func (f *Free) living() []string {
	list := []string{}
	for _, r := range f.replicas {
		if r.lives() {
			list = append(list, r.owner)
		}
	}
	return list
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

// hand delivers a deed to whichever replica Slack chose, and once more to another perhaps, all at once.
func (f *Free) hand(ack checker.Ack, d deed, times int) {
	ack.At = f.w.now()
	for range times {
		r := f.pick()
		if r == nil {
			f.w.say("  nobody is there to hear it")
			return
		}
		f.doing.Add(1)
		a, ctx := r.app, r.ctx
		f.deeds.Go(func() {
			defer f.doing.Add(-1)
			wrong, err := d(ctx, a)
			f.w.taken(ack, wrong, err, ctx)
		})
	}
}

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

// cut ends the connections of Hallpass to the database, all of them at once: PostgreSQL ends them, or more often the network does.
func (w *World) cut() {
	g := w.free.ground
	w.free.cut = true
	if w.chance.IntN(4) > 0 {
		w.say("the network between Hallpass and the database is cut")
		g.lines.sever()
		return
	}
	w.say("the database ends all connections")
	if _, err := g.db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = current_schema() AND pid <> pg_backend_pid()"); err != nil {
		w.say("  %v", err)
	}
	g.lines.cut()
}

// stall has a replica be taken for dead in the middle of what it does: it goes on after a while, and another has taken over.
func (w *World) stall() {
	r := w.free.pick()
	if r == nil {
		return
	}
	w.say("%s stalls for a while", r.name)
	if err := w.free.leap(beating+time.Duration(1+w.chance.IntN(20))*time.Second, r, true); err != nil {
		w.say("  %v", err)
	}
	for _, other := range w.free.replicas {
		if other != r && other.lives() {
			_ = other.app.Beat(other.ctx)
		}
	}
}
