package teams

import (
	"context"
	"sync"
	"time"
)

// alarms remembers what was said when, so that one trouble is told once an hour.
type alarms struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// due reports whether a sentence may be said again.
func (a *alarms) due(sentence string, at time.Time, quiet time.Duration) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if said, known := a.last[sentence]; known && at.Sub(said) < quiet {
		return false
	}
	if a.last == nil {
		a.last = map[string]time.Time{}
	}
	a.last[sentence] = at
	return true
}

// alarm tells admins, on a goroutine of its own: what raised it must not wait for a chat.
func (t *Teams) alarm(ctx context.Context, sentence string) {
	t.cfg.Log.Error().Str("alarm", sentence).Msg("teams")
	if t.cfg.Alarm == nil || !t.alarms.due(sentence, t.cfg.Clock.Machine(), quiet) {
		return
	}
	go t.cfg.Alarm(context.WithoutCancel(ctx), sentence)
}
