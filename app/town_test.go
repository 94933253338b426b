package app_test

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"hallpass/app"
	"hallpass/config"
	"hallpass/demo"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// patience is how long anything in a story may take, in machine time. It is generous: the machine may be busy.
const patience = 60 * time.Second

// monday is when every story begins, by company time: 12:25 in Lisbon, where Ana sits, and 13:25 in Berlin, where Ben and Caro do.
var monday = time.Date(2026, 11, 2, 12, 25, 0, 0, time.UTC)

// quick are the times of the program in tests: a proof within a blink, a call long enough for a busy machine.
var quick = demo.Timing{CallTimeout: 5 * time.Second, ProofGap: 50 * time.Millisecond}

// probing is how soon a test looks whether a vendor's trouble is over.
const probing = 200 * time.Millisecond

// plan is how a town differs from the usual one.
type plan struct {
	// edit changes the configuration's text.
	edit func(text string) string
	// fill changes the company before Hallpass starts.
	fill func(*sandbox.Company)
	// slack changes how the workspace is set up.
	slack func(*slack.Options)
	teams bool          // Teams is there beside Slack
	alone bool          // and Slack is not
	gap   time.Duration // between the two reads of a proof
	probe time.Duration // between two looks whether a vendor's trouble is over
	call  time.Duration // the longest a call may take, where a test waits for one that was lost
}

// town is the company with Hallpass running in it, and its people.
type town struct {
	*people
	dir  string
	time *app.Clock
	app  *app.App
	stop func()
}

// settle starts a company and the very program against it.
func settle(t *testing.T, p plan) *town {
	t.Helper()
	clock := app.NewClock(monday)
	company := acme(t, clock, p.slack)
	w := &town{people: &people{T: t, c: company, clock: clock}, dir: t.TempDir(), time: clock, stop: func() {}}
	t.Cleanup(func() { w.stop() })
	if p.fill != nil {
		p.fill(company)
	}
	w.configure(p)
	w.start(p)
	w.synced()
	return w
}

func (w *town) configure(p plan) {
	w.Helper()
	path, err := demo.Files(w.dir, w.c, demo.DefaultTiming)
	if err != nil {
		w.Fatal(err)
	}
	switch {
	case p.alone:
		w.edit(path, w.withTeamsAlone)
		err = w.writeTeamsSecret()
	case p.teams:
		w.edit(path, w.withTeams)
		err = w.writeTeamsSecret()
	}
	if err == nil && p.edit != nil {
		w.edit(path, p.edit)
	}
	if err != nil {
		w.Fatal(err)
	}
}

func (w *town) edit(path string, change func(string) string) {
	w.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(change(string(text))), 0o600)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// start boots Hallpass; stop ends it and leaves the database.
func (w *town) start(p plan) {
	w.Helper()
	set, err := config.Load(w.dir+"/config.yaml", config.Options{})
	if err != nil {
		w.Fatal(err)
	}
	set.Timing.CallTimeout, set.Timing.ProofGap = cmp.Or(p.call, quick.CallTimeout), max(quick.ProofGap, p.gap)
	log := zerolog.New(zerolog.NewTestWriter(w.T)).Level(zerolog.WarnLevel)
	a, err := app.New(w.Context(), app.Options{Config: set, Clock: w.time, Log: log, ProbeEvery: p.probe, LogLag: time.Millisecond})
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	w.app = a
	w.stop = func() {
		w.stop = func() {}
		cancel()
		if err := errors.Join(<-ran, a.Close()); err != nil {
			w.Error(err)
		}
	}
	if set.Slack.Used() {
		w.connected(2)
	}
}

// synced waits until the catalog is there.
func (w *town) synced() {
	w.Helper()
	w.holds("the first sync", func(tx flows.Tx) (bool, error) {
		s, err := tx.Sync("okta")
		return !s.Complete.IsZero(), err
	})
}

// holds waits for something to be true in the store. Nothing rings for it, so it is looked at again and again.
func (w *town) holds(what string, ready func(flows.Tx) (bool, error)) {
	w.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		ok := false
		if err := w.app.Store().View(w.Context(), func(tx flows.Tx) (err error) { ok, err = ready(tx); return err }); err != nil {
			w.Fatal(err)
		}
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			w.Fatalf("%s did not come true in the store within %s", what, patience)
		}
	}
}

// entries are the audit log's, of these actions.
func (w *town) entries(actions ...flows.Action) []flows.Entry {
	w.Helper()
	var out []flows.Entry
	if err := w.app.Store().View(w.Context(), func(tx flows.Tx) (err error) {
		out, err = tx.Entries(flows.EntryFilter{Actions: actions})
		return err
	}); err != nil {
		w.Fatal(err)
	}
	return out
}

// refusals are what the log holds about what was not allowed, as "who: why".
func (w *town) refusals() []string {
	w.Helper()
	var out []string
	for _, e := range w.entries(flows.ActRefused) {
		out = append(out, e.Via+": "+e.Text)
	}
	return out
}

// refused asserts that the log holds exactly one refusal more than before, by this account and with these words.
func (w *town) refused(user, words string) {
	w.Helper()
	list := w.refusals()
	n := 0
	for _, r := range list {
		if strings.Contains(r, user) && strings.Contains(r, words) {
			n++
		}
	}
	if n == 0 {
		w.Errorf("the log holds no refusal of %s with %q; it has:\n%s", user, words, strings.Join(list, "\n"))
	}
}

// done ends a story: nothing that Slack would punish, a log that verifies, and no state without work that should have it.
func (w *town) done() {
	w.Helper()
	w.unnoticed()
	w.sound(w.app.Store(), w.time)
}

// alarms are what the admins were told.
func (p *people) alarms() []string {
	var out []string
	for _, m := range p.c.Slack.Messages(sandbox.AuditChannel) {
		out = append(out, p.c.Slack.TextFor(m, sandbox.EveSlack))
	}
	return out
}

// quiet asserts that the admins were told nothing.
func (p *people) quiet() {
	p.Helper()
	if list := p.alarms(); len(list) > 0 {
		p.Errorf("the admins were told:\n%s", strings.Join(list, "\n"))
	}
}

func has(text string, words ...string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}
