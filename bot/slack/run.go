package slack

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"hallpass/bot"

	api "github.com/slack-go/slack"
)

// Run holds the links and hands what people do to in, until ctx ends (then it returns nil) or something is wrong that only people can
// mend (then it returns a *Fatal). What is being handled when it ends is still acknowledged.
func (s *Slack) Run(ctx context.Context, in bot.Inbound) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := s.introduce(ctx); err != nil {
		return outcome(err)
	}
	r := &run{Slack: s, in: in, fail: cancel}
	r.fill(ctx)
	r.readers.Wait() // what is under way is acknowledged
	return outcome(context.Cause(ctx))
}

// fill keeps as many sockets open as there are slots, until ctx ends. One that is given up is still read to its farewell.
func (r *run) fill(ctx context.Context) {
	var holders sync.WaitGroup
	defer holders.Wait()
	var stops []context.CancelFunc
	for {
		n, changed := r.cfg.Slots.Held()
		for len(stops) < n {
			holding, stop := context.WithCancel(ctx)
			defer stop()
			stops = append(stops, stop)
			holders.Go(func() {
				if err := r.hold(holding); err != nil {
					r.fail(err)
				}
			})
		}
		for ; len(stops) > n; stops = stops[:len(stops)-1] {
			stops[len(stops)-1]()
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// run is one Run.
type run struct {
	*Slack
	in      bot.Inbound
	fail    context.CancelCauseFunc
	readers sync.WaitGroup
}

// outcome is what Run returns: a Fatal, or nil when it was told to stop.
func outcome(err error) error {
	var fatal *Fatal
	if errors.As(err, &fatal) {
		return fatal
	}
	return nil
}

// introduce asks who the bot token is until Slack answers.
func (s *Slack) introduce(ctx context.Context) error {
	wait := backoff{pace: s.pace}
	for {
		err := s.whoami(ctx)
		if err == nil {
			return nil
		}
		if fatal := asFatal("slack.bot_token", err); fatal != nil {
			return fatal
		}
		if outcome(err) != nil {
			return err
		}
		s.cfg.Log.Warn().Err(hidden(err)).Msg("Slack does not say whose the bot token is; asking again")
		if !pause(ctx, wait.next(err)) {
			return ctx.Err()
		}
	}
}

// hold keeps one slot filled. It returns when ctx ends, or with a Fatal.
func (r *run) hold(ctx context.Context) error {
	wait := backoff{pace: r.pace}
	for ctx.Err() == nil {
		l, err := r.open(ctx)
		if err == nil {
			err = r.use(ctx, l, &wait)
		}
		if fatal := outcome(err); fatal != nil {
			return fatal
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		d := wait.next(err)
		r.cfg.Log.Warn().Err(err).Dur("again_in", d).Msg("a connection to Slack is down")
		pause(ctx, d)
	}
	return nil
}

// use reads a link until it must be replaced or is lost. A link that was asked to go is read on until Slack closes it.
func (r *run) use(ctx context.Context, l *link, wait *backoff) error {
	r.readers.Go(func() { r.readAll(ctx, l) })
	select {
	case <-l.retire:
		return r.retired(l, wait)
	case <-l.gone:
	case <-ctx.Done():
		return nil
	}
	if r.cfg.Clock.Machine().Sub(l.since) < r.pace.settled {
		return errLost
	}
	wait.reset()
	return nil
}

// retired decides how a link that Slack wants to be rid of is replaced.
func (r *run) retired(l *link, wait *backoff) error {
	switch l.reason {
	case "link_disabled":
		return errSocketModeOff
	case "warning", "refresh_requested":
		wait.reset()
		r.readers.Go(func() { l.closeAfter(r.pace.drain) })
		return nil
	}
	r.readers.Go(func() { l.closeAfter(r.pace.drain) })
	return errors.New("Slack ended the connection (" + l.reason + ")")
}

// closeAfter ends a link that Slack forgets to close.
func (l *link) closeAfter(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		l.close()
	case <-l.gone:
	}
}

// readAll reads a link to its end and hands out its frames. It closes the link when all of them are acknowledged.
func (r *run) readAll(ctx context.Context, l *link) {
	stop := context.AfterFunc(ctx, l.stopReading)
	defer stop()
	var err error
	for ctx.Err() == nil {
		var f frame
		if f, err = l.read(); err != nil {
			break
		}
		r.take(ctx, l, f)
	}
	r.links.remove(l, farewell(err), r.cfg.Clock.Machine())
	l.ended()
	l.handling.Wait()
	l.close()
}

// backoff is the wait after failures in a row: doubling, with jitter, and never shorter than what Slack asks for.
type backoff struct {
	pace pace
	last time.Duration
}

func (b *backoff) reset() { b.last = 0 }

func (b *backoff) next(err error) time.Duration {
	b.last = min(max(2*b.last, b.pace.first), b.pace.most)
	d := b.last/2 + rand.N(b.last/2+1)
	var limited *api.RateLimitedError
	if errors.As(err, &limited) {
		d = max(d, limited.RetryAfter) + rand.N(b.pace.first+1)
	}
	return d
}
