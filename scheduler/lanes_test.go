package scheduler_test

import (
	"errors"
	"testing"
	"time"

	"hallpass/flows"
)

func TestTroubleClosesALaneAndAProbeOpensIt(t *testing.T) {
	d := newDesk(t)
	down := true
	for _, s := range []string{"holding/1", "holding/2", "holding/3"} {
		d.answer[s] = func() flows.Result {
			if down {
				return silent()
			}
			return flows.Result{}
		}
	}
	d.want(end(1), post(1))
	same(t, "tried", d.once(), "holding/1", "post/1")
	l := d.lane("target:okta")
	is(t, "closed", l.Closed, true)
	is(t, "why", l.Why, "Okta does not answer")
	is(t, "since", l.Since, start)

	d.want(end(2), end(3), post(2))
	same(t, "other lanes go on", d.once(), "post/2")
	d.hands.pass(10*time.Second - time.Millisecond)
	is(t, "not yet", len(d.once()), 0)
	d.hands.pass(time.Millisecond)
	same(t, "one probe after ten seconds", d.once(), "holding/1")
	is(t, "one only", len(d.once()), 0)
	is(t, "since stays", d.lane("target:okta").Since, start)
	down = false
	d.hands.pass(10 * time.Second)
	same(t, "the probe goes through, another one's turn", d.once(), "holding/2")
	is(t, "open", d.lane("target:okta").Closed, false)
	same(t, "then all the others", d.once(), "holding/3", "holding/1")
}

func TestNoIntentPaysForItsLane(t *testing.T) {
	d := newDesk(t)
	d.answer["holding/1"] = silent
	d.want(end(1))
	for range 20 {
		d.once()
		d.hands.pass(10 * time.Second)
	}
	d.answer["holding/1"] = nil
	same(t, "due as soon as the lane may be probed", d.once(), "holding/1")
}

func TestALaneWaitsAsLongAsItWasAskedTo(t *testing.T) {
	d := newDesk(t)
	d.answer["post/1"] = func() flows.Result {
		return flows.Result{Again: true, Err: &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, RetryAfter: 30 * time.Second, Sentence: "Slack asks to wait"}}
	}
	d.want(post(1))
	d.once()
	is(t, "until", d.lane("slack:T01").ProbeAfter, start.Add(30*time.Second))
}

func TestAProbeThatHangsIsFollowedAtOnce(t *testing.T) {
	d := newDesk(t)
	d.answer["holding/1"] = func() flows.Result { d.hands.pass(10 * time.Second); return silent() }
	d.want(end(1))
	d.once() // closes it at 12:00:10
	d.hands.pass(10 * time.Second)
	same(t, "probed from 12:00:20 to 12:00:30", d.once(), "holding/1")
	d.answer["holding/1"] = nil
	same(t, "and again at once", d.once(), "holding/1")
}

func TestOurOwnLanesNeverClose(t *testing.T) {
	d := newDesk(t)
	d.answer["request/1"] = silent
	d.want(ask(1), ask(2))
	same(t, "both", d.once(), "request/1", "request/2")
	is(t, "open", d.lane(flows.LaneEngine).Closed, false)
	is(t, "the one backs off", d.intent(flows.IntentAsk, "request/1").Due.After(start), true)
}

func TestAnIntentsOwnRefusalLeavesAClosedLaneClosed(t *testing.T) {
	d := newDesk(t)
	d.answer["holding/1"] = silent
	d.want(end(1))
	d.once()
	d.answer["holding/1"] = func() flows.Result { return flows.Result{Again: true, Err: errors.New("no idea")} }
	d.hands.pass(10 * time.Second)
	d.once()
	is(t, "still closed", d.lane("target:okta").Closed, true)
}

func TestALaneThatClosesAgainAtOnceWasNeverWell(t *testing.T) {
	d := newDesk(t)
	d.answer["holding/1"] = silent
	d.want(end(1))
	d.once()
	d.answer["holding/1"] = func() flows.Result { return flows.Result{Again: true, Due: d.clock.Machine()} }
	d.hands.pass(10 * time.Second)
	d.once()
	is(t, "open", d.lane("target:okta").Closed, false)
	d.answer["holding/1"] = silent
	d.hands.pass(30 * time.Second)
	d.once()
	is(t, "the same trouble", d.lane("target:okta").Since, start)

	d.answer["holding/1"] = func() flows.Result { return flows.Result{Again: true, Due: d.clock.Machine()} }
	d.hands.pass(10 * time.Second)
	d.once()
	d.answer["holding/1"] = silent
	d.hands.pass(2 * time.Minute)
	d.once()
	is(t, "new trouble", d.lane("target:okta").Since, start.Add(10*time.Second+30*time.Second+10*time.Second+2*time.Minute))
}

func TestTenThousandPostsDelayNoEnd(t *testing.T) {
	d := newDesk(t)
	list := make([]flows.Intent, 10_000)
	for n := range list {
		list[n] = post(n + 1)
	}
	d.want(list...)
	late := end(1)
	late.Due = start.Add(time.Second)
	d.want(late)
	same(t, "posts, one after the other", d.once(), "post/1")
	d.hands.pass(time.Second)
	same(t, "the end at once when it is due", d.once(), "holding/1", "post/2")
}
