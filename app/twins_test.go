package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"hallpass/app"
	"hallpass/config"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/faults"
	"hallpass/store/postgrestest"
)

// twins is a town with two Hallpasses on one PostgreSQL. Slack hands what people do to their sockets in turn.
type twins struct {
	*town
	second *app.App
}

// onTwins tells a story to two replicas, where there is a PostgreSQL.
func onTwins(t *testing.T, p plan, tell func(w *twins)) {
	t.Parallel()
	postgrestest.On(t, func(t *testing.T, dsn string) {
		edit := with("sqlite:hallpass.db", dsn)
		other := p.edit
		p.edit = func(text string) string {
			if other != nil {
				text = other(text)
			}
			return edit(text)
		}
		w := &twins{town: settle(t, p)}
		w.second = w.beside(p)
		w.connected(4)
		tell(w)
		w.done()
	})
}

// beside starts one more Hallpass on the same configuration.
func (w *town) beside(p plan) *app.App {
	w.Helper()
	set, err := config.Load(w.dir+"/config.yaml", config.Options{})
	if err != nil {
		w.Fatal(err)
	}
	set.Timing.CallTimeout, set.Timing.ProofGap = quick.CallTimeout, quick.ProofGap
	a, err := app.New(w.Context(), app.Options{Config: set, Clock: w.time, ProbeEvery: p.probe,
		Log: zerolog.New(zerolog.NewTestWriter(w.T)).Level(zerolog.WarnLevel)})
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	w.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ran, a.Close()); err != nil {
			w.Error(err)
		}
	})
	return a
}

// once asserts how often the log tells of actions, whoever wrote it.
func (w *twins) once(actions ...flows.Action) {
	w.Helper()
	for _, a := range actions {
		if list := w.entries(a); len(list) != 1 {
			w.Errorf("the log tells %q %d times", a, len(list))
		}
	}
}

func TestOnePressThatBothReplicasHearIsOneDecision(t *testing.T) {
	onTwins(t, plan{}, func(w *twins) {
		w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
		w.c.Slack.Duplicate(4) // every socket hears everything
		w.press(caro, w.gets(caro, "R1 ·", "Approve, 1 h"), "approve")
		w.press(ben, w.gets(ben, "R1 ·", "Approve, 1 h"), "approve")
		w.isMember(sandbox.ProdDBGroup, ana)
		w.gets(ana, "R1 · You have prod-db")
		w.later(2 * time.Hour)
		w.isNot(sandbox.ProdDBGroup, ana)
		w.gets(ana, "R1 is over.", "you are no longer a member.")
		w.once(flows.ActAsked, flows.ActRequestOK, flows.ActGiven, flows.ActEnding, flows.ActTakenBack)
		if list := w.entries(flows.ActApproved); len(list) != 2 {
			w.Errorf("the log tells of %d decisions, want Caro's and Ben's", len(list))
		}
		w.until("there is one ticket", w.c.Jira.Wait, func() bool { return len(w.c.Jira.Issues()) > 0 && w.added(sandbox.ProdDBGroup, ana.Okta) == 1 })
		w.quiet()
	})
}

func TestAReloadOnOneReplicaHoldsOnTheOther(t *testing.T) {
	onTwins(t, plan{}, func(w *twins) {
		w.rewrite("max: 8h, custom: true", "max: 2h, custom: true")
		if err := w.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 4 { // the sockets take turns, so that each replica judges
			w.types(ana, "prod-cache for 4h because OPS-1: replay failed payments")
			if wrong := w.sends(ana); wrong == "" {
				w.Error("more than the new flows allow was asked for")
			}
			w.clears(ana)
		}

		w.rewrite(managerFirst, "")
		if err := w.second.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.hears(sandbox.AuditChannel, "The file’s new flows would let people have more.")
		w.releases(eve, "free_policy", "New flows that let people have more", "prod-db")
		w.gets(eve, "Released. The new flows are in force.")
		for n := range 4 {
			w.asks(finn, fmt.Sprintf("prod-cache for 1h because OPS-%d: replay failed payments", n+1))
			w.gets(ben, fmt.Sprintf("R%d ·", n+1), "Approve, 1 h") // nobody waits for a manager any more
		}
		if list := w.entries(flows.ActPolicyHeld, flows.ActPolicyFreed); len(list) != 2 {
			w.Errorf("the log has %d entries about what was held: %v", len(list), list)
		}
	})
}

func TestAFormThatOneReplicaOpenedTheOtherTakes(t *testing.T) {
	onTwins(t, plan{}, func(w *twins) {
		for n := range 4 { // the turns move on by themselves; each form is sent to every socket at once
			w.c.Slack.Duplicate(1)
			w.types(ana, fmt.Sprintf("prod-db for 1h because OPS-%d: replay failed payments", n+1))
			w.c.Slack.Duplicate(4)
			if wrong := w.sends(ana); wrong != "" {
				w.Fatal(wrong)
			}
			w.gets(caro, fmt.Sprintf("R%d ·", n+1), "Approve, 1 h")
		}
		if list := w.entries(flows.ActAsked); len(list) != 4 {
			w.Errorf("four forms made %d requests", len(list))
		}
	})
}

func TestAHandoverThatBothReplicasSeeIsToldOnce(t *testing.T) {
	onTwins(t, plan{edit: with(managerFirst, "")}, func(w *twins) {
		w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
		w.gets(ben, "R1 ·", "Approve, 1 h")
		w.overrides(dev.PagerDuty)
		w.later(3 * time.Minute)
		w.gets(dev, "R1 ·", "Approve, 1 h")
		cards := 0
		for _, m := range w.messages(dev) {
			if strings.HasPrefix(keyOf(m), "approver/1/") {
				cards++
			}
		}
		if cards != 1 {
			w.Errorf("Dev was asked %d times", cards)
		}
	})
}

// Both look after lanes and sweep; what they notice is told once.
func TestWhatBothReplicasNoticeIsToldOnce(t *testing.T) {
	onTwins(t, plan{probe: probing}, func(w *twins) {
		w.asks(ana, "analytics-read for 1h")
		w.gets(ana, "R1 · You have analytics-read")
		w.c.Okta.Faults.Set(faults.Fault{Kind: faults.Unavailable})
		w.later(2 * time.Hour)
		w.gets(ana, "Okta has not answered since", "analytics-read")
		w.c.Okta.Faults.Clear()
		w.isNot(sandbox.AnalyticsReadGroup, ana)
		w.gets(ana, "you are no longer a member.")
		w.once(flows.ActLate, flows.ActTakenBack)
		told := map[string]int{}
		for _, text := range w.alarms() {
			told[text]++
		}
		for text, n := range told {
			if n > 1 {
				w.Errorf("the admins were told %d times:\n%s", n, text)
			}
		}
	})
}
