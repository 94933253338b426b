package teams

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallpass/bot"
	"hallpass/flows"
)

func anaAccount() flows.Account {
	return flows.Account{Platform: Platform, Workspace: acme, User: anaObject}
}

func TestWhatSomebodyTypedIsHeardWithoutTheMention(t *testing.T) {
	hallpass := map[string]any{"type": "mention", "text": "<at>Hallpass</at>", "mentioned": map[string]any{"id": "28:" + appID, "name": "Hallpass"}}
	ben := map[string]any{"type": "mention", "text": "<at>Ben</at>", "mentioned": map[string]any{"id": "29:ben", "name": "Ben Okafor"}}
	client := map[string]any{"type": "clientInfo", "country": "PT"}
	for text, c := range map[string]struct {
		entities any
		want     string
	}{
		"mine":                                   {nil, "mine"},
		"access":                                 {nil, ""},
		"/access prod-db for 2h because SEC-482": {nil, "prod-db for 2h because SEC-482"},
		"Access prod-db":                         {nil, "prod-db"},
		"accessible":                             {nil, "accessible"},
		"<at>Hallpass</at>&nbsp;mine\n":          {[]any{client, hallpass}, "mine"},
		"<at>Hallpass</at> prod-db for <at>Ben</at>": {[]any{hallpass, ben}, "prod-db for Ben Okafor"},
		"<at>Hallpass</at> <at>Hallpass</at>":        {[]any{hallpass}, "<at>Hallpass</at>"}, // only what is a mention is one
		"prod-db because a < b & c":                  {[]any{7, "odd", client}, "prod-db because a < b & c"},
		"active 2":                                   {map[string]any{"no": "list"}, "active 2"},
	} {
		o := newOffice(t)
		if got := o.deliver(o.from(map[string]any{"text": text, "entities": c.entities})); got.Code != http.StatusOK || len(o.inbox.commands) != 1 {
			t.Fatalf("%q is answered %d", text, got.Code)
		}
		if got := o.inbox.commands[0].Text; got != c.want {
			t.Errorf("%q is heard as %q, want %q", text, got, c.want)
		}
	}
}

func TestACommandIsHeardWithItsAccountPlaceAndKey(t *testing.T) {
	o := newOffice(t)
	o.deliver(o.from(map[string]any{"conversation": map[string]any{"id": feedRoom + threadMark + "1700", "conversationType": "channel", "tenantId": acme}, "text": "pending"}))
	want := bot.Call{Account: anaAccount(), Text: "pending", Channel: feedRoom, TS: "act-1", Key: "activity:" + feedRoom + threadMark + "1700:act-1:", At: noon}
	if got := o.inbox.commands[0]; got != want {
		t.Errorf("heard %+v, want %+v", got, want)
	}
}

func TestAReplyStandsBesideAMessageAndBehindAMention(t *testing.T) {
	o := newOffice(t)
	o.inbox.command = func(bot.Call) bot.Reply {
		c := bot.Text("You have nothing.")
		return bot.Reply{Card: &c}
	}
	o.deliver(o.from(nil))
	if got := o.settled(); len(got) != 1 || got[0].Method+got[0].Path != "POST/v3/conversations/a:ana-chat/activities" || got[0].Token != "Bearer bot-token-i" {
		t.Fatalf("the connector got %+v", got)
	}
	o.deliver(o.from(map[string]any{"id": "act-2", "conversation": map[string]any{"id": feedRoom, "conversationType": "channel", "tenantId": acme}}))
	got := o.settled()
	if len(got) != 2 || got[1].Path != "/v3/conversations/a:ana-chat/activities" {
		t.Errorf("a mention in a channel is answered in the personal chat, not %+v", got)
	}
}

func TestSomebodyWithoutThePersonalAppIsAnsweredWhereTheyAsked(t *testing.T) {
	o := newOffice(t)
	o.inbox.command = func(bot.Call) bot.Reply {
		c := bot.Text("You have nothing.")
		return bot.Reply{Card: &c}
	}
	o.faulty(func(w http.ResponseWriter, r asked) bool {
		if r.Path == "/v3/conversations" {
			fail(w, http.StatusForbidden, "BotNotInConversationRoster")
			return true
		}
		return false
	})
	o.deliver(o.from(map[string]any{"conversation": map[string]any{"id": feedRoom, "conversationType": "channel", "tenantId": acme}}))
	got := o.settled()
	last := got[len(got)-1]
	if last.Path != "/v3/conversations/19:feed@thread.tacv2/activities" || last.Query != "isTargetedActivity=true" || last.Body["recipient"].(map[string]any)["id"] != "29:ana" {
		t.Errorf("the connector got %+v", last)
	}
}

func TestTheSameActivityAgainGetsTheFirstAnswerAndDoesNothing(t *testing.T) {
	o := newOffice(t)
	o.inbox.command = func(bot.Call) bot.Reply {
		c := bot.Text("Canceling R1.")
		return bot.Reply{Card: &c}
	}
	for range 3 {
		if got := o.deliver(o.from(map[string]any{"text": "cancel R1"})); got.Code != http.StatusOK {
			t.Errorf("answered %d", got.Code)
		}
	}
	if got := o.settled(); len(o.inbox.commands) != 1 || len(got) != 1 {
		t.Errorf("heard %d times, answered by %d messages", len(o.inbox.commands), len(got))
	}
	press := o.executing(bot.ActApprove, "142.7", nil)
	one, two := o.deliver(press).Body.String(), o.deliver(press).Body.String()
	if one != two || one == "" || len(o.inbox.presses) != 1 {
		t.Errorf("answered %q, then %q; heard %d times", one, two, len(o.inbox.presses))
	}
	delete(press, "id") // not every invoke has one
	o.deliver(press)
	o.deliver(press)
	if len(o.inbox.presses) != 2 || o.inbox.presses[1].Key == o.inbox.presses[0].Key {
		t.Errorf("heard %+v", o.inbox.presses)
	}
}

func TestWhatIsNotKnownIsAcknowledged(t *testing.T) {
	o := newOffice(t)
	for _, a := range []map[string]any{
		{"type": "typing"}, {"type": "messageReaction", "reactionsAdded": []any{map[string]any{"type": "like"}}}, {"type": "event", "name": "x", "value": 7},
		{"type": "invoke", "name": "composeExtension/query", "value": []any{1}}, {"type": "invoke", "name": "signin/verifyState"}, {"type": ""},
		{"type": "conversationUpdate", "membersAdded": []any{map[string]any{"id": "29:new"}}},
		{"from": map[string]any{"id": "28:another-bot"}},
	} {
		if got := o.deliver(o.from(a)); got.Code != http.StatusOK || got.Body.Len() != 0 {
			t.Errorf("%v is answered %d %q", a, got.Code, got.Body)
		}
	}
	if len(o.inbox.commands)+len(o.inbox.presses) != 0 {
		t.Errorf("heard %+v %+v", o.inbox.commands, o.inbox.presses)
	}
}

func TestInstallingTheAppIsGreetedAndKept(t *testing.T) {
	o := newOffice(t)
	o.inbox.command = func(c bot.Call) bot.Reply {
		card := bot.Text("help for " + c.Text)
		return bot.Reply{Card: &card}
	}
	added := map[string]any{"type": "installationUpdate", "action": "add", "text": nil}
	o.deliver(o.from(added))
	o.deliver(o.from(map[string]any{"type": "conversationUpdate", "id": "act-2", "membersAdded": []any{map[string]any{"id": "28:" + appID}}}))
	if got := o.settled(); len(got) != 1 || len(o.inbox.commands) != 1 || o.inbox.commands[0].Text != "help" {
		t.Errorf("greeted by %+v after %+v", got, o.inbox.commands)
	}
	at, err := o.teams.Direct(o.ctx, anaAccount())
	o.must(err)
	if want := (bot.Address{Platform: Platform, Workspace: acme, Channel: anaChat}); at != want {
		t.Errorf("Ana is written to at %+v", at)
	}
	o.deliver(o.from(map[string]any{"type": "installationUpdate", "action": "remove", "id": "act-3"}))
	_, err = o.teams.Direct(o.ctx, anaAccount())
	refusedAndGone(t, err, "This person has removed the app in Teams")
	o.deliver(o.from(map[string]any{"type": "installationUpdate", "action": "add", "id": "act-4"}))
	if _, err = o.teams.Direct(o.ctx, anaAccount()); err != nil {
		t.Errorf("after installing it again: %v", err)
	}
}

func TestTheWordHomeBringsHome(t *testing.T) {
	o := newOffice(t)
	o.deliver(o.from(map[string]any{"text": "Home"}))
	if len(o.inbox.homes) != 1 || o.inbox.homes[0] != anaAccount() {
		t.Errorf("homes opened: %v", o.inbox.homes)
	}
}

func TestAReferenceIsWrittenWhenItSaysSomethingNew(t *testing.T) {
	o := newOffice(t)
	o.deliver(o.from(nil))
	if o.refs.writes != 2 { // Ana and her chat
		t.Fatalf("%d references written", o.refs.writes)
	}
	o.deliver(o.from(map[string]any{"id": "act-2"}))
	if o.refs.writes != 2 {
		t.Errorf("%d written for the same again", o.refs.writes)
	}
	o.clock.move(renewedAfter)
	o.deliver(o.from(map[string]any{"id": "act-3"}))
	if o.refs.writes != 4 {
		t.Errorf("%d written after a day", o.refs.writes)
	}
	got := o.refs.kept[[2]string{acme, anaObject}]
	want := Reference{Tenant: acme, Of: anaObject, Conversation: anaChat, Seen: anaChat, Service: o.service(), User: "29:ana", Zone: "Europe/Lisbon", Renewed: o.clock.Machine()}
	if got != want {
		t.Errorf("kept %+v, want %+v", got, want)
	}
	o.deliver(o.from(map[string]any{"id": "act-4", "conversation": map[string]any{"id": anaChat, "conversationType": "personal", "tenantId": foreign},
		"channelData": map[string]any{"tenant": map[string]any{"id": foreign}}}))
	if o.refs.writes != 4 {
		t.Errorf("something of another tenant was kept: %+v", o.refs.kept)
	}
}

// Whatever comes in: no panic, one tenant at most, and no mention of the bot left at the beginning.
func FuzzActivity(f *testing.F) {
	f.Add([]byte(`{"type":"message","text":"<at>Hallpass</at> mine","entities":[{"type":"mention","text":"<at>Hallpass</at>","mentioned":{"id":"28:x"}}],"recipient":{"id":"28:x"}}`))
	f.Add([]byte(`{"type":"invoke","name":"adaptiveCard/action","value":{"action":{"data":{"hallpass":{"do":"press"},"n":1,"b":true,"z":null}}}}`))
	f.Add([]byte(`{"channelData":7,"conversation":{"id":";messageid="},"entities":{"a":1},"value":"x","localTimezone":"../../etc/passwd"}`))
	f.Add([]byte(`[]`))
	for _, name := range []string{"ask.json", "approver.json"} {
		if raw, err := os.ReadFile(filepath.Join("testdata", name)); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := decode(raw)
		if err != nil {
			return
		}
		if strings.Contains(a.place(), threadMark) {
			t.Errorf("a place with a thread: %q", a.place())
		}
		if who := a.account(); who.Platform != Platform || who.Workspace != strings.ToLower(who.Workspace) {
			t.Errorf("account %v", who)
		}
		_, _, _, _ = a.said(), a.zone(), a.key(), a.mentions()
		_, _ = a.installed()
		b, ok := buttonOf(a.Value)
		if ok && b.Do == "" {
			t.Error("a button that does nothing")
		}
		_ = valuesOf(askForm(), b.inputs)
		if _, err := json.Marshal(b.inputs); err != nil {
			t.Error(err)
		}
	})
}
