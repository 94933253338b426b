package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/faults"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/slack"
)

// many are the ends that fall due while Okta is down.
const many = 20

// stages adds groups that anybody gets at once.
func stages(c *sandbox.Company) {
	for i := range many {
		g := okta.Group{ID: stage(i), Name: fmt.Sprintf("stage-%02d", i), Profile: map[string]any{"jitTags": "env=staging"}}
		if err := c.Okta.AddGroup(g); err != nil {
			panic(err)
		}
	}
}

func stage(i int) string { return fmt.Sprintf("00gstage%012d", i) }

// holders counts the groups of stages that Ana is in.
func (w *town) holders() int {
	n := 0
	for i := range many {
		if w.member(stage(i), ana) {
			n++
		}
	}
	return n
}

func TestOktaIsDownWhileEndsFallDue(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{fill: stages, probe: probing})
	for i := range many {
		w.asks(ana, fmt.Sprintf("stage-%02d for 1h", i))
	}
	w.until("Ana has everything", w.c.Okta.Wait, func() bool { return w.holders() == many })
	w.gets(ana, fmt.Sprintf("R%d · You have", many), "Give back")
	w.c.Okta.Faults.Set(faults.Fault{Kind: faults.Unavailable})
	w.later(61 * time.Minute)
	w.gets(ana, "Okta has not answered since 13:25. You may still have stage-07. We try again every few seconds; security is told.")
	for i := range many {
		w.tells(fmt.Sprintf("R%d", i+1), "over since 13:25, not taken back yet: Okta does not answer")
	}
	if w.holders() != many {
		t.Fatal("Okta is not down")
	}
	w.c.Okta.Faults.Clear()
	back := time.Now()
	w.until("the first is taken back", w.c.Okta.Wait, func() bool { return w.holders() < many })
	if late := time.Since(back); late > 15*time.Second {
		t.Errorf("the first was taken back %s after Okta answered again", late)
	}
	w.until("everything is taken back", w.c.Okta.Wait, func() bool { return w.holders() == 0 })
	for i := range many {
		w.tells(fmt.Sprintf("R%d", i+1), "· taken back at", "late: Okta does not answer", "taken back, read twice, gone")
	}
	w.gets(ana, "R8 is over. stage-07 was taken back at 13:26.", "you are no longer a member.")
	w.done()
}

func TestAdminsHearOfOktaAndThatItIsOver(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{probe: probing})
	w.agreed("R1", "prod-db", "1h")
	w.c.Okta.Faults.Set(faults.Fault{Kind: faults.Unavailable})
	w.later(61 * time.Minute)
	w.gets(ana, "Okta has not answered since 13:25.", "security is told.")
	w.quiet() // what is over within a minute, admins need not know
	w.longAgo("okta", time.Minute)
	w.hears(sandbox.AuditChannel, "Okta has not answered for 1 min. 1 end waits for it: that person may still have the access. Hallpass tries again every few seconds.")
	w.c.Okta.Faults.Clear()
	w.isNot(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 is over.", "you are no longer a member.")
	w.hears(sandbox.AuditChannel, "Okta answers again, after 1 min. No end waits for it any more.")
	w.done()
}

// longAgo has a vendor's silence have begun so much earlier. It is measured in machine time, which no test waits for.
func (w *town) longAgo(integration string, d time.Duration) {
	w.Helper()
	if err := w.app.Store().Change(w.Context(), func(tx flows.Tx) error {
		l, err := tx.Lane(flows.LaneTarget(integration))
		if err != nil {
			return err
		}
		l.Since = l.Since.Add(-d)
		return tx.PutLane(l)
	}); err != nil {
		w.Fatal(err)
	}
}

func TestSlackIsDownWhileAnEndFallsDue(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]struct{ begin, end func(*town) }{
		"down": {
			func(w *town) { w.c.SlackFaults.Set(faults.Fault{Kind: faults.Down}); w.c.Slack.Drop(0) },
			func(w *town) { w.c.SlackFaults.Clear() },
		},
		"hanging": {func(w *town) { w.c.Slack.Hang(true) }, func(w *town) { w.c.Slack.Hang(false) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settle(t, plan{probe: probing})
			w.agreed("R1", "prod-db", "1h")
			trouble.begin(w)
			w.later(time.Hour)
			w.isNot(sandbox.ProdDBGroup, ana)
			w.holds("the proof", func(tx flows.Tx) (bool, error) {
				g, err := tx.Grant(1)
				return err == nil && g.State == flows.Ended, err
			})
			trouble.end(w)
			w.gets(ana, "R1 is over. prod-db was taken back at 13:25.", "you are no longer a member.")
			w.tells("R1", "· taken back at 13:25", "taken back, read twice, gone")
			w.done()
		})
	}
}

// waiting is how many messages wait for a chat that hangs, while an end falls due.
const waiting = 10_000

func TestMessagesThatWaitDelayNoEnd(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{probe: probing})
	w.agreed("R1", "prod-db", "1h")
	w.c.Slack.Hang(true)
	if err := w.app.Store().Change(t.Context(), func(tx flows.Tx) error {
		for i := range waiting {
			p := flows.Post{Kind: flows.PostAdmin, Key: fmt.Sprintf("flood/%d", i), Platform: "slack", Workspace: sandbox.TeamID, Channel: sandbox.AuditChannel, Text: "One of many."}
			if err := flows.WantPost(tx, &p); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.later(61 * time.Minute)
	due := time.Now()
	w.isNot(sandbox.ProdDBGroup, ana)
	if late := time.Since(due); late > 5*time.Second {
		t.Errorf("the end came %s late", late)
	}
	w.c.Slack.Hang(false)
	w.gets(ana, "R1 is over.", "you are no longer a member.") // what is for people comes before the crowd
	w.done()
}

func TestConnectionsComeAndGo(t *testing.T) {
	t.Parallel()
	w, card := asked(t, plan{})
	w.c.Slack.DisconnectAll(slack.RefreshRequested)
	w.press(caro, card, "approve") // at once, while the links are being replaced
	m := w.gets(ben, "R1 ·", "Approve, 1 h")
	w.connected(2)
	w.c.Slack.DisconnectAll(slack.Warning)
	w.press(ben, m, "approve")
	w.gets(ana, "R1 · You have prod-db", "Give back")
	w.connected(2)
	w.c.Slack.Drop(1)
	w.press(ana, w.gets(ana, "R1 · You have prod-db", "Give back"), "give_back")
	w.isNot(sandbox.ProdDBGroup, ana)
	w.c.Slack.Drop(0) // nobody is there: Slack says so, and people try again
	if r, err := w.c.Slack.Slash(t.Context(), ana.Slack, "", "/access", "mine"); err != nil || r.Err == "" {
		t.Errorf("a command without a connection was answered: %+v %v", r, err)
	}
	w.connected(2)
	if said := w.types(ana, "mine"); !has(said, "You have no access") && !has(said, "nothing") {
		t.Errorf("Ana reads: %s", said)
	}
	w.gets(ana, "R1 is over.", "you are no longer a member.")
	if lost := w.c.Slack.LostEvents(); len(lost) > 0 {
		t.Errorf("Slack gave up on %v", lost)
	}
	w.quiet()
	w.done()
}

func TestNobodyIsOnCall(t *testing.T) {
	t.Parallel()
	w, card := asked(t, plan{fill: func(c *sandbox.Company) {
		if err := c.PagerDuty.LeaveGap(sandbox.PrimarySchedule); err != nil {
			panic(err)
		}
	}})
	w.press(caro, card, "approve")
	w.gets(ana, "R1 ·", "Nobody is on call for SRE primary right now, so")
	w.tells("R1", "Nobody is on call for SRE primary right now, so the fallback is asked")
	w.press(eve, w.gets(eve, "R1 ·", "Approve, 1 h"), "approve")
	w.gets(ana, "R1 · You have prod-db")
	w.done()
}

func TestPagerDutyDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w, card := asked(t, plan{})
	w.c.PagerDuty.Faults.Set(faults.Fault{Kind: faults.Unavailable})
	w.press(caro, card, "approve")
	w.gets(ana, "R1 ·", "PagerDuty does not answer, so we can’t tell who", "We keep asking; nothing is decided meanwhile.")
	w.tells("R1", "waiting: PagerDuty does not answer")
	if _, there := w.find(eve, "R1"); there {
		t.Error("what is not known was taken for nobody: the fallback was asked")
	}
	w.done()
}

func TestSomebodyLeaves(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.agreed("R1", "prod-db", "1h")
	w.asks(ana, "prod-cache for 1h because OPS-1: replay failed payments")
	card := w.gets(caro, "R2 ·", "Approve, 1 h")
	if err := w.c.Okta.Suspend(ana.Okta); err != nil {
		t.Fatal(err)
	}
	w.sync()
	w.isNot(sandbox.ProdDBGroup, ana)
	w.tells("R1", "ending early: the account is no longer active", "taken back, read twice, gone")
	w.becomes(caro, card, "Canceled at 13:25: Ana Silva is no longer active in the directory")
	w.tells("R2", "canceled at 12:25")
	w.done()
}

// sync has Okta synced now.
func (w *town) sync() {
	w.Helper()
	before := w.c.Okta.Faults.CallsTo("GET", "/api/v1/users")
	if err := w.app.Store().Change(w.Context(), func(tx flows.Tx) error { return flows.WantSync(tx, "okta", tx.Real()) }); err != nil {
		w.Fatal(err)
	}
	w.holds("the sync", func(tx flows.Tx) (bool, error) {
		i, err := tx.Intent(flows.IntentSync, "sync/okta")
		return err == nil && i.Owner == "" && i.Due.After(tx.Real()) && w.c.Okta.Faults.CallsTo("GET", "/api/v1/users") > before, err
	})
}

func TestOneAsksTooMuch(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	for range 10 {
		w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	}
	w.gets(caro, "R10 ·", "Approve")
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(ana, "You have 10 requests waiting, which is the most at one time. Cancel one, or wait for an answer.")
	if !strings.Contains(strings.Join(w.refusals(), "\n"), "You have 10 requests waiting") {
		t.Error("the log does not say so")
	}
	w.done()
}
