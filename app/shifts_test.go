package app_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// onCallAtOnce gives production at once to whoever is on call, as planned.
func onCallAtOnce(text string) string {
	return with("max: 8h, custom: true", "max: 8h, custom: true, in_total: 40h per 7d")(
		with("      steps:\n", "      automatic: [{shift: {in: pagerduty, schedule: PSRE01, level: 1}}]\n      steps:\n")(text))
}

// planned waits until the plan of the primary has been read as it is now.
func (w *town) planned() {
	w.Helper()
	now := w.time.Now()
	w.holds("the plan was read", func(tx flows.Tx) (bool, error) {
		s, err := tx.Sync("plan/pagerduty/PSRE01/1")
		return !s.Complete.Before(now.Add(-time.Minute)), err
	})
}

func TestOnCallAsPlannedGetsItAtOnceAndAnOverrideDoesNot(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: onCallAtOnce})
	w.planned()
	w.asks(ben, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(ben, "R1 ·", "Not given at once: we have known only since 13:25 that you are on call now (SRE primary), and 12 h are wanted.", "Waiting for Caro Lind")
	w.sees(caro, w.gets(caro, "R1 ·", "Approve, 1 h"), "Not at once", "we have known only since 13:25 that Ben Okafor is on call now (SRE primary), and 12 h are wanted.")

	w.later(6 * time.Hour)
	w.planned()
	w.later(7 * time.Hour) // it is 01:25, and Dev has taken over at 20:00, as planned
	w.planned()
	if said := w.types(dev, "prod-db for 1h because OPS-1: replay failed payments"); said != "" {
		t.Fatal(said)
	}
	if form := w.c.Slack.ViewText(*w.c.Slack.View(dev.Slack)); !has(form, "You will get it at once: you are on call for SRE primary until 13:30.") {
		t.Errorf("Dev's form says\n%s", form)
	}
	if wrong := w.sends(dev); wrong != "" {
		t.Fatal(wrong)
	}
	w.gets(dev, "R2 · You have prod-db")
	w.tells("R2", "approved at once by the flow production")

	w.overrides(ben.PagerDuty)
	w.later(15 * time.Minute)
	w.planned()
	w.types(ben, "prod-cache for 1h because OPS-1: replay failed payments")
	if form := w.c.Slack.ViewText(*w.c.Slack.View(ben.Slack)); !has(form, "Not given at once: we have known only since", "that you are on call now (SRE primary), and 12 h are wanted.") {
		t.Errorf("Ben's form says\n%s", form)
	}
	w.sends(ben)
	w.gets(caro, "R3 ·", "Not at once", "we have known only since 02:40 that Ben Okafor is on call now (SRE primary), and 12 h are wanted.", "Approve, 1 h")
	w.gets(ben, "R3 ·", "Not given at once: we have known only since 02:40", "Waiting for Caro Lind")
	w.done()
}
