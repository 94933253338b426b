package app_test

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
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
	few   []point // of a quick run
}

// survivors are the people of a tale and the Hallpass that is killed under them.
type survivors struct {
	*people
	m     *machine
	ofOff []string // the keys of what tells of a time off
}

// crashPoints in the environment has the tales told with one point in so many, 1 for every point, instead of a few.
const crashPoints = "HALLPASS_CRASH_POINTS"

// together is how many Hallpasses run, and die, at a time. Most of their time is waiting.
const together = 4

// Hallpass is dead for three hours, in which access ends.
func TestDeadWhileAccessEnds(t *testing.T) {
	t.Parallel()
	absence().here(t, &tally{})
}

func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	sum := &tally{}
	stride, err := strconv.Atoi(cmp.Or(os.Getenv(crashPoints), "0"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []tale{spine(), leases(), moves()} {
		if stride > 0 {
			s.everywhere(t, stride, sum)
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

// everywhere tells a tale with every so manieth n on each side, until it ends unkilled.
func (s tale) everywhere(t *testing.T, stride int, sum *tally) {
	for _, side := range []string{beforeCommit, afterCommit, atCall} {
		var workers sync.WaitGroup
		var mu sync.Mutex
		n, over := 0, false
		next := func() (point, bool) {
			mu.Lock()
			defer mu.Unlock()
			n += stride
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
		if struck && strings.HasPrefix(key, "answer/") {
			continue
		}
		have[key]++
	}
	keys := append(slices.Clone(s.keys), w.ofOff...)
	for _, key := range keys {
		if have[key] == 0 {
			w.Errorf("the message %s is lost", key)
		}
	}
	for key, n := range have {
		way := wayOf(key)
		switch {
		case strings.HasPrefix(key, "adopted/") && struck: // one that stands twice, and was pressed
			twice[way]++
		case !slices.Contains(keys, key) && (way != "feed" || strings.Count(key, "/") != 2):
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

// settled asserts what the stopped Hallpass has left in its database, and in the chat.
func (w *survivors) settled(s tale) {
	w.Helper()
	st := w.open()
	defer st.Close()
	w.sound(st, w.m.clock)
	err := st.View(w.Context(), func(tx flows.Tx) error {
		w.ofOff = w.off(tx)
		w.stand(s, w.m.struck())
		w.drawn(tx)
		s.check(w, tx)
		return nil
	})
	if err != nil {
		w.Error(err)
	}
}

// off reads in the log which times off Hallpass noticed, asserts that it was off then, and gives the keys of what must be told of each: to those whose
// access ended late for it, one message, and to the admins that it did. Nothing else falls due while a tale leaps.
func (w *survivors) off(tx flows.Tx) (keys []string) {
	w.Helper()
	entries, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{flows.ActEnding, flows.ActCameBack}})
	if err != nil {
		w.Fatal(err)
	}
	for n, e := range entries {
		if e.Action != flows.ActCameBack {
			continue
		}
		from, err := time.Parse(time.RFC3339, e.Data["from"])
		if err != nil || !w.m.wasOff(from, e.At) {
			w.Errorf("entry %d has Hallpass off from %s to %s, which it was not (%v)", e.Seq, from, e.At, err)
			continue
		}
		late := slices.DeleteFunc(slices.Clone(entries[:n]), func(e flows.Entry) bool { return e.At.Before(w.m.diedLast()) })
		if got, want := []string{e.Data["ends"], e.Data["lapsed"], e.Data["dropped"]}, []string{fmt.Sprint(len(late)), "0", "0"}; !slices.Equal(got, want) {
			w.Errorf("entry %d counts %v ends, lapsed and dropped, want %v", e.Seq, got, want)
		}
		for _, l := range late {
			keys = append(keys, w.digest(tx, from, l))
		}
		if len(late) > 0 {
			key := fmt.Sprintf("alarm/off/%d", from.Unix())
			w.reads(key, "Hallpass was off for", fmt.Sprintf("%d end came late", len(late)))
			keys = append(keys, key)
		}
	}
	return keys
}

// digest asserts that an end that came late is told to whose it is, and gives the key of the message.
func (w *survivors) digest(tx flows.Tx, from time.Time, late flows.Entry) string {
	w.Helper()
	g, err := tx.Grant(late.Grant)
	if err != nil || g.Cause != flows.Expired || g.Ends.After(late.At) {
		w.Fatalf("entry %d ends %+v, %v", late.Seq, g, err)
	}
	key := fmt.Sprintf("digest/%d/%s", from.Unix(), g.Person)
	w.reads(key, "Hallpass was off from", g.Request.String())
	return key
}

// reads asserts the words of a message, by its key.
func (w *survivors) reads(key string, words ...string) {
	w.Helper()
	for _, ch := range w.channels() {
		for _, m := range w.c.Slack.Messages(ch) {
			if text := w.c.Slack.TextFor(m, sandbox.EveSlack); keyOf(m) == key && !has(text, words...) {
				w.Errorf("the message %s is\n%s\nwithout %q", key, text, words)
			}
		}
	}
}

// times counts entries of an action.
func (w *survivors) times(tx flows.Tx, action flows.Action, want int) {
	w.Helper()
	list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{action}})
	list = slices.DeleteFunc(list, func(e flows.Entry) bool { return slices.Contains(w.ofOff, "alarm/"+e.Data["alarm"]) })
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
