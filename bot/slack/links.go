package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// links are the open links, and the times at which others were lost: Slack may still count those.
type links struct {
	mu      sync.Mutex
	live    []*link
	lost    []time.Time
	dialing int           // how many are being opened
	ever    int           // how many were ever up
	bell    chan struct{} // closed at the next change
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
	ls.ever++
	ls.ring()
}

// remove takes a link out. One that ended without a farewell may be counted by Slack for a while.
func (ls *links) remove(l *link, farewell bool, at time.Time) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.live = slices.DeleteFunc(ls.live, func(other *link) bool { return other == l })
	if !farewell {
		ls.lost = append(ls.lost, at)
	}
	ls.ring()
}

// farewell tells an end that Slack announced with a close frame.
func farewell(err error) bool {
	var closed *websocket.CloseError
	return errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure
}

func (ls *links) open() int {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return len(ls.live)
}

// dial counts a link that is being opened (1), or no longer is (-1). Slack counts it before its hello has come.
func (ls *links) dial(n int) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.dialing += n
}

// ours is how many connections Slack may rightly count: the open ones, those being opened but for the one that asks, and those lost since.
func (ls *links) ours(since time.Time) int {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.lost = slices.DeleteFunc(ls.lost, func(at time.Time) bool { return at.Before(since) })
	return len(ls.live) + ls.dialing - 1 + len(ls.lost)
}

// Counted is how many connections Slack may rightly count for this process.
func (s *Slack) Counted() int { return s.links.ours(s.cfg.Clock.Machine().Add(-s.pace.ghost)) + 1 }

// counted compares Slack's count with ours. More means that somebody else has the tokens and gets a share of what people press.
func (s *Slack) counted(ctx context.Context, theirs int) {
	ours := max(s.cfg.Connections, s.links.ours(s.cfg.Clock.Machine().Add(-s.pace.ghost))) // those about to be opened are ours too
	if theirs <= ours {
		return
	}
	others, err := s.cfg.Slots.Others(ctx)
	if err != nil {
		s.cfg.Log.Warn().Err(err).Int("counted", theirs).Msg("how many connections the other replicas hold is not known")
		return
	}
	if ours += others; theirs <= ours {
		return
	}
	s.alarm(ctx, fmt.Sprintf("Slack counts %d connections of the app and Hallpass opened %d. Somebody else may use its tokens and "+
		"receive a share of what people press: look for another Hallpass, or make new tokens", theirs, ours))
}
