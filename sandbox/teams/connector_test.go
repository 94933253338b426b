package teams

import (
	"net/http"
	"strings"
	"testing"
)

// codeOf is the error code of a refusal of the connector.
func codeOf(answer obj) string { return text(object(answer, "error"), "code") }

func TestAChatWithOnePersonIsTheSameEveryTime(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	asked := func(who, tenant string) (int, obj) {
		status, answer, _ := d.call(http.MethodPost, "conversations", obj{"bot": obj{"id": d.tenant.BotID()}, "members": []any{obj{"id": who}}, "tenantId": tenant,
			"channelData": obj{"tenant": obj{"id": tenant}}, "isGroup": false})
		return status, answer
	}
	for _, who := range []string{d.tenant.MRI(ana), ana, strings.ToUpper(ana), "ana.silva@acme.example"} {
		if status, answer := asked(who, d.tenant.TenantID()); status != http.StatusCreated || answer["id"] != d.tenant.DM(ana) {
			t.Errorf("by %s: %d %v", who, status, answer)
		}
	}
	d.fine()
	if status, answer := asked(ana, otherTenant); status != http.StatusNotFound {
		t.Errorf("in another tenant: %d %v", status, answer)
	}
	if status, answer := asked("29:1nobody", d.tenant.TenantID()); status != http.StatusNotFound {
		t.Errorf("nobody: %d %v", status, answer)
	}
	if status, answer := asked(ben, d.tenant.TenantID()); status != http.StatusForbidden || codeOf(answer) != "ForbiddenOperationException" {
		t.Errorf("somebody who has not installed the app: %d %v", status, answer)
	}
	if status, answer := asked(ben, ""); status != http.StatusBadRequest {
		t.Errorf("without a tenant: %d %v", status, answer)
	}
	if status, answer, _ := d.call(http.MethodPost, "conversations", obj{"isGroup": true, "members": []any{obj{"id": ana}, obj{"id": ben}}}); status != http.StatusBadRequest {
		t.Errorf("a group chat: %d %v", status, answer)
	}
}

func TestMessagesAreSentEditedAndDeletedAndEveryVersionIsKept(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	dm := d.tenant.DM(ana)
	first := d.send(dm, obj{"type": "message", "text": "one", "textFormat": "plain"})
	second := d.send(dm, asks(nil))
	path := "conversations/" + escape(dm) + "/activities/" + escape(second)
	edited := card(obj{"body": []any{obj{"type": "TextBlock", "text": "Ben approved"}}})
	if status, answer, _ := d.call(http.MethodPut, path, edited); status != http.StatusOK || answer["id"] != second {
		t.Fatalf("the edit: %d %v", status, answer)
	}
	m, found := d.tenant.Message(dm, second)
	if !found || !m.Edited || m.History != 1 || len(m.Versions) != 2 || d.tenant.Text(m) != "Ben approved" {
		t.Errorf("after the edit: %+v", m)
	}
	if status, _, _ := d.call(http.MethodDelete, path, nil); status != http.StatusOK {
		t.Errorf("the removal: %d", status)
	}
	if left, gone := d.tenant.Messages(dm), d.tenant.Deleted(dm); len(left) != 1 || left[0].ID != first || len(gone) != 1 || len(gone[0].Versions) != 2 {
		t.Errorf("left %v, gone %v", left, gone)
	}
	if status, answer, _ := d.call(http.MethodPut, path, edited); status != http.StatusNotFound || codeOf(answer) != "ActivityNotFoundInConversation" {
		t.Errorf("an edit of what is gone: %d %v", status, answer)
	}
	d.fine()
	said, err := d.tenant.Say(d.ctx, ana, "mine")
	d.must(err)
	if status, answer, _ := d.call(http.MethodPut, "conversations/"+escape(dm)+"/activities/"+said, edited); status != http.StatusForbidden {
		t.Errorf("an edit of a person's message: %d %v", status, answer)
	}
	if status, answer, _ := d.call(http.MethodPost, "conversations/a:nowhere/activities", edited); status != http.StatusNotFound || codeOf(answer) != "ConversationNotFound" {
		t.Errorf("a conversation that does not exist: %d %v", status, answer)
	}
}

func TestChannelsHaveThreads(t *testing.T) {
	d := open(t, Options{})
	hello := obj{"type": "message", "text": "hello"}
	if status, answer, _ := d.call(http.MethodPost, "conversations/"+escape(security)+"/activities", hello); status != http.StatusForbidden ||
		codeOf(answer) != "BotNotInConversationRoster" {
		t.Errorf("before the app is in the team: %d %v", status, answer)
	}
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	status, begun, _ := d.call(http.MethodPost, "conversations", obj{"isGroup": true, "channelData": obj{"channel": obj{"id": security}}, "activity": asks(nil)})
	root := text(begun, "activityId")
	if status != http.StatusCreated || begun["id"] != security+";messageid="+root {
		t.Fatalf("a new thread: %d %v", status, begun)
	}
	inThread := d.send(text(begun, "id"), hello)
	status, replied, _ := d.call(http.MethodPost, "conversations/"+escape(security)+"/activities/"+inThread, obj{"type": "message", "text": "too", "replyToId": inThread})
	if status != http.StatusCreated {
		t.Errorf("a reply: %d %v", status, replied)
	}
	alone := d.send(security, hello)
	threads := map[string]string{root: root, inThread: root, text(replied, "id"): root, alone: alone}
	for _, m := range d.tenant.Messages(security) {
		if threads[m.ID] != m.Thread {
			t.Errorf("message %s is in thread %s, wanted %s", m.ID, m.Thread, threads[m.ID])
		}
	}
	d.fine()
	if status, _, _ := d.call(http.MethodPost, "conversations/"+security+";messageid="+root+"/activities", hello); status != http.StatusCreated {
		t.Errorf("an id that is not escaped: %d", status)
	}
	d.wrong("is not escaped")
	if status, _, _ := d.call(http.MethodPost, "conversations/"+escape(security+";messageid=1")+"/activities", hello); status != http.StatusNotFound {
		t.Errorf("a thread that does not exist: %d", status)
	}
}

func TestTheRosterTellsWhoPeopleAre(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	d.must(d.tenant.Install(d.ctx, ana, meeting))
	member := func(where, who string) obj {
		t.Helper()
		status, answer, _ := d.call(http.MethodGet, "conversations/"+escape(where)+"/members/"+escape(who), nil)
		if status != http.StatusOK {
			return obj{"status": float64(status)}
		}
		return answer
	}
	for _, who := range []string{ana, d.tenant.MRI(ana), "ana.silva@acme.example"} {
		if got := member(security, who); got["id"] != d.tenant.MRI(ana) || got["objectId"] != ana || got["tenantId"] != d.tenant.TenantID() || got["userRole"] != "user" ||
			got["givenName"] != "Ana" || got["email"] != "ana.silva@acme.example" {
			t.Errorf("Ana by %s: %v", who, got)
		}
	}
	if got := member(security, gus); got["tenantId"] != d.tenant.TenantID() || got["userPrincipalName"] != "gus_elsewhere.example#EXT#@acme.onmicrosoft.com" {
		t.Errorf("the guest: %v", got)
	}
	if got := member(shared, sam); got["tenantId"] != otherTenant {
		t.Errorf("the stranger of a shared channel: %v", got)
	}
	if got := member(meeting, d.tenant.MRI(joe)); got["userRole"] != "anonymous" || got["objectId"] != nil || got["aadObjectId"] != nil || got["tenantId"] != d.tenant.TenantID() {
		t.Errorf("the anonymous joiner: %v", got)
	}
	if got := member(security, sam); got["status"] != 404.0 {
		t.Errorf("somebody who is not there: %v", got)
	}
	_, page, _ := d.call(http.MethodGet, "conversations/"+escape(security)+"/pagedmembers", nil)
	if members, _ := page["members"].([]any); len(members) != 3 || page["continuationToken"] != nil {
		t.Errorf("the whole roster: %v", page)
	}
	_, team, _ := d.call(http.MethodGet, "teams/"+escape(theTeam), nil)
	if team["id"] != theTeam || team["name"] != "Platform" || team["aadGroupId"] != "f0000000-0000-4000-8000-000000000006" {
		t.Errorf("the team: %v", team)
	}
	_, channels, _ := d.call(http.MethodGet, "teams/"+escape(theTeam)+"/conversations", nil)
	if all := list(channels, "conversations"); len(all) != 3 || all[0]["name"] != nil || all[1]["name"] != "security" {
		t.Errorf("the channels: %v", channels)
	}
	d.fine()
}

func TestALongRosterComesInPages(t *testing.T) {
	d := open(t, Options{})
	var crowd []string
	for range 120 {
		id := newUUID()
		crowd = append(crowd, id)
		d.tenant.AddUser(User{ID: id, Name: "One of many"})
	}
	d.tenant.ChangeTeam(theTeam, func(team *Team) { team.Members = append(crowd, ana) })
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	seen, token, pages := 0, "", 0
	for more := true; more; pages++ {
		_, page, _ := d.call(http.MethodGet, "conversations/"+escape(security)+"/pagedmembers?pageSize=10&continuationToken="+token, nil)
		seen += len(list(page, "members"))
		token = text(page, "continuationToken")
		more = token != ""
	}
	if seen != 121 || pages != 3 { // a page has 50 at least
		t.Errorf("%d people on %d pages", seen, pages)
	}
}

func TestActivitiesThatTeamsRefuses(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	path := "conversations/" + escape(d.tenant.DM(ana)) + "/activities"
	for name, c := range map[string]struct {
		activity any
		status   int
	}{
		"no type":               {obj{"text": "hello"}, 400},
		"an invoke":             {obj{"type": "invoke", "name": "x"}, 400},
		"nothing to read":       {obj{"type": "message"}, 400},
		"a list":                {[]any{}, 400},
		"another format":        {obj{"type": "message", "text": "x", "textFormat": "html"}, 400},
		"somebody else's words": {obj{"type": "message", "text": "x", "from": obj{"id": "28:other"}}, 400},
		"another conversation":  {obj{"type": "message", "text": "x", "conversation": obj{"id": "a:other"}}, 400},
		"a card that is text":   {obj{"type": "message", "attachments": []any{obj{"contentType": CardType, "content": "{}"}}}, 400},
		"a card without a type": {obj{"type": "message", "attachments": []any{obj{"content": obj{}}}}, 400},
		"a book":                {obj{"type": "message", "text": strings.Repeat("x", MessageLimit/2)}, 413},
		"a library":             {obj{"type": "message", "text": strings.Repeat("x", maxBody)}, 413},
	} {
		if status, answer, _ := d.call(http.MethodPost, path, c.activity); status != c.status {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	if said := d.tenant.Messages(d.tenant.DM(ana)); len(said) != 0 {
		t.Errorf("%d of them went through", len(said))
	}
	d.tenant.ForgetProblems()
	if status, _, _ := d.call(http.MethodPost, path, obj{"type": "typing"}); status != http.StatusCreated || len(d.tenant.Messages(d.tenant.DM(ana))) != 0 {
		t.Errorf("typing: %d", status)
	}
	d.send(d.tenant.DM(ana), obj{"type": "message", "text": strings.Repeat("x", MessageLimit/2-100)})
	d.fine()
}
