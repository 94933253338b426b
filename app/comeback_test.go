package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/sandbox"
)

// notesTo are the messages to somebody that are not a card of a request, as they read.
func (w *town) notesTo(who sandbox.Person) (out []string) {
	for _, m := range w.messages(who) {
		if k := keyOf(m); !strings.HasPrefix(k, "asker/") && !strings.HasPrefix(k, "approver/") && k != "" {
			out = append(out, w.text(m, who))
		}
	}
	return out
}

// exactly asserts what somebody was told besides the cards of requests, since so many messages.
func (w *town) exactly(who sandbox.Person, since int, want ...string) {
	w.Helper()
	got := w.notesTo(who)[since:]
	if len(got) != len(want) || slices.ContainsFunc(want, func(words string) bool { return !has(strings.Join(got, "\n—\n"), strings.Split(words, "\n")...) }) {
		w.Errorf("%s was told\n%s\nwant %d messages with\n%s", who.Name, strings.Join(got, "\n—\n"), len(want), strings.Join(want, "\n—\n"))
	}
}

// What was given, asked and agreed to on a Friday, when Hallpass goes off until Monday.
func TestAWeekendOff(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{probe: probing})
	w.agreed("R1", "prod-db", "1h")
	w.asks(ana, "analytics-read for 1h")
	w.gets(ana, "R2 · You have analytics-read")
	w.asks(dev, "prod-db for 1h because OPS-1: replay failed payments")
	dev3 := w.gets(dev, "R3 ·", "Waiting for")
	caro3 := w.gets(caro, "R3 ·", "Approve")
	told := map[string]int{}
	for _, p := range []sandbox.Person{ana, ben, caro, dev, eve} {
		told[p.Name] = len(w.notesTo(p))
	}
	w.stop()
	w.later(64 * time.Hour)
	w.start(plan{probe: probing})

	w.isNot(sandbox.ProdDBGroup, ana)
	w.isNot(sandbox.AnalyticsReadGroup, ana)
	w.gets(ana, "Hallpass was off from")
	w.gets(dev, "Hallpass was off from")
	w.hears(sandbox.AuditChannel, "Hallpass was off for 2 d 16 h: 2 ends came late, by up to 2 d 15 h and 1 request lapsed.")
	w.becomes(dev, dev3, "R3", "Lapsed")
	w.becomes(caro, caro3, "Lapsed")
	w.holds("every message that is wanted stands", func(tx flows.Tx) (bool, error) {
		list, err := tx.Intents(flows.IntentFilter{Kind: flows.IntentPost})
		return len(list) == 0, err
	})
	w.exactly(ana, told[ana.Name], "Hallpass was off from Nov 2, 2026 at 12:25 to today at 04:25.\nR1 is over. prod-db was taken back at 04:25. Checked in Okta at 04:25:\nR2 is over. analytics-read was taken back at 04:25. Checked in Okta at 04:25:\nyou are no longer a member.")
	w.exactly(dev, told[dev.Name], "Hallpass was off from Nov 2, 2026 at 17:55 to today at 09:55.\nR3 · prod-db (member). Lapsed at\n: nobody decided in 1 d.\n[ Ask for access ]")
	for _, p := range []sandbox.Person{ben, caro, eve} {
		w.exactly(p, told[p.Name])
	}
	w.done()
}
