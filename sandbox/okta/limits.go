package okta

import (
	"net/http"
	"strconv"
	"time"

	"hallpass/sandbox/meter"
)

// DefaultRateLimit is how many calls a minute are answered unless SetRateLimit says otherwise. Okta's own limits differ by
// endpoint and plan, 500 or 600 for most; this one is out of the way of tests that do not mean it.
const DefaultRateLimit = 100_000

// SetRateLimit makes every call beyond so many a minute answer 429.
func (o *Org) SetRateLimit(callsPerMinute int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.limit = meter.Minute{Allowed: callsPerMinute}
}

// writeLimit puts the state of the count into the headers of an answer.
func writeLimit(w http.ResponseWriter, allowed, left int, until time.Time) {
	w.Header().Set("X-Rate-Limit-Limit", strconv.Itoa(allowed))
	w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
	w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(until.Unix(), 10))
}

// writeRateLimited is the fault switch's 429: nothing is left until the given time has passed.
func (o *Org) writeRateLimited(w http.ResponseWriter, _ *http.Request, wait time.Duration) {
	o.mu.Lock()
	allowed := o.limit.Allowed
	o.mu.Unlock()
	writeLimit(w, allowed, 0, o.now().Add(wait+time.Second-1)) // the header has whole seconds
	o.refuse(w, errRateLimit)
}
