package slack

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	api "github.com/slack-go/slack"
)

func TestRates(t *testing.T) {
	clock := &hands{at: morning}
	w := open(t, Options{Machine: clock.now, EnforceRates: true})
	client := clientFor(w)
	say := func() error {
		_, _, err := client.PostMessage("C0SEC", api.MsgOptionText("x", false))
		return err
	}
	for i := range perChannel.Burst {
		if err := say(); err != nil {
			t.Fatalf("message %d: %v", i+1, err)
		}
	}
	var limited *api.RateLimitedError
	if err := say(); !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Fatalf("past the burst: %v", err)
	}
	clock.turn(time.Second)
	if err := say(); err != nil {
		t.Errorf("a second later: %v", err)
	}
	w.SetRate("auth.test", Rate{PerMinute: 2, Burst: 1})
	_, first := client.AuthTest()
	_, second := client.AuthTest()
	if first != nil || !errors.As(second, &limited) || limited.RetryAfter != 30*time.Second {
		t.Errorf("auth.test gives %v, then %v", first, second)
	}
}

func TestFailures(t *testing.T) {
	w := open(t, Options{})
	client := clientFor(w)
	w.Fail("auth.test", "internal_error", 1)
	if _, err := client.AuthTest(); err == nil || err.Error() != "internal_error" {
		t.Errorf("made to fail: %v", err)
	}
	w.Throttle("auth.test", 7, 1)
	var limited *api.RateLimitedError
	if _, err := client.AuthTest(); !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Errorf("throttled: %v", err)
	}
	if _, err := client.AuthTest(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// The deed is done, the answer is lost: the app cannot know.
func TestLostAnswer(t *testing.T) {
	w := open(t, Options{})
	w.LoseAnswers("chat.postMessage", 1)
	if _, _, err := clientFor(w).PostMessage("C0SEC", api.MsgOptionText("x", false)); err == nil {
		t.Fatal("the answer was not lost")
	}
	if len(w.Messages("C0SEC")) != 1 {
		t.Error("the message was not posted")
	}
}

func TestHang(t *testing.T) {
	w := open(t, Options{})
	w.Hang(true)
	done := make(chan error, 1)
	go func() {
		_, err := clientFor(w).AuthTest()
		done <- err
	}()
	eventually(t, w, "the call has arrived", func() bool { return w.Calls()["auth.test"] == 1 })
	select {
	case err := <-done:
		t.Fatalf("it was answered: %v", err)
	default:
	}
	w.Hang(false)
	if err := <-done; err != nil {
		t.Errorf("afterwards: %v", err)
	}
	w.Hang(true)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := clientFor(w).AuthTestContext(ctx)
		done <- err
	}()
	eventually(t, w, "the second call has arrived", func() bool { return w.Calls()["auth.test"] == 2 })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

func TestMiddleware(t *testing.T) {
	down := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
	}
	w := open(t, Options{Middleware: down})
	var status api.StatusCodeError
	if _, err := clientFor(w).AuthTest(); !errors.As(err, &status) || status.Code != http.StatusBadGateway {
		t.Errorf("through a fault: %v", err)
	}
}
