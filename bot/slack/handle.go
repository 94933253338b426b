package slack

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// job is the work that one frame asks for.
type job struct {
	name string // for the log: what it is, never what was typed
	deed bool   // it is acknowledged only when it was done
	run  func(ctx context.Context) (answer, error)
}

// answer is what an acknowledgement carries and what follows it.
type answer struct {
	payload any
	small   any                       // sent when payload is too large for an acknowledgement; then rest brings the whole
	rest    func(ctx context.Context) // shows the whole by a call
	then    func(ctx context.Context) // what follows the acknowledgement in any case
}

// take hands one frame out. It waits while too many are being handled, so that Slack sees a slow reader and not a lost press.
func (r *run) take(ctx context.Context, l *link, f frame) {
	switch {
	case f.Type == "disconnect":
		r.cfg.Log.Info().Str("reason", f.Reason).Msg("Slack asks for another connection")
		l.replace(f.Reason)
		return
	case f.Type == "hello" || f.Envelope == "":
		return
	}
	j, err := r.job(f)
	if err != nil {
		r.odd.Add(1)
		r.cfg.Log.Warn().Err(err).Msg("a frame from Slack was acknowledged and dropped")
	}
	if j == nil {
		r.acknowledge(l, f, nil)
		return
	}
	select {
	case r.slots <- struct{}{}:
		l.handling.Go(func() { r.handle(l, f, j) })
	case <-time.After(r.pace.answer):
		r.tooLate(l, f, j)
	case <-ctx.Done():
	}
}

// result is how a handler ended.
type result struct {
	answer
	err error
}

// handle runs a job within Slack's deadline and acknowledges it.
func (r *run) handle(l *link, f frame, j *job) {
	ctx, cancel := context.WithTimeout(context.Background(), r.pace.handle)
	timer := time.NewTimer(r.pace.answer)
	defer timer.Stop()
	done := make(chan result, 1)
	go func() {
		defer func() { <-r.slots }()
		defer cancel()
		a, err := safely(ctx, j)
		done <- result{a, err}
	}()
	select {
	case res := <-done:
		r.conclude(l, f, j, res)
	case <-timer.C:
		r.tooLate(l, f, j)
	}
}

// safely turns a panic of a handler into its error.
func safely(ctx context.Context, j *job) (a answer, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%s panicked: %v\n%s", j.name, cause, debug.Stack())
		}
	}()
	return j.run(ctx)
}

func (r *run) conclude(l *link, f frame, j *job, res result) {
	if res.err != nil {
		r.cfg.Log.Error().Err(hidden(res.err)).Str("what", j.name).Msg("handling a frame of Slack failed")
		if j.deed {
			return // not committed: the person must see that it failed, and Slack must repeat an event
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	if r.acknowledge(l, f, res.payload) == errTooLarge {
		r.acknowledge(l, f, res.small)
		res.rest(ctx)
	}
	if res.then != nil {
		res.then(ctx)
	}
}

// tooLate ends what took too long: a deed stays without an answer, so that Slack says so.
func (r *run) tooLate(l *link, f frame, j *job) {
	r.late.Add(1)
	r.cfg.Log.Error().Str("what", j.name).Msg("not done within Slack's deadline")
	if !j.deed {
		r.acknowledge(l, f, nil)
	}
}

func (r *run) acknowledge(l *link, f frame, payload any) error {
	if !f.Accepts {
		payload = nil
	}
	err := l.ack(f.Envelope, payload)
	if err != nil && !errors.Is(err, errTooLarge) {
		r.cfg.Log.Warn().Err(hidden(err)).Msg("an acknowledgement did not reach Slack")
	}
	return err
}
