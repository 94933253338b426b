// Package faults breaks a stand-in on purpose.
//
// A Switch is wrapped around the handler of one stand-in. While nothing is set it lets every call pass and only keeps the
// journal. A Fault says what goes wrong, for which calls (method and path pattern) and for how many of them. Faults stand
// side by side: the oldest one that covers a call and is not used up acts on it, the others wait.
//
// Two moments of a call matter to whoever writes crash tests, and both can be reached here. Before the handler runs nothing
// has happened (Down, Unavailable, ServerError, RateLimited, Hang). After it ran, the change stands in the stand-in and the
// caller does not know it yet: LostAnswer cuts the connection there, and OnEffect is called there.
//
// What is not done: nothing is random, and no fault changes what a handler would answer. Mind that Go's own client sends a
// GET once more when a reused connection breaks before the first byte, so that one such call may use up two of a count.
package faults

import (
	"net/http"
	"sync"
	"time"
)

// Kind says how a call goes wrong.
type Kind string

const (
	Down        Kind = "down"         // the connection is closed without an answer; nothing took effect
	Unavailable Kind = "unavailable"  // 503, as a proxy before the vendor would say it; nothing took effect
	ServerError Kind = "server error" // 500; nothing took effect
	RateLimited Kind = "rate limited" // 429 in the vendor's own way, see Switch.RateLimit; nothing took effect
	Hang        Kind = "hang"         // no answer until the client goes; if Clear comes first the call is handled then
	Slow        Kind = "slow"         // handled after Fault.Delay, if the client is still there
	LostAnswer  Kind = "lost answer"  // takes effect, then the connection is cut before the answer
)

// keptCalls bounds the journal, so that a load test does not fill memory; the oldest half is dropped when it is reached.
const keptCalls = 200_000

// defaultRetryAfter is what a RateLimited fault asks callers to wait when it does not say.
const defaultRetryAfter = time.Second

// Fault is one way to go wrong, for some calls.
type Fault struct {
	Kind   Kind
	Method string // "" covers every method
	Path   string // "" covers every path; * stands for any run of characters, slashes too
	Times  int    // how many covered calls it acts on; 0 means until Clear
	Skip   int    // how many covered calls pass before it acts

	Delay      time.Duration // Slow: how long
	RetryAfter time.Duration // RateLimited: how long callers are told to wait; one second where 0
}

// Call is one line of the journal.
type Call struct {
	Method string
	Path   string
	Query  string
	Status int  // 0 when no answer was written
	Fault  Kind // "" when nothing was set for this call
	At     time.Time
}

// Switch sits before a stand-in's handler. The zero value works and lets everything pass. The hooks are to be set before
// the calls that they shall see; all methods may be used at any time from any goroutine.
type Switch struct {
	// Now stamps the journal and the Date header of every answer; the machine's clock where nil.
	Now func() time.Time
	// OnEffect is called after a call took effect and before its answer is written. A crash test kills its client there.
	OnEffect func(r *http.Request)
	// Effect says whether an answered call changed something; where nil, every 2xx of a method other than GET, HEAD and
	// OPTIONS did. A vendor that answers 200 to everything says it here.
	Effect func(r *http.Request, status int, answer []byte) bool
	// RateLimit writes the vendor's 429; where nil it is a bare one with Retry-After in seconds.
	RateLimit func(w http.ResponseWriter, r *http.Request, wait time.Duration)

	mu      sync.Mutex
	armed   []*armed
	cleared chan struct{}
	calls   []Call
}

// armed is a fault with what is left of its counts.
type armed struct {
	Fault
	skip, left int
}

// Set adds a fault.
func (s *Switch) Set(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = append(s.armed, &armed{Fault: f, skip: f.Skip, left: f.Times})
}

// Clear removes every fault and lets the calls that hang go on.
func (s *Switch) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = nil
	if s.cleared != nil {
		close(s.cleared)
		s.cleared = nil
	}
}

// Calls returns the journal in the order in which the calls were answered.
func (s *Switch) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// CallsTo counts the journal's calls of a method ("" for any) on paths that match the pattern.
func (s *Switch) CallsTo(method, pattern string) int {
	n := 0
	for _, c := range s.Calls() {
		if covers(method, pattern, c.Method, c.Path) {
			n++
		}
	}
	return n
}

// next finds the fault that acts on this call, counting it, and the channel that Clear closes.
func (s *Switch) next(r *http.Request) (Fault, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cleared == nil {
		s.cleared = make(chan struct{})
	}
	for i, a := range s.armed {
		if !covers(a.Method, a.Path, r.Method, r.URL.Path) {
			continue
		}
		if a.skip > 0 {
			a.skip--
			continue
		}
		if a.Times > 0 {
			a.left--
			if a.left == 0 {
				s.armed = append(s.armed[:i:i], s.armed[i+1:]...)
			}
		}
		return a.Fault, s.cleared
	}
	return Fault{}, s.cleared
}

// record writes a line of the journal.
func (s *Switch) record(r *http.Request, path string, status int, kind Kind) {
	c := Call{Method: r.Method, Path: path, Query: r.URL.RawQuery, Status: status, Fault: kind, At: s.now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) >= keptCalls {
		s.calls = append([]Call(nil), s.calls[keptCalls/2:]...)
	}
	s.calls = append(s.calls, c)
}

func (s *Switch) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// covers tells whether a method and a path pattern include a call.
func covers(method, pattern, gotMethod, gotPath string) bool {
	return (method == "" || method == gotMethod) && (pattern == "" || glob(pattern, gotPath))
}

// glob matches a pattern in which * stands for any run of characters.
func glob(pattern, s string) bool {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '*' {
			return globRest(pattern[i+1:], s[min(i, len(s)):])
		}
		if i >= len(s) || pattern[i] != s[i] {
			return false
		}
	}
	return len(pattern) == len(s)
}

// globRest matches what follows a star against every tail.
func globRest(pattern, s string) bool {
	for i := 0; i <= len(s); i++ {
		if glob(pattern, s[i:]) {
			return true
		}
	}
	return false
}
