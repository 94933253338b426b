package sandbox

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"hallpass/sandbox/faults"
	"hallpass/sandbox/jira"
	"hallpass/sandbox/loopback"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/pagerduty"
	"hallpass/sandbox/slack"
	"hallpass/sandbox/teams"
)

// The workspace, the app in it, and the tokens of every system.
const (
	TeamID          = "T01ACME"
	TeamName        = "Acme"
	StrangersTeamID = "T0OTHER"
	AppID           = "A0HALLPASS"
	BotUserID       = "U0HALLPASS"

	TenantID          = "d0000000-0000-4000-8000-00000000000a"
	StrangersTenantID = "e0000000-0000-4000-8000-00000000000b"
	TeamsAppID        = "f0000000-0000-4000-8000-00000000000c"

	SlackBotToken  = "xoxb-acme-hallpass"
	SlackAppToken  = "xapp-1-acme-hallpass"
	TeamsSecret    = "teams-acme-hallpass"
	OktaToken      = "00acme-hallpass-token"
	OktaClientID   = "0oahallpass000000001"
	PagerDutyToken = "pd-acme-hallpass"
	JiraEmail      = "hallpass@acme.example"
	JiraToken      = "jira-acme-hallpass"
)

// Options says how Acme is started.
type Options struct {
	// Now is the company's clock; the machine's where nil.
	Now func() time.Time
	// Listen is the loopback address of Slack; Okta, PagerDuty, Jira and Teams take the four ports after it. "" takes free ports.
	Listen string
	// Unheard opens no port and no Teams: Handlers serve the company to callers in the same process.
	Unheard bool
	// OktaKey checks the assertions of the service app OktaClientID; without it only OktaToken is accepted.
	OktaKey *rsa.PublicKey
	// Slack changes how the workspace is set up, such as its deadlines and rates; nil leaves it as it is.
	Slack func(*slack.Options)
}

// Company is Acme, running.
type Company struct {
	Slack     *slack.Workspace
	Teams     *teams.Tenant // knows where the bot is once SetBotURL has said it
	Okta      *okta.Org
	PagerDuty *pagerduty.Account
	Jira      *jira.Site

	// SlackFaults breaks calls of the Web API; those of the other systems are in their Faults.
	SlackFaults *faults.Switch
}

// Start opens the company with its people, groups, channels, rota and projects. Close ends it.
func Start(opts Options) (*Company, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	c := &Company{}
	if opts.Unheard {
		return c, c.openUnheard(opts)
	}
	err := errors.Join(c.openSlack(opts), c.openTeams(opts), c.openOkta(opts), c.openPagerDuty(opts), c.openJira(opts))
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close ends all systems.
func (c *Company) Close() error {
	var errs []error
	if c.Slack != nil {
		c.SlackFaults.Clear()
		c.Slack.Close()
	}
	if c.Teams != nil {
		c.Teams.Close()
	}
	if c.Okta != nil {
		errs = append(errs, c.Okta.Close())
	}
	if c.PagerDuty != nil {
		errs = append(errs, c.PagerDuty.Close())
	}
	if c.Jira != nil {
		errs = append(errs, c.Jira.Close())
	}
	return errors.Join(errs...)
}

// Faults are the fault switches by the name of the system.
func (c *Company) Faults() map[string]*faults.Switch {
	return map[string]*faults.Switch{
		"slack": c.SlackFaults, "okta": c.Okta.Faults, "pagerduty": c.PagerDuty.Faults, "jira": c.Jira.Faults,
	}
}

// Where the systems of an unheard company are, for its callers' configuration. Nothing listens there.
const (
	SlackBase     = "http://127.0.0.1:9400"
	OktaBase      = "http://127.0.0.1:9401"
	PagerDutyBase = "http://127.0.0.1:9402"
	JiraBase      = "http://127.0.0.1:9403"
)

func (c *Company) openUnheard(opts Options) error {
	c.Slack = slack.New(c.slackOptions(opts), SlackBase)
	fillSlack(c.Slack)
	c.Okta = okta.New(okta.Options{Now: opts.Now, Token: OktaToken, ClientID: OktaClientID, ClientName: "Hallpass", PublicKey: opts.OktaKey})
	c.PagerDuty = pagerduty.New(pagerduty.Options{Now: opts.Now, Token: PagerDutyToken})
	c.Jira = jira.New(jira.Options{Now: opts.Now, Email: JiraEmail, Token: JiraToken})
	return errors.Join(fillOkta(c.Okta), fillPagerDuty(c.PagerDuty, opts.Now()), fillJira(c.Jira))
}

// Handlers are the systems of the company, by their base addresses where it is unheard.
func (c *Company) Handlers() map[string]http.Handler {
	return map[string]http.Handler{SlackBase: c.Slack.Handler(), OktaBase: c.Okta.Handler(), PagerDutyBase: c.PagerDuty.Handler(), JiraBase: c.Jira.Handler()}
}

func (c *Company) slackOptions(opts Options) slack.Options {
	c.SlackFaults = &faults.Switch{Now: opts.Now, Effect: slackEffect, RateLimit: slackLimited}
	so := slack.Options{
		TeamID: TeamID, TeamName: TeamName, AppID: AppID, BotUserID: BotUserID, BotName: "hallpass",
		BotToken: SlackBotToken, AppToken: SlackAppToken, Now: opts.Now, Listen: opts.Listen, Middleware: c.SlackFaults.Wrap,
	}
	if so.Listen == "" {
		so.Listen = loopback.Anywhere
	}
	if opts.Slack != nil {
		opts.Slack(&so)
	}
	return so
}

func (c *Company) openSlack(opts Options) (err error) {
	if c.Slack, err = slack.Start(c.slackOptions(opts)); err == nil {
		fillSlack(c.Slack)
	}
	return err
}

func (c *Company) openTeams(opts Options) error {
	listen, err := opts.port(4)
	if err != nil {
		return err
	}
	c.Teams, err = teams.Start(teams.Options{TenantID: TenantID, TenantName: "Acme", AppID: TeamsAppID, AppSecret: TeamsSecret, BotName: "hallpass", Now: opts.Now, Listen: listen})
	if err == nil {
		fillTeams(c.Teams)
	}
	return err
}

func (c *Company) openOkta(opts Options) error {
	listen, err := opts.port(1)
	if err != nil {
		return err
	}
	c.Okta, err = okta.Start(okta.Options{
		Listen: listen, Now: opts.Now, Token: OktaToken, ClientID: OktaClientID, ClientName: "Hallpass", PublicKey: opts.OktaKey,
	})
	if err != nil {
		return err
	}
	return fillOkta(c.Okta)
}

func (c *Company) openPagerDuty(opts Options) error {
	listen, err := opts.port(2)
	if err != nil {
		return err
	}
	c.PagerDuty, err = pagerduty.Start(pagerduty.Options{Listen: listen, Now: opts.Now, Token: PagerDutyToken})
	if err != nil {
		return err
	}
	return fillPagerDuty(c.PagerDuty, opts.Now())
}

func (c *Company) openJira(opts Options) error {
	listen, err := opts.port(3)
	if err != nil {
		return err
	}
	c.Jira, err = jira.Start(jira.Options{Listen: listen, Now: opts.Now, Email: JiraEmail, Token: JiraToken})
	if err != nil {
		return err
	}
	return fillJira(c.Jira)
}

// port is the address so many ports after the one asked for; free ports stay free ports.
func (o Options) port(after int) (string, error) {
	if o.Listen == "" || o.Listen == loopback.Anywhere {
		return "", nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return "", fmt.Errorf("%q is not an address; write it like 127.0.0.1:9400: %w", o.Listen, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return "", fmt.Errorf("%q is not a port; write a number: %w", port, err)
	}
	if n == 0 {
		return net.JoinHostPort(host, "0"), nil
	}
	return net.JoinHostPort(host, strconv.Itoa(n+after)), nil
}

// slackEffect tells which calls change something: Slack is called by POST and answers 200 for everything.
func slackEffect(r *http.Request, _ int, answer []byte) bool {
	return slackWrites(r.URL.Path) && okOf(answer)
}

// slackLimited is Slack's 429.
func slackLimited(w http.ResponseWriter, _ *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", faults.Seconds(wait))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte(`{"ok":false,"error":"ratelimited"}`)) // held in memory
}
