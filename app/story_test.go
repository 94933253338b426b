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
	w.gets(caro, "asks for prod-db (member), 2 h", "Approved by you at 13:25, for 30 min. Ana Silva has it until 13:55.")
	w.tells("R1", "Caro Lind agreed as manager, for 30 min", "active until 12:55")
	w.done()
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.agreed("R1", "prod-db", "1h")
	if said := w.types(eve, "active"); !has(said, "Everything active", "R1  Ana Silva → prod-db (member) · active until 14:25", "Revoke…") {
		t.Errorf("Eve reads: %s", said)
	}
	if said := w.types(eve, "revoke R1 the laptop was lost"); said != "Taking prod-db away (R1). The feed tells when it is gone." {
		t.Errorf("Eve reads: %s", said)
	}
	w.isNot(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 is over. Eve Moreau ended it at 12:25: “the laptop was lost”.")
	w.gets(ana, "R1 is over. Eve Moreau took prod-db away early, at 12:25: “the laptop was lost”. Checked in Okta at 12:25:")
	w.tells("R1", "taken away early at 12:25", "revoked by Eve Moreau: “the laptop was lost”")
	w.tells("R1", "taken back, read twice, gone")
	w.done()
}
