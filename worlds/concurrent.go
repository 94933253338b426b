package worlds

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"hallpass/app"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
	"hallpass/worlds/checker"
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
	for range 3 + w.chance.IntN(7) {
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
