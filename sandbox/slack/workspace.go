package slack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options says how the workspace looks. The zero value is a usable workspace.
type Options struct {
	TeamID, TeamName string
	AppID            string
	BotToken         string // xoxb-…
	AppToken         string // xapp-…
	BotUserID        string
	BotName          string

	Now     func() time.Time // stamps messages and events; time.Now by default
	Machine func() time.Time // rules triggers, response_urls and rates; time.Now by default
	Listen  string           // host:port, 127.0.0.1:0 by default
	// Middleware wraps everything that is served, sockets included, to put faults in the way.
	Middleware func(http.Handler) http.Handler

	AckDeadline time.Duration // 3 s by default, as Slack
	TriggerLife time.Duration // 3 s by default, as Slack
	PingEvery   time.Duration // WebSocket pings from the server; 5 s by default
	WarningTime time.Duration // from a disconnect frame to the end of that socket; 10 s by default, as Slack
	// EventRetries are the waits before the first, second and third repetition of an event; at once, 1 min, 5 min as Slack.
	EventRetries []time.Duration

	EnforceRates  bool     // answer 429 past Slack's rates
	Scopes        []string // of the bot token; nil grants all
	Events        []string // subscribed events; nil is DefaultEvents
	PlainMentions bool     // slash commands without should_escape: @name stays text
	HomeDisabled  bool     // the app's Home tab is switched off
}

// Defaults of Options where Slack documents the number.
const (
	AckDeadline = 3 * time.Second
	TriggerLife = 3 * time.Second
	warningTime = 10 * time.Second
	pingEvery   = 5 * time.Second
)

// DefaultEvents are the events the app is subscribed to unless Options says otherwise.
var DefaultEvents = []string{"app_home_opened", "app_mention", "message.im", "user_change", "team_join",
	"channel_shared", "channel_unshared", "subteam_members_changed", "app_uninstalled", "tokens_revoked"}

// Workspace is a running Slack. Its methods may be called from any goroutine.
type Workspace struct {
	opt    Options
	base   string // http://127.0.0.1:port
	server *http.Server
	done   chan struct{}
	tasks  sync.WaitGroup

	mu       sync.Mutex
	changed  chan struct{}
	people   map[string]*User
	order    []string // user ids as they were added
	channels map[string]*channel
	groups   []Usergroup
	lastTS   int64
	serial   int

	triggers     map[string]*trigger
	stacks       map[string][]*view // modals by user, root first
	homes        map[string]*view
	answerURLs   map[string]*answerURL
	tickets      map[string]time.Time
	sockets      []*socket
	nextSocket   int
	turn         int
	lost         []string
	everSocketed bool
	envelopes    map[string]*envelope
	finished     []string // ids of settled envelopes, oldest first

	served       map[string]method
	pending      []event // to be sent when the lock is free
	unanswered   int
	last         delivery // the last interaction or command
	calls        map[string]int
	problems     []string
	buckets      map[string]*bucket
	rates        map[string]Rate
	failures     map[string]*failure
	loseAnswers  map[string]int
	duplicates   int
	reported     int
	hanging      chan struct{} // closed when hanging ends; nil when answering
	botRevoked   bool
	appRevoked   bool
	uninstalled  bool
	socketModeOn bool
}

// New makes a workspace that does not listen; Handler serves it, for callers who find it at the base address.
func New(opt Options, base string) *Workspace {
	w := newWorkspace(opt.withDefaults())
	w.base = base
	return w
}

// Handler is what is served, with the middleware around it.
func (w *Workspace) Handler() http.Handler {
	if w.opt.Middleware != nil {
		return w.opt.Middleware(w.routes())
	}
	return w.routes()
}

// Start opens the workspace on loopback.
func Start(opt Options) (*Workspace, error) {
	opt = opt.withDefaults()
	listener, err := net.Listen("tcp", opt.Listen)
	if err != nil {
		return nil, fmt.Errorf("the sandbox's Slack cannot listen on %s: %w", opt.Listen, err)
	}
	w := New(opt, "http://"+listener.Addr().String())
	w.server = &http.Server{Handler: w.Handler(), ReadHeaderTimeout: 10 * time.Second}
	w.spawn(func() { _ = w.server.Serve(listener) })
	return w, nil
}

func newWorkspace(opt Options) *Workspace {
	w := &Workspace{
		opt: opt, done: make(chan struct{}), changed: make(chan struct{}),
		people: map[string]*User{}, channels: map[string]*channel{},
		triggers: map[string]*trigger{}, stacks: map[string][]*view{}, homes: map[string]*view{},
		answerURLs: map[string]*answerURL{}, tickets: map[string]time.Time{}, envelopes: map[string]*envelope{},
		calls: map[string]int{}, buckets: map[string]*bucket{}, rates: map[string]Rate{}, failures: map[string]*failure{},
		loseAnswers: map[string]int{}, duplicates: 1, socketModeOn: true, served: methods(),
	}
	w.AddUser(User{ID: slackbotID, Name: "slackbot", RealName: "Slackbot"})
	w.AddUser(User{ID: opt.BotUserID, Name: opt.BotName, RealName: opt.BotName, Bot: true})
	return w
}

func (o Options) withDefaults() Options {
	text := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	span := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	clock := func(field *func() time.Time) {
		if *field == nil {
			*field = time.Now
		}
	}
	text(&o.TeamID, "T01ACME")
	text(&o.TeamName, "Acme")
	text(&o.AppID, "A01APP")
	text(&o.BotToken, "xoxb-sandbox")
	text(&o.AppToken, "xapp-sandbox")
	text(&o.BotUserID, "U0BOT")
	text(&o.BotName, "bot")
	text(&o.Listen, "127.0.0.1:0")
	clock(&o.Now)
	clock(&o.Machine)
	span(&o.AckDeadline, AckDeadline)
	span(&o.TriggerLife, TriggerLife)
	span(&o.PingEvery, pingEvery)
	span(&o.WarningTime, warningTime)
	if o.EventRetries == nil {
		o.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if o.Events == nil {
		o.Events = DefaultEvents
	}
	return o
}

// Close ends the workspace: sockets are cut, calls under way are dropped. It may be called twice.
func (w *Workspace) Close() {
	w.mu.Lock()
	select {
	case <-w.done:
		w.mu.Unlock()
		w.tasks.Wait()
		return
	default:
	}
	close(w.done)
	sockets := append([]*socket(nil), w.sockets...)
	w.mu.Unlock()
	if w.server != nil {
		_ = w.server.Close()
	}
	for _, s := range sockets {
		s.cut()
	}
	w.tasks.Wait()
}

// spawn runs a task that Close waits for; after Close it does nothing.
func (w *Workspace) spawn(task func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.done:
	default:
		w.tasks.Go(task)
	}
}

// APIURL is the base of the Web API; it ends in /api/.
func (w *Workspace) APIURL() string { return w.base + "/api/" }

func (w *Workspace) domain() string {
	return strings.ToLower(strings.ReplaceAll(w.opt.TeamName, " ", "-"))
}

// ErrClosed is returned when the workspace was closed while somebody waited.
var ErrClosed = errors.New("the workspace was closed")

// Changed returns a channel that is closed at the next change of anything in the workspace.
func (w *Workspace) Changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

// Wait blocks until the predicate is true; it is asked again after every change, never by polling.
func (w *Workspace) Wait(ctx context.Context, predicate func() bool) error {
	for {
		changed := w.Changed()
		if predicate() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-w.done:
			return ErrClosed
		}
	}
}

// touch wakes everybody who waits for a change. The caller holds the lock.
func (w *Workspace) touch() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// change runs do under the lock and tells everybody.
func (w *Workspace) change(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
	w.touch()
}

// Problems are the violations seen so far: what Slack would punish, or people would suffer from. Empty for a well-behaved app.
func (w *Workspace) Problems() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.problems...)
}

// ForgetProblems empties the list, for a test that provoked some on purpose.
func (w *Workspace) ForgetProblems() { w.change(func() { w.problems = nil }) }

// problem notes a violation. The caller holds the lock.
func (w *Workspace) problem(format string, args ...any) {
	if len(w.problems) < maxProblems {
		w.problems = append(w.problems, fmt.Sprintf(format, args...))
	}
	w.touch()
}

// maxProblems bounds the memory of a workspace that runs for days; the first ones are the interesting ones.
const maxProblems = 1000

// Calls counts the Web API calls by method, refused ones included.
func (w *Workspace) Calls() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := make(map[string]int, len(w.calls))
	for method, n := range w.calls {
		calls[method] = n
	}
	return calls
}
