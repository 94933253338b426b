package teams

import "testing"

func TestAStoryInWordsThatFitAnyChat(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	me := d.tenant.Screen(ana)
	d.when(func(a obj) (int, any) {
		switch a["name"] {
		case nil:
			d.send(d.tenant.DM(ana), asks(nil))
			return 200, nil
		case invokeFetch:
			return 200, form()
		case invokeSearch:
			return 200, obj{"type": searchType, "value": obj{"results": []any{obj{"title": "prod-db", "value": "id-1"}, obj{"title": "prod-dw", "value": "id-2"}}}}
		case invokeSubmit:
			return 200, obj{"task": obj{"type": "message", "value": "Asked."}}
		}
		return 200, obj{"statusCode": 200, "type": messageType, "value": "Ben decided already."}
	})
	d.must(me.Says(d.ctx, "", "access prod-db"))
	keys, err := me.Messages(d.ctx, "")
	if err != nil || len(keys) != 1 || me.Reads(keys[0]) != "Ana asks for prod-db\n[ Approve ] [ Deny ]" {
		t.Fatalf("she sees %q, %v", keys, err)
	}
	if said, err := me.Presses(d.ctx, keys[0], "Approve"); err != nil || said != "Ben decided already." {
		t.Errorf("she reads %q, %v", said, err)
	}
	if _, err := me.Presses(d.ctx, keys[0], "Deny"); err != nil || me.Form() == "" {
		t.Fatalf("no form: %v", err)
	}
	if _, err := me.Submits(d.ctx, ""); err == nil || err.Error() != "country: Say where." {
		t.Errorf("the client said %v", err)
	}
	for field, text := range map[string]string{"country": "Spain", "roles": "Reader,Writer", "urgent": "yes", "why": "replay payments"} {
		d.must(me.Fills(d.ctx, field, text))
	}
	d.must(me.Fills(d.ctx, "what", "prod-dw"))
	if err := me.Fills(d.ctx, "what", "prod"); err == nil {
		t.Error("she could choose what is none of two")
	}
	if said, err := me.Submits(d.ctx, "Ask"); err != nil || said != "Asked." || me.Form() != "" {
		t.Errorf("she reads %q, %v", said, err)
	}
	if sent := object(object(d.last(), "value"), "data"); sent["what"] != "id-2" || sent["urgent"] != "yes" || sent["roles"] != "r,w" {
		t.Errorf("sent %v", sent)
	}
	d.fine()
}
