package slack

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"hallpass/bot"
	"hallpass/flows"
	sandbox "hallpass/sandbox/slack"
)

// finish is a CallError without its cause.
type finish struct {
	Outcome flows.Outcome
	Lane    bool
	Wait    time.Duration
	Gone    bool
}

func asEnded(err error) finish {
	c := flows.AsCall(err)
	if c == nil {
		return finish{Outcome: flows.OutcomeDone}
	}
	return finish{c.Outcome, c.Lane, c.RetryAfter, errors.Is(err, flows.ErrNotFound)}
}

func TestFailuresOfPosting(t *testing.T) {
	refused := finish{Outcome: flows.OutcomeRefused}
	for name, c := range map[string]struct {
		fault func(*desk)
		want  finish
	}{
		"throttled":                             {func(d *desk) { d.w.Throttle("chat.postMessage", 7, 1) }, finish{flows.OutcomeLater, true, 7 * time.Second, false}},
		"answer lost":                           {func(d *desk) { d.w.LoseAnswers("chat.postMessage", 1) }, finish{Outcome: flows.OutcomeUnknown, Lane: true}},
		"no answer":                             {func(d *desk) { d.w.Hang(true) }, finish{Outcome: flows.OutcomeUnknown, Lane: true}},
		"trouble of Slack":                      {func(d *desk) { d.w.Fail("chat.postMessage", "internal_error", 1) }, finish{Outcome: flows.OutcomeUnknown, Lane: true}},
		"crowded":                               {func(d *desk) { d.w.Fail("chat.postMessage", "message_limit_exceeded", 1) }, finish{Outcome: flows.OutcomeLater, Lane: true}},
		"archived":                              {func(d *desk) { d.w.Fail("chat.postMessage", "is_archived", 1) }, refused},
		"no such channel":                       {func(d *desk) { d.w.Fail("chat.postMessage", "channel_not_found", 1) }, finish{Outcome: flows.OutcomeRefused, Gone: true}},
		"messages tab off":                      {func(d *desk) { d.w.Fail("chat.postMessage", "messages_tab_disabled", 1) }, refused},
		"a word of Slack's that we do not know": {func(d *desk) { d.w.Fail("chat.postMessage", "of_tomorrow", 1) }, refused},
		"token revoked":                         {func(d *desk) { d.w.Fail("chat.postMessage", "token_revoked", 1) }, finish{Outcome: flows.OutcomeLater, Lane: true}},
		"not running":                           {func(d *desk) { d.w.Close(); d.s.http.CloseIdleConnections() }, finish{Outcome: flows.OutcomeLater, Lane: true}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, sandbox.Options{}, nil)
			d.s.http.Timeout = 300 * time.Millisecond
			c.fault(d)
			_, err := d.s.Post(d.ctx, bot.Address{Platform: Platform, Channel: "C0FEED"}, "", "k", approverCard())
			if got := asEnded(err); got != c.want {
				t.Errorf("posting ended as %+v (%v), want %+v", got, err, c.want)
			}
			if strings.Contains(err.Error(), "http://") {
				t.Errorf("the error holds an address: %v", err)
			}
		})
	}
}

func TestFailuresOfOtherCalls(t *testing.T) {
	later := finish{Outcome: flows.OutcomeLater, Lane: true}
	at := bot.Address{Platform: Platform, Channel: "C0FEED", TS: "1.2"}
	calls := map[string]func(*desk) error{
		"chat.update":        func(d *desk) error { return d.s.Update(d.ctx, at, endedCard()) },
		"chat.delete":        func(d *desk) error { return d.s.Delete(d.ctx, at) },
		"conversations.open": func(d *desk) error { _, err := d.s.Direct(d.ctx, d.ana()); return err },
		"conversations.info": func(d *desk) error { _, err := d.s.Fit(d.ctx, "T01ACME", "C0FEED"); return err },
		"views.open":         func(d *desk) error { return d.s.OpenForm(d.ctx, "t", denyForm()) },
		"views.update":       func(d *desk) error { return d.s.UpdateForm(d.ctx, bot.FormRef{ID: "V1"}, denyForm()) },
		"views.publish":      func(d *desk) error { return d.s.ShowHome(d.ctx, d.ana(), homePage()) },
		"users.info":         func(d *desk) error { _, err := d.s.Profile(d.ctx, d.ana()); return err },
		"users.lookupByEmail": func(d *desk) error {
			_, err := d.s.Find(d.ctx, Platform, "T01ACME", "ana@acme.com")
			return err
		},
	}
	for method, do := range calls {
		t.Run(method, func(t *testing.T) {
			d := newDesk(t, sandbox.Options{}, nil)
			for _, c := range []struct {
				fault func()
				want  finish
			}{
				{func() { d.w.Throttle(method, 3, 1) }, finish{flows.OutcomeLater, true, 3 * time.Second, false}},
				{func() { d.w.Fail(method, "fatal_error", 1) }, later},
				{func() { d.w.Fail(method, "of_tomorrow", 1) }, finish{Outcome: flows.OutcomeRefused}},
				{func() { d.w.Fail(method, "invalid_auth", 1) }, later},
				{func() { d.w.LoseAnswers(method, 1) }, later},
			} {
				c.fault()
				if got := asEnded(do(d)); got != c.want {
					t.Errorf("it ended as %+v, want %+v", got, c.want)
				}
			}
			if got := d.alarm(); !strings.HasPrefix(got, "Slack refuses slack.bot_token: Slack does not know the token (invalid_auth)") {
				t.Errorf("the alarm says %q", got)
			}
		})
	}
}

func TestServerErrors(t *testing.T) {
	d := newDesk(t, sandbox.Options{Middleware: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	}}, nil)
	_, err := d.s.Post(d.ctx, bot.Address{Channel: "C0FEED"}, "", "", approverCard())
	if got := asEnded(err); got != (finish{Outcome: flows.OutcomeUnknown, Lane: true}) {
		t.Errorf("posting ended as %+v", got)
	}
	if got := asEnded(d.s.Update(d.ctx, bot.Address{Channel: "C0FEED", TS: "1.2"}, approverCard())); got != (finish{Outcome: flows.OutcomeLater, Lane: true}) {
		t.Errorf("updating ended as %+v", got)
	}
	if _, err := d.s.Profile(d.ctx, d.ana()); asEnded(err) != (finish{Outcome: flows.OutcomeLater, Lane: true}) {
		t.Errorf("the profile ended as %v", err)
	}
}

// A call that its caller gives up may have happened.
func TestGivenUp(t *testing.T) {
	d := newDesk(t, sandbox.Options{}, nil)
	d.w.Hang(true)
	ctx, cancel := context.WithTimeout(d.ctx, 50*time.Millisecond)
	defer cancel()
	_, err := d.s.Post(ctx, bot.Address{Channel: "C0FEED"}, "", "", approverCard())
	if got := asEnded(err); got != (finish{Outcome: flows.OutcomeUnknown, Lane: true}) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended as %+v (%v)", got, err)
	}
	d.w.Hang(false)
}

func TestFormsInTime(t *testing.T) {
	d := newDesk(t, sandbox.Options{TriggerLife: time.Nanosecond}, nil).run()
	var got error
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error { got = d.s.OpenForm(ctx, c.Trigger, askForm()); return got }
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
	if asEnded(got) != (finish{Outcome: flows.OutcomeRefused}) || !strings.HasPrefix(got.Error(), "The form could not be opened in time. Try again") {
		t.Errorf("an old trigger gives %v", got)
	}
}

func TestOneAlarmAnHour(t *testing.T) {
	var a bot.Said
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	if !a.Due("x", at, time.Hour) || a.Due("x", at.Add(59*time.Minute), time.Hour) || !a.Due("y", at, time.Hour) || !a.Due("x", at.Add(time.Hour), time.Hour) {
		t.Error("an alarm is not told once an hour")
	}
}
