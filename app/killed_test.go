package app_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hallpass/app"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/store"
)

// How often, and by which chance, processes are killed: go test ./app -run AtRandom -kills 200 -kill-seed 7 -v
var (
	kills    = flag.Int("kills", 10, "how often each process is killed at a random moment")
	killSeed = flag.Uint64("kill-seed", 0, "what the moments are drawn from; 0 draws it from the clock and prints it")
)

// chance draws the moments of one test.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("%d kills, -kill-seed %d", *kills, seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// What a test tells a process that does nothing but commit.
const (
	childCommits = "HALLPASS_TEST_CHILD_COMMITS" // the database's file
	childSync    = "HALLPASS_TEST_CHILD_SYNC"    // another than the usual way to sync
	childWriters = "HALLPASS_TEST_CHILD_WRITERS" // how many commit at once
)

// commits commits numbered changes and prints the number of each as soon as it is acknowledged, until it is killed.
func commits(path, synchronous string) {
	complain := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	s, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + path, Clock: app.NewClock(monday), Synchronous: synchronous})
	complain(err)
	writers := 1
	if n := os.Getenv(childWriters); n != "" {
		_, err := fmt.Sscan(n, &writers)
		complain(err)
	}
	var last atomic.Int64
	last.Store(time.Now().UnixNano()) // no two processes count the same numbers
	go func() {                       // the end of the test closes the pipe, where there is one
		if _, err := os.Stdin.Read(make([]byte, 1)); os.Getenv(childWriters) == "1" && err != nil {
			os.Exit(0)
		}
	}()
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for {
				n := fmt.Sprint(last.Add(1))
				complain(s.Change(context.Background(), func(tx flows.Tx) error {
					if err := tx.PutMeta("number/"+n, "kept"); err != nil {
						return err
					}
					return tx.Append(&flows.Entry{Action: flows.ActRefused, Data: map[string]string{"number": n}})
				}))
				_, err := os.Stdout.WriteString(n + "\n")
				complain(err)
			}
		})
	}
	all.Wait()
}

// committing is a process that commits, to be started under a command if one is named.
func committing(t *testing.T, path, synchronous string, writers int, under ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	line := append(under, self)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), childCommits+"="+path, childSync+"="+synchronous, fmt.Sprintf("%s=%d", childWriters, writers))
	return cmd
}

func TestEveryCommitThatWasPrintedIsThereAfterAKillAtRandom(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hallpass.db")
	draw := chance(t)
	printed, empty := 0, 0
	for range *kills {
		list := untilKilled(t, path, draw)
		if len(list) == 0 {
			empty++
		}
		printed += len(list)
		s := reopened(t, path)
		for _, n := range list {
			if got := metaOf(t, s, "number/"+n); got != "kept" {
				t.Errorf("%s was printed as committed and is %q", n, got)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	s := reopened(t, path)
	defer s.Close()
	entries, err := s.Verify(t.Context())
	if err != nil || int(entries) < printed || printed == 0 {
		t.Errorf("%d numbers were printed, and the log has %d entries: %v", printed, entries, err)
	}
	t.Logf("%d commits were acknowledged and all are there; %d of %d processes died before their first", printed, empty, *kills)
}

// untilKilled lets a process commit for a while, kills it, and returns every number that it printed. One in five is killed while it
// starts.
func untilKilled(t *testing.T, path string, draw *rand.Rand) (list []string) {
	t.Helper()
	cmd := committing(t, path, "", 4)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { time.AfterFunc(drawn(draw, 60*time.Millisecond), func() { _ = cmd.Process.Kill() }) }
	early := draw.IntN(5) == 0
	if early {
		kill()
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if list = append(list, lines.Text()); len(list) == 1 && !early {
			kill()
		}
	}
	if err := cmd.Wait(); !dead(cmd.ProcessState) {
		t.Errorf("it ended by itself: %v", err)
	}
	return list
}

func drawn(draw *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(draw.Int64N(int64(most)))
}

func reopened(t *testing.T, path string) *store.Store {
	t.Helper()
	return opened(t, "sqlite:"+path, app.NewClock(monday))
}

func metaOf(t *testing.T, s *store.Store, key string) (value string) {
	t.Helper()
	if err := s.View(t.Context(), func(tx flows.Tx) (err error) { value, err = tx.Meta(key); return err }); err != nil {
		t.Error(err)
	}
	return value
}

// crowd is people who go on while Hallpass is killed under them, and remember what Slack told them was taken.
type crowd struct {
	*survivors
	mu      sync.Mutex
	pressed []string // the keys of presses
	asked   []string // the reasons of forms
	back    []string // requests whose access was given back by a command
}

// restless is the longest that a process lives after Slack has it connected.
const restless = 400 * time.Millisecond

// asksAtMost keeps one person below the number of requests that one may make in a day.
const asksAtMost = 25

func TestServingIsKilledAtRandomAndLosesNothing(t *testing.T) {
	t.Parallel()
	clock := app.NewClock(monday)
	company := acme(t, clock, nil)
	draw := chance(t)
	m := boot(t, company, clock, point{})
	w := &crowd{survivors: &survivors{people: &people{T: t, c: company, clock: m}, m: m}}
	w.wants(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(caro, "R1 ·", "Approve, 1 h")
	over := make(chan struct{})
	var all sync.WaitGroup
	for n := range 2 {
		all.Go(func() { w.presses(n, over) })
	}
	all.Go(func() {
		defer close(over)
		for range *kills {
			if draw.IntN(5) > 0 { // else it is killed while it starts
				w.connected(1)
			}
			<-time.After(drawn(draw, restless))
			m.strike()
		}
	})
	w.comesAndGoes(over)
	all.Wait()
	w.rests()
	w.later(3 * time.Hour)
	w.until("all access is over", w.c.Okta.Wait, func() bool { return len(w.c.Okta.Members(sandbox.AnalyticsReadGroup)) == 1 })
	w.rests()
	m.stop()
	if n := int(m.kills.Load()); n != *kills {
		t.Errorf("Hallpass was killed %d times, want %d", n, *kills)
	}
	w.nothingLost()
}

// presses presses Caro's button again and again, each press one of its own.
func (w *crowd) presses(n int, over chan struct{}) {
	card, _ := w.find(caro, "R1 ·", "Approve, 1 h")
	payload, err := w.c.Slack.Payload(caro.Slack, card.Channel, card.TS, "approve")
	if err != nil {
		w.Error(err)
		return
	}
	for i := 0; ; i++ {
		select {
		case <-over:
			return
		default:
		}
		trigger := fmt.Sprintf("load.%d.%d.", n, i)
		mine := maps.Clone(payload)
		mine["trigger_id"] = trigger
		err := w.c.Slack.PressForged(w.Context(), caro.Slack, mine)
		switch {
		case err == nil:
			w.mu.Lock()
			w.pressed = append(w.pressed, "trigger:"+trigger)
			w.mu.Unlock()
		case !lost(err):
			w.Error(err)
			return
		}
		w.breathe()
		w.breathe() // else what is taken in short lives would pile up
	}
}

// comesAndGoes has Ana and Dev ask for what everybody may have, and give some of it back.
func (w *crowd) comesAndGoes(over chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-over:
			return
		default:
		}
		if n >= 2*asksAtMost {
			w.breathe()
			continue
		}
		who := []sandbox.Person{ana, dev}[n%2]
		reason := fmt.Sprintf("load number %d", n)
		w.wants(who, "analytics-read for 1h because "+reason)
		w.asked = append(w.asked, reason)
		if n%3 == 0 {
			w.givesBack(who, over)
		}
	}
}

var named = regexp.MustCompile(`R\d+`)

// givesBack types the command until Slack has taken it, first without a name and then with one of those that may be meant. What is not
// given before the last kill is not given back.
func (w *crowd) givesBack(who sandbox.Person, over chan struct{}) {
	w.Helper()
	for words := "give back"; ; w.breathe() {
		select {
		case <-over:
			return
		default:
		}
		r, err := w.c.Slack.Slash(w.Context(), who.Slack, "", "/access", words)
		if err != nil {
			w.Error(err)
			return
		}
		if _, request, taken := strings.Cut(r.Text, "The card of "); taken && r.Err == "" {
			w.back = append(w.back, named.FindString(request))
			return
		}
		words = "give back " + named.FindString(r.Text)
	}
}

// nothingLost compares what Slack has acknowledged with what the stopped Hallpass has in its database.
func (w *crowd) nothingLost() {
	w.Helper()
	st := w.open()
	defer st.Close()
	entries := w.sound(st, w.m.clock)
	err := st.View(w.Context(), func(tx flows.Tx) error {
		deeds, err := deedsOf(tx)
		if err != nil {
			return err
		}
		for _, key := range w.pressed {
			if d := deeds[key]; d == nil || !d.Worked {
				w.Errorf("Slack was told that the press %s is taken, and Hallpass has %+v", key, d)
			}
		}
		requests, err := tx.Requests(flows.RequestFilter{})
		if err != nil {
			return err
		}
		made := map[string]int{}
		for _, r := range requests {
			made[r.Reason]++
		}
		for _, reason := range w.asked {
			if made[reason] != 1 {
				w.Errorf("the form with %q was taken, and made %d requests", reason, made[reason])
			}
		}
		for _, request := range w.back {
			w.wasGivenBack(tx, request)
		}
		live, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{flows.Waiting, flows.Granting, flows.Active, flows.Revoking}})
		if err != nil || len(live) > 0 {
			w.Errorf("%d grants are not over, the first is %+v, %v", len(live), live[0], err)
		}
		return nil
	})
	if err != nil {
		w.Error(err)
	}
	if members := w.c.Okta.Members(sandbox.AnalyticsReadGroup); len(members) != 1 || members[0] != finn.Okta {
		w.Errorf("the group has %v", members)
	}
	w.Logf("acknowledged and there: %d presses, %d forms, %d givings back; %d entries in the log", len(w.pressed), len(w.asked), len(w.back), entries)
	if len(w.pressed) == 0 || len(w.asked) == 0 {
		w.Error("nothing was acknowledged, so nothing was tried")
	}
}

// deedsOf are all committed deeds, by their keys.
func deedsOf(tx flows.Tx) (map[string]*flows.Deed, error) {
	out := map[string]*flows.Deed{}
	for id := int64(1); ; id++ {
		d, err := tx.Deed(id)
		if errors.Is(err, flows.ErrNotFound) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out[d.Key] = d
	}
}

func (w *crowd) wasGivenBack(tx flows.Tx, request string) {
	w.Helper()
	var id flows.RequestID
	if _, err := fmt.Sscanf(request, "R%d", &id); err != nil {
		w.Fatal(request, err)
	}
	list, err := tx.Grants(flows.GrantFilter{Request: id})
	if err != nil || len(list) != 1 || list[0].Cause != flows.GivenBack {
		w.Errorf("giving %s back was taken, and its grants are %+v, %v", request, list, err)
	}
}
