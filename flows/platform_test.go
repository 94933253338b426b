package flows_test

import (
	"slices"
	"testing"
	"time"

	"hallpass/flows"
)

const tenant = "3f1c2d6e-0000-4000-8000-00000000acme"

func teamsUser(user string) flows.Account {
	return flows.Account{Platform: "teams", Workspace: tenant, User: user}
}

// bothChats is a company in which some use Slack and some use Teams.
func bothChats(t *testing.T, specs ...flows.FlowSpec) *world {
	w := emptyWorld(t)
	w.set.Platforms = append(w.set.Platforms, flows.Platform{Name: "teams", Title: "Microsoft Teams", Workspaces: []string{tenant}, Link: flows.Link{Attribute: "entraId"}})
	w.change(ana, func(p *flows.Person) { p.Attributes = map[string]string{"entraId": "e-ana"} })
	w.change(ben, func(p *flows.Person) { p.Attributes = map[string]string{"slackId": "Uben", "entraId": "e-ben"} })
	w.begin(specs...)
	return w
}

// onTeams is somebody who acts on Teams.
func (w *world) onTeams(user string) flows.Actor {
	w.t.Helper()
	a, err := w.engine.Identify(w.ctx, teamsUser(user))
	w.must(err)
	return a
}

// chatsOf are the chats in which the posts of a kind for somebody stand, in order.
func (w *world) chatsOf(who flows.PersonID, kind flows.PostKind) (out []string) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Person: who, Kinds: []flows.PostKind{kind}})
		for _, p := range list {
			out = append(out, p.Platform)
		}
		return err
	})
	return out
}

func TestARequestMadeOnTeamsIsApprovedOnSlack(t *testing.T) {
	w := bothChats(t, oneStep())
	w.actor(caro)
	r, err := w.engine.Ask(w.ctx, w.onTeams("e-ana"), flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
	w.must(err)
	w.run()
	same(t, "Ana's card", w.chatsOf(ana, flows.PostAsker), []string{"teams"})
	same(t, "Caro's card", w.chatsOf(caro, flows.PostApprover), []string{"slack"})
	w.press(caro, r.ID, true)
	is(t, "R1", w.request(r.ID).State, flows.Approved)
	same(t, "Ana is told where she asked", w.chatsOf(ana, flows.PostNotice), []string{"teams"})
}

func TestARequestMadeOnSlackIsApprovedOnTeams(t *testing.T) {
	w := bothChats(t, oneStep())
	w.change(ana, func(p *flows.Person) { p.Attributes["slackId"] = "Uana" })
	w.change(caro, func(p *flows.Person) { p.Attributes = map[string]string{"entraId": "e-caro"} })
	w.onTeams("e-caro")
	w.actor(ana)
	r := w.ask(ana, time.Hour)
	same(t, "Ana's card", w.chatsOf(ana, flows.PostAsker), []string{"slack"})
	same(t, "Caro's card", w.chatsOf(caro, flows.PostApprover), []string{"teams"})
	p := w.pressOn(caro, r.ID, true)
	_, err := w.engine.Decide(w.ctx, w.onTeams("e-caro"), p)
	w.must(err)
	is(t, "R1", w.request(r.ID).State, flows.Approved)
}

// One human on both chats stays one human.
func TestNobodyDecidesTheirOwnRequestOnTheOtherChat(t *testing.T) {
	w := bothChats(t, oneStep())
	w.change(ana, func(p *flows.Person) { p.Attributes["slackId"] = "Uana" })
	r, err := w.engine.Ask(w.ctx, w.onTeams("e-ana"), flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
	w.must(err)
	w.run()
	a, err := w.engine.Decide(w.ctx, w.actor(ana), flows.Press{Request: r.ID, Yes: true, FromHome: true, Shown: w.request(r.ID).Revision, Pressed: w.clock.Machine()})
	w.must(err)
	is(t, "refused", a.Sentence, "You asked for this yourself, so you can’t decide it. Ben Okafor and 2 others can.")
	is(t, "R1 waits", w.request(r.ID).State, flows.Pending)
}

func TestAnAccountOfAnotherTenantIsNobody(t *testing.T) {
	w := bothChats(t, oneStep())
	_, err := w.engine.Identify(w.ctx, flows.Account{Platform: "teams", Workspace: "another", User: "e-ana"})
	is(t, "refused", flows.KindOf(err), flows.KindRefused)
	_, err = w.engine.Identify(w.ctx, teamsUser("e-nobody"))
	is(t, "in the chat's own name", err.Error(), "Your Microsoft Teams account is not linked to anybody in Okta. Ask #access-help to add it, then try again.")
}

// Whoever cannot be reached in one chat is tried in the next; then the asker sees that nobody could ask them.
func TestAnApproverWhomNoChatReaches(t *testing.T) {
	w := bothChats(t, oneStep())
	w.dark = map[flows.PersonID]bool{caro: true}
	r, err := w.engine.Ask(w.ctx, w.onTeams("e-ana"), flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
	w.must(err)
	w.run()
	id := w.postOf(caro, flows.PostApprover)
	card := w.wanted(ana, flows.PostAsker)
	moved, err := w.engine.Unreached(w.ctx, id)
	w.must(err)
	is(t, "tried on Teams", moved, true)
	same(t, "Caro's card", w.chatsOf(caro, flows.PostApprover), []string{"teams"})
	for range 2 {
		moved, err = w.engine.Unreached(w.ctx, id)
		w.must(err)
		is(t, "nowhere else", moved, false)
	}
	is(t, "Ana sees it", w.unreached(r.ID, caro), true)
	is(t, "of Caro only", w.unreached(r.ID, ben), false)
	is(t, "Ana's card is drawn anew once", w.wanted(ana, flows.PostAsker), card+1)
	is(t, "recorded once", w.actions(flows.ActUnreached), 1)
	w.must(w.engine.Reached(w.ctx, id))
	is(t, "until Caro is there", w.unreached(r.ID, caro), false)
}

func (w *world) unreached(id flows.RequestID, who flows.PersonID) bool {
	return slices.ContainsFunc(w.request(id).Asked, func(a flows.Asked) bool { return a.Person == who && a.Unreached })
}

func (w *world) postOf(who flows.PersonID, kind flows.PostKind) (id flows.PostID) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Person: who, Kinds: []flows.PostKind{kind}})
		for _, p := range list {
			id = p.ID
		}
		return err
	})
	return id
}

// wanted is how often a card was asked to be drawn.
func (w *world) wanted(who flows.PersonID, kind flows.PostKind) (n int) {
	w.t.Helper()
	id := w.postOf(who, kind)
	w.view(func(tx flows.Tx) error {
		p, err := tx.Post(id)
		if err == nil {
			n = p.Wanted
		}
		return err
	})
	return n
}
