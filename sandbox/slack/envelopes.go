package slack

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Kinds of envelopes.
const (
	kindSlash       = "slash_commands"
	kindInteractive = "interactive"
	kindEvents      = "events_api"
)

// What a person sees when the app does not answer. Source: Slack's own wording in its clients' error texts.
var (
	// ErrNoConnection: no socket of the app is open.
	ErrNoConnection = errors.New("dispatch_failed")
	// ErrTimeout: the app did not acknowledge in time.
	ErrTimeout = errors.New("operation_timeout")
)

// envelope is one frame on its way, until it is acknowledged or given up.
type envelope struct {
	id      string
	about   string // for problems: "block_actions approve"
	accepts bool
	socket  *socket
	due     time.Time
	acked   bool
	late    bool
	answer  chan any // the acknowledgement's payload, nil when empty
}

// maxFinished is how many settled envelopes are remembered, to tell a late acknowledgement from a made-up one.
const maxFinished = 1000

// Duplicate makes every later interaction and command be delivered n times, each to the next socket; 1 is normal.
func (w *Workspace) Duplicate(n int) { w.change(func() { w.duplicates = max(1, n) }) }

// ask delivers an interaction and waits for the acknowledgement. Copies, if any, are waited for too; the first answer counts.
func (w *Workspace) ask(ctx context.Context, kind, about string, payload obj) (any, error) {
	w.mu.Lock()
	copies := w.duplicates
	w.last = delivery{kind, about, payload}
	w.unanswered++
	w.mu.Unlock()
	defer w.change(func() { w.unanswered-- })
	var sent []*envelope
	var failed error
	for range copies {
		e, err := w.dispatch(kind, about, payload, true, nil)
		if err != nil {
			failed = err
			continue
		}
		sent = append(sent, e)
	}
	var answer any
	var answered bool
	for _, e := range sent {
		got, err := w.await(ctx, e)
		switch {
		case err != nil:
			failed = err
		case !answered:
			answer, answered = got, true
		}
	}
	if answered {
		return answer, nil
	}
	return nil, failed
}

// delivery is what was delivered to the app.
type delivery struct {
	kind, about string
	payload     obj
}

// Again delivers the last interaction or command once more, n times one after the other, each to the next socket. The person sees
// nothing of it; the error is the first copy's that was not acknowledged.
func (w *Workspace) Again(ctx context.Context, n int) error {
	w.mu.Lock()
	last := w.last
	w.mu.Unlock()
	if last.payload == nil {
		return errors.New("nothing was delivered yet that could be delivered again")
	}
	for range n {
		e, err := w.dispatch(last.kind, last.about+" once more", last.payload, true, nil)
		if err == nil {
			_, err = w.await(ctx, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dispatch sends one envelope over the next socket.
func (w *Workspace) dispatch(kind, about string, payload any, accepts bool, extra obj) (*envelope, error) {
	w.mu.Lock()
	s := w.pick()
	if s == nil {
		w.mu.Unlock()
		return nil, ErrNoConnection
	}
	e := &envelope{id: w.uuid(), about: about, accepts: accepts, socket: s, due: soon(w.opt.AckDeadline), answer: make(chan any, 1)}
	w.envelopes[e.id] = e
	w.mu.Unlock()
	frame := obj{"envelope_id": e.id, "type": kind, "payload": payload, "accepts_response_payload": accepts}
	for key, value := range extra {
		frame[key] = value
	}
	if err := s.send(frame); err != nil {
		s.cut()
	}
	return e, nil
}

// pick chooses the sockets in turn; those that were told to disconnect only when there is no other. The caller holds the lock.
func (w *Workspace) pick() *socket {
	ready := slices.DeleteFunc(slices.Clone(w.sockets), func(s *socket) bool { return !s.ready })
	live := slices.DeleteFunc(slices.Clone(ready), func(s *socket) bool { return s.draining })
	if len(live) == 0 {
		live = ready
	}
	if len(live) == 0 {
		return nil
	}
	w.turn++
	return live[w.turn%len(live)]
}

// await waits for the acknowledgement of one envelope until its deadline, or until its socket is lost.
func (w *Workspace) await(ctx context.Context, e *envelope) (any, error) {
	timer := time.NewTimer(time.Until(e.due))
	defer timer.Stop()
	defer w.settle(e)
	select {
	case answer := <-e.answer:
		return answer, nil
	case <-timer.C:
		w.mu.Lock()
		defer w.mu.Unlock()
		if e.acked {
			return <-e.answer, nil
		}
		e.late = true
		w.problem("%s was not acknowledged within %s", e.about, w.opt.AckDeadline)
		return nil, ErrTimeout
	case <-e.socket.gone:
		return w.lastWord(e)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.done:
		return nil, ErrClosed
	}
}

// lastWord takes an acknowledgement that came just before the socket was lost.
func (w *Workspace) lastWord(e *envelope) (any, error) {
	select {
	case answer := <-e.answer:
		return answer, nil
	default:
		return nil, ErrTimeout
	}
}

// settle forgets the oldest of the finished envelopes.
func (w *Workspace) settle(e *envelope) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finished = append(w.finished, e.id)
	if len(w.finished) > maxFinished {
		delete(w.envelopes, w.finished[0])
		w.finished = w.finished[1:]
	}
}

// acknowledged takes one frame from the app.
func (w *Workspace) acknowledged(s *socket, raw []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(raw) >= AckBytes {
		w.problem("an acknowledgement of %d bytes was dropped: Slack takes less than %d", len(raw), AckBytes)
		return
	}
	var frame struct {
		Envelope string          `json:"envelope_id"`
		Payload  json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(raw, &frame) != nil || frame.Envelope == "" {
		w.problem("a frame from the app is no acknowledgement: %.80s", raw)
		return
	}
	e := w.envelopes[frame.Envelope]
	switch {
	case e == nil:
		w.problem("an acknowledgement names an envelope that was never sent: %s", frame.Envelope)
		return
	case e.socket != s:
		w.problem("%s was acknowledged on socket %d but had come over socket %d", e.about, s.number, e.socket.number)
		return
	case e.acked:
		w.problem("%s was acknowledged twice", e.about)
		return
	case e.late:
		w.problem("%s was acknowledged %s too late", e.about, time.Since(e.due).Round(time.Millisecond))
		return
	}
	payload := answerIn(frame.Payload)
	if payload != nil && !e.accepts {
		w.problem("%s was acknowledged with a payload, which Slack does not take there", e.about)
		payload = nil
	}
	e.acked = true
	e.answer <- payload
	w.touch()
}

// answerIn is the payload of an acknowledgement, nil when it says nothing: node-slack-sdk sends {} for an empty one.
func answerIn(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	payload, err := decode(raw)
	if err != nil {
		return nil
	}
	switch v := payload.(type) {
	case obj:
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
	}
	return payload
}

// event is something to tell the app once the lock is free.
type event struct {
	name string
	body obj
}

// flush sends the events that came up while the lock was held.
func (w *Workspace) flush() {
	w.mu.Lock()
	events := w.pending
	w.pending = nil
	w.unanswered += len(events)
	w.mu.Unlock()
	for _, e := range events {
		w.emit(e.name, e.body)
	}
	if len(events) > 0 {
		w.change(func() { w.unanswered -= len(events) })
	}
}

// Unanswered counts the interactions and events that the app has not acknowledged yet and that are not given up; a test that
// changes the weather waits for 0 first.
func (w *Workspace) Unanswered() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unanswered + len(w.pending)
}

// eventRetryDelay is between giving up on an event and its first repetition, as seen in logs of bolt-js.
const eventRetryDelay = time.Second

// emit sends an event to the app, if it subscribed to it, and repeats it until it is acknowledged or the retries are used up.
// The caller does not hold the lock.
func (w *Workspace) emit(name string, event obj) {
	if !slices.Contains(w.opt.Events, name) {
		return
	}
	w.mu.Lock()
	w.unanswered++
	event["event_ts"] = event["ts"]
	if event["ts"] == nil {
		event["event_ts"] = w.ts()
	}
	payload := obj{"type": "event_callback", "token": "deprecated", "event_id": w.nextID("Ev"), "event_time": w.opt.Now().Unix(),
		"team_id": w.opt.TeamID, "api_app_id": w.opt.AppID, "context_team_id": w.opt.TeamID, "context_enterprise_id": nil,
		"event_context": "4-sandbox", "is_ext_shared_channel": false, "event": event,
		"authorizations": []obj{{"enterprise_id": nil, "team_id": w.opt.TeamID, "user_id": w.opt.BotUserID, "is_bot": true,
			"is_enterprise_install": false}}}
	w.mu.Unlock()
	first, err := w.dispatch(kindEvents, "event "+name, payload, false, obj{"retry_attempt": 0, "retry_reason": ""})
	w.spawn(func() { w.insist(name, payload, first, err) })
}

// insist repeats an event that was not acknowledged. What happened while no socket was open comes as a retry only.
func (w *Workspace) insist(name string, payload obj, sent *envelope, err error) {
	defer w.change(func() { w.unanswered-- })
	for attempt := 0; ; attempt++ {
		if err == nil {
			if _, err = w.await(context.Background(), sent); err == nil || errors.Is(err, ErrClosed) {
				return
			}
		}
		if attempt == len(w.opt.EventRetries) {
			w.change(func() { w.lost = append(w.lost, name) })
			return
		}
		if !w.sleep(w.opt.EventRetries[attempt] + w.retryDelay()) {
			return
		}
		sent, err = w.dispatch(kindEvents, "event "+name, payload, false, obj{"retry_attempt": attempt + 1, "retry_reason": "timeout"})
	}
}

// retryDelay keeps its proportion to the deadline when a test shortens that.
func (w *Workspace) retryDelay() time.Duration {
	return min(eventRetryDelay, w.opt.AckDeadline/3)
}

// sleep waits, and reports false when the workspace was closed meanwhile.
func (w *Workspace) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.done:
		return false
	}
}

// LostEvents names the events that no retry could deliver.
func (w *Workspace) LostEvents() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lost)
}
