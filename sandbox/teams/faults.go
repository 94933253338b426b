package teams

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// failure answers an operation's next calls badly.
type failure struct {
	status  int
	code    string
	seconds int  // Retry-After; 0 for none
	after   bool // only once the call was carried out
	left    int
}

// Groups of operations that share a rate.
const (
	writes = "send"
	reads  = "read"
)

// limit is so many calls within a time.
type limit struct {
	calls  int
	within time.Duration
}

// limits are Teams' per bot and thread. Source: Teams platform, "Optimize your bot with rate limiting". Whether edits and removals count among
// the messages sent is not documented; here they do.
var limits = map[string][]limit{
	writes: {{7, time.Second}, {8, 2 * time.Second}, {60, 30 * time.Second}, {1800, time.Hour}},
	reads:  {{14, time.Second}, {16, 2 * time.Second}, {120, 30 * time.Second}, {3600, time.Hour}},
}

// overall is what one bot may call in one tenant.
var overall = []limit{{50, time.Second}}

// Fail makes the next n calls of an operation answer this status and error code, before anything is done.
func (t *Tenant) Fail(op string, status int, code string, n int) {
	t.failing(op, failure{status: status, code: code, left: n})
}

// Throttle makes the next n calls of an operation answer 429 with this Retry-After, in seconds; 0 leaves the header away, as Teams mostly does.
func (t *Tenant) Throttle(op string, seconds, n int) {
	t.failing(op, failure{status: http.StatusTooManyRequests, code: "Throttled", seconds: seconds, left: n})
}

// LoseAnswers makes the next n calls of an operation be carried out and answered with this status all the same, such as 502 or 504; 0 breaks the
// connection before the answer.
func (t *Tenant) LoseAnswers(op string, status, n int) {
	t.failing(op, failure{status: status, code: "ServiceError", after: true, left: n})
}

// Hang makes every route accept calls and not answer until it is switched off; then the calls that still wait are carried out.
func (t *Tenant) Hang(on bool) {
	t.change(func() {
		switch {
		case on && t.hanging == nil:
			t.hanging = make(chan struct{})
		case !on && t.hanging != nil:
			close(t.hanging)
			t.hanging = nil
		}
	})
}

func (t *Tenant) failing(op string, f failure) {
	t.change(func() { t.failures[op] = append(t.failures[op], &f) })
}

// faulty counts calls of an operation and puts its failures before and after it.
func (t *Tenant) faulty(op string, serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t.change(func() { t.calls[op]++ })
		if !t.waitWhileHanging(r) {
			return
		}
		f := t.nextFailure(op)
		switch {
		case f == nil:
			serve(w, r)
		case !f.after:
			f.answer(w)
		default:
			serve(swallow{http.Header{}}, r)
			f.answer(w)
		}
	}
}

func (f *failure) answer(w http.ResponseWriter) {
	if f.status == 0 {
		panic(http.ErrAbortHandler)
	}
	if f.seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.seconds))
	}
	refuse(w, apiError{status: f.status, code: f.code, message: http.StatusText(f.status)})
}

// swallow is where an answer goes that nobody gets.
type swallow struct{ header http.Header }

func (s swallow) Header() http.Header         { return s.header }
func (s swallow) Write(p []byte) (int, error) { return len(p), nil }
func (s swallow) WriteHeader(int)             {}

// nextFailure is the failure that the operation's next call meets, nil for none.
func (t *Tenant) nextFailure(op string) *failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.failures[op] {
		if f.left > 0 {
			f.left--
			return f
		}
	}
	return nil
}

// waitWhileHanging reports false when the caller gave up or the tenant was closed.
func (t *Tenant) waitWhileHanging(r *http.Request) bool {
	t.mu.Lock()
	hanging := t.hanging
	t.mu.Unlock()
	if hanging == nil {
		return true
	}
	select {
	case <-hanging:
		return true
	case <-r.Context().Done():
	case <-t.done:
	}
	return false
}

// limited applies the rates of a thread and of the whole tenant. The caller holds the lock.
func (t *Tenant) limited(o operation, c call) error {
	if !t.opt.EnforceRates {
		return nil
	}
	key := o.group + " " + c.where
	if o.op == OpCreate || o.op == OpTeam || o.op == OpChannels {
		key = o.op
	}
	if t.take(key, limits[o.group]) && t.take("everything", overall) {
		return nil
	}
	return apiError{status: http.StatusTooManyRequests, code: "Throttled", message: fmt.Sprintf("%s is past its rate", o.op)}
}

// take counts one call and tells whether all limits hold. A call that is refused is not counted. The caller holds the lock.
func (t *Tenant) take(key string, all []limit) bool {
	now := t.opt.Machine()
	recent := t.windows[key]
	longest := all[len(all)-1].within
	for len(recent) > 0 && now.Sub(recent[0]) >= longest {
		recent = recent[1:]
	}
	for _, l := range all {
		n := 0
		for _, at := range recent {
			if now.Sub(at) < l.within {
				n++
			}
		}
		if n >= l.calls {
			t.windows[key] = recent
			return false
		}
	}
	t.windows[key] = append(recent, now)
	return true
}
