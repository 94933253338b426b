package app_test

import (
	"strings"
	"sync"
	"testing"

	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// asked is a town in which Ana has asked for prod-db and Caro has her card.
func asked(t *testing.T, p plan) (*town, slack.Message) {
	t.Helper()
	w := settle(t, p)
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	return w, w.gets(caro, "R1 ·", "Approve, 1 h")
}

// forges presses Caro's Approve as somebody else, as if they had her card on their screen.
func (w *town) forges(user string, card slack.Message, change func(payload map[string]any)) {
	w.Helper()
	payload, err := w.c.Slack.Payload(caro.Slack, card.Channel, card.TS, "approve")
	if err != nil {
		w.Fatal(err)
	}
	delete(payload, "user")
	delete(payload, "trigger_id")
	if change != nil {
		change(payload)
	}
	if err := w.c.Slack.PressForged(w.Context(), user, payload); err != nil {
		w.Fatal(err)
	}
}

func TestPeopleWhoMayNotAsk(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{fill: func(c *sandbox.Company) {
		c.Slack.AddUser(slack.User{ID: "U0NEW", TeamID: sandbox.TeamID, Name: "newby", RealName: "New Newby", Email: "new@acme.example"})
	}})
	newby := sandbox.Person{Name: "Newby", Slack: "U0NEW"}
	for _, c := range []struct {
		who      sandbox.Person
		does     string
		reads    string
		recorded bool
	}{
		{gus, "prod-db for 1h because I need it", "Guests of this workspace cannot use Hallpass.", true},
		{newby, "prod-db for 1h because I need it", "Your Slack account is not linked to anybody in Okta. Ask #access-help to add it, then try again.", true},
		{newby, "mine", "Your Slack account is not linked to anybody in Okta. Ask #access-help to add it, then try again.", true},
		{ben, "active", "Only admins of Hallpass can do that.", true},
		{ben, "revoke R1 because I can", "Only admins of Hallpass can do that.", true},
		{ana, "cancel R7", "You have no request waiting called R7.", false},
		{ana, "give back", "You have nothing.", false},
	} {
		if said := w.types(c.who, c.does); !has(said, c.reads) {
			t.Errorf("%s types %q and reads %q, want %q", c.who.Name, c.does, said, c.reads)
		}
		if c.recorded {
			w.refused(c.who.Slack, c.reads)
		}
	}
	w.types(eve, "prod-db for 1h because I need it now") // Eve is an admin, which is no right to have it
	if v := w.c.Slack.View(eve.Slack); v == nil || !has(w.c.Slack.ViewText(*v), "Nothing called prod-db that you can ask for. Yours: analytics-read. Ask #access-help.") {
		t.Error("Eve is not told that she can have analytics-read only")
	}
	w.types(ana, "all-engineers for 1h because I need it now") // a rule assigns it, so it is no target
	if v := w.c.Slack.View(ana.Slack); v == nil || !has(w.c.Slack.ViewText(*v), "Nothing called all-engineers that you can ask for. Yours: analytics-read, prod-cache, prod-db.") {
		t.Error("Ana is not told what she can have")
	}
	if len(w.entries(flows.ActAsked)) > 0 {
		t.Error("somebody who may not ask has asked")
	}
	w.quiet()
	w.done()
}

func TestPressesThatDoNotCount(t *testing.T) {
	t.Parallel()
	w, card := asked(t, plan{})
	for _, c := range []struct{ user, reads string }{
		{ana.Slack, "You asked for this yourself, so you can’t decide it. Caro Lind can."},
		{finn.Slack, "That card was not made for you, so the press was not counted. Caro Lind can."},
		{gus.Slack, "Guests of this workspace cannot use Hallpass."},
		{sandbox.SamSlack, "This chat is not set up for Hallpass."},
		{"U0NOBODY", "This chat is not set up for Hallpass."},
	} {
		w.forges(c.user, card, nil)
		w.holds("the refusal of "+c.user, func(tx flows.Tx) (bool, error) {
			list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{flows.ActRefused}})
			for _, e := range list {
				if has(e.Via, c.user) && has(e.Text, c.reads) {
					return true, err
				}
			}
			return false, err
		})
	}
	w.gets(ana, "You asked for this yourself, so you can’t decide it. Caro Lind can.")
	w.gets(finn, "That card was not made for you, so the press was not counted. Caro Lind can.")
	if list := w.entries(flows.ActApproved, flows.ActDenied); len(list) > 0 {
		t.Errorf("a press counted: %+v", list)
	}
	w.becomes(caro, card, "Approve, 1 h") // her own still does
	w.press(caro, card, "approve")
	w.gets(ben, "R1 ·", "Approve, 1 h")
	w.quiet()
	w.done()
}

// A message that Hallpass never posted, or forgot because it died while Slack took it: the press counts for nothing, and says so.
func TestAPressOnAMessageThatHallpassDoesNotKnow(t *testing.T) {
	t.Parallel()
	w, card := asked(t, plan{})
	w.forges(caro.Slack, card, func(p map[string]any) {
		p["container"] = map[string]any{"type": "message", "message_ts": "1.000001", "channel_id": card.Channel}
	})
	w.gets(caro, "This card was out of date. Here is how things stand now; press again if you still mean it.")
	w.refused(caro.Slack, "This card was out of date.")
	card = w.gets(caro, "R1 ·", "Approve, 1 h")
	w.forges(caro.Slack, card, func(p map[string]any) { // a request that there is not
		action := p["actions"].([]any)[0].(map[string]any)
		action["value"] = strings.Replace(action["value"].(string), "1", "77", 1)
	})
	w.gets(caro, "That request does not exist here.")
	card = w.gets(caro, "R1 ·", "Approve, 1 h")
	w.forges(caro.Slack, card, func(p map[string]any) { // nothing of ours at all
		p["actions"].([]any)[0].(map[string]any)["value"] = "'; DROP TABLE requests"
	})
	if list := w.entries(flows.ActApproved, flows.ActDenied); len(list) > 0 {
		t.Errorf("a press counted: %+v", list)
	}
	w.done()
}

func TestTheSamePressThreeTimes(t *testing.T) {
	t.Parallel()
	w, card := asked(t, plan{})
	w.c.Slack.Duplicate(3)
	w.press(caro, card, "approve")
	w.press(ben, w.gets(ben, "R1 ·", "Approve, 1 h"), "approve")
	w.press(ana, w.gets(ana, "R1 · You have prod-db", "Give back"), "give_back")
	w.gets(ana, "R1 is over.", "you are no longer a member.")
	w.c.Slack.Duplicate(1)
	w.types(ana, "prod-cache for 1h because OPS-1: replay failed payments")
	w.c.Slack.Duplicate(3)
	if wrong := w.sends(ana); wrong != "" {
		t.Fatal(wrong)
	}
	w.gets(caro, "R2 ·", "Approve, 1 h")
	if len(w.entries(flows.ActApproved)) != 2 || len(w.entries(flows.ActEnding)) != 1 || len(w.entries(flows.ActAsked)) != 2 || len(w.refusals()) > 0 {
		t.Errorf("a repeat was taken for another: %v", w.refusals())
	}
	w.done()
}

// owners has one step in which two of the database owners must agree.
func owners(text string) string {
	return strings.Replace(text, "all: [{manager: 1}]", "all: [{group: database-owners}]", 1)
}

func TestTwoApproversAtTheSameMoment(t *testing.T) {
	t.Parallel()
	w, card := asked(t, plan{edit: owners})
	other := w.gets(dev, "R1 ·", "Approve, 1 h")
	var both sync.WaitGroup
	both.Go(func() { w.press(caro, card, "approve") })
	both.Go(func() { w.press(dev, other, "approve") })
	both.Wait()
	w.until("the later one is told", w.c.Slack.Wait, func() bool {
		_, one := w.find(caro, "Dev Patel has already agreed, at 13:25. Ben Okafor can.")
		_, two := w.find(dev, "Caro Lind has already agreed, at 17:55. Ben Okafor can.")
		return one || two
	})
	if n := len(w.entries(flows.ActApproved)); n != 1 {
		t.Errorf("%d decisions counted", n)
	}
	w.press(ben, w.gets(ben, "R1 ·", "on call, SRE primary", "Approve, 1 h"), "approve")
	w.gets(ana, "R1 · You have prod-db")
	if n := len(w.messages(ben)); n != 1 {
		t.Errorf("Ben, who was asked in both steps, has %d messages:\n%s", n, w.everything())
	}
	w.done()
}

func TestAPressOnAnOldCard(t *testing.T) {
	t.Parallel()
	w, seen := asked(t, plan{})
	w.press(ana, w.gets(ana, "R1 ·", "Cancel"), "cancel")
	w.becomes(caro, seen, "Canceled at 13:25 by Ana Silva")
	if err := w.c.Slack.PressStale(t.Context(), caro.Slack, seen, "approve"); err != nil {
		t.Fatal(err)
	}
	w.gets(caro, "This was canceled at 13:25.")
	w.refused(caro.Slack, "This was canceled at 13:25.")
	w.sees(caro, seen, "Canceled at 13:25 by Ana Silva")
	w.done()
}

func TestPressesAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	card := w.agreed("R1", "prod-db", "1h")
	approver := w.gets(ben, "R1 ·", "Approved by you")
	first := approver.Versions[0]
	w.press(ana, card, "give_back")
	w.gets(ana, "R1 is over.", "you are no longer a member.")
	if err := w.c.Slack.PressStale(t.Context(), ana.Slack, card, "give_back"); err != nil {
		t.Fatal(err)
	}
	w.gets(ana, "This access is over already.")
	w.refused(ana.Slack, "This access is over already.")
	if err := w.c.Slack.PressStale(t.Context(), ana.Slack, card, "extend"); err != nil {
		t.Fatal(err)
	}
	if v := w.c.Slack.View(ana.Slack); v == nil || !has(w.c.Slack.ViewText(*v), "This access is over. Ask for it again.") {
		t.Error("Ana is not told that it is over")
	}
	old := approver
	old.Blocks = first.Blocks
	if err := w.c.Slack.PressStale(t.Context(), ben.Slack, old, "approve"); err != nil {
		t.Fatal(err)
	}
	w.gets(ben, "You have already agreed, at 13:25.")
	w.refused(ben.Slack, "You have already agreed, at 13:25.")
	if n := len(w.entries(flows.ActGiven)); n != 1 || w.member(sandbox.ProdDBGroup, ana) {
		t.Errorf("given %d times", n)
	}
	w.done()
}
