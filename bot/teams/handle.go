package teams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"hallpass/bot"
	"hallpass/flows"
)

// Path is where Teams is told to bring activities to, by convention.
const Path = "/api/messages"

// desk takes activities in.
type desk struct {
	*Teams
	in bot.Inbound
}

// Handler answers the activities of the connector at Path and hands what people do to in.
func (t *Teams) Handler(in bot.Inbound) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST "+Path, &desk{Teams: t, in: in})
	return mux
}

// ServeHTTP proves the token first; what it does not prove is answered without a word about why.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	quick, cancel := context.WithTimeout(r.Context(), ackWithin)
	defer cancel()
	p, err := d.prove(quick, r)
	if err != nil {
		d.unproved(w, err)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytes))
	if err != nil {
		var large *http.MaxBytesError
		status := http.StatusBadRequest
		if errors.As(err, &large) {
			status = http.StatusRequestEntityTooLarge
		}
		w.WriteHeader(status)
		return
	}
	a, err := decode(raw)
	if err != nil {
		d.cfg.Log.Warn().Err(err).Msg("an activity of Teams is not understood")
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if err := d.fits(p, a); err != nil {
		d.unproved(w, err)
		return
	}
	d.take(r.Context(), a).write(w)
}

// unproved answers what proves nothing, and what cannot be judged now.
func (d *desk) unproved(w http.ResponseWriter, err error) {
	status := http.StatusForbidden
	if errors.Is(err, errNoKeys) {
		status = http.StatusServiceUnavailable
	}
	d.cfg.Log.Warn().Err(hidden(err)).Int("status", status).Msg("an activity was turned away")
	w.WriteHeader(status)
}

// reply is the answer to an activity. The zero reply is an empty 200.
type reply struct {
	status int
	body   any
	form   *bot.Form         // the form that body shows
	errors map[string]string // beside its fields
	then   func(ctx context.Context)
}

func (r reply) write(w http.ResponseWriter) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if r.body == nil {
		w.WriteHeader(r.status)
		return
	}
	raw, err := json.Marshal(r.body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(r.status)
	_, _ = w.Write(raw) // whoever asked has gone
}

// job is the work that one activity asks for.
type job struct {
	name string // for the log: what it is, never what was typed
	run  func(ctx context.Context) (reply, error)
	busy reply // the answer when it takes longer than Teams waits
}

// take answers one activity: the first delivery does the work, the others wait for it.
func (d *desk) take(ctx context.Context, a activity) reply {
	j := d.job(a)
	if j == nil {
		d.note(ctx, a)
		return reply{}
	}
	ctx, cancel := context.WithTimeout(ctx, d.ack)
	defer cancel()
	f, mine := d.answers.take(a.key())
	if mine && d.enter(ctx) {
		d.late.Go(func() { d.work(context.WithoutCancel(ctx), ctx, a, j, f) })
	} else if mine {
		d.answers.finish(a.key(), f, reply{}, errCrowded)
	}
	switch {
	case !f.wait(ctx):
		return j.busy
	case errors.Is(f.err, errCrowded):
		return reply{status: http.StatusServiceUnavailable}
	case f.err != nil:
		return reply{status: http.StatusInternalServerError}
	}
	return f.reply
}

// enter takes a place among those that are handled at the same time, and reports false when there was none in time.
func (d *desk) enter(ctx context.Context) bool {
	select {
	case d.slots <- struct{}{}:
		return true
	default:
	}
	select {
	case d.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

var errCrowded = errors.New("too many activities are being handled")

// note keeps references; without them less can be written, but nothing is lost.
func (d *desk) note(ctx context.Context, a activity) {
	if err := d.renew(ctx, a); err != nil {
		d.cfg.Log.Warn().Err(err).Msg("where a conversation is could not be kept")
	}
}

// work does a job to its end, also when the answer is no longer waited for; then what came of it is told by message.
func (d *desk) work(ctx, waiting context.Context, a activity, j *job, f *first) {
	defer func() { <-d.slots }()
	ctx, cancel := context.WithTimeout(ctx, workWithin)
	defer cancel()
	d.note(ctx, a)
	r, err := safely(ctx, j)
	if err != nil {
		d.cfg.Log.Error().Err(hidden(err)).Str("what", j.name).Msg("handling an activity of Teams failed")
	}
	late := waiting.Err() != nil
	d.answers.finish(a.key(), f, r, err)
	if late {
		d.catchUp(ctx, a, r, err)
	}
	if err == nil && r.then != nil {
		r.then(ctx)
	}
}

// safely turns a panic of a handler into its error.
func safely(ctx context.Context, j *job) (r reply, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%s panicked: %v\n%s", j.name, cause, debug.Stack())
		}
	}()
	return j.run(ctx)
}

// Words for what came too late.
const (
	lateWords = "That took too long, and it is not sure that it was done. Look at the card, then try again if you must."
	busyWords = "This takes a moment. What comes of it is told in your chat with Hallpass."
)

// catchUp tells by message what was not there in time.
func (d *desk) catchUp(ctx context.Context, a activity, r reply, err error) {
	d.cfg.Log.Warn().Str("activity", a.Type+" "+bot.ClampText(oneLine(a.Name), codeLength)).Msg("not done within the time that Teams waits")
	switch {
	case err != nil:
		d.besides("what failed", d.insist(ctx, func() error { return d.Whisper(ctx, d.where(a), a.account(), bot.Text(lateWords)) }))
	case r.form != nil:
		d.besides("a form", d.insist(ctx, func() error { return d.showForm(ctx, d.where(a), a.account(), *r.form, r.errors) }))
	}
}

// where is the conversation of an activity.
func (d *desk) where(a activity) bot.Address {
	return bot.Address{Platform: Platform, Workspace: a.tenant(), Channel: a.place()}
}

// insistences is how often something is shown to somebody who waits for it, when Teams wants to hear of it a little later.
const insistences = 4

// insist shows something, and again after the time that Teams has asked for.
func (d *desk) insist(ctx context.Context, show func() error) error {
	for range insistences - 1 {
		err := show()
		call := flows.AsCall(err)
		if call == nil || call.Outcome != flows.OutcomeLater || call.RetryAfter <= 0 {
			return err
		}
		wait := time.NewTimer(call.RetryAfter)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return err
		}
	}
	return show()
}

// besides notes that showing something failed. Nobody waits for it.
func (d *desk) besides(what string, err error) {
	if err != nil {
		d.cfg.Log.Warn().Err(hidden(err)).Str("what", what).Msg("could not be shown")
	}
}

// now stamps what people do.
func (d *desk) now() time.Time { return d.cfg.Clock.Machine() }

// deedOf has an account looked at anew: what it does next must not stand on what was known of it before.
func (d *desk) deedOf(a activity) flows.Account {
	who := a.account()
	d.people.Forget(who)
	return who
}
