package faults

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// shop is a handler that counts what it sold.
type shop struct{ sold atomic.Int32 }

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		s.sold.Add(1)
		w.WriteHeader(http.StatusCreated)
	}
	_, _ = io.WriteString(w, "thanks")
}

// open starts a shop behind a switch, with a client that never reuses a connection.
func open(t *testing.T) (*Switch, *shop, func(ctx context.Context, method, path string) (int, error)) {
	t.Helper()
	sw, sh := &Switch{Now: func() time.Time { return time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC) }}, &shop{}
	srv := httptest.NewServer(sw.Wrap(sh))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	t.Cleanup(func() { sw.Clear(); srv.Close(); client.CloseIdleConnections() })
	return sw, sh, func(ctx context.Context, method, path string) (int, error) {
		req, err := http.NewRequestWithContext(ctx, method, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		defer func() { _ = res.Body.Close() }()
		_, err = io.ReadAll(res.Body)
		return res.StatusCode, err
	}
}

func TestWhatEachFaultAnswersAndWhetherItTookEffect(t *testing.T) {
	for _, c := range []struct {
		fault  Fault
		status int // 0: no answer
		sold   int32
	}{
		{Fault{}, 201, 1},
		{Fault{Kind: Down}, 0, 0},
		{Fault{Kind: Unavailable}, 503, 0},
		{Fault{Kind: ServerError}, 500, 0},
		{Fault{Kind: RateLimited, RetryAfter: 90 * time.Second}, 429, 0},
		{Fault{Kind: Slow, Delay: time.Millisecond}, 201, 1},
		{Fault{Kind: LostAnswer}, 0, 1},
		{Fault{Kind: Down, Method: "GET"}, 201, 1},
		{Fault{Kind: Down, Path: "/sell/*"}, 0, 0},
		{Fault{Kind: Down, Path: "/sell"}, 201, 1},
		{Fault{Kind: Down, Skip: 1}, 201, 1},
	} {
		sw, sh, call := open(t)
		sw.Set(c.fault)
		status, err := call(t.Context(), "POST", "/sell/42")
		if status != c.status || (err == nil) != (c.status != 0) {
			t.Errorf("%+v: status %d, err %v; want %d", c.fault, status, err, c.status)
		}
		if got := sh.sold.Load(); got != c.sold {
			t.Errorf("%+v: sold %d, want %d", c.fault, got, c.sold)
		}
		if calls := sw.Calls(); len(calls) != 1 || calls[0].Status != c.status || calls[0].Path != "/sell/42" || calls[0].At.Hour() != 12 {
			t.Errorf("%+v: journal %+v", c.fault, calls)
		}
	}
}

func TestAFaultIsUsedUp(t *testing.T) {
	sw, sh, call := open(t)
	sw.Set(Fault{Kind: Unavailable, Times: 2})
	sw.Set(Fault{Kind: ServerError, Times: 1})
	for i, want := range []int{503, 503, 500, 201} {
		if got, _ := call(t.Context(), "POST", "/x"); got != want {
			t.Errorf("call %d: %d, want %d", i+1, got, want)
		}
	}
	if sh.sold.Load() != 1 || sw.CallsTo("POST", "/*") != 4 || sw.CallsTo("GET", "") != 0 {
		t.Errorf("sold %d, journal %+v", sh.sold.Load(), sw.Calls())
	}
}

func TestHangEndsWithTheClientWithoutEffect(t *testing.T) {
	sw, sh, call := open(t)
	sw.Set(Fault{Kind: Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := call(ctx, "POST", "/x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("err %v, want the client's deadline", err)
	}
	if sh.sold.Load() != 0 {
		t.Error("a call whose client had gone took effect")
	}
}

// clearing is a body that clears the switch when it is read, which happens only once the call hangs.
type clearing struct{ sw *Switch }

func (c clearing) Read([]byte) (int, error) { c.sw.Clear(); return 0, io.EOF }

func TestHangGoesOnWhenCleared(t *testing.T) {
	sw, sh := &Switch{}, &shop{}
	sw.Set(Fault{Kind: Hang})
	w := httptest.NewRecorder()
	sw.Wrap(sh).ServeHTTP(w, httptest.NewRequest("POST", "/x", clearing{sw}))
	if w.Code != 201 || sh.sold.Load() != 1 || sw.Calls()[0].Fault != Hang {
		t.Errorf("status %d, sold %d, journal %+v", w.Code, sh.sold.Load(), sw.Calls())
	}
}

func TestOnEffectStandsBetweenEffectAndAnswer(t *testing.T) {
	sw, sh, call := open(t)
	var soldThen []int32
	sw.OnEffect = func(r *http.Request) { soldThen = append(soldThen, sh.sold.Load()) }
	for _, method := range []string{"GET", "POST"} {
		if _, err := call(t.Context(), method, "/x"); err != nil {
			t.Fatal(err)
		}
	}
	if len(soldThen) != 1 || soldThen[0] != 1 {
		t.Errorf("called with sold = %v, want once with 1", soldThen)
	}
}

func TestACallThatTheStandInCutsIsInTheJournal(t *testing.T) {
	sw := &Switch{}
	srv := httptest.NewServer(sw.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })))
	defer srv.Close()
	if _, err := http.Post(srv.URL+"/x", "text/plain", nil); err == nil {
		t.Error("an answer came")
	}
	if calls := sw.Calls(); len(calls) != 1 || calls[0].Status != 0 || calls[0].Path != "/x" {
		t.Errorf("journal %+v", calls)
	}
}

func TestTheVendorsOwn429(t *testing.T) {
	sw, _, call := open(t)
	sw.RateLimit = func(w http.ResponseWriter, _ *http.Request, wait time.Duration) {
		w.Header().Set("X-Reset", Seconds(wait))
		w.WriteHeader(http.StatusTooManyRequests)
	}
	sw.Set(Fault{Kind: RateLimited})
	if status, err := call(t.Context(), "GET", "/x"); status != 429 || err != nil {
		t.Errorf("status %d, err %v", status, err)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"/a", "/a", true}, {"/a", "/ab", false}, {"/a*", "/ab/c", true}, {"*", "", true}, {"*/users/*", "/g/1/users/2", true},
		{"*/users/*", "/g/1/users", false}, {"/a*c", "/abcbc", true}, {"/ab", "/a", false}, {"/a*", "/", false},
	} {
		if got := glob(c.pattern, c.s); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}
