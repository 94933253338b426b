package app_test

import (
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

func TestExtended(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.agreed("R1", "prod-db", "1h")
	w.later(50 * time.Minute)
	warning := w.gets(ana, "prod-db ends at 13:25, in", "[ Extend… ] [ Give back now ]")
	w.press(ana, warning, "extend")
	w.fills(ana, "duration", slack.Chosen("30 min"))
	w.fills(ana, "reason", slack.Typed("OPS-1: two batches are left"))
	if wrong := w.sends(ana); wrong != "" {
		t.Fatal(wrong)
	}
	w.press(caro, w.gets(caro, "R2 ·", "asks to extend prod-db (member) of R1 by 30 min", "Approve, 30 min"), "approve")
	w.press(ben, w.gets(ben, "R2 ·", "from 14:25 to 14:55", "Approve, 30 min"), "approve")
	w.gets(ana, "You have prod-db (member) until 13:55 now, 30 min more.")
	w.becomes(ana, warning, "prod-db was extended: you have it until 13:55.")
	w.tells("R1", "active until 13:55", "extended by 30 min until 13:55")
	w.later(10 * time.Minute) // past the first end
	w.gets(ana, "R1 · You have prod-db (member) until 13:55")
	w.later(20 * time.Minute)
	w.gets(ana, "prod-db ends at 13:55, in")
	w.later(10 * time.Minute)
	w.isNot(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 is over. prod-db was taken back at 13:55.", "you are no longer a member.")
	if h := w.c.Okta.History(); len(h) < 2 || len(w.entries(flows.ActGiven)) != 1 || len(w.entries(flows.ActWarned)) != 2 {
		t.Errorf("Okta saw %v", h)
	}
	w.quiet()
	w.done()
}

func TestWhoWasThereBeforeStays(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.asks(finn, "analytics-read for 1h")
	w.gets(finn, "You have analytics-read (member) until 14:25 (1 h). You were a member before, and that stays afterwards.")
	w.later(time.Hour)
	w.gets(finn, "R1 is over. Its time ended at 14:25. You were a member before Hallpass; that stays. Security has been told.")
	w.tells("R1", "over at 13:25, there before and stays", "over; there before Hallpass, so it stays")
	if !w.member(sandbox.AnalyticsReadGroup, finn) {
		t.Error("Finn has lost what he had before")
	}
	w.done()
}

// Somebody who was added by hand since the last sync has no evidence for having been there before.
func TestWhoWasAddedByHandIsToldToTheAdmins(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	if err := w.c.Okta.AddMember(sandbox.AnalyticsReadGroup, ana.Okta); err != nil {
		t.Fatal(err)
	}
	w.asks(ana, "analytics-read for 1h")
	w.gets(ana, "You have analytics-read (member) until 13:25 (1 h).")
	w.until("the admins are told", w.c.Slack.Wait, func() bool {
		list := w.alarms()
		return len(list) == 1 && has(list[0], "R1: Ana Silva already has analytics-read, and no sync saw that before it was asked for.", "It will be taken away when R1 ends.")
	})
	w.later(time.Hour)
	w.isNot(sandbox.AnalyticsReadGroup, ana)
	w.gets(ana, "R1 is over. analytics-read was taken back at 13:25.", "you are no longer a member.")
	w.done()
}

func TestLeasesThatOverlap(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.asks(ana, "analytics-read for 1h")
	w.gets(ana, "R1 · You have analytics-read (member) until 13:25")
	w.asks(ana, "analytics-read for 8h")
	w.gets(ana, "R2 · You have analytics-read (member) until 20:25")
	w.later(time.Hour)
	w.gets(ana, "R1 is over. Its time ended at 13:25. You still have analytics-read until 20:25 through R2.")
	w.tells("R1", "over at 13:25, held on by R2")
	w.later(7 * time.Hour)
	w.isNot(sandbox.AnalyticsReadGroup, ana)
	w.gets(ana, "R2 is over. analytics-read was taken back at 20:25.", "you are no longer a member.")
	w.quiet()
	w.done()
}

func TestAnotherWriterPutsItBack(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{gap: time.Second})
	card := w.agreed("R1", "prod-db", "1h")
	w.press(ana, card, "give_back")
	for range 2 {
		w.isNot(sandbox.ProdDBGroup, ana)
		w.holds("the first read", func(tx flows.Tx) (bool, error) {
			h, err := tx.Holding(1)
			return err == nil && !h.FirstRead.IsZero(), err
		})
		if err := w.c.Okta.AddMember(sandbox.ProdDBGroup, ana.Okta); err != nil {
			t.Fatal(err)
		}
	}
	w.until("the admins are told", w.c.Slack.Wait, func() bool {
		list := w.alarms()
		return len(list) == 1 && has(list[0], "Somebody or something in Okta keeps giving prod-db back to Ana Silva after it was taken away.")
	})
	w.gets(ana, "R1 is over.", "somebody or something in Okta gives it back to you. Security has been told.")
	w.tells("R1", "over since 12:25, put back by somebody else", "put back by somebody else; taking it away goes on")
	w.done()
}

// What was asked for while Hallpass was away, ended while it was away, and was pressed while it was away.
func TestHallpassIsAway(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.agreed("R1", "prod-db", "1h")
	w.stop()
	w.later(3 * time.Hour)
	w.start(plan{})
	w.isNot(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 is over. prod-db was taken back at 15:25.", "you are no longer a member.") // late, and honest about it
	w.tells("R1", "taken back at 15:25", "taken back, read twice, gone")
	w.gets(ana, "Hallpass was off from 12:25 to 15:25.", "R1 is over. prod-db was taken back at 15:25.")
	w.hears(sandbox.AuditChannel, "Hallpass was off for 3 h: 1 end came late, by up to 2 h.")
	w.done()
}
