package slack

import (
	"math"
	"net/http"
	"time"
)

// Rate is a token bucket: so many calls a minute, and so many at once.
type Rate struct {
	PerMinute, Burst int
}

// perChannel is Slack's rule of about one message a second in a channel with short bursts; the burst is not documented.
var perChannel = Rate{PerMinute: 60, Burst: 5}

// bucket holds what is left of a Rate.
type bucket struct {
	tokens float64
	at     time.Time
}

// failure answers a method's next calls badly.
type failure struct {
	code    string // an ok:false error, or empty
	seconds int    // Retry-After of a 429, when code is empty
	left    int
}

// SetRate changes the rate of one method; it counts only with EnforceRates.
func (w *Workspace) SetRate(method string, r Rate) { w.change(func() { w.rates[method] = r }) }

// Fail makes the next n calls of a method answer ok:false with this code, before anything is done.
func (w *Workspace) Fail(method, code string, n int) {
	w.change(func() { w.failures[method] = &failure{code: code, left: n} })
}

// Throttle makes the next n calls of a method answer 429 with this Retry-After, in seconds.
func (w *Workspace) Throttle(method string, seconds, n int) {
	w.change(func() { w.failures[method] = &failure{seconds: seconds, left: n} })
}

// LoseAnswers makes the next n calls of a method be carried out and the connection break before the answer.
func (w *Workspace) LoseAnswers(method string, n int) { w.change(func() { w.loseAnswers[method] = n }) }

// Hang makes the Web API accept calls and not answer until it is switched off; then the calls that still wait are carried out.
func (w *Workspace) Hang(on bool) {
	w.change(func() {
		switch {
		case on && w.hanging == nil:
			w.hanging = make(chan struct{})
		case !on && w.hanging != nil:
			close(w.hanging)
			w.hanging = nil
		}
	})
}

// RevokeToken revokes the bot token; the app hears of it by tokens_revoked.
func (w *Workspace) RevokeToken() {
	w.change(func() { w.botRevoked = true })
	w.emit("tokens_revoked", obj{"type": "tokens_revoked", "tokens": obj{"bot": []string{w.opt.BotUserID}}})
}

// RevokeAppToken revokes the app-level token and cuts all sockets.
func (w *Workspace) RevokeAppToken() {
	w.change(func() { w.appRevoked = true })
	w.Drop(0)
}

// Uninstall removes the app from the workspace: an event, and account_inactive from then on.
func (w *Workspace) Uninstall() {
	w.emit("app_uninstalled", obj{"type": "app_uninstalled"})
	w.change(func() { w.uninstalled = true })
}

// waitWhileHanging reports false when the caller gave up or the workspace was closed.
func (w *Workspace) waitWhileHanging(r *http.Request) bool {
	w.mu.Lock()
	hanging := w.hanging
	w.mu.Unlock()
	if hanging == nil {
		return true
	}
	select {
	case <-hanging:
		return true
	case <-r.Context().Done():
	case <-w.done:
	}
	return false
}

// failing is the code that the method's next call must fail with, if any. The caller holds the lock.
func (w *Workspace) failing(method string) string {
	f := w.failures[method]
	if f == nil || f.code == "" || f.left <= 0 {
		return ""
	}
	f.left--
	return f.code
}

func (w *Workspace) answerLost(method string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loseAnswers[method] == 0 {
		return false
	}
	w.loseAnswers[method]--
	return true
}

// limited says whether a method is past its rate, and after how many seconds to come back.
func (w *Workspace) limited(name string) (int, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.failures[name]; f != nil && f.code == "" && f.left > 0 {
		f.left--
		return f.seconds, true
	}
	m, served := w.served[name]
	if !w.opt.EnforceRates || !served {
		return 0, false
	}
	rate, set := w.rates[name]
	if !set {
		rate = Rate{PerMinute: m.perMin, Burst: m.perMin}
	}
	return w.take(name, rate)
}

// channelLimited applies the rule of one message a second in each channel.
func (w *Workspace) channelLimited(channel string) (int, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.opt.EnforceRates {
		return 0, false
	}
	return w.take("chat.postMessage "+channel, perChannel)
}

// take draws one call from a bucket. The caller holds the lock.
func (w *Workspace) take(key string, r Rate) (int, bool) {
	now := w.opt.Machine()
	b := w.buckets[key]
	if b == nil {
		b = &bucket{tokens: float64(r.Burst), at: now}
		w.buckets[key] = b
	}
	perSecond := float64(r.PerMinute) / 60
	b.tokens = math.Min(float64(r.Burst), b.tokens+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.tokens >= 1 {
		b.tokens--
		return 0, false
	}
	return int(math.Ceil((1 - b.tokens) / perSecond)), true
}
