package bot

import (
	"sync"
	"time"

	"hallpass/flows"
)

// Profiles remembers profiles for a few seconds, so that typing in a search field does not ask the chat at every key. The zero value is empty.
type Profiles struct {
	mu    sync.Mutex
	known map[flows.Account]remembered
}

type remembered struct {
	flows.Profile
	at time.Time
}

// Forget has an account read anew.
func (p *Profiles) Forget(a flows.Account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, a)
}

// Recall is a profile that was read after a moment.
func (p *Profiles) Recall(a flows.Account, after time.Time) (flows.Profile, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, known := p.known[a]
	return r.Profile, known && r.at.After(after)
}

// Remember keeps a profile as read at a moment, and drops those that are too old to be used: read before `after`.
func (p *Profiles) Remember(profile flows.Profile, at, after time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[flows.Account]remembered{}
	}
	for other, r := range p.known {
		if r.at.Before(after) {
			delete(p.known, other)
		}
	}
	p.known[profile.Account] = remembered{profile, at}
}

// Said remembers what was said when, so that one trouble is told once in a while. The zero value has said nothing.
type Said struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// Due reports whether a sentence may be said at this moment, and takes it as said: not again within `quiet`.
func (s *Said) Due(sentence string, at time.Time, quiet time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if said, known := s.last[sentence]; known && at.Sub(said) < quiet {
		return false
	}
	if s.last == nil {
		s.last = map[string]time.Time{}
	}
	s.last[sentence] = at
	return true
}
