package app_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hallpass/app"
	"hallpass/demo"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/slack"
	"hallpass/store"
	"hallpass/store/postgrestest"
)

// killFor in the environment says for how long replicas are killed; half a minute otherwise.
const killFor = "HALLPASS_KILL_FOR"

// The pace of the town under which replicas are killed.
const (
	killSpeed  = 60 // company seconds in a second
	killPause  = 3 * time.Second
	killLabs   = 8 // groups that people may have at once
	killWaits  = 2 * time.Minute
	takenOver  = 25 * time.Second // a dead replica's lease and the next beat of the other
	proofTakes = 30 * time.Second // an end on a busy machine, beyond what its replica's death costs
)

// killing is a company whose two Hallpasses, processes of their own on one PostgreSQL, are killed in turn.
type killing struct {
	*people
	dsn      string
	time     *app.Clock
	machines [2]*machine
	until    time.Time    // when nothing new is asked for any more
	sent     atomic.Int64 // forms that Slack said were taken
	pressed  atomic.Int64 // presses likewise
	widest   int          // most connections at once
}

func TestOneOfTwoReplicasIsKilledEveryFewSeconds(t *testing.T) {
	t.Parallel()
	postgrestest.On(t, func(t *testing.T, dsn string) {
		w := underFire(t, dsn)
		var busy sync.WaitGroup
		for _, who := range []sandbox.Person{ana, caro, dev, eve} {
			busy.Go(func() { w.works(who) })
		}
		over := make(chan struct{})
		var deciding sync.WaitGroup
		for _, who := range []sandbox.Person{caro, ben} {
			deciding.Go(func() { w.decides(who, over) })
		}
		w.kills()
		busy.Wait()
		w.rests()
		close(over)
		deciding.Wait()
		for _, m := range w.machines {
			m.stop()
		}
		w.stand()
	})
}

// underFire starts the company and both replicas. The second one's machine has a wrong clock.
func underFire(t *testing.T, dsn string) *killing {
	t.Helper()
	lasts, err := time.ParseDuration(cmp.Or(os.Getenv(killFor), "30s"))
	if err != nil {
		t.Fatal(err)
	}
	clock := app.NewClock(monday)
	clock.SetSpeed(killSpeed)
	c := acme(t, clock, nil)
	for n := range killLabs {
		if err := c.Okta.AddGroup(okta.Group{ID: labID(n), Name: fmt.Sprintf("lab-%d", n), Profile: map[string]any{"jitTags": "env=staging"}}); err != nil {
			t.Fatal(err)
		}
	}
	w := &killing{people: &people{T: t, c: c, clock: clock}, dsn: dsn, time: clock}
	for n, off := range []time.Duration{0, 17 * time.Minute} {
		w.machines[n] = replica(t, c, clock, dsn, off)
	}
	w.connected(4)
	w.until = time.Now().Add(lasts)
	return w
}

func labID(n int) string { return fmt.Sprintf("00glab%014d", n) }

// replica is a Hallpass in a process of its own, on a machine whose clock is off.
func replica(t *testing.T, c *sandbox.Company, clock *app.Clock, dsn string, off time.Duration) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir(), c: c, clock: clock, off: off, said: &bytes.Buffer{}, ended: make(chan struct{})}
	path, err := demo.Files(m.dir, c, demo.DefaultTiming)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := with("sqlite:hallpass.db", dsn)(string(text))
	all = with("help:", "limits: {pending: 100, per_day: 10000}\nhelp:")(all)
	all = with("choices: [1h, 8h], default: 1h, max: 8h, in_total: 40h per 7d", "choices: [15m], default: 15m, max: 1h, in_total: 160h per 7d")(all)
	if err := os.WriteFile(path, []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.start(""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.end)
	go m.watch()
	return m
}

// kills ends the replicas in turn, every few seconds, for as long as the story lasts.
func (w *killing) kills() {
	w.Helper()
	for n := 0; time.Now().Before(w.until); n++ {
		pause := time.NewTimer(killPause + rand.N(2*time.Second))
		<-pause.C
		w.widest = max(w.widest, w.c.Slack.Connections())
		w.machines[n%2].kill()
	}
}

func (w *killing) struck() int {
	return int(w.machines[0].kills.Load() + w.machines[1].kills.Load())
}

// works is somebody who asks for one thing after the other, and gives some of it back early.
func (w *killing) works(who sandbox.Person) {
	for n := 0; time.Now().Before(w.until) && !w.Failed(); n++ {
		command := fmt.Sprintf("lab-%d for 15m", n%killLabs)
		if who == ana && n%4 == 0 {
			command = "prod-db for 15m because OPS-1: replay failed payments"
		}
		before := len(w.askedBy(who))
		w.wants(who, command)
		w.sent.Add(1)
		w.comes(who.Name+"'s request", func() bool { return len(w.askedBy(who)) > before })
		if n%3 == 2 {
			w.pressesNewest(who, "give_back", "You have lab-", "Give back")
		}
	}
}

// askedBy are the requests of somebody, as their cards have them.
func (w *killing) askedBy(who sandbox.Person) map[string]bool {
	found := map[string]bool{}
	for _, m := range w.messages(who) {
		if key := keyOf(m); strings.HasPrefix(key, "asker/") {
			found[key] = true
		}
	}
	return found
}

// decides is somebody who agrees to whatever they are asked.
func (w *killing) decides(who sandbox.Person, over chan struct{}) {
	for {
		select {
		case <-over:
			return
		default:
		}
		w.pressesNewest(who, "approve", "[ Approve, ")
		w.breathe()
	}
}

// pressesNewest presses the newest of somebody's cards with these words, if there is one. A press that Slack calls lost is made again some time.
func (w *killing) pressesNewest(who sandbox.Person, action string, words ...string) {
	list := w.messages(who)
	for _, m := range slices.Backward(list[max(0, len(list)-40):]) {
		if !has(w.text(m, who), words...) {
			continue
		}
		if err := w.c.Slack.Press(w.Context(), who.Slack, m.Channel, m.TS, action); err == nil {
			w.pressed.Add(1)
			w.soon(func() bool {
				now, _ := w.c.Slack.Message(m.Channel, m.TS)
				return !has(w.text(now, who), words...)
			})
		}
		return
	}
}

// soon gives something a few seconds to come true.
func (w *killing) soon(ready func() bool) {
	for limit := time.Now().Add(3 * time.Second); time.Now().Before(limit) && !ready(); {
		w.breathe()
	}
}

// comes waits for what a replica that died may have had in its hands.
func (w *killing) comes(what string, ready func() bool) {
	w.Helper()
	for limit := time.Now().Add(killWaits); !ready(); w.breathe() {
		if time.Now().After(limit) {
			w.Errorf("%s has not come within %s", what, killWaits)
			return
		}
	}
}

func (w *killing) open() *store.Store {
	w.Helper()
	return opened(w.T, w.dsn, w.time)
}

// rests waits until everything is over and nothing is left to do.
func (w *killing) rests() {
	w.Helper()
	st := w.open()
	defer st.Close()
	var left []string
	w.comes("rest", func() bool {
		err := st.View(w.Context(), func(tx flows.Tx) error {
			var err error
			left, err = undone(tx)
			if err != nil {
				return err
			}
			live, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{flows.Waiting, flows.Granting, flows.Active, flows.Revoking}})
			pending, other := tx.Requests(flows.RequestFilter{States: []flows.RequestState{flows.Pending}})
			for _, g := range live {
				left = append(left, fmt.Sprintf("grant %d of %s is %s", g.ID, g.Request, g.State))
			}
			for _, r := range pending {
				left = append(left, fmt.Sprintf("%s is pending", r.ID))
			}
			return errors.Join(err, other)
		})
		return err == nil && len(left) == 0
	})
	if w.Failed() {
		w.Logf("left to do: %v", left)
	}
}

// stand asserts that nothing was lost, nothing done twice, and every end proved in time.
func (w *killing) stand() {
	w.Helper()
	st := w.open()
	defer st.Close()
	w.sound(st, w.time)
	err := st.View(w.Context(), func(tx flows.Tx) error {
		requests, err := tx.Requests(flows.RequestFilter{})
		if err != nil {
			return err
		}
		grants, err := tx.Grants(flows.GrantFilter{})
		if err != nil {
			return err
		}
		if n := int(w.sent.Load()); n != len(requests) {
			w.Errorf("%d forms were taken and made %d requests", n, len(requests))
		}
		latest, ends := w.ends(tx, grants)
		w.noneTwice(tx, requests)
		extra := w.messagesStand(tx)
		w.Logf("killed %d times in %s: %d requests, %d presses, %d decisions, %d ends proved, the latest %s after its time; %d messages stand twice; at most %d connections to Slack",
			w.struck(), cmp.Or(os.Getenv(killFor), "30s"), len(requests), w.pressed.Load(), len(w.told(tx, flows.ActApproved)), ends, latest.Round(10*time.Millisecond), extra, w.widest)
		return nil
	})
	if err != nil {
		w.Error(err)
	}
	w.memberships()
	w.unnoticed()
	if w.widest > slack.MaxSockets {
		w.Errorf("%d connections were open at once", w.widest)
	}
}

// ends asserts that every access was taken away, with its proof, in time. It gives the longest time that one took, in machine time.
func (w *killing) ends(tx flows.Tx, grants []*flows.Grant) (latest time.Duration, n int) {
	w.Helper()
	for _, g := range grants {
		if g.State != flows.Ended {
			w.Errorf("grant %d of %s is %s", g.ID, g.Request, g.State)
			continue
		}
		if g.Released != "" {
			continue // another lease went on
		}
		h, err := tx.Holding(g.Holding)
		if err != nil || h.Open || h.Proof != flows.ProofGone {
			w.Errorf("the access of %s is %+v, %v", g.Request, h, err)
			continue
		}
		n++
		if late := h.SecondRead.Sub(g.Ends) / killSpeed; g.Cause == flows.Expired && late > latest {
			latest = late
		}
	}
	if latest > takenOver+proofTakes {
		w.Errorf("an end was proved %s after its time, want at most %s", latest, takenOver+proofTakes)
	}
	return latest, n
}

func (w *killing) told(tx flows.Tx, action flows.Action) []flows.Entry {
	w.Helper()
	list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{action}})
	if err != nil {
		w.Error(err)
	}
	return list
}

// noneTwice asserts that the log tells of nothing twice: no decision, no grant, no end; and that no ticket was made twice, nor an alarm told.
func (w *killing) noneTwice(tx flows.Tx, requests []*flows.Request) {
	w.Helper()
	for _, action := range []flows.Action{flows.ActAsked, flows.ActRequestOK, flows.ActGiven, flows.ActEnding, flows.ActTakenBack} {
		seen := map[string]int{}
		for _, e := range w.told(tx, action) {
			seen[fmt.Sprintf("%s %d", e.Request, e.Grant)]++
		}
		for what, n := range seen {
			if n > 1 {
				w.Errorf("the log tells %d times that %s was %s", n, what, action)
			}
		}
	}
	for _, r := range requests {
		list, err := tx.Decisions(r.ID)
		if err != nil {
			w.Error(err)
		}
		by := map[flows.PersonID]int{}
		for _, d := range list {
			if by[d.Person]++; by[d.Person] > 1 {
				w.Errorf("%s decided %s twice", d.Person, r.ID)
			}
		}
		if r.State != flows.Approved {
			w.Errorf("%s is %s", r.ID, r.State)
		}
	}
	tickets := map[string]int{}
	for _, i := range w.c.Jira.Issues() {
		if request, _, found := strings.Cut(i.Summary, ":"); found && i.Project == sandbox.TicketsProject {
			if tickets[request]++; tickets[request] > 1 {
				w.Errorf("%s has a second ticket, %s", request, i.Key)
			}
		}
	}
	alarms := map[string]int{}
	for _, e := range w.told(tx, flows.ActAlarm) {
		if alarms[e.Data["alarm"]]++; alarms[e.Data["alarm"]] > 1 {
			w.Errorf("the admins were told twice: %s", e.Text)
		}
		w.Logf("an alarm: %s", e.Text)
	}
}

// messagesStand asserts that every message stands, and of those on one way at most one twice for each kill. It gives how many stand twice.
func (w *killing) messagesStand(tx flows.Tx) int {
	w.Helper()
	have := map[string]int{}
	for _, key := range w.posted() {
		have[key]++
	}
	for _, p := range w.drawn(tx) {
		if _, there := w.c.Slack.Message(p.Channel, p.TS); !there {
			w.Errorf("the message %s is lost", p.Key)
		}
	}
	twice, all := map[string]int{}, 0
	for key, n := range have {
		twice[wayOf(key)] += n - 1
		all += n - 1
	}
	for way, n := range twice {
		if n > w.struck() {
			w.Errorf("%d messages on the way of %s stand twice, after %d kills", n, way, w.struck())
		}
	}
	return all
}

// memberships asserts what Okta itself saw: who came in went out again, each time, and nobody is left.
func (w *killing) memberships() {
	w.Helper()
	in := map[string]bool{}
	for _, h := range w.c.Okta.History() {
		if !h.ByAPI {
			continue
		}
		if key := h.Group + " " + h.User; in[key] == h.Added {
			w.Errorf("%s: added %v twice in a row", key, h.Added)
		} else {
			in[key] = h.Added
		}
	}
	for key, left := range in {
		if left {
			w.Errorf("%s is still there", key)
		}
	}
}
