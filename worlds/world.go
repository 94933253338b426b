package worlds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"hallpass/app"
	"hallpass/bot"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/slack"
	"hallpass/scheduler"
	"hallpass/store"
	"hallpass/worlds/checker"

	"github.com/rs/zerolog"
)

// World is a company with Hallpass in it. It lives in one bubble of testing/synctest.
type World struct {
	Seed    uint64
	Company *sandbox.Company
	Dir     string
	Log     io.Writer // of the program; nil for none
	Calls   bool      // the story names every call
	store   string    // a dsn, where it is not a file of its own

	handlers      map[string]http.Handler
	policy        Policy
	policies      []checker.Policy
	chance        *rand.Rand // what people do and what breaks
	ids           io.Reader  // what Hallpass draws: nonces, salts, jitter
	clock         *app.Clock
	clockOff      time.Duration // by how much the machine's clock is ahead
	clocks        []checker.Clock
	app           *app.App
	life          context.Context
	kill          context.CancelFunc
	lives         int
	steps, claims int
	arrived       chan struct{} // a call has come to the gate

	mu      sync.Mutex
	weather weather
	doom    doom
	full    time.Time // no commit goes through until then
	waiting []*call   // at the gate, to be let go
	depth   int       // of what happens in between
	parks   uint64    // of ten thousand calls, so many let somebody else act first
	headSeq int64
	calls   uint64
	between int // how often others acted in the middle of something
	began   time.Time
	story   []string

	heads    []int64
	reads    []checker.Read
	sends    []checker.Send
	facts    []checker.Fact
	troubles []checker.Trouble
	acks     []checker.Ack
	swept    time.Time
	found    []string // what sweeps found forgotten
	asked    int      // forms opened, for their nonces
	pressed  []pressed
	downed   time.Time
	mood     mood
	offered  string        // the hash of the flows that were proposed last
	free     *Free         // goroutines run as they like, on several replicas; nil in a stepped world
	lagged   time.Duration // how far Okta's reads ever lagged behind
}

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

// New opens a company in the bubble that it is called in. The template is a database that has its schema and nothing else; see Template.
func New(seed uint64, dir string, template []byte) (*World, error) {
	w := &World{Seed: seed, Dir: dir, chance: rand.New(rand.NewPCG(seed, 1)), ids: rand.NewChaCha8(seedBytes(seed)), arrived: make(chan struct{}, 1), began: now()}
	w.weather = weather{w: w, storms: map[string]storm{}, drizzle: map[string]uint64{}, until: map[string]time.Time{}}
	var err error
	if w.Company, err = sandbox.Start(sandbox.Options{Unheard: true, Slack: func(o *slack.Options) { o.Events = []string{} }}); err != nil {
		return nil, err
	}
	w.handlers = w.Company.Handlers()
	w.heads = make([]int64, len(w.Company.Okta.History()))
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(w.path() + suffix)
	}
	return w, os.WriteFile(w.path(), template, 0o600)
}

func (w *World) path() string { return filepath.Join(w.Dir, "hallpass.db") }

func seedBytes(seed uint64) (b [32]byte) {
	copy(b[:], fmt.Sprintf("%032d", seed))
	return b
}

// Template is a database with its schema, as New wants it. Making a schema takes longer than most worlds.
func Template(dir string) ([]byte, error) {
	path := filepath.Join(dir, "template.db")
	s, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + path, Clock: standing{}, Installation: "worlds", Rand: rand.NewChaCha8(seedBytes(0)), Synchronous: "OFF"})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// standing is the clock of the template: the moment at which every bubble begins.
type standing struct{}

func (standing) Company() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
func (standing) Machine() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

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

// drive runs something that Hallpass does and lets the calls go that it makes, one at a time.
func (w *World) drive(f func()) {
	if w.free != nil {
		f()
		return
	}
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
			return
		case <-w.arrived:
		}
	}
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
		claimed, err := w.step()
		if claimed > 0 || !w.alive() {
			if idle++; idle > atOneMoment {
				return fmt.Errorf("at %s there is always something due", at.Format("02 15:04:05.0"))
			}
			continue
		}
		idle = 0
		left := end.Sub(now())
		if left <= 0 {
			return nil
		}
		rest := max(w.app.Rest(w.life, time.Hour), 50*time.Millisecond)
		if err != nil { // nothing can be claimed now
			rest = 5 * time.Second
		}
		if w.clockOff != 0 {
			rest = min(rest, w.watchEvery())
		}
		sleep(min(left, rest))
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

// now is the company's time.
func (w *World) now() time.Time {
	if w.free != nil {
		return w.clock.Company()
	}
	return now()
}

// tell adds a line to the story. The caller holds the lock.
func (w *World) tell(format string, args ...any) {
	w.story = append(w.story, w.now().Format("02 15:04:05.0 ")+fmt.Sprintf(format, args...))
}

func (w *World) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(format, args...)
}

// trouble notes a time in which a system was not well. The caller holds the lock.
func (w *World) trouble(system string, from, to time.Time) {
	w.troubles = append(w.troubles, checker.Trouble{System: system, From: from, To: to})
}

// know keeps a policy for the checker.
func (w *World) know(p checker.Policy) {
	for _, old := range w.policies {
		if old.Hash == p.Hash {
			return
		}
	}
	w.policies = append(w.policies, p)
}

// Story is what has happened so far, a line each.
func (w *World) Story() string { return strings.Join(w.story, "\n") }

func told(c okta.Change) string {
	sign := "-"
	if c.Added {
		sign = "+"
	}
	return sign + nameOf(c.User) + " " + c.Group
}

func nameOf(id string) string { return cmp.Or(personOf(id).Name, id) }

// personOf is the person of an id in the directory.
func personOf(id string) sandbox.Person {
	list := sandbox.People()
	if i := slices.IndexFunc(list, func(p sandbox.Person) bool { return p.Okta == id }); i >= 0 {
		return list[i]
	}
	return sandbox.Person{Okta: id}
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
