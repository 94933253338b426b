package teams

import (
	"net/http"
	"testing"
	"time"
)

func TestAPersonalChatNamesThePersonsOwnTenant(t *testing.T) {
	d := open(t, Options{})
	tenantOf := func() (string, string) {
		a := d.last()
		return text(object(a, "conversation"), "tenantId"), text(object(object(a, "channelData"), "tenant"), "id")
	}
	for who, wanted := range map[string]string{ana: defaultTenant, gus: defaultTenant, sam: otherTenant} {
		d.must(d.tenant.Install(d.ctx, who, ""))
		if _, err := d.tenant.Say(d.ctx, who, "access prod-db"); err != nil {
			t.Fatal(err)
		}
		if one, two := tenantOf(); one != wanted || two != wanted || text(object(d.last(), "from"), "aadObjectId") != who {
			t.Errorf("%s speaks from %s and %s, wanted %s", who, one, two, wanted)
		}
	}
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	if _, err := d.tenant.Mention(d.ctx, sam, shared, "access prod-db"); err != nil {
		t.Fatal(err)
	}
	if one, two := tenantOf(); one != defaultTenant || two != defaultTenant {
		t.Errorf("a shared channel names %s and %s, wanted the host's", one, two)
	}
	d.must(d.tenant.Install(d.ctx, ana, meeting))
	if _, err := d.tenant.Mention(d.ctx, joe, meeting, "access prod-db"); err != nil {
		t.Fatal(err)
	}
	if from := object(d.last(), "from"); from["aadObjectId"] != nil || from["id"] != d.tenant.MRI(joe) {
		t.Errorf("the anonymous joiner is %v", from)
	}
	d.fine()
}

func TestPeopleCanOnlyDoWhatTeamsLetsThem(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	id := d.send(security, asks(obj{"body": []any{obj{"type": "Input.Text", "id": "why", "label": "Why", "maxLength": 5}, obj{"type": "TextBlock", "text": "secret", "isVisible": false},
		obj{"type": "ActionSet", "isVisible": false, "actions": []any{obj{"type": "Action.Submit", "title": "Hidden"}}}}}))
	refused := map[string]error{}
	try := func(what string, err error) { refused[what] = err }
	_, err := d.tenant.Say(d.ctx, ben, "hello")
	try("write to an app that is not installed", err)
	_, err = d.tenant.Mention(d.ctx, sam, security, "hello")
	try("write in a channel one is not in", err)
	_, err = d.tenant.Press(d.ctx, sam, security, id, "Approve")
	try("press in a channel one is not in", err)
	_, err = d.tenant.Press(d.ctx, ben, security, id, "Grant everything")
	try("press a button that is not there", err)
	_, err = d.tenant.Press(d.ctx, ben, security, id, "Hidden")
	try("press a hidden button", err)
	try("type more than fits", d.tenant.FillIn(ben, security, id, "why", Typed("too long")))
	try("choose in a text field", d.tenant.FillIn(ben, security, id, "why", Chosen("x")))
	try("fill in a dialog that is not open", d.tenant.Fill(ben, "why", Typed("x")))
	_, err = d.tenant.Submit(d.ctx, ben, "")
	try("submit a dialog that is not open", err)
	try("install twice", d.tenant.Install(d.ctx, ben, theTeam))
	try("install anonymously", d.tenant.Install(d.ctx, joe, meeting))
	_, err = d.tenant.RefreshCard(d.ctx, ben, security, id)
	try("refresh a card that has no refresh", err)
	d.tenant.ChangeUser(ben, func(u *User) { u.Disabled = true })
	_, err = d.tenant.Press(d.ctx, ben, security, id, "Approve")
	try("press from a disabled account", err)
	for what, err := range refused {
		if err == nil {
			t.Errorf("people could %s", what)
		}
	}
	if n := d.count(); n != 2 {
		t.Errorf("the bot heard %d activities, wanted the two of the installation", n)
	}
	d.fine()
}

func TestTheSameActivityIsDeliveredOnceMoreWhenTheBotFails(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	before := d.count()
	failures := 1
	d.when(func(obj) (int, any) {
		if failures--; failures >= 0 {
			return http.StatusServiceUnavailable, nil
		}
		return http.StatusOK, nil
	})
	_, err := d.tenant.Say(d.ctx, ana, "mine")
	d.must(err)
	if d.count() != before+2 || d.heard[before]["id"] != d.heard[before+1]["id"] || d.heard[before]["timestamp"] != d.heard[before+1]["timestamp"] {
		t.Errorf("it was delivered %d times", d.count()-before)
	}
	d.fine()
	failures = 2
	_, err = d.tenant.Say(d.ctx, ana, "mine")
	d.must(err)
	if d.tenant.Unanswered() != 1 {
		t.Errorf("%d unanswered, wanted 1", d.tenant.Unanswered())
	}
	d.wrong("the bot answered 503: message")
	before = d.count()
	if got, err := d.tenant.Again(d.ctx); err != nil || got.Status != http.StatusOK || d.count() != before+1 || d.heard[before]["id"] != d.heard[before-1]["id"] {
		t.Errorf("again: %+v, %v", got, err)
	}
	d.tenant.Duplicate(3)
	_, err = d.tenant.Say(d.ctx, ana, "mine")
	d.must(err)
	if d.count() != before+4 {
		t.Errorf("it was delivered %d times, wanted 3", d.count()-before-1)
	}
}

func TestWhoPressesReadsThatTheAppCouldNotBeReached(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	id := d.send(d.tenant.DM(ana), asks(nil))
	waiting := make(chan struct{})
	d.when(func(obj) (int, any) { <-waiting; return 200, nil })
	d.tenant.opt.AnswerWithin = time.Millisecond
	got, err := d.tenant.Press(d.ctx, ana, d.tenant.DM(ana), id, "Approve")
	close(waiting)
	if err != nil || got.Err != UnableToReach {
		t.Errorf("a bot that takes too long: %+v, %v", got, err)
	}
	d.wrong("the bot did not answer: invoke adaptiveCard/action")
	d.tenant.opt.AnswerWithin = AnswerWithin
	d.when(func(obj) (int, any) { panic(http.ErrAbortHandler) })
	got, err = d.tenant.Press(d.ctx, ana, d.tenant.DM(ana), id, "Approve")
	if err != nil || got.Err != UnableToReach {
		t.Errorf("a bot that breaks the connection: %+v, %v", got, err)
	}
	d.answer(http.StatusNotImplemented, nil)
	got, err = d.tenant.Press(d.ctx, ana, d.tenant.DM(ana), id, "Approve")
	if err != nil || got.Err != SomethingWentWrong {
		t.Errorf("a bot that answers 501: %+v, %v", got, err)
	}
}

func TestTheServiceURLMayMove(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	old := d.tenant.ServiceURL()
	d.tenant.MoveService("emea")
	_, err := d.tenant.Say(d.ctx, ana, "mine")
	d.must(err)
	if moved := text(d.last(), "serviceUrl"); moved == old || moved != d.tenant.ServiceURL() {
		t.Errorf("the bot heard %s", moved)
	}
	d.send(d.tenant.DM(ana), obj{"type": "message", "text": "here too"})
	d.fine()
}

func TestPeopleAreOfferedTheCommandsOfThePlace(t *testing.T) {
	d := open(t, Options{Commands: []Command{{Title: "access", Description: "Ask for access"}, {Title: "mine", Description: "What you have", Scopes: []string{"personal"}}}})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	for where, wanted := range map[string]int{"": 2, security: 1} {
		if offered, err := d.tenant.Commands(ana, where); err != nil || len(offered) != wanted || offered[0].Title != "access" {
			t.Errorf("in %q: %v, %v", where, offered, err)
		}
	}
	if _, err := d.tenant.Commands(ana, meeting); err == nil {
		t.Error("commands are offered where the app is not")
	}
}

func TestTheBotHearsOnlyWhatIsSaidToIt(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	before := d.count()
	root, err := d.tenant.Chat(ben, security, "who has prod-db?")
	d.must(err)
	if d.count() != before {
		t.Error("the bot heard what was not said to it")
	}
	id, err := d.tenant.MentionIn(d.ctx, ana, security, root, "active")
	d.must(err)
	heard := d.last()
	if text(object(heard, "conversation"), "id") != security+";messageid="+root || heard["replyToId"] != root || heard["id"] != id {
		t.Errorf("heard %v", heard)
	}
	if _, err := d.tenant.MentionIn(d.ctx, ana, security, "1", "active"); err == nil {
		t.Error("she could write in a thread that does not exist")
	}
	d.must(d.tenant.Install(d.ctx, ana, meeting))
	d.tenant.Join(ben, meeting)
	if _, err := d.tenant.Mention(d.ctx, ben, meeting, "mine"); err != nil || text(object(d.last(), "conversation"), "conversationType") != "groupChat" {
		t.Errorf("in the meeting that he joined: %v", err)
	}
	d.fine()
}

func TestABodyThatIsNoActivityIsDelivered(t *testing.T) {
	d := open(t, Options{})
	for _, body := range []string{"", "null", "[]", "{", `{"type":7}`} {
		if got, err := d.tenant.DeliverRaw(d.ctx, []byte(body), Token{}); err != nil || got.Status != http.StatusForbidden {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
	}
}
