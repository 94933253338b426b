package app_test

import (
	"testing"

	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

func TestAskApproveHaveGiveBack(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	card := w.agreed("R1", "prod-db", "1h")
	w.sees(ana, card, "until 13:25", "1 h since 12:25", "sessions may go on up to 1 h more", "[ Extend… ] [ Give back ]")
	w.gets(ana, "You have prod-db (member) until 13:25 (1 h).")
	w.gets(caro, "Approved by you at 13:25", "Ana Silva has it until 14:25")
	w.press(ana, card, "give_back")
	w.isNot(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 is over.", "You gave prod-db back at 12:25", "Checked in Okta at 12:25:", "you are no longer a member.")
	w.tells("R1", "given back at", "given back by Ana Silva", "taken back, read twice, gone")
	w.quiet()
	w.done()
}

func TestDenied(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	card := w.gets(caro, "R1 ·", "Approve")
	w.press(caro, card, "deny")
	w.fills(caro, "comment", slack.Typed("use the *replica*, <@U0BEN>"))
	if wrong := w.sends(caro); wrong != "" {
		t.Fatal(wrong)
	}
	w.becomes(caro, card, "Denied by you")
	w.gets(ana, "R1 · prod-db (member). Denied by Caro Lind at 12:25: “use the *replica*, <@U0BEN>”.", "Ask for access")
	w.tells("R1", "denied by Caro Lind")
	if _, asked := w.find(ben, "R1"); asked {
		t.Error("Ben was asked, though the request had ended")
	}
	t.Log(w.everything())
	w.done()
}

func TestShortened(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.asks(ana, "prod-db for 2h because OPS-1: replay failed payments")
	w.press(caro, w.gets(caro, "R1 ·", "Approve"), "shorter")
	w.fills(caro, "duration", slack.Chosen("30 min"))
	if wrong := w.sends(caro); wrong != "" {
		t.Fatal(wrong)
	}
	m := w.gets(ben, "R1 ·", "Approve, 30 min")
	w.press(ben, m, "approve")
	w.gets(ana, "You have prod-db (member) until 12:55 (30 min).")
	t.Log(w.everything())
	w.done()
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.agreed("R1", "prod-db", "1h")
	t.Log("Ben:", w.types(ben, "revoke R1 because I can"))
	t.Log("Eve:", w.types(eve, "active"))
	t.Log("Eve:", w.types(eve, "revoke R1 the laptop was lost"))
	w.isNot(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 is over.", "Checked in Okta")
	w.tells("R1", "taken back, read twice, gone")
	t.Log(w.everything())
	t.Log(w.refusals())
	w.done()
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	seen := w.gets(caro, "R1 ·", "Approve")
	w.press(ana, w.gets(ana, "R1 ·", "Cancel"), "cancel")
	w.becomes(caro, seen, "Canceled at 13:25 by Ana Silva")
	if err := w.c.Slack.PressStale(t.Context(), caro.Slack, seen, "approve"); err != nil {
		t.Fatal(err)
	}
	w.gets(caro, "This was canceled at")
	t.Log(w.everything())
	t.Log(w.refusals())
	w.done()
}
