package app_test

import (
	"strings"
	"testing"
	"time"

	"hallpass/sandbox"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/slack"
)

// opens types a command and gives the form that it brings.
func (w *town) opens(who sandbox.Person, command string) string {
	w.Helper()
	if said := w.types(who, command); said != "" {
		w.Fatalf("%s types %s and reads: %s", who.Name, command, said)
	}
	v, _ := w.form(who, "reason")
	return w.c.Slack.ViewText(*v)
}

func TestAFormHasTheTimesOfOnesGroup(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: with("    warn: 10m\n", "    for_groups: [{group: sre, how_long: {choices: [15m, 30m], max: 30m}}]\n    warn: 10m\n")})
	if form := w.opens(ana, "prod-db"); !has(form, "up to 8 h", "2 h", "other…") {
		t.Errorf("Ana's form reads\n%s", form)
	}
	if form := w.opens(ben, "prod-db for 2h"); !has(form, "up to 30 min", "15 min", "“2h” cannot be chosen here. Choose how long below.") || has(form, "other…") {
		t.Errorf("Ben's form reads\n%s", form)
	}
	w.opens(ben, "prod-db because OPS-1: replay failed payments")
	if wrong := w.sends(ben); wrong != "" {
		t.Fatal(wrong)
	}
	w.gets(caro, "R1 · Ben Okafor", "asks for prod-db (member), 15 min", "Approve, 15 min")
	w.done()
}

// The form says at once only for what is chosen, and to those who are exempt for everything.
func TestAFormSaysAtOnceForWhatIsChosen(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: func(text string) string {
		return with("max: 8h, custom: true", "max: 8h, custom: true, in_total: 40h per 7d")(
			with("      steps:\n", "      automatic: [{group: engineering, at_most: 1h}]\n      exempt: [{user: finn.berg@acme.example}]\n      steps:\n")(text))
	}})
	if form := w.opens(ana, "prod-db for 1h because OPS-1: replay failed payments"); !has(form, "You will get it at once") {
		t.Errorf("for an hour the form reads\n%s", form)
	}
	w.fills(ana, "duration", slack.Chosen("2 h"))
	w.until("the form follows", w.c.Slack.Wait, func() bool {
		v := w.c.Slack.View(ana.Slack)
		return v != nil && has(w.c.Slack.ViewText(*v), "your manager (Caro Lind)")
	})
	if wrong := w.sends(ana); wrong != "" {
		t.Fatal(wrong)
	}
	w.gets(caro, "R1 ·", "Approve, 2 h")
	if form := w.opens(finn, "prod-db for 2h because OPS-1: replay failed payments"); !has(form, "You will get it at once: you are exempt from asking.") {
		t.Errorf("Finn's form reads\n%s", form)
	}
	if wrong := w.sends(finn); wrong != "" {
		t.Fatal(wrong)
	}
	w.gets(finn, "R2 · You have prod-db")
	w.done()
}

// Three of a group are asked at first, the others after a while; a reminder comes in place of the card; then others are asked; then it lapses.
func TestWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: func(text string) string {
		return strings.Replace(owners(text), "      remind: 15m\n", "      remind: 15m\n      escalate: {after: 1h, to: [{user: gus.conrad@acme.example}, {user: finn.berg@acme.example}]}\n", 1)
	}, fill: func(c *sandbox.Company) { _ = c.Okta.AddMember(sandbox.DatabaseOwnersGroup, eve.Okta) }})
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	first := w.gets(caro, "R1 ·", "Approve, 1 h")
	if _, asked := w.find(eve, "R1 ·"); asked {
		t.Error("the fourth of the group was asked at once")
	}
	w.later(5*time.Minute + time.Second)
	w.gets(eve, "R1 ·", "Why you  one of database-owners", "Approve, 1 h")
	w.later(10 * time.Minute)
	w.until("Caro's card comes anew", w.c.Slack.Wait, func() bool {
		now, ok := w.find(caro, "R1 ·", "Approve, 1 h")
		_, stands := w.c.Slack.Message(first.Channel, first.TS)
		return ok && now.TS != first.TS && !stands
	})
	w.gets(ana, "R1 ·", "At 13:25 gus.conrad@acme.example", "finn.berg@acme.example")
	w.later(46 * time.Minute)
	w.gets(finn, "R1 ·", "Approve, 1 h")
	w.later(23 * time.Hour)
	w.gets(ana, "R1 ·", "Lapsed", "nobody decided in 1 d")
	w.done()
}

func TestWhatASyncBringsIsOfferedAtOnce(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	if err := w.c.Okta.AddGroup(okta.Group{ID: "00greports", Name: "reports", Profile: map[string]any{"jitTags": "env=staging"}}); err != nil {
		t.Fatal(err)
	}
	w.syncs()
	w.asks(finn, "reports for 1h")
	w.gets(finn, "R1 · You have reports")
	if err := w.c.Okta.SetGroupProfile("00greports", map[string]any{"jitTags": "env=old"}); err != nil {
		t.Fatal(err)
	}
	w.syncs()
	w.types(ana, "reports for 1h")
	if form := w.c.Slack.ViewText(*w.c.Slack.View(ana.Slack)); !has(form, "Nothing called reports that you can ask for.") {
		t.Errorf("Ana's form reads\n%s", form)
	}
	w.done()
}
