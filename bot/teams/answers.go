package teams

import (
	"context"
	"slices"
	"sync"
)

// answers remembers the answers of the last activities, so that one that is delivered again gets the first answer and does nothing. What must
// outlive a restart is kept by whoever is called: the key of an activity is the key of what it asks for.
type answers struct {
	mu    sync.Mutex
	known map[string]*first
	order []string // the oldest first
}

// answersMost is how many are remembered: far more than Teams delivers again.
const answersMost = 4096

// first is the first delivery of an activity. reply and err are there once done is closed.
type first struct {
	done chan struct{}
	reply
	err error
}

// take is the first delivery of an activity, and whether this is it.
func (s *answers) take(key string) (*first, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, known := s.known[key]; known {
		return f, false
	}
	if s.known == nil {
		s.known = map[string]*first{}
	}
	if len(s.order) >= answersMost {
		delete(s.known, s.order[0])
		s.order = s.order[1:]
	}
	f := &first{done: make(chan struct{})}
	s.known[key] = f
	s.order = append(s.order, key)
	return f, true
}

// forget lets the next delivery try again what failed.
func (s *answers) forget(key string, f *first) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[key] == f {
		delete(s.known, key)
		s.order = slices.DeleteFunc(s.order, func(k string) bool { return k == key })
	}
}

// finish keeps how the first delivery ended. What failed may be tried again.
func (s *answers) finish(key string, f *first, r reply, err error) {
	if err != nil {
		s.forget(key, f)
	}
	f.reply, f.err = r, err
	close(f.done)
}

// wait reports whether an activity was done before the context ended.
func (f *first) wait(ctx context.Context) bool {
	select {
	case <-f.done:
		return true
	case <-ctx.Done():
	}
	select {
	case <-f.done: // both at once: then it was done
		return true
	default:
		return false
	}
}
