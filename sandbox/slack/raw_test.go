package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// callAs posts JSON to the Web API with a token and returns the answer.
func callAs(t *testing.T, w *Workspace, token, method string, args obj) obj {
	t.Helper()
	return send(t, w.APIURL()+method, token, args)
}

// send posts JSON to any URL and returns the answer.
func send(t *testing.T, url, token string, args obj) obj {
	t.Helper()
	if args == nil {
		args = obj{}
	}
	raw, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var out obj
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatalf("%s: status %d, %v", url, response.StatusCode, err)
	}
	return out
}

func post(t *testing.T, w *Workspace, method string, args obj) obj {
	t.Helper()
	return callAs(t, w, "xoxb-sandbox", method, args)
}

// refused is the error code of an answer, "ok" when there is none.
func refused(answer obj) string {
	if answer["ok"] == true {
		return "ok"
	}
	code, _ := answer["error"].(string)
	return code
}

// parse reads a JSON object written in a test.
func parse(t *testing.T, text string) any {
	t.Helper()
	v, err := decode([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// line is one socket without any client library around it.
type line struct {
	*testing.T
	conn *websocket.Conn
}

// dial opens a socket and reads its hello.
func dial(t *testing.T, w *Workspace) (*line, obj) {
	t.Helper()
	before := w.Connections()
	opened := callAs(t, w, "xapp-sandbox", "apps.connections.open", nil)
	conn, _, err := websocket.DefaultDialer.Dial(opened["url"].(string), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	l := &line{T: t, conn: conn}
	first := l.read()
	if first["type"] == "hello" {
		eventually(t, w, "the socket takes work", func() bool { return w.Connections() == before+1 })
	}
	return l, first
}

func (l *line) read() obj {
	l.Helper()
	_ = l.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	var frame obj
	if err := l.conn.ReadJSON(&frame); err != nil {
		l.Fatalf("no frame came: %v", err)
	}
	return frame
}

func (l *line) ack(frame obj, payload any) {
	l.Helper()
	answer := obj{"envelope_id": frame["envelope_id"]}
	if payload != nil {
		answer["payload"] = payload
	}
	if err := l.conn.WriteJSON(answer); err != nil {
		l.Fatal(err)
	}
}

// slash types a command in the background and gives what came of it.
func slash(t *testing.T, w *Workspace) <-chan Reply {
	t.Helper()
	done := make(chan Reply, 1)
	go func() {
		reply, err := w.Slash(context.Background(), "U0ANA", "C0SEC", "/access", "prod-db & more")
		if err != nil {
			t.Errorf("the command cannot be typed: %v", err)
		}
		done <- reply
	}()
	return done
}

// wantProblems compares the problems noted with fragments of what they should say, in order.
func wantProblems(t *testing.T, w *Workspace, fragments ...string) {
	t.Helper()
	got := w.Problems()
	if len(got) != len(fragments) {
		t.Fatalf("problems %q, want %d like %q", got, len(fragments), fragments)
	}
	for i, fragment := range fragments {
		if !strings.Contains(got[i], fragment) {
			t.Errorf("problem %d is %q, want something like %q", i, got[i], fragment)
		}
	}
}

// eventually waits for something to come true in the workspace.
func eventually(t *testing.T, w *Workspace, what string, predicate func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.Wait(ctx, predicate); err != nil {
		t.Fatalf("never came true: %s; problems: %q", what, w.Problems())
	}
}
