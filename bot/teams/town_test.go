package teams

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/bot"
	"hallpass/flows"
	sandbox "hallpass/sandbox/teams"
)

// town is the sandbox's tenant with our adapter as its bot.
type town struct {
	t     *testing.T
	ctx   context.Context
	box   *sandbox.Tenant
	teams *Teams
	inbox *inbox
	refs  *drawer
	clock *hand
}

const gus, stranger, anon = "00000000-0000-4000-8000-0000000000c3", "00000000-0000-4000-8000-0000000000d4", "anon-1"

// newTown is a tenant in which Ana and Ben have installed the app, and the team of the feed has it.
func newTown(t *testing.T) *town {
	t.Helper()
	clock := &hand{at: time.Now()} // the sandbox stamps its tokens by the machine's time
	box, err := sandbox.Start(sandbox.Options{BotName: "Hallpass", Machine: clock.Machine, Now: clock.Machine})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(box.Close)
	w := &town{t: t, ctx: t.Context(), box: box, inbox: &inbox{}, refs: &drawer{kept: map[[2]string]Reference{}}, clock: clock}
	transport := &http.Transport{DisableKeepAlives: true}
	w.teams, err = New(Config{AppID: box.AppID(), Secret: "sandbox-secret", Tenant: box.TenantID(), Metadata: box.MetadataURL(), Issuer: sandbox.Issuer,
		TokenURL: box.TokenURL(), ServiceURL: box.ServiceURL(), ServiceHosts: []string{box.LoginURL()}, References: w.refs, Clock: clock, Rooms: []string{feedRoom}, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.teams.Handler(w.inbox))
	t.Cleanup(server.Close)
	t.Cleanup(w.teams.Wait)
	box.SetBotURL(server.URL + Path)
	box.AddUser(sandbox.User{ID: anaObject, Name: "Ana Silva", Email: "ana.silva@acme.example", TZ: "Europe/Lisbon"})
	box.AddUser(sandbox.User{ID: benObject, Name: "Ben Okafor", Email: "ben.okafor@acme.example"})
	box.AddUser(sandbox.User{ID: gus, Name: "Gus", Email: "gus@partner.example", Guest: true})
	box.AddUser(sandbox.User{ID: stranger, Name: "Eve", Email: "eve@else.example", TenantID: foreign})
	box.AddUser(sandbox.User{ID: anon, Name: "Somebody", Anonymous: true})
	box.AddTeam(sandbox.Team{ID: feedRoom, Name: "Access", Members: []string{anaObject, benObject, gus}})
	w.must(box.Install(w.ctx, anaObject, ""))
	w.must(box.Install(w.ctx, anaObject, feedRoom))
	w.teams.Wait()
	w.inbox.commands = nil
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) account(user string) flows.Account {
	return flows.Account{Platform: Platform, Workspace: w.box.TenantID(), User: user}
}

// last is the newest message that somebody sees in a conversation.
func (w *town) last(user, where string) sandbox.Message {
	w.t.Helper()
	seen := w.box.See(user, where)
	if len(seen) == 0 {
		w.t.Fatalf("%s sees nothing in %s", user, where)
	}
	return seen[len(seen)-1]
}

// flawless fails for whatever Teams would have punished.
func (w *town) flawless() {
	w.t.Helper()
	if p := w.box.Problems(); len(p) > 0 {
		w.t.Errorf("Teams would object:\n%s", strings.Join(p, "\n"))
	}
}

func TestInTownAnApproverDecidesOnACard(t *testing.T) {
	w := newTown(t)
	dm, err := w.teams.Direct(w.ctx, w.account(anaObject))
	w.must(err)
	at, err := w.teams.Post(w.ctx, dm, "", "", approverCard())
	w.must(err)
	m := w.last(anaObject, dm.Channel)
	if got := w.box.Notification(m); !strings.Contains(got, "R142: Ana *Silva* asks for prod-db, 2 h") {
		t.Errorf("the telephone says %q", got)
	}
	text := w.box.TextFor(m, anaObject)
	for _, want := range []string{"SEC-482: replay", "<!channel> *now*", "read and write on production payments", "Approve, 2 h"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not to be read in\n%s", want, text)
		}
	}
	pressed, err := w.box.Press(w.ctx, anaObject, dm.Channel, at.TS, "Approve, 2 h")
	w.must(err)
	if pressed.Text != pressedWords || len(w.inbox.presses) != 1 {
		t.Fatalf("Ana reads %+v after %d presses", pressed, len(w.inbox.presses))
	}
	if p := w.inbox.presses[0]; p.Account != w.account(anaObject) || p.Channel != dm.Channel || p.TS != at.TS || p.Value != "142.7" || p.Action != bot.ActApprove {
		t.Errorf("pressed %+v", p)
	}
	_, err = w.box.Again(w.ctx)
	w.must(err)
	if len(w.inbox.presses) != 1 {
		t.Error("the same press delivered again was heard again")
	}
	w.must(w.teams.Update(w.ctx, at, endedCard()))
	if got := w.box.TextFor(w.last(anaObject, dm.Channel), anaObject); !strings.Contains(got, "R142 is over") {
		t.Errorf("after the edit Ana reads %s", got)
	}
	w.flawless()
}

func TestInTownAnOldClientPressesByMessage(t *testing.T) {
	w := newTown(t)
	w.box.ChangeUser(anaObject, func(u *sandbox.User) { u.OldClient = true })
	dm, err := w.teams.Direct(w.ctx, w.account(anaObject))
	w.must(err)
	at, err := w.teams.Post(w.ctx, dm, "", "", approverCard())
	w.must(err)
	_, err = w.box.Press(w.ctx, anaObject, dm.Channel, at.TS, "Approve, 2 h")
	w.must(err)
	if len(w.inbox.presses) != 1 || w.inbox.presses[0].TS != at.TS || len(w.inbox.commands) != 0 {
		t.Errorf("heard %+v %+v", w.inbox.presses, w.inbox.commands)
	}
	w.flawless()
}

func TestInTownAFormIsFilledInADialog(t *testing.T) {
	w := newTown(t)
	w.inbox.press = func(ctx context.Context, p bot.Pressed) error { return w.teams.OpenForm(ctx, p.Trigger, firstForm()) }
	w.inbox.found = []bot.ChoiceItem{{Value: "okta/group/00g1", Label: "prod-db", Small: "Okta group"}}
	w.inbox.change = func(ctx context.Context, f bot.Filled) error {
		return w.teams.UpdateForm(ctx, f.Form, filledIn(askForm(), f.Values))
	}
	w.inbox.command = func(bot.Call) bot.Reply {
		c := bot.Card{Preview: words("Ask for access"), Blocks: []bot.Block{{Kind: bot.Buttons, Buttons: []bot.Button{{Action: bot.ActAskForm, Label: "Ask for access"}}}}}
		return bot.Reply{Card: &c}
	}
	_, err := w.box.Say(w.ctx, anaObject, "access prod-db")
	w.must(err)
	w.teams.Wait()
	dm := w.box.DM(anaObject)
	if got := w.inbox.commands[0]; got.Text != "prod-db" || got.Account != w.account(anaObject) {
		t.Errorf("heard %+v", got)
	}
	opened, err := w.box.Press(w.ctx, anaObject, dm, w.last(anaObject, dm).ID, "Ask for access")
	w.must(err)
	if opened.Dialog == nil || opened.Dialog.Title != "Ask for access" {
		t.Fatalf("Ana sees %+v", opened)
	}
	options, err := w.box.Options(w.ctx, anaObject, bot.FieldResource, "prod")
	w.must(err)
	if len(options) != 1 || options[0].Text != "prod-db · Okta group" {
		t.Errorf("offered %+v", options)
	}
	w.must(w.box.Fill(anaObject, bot.FieldResource, sandbox.Chosen("okta/group/00g1")))
	w.must(w.box.Fill(anaObject, bot.FieldReason, sandbox.Typed("SEC-482: *replay* [x](https://evil.example)")))
	after, err := w.box.Submit(w.ctx, anaObject, "Ask")
	w.must(err)
	if after.Dialog == nil || !strings.Contains(w.box.DialogText(anaObject), changedWords) || after.Dialog.Values[bot.FieldReason] != "SEC-482: *replay* [x](https://evil.example)" {
		t.Fatalf("Ana sees %+v\n%s", after, w.box.DialogText(anaObject))
	}
	w.inbox.submit = func(bot.Filled) bot.Submitted {
		return bot.Submitted{Errors: map[string]string{bot.FieldReason: "Name a ticket."}}
	}
	after, err = w.box.Submit(w.ctx, anaObject, "Ask")
	w.must(err)
	if !strings.Contains(w.box.DialogText(anaObject), "Name a ticket.") || after.Dialog.Values[bot.FieldPermission] != "member" {
		t.Errorf("Ana sees %+v\n%s", after, w.box.DialogText(anaObject))
	}
	w.inbox.submit = nil
	after, err = w.box.Submit(w.ctx, anaObject, "Ask")
	w.must(err)
	if !after.Closed || len(w.inbox.sent) != 2 || w.inbox.sent[1].Values[bot.FieldResource] != "okta/group/00g1" {
		t.Errorf("Ana sees %+v, sent %+v", after, w.inbox.sent)
	}
	w.flawless()
}

func TestInTownEveryBadTokenIsTurnedAway(t *testing.T) {
	w := newTown(t)
	_, err := w.box.Say(w.ctx, anaObject, "mine")
	w.must(err)
	activity := map[string]any{"type": "message", "id": "bad", "channelId": "msteams", "serviceUrl": w.box.ServiceURL(), "text": "mine",
		"from": map[string]any{"id": "29:x", "aadObjectId": anaObject}, "conversation": map[string]any{"id": w.box.DM(anaObject), "conversationType": "personal", "tenantId": w.box.TenantID()}}
	bad := w.box.BadTokens()
	if len(bad) < 25 {
		t.Fatalf("only %d kinds", len(bad))
	}
	for _, b := range bad {
		got, err := w.box.Deliver(w.ctx, activity, b.Token)
		w.must(err)
		if got.Status != http.StatusForbidden || len(got.Body) != 0 {
			t.Errorf("%s is answered %d %q", b.Name, got.Status, got.Body)
		}
	}
	if len(w.inbox.commands) != 1 {
		t.Errorf("%d commands were heard", len(w.inbox.commands))
	}
}

func TestInTownOnlyColleaguesMayAct(t *testing.T) {
	w := newTown(t)
	chat := "19:meeting@thread.v2"
	w.box.AddChat(sandbox.Chat{ID: chat, Name: "Meeting", Members: []string{anaObject, gus, stranger, anon}})
	w.must(w.box.Install(w.ctx, anaObject, chat))
	w.inbox.command = func(c bot.Call) bot.Reply {
		p, err := w.teams.Profile(w.ctx, c.Account)
		w.must(err)
		no := bot.Text("So: " + p.Refused)
		return bot.Reply{Card: &no}
	}
	for user, says := range map[string]string{anaObject: "", gus: refuseGuest, stranger: refuseTenant, anon: refuseAnonymous} {
		w.inbox.commands = nil
		_, err := w.box.Mention(w.ctx, user, chat, "access prod-db because a < b & c")
		w.must(err)
		w.teams.Wait()
		if len(w.inbox.commands) != 1 || w.inbox.commands[0].Text != "prod-db because a < b & c" {
			t.Fatalf("%s is heard as %+v", user, w.inbox.commands)
		}
		p, err := w.teams.Profile(w.ctx, w.inbox.commands[0].Account)
		if err != nil || p.Refused != says {
			t.Errorf("%s: %+v, %v", user, p, err)
		}
		if user != anaObject { // a polite no, which only they see
			if m := w.last(user, chat); m.For != user || !strings.Contains(w.box.TextFor(m, user), says) {
				t.Errorf("%s reads %s (for %q)", user, w.box.TextFor(m, user), m.For)
			}
		}
		if user == anaObject && (p.Email != "ana.silva@acme.example" || p.Zone != "Europe/Lisbon") {
			t.Errorf("Ana is %+v", p)
		}
	}
	if p, err := w.teams.Find(w.ctx, Platform, w.box.TenantID(), "ben.okafor@acme.example"); err != nil || p.User != benObject || p.Refused != "" {
		t.Errorf("Ben is %+v, %v", p, err)
	}
	w.flawless()
}

func TestInTownTheFeedIsOneMessageWithItsThread(t *testing.T) {
	w := newTown(t)
	feed := bot.Address{Platform: Platform, Workspace: w.box.TenantID(), Channel: feedRoom}
	why, err := w.teams.Fit(w.ctx, feed.Workspace, feedRoom)
	if why != "" || err != nil {
		t.Fatalf("%q, %v", why, err)
	}
	at, err := w.teams.Post(w.ctx, feed, "", "", endedCard())
	w.must(err)
	below, err := w.teams.Post(w.ctx, feed, at.TS, "", bot.Text("Ben approved."))
	w.must(err)
	if m, ok := w.box.Message(feedRoom, below.TS); !ok || m.Thread != at.TS {
		t.Errorf("the reply stands at %+v", m)
	}
	w.must(w.teams.Delete(w.ctx, below))
	w.must(w.teams.Delete(w.ctx, below)) // gone is gone
	if err := w.teams.Update(w.ctx, below, bot.Text("x")); !errors.Is(err, flows.ErrNotFound) {
		t.Errorf("an edit of what is gone: %v", err)
	}
	w.flawless()
}

func TestInTownSomebodyWithoutTheAppCannotBeReached(t *testing.T) {
	w := newTown(t)
	reach := func(user string) error {
		at, err := w.teams.Direct(w.ctx, w.account(user))
		if err == nil {
			_, err = w.teams.Post(w.ctx, at, "", "", bot.Text("x"))
		}
		return err
	}
	w.must(reach(anaObject))
	if err := reach(benObject); flows.AsCall(err) == nil || flows.AsCall(err).Outcome != flows.OutcomeRefused || !errors.Is(err, flows.ErrNotFound) {
		t.Errorf("Ben, who never installed the app: %v", err)
	}
	w.must(w.box.Uninstall(w.ctx, anaObject, ""))
	refusedAndGone(t, reach(anaObject), "This person has removed the app in Teams")
	w.must(w.box.Install(w.ctx, anaObject, ""))
	w.must(reach(anaObject))
	w.box.Block(anaObject, true)
	refusedAndGone(t, reach(anaObject), "This person has blocked or removed the app in Teams")
}

func TestInTownCallsThatFailAreClassified(t *testing.T) {
	w := newTown(t)
	feed := bot.Address{Platform: Platform, Workspace: w.box.TenantID(), Channel: feedRoom}
	post := func() *flows.CallError {
		_, err := w.teams.Post(w.ctx, feed, "", "", bot.Text("x"))
		return flows.AsCall(err)
	}
	w.box.Throttle("send", 9, 1)
	if got := post(); got == nil || got.Outcome != flows.OutcomeLater || got.RetryAfter != 9*time.Second {
		t.Errorf("throttled: %v", got)
	}
	calls := w.box.Calls()["send"]
	if got := post(); got == nil || got.Lane || got.RetryAfter != 9*time.Second || w.box.Calls()["send"] != calls {
		t.Errorf("asked again before Teams wants to hear of it: %v", got)
	}
	dm, err := w.teams.Direct(w.ctx, w.account(anaObject))
	w.must(err)
	if _, err := w.teams.Post(w.ctx, dm, "", "", bot.Text("x")); err != nil {
		t.Errorf("another conversation was held up: %v", err)
	}
	w.clock.move(9 * time.Second)
	w.box.Throttle("send", 0, 1)
	if got := post(); got == nil || got.RetryAfter != unsaid {
		t.Errorf("throttled without a word of how long: %v", got)
	}
	w.clock.move(unsaid)
	before := len(w.box.Messages(feedRoom))
	w.box.LoseAnswers("send", http.StatusBadGateway, 1)
	if got := post(); got == nil || got.Outcome != flows.OutcomeUnknown || len(w.box.Messages(feedRoom)) != before+1 {
		t.Errorf("delivered without an answer: %v", got)
	}
	w.box.RevokeTokens()
	if got := post(); got == nil || got.Outcome != flows.OutcomeLater {
		t.Errorf("with a token that was taken back: %v", got)
	}
	if got := post(); got != nil {
		t.Errorf("with a new token: %v", got)
	}
}

// Every card of the golden files is one that Teams draws as it is.
func TestInTownEveryCardIsDrawn(t *testing.T) {
	w := newTown(t)
	dm, err := w.teams.Direct(w.ctx, w.account(anaObject))
	w.must(err)
	form := func(f bot.Form) card {
		c, err := w.teams.formCard(hiddenForm{Account: w.account(anaObject), Form: f}, map[string]string{bot.FieldReason: "No."})
		w.must(err)
		return c
	}
	for _, c := range []card{render(approverCard()), render(endedCard()), render(bot.Text("At most 8 h here.")), homeCard(homePage()),
		form(askForm()), form(ownForm()), form(denyForm()), form(firstForm())} {
		w.clock.move(time.Second)
		_, err := w.teams.post(w.ctx, dm, "", c)
		w.must(err)
	}
	w.flawless()
	var held struct{ Body []any }
	if err := json.Unmarshal(w.last(anaObject, dm.Channel).Card, &held); err != nil || !slices.ContainsFunc(held.Body, func(e any) bool {
		return e.(map[string]any)["type"] == "Input.ChoiceSet"
	}) {
		t.Errorf("%v %v", held, err)
	}
}
