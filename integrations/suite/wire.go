package suite

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Timeout is what a world should set as the time for one call: short enough for the one call that hangs, and long enough for a busy
// machine to answer all the others.
const Timeout = 3 * time.Second

// retryAfter is what a Wire's 429 asks for, in seconds.
const retryAfter = 7

// Fault is a way for a call to go wrong.
type Fault string

// The faults of a Wire. In all but Lost the call does not reach the vendor.
const (
	Refused      Fault = "connection refused"
	Cut          Fault = "connection cut"
	Hang         Fault = "no answer"
	Lost         Fault = "answer lost" // the call takes effect
	Unauthorized Fault = "401"
	Forbidden    Fault = "403"
	Stray404     Fault = "404 from somebody on the way"
	Limited      Fault = "429"
	ServerError  Fault = "500"
	Unavailable  Fault = "503"
)

var statuses = map[Fault]int{Unauthorized: 401, Forbidden: 403, Stray404: 404, Limited: 429, ServerError: 500, Unavailable: 503}

// everyFault are those that a look can meet.
var everyFault = []Fault{Refused, Cut, Lost, Unauthorized, Forbidden, Stray404, Limited, ServerError, Unavailable}

// Wire is a transport on which calls can go wrong.
type Wire struct {
	mu      sync.Mutex
	base    http.RoundTripper
	fault   Fault
	changes bool // only calls that change something
	at      int  // only the call with this number, counted from 1; 0 is every one
	seen    int
}

// Over sets the transport below; http.DefaultTransport where it is not called.
func (w *Wire) Over(base http.RoundTripper) *Wire {
	w.base = base
	return w
}

// Break makes every call go wrong.
func (w *Wire) Break(f Fault) { w.set(f, false, 0) }

// BreakChanges makes every call go wrong that changes something; reads pass.
func (w *Wire) BreakChanges(f Fault) { w.set(f, true, 0) }

// BreakCall makes the n-th call from now go wrong, counted from 1.
func (w *Wire) BreakCall(f Fault, n int) { w.set(f, false, n) }

// Heal lets everything pass.
func (w *Wire) Heal() { w.set("", false, 0) }

// Seen is how many calls were made since the wire was last set.
func (w *Wire) Seen() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

func (w *Wire) set(f Fault, changes bool, at int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.changes, w.at, w.seen = f, changes, at, 0
}

func (w *Wire) next(r *http.Request) Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen++
	token := strings.HasSuffix(r.URL.Path, "/token") // getting a credential changes nothing
	if (w.changes && (r.Method == http.MethodGet || token)) || (w.at > 0 && w.seen != w.at) {
		return ""
	}
	return w.fault
}

// RoundTrip carries a call, or lets it go wrong.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	switch f := w.next(r); f {
	case "":
		return w.below().RoundTrip(r)
	case Refused:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect: connection refused")}
	case Cut:
		return nil, io.ErrUnexpectedEOF
	case Hang:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case Lost:
		return w.lose(r)
	default:
		return answer(r, statuses[f]), nil
	}
}

func (w *Wire) below() http.RoundTripper {
	if w.base == nil {
		return http.DefaultTransport
	}
	return w.base
}

func (w *Wire) lose(r *http.Request) (*http.Response, error) {
	res, err := w.below().RoundTrip(r)
	if err == nil {
		_, _ = io.Copy(io.Discard, res.Body) // so that the connection can be used again
		_ = res.Body.Close()
	}
	return nil, io.ErrUnexpectedEOF
}

// answer is a page as a proxy on the way would send it: not in any vendor's words.
func answer(r *http.Request, status int) *http.Response {
	h := http.Header{"Content-Type": {"text/html"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
	if status == http.StatusTooManyRequests {
		h.Set("Retry-After", "7")
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader("<html>" + r.Header.Get("Authorization") + "</html>")), // proxies do echo headers
	}
}
