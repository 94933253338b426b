package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/teams"
)

// A company without Slack: the form with its search, the decisions, the channel, the warning, more time, the end with its proof, the ticket, an alarm.
func TestACompanyWithTeamsOnly(t *testing.T) {
	t.Parallel()
	p := chats["teams"](t, plan{})
	p.on.opens(ana, "")
	p.on.fills(ana, "resource", "prod-db")
	p.on.looks(ana)
	p.on.fills(ana, "reason", "OPS-1: replay failed payments")
	p.sends(ana)
	p.tells("R1", "Ana Silva → prod-db (member), 1 h · waiting for Ana Silva’s manager and somebody on call · SEC-1", "asked: “OPS-1: replay failed payments”")
	p.presses(caro, "Approve, 1 h", "R1 ·")
	p.presses(ben, "Approve, 1 h", "R1 ·")
	p.gets(ana, "R1 · You have prod-db (member) until 13:25", "[ Give back ]")
	p.isMember(sandbox.ProdDBGroup, ana)
	p.later(50 * time.Minute)
	p.presses(ana, "Extend…", "prod-db ends at 13:25, in", "[ Give back now ]")
	p.on.fills(ana, "duration", "30 min")
	p.on.fills(ana, "reason", "OPS-1: two batches are left")
	p.sends(ana)
	p.presses(caro, "Approve, 30 min", "R2 ·")
	p.presses(ben, "Approve, 30 min", "R2 ·")
	p.gets(ana, "You have prod-db (member) until 13:55 now, 30 min more.")
	p.later(40 * time.Minute)
	p.isNot(sandbox.ProdDBGroup, ana)
	p.gets(ana, "R1 is over. prod-db was taken back at 13:55. Checked in Okta at 13:55:", "you are no longer a member.")
	p.tells("R1", "Ana Silva → prod-db (member), 1 h · taken back at 13:55 · agreed by Caro Lind and Ben Okafor · SEC-1", "13:15 warned",
		"extended by 30 min until 13:55", "13:55 taken back, read twice, gone")
	p.until("the ticket is done", p.c.Jira.Wait, func() bool {
		for _, i := range p.c.Jira.Issues() {
			if i.Key == "SEC-1" {
				return i.Status == "Done" && len(i.Comments) == 2
			}
		}
		return false
	})
	p.quiet()
	if err := p.c.Okta.AddMember(sandbox.AnalyticsReadGroup, ana.Okta); err != nil {
		t.Fatal(err)
	}
	p.asks(ana, "analytics-read for 1h")
	p.on.wait("the admins are told in their channel", func() bool {
		list := p.on.alarms()
		return len(list) == 1 && has(list[0], "R3: Ana Silva already has analytics-read, and no sync saw that before it was asked for.")
	})
	p.gets(ana, "You have analytics-read (member) until")
	p.done()
}

// A card that Teams has not edited yet draws itself anew for the one who looks at it, and for nobody else; nothing is changed by looking.
func TestACardIsDrawnAnewForWhoeverLooksAtIt(t *testing.T) {
	t.Parallel()
	p := chats["teams"](t, plan{})
	p.asks(ana, replay)
	card := p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	where, id, _ := strings.Cut(card, " ")
	p.c.Teams.Throttle(teams.OpUpdate, 60, 9)
	p.presses(ana, "Cancel", "R1 ·")
	p.holds("the cancellation", func(tx flows.Tx) (bool, error) {
		r, err := tx.Request(1)
		return err == nil && r.State == flows.Canceled, err
	})
	before := len(p.entries())
	if text := p.on.reads(caro, card); !has(text, "[ Approve, 1 h ]") {
		t.Fatalf("Teams has edited the card:\n%s", text)
	}
	if _, err := p.c.Teams.Look(t.Context(), caro.Teams, where); err != nil {
		t.Fatal(err)
	}
	if text := p.on.reads(caro, card); !has(text, "R1 ·", "Canceled at 13:25 by Ana Silva") || has(text, "[ Approve, 1 h ]") {
		t.Errorf("Caro looks and sees\n%s", text)
	}
	look := map[string]any{"name": "adaptiveCard/action", "replyToId": id, "conversation": map[string]any{"id": where, "conversationType": "personal", "tenantId": sandbox.TenantID},
		"value": map[string]any{"trigger": "automatic", "action": map[string]any{"type": "Action.Execute", "data": map[string]any{"hallpass": map[string]any{"do": "look"}}}}}
	for user, reads := range map[string]string{finn.Teams: "Hallpass has nothing to show you here.", gus.Teams: "Hallpass has nothing to show you here.",
		sandbox.SamTeams: "The card could not be drawn anew just now."} {
		got, err := p.c.Teams.PressForged(t.Context(), user, look)
		if err != nil || got.Status != http.StatusOK || !has(string(got.Body), reads) || has(string(got.Body), "prod-db") {
			t.Errorf("%s looks at Caro's card and gets %d %s, %v", user, got.Status, got.Body, err)
		}
	}
	if after := len(p.entries()); after != before {
		t.Errorf("looking has left %d entries", after-before)
	}
	p.done()
}

func TestAnApproverWithoutTheApp(t *testing.T) {
	t.Parallel()
	p := chats["teams"](t, plan{})
	if err := p.c.Teams.Uninstall(t.Context(), caro.Teams, p.c.Teams.DM(caro.Teams)); err != nil {
		t.Fatal(err)
	}
	p.asks(ana, replay)
	p.gets(ana, "R1 ·", "Waiting for Caro Lind (manager; no chat reaches them), asked at 12:25.")
	p.done()
}

// Somebody who is not in the first chat is asked in the other one.
func TestAnApproverWhoIsNotOnSlack(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{teams: true, fill: func(c *sandbox.Company) { _ = c.Okta.SetProfile(caro.Okta, map[string]any{"slackId": ""}) }})
	w.c.Teams.SetBotURL(w.app.TeamsURL())
	if err := w.c.Teams.Install(t.Context(), caro.Teams, ""); err != nil {
		t.Fatal(err)
	}
	w.asks(ana, replay)
	w.pressesOnTeams(caro, w.getsOnTeams(caro, "R1 ·", "Approve, 1 h"), "Approve, 1 h")
	w.gets(ben, "R1 ·", "Approve, 1 h")
	w.done()
	w.noProblemsOnTeams()
}

// Teams slows Hallpass down, refuses for a moment, and takes a message without saying so: nothing is lost, and nothing comes twice but that message.
func TestTeamsHoldsBackAndLosesAnAnswer(t *testing.T) {
	t.Parallel()
	p := chats["teams"](t, plan{probe: probing})
	p.asks(ana, replay)
	p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	p.tells("R1", "asked:")
	p.c.Teams.Throttle(teams.OpUpdate, 1, 3)
	p.c.Teams.Fail(teams.OpReply, http.StatusPreconditionFailed, "PreconditionFailed", 2)
	p.c.Teams.LoseAnswers(teams.OpSend, http.StatusBadGateway, 1)
	p.presses(caro, "Approve, 1 h", "R1 ·")
	p.on.wait("Ben's card stands twice", func() bool { return p.count(ben, "R1 · Ana Silva") == 2 })
	p.presses(ben, "Approve, 1 h", "R1 ·")
	p.presses(ana, "Give back", "R1 · You have prod-db")
	p.gets(ana, "R1 is over. You gave prod-db back", "you are no longer a member.")
	p.tells("R1", "given back at 12:25", "Caro Lind agreed", "Ben Okafor agreed", "given in Okta", "given back by Ana Silva", "taken back, read twice, gone")
	for words, want := range map[string]int{"You have prod-db (member) until 13:25 (1 h).": 1, "R1 is over": 1, "R1 ·": 0} {
		if n := p.count(ana, words); n != want {
			t.Errorf("Ana has %d messages with %q, want %d", n, words, want)
		}
	}
	if n := strings.Count(p.on.feed("R1"), "└"); n != 6 {
		t.Errorf("the thread has %d replies:\n%s", n, p.on.feed("R1"))
	}
	if n := len(p.entries(flows.ActApproved)); n != 2 {
		t.Errorf("%d decisions counted", n)
	}
	p.town.done()
}

// count is how many messages of somebody have these words.
func (s *play) count(who sandbox.Person, words ...string) (n int) {
	for _, key := range s.on.messages(who) {
		if has(s.on.reads(who, key), words...) {
			n++
		}
	}
	return n
}

// What many see in a channel asks nobody for anything: only cards of one person do.
func TestOnlyCardsOfOnePersonAreDrawnAnew(t *testing.T) {
	t.Parallel()
	p := chats["teams"](t, plan{})
	p.asks(ana, replay)
	p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	p.tells("R1", "asked:")
	for place, want := range map[string]bool{p.c.Teams.DM(caro.Teams): true, sandbox.TeamsFeedChannel: false} {
		list := p.c.Teams.Messages(place)
		var card struct{ Refresh json.RawMessage }
		if err := json.Unmarshal(list[len(list)-1].Card, &card); err != nil || (card.Refresh != nil) != want {
			t.Errorf("in %s a card refreshes itself: %s, %v", place, card.Refresh, err)
		}
	}
	p.done()
}
