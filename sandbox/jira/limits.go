package jira

import (
	"net/http"
	"strconv"
	"time"

	"hallpass/sandbox/faults"
)

// WriteLimit is how often one issue may be written to in a time.
type WriteLimit struct {
	Writes int
	Per    time.Duration
}

// DefaultWriteLimits are Jira's own.
var DefaultWriteLimits = []WriteLimit{{20, 2 * time.Second}, {100, 30 * time.Second}}

// The reasons that a 429 gives.
const (
	reasonPerIssue = "jira-per-issue-on-write"
	reasonBurst    = "jira-burst-based"
)

// SetWriteLimits replaces the limits of writing to one issue; none lifts them.
func (s *Site) SetWriteLimits(limits ...WriteLimit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = limits
}

// SetSearchLag lets issues made over the API stay unseen by so many searches after they were made.
func (s *Site) SetSearchLag(searches int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.searchLag = searches
}

// Conflict makes the next so many transitions of an issue answer 409, as when somebody else changes it at that moment.
func (s *Site) Conflict(key string, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conflicts[key] = times
}

// tooFast counts a write to an issue, or answers 429 and returns true.
func (s *Site) tooFast(w http.ResponseWriter, i *issue) bool {
	for _, l := range s.limits {
		from := s.now().Add(-l.Per)
		recent := 0
		var oldest time.Time
		for _, at := range i.writes {
			if at.After(from) {
				if recent == 0 {
					oldest = at
				}
				recent++
			}
		}
		if recent >= l.Writes {
			s.refuseFast(w, reasonPerIssue, oldest.Add(l.Per).Sub(s.now()), l.Writes)
			return true
		}
	}
	i.writes = append(i.writes, s.now())
	return false
}

func (s *Site) refuseFast(w http.ResponseWriter, reason string, wait time.Duration, limit int) {
	w.Header().Set("Retry-After", faults.Seconds(wait))
	w.Header().Set("RateLimit-Reason", reason)
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit))
	w.Header().Set("X-RateLimit-Remaining", "0")
	w.Header().Set("X-RateLimit-Reset", s.now().Add(wait).UTC().Format("2006-01-02T15:04Z"))
	refuse(w, http.StatusTooManyRequests, "Rate limit exceeded.")
}

// burst is the number of calls a second that the fault switch's 429 names.
const burst = 100

// writeRateLimited is the fault switch's 429.
func (s *Site) writeRateLimited(w http.ResponseWriter, _ *http.Request, wait time.Duration) {
	s.refuseFast(w, reasonBurst, wait, burst)
}
