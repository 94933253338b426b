package slack

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// hands is a clock that a test turns.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) turn(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

var morning = time.Date(2026, 11, 9, 8, 30, 0, 0, time.UTC)

// triggerFrom types a command and gives the trigger id that came of it.
func triggerFrom(t *testing.T, w *Workspace, a *line) string {
	t.Helper()
	done := slash(t, w)
	frame := a.read()
	a.ack(frame, nil)
	<-done
	return frame["payload"].(obj)["trigger_id"].(string)
}

// simple is a modal with one text field.
func simple(block string) obj {
	return obj{"type": "modal", "title": obj{"type": "plain_text", "text": "Ask"}, "submit": obj{"type": "plain_text", "text": "Ask"},
		"callback_id": "ask", "blocks": []any{obj{"type": "input", "block_id": block,
			"label":   obj{"type": "plain_text", "text": "Why"},
			"element": obj{"type": "plain_text_input", "action_id": "text"}}}}
}

// opened opens a modal for Ana and returns it.
func opened(t *testing.T, w *Workspace, a *line, view obj) *View {
	t.Helper()
	answer := post(t, w, "views.open", obj{"trigger_id": triggerFrom(t, w, a), "view": view})
	if code := refused(answer); code != "ok" {
		t.Fatalf("views.open answers %s: %v", code, answer["response_metadata"])
	}
	return w.View("U0ANA")
}

func TestTriggerLivesThreeSecondsAndOnce(t *testing.T) {
	tests := []struct {
		name  string
		wait  time.Duration
		calls int
		want  string
	}{
		{"at once", 0, 1, "ok"},
		{"at the last moment", 3 * time.Second, 1, "ok"},
		{"too late", 3*time.Second + time.Millisecond, 1, "expired_trigger_id"},
		{"twice", 0, 2, "exchanged_trigger_id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clock := &hands{at: morning}
			w := open(t, Options{Machine: clock.now})
			a, _ := dial(t, w)
			trigger := triggerFrom(t, w, a)
			clock.turn(test.wait)
			var got string
			for range test.calls {
				got = refused(post(t, w, "views.open", obj{"trigger_id": trigger, "view": simple("why")}))
			}
			if got != test.want {
				t.Errorf("views.open answers %s, want %s", got, test.want)
			}
		})
	}
	w := open(t, Options{})
	if got := refused(post(t, w, "views.open", obj{"trigger_id": "1.2.3", "view": simple("why")})); got != "invalid_trigger_id" {
		t.Errorf("a made-up trigger answers %s", got)
	}
}

// A view that Slack refuses does not use the trigger up.
func TestRefusedViewKeepsTheTrigger(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	trigger := triggerFrom(t, w, a)
	bad := simple("why")
	delete(bad, "submit")
	if got := refused(post(t, w, "views.open", obj{"trigger_id": trigger, "view": bad})); got != "invalid_arguments" {
		t.Fatalf("a form without submit answers %s", got)
	}
	if got := refused(post(t, w, "views.open", obj{"trigger_id": trigger, "view": simple("why")})); got != "ok" {
		t.Fatalf("then the right one answers %s", got)
	}
	wantProblems(t, w, "missing required field: submit")
}

func TestUpdateKeepsWhatWasTyped(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	view := opened(t, w, a, simple("why"))
	if err := w.Fill(t.Context(), "U0ANA", view.ID, "", "text", Typed("replay")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		view obj
		want any
	}{{simple("why"), "replay"}, {simple("why2"), nil}} {
		now := w.View("U0ANA")
		if got := refused(post(t, w, "views.update", obj{"view_id": view.ID, "hash": now.Hash, "view": test.view})); got != "ok" {
			t.Fatalf("views.update answers %s", got)
		}
		block := test.view["blocks"].([]any)[0].(obj)["block_id"].(string)
		if got := w.View("U0ANA").State[block]["text"]["value"]; got != test.want {
			t.Errorf("block %s holds %v, want %v", block, got, test.want)
		}
	}
	if got := refused(post(t, w, "views.update", obj{"view_id": view.ID, "hash": view.Hash, "view": simple("why")})); got != "hash_conflict" {
		t.Errorf("an old hash answers %s", got)
	}
	if got := refused(post(t, w, "views.update", obj{"view_id": "V0GONE", "view": simple("why")})); got != "not_found" {
		t.Errorf("a view that is not open answers %s", got)
	}
}

func TestExternalIDs(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	first := simple("why")
	first["external_id"] = "ask-1"
	opened(t, w, a, first)
	if got := refused(post(t, w, "views.open", obj{"trigger_id": triggerFrom(t, w, a), "view": first})); got != "duplicate_external_id" {
		t.Errorf("using it again answers %s", got)
	}
	if got := refused(post(t, w, "views.update", obj{"external_id": "ask-1", "view": first})); got != "ok" {
		t.Errorf("updating by it answers %s", got)
	}
}

// Three views at most; what a submission's answer does to them.
func TestStackOfViews(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	opened(t, w, a, simple("one"))
	submit := func(answer any) Submitted {
		t.Helper()
		view := w.View("U0ANA")
		block := fields(t, view.Blocks)[0]["block_id"].(string)
		if err := w.Fill(t.Context(), "U0ANA", view.ID, block, "text", Typed("because")); err != nil {
			t.Fatal(err)
		}
		done := make(chan Submitted, 1)
		go func() {
			submitted, err := w.Submit(t.Context(), "U0ANA", view.ID)
			if err != nil {
				t.Error(err)
			}
			done <- submitted
		}()
		a.ack(a.read(), answer)
		return <-done
	}
	for i, id := range []string{"two", "three"} {
		submit(obj{"response_action": "push", "view": simple(id)})
		if got := len(w.Stack("U0ANA")); got != i+2 {
			t.Fatalf("after push %d there are %d views", i+1, got)
		}
	}
	if got := submit(obj{"response_action": "push", "view": simple("four")}); got.Err != TroubleConnecting {
		t.Errorf("a fourth view gives %+v", got)
	}
	if got := submit(obj{"response_action": "update", "view": simple("new")}); got.View.State["new"] == nil {
		t.Errorf("update shows %+v", got.View)
	}
	if got := submit(obj{"response_action": "errors", "errors": obj{"gone": "no"}}); got.Err != TroubleConnecting {
		t.Errorf("an error for another block gives %+v", got)
	}
	if got := submit(obj{"response_action": "errors", "errors": obj{"new": "Say more."}}); got.Errors["new"] != "Say more." {
		t.Errorf("an error gives %+v", got)
	}
	if got := submit(nil); got.Closed || len(w.Stack("U0ANA")) != 2 || got.View == nil {
		t.Errorf("an empty answer closes the top view only, but gives %+v", got)
	}
	if got := submit(obj{"response_action": "clear"}); !got.Closed || w.View("U0ANA") != nil {
		t.Errorf("clear gives %+v", got)
	}
	wantProblems(t, w, "push_limit_reached", `error for "gone"`)
}

func TestPushNeedsAnOpenView(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	if got := refused(post(t, w, "views.push", obj{"trigger_id": triggerFrom(t, w, a), "view": simple("why")})); got != "not_found" {
		t.Errorf("views.push on nothing answers %s", got)
	}
}

func TestSubmitWithoutAnswerKeepsTheForm(t *testing.T) {
	w := open(t, Options{AckDeadline: 4 * short})
	a, _ := dial(t, w)
	view := opened(t, w, a, simple("why"))
	if err := w.Fill(t.Context(), "U0ANA", view.ID, "", "text", Typed("replay")); err != nil {
		t.Fatal(err)
	}
	got, err := w.Submit(t.Context(), "U0ANA", view.ID)
	if err != nil || got.Err != TroubleConnecting || w.View("U0ANA").ID != view.ID {
		t.Fatalf("without an answer the person sees %+v, %v", got, err)
	}
}

func TestClosing(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	quiet := opened(t, w, a, simple("why"))
	if err := w.CloseView(t.Context(), "U0ANA", quiet.ID); err != nil || w.View("U0ANA") != nil {
		t.Fatalf("closing: %v", err)
	}
	for _, clear := range []bool{false, true} {
		loud := simple("why")
		loud["notify_on_close"], loud["clear_on_close"] = true, clear
		view := opened(t, w, a, loud)
		done := make(chan error, 1)
		go func() { done <- w.CloseView(t.Context(), "U0ANA", view.ID) }()
		frame := a.read()
		a.ack(frame, nil)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		payload := frame["payload"].(obj)
		if payload["type"] != "view_closed" || payload["is_cleared"] != clear || payload["trigger_id"] != nil {
			t.Errorf("the app was told %v", payload)
		}
	}
	if err := w.CloseView(t.Context(), "U0ANA", quiet.ID); err == nil || !strings.Contains(err.Error(), "Ana Silva") {
		t.Errorf("closing what is closed: %v", err)
	}
}

func TestHomeTab(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	home := obj{"type": "home", "blocks": []any{
		obj{"type": "section", "block_id": "mine", "text": obj{"type": "mrkdwn", "text": "prod-db"},
			"accessory": obj{"type": "button", "action_id": "back", "value": "G1", "text": obj{"type": "plain_text", "text": "Give back"}}}}}
	answer := post(t, w, "views.publish", obj{"user_id": "U0ANA", "view": home})
	if code := refused(answer); code != "ok" {
		t.Fatalf("views.publish answers %s", code)
	}
	done := make(chan error, 1)
	go func() { done <- w.PressHome(t.Context(), "U0ANA", "back") }()
	frame := a.read()
	a.ack(frame, nil)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	payload := frame["payload"].(obj)
	action := payload["actions"].([]any)[0].(obj)
	if action["value"] != "G1" || action["block_id"] != "mine" || payload["container"].(obj)["type"] != "view" || payload["response_url"] != nil {
		t.Errorf("the app was told %v", payload)
	}
	if got := refused(post(t, w, "views.publish", obj{"user_id": "U0ANA", "view": home, "hash": "old"})); got != "hash_conflict" {
		t.Errorf("an old hash answers %s", got)
	}
	if got := refused(post(t, w, "views.publish", obj{"user_id": "U0NOBODY", "view": home})); got != "invalid_arguments" {
		t.Errorf("nobody's Home answers %s", got)
	}
	if got, want := w.ViewText(*w.Home("U0ANA")), "prod-db\n[ Give back ]"; got != want {
		t.Errorf("the tab reads %q", got)
	}
	off := open(t, Options{HomeDisabled: true})
	if got := refused(post(t, off, "views.publish", obj{"user_id": "U0ANA", "view": home})); got != "not_enabled" {
		t.Errorf("without a Home tab it answers %s", got)
	}
}
