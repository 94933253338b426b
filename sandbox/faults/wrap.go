package faults

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Wrap puts the switch before a stand-in's handler.
//
// An answer is held back until its handler has returned, so that OnEffect and LostAnswer stand between effect and answer.
// Calls that upgrade the connection (WebSocket) are passed through as they are.
func (s *Switch) Wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		fault, cleared := s.next(r)
		if !s.before(w, r, fault, cleared) {
			return
		}
		if r.Header.Get("Upgrade") != "" {
			s.record(r, path, http.StatusSwitchingProtocols, fault.Kind)
			h.ServeHTTP(w, r)
			return
		}
		s.serve(w, r, h, fault, path)
	})
}

// before acts out what goes wrong ahead of the handler and says whether the call goes on.
func (s *Switch) before(w http.ResponseWriter, r *http.Request, f Fault, cleared <-chan struct{}) bool {
	switch f.Kind {
	case Down:
		s.cut(r, r.URL.Path, f.Kind)
	case Unavailable:
		return s.refuse(w, r, http.StatusServiceUnavailable, f.Kind)
	case ServerError:
		return s.refuse(w, r, http.StatusInternalServerError, f.Kind)
	case RateLimited:
		s.limit(w, r, f)
		return false
	case Hang:
		s.wait(r, cleared, nil, f.Kind)
	case Slow:
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		s.wait(r, cleared, timer.C, f.Kind)
	}
	return true
}

// serve runs the handler, then lets the answer out or loses it.
func (s *Switch) serve(w http.ResponseWriter, r *http.Request, h http.Handler, f Fault, path string) {
	held := &answer{header: w.Header()}
	returned := false
	defer func() {
		if !returned { // the stand-in cut the connection itself
			s.record(r, path, 0, f.Kind)
		}
	}()
	h.ServeHTTP(held, r)
	returned = true
	if s.OnEffect != nil && s.tookEffect(r, held) {
		s.OnEffect(r)
	}
	if f.Kind == LostAnswer {
		s.cut(r, path, f.Kind)
	}
	s.record(r, path, held.code(), f.Kind)
	w.WriteHeader(held.code())
	_, _ = w.Write(held.body.Bytes()) // a client that is gone does not read it
}

func (s *Switch) tookEffect(r *http.Request, a *answer) bool {
	if s.Effect != nil {
		return s.Effect(r, a.code(), a.body.Bytes())
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	return !reads && a.code()/100 == 2
}

// cut closes the connection without an answer.
func (s *Switch) cut(r *http.Request, path string, k Kind) {
	s.record(r, path, 0, k)
	panic(http.ErrAbortHandler)
}

// refuse answers as a proxy before the vendor does: the vendor's own error format is not to be expected then.
func (s *Switch) refuse(w http.ResponseWriter, r *http.Request, status int, k Kind) bool {
	s.record(r, r.URL.Path, status, k)
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<html><body><h1>"+http.StatusText(status)+"</h1></body></html>\n")
	return false
}

func (s *Switch) limit(w http.ResponseWriter, r *http.Request, f Fault) {
	s.record(r, r.URL.Path, http.StatusTooManyRequests, f.Kind)
	wait := f.RetryAfter
	if wait == 0 {
		wait = defaultRetryAfter
	}
	if s.RateLimit != nil {
		s.RateLimit(w, r, wait)
		return
	}
	w.Header().Set("Retry-After", Seconds(wait))
	w.WriteHeader(http.StatusTooManyRequests)
}

// wait holds a call until the switch is cleared or the timer rings; it cuts the connection if the client goes first.
// The body is read ahead of it, because only then does Go's server notice that a client has gone.
func (s *Switch) wait(r *http.Request, cleared <-chan struct{}, timer <-chan time.Time, k Kind) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	select {
	case <-r.Context().Done():
		s.cut(r, r.URL.Path, k)
	case <-cleared:
	case <-timer:
	}
}

// Seconds writes a duration as whole seconds, rounded up, as Retry-After wants it.
func Seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// answer holds back what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}
