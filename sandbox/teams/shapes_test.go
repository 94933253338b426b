package teams

import (
	"encoding/json"
	"fmt"
	"testing"
)

// like compares an activity with an example of Microsoft's documents: every field of the example is there, of the same kind. Texts in the example
// that begin with = are to be equal.
func like(t *testing.T, at string, got any, example any) {
	t.Helper()
	switch want := example.(type) {
	case obj:
		have, is := got.(obj)
		if !is {
			t.Errorf("%s is %T, documented as an object", at, got)
		}
		for name, part := range want {
			if _, present := have[name]; !present {
				t.Errorf("%s.%s is missing", at, name)
				continue
			}
			like(t, at+"."+name, have[name], part)
		}
	case []any:
		have, is := got.([]any)
		if !is || len(have) < len(want) {
			t.Errorf("%s is %v, documented as a list of %d", at, got, len(want))
			return
		}
		for i, part := range want {
			like(t, fmt.Sprintf("%s[%d]", at, i), have[i], part)
		}
	case string:
		if have, is := got.(string); !is || len(want) > 0 && want[0] == '=' && have != want[1:] {
			t.Errorf("%s is %v, documented as %q", at, got, want)
		}
	default:
		if fmt.Sprintf("%T", got) != fmt.Sprintf("%T", example) {
			t.Errorf("%s is a %T, documented as a %T", at, got, example)
		}
	}
}

func documented(t *testing.T, got obj, example string) {
	t.Helper()
	var want obj
	if err := json.Unmarshal([]byte(example), &want); err != nil {
		t.Fatal(err)
	}
	like(t, text(got, "type"), got, want)
}

// everyActivity is what the documents say of all inbound activities.
const everyActivity = `{"channelId":"=msteams","id":"f:1","timestamp":"2020-10-20T22:08:07.869Z","serviceUrl":"https://smba.trafficmanager.net/amer/","localTimezone":"=Europe/Lisbon",
	"locale":"=en-US","from":{"id":"29:x","name":"=Ana Silva","aadObjectId":"=` + ana + `"},"recipient":{"id":"=28:` + defaultApp + `","name":"=hallpass"}`

func TestActivitiesLookAsDocumented(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	documented(t, d.heard[0], everyActivity+`,"type":"=conversationUpdate","membersAdded":[{"id":"=28:`+defaultApp+`"}],
		"conversation":{"conversationType":"=personal","id":"a:1","tenantId":"=`+defaultTenant+`"},"channelData":{"tenant":{"id":"=`+defaultTenant+`"}}}`)
	documented(t, d.last(), everyActivity+`,"type":"=installationUpdate","action":"=add","conversation":{"conversationType":"=personal","id":"a:1","tenantId":"x"},
		"channelData":{"tenant":{"id":"x"},"settings":{"selectedChannel":{"id":"x"}},"source":{"name":"=message"}},"entities":[{"type":"=clientInfo","locale":"=en-US","platform":"x"}]}`)
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	documented(t, d.last(), everyActivity+`,"type":"=installationUpdate","action":"=add","conversation":{"isGroup":true,"conversationType":"=channel","tenantId":"x","id":"=`+theTeam+`"},
		"channelData":{"settings":{"selectedChannel":{"id":"=`+theTeam+`"}},"channel":{"id":"=`+theTeam+`"},"team":{"id":"=`+theTeam+`","name":"=Platform","aadGroupId":"x"},"tenant":{"id":"x"}}}`)
	id, err := d.tenant.Mention(d.ctx, ana, security, "access prod-db")
	d.must(err)
	documented(t, d.last(), everyActivity+`,"type":"=message","text":"=<at>hallpass</at> access prod-db","textFormat":"=plain",
		"conversation":{"isGroup":true,"conversationType":"=channel","tenantId":"x","id":"=`+security+`;messageid=`+id+`"},
		"channelData":{"team":{"id":"=`+theTeam+`"},"channel":{"id":"=`+security+`"},"tenant":{"id":"x"}},
		"entities":[{"type":"=clientInfo","timezone":"=Europe/Lisbon","country":"=US"},{"type":"=mention","text":"=<at>hallpass</at>","mentioned":{"id":"=28:`+defaultApp+`","name":"=hallpass"}}]}`)
	d.fine()
}

func TestInvokesLookAsDocumented(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	dm := d.tenant.DM(ana)
	id := d.send(dm, asks(nil))
	d.answer(200, obj{"statusCode": 200, "type": messageType, "value": "ok"})
	_, err := d.tenant.Press(d.ctx, ana, dm, id, "Approve")
	d.must(err)
	documented(t, d.last(), everyActivity+`,"type":"=invoke","name":"=adaptiveCard/action","replyToId":"=`+id+`","conversation":{"conversationType":"=personal","id":"=`+dm+`"},
		"value":{"action":{"type":"=Action.Execute","verb":"=approve","data":{"request":"=r1"}},"trigger":"=manual"}}`)
	d.answer(200, dialogOf(obj{"type": "Input.ChoiceSet", "id": "what", "style": "filtered", "label": "What", "choices.data": obj{"type": "Data.Query", "dataset": "targets"}}))
	_, err = d.tenant.Press(d.ctx, ana, dm, id, "Deny")
	d.must(err)
	documented(t, d.last(), everyActivity+`,"type":"=invoke","name":"=task/fetch","value":{"data":{"request":"=r1","msteams":{"type":"=task/fetch"}},"context":{"theme":"=default"}}}`)
	d.answer(200, obj{"type": searchType, "value": obj{"results": []any{obj{"title": "prod-db", "value": "id-1"}}}})
	_, err = d.tenant.Options(d.ctx, ana, "what", "pro")
	d.must(err)
	documented(t, d.last(), everyActivity+`,"type":"=invoke","name":"=application/search","value":{"queryText":"=pro","queryOptions":{"skip":0,"top":15},"dataset":"=targets"}}`)
	d.must(d.tenant.Fill(ana, "what", Chosen("prod-db")))
	d.answer(200, nil)
	_, err = d.tenant.Submit(d.ctx, ana, "")
	d.must(err)
	documented(t, d.last(), everyActivity+`,"type":"=invoke","name":"=task/submit","value":{"data":{"form":"=ask","what":"=id-1"}}}`)
	d.fine()
}

// dialogOf is an answer that opens a dialog with these elements and a button.
func dialogOf(elements ...any) obj {
	return obj{"task": obj{"type": "continue", "value": obj{"title": "Ask for access", "height": "medium", "width": "medium", "card": obj{"contentType": CardType,
		"content": obj{"type": "AdaptiveCard", "version": "1.5", "body": elements,
			"actions": []any{obj{"type": "Action.Submit", "title": "Ask", "data": obj{"form": "ask"}}}}}}}}
}
