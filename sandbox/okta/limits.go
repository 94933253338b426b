package okta

import (
	"net/http"
	"strconv"
	"time"
)

// DefaultRateLimit is how many calls a minute are answered unless SetRateLimit says otherwise. Okta's own limits differ by
// endpoint and plan, 500 or 600 for most; this one is out of the way of tests that do not mean it.
const DefaultRateLimit = 100_000

// rateWindow is how long Okta counts.
const rateWindow = time.Minute

// window counts the calls of the current minute.
type window struct {
	allowed, used int
	until         time.Time
}

// SetRateLimit makes every call beyond so many a minute answer 429.
func (o *Org) SetRateLimit(callsPerMinute int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.limit = window{allowed: callsPerMinute}
}

// take counts one call and says whether it may go on.
func (l *window) take(now time.Time) bool {
	if !now.Before(l.until) {
		l.used, l.until = 0, now.Truncate(rateWindow).Add(rateWindow)
	}
	l.used++
	return l.used <= l.allowed
}

// write puts the state of the window into the headers of an answer.
func (l *window) write(w http.ResponseWriter) {
	w.Header().Set("X-Rate-Limit-Limit", strconv.Itoa(l.allowed))
	w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(max(0, l.allowed-l.used)))
	w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(l.until.Unix(), 10))
}

// writeRateLimited is the fault switch's 429: spent until the given time has passed.
func (o *Org) writeRateLimited(w http.ResponseWriter, _ *http.Request, wait time.Duration) {
	o.mu.Lock()
	spent := window{allowed: o.limit.allowed, used: o.limit.allowed, until: o.now().Add(wait + time.Second - 1)}
	o.mu.Unlock()
	spent.write(w)
	o.refuse(w, errRateLimit)
}
