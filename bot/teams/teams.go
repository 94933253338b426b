package teams

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"hallpass/bot"

	"github.com/rs/zerolog"
)

// Clock gives machine time, which stamps what people do and by which tokens are judged.
type Clock interface {
	Machine() time.Time
}

// Config says which Teams app this is and how it reaches the world. Every address has the public cloud's value unless it is set.
type Config struct {
	AppID  string // the client id of the bot's app registration; a bot without one would believe any token
	Secret string // its client secret
	Tenant string // the directory (tenant id) that the app is registered in: single tenant
	// Tenants are the directories whose people may use Hallpass. Empty means Tenant alone.
	Tenants []string
	// Rooms are channels of teams that have the app: their rosters are asked about people who have not written to the app yet.
	Rooms []string

	Metadata   string // OpenID metadata of those who sign what comes in
	Issuer     string // who must have signed it
	TokenURL   string // where our own token comes from; {tenant} stands for Tenant
	Scope      string // what our own token is for
	ServiceURL string // the connector, where no activity has named one yet
	// ServiceHosts are the connectors that may get our token: "https://smba.trafficmanager.net".
	ServiceHosts []string

	References References
	Clock      Clock
	Log        zerolog.Logger
	// Transport carries all calls; nil means a transport of our own.
	Transport http.RoundTripper
	// Alarm tells admins what they should look at. It may be called often; the same sentence at most once an hour.
	Alarm func(ctx context.Context, sentence string)
}

// The public cloud. Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication, 2026. Other clouds
// have others; see the same page.
const (
	publicMetadata   = "https://login.botframework.com/v1/.well-known/openidconfiguration"
	publicIssuer     = "https://api.botframework.com"
	publicTokenURL   = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
	publicScope      = "https://api.botframework.com/.default"
	publicServiceURL = "https://smba.trafficmanager.net/teams/"
	publicHost       = "https://smba.trafficmanager.net"
)

// withDefaults fills in the public cloud.
func (c Config) withDefaults() Config {
	for _, d := range []struct {
		to    *string
		value string
	}{{&c.Metadata, publicMetadata}, {&c.Issuer, publicIssuer}, {&c.TokenURL, publicTokenURL}, {&c.Scope, publicScope}, {&c.ServiceURL, publicServiceURL}} {
		if *d.to == "" {
			*d.to = d.value
		}
	}
	if len(c.ServiceHosts) == 0 {
		c.ServiceHosts = []string{publicHost}
	}
	if len(c.Tenants) == 0 {
		c.Tenants = []string{c.Tenant}
	}
	c.TokenURL = strings.ReplaceAll(c.TokenURL, "{tenant}", url.PathEscape(c.Tenant))
	c.ServiceURL = strings.TrimSuffix(c.ServiceURL, "/") + "/"
	return c
}

// guid is what app ids, tenant ids and object ids look like.
var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// problems are all mistakes of a configuration.
func (c Config) problems() error {
	var all []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	wrong(!guid.MatchString(c.AppID), "teams.app_id must be the client id of the bot's app registration; without it nobody could tell whose messages come in")
	wrong(c.Secret == "", "teams.secret must be a client secret of the app registration")
	for _, t := range append([]string{c.Tenant}, c.Tenants...) {
		wrong(!guid.MatchString(t), "teams.tenant must be the id of your directory, not %q", t)
	}
	for name, address := range map[string]string{"metadata_url": c.Metadata, "token_url": c.TokenURL, "service_url": c.ServiceURL} {
		wrong(!safe(address), "teams.%s must begin with https:// (plain http only on this very machine), not %q", name, address)
	}
	for _, h := range c.ServiceHosts {
		wrong(!safe(h) || origin(h) != h, "teams.service_hosts holds %q; write them as https://host", h)
	}
	wrong(safe(c.ServiceURL) && !slices.Contains(c.ServiceHosts, origin(c.ServiceURL)), "teams.service_url is not on one of teams.service_hosts")
	wrong(c.References == nil || c.Clock == nil, "Teams needs a store of references and a clock")
	return errors.Join(all...)
}

// safe tells addresses that may carry tokens: https, or this very machine.
func safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// origin is the scheme and host of an address, empty for what is none.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// Times of the connector. Source of the service's own patience: learn.microsoft.com/azure/bot-service/bot-service-troubleshoot-general-problems (15 s).
const (
	callTimeout = 10 * time.Second
	ackWithin   = 2500 * time.Millisecond // when an activity is acknowledged at the latest; people are shown an error after about 5 s
	workWithin  = 15 * time.Second        // what is not done by then was lost, and its person is told
	atOnce      = 64                      // activities handled at the same time
	quiet       = time.Hour               // between two alarms of the same sentence
	freshFor    = 20 * time.Second        // how old a profile may be; a deed always reads anew
)

// Teams is one Teams app. It is a bot.Chat, and its Handler feeds a bot.Inbound.
type Teams struct {
	cfg     Config
	http    *http.Client
	keys    *keys
	token   *token
	meter   meter
	turns   turns
	answers answers
	people  bot.Profiles
	rooms   rooms
	homes   homes
	alarms  bot.Said
	seal    sealer
	places  places
	slots   chan struct{} // bounds the activities handled at the same time
	ack     time.Duration // ackWithin; tests shorten it
	late    sync.WaitGroup
}

var _ bot.Chat = (*Teams)(nil)

// New prepares a Teams. It refuses a configuration under which it could not tell whose messages come in. Nothing is called before the first
// activity or the first call of a method.
func New(cfg Config) (*Teams, error) {
	cfg = cfg.withDefaults()
	if err := cfg.problems(); err != nil {
		return nil, err
	}
	t := &Teams{cfg: cfg, slots: make(chan struct{}, atOnce), ack: ackWithin, seal: newSealer(cfg.Secret)}
	// A redirect would carry the token, or what is believed, to a host that nobody has allowed.
	t.http = &http.Client{Transport: cfg.Transport, Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.keys = &keys{metadata: cfg.Metadata, http: t.http, clock: cfg.Clock}
	t.token = &token{cfg: cfg, http: t.http}
	return t, nil
}

// Platform is the platform of this chat's accounts and addresses.
const Platform = "teams"

// Platform is "teams".
func (t *Teams) Platform() string { return Platform }

// Begins is the command of the app's manifest; people write it to the app, or behind a mention of it.
func (t *Teams) Begins() string { return "access" }

// Wait returns when nothing is being worked any more that was acknowledged before it was done.
func (t *Teams) Wait() { t.late.Wait() }
