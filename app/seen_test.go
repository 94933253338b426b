package app_test

import (
	"testing"

	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// wideOwners are five owners of the databases, of whom Finn is asked last.
func wideOwners(c *sandbox.Company) {
	for _, p := range []sandbox.Person{eve, finn} {
		_ = c.Okta.AddMember(sandbox.DatabaseOwnersGroup, p.Okta)
	}
}

// Those who may decide and were not asked yet find it at Home; the asker saw who can decide, and who of them is on call.
func TestDecidedAtHomeWithoutHavingBeenAsked(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: owners, fill: wideOwners})
	w.types(ana, "prod-db for 1h because OPS-1: replay failed payments")
	v, _ := w.form(ana, "reason")
	if text := w.c.Slack.ViewText(*v); !has(text, "one of database-owners (Ben Okafor, Caro Lind, Dev Patel and 2 others; Ben Okafor is on call)", "and somebody on call for SRE primary (Ben Okafor)") {
		t.Errorf("the form reads\n%s", text)
	}
	if wrong := w.sends(ana); wrong != "" {
		t.Fatal(wrong)
	}
	w.gets(ana, "R1 ·", "Waiting for Ben Okafor (one of database-owners, on call, SRE primary, until 20:00), Caro Lind (one of database-owners) or Dev Patel (one of database-owners) or one of 2 others")
	w.gets(caro, "R1 ·", "Approve, 1 h")
	if _, asked := w.find(finn, "R1"); asked {
		t.Error("Finn was asked")
	}
	w.opensHome(finn, "Waiting for me", "R1 · Ana Silva", "Approve, 1 h")
	if err := w.c.Slack.PressHome(t.Context(), finn.Slack, "approve"); err != nil {
		t.Fatal(err)
	}
	w.press(ben, w.gets(ben, "R1 ·", "Finn Berg", "Approve, 1 h"), "approve")
	w.gets(ana, "R1 · You have prod-db")
	w.tells("R1", "Finn Berg agreed as one of database-owners")
	w.quiet()
	w.done()
}

func TestDeniedAtHomeWithoutHavingBeenAsked(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: owners, fill: wideOwners})
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(caro, "R1 ·", "Approve, 1 h")
	w.opensHome(finn, "R1 · Ana Silva", "Deny…")
	if err := w.c.Slack.PressHome(t.Context(), finn.Slack, "deny"); err != nil {
		t.Fatal(err)
	}
	w.fills(finn, "comment", slack.Typed("not this week"))
	if wrong := w.sends(finn); wrong != "" {
		t.Fatal(wrong)
	}
	w.gets(ana, "Denied by Finn Berg", "“not this week”")
	w.done()
}

// opensHome opens App Home and waits until it has these words.
func (w *town) opensHome(who sandbox.Person, words ...string) {
	w.Helper()
	if err := w.c.Slack.OpenHome(w.Context(), who.Slack); err != nil {
		w.Fatal(err)
	}
	w.until(who.Name+"'s Home", w.c.Slack.Wait, func() bool {
		home := w.c.Slack.Home(who.Slack)
		return home != nil && has(w.c.Slack.ViewText(*home), words...)
	})
}
