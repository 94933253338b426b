package slack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// short is an acknowledgement deadline for tests that wait for it to pass.
const short = 60 * time.Millisecond

func TestHello(t *testing.T) {
	w := open(t, Options{})
	_, first := dial(t, w)
	_, second := dial(t, w)
	w.ReportConnections(7)
	_, third := dial(t, w)
	for i, want := range []float64{1, 2, 7} {
		hello := []obj{first, second, third}[i]
		if hello["type"] != "hello" || hello["num_connections"] != want {
			t.Errorf("hello %d is %v, want num_connections %v", i, hello, want)
		}
	}
	if app := first["connection_info"].(obj)["app_id"]; app != "A01APP" {
		t.Errorf("hello names the app %v", app)
	}
}

func TestTicketOpensOneSocket(t *testing.T) {
	w := open(t, Options{})
	url := callAs(t, w, "xapp-sandbox", "apps.connections.open", nil)["url"].(string)
	conn, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, response, err := websocket.DefaultDialer.Dial(url, nil)
	if err == nil || response.StatusCode != http.StatusForbidden {
		t.Fatalf("the same ticket opened a second socket: %v", err)
	}
	wantProblems(t, w, "ticket that was used")
}

func TestAtMostTenSockets(t *testing.T) {
	w := open(t, Options{})
	for range MaxSockets {
		dial(t, w)
	}
	_, eleventh := dial(t, w)
	if eleventh["type"] != "disconnect" || eleventh["reason"] != "too_many_websockets" {
		t.Fatalf("the eleventh socket got %v", eleventh)
	}
	wantProblems(t, w, "more than 10 sockets")
}

// What a slow, sloppy or confused app does with an envelope, what the person sees, and what is noted.
func TestAcknowledgements(t *testing.T) {
	big := obj{"text": strings.Repeat("x", AckBytes)}
	tests := []struct {
		name  string
		act   func(a, b *line, frame obj)
		sees  Reply
		notes []string
	}{
		{"in time", func(a, _ *line, f obj) { a.ack(f, nil) }, Reply{}, nil},
		{"with a message", func(a, _ *line, f obj) { a.ack(f, obj{"text": "Hi", "response_type": "ephemeral"}) },
			Reply{Text: "Hi", Ephemeral: true}, nil},
		{"with an empty payload, as node-slack-sdk does", func(a, _ *line, f obj) { a.ack(f, obj{}) }, Reply{}, nil},
		{"never", func(_, _ *line, _ obj) {}, Reply{Err: "operation_timeout"}, []string{"not acknowledged within"}},
		{"on the other socket", func(_, b *line, f obj) { b.ack(f, nil) }, Reply{Err: "operation_timeout"},
			[]string{"acknowledged on socket", "not acknowledged within"}},
		{"too big", func(a, _ *line, f obj) { a.ack(f, big) }, Reply{Err: "operation_timeout"},
			[]string{"was dropped", "not acknowledged within"}},
		{"for something else", func(a, _ *line, _ obj) { a.ack(obj{"envelope_id": "made-up"}, nil) }, Reply{Err: "operation_timeout"},
			[]string{"never sent", "not acknowledged within"}},
		{"with blocks Slack refuses", func(a, _ *line, f obj) { a.ack(f, obj{"blocks": []any{obj{"type": "sparkles"}}}) },
			Reply{Err: "dispatch_failed"}, []string{"unsupported type: sparkles"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			deadline := AckDeadline
			if test.sees.Err == "operation_timeout" {
				deadline = short
			}
			w := open(t, Options{AckDeadline: deadline})
			b, _ := dial(t, w)
			a, _ := dial(t, w)
			done := slash(t, w)
			test.act(a, b, a.read())
			got := <-done
			got.TS, got.Blocks = "", nil
			if fmt.Sprint(got) != fmt.Sprint(test.sees) {
				t.Errorf("the person sees %+v, want %+v", got, test.sees)
			}
			wantProblems(t, w, test.notes...)
		})
	}
}

func TestLateAndDoubleAcknowledgements(t *testing.T) {
	w := open(t, Options{AckDeadline: 5 * short})
	a, _ := dial(t, w)
	done := slash(t, w)
	late := a.read()
	if got := <-done; got.Err != "operation_timeout" {
		t.Fatalf("the person sees %+v", got)
	}
	a.ack(late, nil)
	eventually(t, w, "the late one is noted", func() bool { return len(w.Problems()) == 2 })
	done = slash(t, w)
	twice := a.read()
	a.ack(twice, nil)
	a.ack(twice, nil)
	<-done
	eventually(t, w, "the second one is noted", func() bool { return len(w.Problems()) == 3 })
	wantProblems(t, w, "not acknowledged within", " too late", "acknowledged twice")
}

func TestNoSocketNoCommand(t *testing.T) {
	w := open(t, Options{})
	if got := <-slash(t, w); got.Err != "dispatch_failed" {
		t.Fatalf("the person sees %+v", got)
	}
	wantProblems(t, w)
}

func TestSlashPayload(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	done := slash(t, w)
	frame := a.read()
	a.ack(frame, nil)
	<-done
	payload := frame["payload"].(obj)
	for key, want := range map[string]any{"text": "prod-db &amp; more", "command": "/access", "user_id": "U0ANA", "channel_id": "C0SEC",
		"team_id": "T01ACME", "is_enterprise_install": "false", "api_app_id": "A01APP", "channel_name": "security"} {
		if payload[key] != want {
			t.Errorf("%s is %v, want %v", key, payload[key], want)
		}
	}
	if frame["accepts_response_payload"] != true || frame["type"] != "slash_commands" {
		t.Errorf("the envelope is %v", frame)
	}
}

// Envelopes go to the sockets in turn, and copies to different ones.
func TestSpreadAndDuplicates(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	b, _ := dial(t, w)
	w.Duplicate(2)
	done := slash(t, w)
	first, second := a.read(), b.read()
	a.ack(first, obj{"text": "from a"})
	b.ack(second, obj{"text": "from b"})
	got := <-done
	if first["payload"].(obj)["trigger_id"] != second["payload"].(obj)["trigger_id"] || first["envelope_id"] == second["envelope_id"] {
		t.Errorf("copies are not the same payload in two envelopes: %v, %v", first, second)
	}
	if got.Text != "from b" { // the second socket is the first in turn
		t.Errorf("the person sees %+v", got)
	}
	wantProblems(t, w)
}

func TestAgain(t *testing.T) {
	w := open(t, Options{})
	if err := w.Again(t.Context(), 1); err == nil {
		t.Error("something was delivered again that never was")
	}
	a, _ := dial(t, w)
	done := slash(t, w)
	first := a.read()
	a.ack(first, nil)
	<-done
	again := make(chan error, 1)
	go func() { again <- w.Again(t.Context(), 2) }()
	for range 2 {
		copied := a.read()
		a.ack(copied, nil)
		if copied["payload"].(obj)["trigger_id"] != first["payload"].(obj)["trigger_id"] {
			t.Errorf("a copy is %v", copied)
		}
	}
	if err := <-again; err != nil {
		t.Error(err)
	}
}

func TestUnanswered(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	if _, err := w.Say(t.Context(), "U0ANA", "hello"); err != nil {
		t.Fatal(err)
	}
	post(t, w, "chat.postMessage", obj{"channel": "U0ANA", "text": "hi"})
	if got := w.Unanswered(); got != 2 { // what Ana said, and the echo of the answer
		t.Errorf("%d unanswered", got)
	}
	a.ack(a.read(), nil)
	a.ack(a.read(), nil)
	eventually(t, w, "all is answered", func() bool { return w.Unanswered() == 0 })
}

func TestEventsAreRetried(t *testing.T) {
	w := open(t, Options{AckDeadline: 8 * short, EventRetries: []time.Duration{0, 0, 0}})
	a, _ := dial(t, w)
	if _, err := w.Say(t.Context(), "U0ANA", "hello"); err != nil {
		t.Fatal(err)
	}
	first, second := a.read(), a.read()
	a.ack(second, nil)
	if first["retry_attempt"] != 0.0 || second["retry_attempt"] != 1.0 || second["retry_reason"] != "timeout" {
		t.Errorf("attempts %v and %v", first, second)
	}
	if first["accepts_response_payload"] != false {
		t.Errorf("an event takes no payload, but says %v", first["accepts_response_payload"])
	}
	said := second["payload"].(obj)
	if said["event_id"] != first["payload"].(obj)["event_id"] {
		t.Error("a retry has another event_id")
	}
	event := said["event"].(obj)
	if event["type"] != "message" || event["channel_type"] != "im" || event["text"] != "hello" || event["channel"] != w.DM("U0ANA") {
		t.Errorf("the event is %v", event)
	}
}

func TestEventIsGivenUp(t *testing.T) {
	w := open(t, Options{AckDeadline: short / 4, EventRetries: []time.Duration{0, 0, 0}})
	dial(t, w)
	if err := w.OpenHome(t.Context(), "U0ANA"); err != nil {
		t.Fatal(err)
	}
	eventually(t, w, "it is given up", func() bool { return len(w.LostEvents()) == 1 })
	if lost := w.LostEvents(); lost[0] != "app_home_opened" {
		t.Errorf("given up: %q", lost)
	}
}

// What happens while no socket is open comes later, as a retry.
func TestEventsWhileAway(t *testing.T) {
	w := open(t, Options{AckDeadline: 3 * short, EventRetries: []time.Duration{3 * short, 3 * short, 3 * short}})
	if _, err := w.Mention(t.Context(), "U0ANA", "C0SEC", "hello"); err != nil {
		t.Fatal(err)
	}
	a, _ := dial(t, w)
	frame := a.read()
	a.ack(frame, nil)
	event := frame["payload"].(obj)["event"].(obj)
	if frame["retry_attempt"] == 0.0 || event["type"] != "app_mention" || event["text"] != "<@U0BOT> hello" {
		t.Fatalf("after connecting came %v", frame)
	}
}

// Slack tells the app of its own messages in a direct message too.
func TestEchoOfOwnMessages(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	posted := post(t, w, "chat.postMessage", obj{"channel": "U0ANA", "text": "hi"})
	post(t, w, "chat.update", obj{"channel": posted["channel"], "ts": posted["ts"], "text": "hi again"})
	post(t, w, "chat.delete", obj{"channel": posted["channel"], "ts": posted["ts"]})
	for _, want := range []any{nil, "message_changed", "message_deleted"} {
		frame := a.read()
		a.ack(frame, nil)
		event := frame["payload"].(obj)["event"].(obj)
		if event["subtype"] != want || (want == nil && event["bot_id"] != "B0BOT") {
			t.Errorf("the echo is %v, want subtype %v", event, want)
		}
	}
}

func TestDisconnectReasons(t *testing.T) {
	for _, reason := range []string{Warning, RefreshRequested, LinkDisabled} {
		t.Run(reason, func(t *testing.T) {
			w := open(t, Options{WarningTime: short})
			a, _ := dial(t, w)
			w.DisconnectAll(reason)
			frame := a.read()
			if frame["type"] != "disconnect" || frame["reason"] != reason {
				t.Fatalf("the socket got %v", frame)
			}
			if _, _, err := a.conn.ReadMessage(); err == nil || w.Connections() != 0 {
				t.Fatalf("the socket goes on")
			}
			want := map[bool]string{true: "forbidden_team", false: "ok"}[reason == LinkDisabled]
			if got := refused(callAs(t, w, "xapp-sandbox", "apps.connections.open", nil)); got != want {
				t.Errorf("opening another answers %s, want %s", got, want)
			}
		})
	}
}

// A socket that was told to go gets no more work while another is open.
func TestDrainingSocketGetsNoWork(t *testing.T) {
	w := open(t, Options{WarningTime: time.Minute})
	old, _ := dial(t, w)
	w.DisconnectAll(Warning)
	old.read()
	fresh, _ := dial(t, w)
	for range 3 {
		done := slash(t, w)
		fresh.ack(fresh.read(), nil)
		<-done
	}
	wantProblems(t, w)
}

func TestSlackGoReconnects(t *testing.T) {
	for name, cut := range map[string]func(*Workspace){
		"abruptly":   func(w *Workspace) { w.Drop(0) },
		"on request": func(w *Workspace) { w.DisconnectAll(RefreshRequested) },
		"on warning": func(w *Workspace) { w.DisconnectAll(Warning) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, Options{})
			cut(d.w)
			d.until("there is a new socket", func() bool { return d.w.Connections() == 1 })
			reply, err := d.w.Slash(d.ctx, "U0ANA", "C0SEC", "/access", "")
			d.must(err)
			if reply.Err != "" || d.w.View("U0ANA") == nil {
				t.Fatalf("after reconnecting the command answers %+v", reply)
			}
			wantProblems(t, d.w)
		})
	}
}

func TestPings(t *testing.T) {
	w := open(t, Options{PingEvery: 5 * time.Millisecond})
	a, _ := dial(t, w)
	pings := make(chan string, 100)
	a.conn.SetPingHandler(func(data string) error { pings <- data; return nil })
	go func() { _, _, _ = a.conn.ReadMessage() }()
	for range 3 {
		if data := <-pings; !strings.HasPrefix(data, "Ping") {
			t.Fatalf("a ping says %q", data)
		}
	}
	w.Drop(0)
}
