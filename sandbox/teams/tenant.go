package teams

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// obj is a JSON object.
type obj = map[string]any

// Options says what kind of tenant to start. The zero value is a usable tenant, BotURL aside.
type Options struct {
	TenantID, TenantName string
	AppID, AppSecret     string // of the bot's registration
	BotName              string
	BotURL               string // the messaging endpoint; SetBotURL gives it later
	ServiceURL           string // what activities name as the connector; the tenant's own by default

	Now     func() time.Time // stamps messages and activities; time.Now by default
	Machine func() time.Time // rules tokens, rates and refreshes; time.Now by default
	Listen  string           // host:port, 127.0.0.1:0 by default
	// Middleware wraps everything that is served, to put faults in the way.
	Middleware func(http.Handler) http.Handler

	AnswerWithin time.Duration // how long an answer of the bot is waited for; 15 s by default, as Teams
	TokenLife    time.Duration // of the tokens the bot gets from Entra; 3599 s by default, as Entra
	EnforceRates bool          // answer 429 past Teams' rates
	Untargeted   bool          // a tenant where messages for one person of a channel are refused, as before they were introduced
	Commands     []Command     // the command list of the app's manifest
}

// Command is one line of a command list: what people are offered who begin to write to the bot. Without Scopes it stands in all of them.
type Command struct {
	Title, Description string
	Scopes             []string // personal, team, groupChat
}

// Defaults of Options.
const (
	// AnswerWithin is how long the Bot service waits for the answer to a delivery. Source: Bot Framework, "timeout 15 seconds".
	AnswerWithin = 15 * time.Second
	tokenLife    = 3599 * time.Second

	defaultTenant = "aaaaaaaa-0000-4000-8000-000000000001"
	defaultApp    = "bbbbbbbb-0000-4000-8000-000000000002"
)

// Tenant is a running Teams. Its methods may be called from any goroutine.
type Tenant struct {
	opt    Options
	base   string // http://127.0.0.1:port
	server *http.Server
	client *http.Client // posts to the bot
	done   chan struct{}
	tasks  sync.WaitGroup

	mu            sync.Mutex
	changed       chan struct{}
	botURL        string
	serviceURL    string
	people        map[string]*User
	order         []string // ids of people as they were added
	teams         map[string]*Team
	conversations map[string]*conversation
	places        []string // conversation ids as they were added
	lastID        int64

	keys    []*key
	nextKey int // in the ring of keys
	secrets []string
	issued  map[string]*grant // the bot's tokens

	desks   map[desk]*surface
	dialogs map[string]*dialog // by person

	calls      map[string]int
	failures   map[string][]*failure
	windows    map[string][]time.Time
	hanging    chan struct{} // closed when hanging ends; nil when answering
	last       *delivery
	duplicates int
	unanswered int
	problems   []string
}

// Start opens the tenant on loopback.
func Start(opt Options) (*Tenant, error) {
	opt = opt.withDefaults()
	listener, err := net.Listen("tcp", opt.Listen)
	if err != nil {
		return nil, fmt.Errorf("the sandbox's Teams cannot listen on %s: %w", opt.Listen, err)
	}
	t := newTenant(opt)
	t.base = "http://" + listener.Addr().String()
	if t.serviceURL = opt.ServiceURL; t.serviceURL == "" {
		t.serviceURL = t.base + "/teams/"
	}
	var handler http.Handler = t.routes()
	if opt.Middleware != nil {
		handler = opt.Middleware(handler)
	}
	t.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	t.tasks.Go(func() { _ = t.server.Serve(listener) })
	return t, nil
}

func newTenant(opt Options) *Tenant {
	t := &Tenant{
		opt: opt, botURL: opt.BotURL, done: make(chan struct{}), changed: make(chan struct{}), client: &http.Client{Transport: &http.Transport{}},
		people: map[string]*User{}, teams: map[string]*Team{}, conversations: map[string]*conversation{},
		secrets: []string{opt.AppSecret}, issued: map[string]*grant{}, desks: map[desk]*surface{}, dialogs: map[string]*dialog{},
		calls: map[string]int{}, failures: map[string][]*failure{}, windows: map[string][]time.Time{}, duplicates: 1,
	}
	t.AddKey(ChannelID)
	return t
}

func (o Options) withDefaults() Options {
	text := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	text(&o.TenantID, defaultTenant)
	text(&o.TenantName, "Acme")
	text(&o.AppID, defaultApp)
	text(&o.AppSecret, "sandbox-secret")
	text(&o.BotName, "bot")
	text(&o.Listen, "127.0.0.1:0")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Machine == nil {
		o.Machine = time.Now
	}
	if o.AnswerWithin == 0 {
		o.AnswerWithin = AnswerWithin
	}
	if o.TokenLife == 0 {
		o.TokenLife = tokenLife
	}
	return o
}

// Close ends the tenant: calls under way are dropped. It may be called twice.
func (t *Tenant) Close() {
	t.mu.Lock()
	select {
	case <-t.done:
	default:
		close(t.done)
	}
	t.mu.Unlock()
	_ = t.server.Close()
	t.client.CloseIdleConnections()
	t.tasks.Wait()
}

// MetadataURL is the OpenID metadata of the Bot service, where a bot learns its keys.
func (t *Tenant) MetadataURL() string { return t.base + "/v1/.well-known/openidconfiguration" }

// LoginURL stands for https://login.microsoftonline.com; a bot gets its token from {LoginURL}/{tenant}/oauth2/v2.0/token.
func (t *Tenant) LoginURL() string { return t.base }

// TokenURL is Entra's token endpoint of this tenant.
func (t *Tenant) TokenURL() string { return t.base + "/" + t.opt.TenantID + "/oauth2/v2.0/token" }

// ServiceURL is the connector that activities name now.
func (t *Tenant) ServiceURL() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.serviceURL
}

// MoveService changes the region in the service URL, as Microsoft may at any time; routes of every region go on working.
func (t *Tenant) MoveService(region string) {
	t.change(func() { t.serviceURL = t.base + "/" + region + "/" })
}

// SetBotURL says where the bot listens.
func (t *Tenant) SetBotURL(url string) { t.change(func() { t.botURL = url }) }

// TenantID is the organisation's id.
func (t *Tenant) TenantID() string { return t.opt.TenantID }

// AppID is the client id of the bot's registration.
func (t *Tenant) AppID() string { return t.opt.AppID }

// BotID is the bot's id in conversations.
func (t *Tenant) BotID() string { return "28:" + t.opt.AppID }

// ErrClosed is returned when the tenant was closed while somebody waited.
var ErrClosed = errors.New("the tenant was closed")

// Changed returns a channel that is closed at the next change of anything in the tenant.
func (t *Tenant) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

// touch wakes everybody who waits for a change. The caller holds the lock.
func (t *Tenant) touch() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// change runs do under the lock and tells everybody.
func (t *Tenant) change(do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	do()
	t.touch()
}

// Problems are the violations seen so far: what Teams would punish, or people would suffer from. Empty for a well-behaved bot.
func (t *Tenant) Problems() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.problems...)
}

// ForgetProblems empties the list, for a test that provoked some on purpose.
func (t *Tenant) ForgetProblems() { t.change(func() { t.problems = nil }) }

// maxProblems bounds the memory of a tenant that runs for days; the first ones are the interesting ones.
const maxProblems = 1000

// problem notes a violation. The caller holds the lock.
func (t *Tenant) problem(format string, args ...any) {
	if len(t.problems) < maxProblems {
		t.problems = append(t.problems, fmt.Sprintf(format, args...))
	}
	t.touch()
}

// Calls counts the calls by operation (see the constants), refused ones included.
func (t *Tenant) Calls() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.calls)
}

// domain is the tenant's own, as in ana@acme.onmicrosoft.com.
func (t *Tenant) domain() string {
	return strings.ToLower(strings.ReplaceAll(t.opt.TenantName, " ", "")) + ".onmicrosoft.com"
}
