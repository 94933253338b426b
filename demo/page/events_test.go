package page

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// listen opens a stream of states; next gives the following one.
func listen(t *testing.T, at, as string) (next func() State, stop context.CancelFunc) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", at+"/api/events?as="+as, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); got.Body.Close() })
	if kind := got.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("the stream is %q", kind)
	}
	lines := bufio.NewReader(got.Body)
	return func() State {
		t.Helper()
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if blank, err := lines.ReadString('\n'); err != nil || blank != "\n" {
			t.Fatalf("after an event came %q, %v", blank, err)
		}
		var s State
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}, stop
}

func TestAChangeReachesEverybodyWhoWatches(t *testing.T) {
	room, at := start(t, Options{})
	anas, _ := listen(t, at, ana)
	bens, _ := listen(t, at, ben)
	if s := anas(); s.You != ana || s.Outside.Clock.Now.IsZero() {
		t.Errorf("the first picture is of %q at %v", s.You, s.Outside.Clock.Now)
	}
	bens()
	if err := room.Say(t.Context(), ana, helpID, "hello"); err != nil {
		t.Fatal(err)
	}
	for who, next := range map[string]func() State{ana: anas, ben: bens} {
		said := next().Channels[2].Messages
		if last := said[len(said)-1].Text; last != "hello" {
			t.Errorf("%s sees %q", who, last)
		}
	}
}

// Nothing is sent for what this person cannot see: the next picture after
// Ana's form is the one with the changed speed.
func TestAnEqualPictureIsLeftOut(t *testing.T) {
	room, at := start(t, Options{})
	bens, _ := listen(t, at, ben)
	bens()
	if err := room.Slash(t.Context(), ana, helpID, "/access"); err != nil {
		t.Fatal(err)
	}
	if err := room.SetSpeed(60); err != nil {
		t.Fatal(err)
	}
	if s := bens(); s.Outside.Clock.Speed != 60 {
		t.Errorf("speed %d, so a picture was sent that shows nothing new", s.Outside.Clock.Speed)
	}
}

// still is a World whose State is asked for and never changes.
type still struct {
	World
	stopped bool
}

func (w *still) State(string) State                   { return State{You: ana} }
func (w *still) Subscribe() (<-chan struct{}, func()) { return nil, func() { w.stopped = true } }

func TestAStreamEndsWithItsVisitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &still{}
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "GET", "/api/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		rw := &silent{header: http.Header{}}
		go stream(rw, r, w)
		synctest.Wait()
		leave()
		synctest.Wait()
		if !w.stopped || rw.flushed != 1 {
			t.Errorf("stopped %v after %d events", w.stopped, rw.flushed)
		}
	})
}

// silent is a visitor who reads nothing.
type silent struct {
	header  http.Header
	flushed int
}

func (s *silent) Header() http.Header         { return s.header }
func (s *silent) Write(p []byte) (int, error) { return len(p), nil }
func (s *silent) WriteHeader(int)             {}
func (s *silent) Flush()                      { s.flushed++ }
