package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// rewrite changes the configuration's file while Hallpass runs.
func (w *town) rewrite(from, to string) {
	w.Helper()
	path := w.dir + "/config.yaml"
	text, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		w.Fatalf("the configuration does not say %q", from)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		w.Fatal(err)
	}
}

// hears waits until a channel has a message with all of these words.
func (w *town) hears(channel string, words ...string) {
	w.Helper()
	w.until(channel+" hears "+strings.Join(words, ", "), w.c.Slack.Wait, func() bool {
		return slices.ContainsFunc(w.c.Slack.Messages(channel), func(m slack.Message) bool { return has(w.c.Slack.TextFor(m, sandbox.EveSlack), words...) })
	})
}

// releases opens Home and presses what is held.
func (w *town) releases(who sandbox.Person, action string, words ...string) {
	w.Helper()
	if err := w.c.Slack.OpenHome(w.Context(), who.Slack); err != nil {
		w.Fatal(err)
	}
	w.until(who.Name+"'s Home says "+strings.Join(words, ", "), w.c.Slack.Wait, func() bool {
		home := w.c.Slack.Home(who.Slack)
		return home != nil && has(w.c.Slack.ViewText(*home), words...)
	})
	if err := w.c.Slack.PressHome(w.Context(), who.Slack, action); err != nil {
		w.Fatal(err)
	}
}

const managerFirst = "        - all: [{manager: 1}]\n"

// Whoever may write the file, but is no admin, gets nothing by it: not by a reload, and not by a restart.
func TestAFileThatWidensByAReloadWaitsForAnAdmin(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.rewrite(managerFirst, "")
	if err := w.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.hears(sandbox.AuditChannel, "The file’s new flows would let people have more.", "prod-db", "until an admin releases the new ones in App Home")
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(caro, "R1 ·", "Approve")
	w.stop()
	w.start(plan{})
	w.asks(dev, "prod-db for 1h because OPS-2: replay failed payments")
	w.gets(caro, "R2 ·", "Approve")

	w.releases(eve, "free_policy", "New flows that let people have more", "prod-db")
	w.gets(eve, "Released. The new flows are in force.")
	w.hears(sandbox.FeedChannel, "The flows have changed.", "prod-db")
	if err := w.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := w.entries(flows.ActPolicyHeld, flows.ActPolicyFreed, flows.ActPolicy); len(list) != 4 {
		t.Errorf("the log has %d entries about the flows: %v", len(list), list)
	}
	w.done()
}

func TestAReloadThatNarrowsHoldsAtOnce(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.rewrite("max: 8h, custom: true", "max: 2h, custom: true")
	if err := w.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.hears(sandbox.FeedChannel, "The flows have changed.", "5 people get prod-cache and prod-db for at most 2 h (before: 8 h), by flow production.")
	w.types(ana, "prod-db for 4h because OPS-1: replay failed payments")
	if wrong := w.sends(ana); wrong == "" {
		t.Error("more than the new flows allow was asked for")
	}
	w.quiet()
	w.done()
}

func TestABrokenFileChangesNothingAndSaysSo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, says string }{
		"a key that does not exist": {"who: {any:", "hwo: {any:", "unknown key"},
		"not YAML":                  {"flows:", "flows: [", "The changed configuration is refused"},
	} {
		t.Run(name, func(t *testing.T) {
			w := settle(t, plan{})
			w.rewrite(c.from, c.to)
			if err := w.app.Reload(t.Context()); err == nil {
				t.Error("it was taken")
			}
			w.hears(sandbox.AuditChannel, "The changed configuration is refused, and the flows before stay in force.", c.says)
			w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
			w.gets(caro, "R1 ·", "Approve")
			w.done()
		})
	}
}

// Whoever can tag a group in the directory, but is no admin, moves it into no laxer flow.
func TestATagThatIsMovedWaitsForAnAdmin(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	if err := w.c.Okta.SetGroupProfile(sandbox.ProdDBGroup, map[string]any{"jitTags": "env=staging,team=payments"}); err != nil {
		t.Fatal(err)
	}
	sync := func() {
		if err := w.app.Store().Change(t.Context(), func(tx flows.Tx) error { return flows.WantSync(tx, "okta", tx.Real()) }); err != nil {
			t.Fatal(err)
		}
	}
	sync()
	w.hears(sandbox.AuditChannel, "prod-db now has env=staging and team=payments, not env=prod and team=payments.", "until an admin releases it in App Home")
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(caro, "R1 ·", "Approve")
	w.releases(eve, "free_move", "Things that a laxer flow would cover", "prod-db")
	w.gets(eve, "Released. The flows go by what it is now.")
	w.done()
}
