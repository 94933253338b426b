package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"hallpass/app"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/store"
)

// tale is a story that is told again and again, with Hallpass killed at another point each time.
type tale struct {
	name string
	// still keeps company time from running fast while Hallpass is down.
	still bool
	fast  int
	tell  func(*survivors)
	// keys are the messages that stand at the end, and how often; lines is what the feed's threads tell, in order.
	keys  []string
	lines map[string][]string
	check func(*survivors, flows.Tx)
	// few are the points of a quick run.
	few []point
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
	for _, s := range []tale{spine()} {
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
			n++
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
		company, err := sandbox.Start(sandbox.Options{Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := company.Close(); err != nil {
				t.Error(err)
			}
		})
		m := boot(t, company, clock, p, s.still)
		w := &survivors{people: &people{T: t, c: company, clock: m, fast: s.fast}, m: m}
		s.tell(w)
		m.stop()
		struck = m.kills > 0
		if struck {
			sum.count(p)
		}
		w.stand(s, struck)
		w.settled(s)
	})
	return struck
}

// stand asserts that every message of the tale stands, and none twice but one that was on its way when Hallpass was killed. Answers to
// presses that had to be made again are nobody's loss.
func (w *survivors) stand(s tale, struck bool) {
	w.Helper()
	have, twice := map[string]int{}, 0
	for _, key := range w.posted() {
		if strings.HasPrefix(key, "answer/") && struck {
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
		thread := strings.Count(key, "/") == 2 && strings.HasPrefix(key, "feed/")
		if !slices.Contains(s.keys, key) && !thread {
			w.Errorf("the message %s was not to be", key)
		}
		twice += n - 1
	}
	if twice > 1 || (twice > 0 && !struck) {
		w.Errorf("%d messages stand twice: %v", twice, have)
	}
	for request, lines := range s.lines {
		w.thread(request, lines, twice)
	}
	if list := w.c.Slack.Problems(); len(list) > 0 {
		w.Errorf("Slack noticed: %s", strings.Join(list, "\n"))
	}
	if w.Failed() {
		w.Log(w.everything())
	}
}

// posted are the keys of all messages of Hallpass that stand.
func (w *survivors) posted() []string {
	var out []string
	channels := []string{sandbox.FeedChannel, sandbox.AuditChannel}
	for _, who := range sandbox.People() {
		channels = append(channels, w.c.Slack.DM(who.Slack))
	}
	for _, ch := range channels {
		for _, m := range w.c.Slack.Messages(ch) {
			var meta struct {
				Payload struct{ Key string } `json:"event_payload"`
			}
			if len(m.Metadata) > 0 && json.Unmarshal(m.Metadata, &meta) == nil && meta.Payload.Key != "" {
				out = append(out, meta.Payload.Key)
			}
		}
	}
	return out
}

// thread asserts that a request's story stands in the feed: every line, in order.
func (w *survivors) thread(request string, lines []string, twice int) {
	w.Helper()
	_, told, _ := strings.Cut(w.feed(request), "\n")
	rest := told
	for _, l := range lines {
		i := strings.Index(rest, l)
		if i < 0 {
			w.Errorf("the thread of %s does not tell %q, or not in its place:\n%s", request, l, told)
			return
		}
		rest = rest[i+len(l):]
	}
	if n := strings.Count(told, "└") + strings.Count(told, "\n") - 2*strings.Count(told, "\n └"); n > len(lines)+twice+1 {
		w.Errorf("the thread of %s tells more than it should:\n%s", request, told)
	}
}

// settled asserts what the stopped Hallpass has left in its database.
func (w *survivors) settled(s tale) {
	w.Helper()
	st, err := store.Open(w.Context(), store.Options{DSN: "sqlite:" + w.m.dir + "/hallpass.db", Clock: w.m.clock})
	if err != nil {
		w.Fatal(err)
	}
	defer st.Close()
	if _, err := st.Verify(w.Context()); err != nil {
		w.Error(err)
	}
	found, err := flows.NewEngine(st, w.m.clock, flows.Outside{}, flows.Settings{}, nil).Sweep(w.Context())
	if err != nil || len(found) > 0 {
		w.Errorf("work that nobody wrote down: %v %v", found, err)
	}
	if err := st.View(w.Context(), func(tx flows.Tx) error {
		w.idle(tx)
		s.check(w, tx)
		return nil
	}); err != nil {
		w.Error(err)
	}
}

// idle asserts that nothing is left to do but the next sync, and a last look at what is decided.
func (w *survivors) idle(tx flows.Tx) {
	w.Helper()
	list, err := tx.Intents(flows.IntentFilter{})
	if err != nil {
		w.Error(err)
	}
	for _, i := range list {
		if i.Kind != flows.IntentSync && i.Kind != flows.IntentAsk {
			w.Errorf("left to do: %s %s, due %s, %s", i.Kind, i.Subject, i.Due, i.LastError)
		}
	}
	posts, err := tx.Posts(flows.PostFilter{})
	if err != nil {
		w.Error(err)
	}
	for _, p := range posts {
		if p.TS == "" || p.Drawn < p.Wanted {
			w.Errorf("the post %s is not drawn: %+v", p.Key, p)
		}
	}
}

// once counts entries of an action.
func (w *survivors) times(tx flows.Tx, action flows.Action, want int) {
	w.Helper()
	list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{action}})
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

// spine is the life of one request: asked, agreed by two, given, told in Jira and the feed, warned of, ended, proved.
func spine() tale {
	return tale{
		name: "spine", still: true, fast: 2000, tell: tellSpine,
		keys: []string{"notice/1/have/" + ana.Okta, "warning/1/0", "asker/1", "approver/1/" + caro.Okta + "/0", "approver/1/" + ben.Okta + "/1", "feed/1"},
		lines: map[string][]string{"R1": {"asked: “OPS-1: replay failed payments”", "Caro Lind agreed as manager", "Ben Okafor agreed as on call",
			"given in Okta, read back", "warned", "taken back, read twice, gone"}},
		check: checkSpine,
		few:   []point{{beforeCommit, 2}, {beforeCommit, 30}, {afterCommit, 12}, {afterCommit, 45}, {atCall, 4}, {atCall, 12}, {atCall, 20}},
	}
}

func tellSpine(w *survivors) {
	w.wants(ana, "prod-db for 30m because OPS-1: replay failed payments")
	w.insists(caro, "approve", []string{"R1 ·", "Approve, 30 min"}, func() bool { _, ok := w.find(caro, "Approved by you"); return ok })
	w.insists(ben, "approve", []string{"R1 ·", "Approve, 30 min"}, func() bool { _, ok := w.find(ben, "Approved by you"); return ok })
	w.isMember(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 · You have prod-db", "Give back")
	w.gets(ana, "You have prod-db (member) until", "(30 min)")
	w.sped("Ana is warned", w.c.Slack.Wait, func() bool { _, ok := w.find(ana, "prod-db ends at"); return ok })
	w.sped("it ends", w.c.Okta.Wait, func() bool { return !w.member(sandbox.ProdDBGroup, ana) })
	w.gets(ana, "R1 is over.", "you are no longer a member.")
	w.gets(ana, "prod-db ended at")
	w.gets(caro, "Approved by you at", "Ana Silva ha")
	w.gets(ben, "Approved by you at", "Ana Silva ha")
	w.tells("R1", "· taken back at", "SEC-1", "taken back, read twice, gone")
	w.until("the ticket is done", w.c.Jira.Wait, func() bool {
		list := w.tickets()
		return len(list) == 1 && list[0] == "SEC-1 Done, 2 comments"
	})
}

// tickets are those in the project of Hallpass.
func (w *survivors) tickets() []string {
	var out []string
	for _, i := range w.c.Jira.Issues() {
		if i.Project == sandbox.TicketsProject {
			out = append(out, fmt.Sprintf("%s %s, %d comments", i.Key, i.Status, len(i.Comments)))
		}
	}
	return out
}

func checkSpine(w *survivors, tx flows.Tx) {
	w.Helper()
	if h := w.history(sandbox.ProdDBGroup); h != "+Ana -Ana" || len(w.c.Okta.Members(sandbox.ProdDBGroup)) > 0 {
		w.Errorf("the group saw %s", h)
	}
	for action, n := range map[flows.Action]int{flows.ActAsked: 1, flows.ActApproved: 2, flows.ActRequestOK: 1, flows.ActGiven: 1, flows.ActWarned: 1,
		flows.ActEnding: 1, flows.ActTakenBack: 1, flows.ActAlarm: 0, flows.ActLate: 0, flows.ActTrouble: 0} {
		w.times(tx, action, n)
	}
	g, err := tx.Grant(1)
	if err != nil || g.State != flows.Ended || g.Cause != flows.Expired || g.Released != "" {
		w.Errorf("the grant is %+v, %v", g, err)
		return
	}
	h, err := tx.Holding(g.Holding)
	if err != nil || h.Open || h.Proof != flows.ProofGone || h.SecondRead.Before(h.FirstRead) || h.FirstRead.Before(g.Ends) {
		w.Errorf("the holding is %+v, %v", h, err)
	}
}
