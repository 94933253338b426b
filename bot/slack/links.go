package slack

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// links are the open links, and the times at which others were lost: Slack may still count those.
type links struct {
	mu   sync.Mutex
	live []*link
	lost []time.Time
	bell chan struct{} // closed at the next change
}

// changed is closed at the next change of the open links.
func (ls *links) changed() <-chan struct{} {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.bell == nil {
		ls.bell = make(chan struct{})
	}
	return ls.bell
}

// ring wakes those who wait for a change. The caller holds the lock.
func (ls *links) ring() {
	if ls.bell != nil {
		close(ls.bell)
		ls.bell = nil
	}
}

func (ls *links) add(l *link) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.live = append(ls.live, l)
	ls.ring()
}

func (ls *links) remove(l *link, at time.Time) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if i := slices.Index(ls.live, l); i >= 0 {
		ls.live = slices.Delete(ls.live, i, i+1)
		ls.lost = append(ls.lost, at)
		ls.ring()
	}
}

func (ls *links) open() int {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return len(ls.live)
}

// ours is how many connections Slack may rightly count: the open ones, those being opened, and those lost since.
func (ls *links) ours(since time.Time, opening int) int {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.lost = slices.DeleteFunc(ls.lost, func(at time.Time) bool { return at.Before(since) })
	return max(len(ls.live), opening) + len(ls.lost)
}

// counted compares Slack's count with ours. More means that somebody else has the tokens and gets a share of what people press.
func (s *Slack) counted(ctx context.Context, theirs int) {
	ours := s.links.ours(s.cfg.Clock.Machine().Add(-s.pace.ghost), s.cfg.Connections)
	if theirs <= ours {
		return
	}
	s.alarm(ctx, fmt.Sprintf("Slack counts %d connections of the app and Hallpass opened %d. Somebody else may use its tokens and "+
		"receive a share of what people press: look for another Hallpass, or make new tokens", theirs, ours))
}
