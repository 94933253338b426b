package teams

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// window is how many calls of one kind a conversation bears within a time.
type window struct {
	calls  int
	within time.Duration
}

// Per bot and conversation. Source: learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit, 2026. Whether edits count among what is
// sent is not documented; here they do, which is the stricter reading.
var (
	sendWindows = []window{{7, time.Second}, {8, 2 * time.Second}, {60, 30 * time.Second}, {1800, time.Hour}}
	readWindows = []window{{14, time.Second}, {16, 2 * time.Second}, {120, 30 * time.Second}, {3600, time.Hour}}
)

// room is how long to wait until one more call fits all windows, 0 when it fits now. past are the times of the calls so far, the oldest first.
func room(windows []window, past []time.Time, now time.Time) time.Duration {
	var wait time.Duration
	for _, w := range windows {
		if len(past) < w.calls {
			continue
		}
		wait = max(wait, past[len(past)-w.calls].Add(w.within).Sub(now))
	}
	return wait
}

// meter counts the calls to each conversation, so that Teams need not refuse them: what it refuses counts against us too.
type meter struct {
	mu    sync.Mutex
	past  map[string][]time.Time
	until map[string]time.Time // when Teams wants to hear of a conversation again that it has refused for now
}

// metersMost bounds the memory; what is forgotten, Teams still counts.
const metersMost = 4096

// take counts a call to a conversation, or says how long it must wait.
func (m *meter) take(method, address string, now time.Time) time.Duration {
	windows, key := meterOf(method, address)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.past == nil || len(m.past) >= metersMost {
		m.past = map[string][]time.Time{}
	}
	longest := windows[len(windows)-1]
	past := m.past[key]
	for len(past) > 0 && now.Sub(past[0]) >= longest.within {
		past = past[1:]
	}
	wait := max(room(windows, past, now), m.until[key].Sub(now))
	if wait <= 0 {
		past = append(past, now)
	}
	m.past[key] = past
	return wait
}

// unsaid is how long a conversation rests when Teams does not say for how long, as it mostly does not.
const unsaid = 2 * time.Second

// rest keeps calls of a kind from a conversation until then, as Teams has asked. Other conversations are not held up: Teams counts each by itself.
func (m *meter) rest(method, address string, until time.Time) {
	_, key := meterOf(method, address)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.until == nil || len(m.until) >= metersMost {
		m.until = map[string]time.Time{}
	}
	m.until[key] = until
}

// meterOf is what a call is counted by: its kind and its conversation.
func meterOf(method, address string) (windows []window, key string) {
	if method == http.MethodGet {
		return readWindows, "read " + conversationOf(address)
	}
	return sendWindows, "send " + conversationOf(address)
}

// conversationOf is the conversation that an address is about; empty for a new one.
func conversationOf(address string) string {
	_, after, _ := strings.Cut(address, "/v3/conversations/")
	id, _, _ := strings.Cut(after, "/")
	id, _, _ = strings.Cut(id, "?")
	return id
}
