package app_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/app"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/store"
)

// tale is a story that is told again and again, with Hallpass killed at another point each time.
type tale struct {
	name string
	tell func(*survivors)
	// keys are the messages that stand at the end; lines are patterns of what the feed's threads tell, in order.
	keys  []string
	lines map[string][]string
	check func(*survivors, flows.Tx)
	// few are the points of a quick run; a full one takes every point, or one in so many.
	few    []point
	stride int
}

// survivors are the people of a tale and the Hallpass that is killed under them.
type survivors struct {
	*people
	m *machine
}

// everyPoint in HALLPASS_CRASH_POINTS has the tales told with every point instead of a few.
const everyPoint = "all"

// together is how many Hallpasses run, and die, at a time. Most of their time is waiting.
const together = 4

func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	sum := &tally{}
	for _, s := range []tale{spine(), leases(), moves()} {
		if os.Getenv("HALLPASS_CRASH_POINTS") == everyPoint {
			s.everywhere(t, sum)
		} else {
			s.here(t, sum)
		}
	}
	t.Logf("killed at %d points (%d before commits, %d after commits, %d outward calls)", sum.before+sum.after+sum.call, sum.before, sum.after, sum.call)
}

// tally counts the points at which Hallpass was killed.
type tally struct {
	mu                  sync.Mutex
	before, after, call int
}

func (s *tally) count(p point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch p.side {
	case beforeCommit:
		s.before++
	case afterCommit:
		s.after++
	case atCall:
		s.call++
	}
}

// here tells a tale with its few points.
func (s tale) here(t *testing.T, sum *tally) {
	var workers sync.WaitGroup
	slots := make(chan struct{}, together)
	for _, p := range s.few {
		slots <- struct{}{}
		workers.Go(func() {
			defer func() { <-slots }()
			s.run(t, p, sum)
		})
	}
	workers.Wait()
}

// everywhere tells a tale with n = 1, 2, … on each side, until it ends unkilled.
func (s tale) everywhere(t *testing.T, sum *tally) {
	for _, side := range []string{beforeCommit, afterCommit, atCall} {
		var workers sync.WaitGroup
		var mu sync.Mutex
		n, over := 0, false
		next := func() (point, bool) {
			mu.Lock()
			defer mu.Unlock()
			n += max(1, s.stride)
			return point{side, n}, !over
		}
		for range together {
			workers.Go(func() {
				for p, more := next(); more; p, more = next() {
					if struck := s.run(t, p, sum); !struck {
						mu.Lock()
						over = true
						mu.Unlock()
					}
				}
			})
		}
		workers.Wait()
	}
}

// run tells a tale once and reports whether Hallpass was killed in it.
func (s tale) run(t *testing.T, p point, sum *tally) (struck bool) {
	t.Run(s.name+"/"+p.String(), func(t *testing.T) {
		clock := app.NewClock(monday)
		company := acme(t, clock, nil)
		m := boot(t, company, clock, p)
		w := &survivors{people: &people{T: t, c: company, clock: m}, m: m}
		defer func() { struck = m.struck() }()
		s.tell(w)
		w.rests()
		m.stop()
		if m.struck() {
			sum.count(p)
		}
		w.stand(s, m.struck())
		w.settled(s)
	})
	return struck
}

// stand asserts that every message of the tale stands, and none twice but one that was on its way when Hallpass was killed. Messages to
// people, to the feed and to the admins go different ways, one at a time each. Answers to presses that had to be made again are nobody's
// loss.
func (w *survivors) stand(s tale, struck bool) {
	w.Helper()
	have, twice := map[string]int{}, map[string]int{}
	for _, key := range w.posted() {
		if struck && (strings.HasPrefix(key, "answer/") || isOfComingBack(key)) {
			continue
		}
		have[key]++
	}
	for _, key := range s.keys {
		if have[key] == 0 {
			w.Errorf("the message %s is lost", key)
		}
	}
	for key, n := range have {
		way := wayOf(key)
		switch {
		case strings.HasPrefix(key, "adopted/") && struck: // one that stands twice, and was pressed
			twice[way]++
		case !slices.Contains(s.keys, key) && (way != "feed" || strings.Count(key, "/") != 2):
			w.Errorf("the message %s was not to be", key)
		}
		twice[way] += n - 1
	}
	for way, n := range twice {
		if n > 1 || (n > 0 && !struck) {
			w.Errorf("%d messages on the way of %s stand twice: %v", n, way, have)
		}
	}
	for request, lines := range s.lines {
		w.thread(request, lines, twice["feed"])
	}
	w.unnoticed()
	if w.Failed() {
		w.Log(w.everything())
	}
}

// wayOf is which way a message goes.
func wayOf(key string) string {
	if way, _, _ := strings.Cut(key, "/"); way == "feed" || way == "alarm" {
		return way
	}
	return "people"
}

// thread asserts that a request's story stands in the feed: every line, in order.
func (w *survivors) thread(request string, lines []string, twice int) {
	w.Helper()
	_, told, _ := strings.Cut(w.feed(request), "\n")
	rest := told
	for _, l := range lines {
		at := regexp.MustCompile(l).FindStringIndex(rest)
		if at == nil {
			w.Errorf("the thread of %s does not tell %q, or not in its place:\n%s", request, l, told)
			return
		}
		rest = rest[at[1]:]
	}
	if n := strings.Count(told, "\n") + 1; n > len(lines)+twice {
		w.Errorf("the thread of %s tells more than it should:\n%s", request, told)
	}
}

// open opens the database of Hallpass, which may be running.
func (w *survivors) open() *store.Store {
	w.Helper()
	return opened(w.T, "sqlite:"+w.m.dir+"/hallpass.db", w.m.clock)
}

// rests waits until Hallpass has nothing left to do.
func (w *survivors) rests() {
	w.Helper()
	st := w.open()
	defer st.Close()
	var left []string
	for limit := time.Now().Add(patience); time.Now().Before(limit); w.breathe() {
		if err := st.View(w.Context(), func(tx flows.Tx) (err error) { left, err = undone(tx); return err }); err != nil {
			w.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
	}
	w.Errorf("left to do after %s: %v", patience, left)
}

// undone is what is left to do. The next sync, a last look at what is decided, and what falls due later always are.
func undone(tx flows.Tx) (out []string, err error) {
	list, err := tx.Intents(flows.IntentFilter{})
	for _, i := range list {
		if i.Kind != flows.IntentSync && i.Kind != flows.IntentAsk && i.Kind != flows.IntentTimer {
			out = append(out, fmt.Sprintf("%s %s, due %s %s", i.Kind, i.Subject, i.Due, i.LastError))
		}
	}
	return out, err
}

// settled asserts what the stopped Hallpass has left in its database.
func (w *survivors) settled(s tale) {
	w.Helper()
	st := w.open()
	defer st.Close()
	w.sound(st, w.m.clock)
	err := st.View(w.Context(), func(tx flows.Tx) error {
		w.drawn(tx)
		s.check(w, tx)
		return nil
	})
	if err != nil {
		w.Error(err)
	}
}

// isOfComingBack reports whether a message tells of a time off: the hour that a tale leaps was one, if Hallpass was dead just then.
func isOfComingBack(key string) bool {
	return strings.HasPrefix(key, "digest/") || strings.HasPrefix(key, "alarm/off/")
}

// times counts entries of an action.
func (w *survivors) times(tx flows.Tx, action flows.Action, want int) {
	w.Helper()
	list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{action}})
	if w.m.struck() {
		list = slices.DeleteFunc(list, func(e flows.Entry) bool { return isOfComingBack("alarm/" + e.Data["alarm"]) })
	}
	if err != nil || len(list) != want {
		w.Errorf("the log tells %q %d times, want %d (%v)", action, len(list), want, err)
	}
}

// history is what was done to a group through Okta's API: "+ana", "-ana".
func (w *survivors) history(group string) string {
	var out []string
	for _, h := range w.c.Okta.History() {
		sign := "-"
		if h.Added {
			sign = "+"
		}
		for _, who := range sandbox.People() {
			if h.ByAPI && h.Group == group && h.User == who.Okta {
				out = append(out, sign+who.Name)
			}
		}
	}
	return strings.Join(out, " ")
}
