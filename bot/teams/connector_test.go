package teams

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hallpass/bot"
	"hallpass/flows"
)

func refusedAndGone(t *testing.T, err error, sentence string) {
	t.Helper()
	call := flows.AsCall(err)
	if call == nil || call.Outcome != flows.OutcomeRefused || !errors.Is(err, flows.ErrNotFound) || call.Sentence != sentence {
		t.Errorf("%v, want it refused and not found: %s", err, sentence)
	}
}

func inFeed() bot.Address { return bot.Address{Platform: Platform, Workspace: acme, Channel: feedRoom} }

func TestAMessageIsPostedAnsweredEditedAndDeleted(t *testing.T) {
	o := newOffice(t)
	at, err := o.teams.Post(o.ctx, inFeed(), "", "k", endedCard())
	o.must(err)
	if want := (bot.Address{Platform: Platform, Workspace: acme, Channel: feedRoom, TS: "m1"}); at != want {
		t.Errorf("posted at %+v, want %+v", at, want)
	}
	below, err := o.teams.Post(o.ctx, inFeed(), at.TS, "k", endedCard())
	o.must(err)
	if below.TS != "m2" {
		t.Errorf("a reply at %+v", below)
	}
	o.must(o.teams.Update(o.ctx, at, bot.Text("It is over.")))
	o.must(o.teams.Delete(o.ctx, at))
	room := "/v3/conversations/19:feed@thread.tacv2/activities"
	for i, want := range []string{"POST " + room, "POST " + room + "/m1", "PUT " + room + "/m1", "DELETE " + room + "/m1"} {
		if got := o.calls()[i]; got.Method+" "+got.Path != want || got.Token != "Bearer bot-token-i" {
			t.Errorf("call %d is %s %s with %q, want %s", i+1, got.Method, got.Path, got.Token, want)
		}
	}
	sent := o.calls()[0].Body
	card := sent["attachments"].([]any)[0].(map[string]any)
	if sent["type"] != "message" || sent["summary"] != "prod-db was taken back" || sent["text"] != nil || card["contentType"] != cardKind {
		t.Errorf("sent %v", sent)
	}
	if o.tokens != 1 {
		t.Errorf("%d tokens were asked for", o.tokens)
	}
}

func TestAnIDNeverLeadsElsewhere(t *testing.T) {
	o := newOffice(t)
	_, err := o.teams.Post(o.ctx, bot.Address{Workspace: acme, Channel: "../../admin?x=1#y"}, "a/../b", "", bot.Text("x"))
	o.must(err)
	if got := o.calls()[0]; got.Path != "/v3/conversations/..%2F..%2Fadmin%3Fx=1%23y/activities/a%2F..%2Fb" || got.Query != "" {
		t.Errorf("sent to %s ? %s", got.Path, got.Query)
	}
}

func TestEveryAnswerHasItsOutcome(t *testing.T) {
	post := func(o *office) error {
		_, err := o.teams.Post(o.ctx, inFeed(), "", "", bot.Text("x"))
		return err
	}
	edit := func(o *office) error {
		return o.teams.Update(o.ctx, bot.Address{Workspace: acme, Channel: feedRoom, TS: "m1"}, bot.Text("x"))
	}
	for _, c := range []struct {
		status     int
		code       string
		post, edit flows.Outcome
		gone       bool          // for an edit
		wait       time.Duration // of a post that is to be tried again
		says       string
	}{
		{400, "BadArgument", flows.OutcomeRefused, flows.OutcomeRefused, false, 0, "Teams refused this (status 400)"},
		{401, "", flows.OutcomeLater, flows.OutcomeLater, false, 0, "Teams does not take Hallpass's token"},
		{403, "MessageWritesBlocked", flows.OutcomeRefused, flows.OutcomeRefused, false, 0, "This person has blocked or removed the app in Teams"},
		{403, "SomethingNew", flows.OutcomeRefused, flows.OutcomeRefused, false, 0, "Teams does not let the app do this"},
		{404, "ActivityNotFoundInConversation", flows.OutcomeRefused, flows.OutcomeRefused, true, 0, "The Teams message or conversation is no longer there"},
		{409, "", flows.OutcomeLater, flows.OutcomeLater, false, 7 * time.Second, "Something else is going on in this conversation"},
		{412, "PreconditionFailed", flows.OutcomeLater, flows.OutcomeLater, false, 7 * time.Second, "Something else is going on in this conversation"},
		{413, "MessageSizeTooBig", flows.OutcomeRefused, flows.OutcomeRefused, false, 0, "The message is too large for Teams"},
		{429, "", flows.OutcomeLater, flows.OutcomeLater, false, 7 * time.Second, "Teams asks us to slow down"},
		{408, "", flows.OutcomeUnknown, flows.OutcomeLater, false, 0, "Teams has trouble of its own"},
		{500, "", flows.OutcomeUnknown, flows.OutcomeLater, false, 0, "Teams has trouble of its own"},
		{502, "", flows.OutcomeUnknown, flows.OutcomeLater, false, 0, "Teams has trouble of its own"},
		{503, "", flows.OutcomeUnknown, flows.OutcomeLater, false, 0, "Teams has trouble of its own"},
		{504, "", flows.OutcomeUnknown, flows.OutcomeLater, false, 0, "Teams has trouble of its own"},
	} {
		o := newOffice(t)
		o.faulty(func(w http.ResponseWriter, r asked) bool {
			if strings.HasSuffix(r.Path, "/token") {
				return false
			}
			w.Header().Set("Retry-After", "7")
			fail(w, c.status, c.code)
			return true
		})
		if got := flows.AsCall(post(o)); got.Outcome != c.post || got.Sentence != c.says || (got.Outcome == flows.OutcomeLater && got.RetryAfter != c.wait) {
			t.Errorf("%d %s: a post is %s after %s (%s), want %s after %s (%s)", c.status, c.code, got.Outcome, got.RetryAfter, got.Sentence, c.post, c.wait, c.says)
		}
		if got := edit(o); flows.AsCall(got).Outcome != c.edit || errors.Is(got, flows.ErrNotFound) != c.gone {
			t.Errorf("%d %s: an edit is %v, want %s", c.status, c.code, got, c.edit)
		}
	}
}

func TestAConnectionThatBreaksMayHaveDelivered(t *testing.T) {
	o := newOffice(t)
	o.faulty(func(w http.ResponseWriter, r asked) bool {
		if strings.HasSuffix(r.Path, "/token") {
			return false
		}
		panic(http.ErrAbortHandler)
	})
	o.http.Config.ErrorLog = nil
	_, err := o.teams.Post(o.ctx, inFeed(), "", "", bot.Text("x"))
	if got := flows.AsCall(err); got.Outcome != flows.OutcomeUnknown || strings.Contains(err.Error(), "19:feed") {
		t.Errorf("%v", err)
	}
}

func TestOneTokenServesManyAndIsRenewedEarly(t *testing.T) {
	o := newOffice(t)
	done := make(chan error)
	for range 6 {
		go func() {
			_, err := o.teams.Post(context.Background(), inFeed(), "", "", bot.Text("x"))
			done <- err
		}()
	}
	for range 6 {
		o.must(<-done)
	}
	if o.tokens != 1 {
		t.Errorf("%d tokens for six posts at once", o.tokens)
	}
	o.clock.move(3599*time.Second - tokenMargin - time.Second)
	o.must(o.teams.Update(o.ctx, bot.Address{Workspace: acme, Channel: feedRoom, TS: "m1"}, bot.Text("x")))
	if o.tokens != 1 {
		t.Error("renewed before its time")
	}
	o.clock.move(time.Second)
	o.must(o.teams.Update(o.ctx, bot.Address{Workspace: acme, Channel: feedRoom, TS: "m1"}, bot.Text("x")))
	if o.tokens != 2 {
		t.Error("not renewed five minutes before its end")
	}
}

func TestARefusedTokenIsDroppedAndARefusedSecretIsTold(t *testing.T) {
	alarms := make(chan string, 1)
	o := newOffice(t, func(c *Config) { c.Alarm = func(_ context.Context, s string) { alarms <- s } })
	o.must(o.teams.Delete(o.ctx, bot.Address{Workspace: acme, Channel: feedRoom, TS: "m1"}))
	o.faulty(func(w http.ResponseWriter, r asked) bool {
		if strings.HasSuffix(r.Path, "/token") {
			w.WriteHeader(http.StatusUnauthorized)
			write(w, map[string]any{"error": "invalid_client"})
			return true
		}
		fail(w, http.StatusUnauthorized, "")
		return true
	})
	for range 2 { // the first finds the token refused, the second gets no other
		err := o.teams.Delete(o.ctx, bot.Address{Workspace: acme, Channel: feedRoom, TS: "m1"})
		if got := flows.AsCall(err); got.Outcome != flows.OutcomeLater || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v", err)
		}
	}
	if got := <-alarms; got != badSecret+" (invalid_client)" {
		t.Errorf("admins are told %q", got)
	}
	if n := len(o.calls()); n != 2 {
		t.Errorf("%d calls went to the connector, want none without a token", n)
	}
}

func TestTheTokenGoesToAllowedHostsOnlyAndAlongNoRedirect(t *testing.T) {
	heard := 0
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard++ }))
	defer evil.Close()
	o := newOffice(t)
	o.must(o.refs.PutReference(o.ctx, Reference{Tenant: acme, Of: feedRoom, Conversation: feedRoom, Service: evil.URL}))
	_, err := o.teams.Post(o.ctx, inFeed(), "", "", bot.Text("x"))
	if flows.AsCall(err).Sentence != "The connector's address is not among teams.service_hosts" {
		t.Errorf("%v", err)
	}
	o.faulty(func(w http.ResponseWriter, r asked) bool {
		if strings.HasSuffix(r.Path, "/token") {
			return false
		}
		w.Header().Set("Location", evil.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return true
	})
	_, err = o.teams.Post(o.ctx, bot.Address{Workspace: acme, Channel: "19:other@thread.tacv2"}, "", "", bot.Text("x"))
	if flows.AsCall(err) == nil || heard != 0 {
		t.Errorf("%v; the other host heard %d calls", err, heard)
	}
}

func TestSomebodyNewIsReachedByANewChat(t *testing.T) {
	o := newOffice(t)
	ben := flows.Account{Platform: Platform, Workspace: acme, User: benObject}
	for range 2 {
		at, err := o.teams.Direct(o.ctx, ben)
		o.must(err)
		if at.Channel != "a:new-chat" {
			t.Errorf("Ben is written to at %+v", at)
		}
	}
	calls := o.calls()
	if len(calls) != 1 || calls[0].Path != "/v3/conversations" {
		t.Fatalf("calls %+v", calls)
	}
	body := calls[0].Body
	if body["tenantId"] != acme || body["members"].([]any)[0].(map[string]any)["id"] != benObject || body["bot"].(map[string]any)["id"] != "28:"+appID {
		t.Errorf("asked for %v", body)
	}
	o.faulty(func(w http.ResponseWriter, _ asked) bool {
		fail(w, http.StatusForbidden, "BotNotInConversationRoster")
		return true
	})
	_, err := o.teams.Direct(o.ctx, anaAccount())
	refusedAndGone(t, err, "The Teams app is not installed there")
	_, err = o.teams.Direct(o.ctx, flows.Account{Platform: Platform, Workspace: foreign, User: anaObject})
	refusedAndGone(t, err, "Teams does not know this person")
}

func TestAChannelIsFitUnlessItIsSharedOrUnknown(t *testing.T) {
	o := newOffice(t)
	why, err := o.teams.Fit(o.ctx, acme, feedRoom)
	if why != "" || err != nil {
		t.Fatalf("%q, %v", why, err)
	}
	o.members["eve"] = map[string]any{"id": "29:eve", "aadObjectId": "e", "tenantId": foreign}
	if why, _ = o.teams.Fit(o.ctx, acme, feedRoom); why != "" || len(o.calls()) != 1 {
		t.Errorf("asked again within five minutes: %q", why)
	}
	o.clock.move(fitFor)
	if why, _ = o.teams.Fit(o.ctx, acme, feedRoom); why != "The Teams channel is shared with another organization" {
		t.Errorf("%q", why)
	}
	o.faulty(func(w http.ResponseWriter, _ asked) bool {
		fail(w, http.StatusForbidden, "BotNotInConversationRoster")
		return true
	})
	if why, _ = o.teams.Fit(o.ctx, acme, feedRoom); why != "The Teams app is not installed there" {
		t.Errorf("%q", why)
	}
	o.faulty(func(w http.ResponseWriter, _ asked) bool { fail(w, http.StatusBadGateway, ""); return true })
	if _, err = o.teams.Fit(o.ctx, acme, feedRoom); flows.AsCall(err) == nil {
		t.Error("a connector that is down is no answer")
	}
}

func TestPeopleAreWhatTheRosterSaysOfThem(t *testing.T) {
	full := map[string]any{"id": "29:x", "aadObjectId": anaObject, "name": "Ana Silva", "email": "Ana.Silva@acme.example", "userPrincipalName": "ana@acme.example",
		"tenantId": acme, "userRole": "user"}
	for why, c := range map[string]struct {
		change map[string]any
		says   string
	}{
		"a colleague": {nil, ""}, "of another organization": {map[string]any{"tenantId": foreign}, refuseTenant},
		"a guest by name": {map[string]any{"userPrincipalName": "ana_x.example#EXT#@acme.example"}, refuseGuest}, "a guest by role": {map[string]any{"userRole": "guest"}, refuseGuest},
		"anonymous": {map[string]any{"userRole": "anonymous"}, refuseAnonymous}, "without a tenant": {map[string]any{"tenantId": nil}, refuseUnsure},
		"without a role": {map[string]any{"userRole": nil}, refuseUnsure}, "without a principal name": {map[string]any{"userPrincipalName": nil}, refuseUnsure},
		"of a role that is new": {map[string]any{"userRole": "agent"}, refuseUnsure},
	} {
		m := map[string]any{}
		for k, v := range full {
			m[k] = v
		}
		for k, v := range c.change {
			m[k] = v
		}
		o := newOffice(t)
		o.members = map[string]map[string]any{"ana": m}
		p, err := o.teams.Profile(o.ctx, anaAccount())
		if err != nil || p.Refused != c.says || p.Name != "Ana Silva" || p.Email != "ana.silva@acme.example" {
			t.Errorf("%s: %+v, %v", why, p, err)
		}
	}
}

func TestSomebodyIsFoundByAddressInTheTeamsThatHaveTheApp(t *testing.T) {
	o := newOffice(t)
	p, err := o.teams.Find(o.ctx, Platform, acme, "ben.okafor@acme.example")
	if err != nil || p.User != benObject || p.Refused != "" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, address := range []string{"ben@acme.example", "nobody@acme.example", ""} { // the first is a principal name, not the address that the roster gives
		if _, err := o.teams.Find(o.ctx, Platform, acme, address); !errors.Is(err, flows.ErrNotFound) {
			t.Errorf("%s: %v", address, err)
		}
	}
	o.faulty(func(w http.ResponseWriter, _ asked) bool { fail(w, http.StatusBadGateway, ""); return true })
	if _, err := o.teams.Find(o.ctx, Platform, acme, "ben.okafor@acme.example"); err == nil || errors.Is(err, flows.ErrNotFound) {
		t.Errorf("a connector that is down is no answer: %v", err)
	}
}

func TestAConversationGetsNoMoreCallsThanTeamsBears(t *testing.T) {
	o := newOffice(t)
	post := func() *flows.CallError {
		_, err := o.teams.Post(o.ctx, inFeed(), "", "", bot.Text("x"))
		return flows.AsCall(err)
	}
	for range 7 {
		if err := post(); err != nil {
			t.Fatal(err)
		}
	}
	if got := post(); got == nil || got.Outcome != flows.OutcomeLater || got.RetryAfter != time.Second || len(o.calls()) != 7 {
		t.Errorf("the eighth in a second: %v", got)
	}
	o.clock.move(time.Second)
	if got := post(); got != nil {
		t.Errorf("a second later: %v", got)
	}
	if got := post(); got == nil || got.RetryAfter != time.Second {
		t.Errorf("the ninth in two seconds: %v", got)
	}
	if _, err := o.teams.Post(o.ctx, bot.Address{Workspace: acme, Channel: "19:other@thread.tacv2"}, "", "", bot.Text("x")); err != nil {
		t.Errorf("another conversation waits too: %v", err)
	}
	o.clock.move(time.Second)
	for range 52 {
		o.clock.move(400 * time.Millisecond)
		if got := post(); got != nil {
			t.Fatal(got)
		}
	}
	if got := post(); got == nil || got.RetryAfter <= 2*time.Second || got.RetryAfter > 30*time.Second {
		t.Errorf("the sixty-first in half a minute: %v", got)
	}
}
