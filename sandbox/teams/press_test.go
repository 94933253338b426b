package teams

import (
	"net/http"
	"testing"
	"time"
)

// executeCard is an answer to an Action.Execute with a card that says something.
func executeCard(words string, more obj) obj {
	content := obj{"type": "AdaptiveCard", "version": "1.5", "body": []any{obj{"type": "TextBlock", "text": words}}}
	for name, value := range more {
		content[name] = value
	}
	return obj{"statusCode": 200, "type": CardType, "value": content}
}

func TestTheAnswerToAPressIsForTheOneWhoPressedAndAnEditIsForAll(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	id := d.send(security, asks(nil))
	d.answer(200, executeCard("You approved", nil))
	got, err := d.tenant.Press(d.ctx, ben, security, id, "Approve")
	if err != nil || got.Card == nil || got.Err != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	read := func(who string) string { return d.tenant.TextFor(d.tenant.See(who, security)[0], who) }
	if read(ben) != "You approved" || read(ana) != "Ana asks for prod-db\n[ Approve ] [ Deny ]" {
		t.Errorf("Ben reads %q, Ana %q", read(ben), read(ana))
	}
	if _, err := d.tenant.Press(d.ctx, ben, security, id, "Approve"); err == nil {
		t.Error("Ben could press a button that he does not see any more")
	}
	path := "conversations/" + escape(security) + "/activities/" + id
	if status, answer, _ := d.call(http.MethodPut, path, card(obj{"body": []any{obj{"type": "TextBlock", "text": "Approved by Ben"}}})); status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	if read(ben) != "Approved by Ben" || read(ana) != "Approved by Ben" {
		t.Errorf("after the edit Ben reads %q, Ana %q", read(ben), read(ana))
	}
	d.fine()
}

func TestAnEditDuringThePressIsNewerThanItsAnswer(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	id := d.send(security, asks(nil))
	d.when(func(obj) (int, any) {
		d.call(http.MethodPut, "conversations/"+escape(security)+"/activities/"+id, card(obj{"body": []any{obj{"type": "TextBlock", "text": "Approved by Ben"}}}))
		return 200, executeCard("working on it", nil)
	})
	if _, err := d.tenant.Press(d.ctx, ben, security, id, "Approve"); err != nil {
		t.Fatal(err)
	}
	if words := d.tenant.Text(d.tenant.See(ben, security)[0]); words != "Approved by Ben" {
		t.Errorf("Ben reads %q", words)
	}
}

func TestAnswersToAPress(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	id := d.send(d.tenant.DM(ana), asks(nil))
	press := func() Pressed {
		t.Helper()
		got, err := d.tenant.Press(d.ctx, ana, d.tenant.DM(ana), id, "Approve")
		d.must(err)
		return got
	}
	d.answer(200, obj{"statusCode": 200, "type": messageType, "value": "Ben decided already."})
	if got := press(); got.Text != "Ben decided already." || got.Err != "" {
		t.Errorf("words: %+v", got)
	}
	d.answer(200, obj{"statusCode": 400, "type": errorType, "value": obj{"code": "BadRequest", "message": "no"}})
	if got := press(); got.Err != SomethingWentWrong {
		t.Errorf("an error: %+v", got)
	}
	d.fine()
	for name, answer := range map[string]any{
		"nothing":         nil,
		"a bare card":     obj{"type": "AdaptiveCard"},
		"another type":    obj{"statusCode": 200, "type": "card", "value": obj{}},
		"text for a card": obj{"statusCode": 200, "type": CardType, "value": "card"},
		"a list":          []any{},
		"a mixed answer":  obj{"statusCode": 500, "type": CardType, "value": obj{}},
	} {
		d.answer(200, answer)
		if got := press(); got.Err != SomethingWentWrong || len(d.tenant.Problems()) == 0 {
			t.Errorf("%s: %+v, problems %q", name, got, d.tenant.Problems())
		}
		d.tenant.ForgetProblems()
	}
}

func TestACardRefreshesItselfForItsReadersAndNotTwiceInAMinute(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	refresh := obj{"refresh": obj{"action": obj{"type": "Action.Execute", "verb": "show", "data": obj{"request": "r1"}}, "userIds": []any{d.tenant.MRI(ben)}}}
	id := d.send(security, asks(refresh))
	before := d.count()
	d.answer(200, executeCard("You can approve", refresh))
	look := func(who string) string {
		t.Helper()
		seen, err := d.tenant.Look(d.ctx, who, security)
		d.must(err)
		return d.tenant.TextFor(seen[0], who)
	}
	if words := look(ana); words != "Ana asks for prod-db\n[ Approve ] [ Deny ]" || d.count() != before {
		t.Errorf("Ana reads %q, the bot was asked %d times", words, d.count()-before)
	}
	if words := look(ben); words != "You can approve" || d.count() != before+1 {
		t.Errorf("Ben reads %q, the bot was asked %d times", words, d.count()-before)
	}
	value := object(d.last(), "value")
	if value["trigger"] != "automatic" || object(value, "action")["verb"] != "show" {
		t.Errorf("the refresh says %v", value)
	}
	d.clock.pass(59 * time.Second)
	if look(ben); d.count() != before+1 {
		t.Errorf("it was refreshed again within the minute")
	}
	d.clock.pass(time.Second)
	if look(ben); d.count() != before+2 {
		t.Errorf("it was not refreshed after a minute")
	}
	d.call(http.MethodPut, "conversations/"+escape(security)+"/activities/"+id, asks(refresh))
	if look(ben); d.count() != before+3 {
		t.Errorf("it was not refreshed after an edit")
	}
	if _, err := d.tenant.RefreshCard(d.ctx, ana, security, id); err != nil || object(d.last(), "value")["trigger"] != "manual" {
		t.Errorf("by hand: %v", err)
	}
	d.fine()
}

func TestPressingLooksAtTheCardFirst(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	everybody := obj{"refresh": obj{"action": obj{"type": "Action.Execute", "verb": "show"}}}
	id := d.send(security, card(everybody))
	d.when(func(a obj) (int, any) {
		if object(a, "value")["trigger"] == "automatic" {
			return 200, executeCard("For you", obj{"actions": []any{obj{"type": "Action.Execute", "title": "Approve", "verb": "approve"}}})
		}
		return 200, obj{"statusCode": 200, "type": messageType, "value": "done"}
	})
	got, err := d.tenant.Press(d.ctx, ben, security, id, "Approve")
	if err != nil || got.Text != "done" {
		t.Errorf("%+v, %v", got, err)
	}
	d.fine()
}

func TestAnOldClientSendsASubmit(t *testing.T) {
	d := open(t, Options{})
	d.tenant.ChangeUser(ben, func(u *User) { u.OldClient = true })
	d.must(d.tenant.Install(d.ctx, ben, ""))
	dm := d.tenant.DM(ben)
	id := d.send(dm, asks(obj{"body": []any{obj{"type": "Input.Text", "id": "why", "label": "Why"}}}))
	d.must(d.tenant.FillIn(ben, dm, id, "why", Typed("fine")))
	if _, err := d.tenant.Press(d.ctx, ben, dm, id, "Approve"); err != nil {
		t.Fatal(err)
	}
	heard := d.last()
	value := object(heard, "value")
	if heard["type"] != "message" || heard["text"] != "" || heard["replyToId"] != id || value["verb"] != "approve" || value["why"] != "fine" {
		t.Errorf("heard %v", heard)
	}
	d.fine()
}

func TestStaleAndForgedPressesReachTheBot(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	id := d.send(security, asks(nil))
	seen, _ := d.tenant.Message(security, id)
	d.call(http.MethodPut, "conversations/"+escape(security)+"/activities/"+id, card(obj{"body": []any{obj{"type": "TextBlock", "text": "Denied"}}}))
	d.answer(200, obj{"statusCode": 200, "type": messageType, "value": "too late"})
	if got, err := d.tenant.PressStale(d.ctx, ben, seen, "Approve"); err != nil || got.Text != "too late" {
		t.Errorf("stale: %+v, %v", got, err)
	}
	if d.last()["replyToId"] != id {
		t.Errorf("the press names message %v", d.last()["replyToId"])
	}
	forged := obj{"value": obj{"action": obj{"type": "Action.Execute", "verb": "approve", "data": obj{"request": "r9"}}, "trigger": "manual"}, "replyToId": "1"}
	if got, err := d.tenant.PressForged(d.ctx, "30000000-0000-4000-8000-0000000000ff", forged); err != nil || got.Status != 200 {
		t.Errorf("forged: %+v, %v", got, err)
	}
	if from := object(d.last(), "from"); from["aadObjectId"] != "30000000-0000-4000-8000-0000000000ff" || d.last()["replyToId"] != "1" {
		t.Errorf("the forger is %v", from)
	}
	second := d.send(security, asks(nil))
	payload, err := d.tenant.Payload(ben, security, second, "Approve")
	if err != nil || object(payload, "value")["trigger"] != "manual" {
		t.Errorf("the payload is %v, %v", payload, err)
	}
	d.fine()
}

func TestACardBehindAButtonSendsItsOwnFieldsAndThoseAroundIt(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	dm := d.tenant.DM(ana)
	field := func(id string) obj {
		return obj{"type": "Input.Text", "id": id, "label": id, "isRequired": true, "errorMessage": "Fill it in."}
	}
	id := d.send(dm, card(obj{"body": []any{field("outer")}, "actions": []any{obj{"type": "Action.Submit", "title": "Approve"},
		obj{"type": "Action.ShowCard", "title": "Deny", "card": obj{"type": "AdaptiveCard", "body": []any{field("inner")}, "actions": []any{obj{"type": "Action.Submit", "title": "Send"}}}}}}))
	d.must(d.tenant.FillIn(ana, dm, id, "outer", Typed("o")))
	if got, err := d.tenant.Press(d.ctx, ana, dm, id, "Approve"); err != nil || got.Errors["inner"] != "" || object(d.last(), "value")["inner"] != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := d.tenant.Press(d.ctx, ana, dm, id, "Send"); err != nil || len(got.Errors) != 1 || got.Errors["inner"] != "Fill it in." {
		t.Errorf("%+v, %v", got, err)
	}
	d.must(d.tenant.FillIn(ana, dm, id, "inner", Typed("i")))
	if got, err := d.tenant.Press(d.ctx, ana, dm, id, "Send"); err != nil || len(got.Errors) != 0 || object(d.last(), "value")["inner"] != "i" || object(d.last(), "value")["outer"] != "o" {
		t.Errorf("%+v, %v", got, err)
	}
	d.fine()
}

func TestButtonsWithTheSameWordsAreToldApartByTheirPlace(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	twice := func(id string) obj {
		return obj{"type": "Action.Execute", "title": "Give back", "verb": "give", "data": obj{"which": id}}
	}
	id := d.send(security, asks(obj{"actions": []any{twice("first"), twice("second")}}))
	for name, want := range map[string]string{"Give back #1": "first", "Give back #2": "second"} {
		sent, err := d.tenant.Payload(ben, security, id, name)
		if got := text(object(object(object(sent, "value"), "action"), "data"), "which"); err != nil || got != want {
			t.Errorf("%s sends %q: %v", name, got, err)
		}
	}
	for _, name := range []string{"Give back", "Give back #3"} {
		if _, err := d.tenant.Payload(ben, security, id, name); err == nil {
			t.Errorf("%s is pressed", name)
		}
	}
}
