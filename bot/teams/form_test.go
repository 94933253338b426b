package teams

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"hallpass/bot"
	"hallpass/flows"
)

// shown is a card that an answer or a message carries.
type shown struct {
	card
	raw string
}

func (o *office) dialogOf(raw []byte) shown {
	o.t.Helper()
	var got struct {
		Task struct {
			Type  string
			Value struct {
				Title string
				Card  struct{ Content json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal(raw, &got); err != nil || got.Task.Type != "continue" {
		o.t.Fatalf("the answer is no dialog: %s", raw)
	}
	return o.cardOf(got.Task.Value.Card.Content)
}

func (o *office) cardOf(raw json.RawMessage) shown {
	o.t.Helper()
	s := shown{raw: string(raw)}
	o.must(json.Unmarshal(raw, &s.card))
	return s
}

// button is what a button of a form sends.
func (s shown) button(t *testing.T, title string) sent {
	t.Helper()
	for _, a := range s.Actions {
		if a.Title == title {
			return *a.Data
		}
	}
	t.Fatalf("no button %q in %s", title, s.raw)
	return sent{}
}

// opensForms is a bot whose buttons open a form.
func (o *office) opensForms(f bot.Form) {
	o.inbox.press = func(ctx context.Context, p bot.Pressed) error { return o.teams.OpenForm(ctx, p.Trigger, f) }
}

func opening(a bot.Action) sent {
	return sent{Hallpass: pressed{Do: doPress, Action: a, Value: "142.7"}, Teams: &teamData{Type: taskFetch}}
}

func TestAButtonOpensItsFormAsADialog(t *testing.T) {
	o := newOffice(t)
	o.opensForms(denyForm())
	got := o.deliver(o.sends(taskFetch, opening(bot.ActDeny), nil))
	c := o.dialogOf(got.Body.Bytes())
	if c.Version != "1.5" || len(c.Body) != 1 || c.Body[0].Label != "Why not (optional)" || len(c.Actions) != 1 || c.Actions[0].Type != "Action.Submit" {
		t.Errorf("the dialog is %s", c.raw)
	}
	p := o.inbox.presses[0]
	if p.Account != anaAccount() || p.Action != bot.ActDeny || p.Value != "142.7" || p.Channel != anaChat || p.TS != "card-1" || !strings.HasPrefix(p.Key, "activity:") {
		t.Errorf("pressed %+v", p)
	}
	if got := o.settled(); len(got) != 0 {
		t.Errorf("the connector got %+v", got)
	}
}

func TestWhereDialogsDoNotWorkTheFormIsACard(t *testing.T) {
	o := newOffice(t)
	o.opensForms(denyForm())
	a := o.sends(taskFetch, opening(bot.ActDeny), nil)
	a["type"], a["name"], a["value"] = "message", nil, a["value"].(map[string]any)["data"]
	o.deliver(a)
	calls := o.settled()
	if len(calls) != 1 || calls[0].Path != "/v3/conversations/a:ana-chat/activities" {
		t.Fatalf("the connector got %+v", calls)
	}
	raw, _ := json.Marshal(calls[0].Body["attachments"].([]any)[0].(map[string]any)["content"])
	c := o.cardOf(raw)
	if len(c.Actions) != 2 || c.Actions[0].Type != "Action.Execute" || c.Actions[0].Fallback.Type != "Action.Submit" || c.Actions[1].Title != "Back" {
		t.Fatalf("the card is %s", c.raw)
	}
	got := o.deliver(o.sends(cardAction, c.button(t, "Deny"), map[string]any{bot.FieldComment: "no"}))
	if !strings.Contains(got.Body.String(), pressedForm) || len(o.inbox.sent) != 1 || o.inbox.sent[0].Values[bot.FieldComment] != "no" {
		t.Errorf("answered %s after %+v", got.Body, o.inbox.sent)
	}
	if calls = o.settled(); len(calls) != 2 || calls[1].Method != "PUT" || !strings.HasSuffix(calls[1].Path, "/card-1") {
		t.Errorf("the form's card is still open: %+v", calls[1:])
	}
	if want := cardMark + anaChat + "|card-1"; o.inbox.sent[0].Form.ID != want {
		t.Errorf("the form is %q, want %q", o.inbox.sent[0].Form.ID, want)
	}
	o.must(o.teams.UpdateForm(o.ctx, o.inbox.sent[0].Form, bot.Form{Kind: bot.FormNotice, Title: "Asked"}))
	if calls = o.settled(); len(calls) != 3 || calls[2].Method != "PUT" {
		t.Errorf("what came of it is not shown in its place: %+v", calls[2:])
	}
}

func TestAFormSentInWithAnotherChoiceIsShownFirst(t *testing.T) {
	o := newOffice(t)
	o.opensForms(firstForm())
	first := o.dialogOf(o.deliver(o.sends(taskFetch, opening(bot.ActAskForm), nil)).Body.Bytes())
	o.inbox.change = func(ctx context.Context, f bot.Filled) error {
		next := filledIn(askForm(), f.Values)
		if f.Values[bot.FieldResource] == "" {
			next = firstForm()
		}
		return o.teams.UpdateForm(ctx, f.Form, next)
	}
	values := map[string]any{bot.FieldResource: "okta/group/00g1", bot.FieldReason: "SEC-482: replay"}
	second := o.dialogOf(o.deliver(o.sends(taskSubmit, first.button(t, "Ask"), values)).Body.Bytes())
	if len(o.inbox.sent) != 0 || !strings.Contains(second.raw, changedWords) || !strings.Contains(second.raw, "SEC-482: replay") {
		t.Fatalf("sent in %+v, shown %s", o.inbox.sent, second.raw)
	}
	if c := o.inbox.changes[0]; c.Changed != bot.FieldResource || c.Meta.Nonce != "n1" || c.Values[bot.FieldReason] != "SEC-482: replay" {
		t.Errorf("changed %+v", c)
	}
	values[bot.FieldPermission], values[bot.FieldDuration] = "owner", "3600" // another permission, which changes nothing else in the form
	got := o.deliver(o.sends(taskSubmit, second.button(t, "Ask"), values))
	if got.Body.Len() != 0 || len(o.inbox.sent) != 1 || o.inbox.sent[0].Values[bot.FieldPermission] != "owner" || o.inbox.sent[0].Meta.Resource != "okta/group/00g1" {
		t.Errorf("answered %s after %+v", got.Body, o.inbox.sent)
	}
	again := o.dialogOf(o.deliver(o.sends(taskSubmit, second.button(t, changeLabel), values)).Body.Bytes())
	if len(o.inbox.sent) != 1 || strings.Contains(again.raw, changedWords) {
		t.Errorf("%q sent the form in, or scolds: %s", changeLabel, again.raw)
	}
}

func TestMistakesStandBesideTheirFieldsAndNothingIsLost(t *testing.T) {
	o := newOffice(t)
	o.opensForms(ownForm())
	form := o.dialogOf(o.deliver(o.sends(taskFetch, opening(bot.ActAskForm), nil)).Body.Bytes())
	o.inbox.submit = func(bot.Filled) bot.Submitted {
		return bot.Submitted{Errors: map[string]string{bot.FieldTicket: "OPS-9 is not assigned to you.", "nowhere": "And more."}}
	}
	values := map[string]any{bot.FieldTicket: "OPS-9", "own_customer": "Mono *bold*", "own_backup": "yes", "own_told": unticked, "own_partner": "00uben"}
	c := o.dialogOf(o.deliver(o.sends(taskSubmit, form.button(t, "Ask"), values)).Body.Bytes())
	if got := o.inbox.sent[0].Values; got["own_told"] != "" || got["own_backup"] != "yes" || got["own_partner"] != "00uben" || len(got) != 5 {
		t.Errorf("the bot reads %v", got)
	}
	if c.Body[0].Inlines[0].Text != "And more." || c.Body[1].ID != bot.FieldTicket || c.Body[1].Value != "OPS-9" || c.Body[2].Inlines[0].Text != "OPS-9 is not assigned to you." {
		t.Errorf("shown %s", c.raw)
	}
	for _, want := range []string{`"value":"Mono *bold*"`, `"title":"Ben Okafor · ben.okafor@acme.example"`} {
		if !strings.Contains(c.raw, want) {
			t.Errorf("%s is lost in %s", want, c.raw)
		}
	}
}

func TestANextFormTakesThePlaceOfASentOne(t *testing.T) {
	o := newOffice(t)
	o.opensForms(denyForm())
	form := o.dialogOf(o.deliver(o.sends(taskFetch, opening(bot.ActDeny), nil)).Body.Bytes())
	o.inbox.submit = func(bot.Filled) bot.Submitted {
		return bot.Submitted{Next: &bot.Form{Kind: bot.FormNotice, Title: "Checking", Fields: []bot.Field{{Kind: bot.Note, Lines: []bot.Line{words("Checking…")}}}}}
	}
	c := o.dialogOf(o.deliver(o.sends(taskSubmit, form.button(t, "Deny"), nil)).Body.Bytes())
	if len(c.Actions) != 0 || !strings.Contains(c.raw, "Checking…") {
		t.Errorf("shown %s", c.raw)
	}
	o.must(o.teams.UpdateForm(o.ctx, o.inbox.sent[0].Form, bot.Form{Kind: bot.FormNotice, Title: "Asked"})) // the dialog is out of reach
	if got := o.settled(); len(got) != 1 || got[0].Path != "/v3/conversations/a:ana-chat/activities" {
		t.Errorf("what came of it is told by %+v", got)
	}
}

func TestAFormIsBelievedFromItsOwnerAlone(t *testing.T) {
	o := newOffice(t)
	o.opensForms(denyForm())
	form := o.dialogOf(o.deliver(o.sends(taskFetch, opening(bot.ActDeny), nil)).Body.Bytes())
	data := form.button(t, "Deny")
	seal := func(h hiddenForm, secret string) sent {
		text, err := newSealer(secret).seal(h)
		o.must(err)
		return sent{Hallpass: pressed{Do: doSubmit, Form: text}}
	}
	bad := map[string]map[string]any{
		"by somebody else":   o.sends(taskSubmit, data, nil),
		"made by another":    o.sends(taskSubmit, seal(hiddenForm{Account: anaAccount(), Form: denyForm()}, "another"), nil),
		"changed":            o.sends(taskSubmit, sent{Hallpass: pressed{Do: doSubmit, Form: "A" + data.Hallpass.Form}}, nil),
		"without a form":     o.sends(taskSubmit, sent{Hallpass: pressed{Do: doSubmit}}, nil),
		"with half a seal":   o.sends(taskSubmit, sent{Hallpass: pressed{Do: doSubmit, Form: strings.Split(data.Hallpass.Form, ".")[0]}}, nil),
		"with an odd button": o.sends(taskSubmit, sent{Hallpass: pressed{Do: "dance", Form: data.Hallpass.Form}}, nil),
	}
	bad["by somebody else"]["from"] = map[string]any{"id": "29:ben", "aadObjectId": benObject}
	for why, a := range bad {
		if got := o.deliver(a); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), stale) {
			t.Errorf("%s: answered %s", why, got.Body)
		}
	}
	if len(o.inbox.sent) != 0 {
		t.Errorf("sent in: %+v", o.inbox.sent)
	}
	old := o.sends(taskSubmit, sent{Hallpass: pressed{Do: doSubmit, Form: "x.y"}}, nil)
	old["type"], old["name"], old["value"], old["id"] = "message", nil, old["value"].(map[string]any)["data"], "old"
	o.deliver(old)
	if raw, _ := json.Marshal(o.settled()); !strings.Contains(string(raw), stale) {
		t.Errorf("a client without dialogs is told nothing: %s", raw)
	}
}

func TestASearchListsWhatTheBotFinds(t *testing.T) {
	o := newOffice(t)
	for range queryRows + 3 {
		o.inbox.found = append(o.inbox.found, bot.ChoiceItem{Value: "okta/group/00g1", Label: "prod-db", Small: "Okta"})
	}
	search := o.from(map[string]any{"type": "invoke", "name": searching, "value": map[string]any{"queryText": "prod", "dataset": bot.FieldResource,
		"queryOptions": map[string]any{"skip": 0, "top": 15}}})
	var got struct {
		StatusCode int
		Type       string
		Value      struct{ Results []choice }
	}
	o.must(json.Unmarshal(o.deliver(search).Body.Bytes(), &got))
	if got.StatusCode != 200 || got.Type != "application/vnd.microsoft.search.searchResponse" || len(got.Value.Results) != queryRows ||
		got.Value.Results[0] != (choice{"prod-db · Okta", "okta/group/00g1"}) {
		t.Errorf("%+v", got)
	}
	search["value"], search["id"] = 7, "other"
	if body := o.deliver(search).Body.String(); !strings.Contains(body, `"results":[]`) {
		t.Errorf("an odd search is answered %s", body)
	}
}

func TestHomeIsOneCardThatIsEdited(t *testing.T) {
	o := newOffice(t)
	o.deliver(o.from(nil)) // Ana's chat is known
	o.must(o.teams.ShowHome(o.ctx, anaAccount(), homePage()))
	o.must(o.teams.ShowHome(o.ctx, anaAccount(), homePage()))
	room := "/v3/conversations/a:ana-chat/activities"
	if got := o.settled(); len(got) != 2 || got[0].Method+got[0].Path != "POST"+room || got[1].Method+got[1].Path != "PUT"+room+"/m1" {
		t.Errorf("%+v", got)
	}
	press := sent{Hallpass: pressed{Do: doPress, Action: bot.ActHomeQuery, Home: true}}
	o.deliver(o.sends(cardAction, press, map[string]any{bot.FieldQuery: "ana"}))
	if p := o.inbox.presses[0]; !p.Home || p.Query != "ana" || p.Channel != "" || p.TS != "" {
		t.Errorf("pressed %+v", p)
	}
	o.must(o.teams.ShowHome(o.ctx, anaAccount(), homePage()))
	o.faulty(func(w http.ResponseWriter, r asked) bool {
		if r.Method == http.MethodPut {
			fail(w, http.StatusNotFound, "ActivityNotFoundInConversation")
		}
		return r.Method == http.MethodPut
	})
	o.must(o.teams.ShowHome(o.ctx, anaAccount(), homePage()))
	got := o.settled()
	if got[2].Path != room+"/card-1" || got[3].Method != http.MethodPut || got[4].Method+got[4].Path != "POST"+room {
		t.Errorf("%+v", got[2:])
	}
}

func TestAFormThatComesTooLateIsRefused(t *testing.T) {
	o := newOffice(t)
	err := o.teams.OpenForm(o.ctx, "activity:gone", denyForm())
	if call := flows.AsCall(err); call.Outcome != flows.OutcomeRefused || call.Sentence != "The form could not be opened in time. Try again" {
		t.Errorf("%v", err)
	}
}
