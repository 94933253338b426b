package teams

import (
	"net/http"
	"testing"
	"time"
)

func TestATargetedMessageIsForOnePersonForADay(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	path := "conversations/" + escape(security) + "/activities"
	only := asks(nil)
	only["recipient"] = obj{"id": d.tenant.MRI(ben)}
	status, answer, _ := d.call(http.MethodPost, path+"?isTargetedActivity=true", only)
	id := text(answer, "id")
	if status != http.StatusCreated || id == "" {
		t.Fatalf("%d %v", status, answer)
	}
	if seen := d.tenant.See(ben, security); len(seen) != 1 || seen[0].For != ben || !seen[0].Targeted {
		t.Errorf("Ben sees %v", seen)
	}
	if seen := d.tenant.See(ana, security); len(seen) != 0 {
		t.Errorf("Ana sees %v", seen)
	}
	if _, err := d.tenant.Press(d.ctx, ana, security, id, "Approve"); err == nil {
		t.Error("Ana could press what only Ben sees")
	}
	d.answer(200, obj{"statusCode": 200, "type": messageType, "value": "done"})
	if got, err := d.tenant.Press(d.ctx, ben, security, id, "Approve"); err != nil || got.Text != "done" {
		t.Errorf("Ben: %+v, %v", got, err)
	}
	if status, answer, _ := d.call(http.MethodPut, path+"/"+id, only); status != http.StatusNotFound {
		t.Errorf("an edit without the flag: %d %v", status, answer)
	}
	if status, answer, _ := d.call(http.MethodPut, path+"/"+id+"?isTargetedActivity=true", only); status != http.StatusOK {
		t.Errorf("an edit: %d %v", status, answer)
	}
	d.fine()
	d.clock.pass(24 * time.Hour)
	if seen := d.tenant.See(ben, security); len(seen) != 0 {
		t.Errorf("after a day Ben sees %v", seen)
	}
	d.token = "" // it ran out
	d.must(d.tenant.Install(d.ctx, ben, ""))
	for name, refused := range map[string]struct {
		where string
		to    any
	}{"in a personal chat": {d.tenant.DM(ben), d.tenant.MRI(ben)}, "for nobody": {security, ""}, "for somebody who is not there": {security, d.tenant.MRI(sam)}} {
		only["recipient"] = obj{"id": refused.to}
		if status, answer, _ := d.call(http.MethodPost, "conversations/"+escape(refused.where)+"/activities?isTargetedActivity=true", only); status != http.StatusBadRequest {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
}
