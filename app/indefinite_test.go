package app_test

import (
	"strings"
	"testing"
	"time"

	"hallpass/sandbox"
)

// Ana asks for access without an end. Caro and Ben see that it has none, nothing happens for two months, and an admin ends it.
func TestUntilRevoked(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: func(text string) string {
		return strings.Replace(text, "max: 8h, custom: true,", "max: 8h, custom: true, indefinite: true,", 1)
	}})
	w.asks(ana, "prod-db until revoked because OPS-1: I am on the team now")
	for _, who := range []sandbox.Person{caro, ben} {
		m := w.gets(who, "R1 ·", "asks for prod-db (member), until revoked", "Approve, until revoked", "Shorter…")
		w.press(who, m, "approve")
	}
	card := w.gets(ana, "R1 · You have prod-db (member) until revoked", "Give back")
	w.sees(ana, card, "since 12:25")
	if now, _ := w.c.Slack.Message(card.Channel, card.TS); has(w.text(now, ana), "Extend") {
		t.Error("what has no end can be extended")
	}
	w.gets(ana, "You have prod-db (member) until revoked. Give it back when you no longer need it.")
	w.gets(caro, "Ana Silva has it until revoked.")
	w.tells("R1", "until revoked · active until revoked")
	w.until("the ticket says so", w.c.Jira.Wait, func() bool {
		for _, i := range w.c.Jira.Issues() {
			for _, c := range i.Comments {
				if has(i.Summary, "R1: prod-db for Ana Silva, until revoked") && has(c.Text, "agreed by Caro Lind and Ben Okafor, until revoked.") {
					return true
				}
			}
		}
		return false
	})

	w.later(60 * 24 * time.Hour)
	w.isMember(sandbox.ProdDBGroup, ana)
	if said := w.types(eve, "active"); !has(said, "R1  Ana Silva → prod-db (member) · active until revoked, held for 60 d", "Revoke…") {
		t.Errorf("Eve reads: %s", said)
	}
	if _, warned := w.find(ana, "prod-db ends at"); warned {
		t.Error("Ana was warned of an end that there is none of")
	}
	w.types(eve, "revoke R1 she has changed teams")
	w.isNot(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 is over. Eve Moreau took prod-db away", "“she has changed teams”", "you are no longer a member.")
	w.tells("R1", "taken away", "revoked by Eve Moreau: “she has changed teams”", "taken back, read twice, gone")
	w.done()
}
