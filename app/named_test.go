package app_test

import (
	"strings"
	"testing"

	"hallpass/sandbox"
	"hallpass/sandbox/faults"
	"hallpass/sandbox/jira"
	"hallpass/sandbox/slack"
)

// wantsMore has the flow of production ask for a ticket, and questions of its own; and forbids what is frozen.
func wantsMore(text string) string {
	text = strings.Replace(text, `why: {reason: required, at_least: 10, hint: "The ticket, and what you will do"}`, `why:
      reason: required
      at_least: 10
      ticket: {in: jira, pattern: "(OPS|SEC)-[0-9]+", status: [To Do, Open, In Progress], reuse: 2}
      fields:
        - {name: customer, label: Customer, kind: text, required: true}
        - {name: impact, label: Impact, kind: choice, choices: [none, some]}
        - {name: backup, label: I have a backup, kind: checkbox, required: true}
        - {name: partner, label: Working with, kind: person}`, 1)
	text = strings.Replace(text, "      remind: 15m\n", "      remind: 15m\n      escalate: {after: 1h, to: [{group: security}]}\n", 1)
	return strings.Replace(text, "flows:\n", `flows:
  - name: frozen
    who: {any: [{everyone: true}]}
    what: [{in: okta, type: group, name: prod-cache}]
    deny: true

`, 1)
}

// names opens the form of a command and fills in what the flow asks besides.
func (p *people) names(who sandbox.Person, command, ticket string) {
	p.Helper()
	if said := p.types(who, command); said != "" {
		p.Fatalf("%s types %s and reads: %s", who.Name, command, said)
	}
	p.fills(who, "ticket", slack.Typed(ticket))
	p.fills(who, "own_customer", slack.Typed("Foo & <!channel> *Ltd*"))
	p.fills(who, "own_backup", slack.Chosen("Yes"))
}

func TestAFormThatAsksMore(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: wantsMore})
	w.types(ana, "prod-db until 18:00 because OPS-1: replay failed payments")
	v, _ := w.form(ana, "own_partner")
	if text := w.c.Slack.ViewText(*v); !has(text, "OPS-1", "assigned to you, To Do, Open or In Progress", "Customer", "I have a backup", "Working with", "until 18:00") {
		t.Errorf("the form reads\n%s", text)
	}
	if wrong := w.sends(ana); wrong != "Please complete this required field.; Please complete this required field." {
		t.Errorf("Slack itself says %q", wrong)
	}
	w.fills(ana, "own_customer", slack.Typed("Foo & <!channel> *Ltd*"))
	w.fills(ana, "own_backup", slack.Chosen("Yes"))
	w.fills(ana, "own_impact", slack.Chosen("some"))
	if _, err := w.c.Slack.Options(t.Context(), ana.Slack, v.ID, "", "own_partner", "okaf"); err != nil {
		t.Fatal(err)
	}
	w.fills(ana, "own_partner", slack.Chosen("Ben Okafor"))
	if wrong := w.sends(ana); wrong != "" {
		t.Fatalf("Ana reads %s", wrong)
	}
	card := w.gets(caro, "R1 ·", "until 19:00 (5 h 35 min)") // 18:00 in Lisbon, where Ana sits
	w.sees(caro, card, "Ticket", "OPS-1, In Progress, assigned to Ana Silva", "Customer", "Foo & <!channel> *Ltd*", "Impact  some", "I have a backup  yes",
		"Working with  Ben Okafor", "Silence  at 14:25 security is asked")
	w.gets(ana, "R1 · prod-db (member), until 18:00", "At 13:25 security is asked.")
	w.press(caro, card, "approve")
	w.press(ben, w.gets(ben, "R1 ·", "Approve"), "approve")
	w.gets(ana, "R1 · You have prod-db (member) until 18:00")
	w.tells("R1", "replay failed payments", "given in Okta")
	w.done()
}

func TestMomentsAndAnswersAreHeldAtTheirFields(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: wantsMore})
	w.names(ana, "prod-db until 09:00 because replay failed payments", "OPS-1")
	for typed, reads := range map[string]string{
		"until 09:00":    "At most 8 h here. Ask for 8 h and extend later.",
		"until nonsense": "",
		"18:00":          `"18:00" lacks a word; write "until 18:00", or a duration like 2h`,
		"9h":             "At most 8 h here. Ask for 8 h and extend later.",
	} {
		w.fills(ana, "custom", slack.Typed(typed))
		if wrong := w.sends(ana); wrong == "" || reads != "" && wrong != reads {
			t.Errorf("%q is answered with %q, want %q", typed, wrong, reads)
		}
	}
	w.fills(ana, "custom", slack.Typed("90m"))
	if wrong := w.sends(ana); wrong != "" {
		t.Errorf("90m is answered with %q", wrong)
	}
	w.gets(caro, "R1 ·", "1 h 30 min")
	w.done()
}

// The tickets that an asker might try, each from her own form.
func TestTicketsThatAreNoReason(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: wantsMore, fill: func(c *sandbox.Company) {
		for _, i := range []jira.Issue{
			{Project: sandbox.WorkProject, Summary: "Ben's", Reporter: ben.Jira, Assignee: ben.Jira},
			{Project: sandbox.WorkProject, Summary: "Nobody's", Reporter: ben.Jira},
			{Project: sandbox.WorkProject, Summary: "Done", Reporter: ben.Jira, Assignee: ana.Jira},
		} {
			if _, err := c.Jira.Open(i); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Jira.Move("OPS-4", "Done"); err != nil {
			t.Fatal(err)
		}
	}})
	tries := func(ticket, reads string) {
		t.Helper()
		w.names(ana, "prod-db for 1h because replay failed payments", ticket)
		if wrong := w.sends(ana); wrong != reads {
			t.Errorf("%s is answered with %q, want %q", ticket, wrong, reads)
		}
	}
	tries("OPS-2", "OPS-2 is assigned to somebody else. Name a ticket that is assigned to you.")
	tries("OPS-3", "OPS-3 is assigned to nobody. Name a ticket that is assigned to you.")
	tries("OPS-4", "OPS-4 is Done; it must be To Do, Open or In Progress.")
	tries("OPS-99", "OPS-99 does not exist in Jira, or Hallpass may not see it. Name another ticket.")
	tries("x OPS-1", "x OPS-1 is not a ticket that is wanted here: its key must match (OPS|SEC)-[0-9]+.")
	tries("ops-1", "")
	w.gets(caro, "R1 ·", "OPS-1, In Progress, assigned to Ana Silva")
	w.until("the ticket of R1 is open", w.c.Jira.Wait, func() bool { _, ok := w.c.Jira.Issue("SEC-1"); return ok })
	w.tells("R1", "SEC-1")
	own := "SEC-1 was made by Hallpass itself, so it is no reason to be given anything. Name the ticket of your work."
	if err := w.c.Jira.Assign("SEC-1", ana.Jira); err != nil {
		t.Fatal(err)
	}
	tries("SEC-1", own)
	tries("OPS-1", "")
	w.gets(caro, "R2 ·", "OPS-1")
	tries("OPS-1", "OPS-1 was named 2 times already, which is the most. Name another ticket.")
	w.c.Jira.Faults.Set(faults.Fault{Kind: faults.Down})
	tries("OPS-1", "Jira does not answer, so we can’t check OPS-1. Try again in a minute.")
	w.done()
}

func TestWhatIsForbiddenSaysSo(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: wantsMore})
	w.types(ana, "prod-cache for 1h because replay failed payments")
	v, _ := w.form(ana, "resource")
	if text := w.c.Slack.ViewText(*v); !has(text, "prod-cache cannot be asked for: the flow frozen forbids it.") {
		t.Errorf("the form reads\n%s", text)
	}
	if said := w.types(ana, "why prod-db for 1h"); !has(said, "prod-db", "production", "manager") {
		t.Errorf("why prod-db? %s", said)
	}
	if said := w.types(gus, "why prod-db"); !has(said, "Guests of this workspace cannot use Hallpass.") {
		t.Errorf("a guest reads %s", said)
	}
	w.types(ana, "analytics-read for 1h")
	v, _ = w.form(ana, "duration")
	if text := w.c.Slack.ViewText(*v); !has(text, "You will get it at once.") {
		t.Errorf("the form reads\n%s", text)
	}
	w.done()
}
