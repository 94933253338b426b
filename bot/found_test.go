package bot

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

func TestAdminsSettleInHomeWhatWasFound(t *testing.T) {
	w := newWorld(t)
	w.change(func(tx flows.Tx) error {
		r := &flows.Request{State: flows.Approved, Asker: "ana", For: "ana", Entitlement: flows.Entitlement{ResourceKey: db.ResourceKey, Permission: "member"}, Stray: true, Made: tx.Now()}
		if err := tx.PutRequest(r); err != nil {
			return err
		}
		g := &flows.Grant{State: flows.Active, Request: r.ID, Person: "ana", Entitlement: r.Entitlement, Duration: 15 * time.Minute, Started: tx.Now(), Ends: tx.Now().Add(15 * time.Minute)}
		if err := tx.PutGrant(g); err != nil {
			return err
		}
		if err := tx.PutMeta("recovering", `{"Number":7,"Since":"2026-11-22T12:00:00Z","Why":"its log ends with entry 3","Trouble":{"okta":"Okta does not answer"}}`); err != nil {
			return err
		}
		return tx.PutMeta("questions", `[{"Key":"a1b2c3-ben","Entitlement":{"Integration":"okta","Type":"group","ID":"00g1","Permission":"member"},"Person":"ben","Why":"it came later"}]`)
	})
	if err := w.bot.OpenedHome(ctx, ana); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plainHome(w.chat.home), "Found after a restore") {
		t.Error("somebody who is no admin is shown what waits for admins")
	}
	if err := w.bot.OpenedHome(ctx, caro); err != nil {
		t.Fatal(err)
	}
	page := plainHome(w.chat.home)
	for _, words := range []string{"Found after a restore", "‹its log ends with entry 3›", "‹okta›: ‹Okta does not answer›.", "Hallpass gave it, and no longer knows why.",
		"has ‹prod-db› (‹member›), and nobody can tell who gave it: ‹it came later›."} {
		if !strings.Contains(page, words) {
			t.Errorf("Home does not say %q:\n%s", words, page)
		}
	}
	n := 0
	for _, act := range []Action{ActKeepHours, ActKeepWeek, ActTakeFound, ActLeaveFound} {
		for _, b := range buttonsOf(w.chat.home, act) {
			n++
			w.press(Pressed{Account: caro, Action: act, Value: b.Value, Home: true, Key: b.Value})
		}
	}
	w.work()
	w.expectDid("caro settles G1: keep 8h", "caro settles a1b2c3-ben: keep 8h", "caro settles G1: keep 7d", "caro settles G1: take", "caro settles a1b2c3-ben: take", "caro settles a1b2c3-ben: left")
	if n != 6 {
		t.Errorf("%d buttons", n)
	}
}
