package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/teams"
)

// kept is what Hallpass holds: how much log and inbox there is, and where the request stands.
func (w *town) kept() string {
	w.Helper()
	var out string
	if err := w.app.Store().View(w.Context(), func(tx flows.Tx) error {
		entries, err := tx.Entries(flows.EntryFilter{})
		if err != nil {
			return err
		}
		deeds := int64(0)
		for ; err == nil; deeds++ {
			_, err = tx.Deed(deeds + 1)
		}
		if !errors.Is(err, flows.ErrNotFound) {
			return err
		}
		list, err := tx.Requests(flows.RequestFilter{})
		out = fmt.Sprintf("%d entries, %d deeds", len(entries), deeds)
		for _, r := range list {
			out += fmt.Sprintf(", %d is %s at revision %d", r.ID, r.State, r.Revision)
		}
		return err
	}); err != nil {
		w.Fatal(err)
	}
	return out
}

// carosYes is the press by which Caro approves Ana's request on Teams, as her client would send it.
func (w *town) carosYes() map[string]any {
	w.Helper()
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(ana, "R1 ·", "Waiting for Caro Lind")
	w.tells("R1", "SEC-1", "asked:") // then nothing is left to be written down
	card := w.getsOnTeams(caro, "R1 ·", "Approve, 1 h")
	press, err := w.c.Teams.Payload(caro.Teams, card.Conversation, card.ID, "Approve, 1 h")
	if err != nil {
		w.Fatal(err)
	}
	return press
}

// delivers has the Bot service bring an activity.
func (w *town) delivers(activity map[string]any, token teams.Token) teams.Delivered {
	w.Helper()
	d, err := w.c.Teams.Deliver(w.Context(), activity, token)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// The desk of the very program that serve runs believes no token but a good one, and only the first delivery of what it carries counts.
func TestOnlyAGoodTokenIsBelieved(t *testing.T) {
	w := bothChats(t)
	bad := w.c.Teams.BadTokens() // before the first activity, so that their keys are among those that the program reads
	if err := w.c.Teams.Install(t.Context(), caro.Teams, w.c.Teams.DM(caro.Teams)); err != nil {
		t.Fatal(err)
	}
	press := w.carosYes()
	before := w.kept()
	if len(bad) < 25 {
		t.Errorf("only %d bad tokens are known", len(bad))
	}
	for _, b := range bad {
		if d := w.delivers(press, b.Token); d.Status != http.StatusForbidden || len(d.Body) > 0 {
			t.Errorf("%s: answered with %d %s", b.Name, d.Status, d.Body)
		}
	}
	for name, changes := range map[string]map[string]any{
		"another channel": {"channelId": "webchat"}, "no channel": {"channelId": ""}, "a service that is not allowed": {"serviceUrl": "https://evil.example/"},
		"a service beside the allowed one": {"serviceUrl": strings.Replace(w.c.Teams.ServiceURL(), "127.0.0.1", "127.0.0.2", 1)},
	} {
		activity := maps.Clone(press)
		maps.Copy(activity, changes)
		if d := w.delivers(activity, teams.Token{}); d.Status != http.StatusForbidden || len(d.Body) > 0 {
			t.Errorf("%s under a good token: answered with %d %s", name, d.Status, d.Body)
		}
	}
	if after := w.kept(); after != before {
		t.Errorf("what is kept changed:\n%s\n%s", before, after)
	}

	first := w.delivers(press, teams.Token{})
	if first.Status != http.StatusOK {
		t.Fatalf("the good one: answered with %d %s", first.Status, first.Body)
	}
	w.getsOnTeams(caro, "R1 ·", "Approved by you")
	w.gets(ben, "R1 ·", "Approve, 1 h")
	w.tells("R1", "agreed as manager")
	after := w.kept()
	if after == before {
		t.Error("the good one changed nothing")
	}
	again := w.delivers(press, teams.Token{})
	if again.Status != http.StatusOK || !bytes.Equal(again.Body, first.Body) {
		t.Errorf("delivered again: %d\n%s\nthe first answer was\n%s", again.Status, again.Body, first.Body)
	}
	if now := w.kept(); now != after {
		t.Errorf("delivered again, it changed what is kept:\n%s\n%s", after, now)
	}
	w.done()
}

// Whoever may not use Hallpass reads why, and the log keeps it; the Bot service hears that all is well.
func TestStrangersAreToldNoOnTeams(t *testing.T) {
	const meeting = "19:standup@thread.v2"
	visitor := sandbox.Person{Name: "Somebody", Teams: "visitor"}
	sam := sandbox.Person{Name: "Sam", Teams: sandbox.SamTeams}
	w := bothChats(t, ana)
	w.c.Teams.AddUser(teams.User{ID: visitor.Teams, Name: "Somebody", Anonymous: true})
	w.c.Teams.AddChat(teams.Chat{ID: meeting, Name: "Stand-up", Members: []string{ana.Teams, gus.Teams, sam.Teams, visitor.Teams}})
	if err := w.c.Teams.Install(t.Context(), ana.Teams, meeting); err != nil {
		t.Fatal(err)
	}
	if err := w.c.Teams.Install(t.Context(), sam.Teams, ""); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who          sandbox.Person
		where, reads string
	}{
		"a guest":                             {gus, meeting, "Guests of this organization cannot use Hallpass."},
		"somebody of another tenant, at home": {sam, w.c.Teams.DM(sam.Teams), "This chat is not set up for Hallpass."},
		"somebody of another tenant, with us": {sam, meeting, "Only people of this organization can use Hallpass"},
		"somebody who has not signed in":      {visitor, meeting, "Teams does not say who you are"},
	} {
		refusals, unanswered := len(w.refusals()), w.c.Teams.Unanswered()
		if err := w.writes(c.who, c.where, "access prod-db for 1h because OPS-1: replay failed payments"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.until(name+" is told no", w.c.Teams.Wait, func() bool {
			for _, m := range w.c.Teams.See(c.who.Teams, c.where) {
				if has(w.c.Teams.TextFor(m, c.who.Teams), c.reads) {
					return true
				}
			}
			return false
		})
		if w.c.Teams.Unanswered() > unanswered {
			t.Errorf("%s: the Bot service was told that something is wrong", name)
		}
		if list := w.refusals(); len(list) != refusals+1 || !strings.Contains(list[len(list)-1], c.reads) {
			t.Errorf("%s: the log holds\n%s", name, strings.Join(list, "\n"))
		}
	}
	if kept := w.kept(); strings.Contains(kept, "revision") {
		t.Errorf("somebody's request stands: %s", kept)
	}
	w.done()
}

// writes has somebody write to Hallpass, behind a mention where others read along.
func (w *town) writes(who sandbox.Person, where, text string) (err error) {
	if where == w.c.Teams.DM(who.Teams) {
		_, err = w.c.Teams.Say(w.Context(), who.Teams, text)
	} else {
		_, err = w.c.Teams.Mention(w.Context(), who.Teams, where, text)
	}
	return err
}
