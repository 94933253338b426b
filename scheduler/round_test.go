package scheduler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/scheduler"
)

func TestARoundSaysWhatItDid(t *testing.T) {
	d := newDesk(t)
	d.want(end(1), post(1), ask(1))
	rep, err := d.runner.RunOnce(d.ctx)
	d.must(err)
	is(t, "claimed", rep.Claimed, 3)
	is(t, "no errors", len(rep.Errors), 0)
	same(t, "ends first, cards last", d.took(), "holding/1", "request/1", "post/1")
	rep, err = d.runner.RunOnce(d.ctx)
	d.must(err)
	is(t, "nothing is left", rep.Claimed, 0)
}

func TestEndsComeFirst(t *testing.T) {
	d := newDesk(t)
	d.want(give(1), give(2), end(3), give(4), end(5))
	same(t, "order", d.once(), "holding/3", "holding/5", "holding/1", "holding/2", "holding/4")
}

func TestALaneHasItsRoom(t *testing.T) {
	d := newDesk(t)
	d.want(post(1), post(2), post(3), end(1))
	same(t, "one post at a time", d.once(), "holding/1", "post/1")
	same(t, "in order", d.once(), "post/2")
	same(t, "to the last", d.once(), "post/3")
}

func TestDueLater(t *testing.T) {
	d := newDesk(t)
	i := end(1)
	i.Due = start.Add(time.Hour)
	d.want(i)
	is(t, "not yet", len(d.once()), 0)
	d.hands.pass(time.Hour)
	same(t, "on time", d.once(), "holding/1")
}

func TestDoneAndAgain(t *testing.T) {
	d := newDesk(t)
	d.want(ask(1), ask(2))
	d.answer["request/1"] = func() flows.Result {
		return flows.Result{Again: true, Scale: flows.ByCompany, Due: start.Add(time.Minute)}
	}
	d.once()
	is(t, "done is gone", d.intent(flows.IntentAsk, "request/2") == nil, true)
	again := d.intent(flows.IntentAsk, "request/1")
	is(t, "again is due when it said", again.Due, start.Add(time.Minute))
	is(t, "on its scale", again.Scale, flows.ByCompany)
}

func TestWantedAgainWhileWorkedOn(t *testing.T) {
	d := newDesk(t)
	d.want(post(1))
	d.answer["post/1"] = func() flows.Result {
		if i := d.intent(flows.IntentPost, "post/1"); i.Generation == 1 {
			d.want(post(1))
		}
		return flows.Result{}
	}
	same(t, "first", d.once(), "post/1")
	is(t, "stays open", d.intent(flows.IntentPost, "post/1") != nil, true)
	same(t, "once more", d.once(), "post/1")
	is(t, "done", d.intent(flows.IntentPost, "post/1") == nil, true)
}

// retries has one intent fail so many times and returns how long it was put off each time.
func (d *desk) retries(i flows.Intent, times int, err error) []time.Duration {
	d.t.Helper()
	d.want(i)
	d.answer[i.Subject] = func() flows.Result { return flows.Result{Again: true, Err: err} }
	var out []time.Duration
	for range times {
		if list := d.once(); len(list) != 1 {
			d.t.Fatalf("worked on %v", list)
		}
		wait := d.intent(i.Kind, i.Subject).Due.Sub(d.clock.Machine())
		out = append(out, wait)
		d.hands.pass(wait)
	}
	return out
}

func TestAnIntentsOwnTroubleBacksOff(t *testing.T) {
	refused := &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "Slack refuses"}
	d := newDesk(t)
	for n, wait := range d.retries(post(1), 12, refused) {
		most := min(time.Second<<n, 5*time.Minute)
		if wait < most/2-time.Millisecond || wait > most {
			t.Errorf("pause %d is %s, want half to all of %s", n+1, wait, most)
		}
	}
	is(t, "its lane stays open", d.lane("slack:T01").Closed, false)
	is(t, "the error is kept", d.intent(flows.IntentPost, "post/1").LastError, "Slack refuses")
}

func TestAnEndIsTriedEveryHalfMinuteAtLeast(t *testing.T) {
	d := newDesk(t)
	waits := d.retries(end(1), 12, errors.New("no idea"))
	for n, wait := range waits {
		if most := min(time.Second<<n, 30*time.Second); wait > most {
			t.Errorf("pause %d is %s, want at most %s", n+1, wait, most)
		}
	}
}

func TestOthersDoNotWaitForOneThatFails(t *testing.T) {
	d := newDesk(t)
	d.answer["holding/1"] = func() flows.Result { return flows.Result{Again: true, Err: errors.New("no idea")} }
	d.want(end(1), end(2))
	same(t, "both are tried", d.once(), "holding/1", "holding/2")
	d.hands.pass(100 * time.Millisecond)
	d.want(end(3))
	same(t, "and the next", d.once(), "holding/3")
}

func TestSuccessForgetsFailures(t *testing.T) {
	d := newDesk(t)
	d.retries(post(1), 5, errors.New("no idea"))
	d.answer["post/1"] = nil
	same(t, "done", d.once(), "post/1")
	waits := d.retries(post(1), 1, errors.New("no idea"))
	is(t, "a second at most again", waits[0] <= time.Second, true)
}

func TestRetryAfterOfOneIntent(t *testing.T) {
	d := newDesk(t)
	waits := d.retries(post(1), 1, &flows.CallError{Outcome: flows.OutcomeLater, RetryAfter: 17 * time.Second, Sentence: "busy"})
	is(t, "as long as it asked", waits[0], 17*time.Second)
}

func TestAPanicParksWithItsStack(t *testing.T) {
	d := newDesk(t)
	d.answer["post/1"] = func() flows.Result { panic("a map that is nil") }
	d.want(post(1), end(1))
	same(t, "the others go on", d.once(), "holding/1", "post/1")
	i := d.intent(flows.IntentPost, "post/1")
	is(t, "parked", i.Parked, true)
	is(t, "with what happened", strings.HasPrefix(i.LastError, "a map that is nil\n"), true)
	is(t, "and where", strings.Contains(i.LastError, "round_test.go"), true)
	is(t, "for an hour", i.Due, start.Add(time.Hour))
	same(t, "alarm", d.alarms, "panic/post/post/1: Something is broken in Hallpass: post post/1 stopped in the middle. The log has the details.")
}

func TestAnEndIsNotParked(t *testing.T) {
	d := newDesk(t)
	d.answer["holding/1"] = func() flows.Result { panic("a map that is nil") }
	d.want(end(1))
	d.once()
	i := d.intent(flows.IntentHold, "holding/1")
	is(t, "not parked", i.Parked, false)
	is(t, "again in half a minute", i.Due, start.Add(30*time.Second))
	is(t, "alarm all the same", len(d.alarms), 1)
}

func TestAKindThatNobodyHandles(t *testing.T) {
	d := newDesk(t)
	d.want(flows.Intent{Kind: flows.IntentTicket, Subject: "request/1", Lane: "tickets:jira", Scale: flows.ByMachine})
	d.once()
	is(t, "stays, and says so", d.intent(flows.IntentTicket, "request/1").LastError, "no handler for ticket")
}

func TestAClaimLapsesWhenItsWorkerDies(t *testing.T) {
	d := newDesk(t)
	d.want(end(1))
	dying, kill := context.WithCancel(d.ctx)
	d.answer["holding/1"] = func() flows.Result { kill(); return flows.Result{} }
	rep, err := d.runner.RunOnce(dying)
	d.must(err)
	is(t, "it did not finish", errors.Is(rep.Errors[0], context.Canceled), true)
	d.took()
	d.answer["holding/1"] = nil

	next := d.config
	next.Owner = "second"
	d.runner = scheduler.New(next)
	d.hands.pass(59 * time.Second)
	is(t, "the lease still holds", len(d.once()), 0)
	d.hands.pass(time.Second)
	same(t, "then another takes it", d.once(), "holding/1")
	is(t, "done", d.intent(flows.IntentHold, "holding/1") == nil, true)
}

func TestALateOwnerChangesNothing(t *testing.T) {
	d := newDesk(t)
	d.want(end(1))
	second := d.config
	second.Owner = "second"
	d.answer["holding/1"] = func() flows.Result {
		d.answer["holding/1"] = func() flows.Result { return flows.Result{Again: true, Due: start.Add(time.Hour)} }
		d.hands.pass(2 * time.Minute) // slower than its lease
		_, err := scheduler.New(second).RunOnce(d.ctx)
		d.must(err)
		return flows.Result{}
	}
	d.once()
	is(t, "the second's word stands", d.intent(flows.IntentHold, "holding/1").Due, start.Add(time.Hour))
}
