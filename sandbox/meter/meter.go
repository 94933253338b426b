// Package meter counts calls against a limit per minute, as vendors do for their rate limit headers.
package meter

import "time"

// span is how long one count lasts.
const span = time.Minute

// Minute counts the calls of the current minute of the clock. It is guarded by its user's lock.
type Minute struct {
	Allowed int // calls a minute
	used    int
	until   time.Time
}

// Take counts one call and says whether it is within the limit.
func (m *Minute) Take(now time.Time) bool {
	if !now.Before(m.until) {
		m.used, m.until = 0, now.Truncate(span).Add(span)
	}
	m.used++
	return m.used <= m.Allowed
}

// Left is how many calls the current minute has left.
func (m *Minute) Left() int { return max(0, m.Allowed-m.used) }

// Until is when the count begins anew.
func (m *Minute) Until() time.Time { return m.until }
