package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"hallpass/bot"
	"hallpass/config"
	"hallpass/flows"
	"hallpass/scheduler"
	"hallpass/store"
)

// Options say how to run. Config and Clock are needed.
type Options struct {
	Config *config.Config
	Clock  *Clock
	Log    zerolog.Logger
	// Hook observes the store's commits. Crash tests die there.
	Hook store.Hooks
	// Transport carries every call to the outside, of integrations and chats; nil is a transport of each one's own.
	Transport http.RoundTripper
	// Witness is told the newest head of the log as well, after each commit that added to it.
	Witness func(head flows.Head)
	// Rand gives names, nonces, salts and jitter, so that a story can be told twice alike; nil is what nobody can foresee.
	Rand io.Reader
	// Synchronous is the store's. Only worlds that live in a test turn it OFF.
	Synchronous string
	// Dial connects to the store's database, where that is not a file; nil is the network's own way.
	Dial store.Dial
	// Landing and ProbeEvery shorten what tests would wait for; zero leaves them as flows.Settings and scheduler.Config say.
	Landing, ProbeEvery time.Duration
	// LogLag shortens, likewise, what flows.Settings says.
	LogLag time.Duration
}

// App is the running program.
type App struct {
	o      Options
	out    *outside
	store  *store.Store
	engine *flows.Engine
	bot    *bot.Bot
	chats  chats
	runner atomic.Pointer[scheduler.Runner] // the store wakes it, which hears of other replicas before it is there
	// time and replica are there where several replicas may share the store.
	time    *store.Timepiece
	replica *scheduler.Replica
	owner   string // by which this process claims work
	seen    *witness
}

// watchEvery is how often closed lanes are looked at for ends that they hold up, in machine time.
const watchEvery = 2 * time.Second

// sweepEvery is how often state without an intent is looked for, in machine time.
const sweepEvery = 10 * time.Minute

// channelsEvery is how often feed and audit channel are looked at besides each time that something is written there, in machine time.
const channelsEvery = 5 * time.Minute

// stopWithin bounds how long a stop waits for what is being worked on.
const stopWithin = 10 * time.Second

// New puts the parts together. Nothing outside is called yet.
func New(ctx context.Context, o Options) (*App, error) {
	a := &App{o: o}
	a.seen = newWitness(o.Config.Witness.File, a.witnessFailed)
	var err error
	if a.out, err = connect(o.Config, o.Clock, o.Transport); err != nil {
		return nil, err
	}
	for _, w := range a.out.warnings {
		o.Log.Warn().Msg(w)
	}
	if err = a.follow(ctx); err != nil {
		return nil, err
	}
	if a.store, err = store.Open(ctx, store.Options{DSN: o.Config.Store.DSN.Reveal(), Clock: o.Clock, Hook: o.Hook, Wake: a.wake, Witness: a.witness, Older: a.older,
		Rand: o.Rand, Synchronous: o.Synchronous, Dial: o.Dial}); err != nil {
		return nil, errors.Join(err, a.time.Close())
	}
	a.among()
	if err = a.openChats(); err == nil {
		a.join()
		err = a.prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// join connects engine, chat, bot and scheduler.
func (a *App) join() {
	c := a.o.Config
	a.makeEngine()
	names := make([]string, 0, len(a.out.Targets))
	for n := range a.out.Targets {
		names = append(names, n)
	}
	names = append(names, flows.PolicyWork) // the brake holds what deny flows would end, too
	a.bot = bot.New(bot.Config{Engine: a.engine, Store: a.store, Chats: a.chats.byPlatform(), Clock: a.o.Clock,
		Log: a.o.Log.With().Str("part", "bot").Logger(), FeedReason: !c.HideReason,
		HelpText: help(c), Integrations: names, Titles: a.title, Residuals: a.residual, Reach: a.engine.Reach, Channel: a.engine.Channel, NewID: a.newID()})
	a.runner.Store(scheduler.New(scheduler.Config{Store: a.store, Clock: a.o.Clock, Owner: a.owner, Lives: a.lives(), Handlers: a.handlers(), Room: rooms, Jitter: a.jitter(),
		Speed: func() float64 { return float64(a.o.Clock.Speed()) }, Lease: 2 * time.Minute, ProbeEvery: a.o.ProbeEvery,
		Alarm: func(ctx context.Context, key, sentence string) { a.report(a.engine.Alarm(ctx, key, sentence)) },
		Trouble: func(i flows.Intent, err error) {
			a.o.Log.Warn().Str("intent", string(i.Kind)).Str("subject", i.Subject).Int("attempt", i.Attempt).Err(err).Msg("not done yet")
		}}))
	a.o.Clock.OnChange(a.wake)
}

func (a *App) makeEngine() {
	out := a.out.Outside
	out.OnCall = maps.Clone(out.OnCall)
	for name, s := range out.OnCall {
		out.OnCall[name] = shifts{s, name, a.out.dates}
	}
	a.engine = flows.NewEngine(a.store, a.o.Clock, out, a.settings(), func(source string, err error) {
		a.o.Log.Warn().Str("source", source).Err(err).Msg("outside")
	})
}

// rooms are how many intents of a lane are worked at once, by the lane's prefix. A chat is written to in order.
var rooms = map[string]int{"": 8, "target": 8, "slack": 1, "teams": 1, "tickets": 2, "sync": 1}

func (a *App) settings() flows.Settings {
	c := a.o.Config
	return flows.Settings{Platforms: a.platforms(),
		Admins: c.People.Admins, SameHuman: c.People.SameHuman, Feed: c.Feed, Audit: c.Audit, Pending: c.Limits.Pending, PerDay: c.Limits.PerDay,
		CallTimeout: c.Timing.CallTimeout, ProofGap: c.Timing.ProofGap, Landing: a.o.Landing, LogLag: a.o.LogLag, Beside: a.beside(), Help: help(c), WidenFreely: c.Policy.WidenFreely,
		NotNow: []flows.NotNow{a.out.dates.notNow}}
}

func help(c *config.Config) string {
	if c.Help.Channel == "" {
		return ""
	}
	return "Ask " + c.Help.Channel + "."
}

func (a *App) title(integration string) string {
	if t := a.out.Titles[integration]; t != "" {
		return t
	}
	return integration
}

func (a *App) residual(integration string) flows.Residual {
	if t := a.out.Targets[integration]; t != nil {
		return t.Residual()
	}
	return flows.Residual{}
}

func (a *App) wake() {
	if r := a.runner.Load(); r != nil {
		r.Wake()
	}
}

func (a *App) report(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		a.o.Log.Error().Err(err).Msg("not done")
	}
}

func (a *App) alarmOf(part string) func(context.Context, string) {
	return func(ctx context.Context, sentence string) {
		a.o.Log.Error().Str("part", part).Msg(sentence)
		a.report(a.engine.Alarm(ctx, part+"/"+sentence, sentence))
	}
}

// prepare frees what a dead process held, begins what fell due while nobody ran, puts the flows in force, and has everything synced.
func (a *App) prepare(ctx context.Context) error {
	if err := a.store.View(ctx, a.stillThere); err != nil {
		return err
	}
	if err := a.appear(ctx); err != nil {
		return err
	}
	if err := a.lookBack(ctx); err != nil {
		return err
	}
	if a.replica == nil { // otherwise the time is the database's
		if err := a.engine.CatchClock(ctx); err != nil {
			return err
		}
	}
	if err := a.engine.ComeBack(ctx); err != nil {
		return err
	}
	if err := a.propose(ctx, a.o.Config.Flows, a.o.Config.Guarded); err != nil {
		return err
	}
	return a.store.Change(ctx, func(tx flows.Tx) error {
		for _, name := range slices.Sorted(maps.Keys(a.out.syncs)) {
			if err := flows.WantSync(tx, name, tx.Real()); err != nil {
				return err
			}
		}
		return nil
	})
}

// stillThere refuses a configuration that has lost an integration which live access needs.
func (a *App) stillThere(tx flows.Tx) error {
	open, err := tx.Holdings(flows.HoldingFilter{OpenOnly: true})
	for _, h := range open {
		if a.out.Targets[h.Entitlement.Integration] == nil {
			return fmt.Errorf("the integration %q is no longer in %s, but people still have access through it; put it back until that has ended", h.Entitlement.Integration, a.o.Config.File)
		}
	}
	return err
}

// Run works until the context ends (nil) or something fatal happens.
func (a *App) Run(ctx context.Context) error {
	parts := []func(context.Context) error{a.trusted, a.watchChannels}
	if a.chats.slack != nil {
		parts = append(parts, func(ctx context.Context) error { return a.chats.slack.Run(ctx, a.bot) })
	}
	if a.chats.teams != nil {
		parts = append(parts, a.serveTeams)
	}
	if a.replica != nil {
		parts = append(parts, a.keepTime)
	}
	return a.run(ctx, parts...)
}

// run does what Run does whatever it is connected to, and these parts.
func (a *App) run(ctx context.Context, more ...func(context.Context) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var parts sync.WaitGroup
	start := func(f func(context.Context) error) {
		parts.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				stop(err)
			}
		})
	}
	for _, part := range more {
		start(part)
	}
	if a.replica != nil {
		start(a.replica.Run)
	}
	start(a.runner.Load().Run)
	start(a.watch)
	start(a.sweep)
	<-ctx.Done()
	waitFor(&parts, stopWithin)
	a.report(a.engine.Beat(context.WithoutCancel(ctx)))
	a.report(a.leave())
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

func waitFor(w *sync.WaitGroup, most time.Duration) {
	gone := make(chan struct{})
	go func() { w.Wait(); close(gone) }()
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-gone:
	case <-t.C:
	}
}

// watch tells people about ends that a vendor's silence holds up. It ends the program when the database has become one for another: moved elsewhere,
// or of another release.
func (a *App) watch(ctx context.Context) error {
	return scheduler.Every(ctx, watchEvery, func(ctx context.Context) error {
		if err := a.store.Unfit(); err != nil {
			return err
		}
		a.report(a.Watch(ctx))
		return nil
	})
}

// sweep looks for work that nobody wrote down.
func (a *App) sweep(ctx context.Context) error {
	return scheduler.Every(ctx, sweepEvery, func(ctx context.Context) error {
		_, err := a.engine.Sweep(ctx)
		a.report(err)
		return nil
	})
}

// watchChannels notices that feed or audit channel can no longer carry our messages, also when there is nothing to say in them.
func (a *App) watchChannels(ctx context.Context) error {
	return scheduler.Every(ctx, channelsEvery, func(ctx context.Context) error {
		for _, at := range []flows.Place{a.o.Config.Feed, a.o.Config.Audit} {
			if at == (flows.Place{}) {
				continue
			}
			if err := a.bot.LookAtChannel(ctx, at); err != nil {
				a.o.Log.Warn().Str("channel", at.Channel).Err(err).Msg("cannot look at the channel")
			}
		}
		return nil
	})
}

// Store is the running program's state, for reading.
func (a *App) Store() *store.Store { return a.store }

// Close releases the store. Call it after Run has returned.
func (a *App) Close() error {
	return errors.Join(a.chats.close(), a.store.Close(), a.seen.close(), a.time.Close())
}

func (a *App) witness(head flows.Head) {
	a.seen.tell(head)
	if a.o.Witness != nil {
		a.o.Witness(head)
	}
}
