package slack

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"hallpass/bot"

	api "github.com/slack-go/slack"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
)

// Clock gives machine time, which stamps what people do.
type Clock interface {
	Machine() time.Time
}

// Config says which Slack app this is and how it reaches the world.
type Config struct {
	AppToken string // xapp-…, with connections:write
	BotToken string // xoxb-…
	// TeamIDs are the workspaces (T…) or organizations (E…) whose people may use Hallpass. Empty means the bot token's own workspace.
	TeamIDs []string
	// APIURL is the base of the Web API; empty means Slack's own.
	APIURL string
	// Connections is how many sockets are held open; 2 when 0, at most 10 (Slack's own limit for one app).
	Connections int
	// Slots say how many of them may be open now, where other processes hold sockets of the same app; nil where there are none.
	Slots Slots
	Clock Clock
	Log   zerolog.Logger
	// Transport carries the Web API; nil means a transport of our own that uses Dial.
	Transport http.RoundTripper
	// Dial opens connections, those of the sockets included; nil means the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Alarm tells admins what they should look at. It may be called often; the same sentence at most once an hour.
	Alarm func(ctx context.Context, sentence string)
}

// Slots are this process's share of the sockets that an app may have.
type Slots interface {
	// Held is how many sockets may be open, and a channel that is closed when that changes.
	Held() (int, <-chan struct{})
	// Others is how many connections Slack may rightly count for the other processes.
	Others(ctx context.Context) (int, error)
}

// alone are the slots of a process that shares the app with nobody.
type alone int

func (n alone) Held() (int, <-chan struct{})      { return int(n), nil }
func (alone) Others(context.Context) (int, error) { return 0, nil }

// Times of the Web API and of connections. Tests shorten some of them.
const (
	callTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	maxConnections   = 10
	atOnce           = 64 // frames handled at the same time
)

// pace are the times of the socket loop.
type pace struct {
	handle   time.Duration // what a handler gets; Slack waits 3 s for the acknowledgement
	answer   time.Duration // when an acknowledgement must be on its way at the latest
	dead     time.Duration // silence after which a link is taken for dead. Source: slack-go and node-slack-sdk, both 30 s
	hello    time.Duration // how long hello may take
	write    time.Duration
	drain    time.Duration // how long a replaced link is still read
	first    time.Duration // the first wait after a failure
	most     time.Duration // the longest wait
	settled  time.Duration // a link that lived this long was no failure
	ghost    time.Duration // how long Slack may still count a link that we lost
	quiet    time.Duration // between two alarms of the same sentence
	profiles time.Duration // how old a profile may be; a deed always reads anew
}

func usualPace() pace {
	return pace{handle: 2500 * time.Millisecond, answer: 2800 * time.Millisecond, dead: 30 * time.Second, hello: 10 * time.Second,
		write: 5 * time.Second, drain: time.Minute, first: time.Second, most: time.Minute, settled: 10 * time.Second,
		ghost: 10 * time.Minute, quiet: time.Hour, profiles: 20 * time.Second}
}

// Slack is one Slack app. It is a bot.Chat, and Run feeds a bot.Inbound.
type Slack struct {
	cfg    Config
	pace   pace
	http   *http.Client
	web    *api.Client
	dialer *websocket.Dialer
	self   self
	people bot.Profiles
	direct directs
	links  links
	alarms bot.Said
	slots  chan struct{} // bounds the frames handled at the same time
	drawn  drawings
	odd    atomic.Int64
	late   atomic.Int64
}

var _ bot.Chat = (*Slack)(nil)

// New prepares a Slack. Nothing is called before Run or the first call of a method.
func New(cfg Config) *Slack {
	if cfg.APIURL == "" {
		cfg.APIURL = api.APIURL
	}
	if !strings.HasSuffix(cfg.APIURL, "/") {
		cfg.APIURL += "/"
	}
	if cfg.Connections <= 0 {
		cfg.Connections = 2
	}
	cfg.Connections = min(cfg.Connections, maxConnections)
	if cfg.Slots == nil {
		cfg.Slots = alone(cfg.Connections)
	}
	s := &Slack{cfg: cfg, pace: usualPace(), slots: make(chan struct{}, atOnce)}
	s.http = &http.Client{Transport: transport(cfg), Timeout: callTimeout}
	s.web = api.New(cfg.BotToken, api.OptionAppLevelToken(cfg.AppToken), api.OptionAPIURL(cfg.APIURL), api.OptionHTTPClient(s.http))
	s.dialer = &websocket.Dialer{Proxy: http.ProxyFromEnvironment, NetDialContext: cfg.Dial, HandshakeTimeout: handshakeTimeout,
		WriteBufferSize: ackBuffer}
	return s
}

func transport(cfg Config) http.RoundTripper {
	if cfg.Transport != nil {
		return cfg.Transport
	}
	own := http.DefaultTransport.(*http.Transport).Clone()
	if cfg.Dial != nil {
		own.DialContext = cfg.Dial
	}
	return own
}

// Platform is the platform of this chat's accounts and addresses.
const Platform = "slack"

// Platform is "slack".
func (s *Slack) Platform() string { return Platform }

// Begins is the slash command of docs/slack-manifest.yaml.
func (s *Slack) Begins() string { return "/access" }

// Ready reports whether Slack has said hello on at least one open link.
func (s *Slack) Ready() bool { return s.links.open() > 0 }

// Changed is closed when Ready or Connections next change.
func (s *Slack) Changed() <-chan struct{} { return s.links.changed() }

// Connections is the number of links that are open and have had their hello.
func (s *Slack) Connections() int { return s.links.open() }

// Odd is how many frames could not be understood.
func (s *Slack) Odd() int64 { return s.odd.Load() }

// Late is how many handlers did not return within Slack's deadline.
func (s *Slack) Late() int64 { return s.late.Load() }

// now is the machine's time for deadlines of sockets, which know no other clock.
func now() time.Time { return time.Now() }

// pause waits, and reports false when the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
