package slack

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"hallpass/bot"
	"hallpass/flows"
	sandbox "hallpass/sandbox/slack"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

type machineClock struct{}

func (machineClock) Machine() time.Time { return time.Now() }

// inbound is a bot that writes down what it is told. Hooks answer; without one it answers nothing.
type inbound struct {
	mu       sync.Mutex
	told     chan struct{} // closed at the next call
	calls    []bot.Call
	presses  []bot.Pressed
	changes  []bot.Filled
	submits  []bot.Filled
	searches []string
	fields   []string
	homes    []flows.Account
	changed  []flows.Account

	onCommand  func(context.Context, bot.Call) bot.Reply
	onShortcut func(context.Context, bot.Call) error
	onPress    func(context.Context, bot.Pressed) error
	onSearch   func(context.Context, bot.Meta, string) []bot.ChoiceItem
	onChange   func(context.Context, bot.Filled) error
	onSubmit   func(context.Context, bot.Filled) bot.Submitted
	onHome     func(context.Context, flows.Account) error
}

func (in *inbound) note(do func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	do()
	if in.told != nil {
		close(in.told)
	}
	in.told = make(chan struct{})
}

func (in *inbound) Command(ctx context.Context, c bot.Call) bot.Reply {
	in.note(func() { in.calls = append(in.calls, c) })
	if in.onCommand == nil {
		return bot.Reply{}
	}
	return in.onCommand(ctx, c)
}

func (in *inbound) Shortcut(ctx context.Context, c bot.Call) error {
	in.note(func() { in.calls = append(in.calls, c) })
	if in.onShortcut == nil {
		return nil
	}
	return in.onShortcut(ctx, c)
}

func (in *inbound) Press(ctx context.Context, p bot.Pressed) error {
	var do func(context.Context, bot.Pressed) error
	in.note(func() { in.presses, do = append(in.presses, p), in.onPress })
	if do == nil {
		return nil
	}
	return do(ctx, p)
}

func (in *inbound) Search(ctx context.Context, _ flows.Account, m bot.Meta, field, text string) []bot.ChoiceItem {
	in.note(func() { in.searches, in.fields = append(in.searches, text), append(in.fields, field) })
	if in.onSearch == nil {
		return nil
	}
	return in.onSearch(ctx, m, text)
}

func (in *inbound) Change(ctx context.Context, f bot.Filled) error {
	in.note(func() { in.changes = append(in.changes, f) })
	if in.onChange == nil {
		return nil
	}
	return in.onChange(ctx, f)
}

func (in *inbound) Submit(ctx context.Context, f bot.Filled) bot.Submitted {
	in.note(func() { in.submits = append(in.submits, f) })
	if in.onSubmit == nil {
		return bot.Submitted{}
	}
	return in.onSubmit(ctx, f)
}

func (in *inbound) Look(context.Context, flows.Account, bot.Address) (bot.Card, error) {
	return bot.Card{}, nil // Slack does not tell who looks
}

func (in *inbound) OpenedHome(ctx context.Context, a flows.Account) error {
	in.note(func() { in.homes = append(in.homes, a) })
	if in.onHome == nil {
		return nil
	}
	return in.onHome(ctx, a)
}

func (in *inbound) AccountChanged(_ context.Context, a flows.Account) error {
	in.note(func() { in.changed = append(in.changed, a) })
	return nil
}

// until waits for what the bot was told.
func (in *inbound) until(t *testing.T, what string, predicate func() bool) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		in.mu.Lock()
		if in.told == nil {
			in.told = make(chan struct{})
		}
		told, done := in.told, predicate()
		in.mu.Unlock()
		if done {
			return
		}
		select {
		case <-told:
		case <-late.C:
			t.Fatalf("never came true: %s", what)
		}
	}
}

// desk is Slack, the adapter and a bot behind it.
type desk struct {
	*testing.T
	ctx    context.Context
	w      *sandbox.Workspace
	s      *Slack
	in     *inbound
	ended  chan error
	stop   context.CancelFunc
	mu     sync.Mutex
	alarms []string
	rang   chan struct{}
}

func workspace(t *testing.T, opt sandbox.Options) *sandbox.Workspace {
	t.Helper()
	w, err := sandbox.Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.AddUser(sandbox.User{ID: "U0ANA", Name: "ana", RealName: "Ana Silva", Email: "Ana@acme.com", TZ: "Europe/Berlin"})
	w.AddUser(sandbox.User{ID: "U0BEN", Name: "ben", RealName: "Ben Okafor", Email: "ben@acme.com"})
	w.AddChannel(sandbox.Channel{ID: "C0FEED", Name: "access-feed", Members: []string{"U0ANA", "U0BEN", "U0BOT"}})
	return w
}

// newDesk prepares everything but does not run it.
func newDesk(t *testing.T, opt sandbox.Options, configure func(*Config)) *desk {
	t.Helper()
	d := &desk{T: t, w: workspace(t, opt), in: &inbound{}, ended: make(chan error, 1), rang: make(chan struct{}, 100)}
	cfg := Config{AppToken: "xapp-sandbox", BotToken: "xoxb-sandbox", TeamIDs: []string{"T01ACME"}, APIURL: d.w.APIURL(),
		Clock: machineClock{}, Log: zerolog.Nop(), Alarm: func(_ context.Context, sentence string) {
			d.mu.Lock()
			d.alarms = append(d.alarms, sentence)
			d.mu.Unlock()
			d.rang <- struct{}{}
		}}
	if configure != nil {
		configure(&cfg)
	}
	d.s = New(cfg)
	d.s.pace.first = 5 * time.Millisecond
	var cancel context.CancelFunc
	d.ctx, cancel = context.WithTimeout(context.Background(), patience)
	t.Cleanup(func() { cancel(); d.s.http.CloseIdleConnections() })
	return d
}

// run runs the adapter and waits until it has as many links as it wants.
func (d *desk) run() *desk {
	d.Helper()
	d.start()
	d.until("all links are up", func() bool {
		return d.s.Connections() == d.s.cfg.Connections && d.w.Connections() == d.s.cfg.Connections
	})
	return d
}

func (d *desk) start() {
	ctx, stop := context.WithCancel(d.ctx)
	d.stop = stop
	var once sync.Once
	go func() { d.ended <- d.s.Run(ctx, d.in) }()
	d.Cleanup(func() {
		stop()
		once.Do(func() {
			select {
			case <-d.ended:
			case <-time.After(patience):
				d.Error("Run did not return")
			}
		})
	})
}

func startDesk(t *testing.T, opt sandbox.Options) *desk {
	t.Helper()
	return newDesk(t, opt, nil).run()
}

// until waits for a change of the workspace or of the links that makes something true.
func (d *desk) until(what string, predicate func() bool) {
	d.Helper()
	for {
		there, here := d.w.Changed(), d.s.Changed()
		if predicate() {
			return
		}
		select {
		case <-there:
		case <-here:
		case <-d.ctx.Done():
			d.Fatalf("never came true: %s; problems: %q", what, d.w.Problems())
		}
	}
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) alarm() string {
	d.Helper()
	select {
	case <-d.rang:
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.alarms[len(d.alarms)-1]
	case <-d.ctx.Done():
		d.Fatal("no alarm was raised")
	}
	return ""
}

// clean wants nothing that Slack would punish.
func (d *desk) clean() {
	d.Helper()
	if problems := d.w.Problems(); len(problems) > 0 {
		d.Errorf("Slack complains: %q", problems)
	}
}

func (d *desk) ana() flows.Account { return account("T01ACME", "U0ANA") }

// post sends a card to Ana's direct conversation.
func (d *desk) post(c bot.Card) bot.Address {
	d.Helper()
	where, err := d.s.Direct(d.ctx, d.ana())
	d.must(err)
	at, err := d.s.Post(d.ctx, where, "", "p1", c)
	d.must(err)
	return at
}

func (d *desk) keys() (keys []string) {
	d.in.mu.Lock()
	defer d.in.mu.Unlock()
	for _, p := range d.in.presses {
		if !slices.Contains(keys, p.Key) {
			keys = append(keys, p.Key)
		}
	}
	return keys
}
