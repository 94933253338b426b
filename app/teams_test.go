package app_test

import (
	"fmt"
	"strings"
	"testing"

	"hallpass/sandbox"
	"hallpass/sandbox/teams"
)

// withTeams is the configuration with Teams beside Slack.
func (w *town) withTeams(text string) string {
	t := w.c.Teams
	return strings.Replace(text, "people:\n", fmt.Sprintf("teams:\n  app_id: %s\n  secret: file:secrets/teams-secret\n  tenant: %s\n  listen: 127.0.0.1:0\n"+
		"  link: {attribute: entraId}\n  metadata_url: %s\n  token_url: %s\n  service_url: %s\n  service_hosts: [%s]\npeople:\n", sandbox.TeamsAppID, sandbox.TenantID,
		t.MetadataURL(), t.TokenURL(), t.ServiceURL(), strings.TrimSuffix(t.ServiceURL(), "/teams/")), 1)
}

// bothChats is a town with Teams beside Slack, in which these people have the app in Teams.
func bothChats(t *testing.T, on ...sandbox.Person) *town {
	t.Helper()
	w := settle(t, plan{teams: true})
	w.c.Teams.SetBotURL(w.app.TeamsURL())
	for _, who := range on {
		if err := w.c.Teams.Install(t.Context(), who.Teams, w.c.Teams.DM(who.Teams)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// says has somebody write to Hallpass on Teams.
func (w *town) says(who sandbox.Person, text string) {
	w.Helper()
	if _, err := w.c.Teams.Say(w.Context(), who.Teams, text); err != nil {
		w.Fatal(err)
	}
}

// finds is the newest message on Teams that has these words for somebody.
func (w *town) finds(who sandbox.Person, words ...string) (teams.Message, bool) {
	list := w.c.Teams.See(who.Teams, w.c.Teams.DM(who.Teams))
	for i := len(list) - 1; i >= 0; i-- {
		if has(w.c.Teams.TextFor(list[i], who.Teams), words...) {
			return list[i], true
		}
	}
	return teams.Message{}, false
}

// getsOnTeams waits for such a message.
func (w *town) getsOnTeams(who sandbox.Person, words ...string) (m teams.Message) {
	w.Helper()
	defer func() {
		if m.ID == "" {
			for _, m := range w.c.Teams.See(who.Teams, w.c.Teams.DM(who.Teams)) {
				w.Log(w.c.Teams.TextFor(m, who.Teams))
			}
		}
	}()
	w.until(who.Name+" gets a message on Teams with "+strings.Join(words, ", "), w.c.Teams.Wait, func() (ok bool) { m, ok = w.finds(who, words...); return ok })
	return m
}

func (w *town) pressesOnTeams(who sandbox.Person, m teams.Message, button string) teams.Pressed {
	w.Helper()
	p, err := w.c.Teams.Press(w.Context(), who.Teams, m.Conversation, m.ID, button)
	if err != nil || p.Err != "" {
		w.Fatalf("%s presses %s: %v %s", who.Name, button, err, p.Err)
	}
	return p
}

func (w *town) noProblemsOnTeams() {
	w.Helper()
	if list := w.c.Teams.Problems(); len(list) > 0 {
		w.Errorf("Teams would complain:\n%s", strings.Join(list, "\n"))
	}
}

// asksOnTeams is somebody who writes to Hallpass, opens the form that it offers, and sends it in.
func (w *town) asksOnTeams(who sandbox.Person, text string) {
	w.Helper()
	w.says(who, "access "+text)
	p := w.pressesOnTeams(who, w.getsOnTeams(who, "what you typed is filled in", "[ Ask for access ]"), "Ask for access")
	if p.Dialog == nil {
		w.Fatalf("no form opened: %+v", p)
	}
	sent, err := w.c.Teams.Submit(w.Context(), who.Teams, "Ask")
	if err != nil || !sent.Closed {
		w.Fatalf("the form was not taken: %v %+v", err, sent)
	}
}

func TestMadeOnTeamsApprovedOnSlack(t *testing.T) {
	w := bothChats(t, ana)
	w.asksOnTeams(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.getsOnTeams(ana, "R1 · prod-db", "Waiting for Caro Lind")
	w.press(caro, w.gets(caro, "R1 ·", "Approve"), "approve")
	w.press(ben, w.gets(ben, "R1 ·", "Approve"), "approve")
	have := w.getsOnTeams(ana, "R1 · You have prod-db", "[ Give back ]")
	w.isMember(sandbox.ProdDBGroup, ana)
	w.tells("R1", "given in Okta")
	w.pressesOnTeams(ana, have, "Give back")
	w.getsOnTeams(ana, "R1 is over", "Checked in Okta")
	w.isNot(sandbox.ProdDBGroup, ana)
	w.done()
	w.noProblemsOnTeams()
}

func TestMadeOnSlackApprovedOnTeams(t *testing.T) {
	w := bothChats(t, caro, ben)
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.pressesOnTeams(caro, w.getsOnTeams(caro, "R1 ·", "Approve, 1 h"), "Approve, 1 h")
	w.pressesOnTeams(ben, w.getsOnTeams(ben, "R1 ·", "Approve, 1 h"), "Approve, 1 h")
	w.press(ana, w.gets(ana, "R1 · You have prod-db", "Give back"), "give_back")
	w.gets(ana, "R1 is over", "Checked in Okta")
	w.getsOnTeams(caro, "R1 ·", "Approved by you")
	w.done()
	w.noProblemsOnTeams()
}
