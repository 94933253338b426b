package teams

import (
	"net/http"
	"testing"
	"time"

	"hallpass/sandbox/faults"
)

func TestThreadsAreThrottledByTheirWindows(t *testing.T) {
	d := open(t, Options{EnforceRates: true})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	write := func(where string) int {
		status, _, _ := d.call(http.MethodPost, "conversations/"+escape(where)+"/activities", obj{"type": "message", "text": "x"})
		return status
	}
	burst := func(where string) int {
		n := 0
		for n < 100 && write(where) == http.StatusCreated {
			n++
		}
		return n
	}
	if n := burst(security); n != 7 {
		t.Errorf("%d within a second, wanted 7", n)
	}
	if n := burst(d.tenant.DM(ana)); n != 7 {
		t.Errorf("another thread: %d within a second, wanted 7", n)
	}
	d.clock.pass(time.Second)
	if n := burst(security); n != 1 {
		t.Errorf("%d more within two seconds, wanted 1", n)
	}
	total := 8
	for range 12 {
		d.clock.pass(2 * time.Second)
		total += burst(security)
	}
	if total != 60 {
		t.Errorf("%d within 30 seconds, wanted 60", total)
	}
	d.fine()
}

func TestThrottlingComesWithAndWithoutAWaitingTime(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	path := "conversations/" + escape(d.tenant.DM(ana)) + "/activities"
	d.tenant.Throttle(OpSend, 7, 1)
	d.tenant.Throttle(OpSend, 0, 1)
	for _, wanted := range []string{"7", ""} {
		status, answer, header := d.call(http.MethodPost, path, obj{"type": "message", "text": "x"})
		if status != http.StatusTooManyRequests || header.Get("Retry-After") != wanted || codeOf(answer) != "Throttled" {
			t.Errorf("%d %v, Retry-After %q, wanted %q", status, answer, header.Get("Retry-After"), wanted)
		}
	}
	d.send(d.tenant.DM(ana), obj{"type": "message", "text": "x"})
	if n := len(d.tenant.Messages(d.tenant.DM(ana))); n != 1 {
		t.Errorf("%d messages, wanted 1", n)
	}
}

func TestAnAnswerMayBeLostAfterTheMessageWasDelivered(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	dm := d.tenant.DM(ana)
	path := "conversations/" + escape(dm) + "/activities"
	for i, status := range []int{502, 504, 0} {
		d.tenant.LoseAnswers(OpSend, status, 1)
		if got, _, _ := d.call(http.MethodPost, path, obj{"type": "message", "text": "x"}); got != status {
			t.Errorf("answered %d, wanted %d", got, status)
		}
		if n := len(d.tenant.Messages(dm)); n != i+1 {
			t.Errorf("%d messages, wanted %d", n, i+1)
		}
	}
	d.tenant.Fail(OpUpdate, http.StatusPreconditionFailed, "PreconditionFailed", 1)
	sent := d.tenant.Messages(dm)[0].ID
	if status, answer, _ := d.call(http.MethodPut, path+"/"+sent, obj{"type": "message", "text": "y"}); status != 412 || codeOf(answer) != "PreconditionFailed" {
		t.Errorf("the edit: %d %v", status, answer)
	}
	if d.tenant.Messages(dm)[0].Edited {
		t.Error("the refused edit took effect")
	}
	d.tenant.Fail(OpToken, 503, "temporarily_unavailable", 1)
	if status, _ := d.login(nil); status != 503 {
		t.Errorf("the token endpoint: %d", status)
	}
}

func TestPeopleWhoLeftCannotBeWrittenTo(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	path := "conversations/" + escape(d.tenant.DM(ana)) + "/activities"
	for _, leave := range []func(){
		func() { d.tenant.Block(ana, true) },
		func() { d.tenant.Block(ana, false); d.must(d.tenant.Uninstall(d.ctx, ana, "")) },
	} {
		leave()
		status, answer, _ := d.call(http.MethodPost, path, obj{"type": "message", "text": "x"})
		if status != http.StatusForbidden || answer["errorCode"] != 209.0 {
			t.Errorf("answered %d %v", status, answer)
		}
	}
	if last := d.last(); last["type"] != "installationUpdate" || last["action"] != "remove" {
		t.Errorf("the bot heard %v", last)
	}
	if _, err := d.tenant.Say(d.ctx, ana, "hello?"); err == nil {
		t.Error("she could write to an app that is gone")
	}
	d.must(d.tenant.Install(d.ctx, ana, ""))
	d.send(d.tenant.DM(ana), obj{"type": "message", "text": "welcome back"})
}

func TestFaultsStandInTheWay(t *testing.T) {
	broken := &faults.Switch{}
	d := open(t, Options{Middleware: broken.Wrap})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	d.send(d.tenant.DM(ana), obj{"type": "message", "text": "one"})
	broken.Set(faults.Fault{Kind: faults.LostAnswer, Method: http.MethodPost, Path: "/teams/*", Times: 1})
	if status, _, _ := d.call(http.MethodPost, "conversations/"+escape(d.tenant.DM(ana))+"/activities", obj{"type": "message", "text": "two"}); status != 0 {
		t.Errorf("answered %d", status)
	}
	if n := len(d.tenant.Messages(d.tenant.DM(ana))); n != 2 {
		t.Errorf("%d messages, wanted 2", n)
	}
}

func TestCallsHangUntilTheyAreLetGo(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	d.send(d.tenant.DM(ana), obj{"type": "message", "text": "one"})
	d.tenant.Hang(true)
	answered := make(chan int)
	go func() {
		status, _, _ := d.call(http.MethodPost, "conversations/"+escape(d.tenant.DM(ana))+"/activities", obj{"type": "message", "text": "two"})
		answered <- status
	}()
	d.must(d.tenant.Wait(d.ctx, func() bool { return d.tenant.Calls()[OpSend] == 2 }))
	d.tenant.Hang(false)
	if status := <-answered; status != http.StatusCreated {
		t.Errorf("answered %d", status)
	}
}
