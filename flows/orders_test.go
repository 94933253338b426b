package flows_test

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hallpass/flows"
)

// everyOrder has all sets of actions tried in every order: go test ./flows -run TestEveryOrder -every-order -v
var everyOrder = flag.Bool("every-order", false, "try the large sets of actions in every order too, which takes minutes")

// budget is how often things may still happen in one story. What is not counted here may happen whenever it can.
type budget struct {
	asks      int  // requests
	deaths    int  // the process dies, at any point of an act
	crossings int  // somebody acts in the middle of another act, before any of its commits
	failures  int  // a call to the target fails: it takes effect and its answer is lost, or it has no effect
	changes   int  // the policy stops allowing what was asked
	extends   bool // the second request may be for more time of what the first gave
	revokes   bool // an admin may take access away
	together  bool // the two approvers agree at once, so that there are fewer states of deciding
	automatic bool // nobody needs to agree
	denies    bool // approvers may say no, and the asker may cancel
}

// orders is one set of actions, tried in every order on a real store, by a few hands that share what they have seen.
type orders struct {
	*testing.T
	budget
	before bool // Ana was a member before

	mu     sync.Mutex
	seen   map[string]bool
	vain   map[string]bool
	broken atomic.Bool

	deepest                     int
	transitions, refused, rests atomic.Int64
}

// hands is how many explore a set at once.
const hands = 2

func TestEveryOrder(t *testing.T) {
	sets := []struct {
		name string
		full bool // only with -every-order
		budget
		before bool
	}{
		{name: "two at once", budget: budget{asks: 1, denies: true, crossings: 1}},
		{name: "a death", budget: budget{asks: 1, deaths: 1, together: true}},
		{name: "a call is lost", budget: budget{asks: 1, failures: 1, together: true}},
		{name: "it is forbidden", budget: budget{asks: 1, changes: 1, together: true}},
		{name: "an overlap", budget: budget{asks: 2, automatic: true, extends: true}},
		{name: "a member before", budget: budget{asks: 1, deaths: 1, automatic: true}, before: true},
		{name: "one request, a death and two at once", full: true, budget: budget{asks: 1, denies: true, deaths: 1, crossings: 1}},
		{name: "two leases, a death and a failure", full: true, budget: budget{asks: 2, automatic: true, extends: true, deaths: 1, failures: 1}},
		{name: "two leases, and two at once", full: true, budget: budget{asks: 2, automatic: true, extends: true, crossings: 1, revokes: true}},
		{name: "two requests", full: true, budget: budget{asks: 2, extends: true, denies: true}},
	}
	for _, s := range sets {
		if s.full && !*everyOrder {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			o := &orders{T: t, budget: s.budget, before: s.before, seen: map[string]bool{}, vain: map[string]bool{}}
			o.explore()
		})
	}
}

// explore has every state of the set seen, and says how many there are.
func (o *orders) explore() {
	begin := time.Now()
	var all sync.WaitGroup
	for n := range hands {
		h := newHand(o, n)
		all.Go(func() { h.work() })
	}
	all.Wait()
	if o.rests.Load() == 0 && !o.Failed() {
		o.Error("no story came to its end")
	}
	line := fmt.Sprintf("%d states, %d transitions, %d refused presses; %d states at rest, the longest story has %d acts",
		len(o.seen), o.transitions.Load(), o.refused.Load(), o.rests.Load(), o.deepest)
	o.Logf("%s (%s)", line, time.Since(begin).Round(time.Millisecond))
}

// first reports whether a state is new.
func (o *orders) first(print string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.seen[print]
	o.seen[print] = true
	return !was
}

// deeper notes how long a story is.
func (o *orders) deeper(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.deepest = max(o.deepest, n)
}

// untried reports whether a vain act is to be tried in this situation.
func (o *orders) untried(situation string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.vain[situation]
	o.vain[situation] = true
	return !was
}

// hand is a world that is led through the states, forth and back.
type hand struct {
	*world
	o     *orders
	turn  int // where among the acts of a state it begins, so that hands part ways
	undo  *undo
	ana   flows.Actor
	ben   flows.Actor
	caro  flows.Actor
	dev   flows.Actor
	eve   flows.Actor
	left  budget
	over  bool // the policy has stopped allowing it
	path  []string
	stack map[string]bool
	reads []time.Time     // absent, since the last change of the target
	lent  flows.HoldingID // for which a grant call was made
	mute  bool            // the target does not answer the next call

	at     int    // at which point of an act something happens, from 1; 0 is nowhere
	cross  func() // what happens there; nil is death
	sides  []side // what each point was
	inside bool   // something happens in the middle of an act, and has no middle itself
}

// side is where in an act a point is.
type side int

const (
	beforeCommit side = iota
	afterCommit
	afterRead   // the target has answered, and nothing has changed there
	afterEffect // a call to the target took effect, and its answer has not been read
)

// broken is a promise that did not hold.
type broken string

// judge lets a world's own checks end a story from any goroutine.
type judge struct{ testing.TB }

func (judge) Fatal(args ...any)                 { panic(broken(fmt.Sprint(args...))) }
func (judge) Fatalf(format string, args ...any) { panic(broken(fmt.Sprintf(format, args...))) }

func newHand(o *orders, n int) *hand {
	w := emptyWorld(o.T)
	w.set.Pending, w.set.PerDay, w.set.Feed = 0, 0, flows.Place{}
	w.people.groups["database-owners"] = []flows.PersonID{ana, ben, caro}
	if o.before {
		w.target.members[prodKey] = map[flows.PersonID]bool{ana: true}
	}
	h := &hand{world: w, o: o, turn: n, left: o.budget, stack: map[string]bool{}}
	w.begin(h.flow())
	w.t = judge{o.T}
	h.ana, h.ben, h.caro, h.dev, h.eve = w.actor(ana), w.actor(ben), w.actor(caro), w.actor(dev), w.actor(eve)
	_, err := w.engine.Offer(w.ctx, ana, prodDB, "member") // pins every name
	w.must(err)
	w.door = door{w.store, h}
	h.rise()
	h.load()
	h.undo = undoable(w)
	w.target.before, w.target.after = h.called, h.answered
	return h
}

// flow is that of these stories: two owners of databases have to agree, of whom the asker is one. Nobody is warned, and a request lapses
// before the first lease is over.
func (h *hand) flow() flows.FlowSpec {
	s := inSteps(step(group("database-owners")))
	s.Approval.Steps[0].All[0].N = 2
	if h.o.automatic {
		s = automatic()
	}
	s.Approval.Remind, s.Approval.Lapse, s.Warn = 100*time.Hour, 40*time.Minute, 20*time.Hour
	return s
}

func (h *hand) load() {
	h.must(h.engine.LoadPolicy(h.ctx, h.policy, []string{"security", "database-owners"}))
}

// door is the store as the engine sees it: each commit has a point before and one after it.
type door struct {
	flows.Store
	h *hand
}

func (d door) Change(ctx context.Context, f func(flows.Tx) error) error {
	d.h.point(beforeCommit)
	err := d.Store.Change(ctx, f)
	d.h.point(afterCommit)
	return err
}

// point is passed in the middle of an act. Here the process may die, or somebody else may act.
func (h *hand) point(at side) {
	if h.inside {
		return
	}
	h.sides = append(h.sides, at)
	if len(h.sides) != h.at {
		return
	}
	if h.cross == nil {
		panic(killed{})
	}
	h.inside = true
	defer func() { h.inside = false }()
	h.cross()
}

// work explores from the beginning, and tells the story of a promise that breaks.
func (h *hand) work() {
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(broken); !ok {
				panic(v)
			}
			if !h.o.broken.Swap(true) {
				h.o.Errorf("%s\nafter:\n  %s", v, strings.Join(h.path, "\n  "))
			}
		}
		h.inside = true // what ends the world is nobody's act
	}()
	s := h.look()
	h.o.first(s.print)
	h.from(s)
}

// from explores everything that can happen next.
func (h *hand) from(s *scene) {
	h.o.deeper(len(h.path))
	h.stack[s.print] = true
	defer delete(h.stack, s.print)
	m, rest, acts := h.mark(), true, h.acts(s)
	for n := range acts {
		a := acts[(n+h.turn)%len(acts)]
		if a.vain {
			h.refuses(a, s, m)
		} else if h.follow(a, s, m, acts) {
			rest = false
		}
		if h.o.broken.Load() {
			return
		}
	}
	if rest {
		h.o.rests.Add(1)
		h.atRest(s)
	}
}

// follow tries an act unharmed, with a death at its points, and with each other act before its commits. It reports whether it changed
// anything.
func (h *hand) follow(a act, s *scene, m moment, acts []act) bool {
	moved := h.try(a, s, m, a.name, 0, nil)
	if a.claims && !moved && !h.o.broken.Load() {
		h.t.Fatalf("work on it comes to nothing, and is due again at once:\n%s\n%s", a.name, s.print)
	}
	if !moved || a.whole {
		return moved
	}
	sides := h.sides
	for n, side := range sides {
		at := fmt.Sprintf("%d of %d", n+1, len(sides))
		// What is done after a commit is not done yet before the next one, so a death there is the same; and reading changes nothing.
		if deadly := side == beforeCommit || side == afterEffect || n == len(sides)-1; deadly && h.left.deaths > 0 {
			h.try(a, s, m, fmt.Sprintf("%s, and death at point %s", a.name, at), n+1, nil)
		}
		if side != beforeCommit || h.left.crossings == 0 || n == 0 && a.claims {
			continue // before a claim is before the act
		}
		for _, b := range acts {
			if !b.vain && !b.whole && (b.lane != a.lane || b.name == a.name && a.press) {
				h.try(a, s, m, fmt.Sprintf("%s, and before its point %s: %s", a.name, at, b.name), n+1, b.do)
			}
		}
	}
	return true
}

// try does one act, judges what came of it, goes on from there if nobody has been there, and comes back.
func (h *hand) try(a act, from *scene, m moment, name string, at int, cross func()) (moved bool) {
	if h.o.broken.Load() {
		return false
	}
	h.path = append(h.path, name)
	h.sides, h.at, h.cross = nil, at, cross
	if h.dies(a.do) {
		h.at = 0
		h.left.deaths--
		h.must(h.store.Change(h.ctx, func(tx flows.Tx) error { return tx.FreeClaims() }))
		h.rise()
		h.load()
	} else if cross != nil {
		h.left.crossings--
	}
	sides := h.sides
	h.at, h.cross = 0, nil
	h.draw()
	to := h.look()
	h.o.transitions.Add(1)
	h.between(from, to)
	moved = to.print != from.print
	if moved && h.o.first(to.print) {
		h.holds(to)
		h.from(to)
	} else if moved && h.stack[to.print] {
		h.t.Fatalf("the story goes round in circles:\n%s", to.print)
	}
	if h.o.broken.Load() {
		return moved
	}
	h.back(m)
	h.sides = sides
	h.path = h.path[:len(h.path)-1]
	return moved
}

// refuses tries an act that must change nothing.
func (h *hand) refuses(a act, s *scene, m moment) {
	if !h.o.untried(a.situation) {
		return
	}
	h.path = append(h.path, a.name)
	h.at = 0
	a.do()
	h.draw()
	h.o.refused.Add(1)
	if to := h.look(); to.print != s.print {
		h.t.Fatalf("it was not refused; before:\n%s\nafter:\n%s", s.print, to.print)
	}
	h.back(m)
	h.path = h.path[:len(h.path)-1]
}

// moment is everything that is not in the database, and where the database's notes stand.
type moment struct {
	log     int64
	numbers numbers
	now     time.Time
	left    budget
	over    bool
	lent    flows.HoldingID
	mute    bool
	reads   []time.Time
	engine  *flows.Engine
	policy  []*flows.Flow
	member  bool
	lose    int
	drawn   int
}

func (h *hand) mark() moment {
	log, numbers := h.undo.mark()
	return moment{log: log, numbers: numbers, now: h.clock.Company(), left: h.left, over: h.over, lent: h.lent, mute: h.mute, reads: h.reads, engine: h.engine,
		policy: h.policy, member: h.target.has(prodKey, ana), lose: h.target.lose, drawn: h.drawn}
}

func (h *hand) back(m moment) {
	h.undo.back(m.log, m.numbers)
	h.clock.pass(m.now.Sub(h.clock.Company()))
	h.left, h.over, h.lent, h.mute, h.reads, h.engine, h.policy, h.drawn = m.left, m.over, m.lent, m.mute, m.reads, m.engine, m.policy, m.drawn
	h.target.lose, h.target.calls = m.lose, nil
	h.target.members[prodKey] = map[flows.PersonID]bool{}
	if m.member {
		h.target.members[prodKey][ana] = true
	}
}
