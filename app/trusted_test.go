package app_test

import (
	"strings"
	"testing"

	"hallpass/flows"
	"hallpass/sandbox"
)

// Ana makes a friend her manager, where an admin of Okta has let people do that.
func TestSomebodyWhoWritesHisOwnManager(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.asks(ana, "analytics-read for 1h")
	w.gets(ana, "R1 · You have")
	w.stop()
	w.c.Okta.SetOwn("", "managerId", true)
	if err := w.c.Okta.SetProfile(sandbox.AnaOkta, map[string]any{"managerId": finn.Email}); err != nil {
		t.Fatal(err)
	}
	w.start(plan{}) // access is out, so it goes on
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(ana, "R2", "Okta lets people change their own managerId, so we can’t tell who decides (your manager). We keep asking; nothing is decided meanwhile.")
	w.until("the admins are told", w.c.Slack.Wait, func() bool {
		return has(strings.Join(w.alarms(), "\n"), "Okta lets people change their own managerId, so it cannot say who somebody's manager is. An admin of Okta sets its")
	})
	for _, who := range []sandbox.Person{finn, caro} {
		if _, asked := w.find(who, "R2 ·"); asked {
			t.Errorf("%s is asked", who.Name)
		}
	}
	w.holds("nobody was asked", func(tx flows.Tx) (bool, error) {
		r, err := tx.Request(2)
		return len(r.Asked) == 0 && r.State == flows.Pending, err
	})
	if w.member(sandbox.ProdDBGroup, ana) {
		t.Error("Ana has it")
	}
	w.done()
}
