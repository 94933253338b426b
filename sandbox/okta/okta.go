// Package okta is an Okta organisation on loopback that speaks Okta's management API.
//
// An Org has two sides. The outer side is HTTP: users, groups, memberships, group rules, linked objects, the types and schemas of users, the
// system log and the token endpoint, with Okta's paging by Link headers, its rate limit headers and its error bodies. The inner side is for
// whoever plays the people of the company: administrators add and suspend users, move memberships, rename and delete groups,
// and read in History what happened and by whom.
//
// Promised: the answers fit Okta's OpenAPI document; rules are evaluated for real, so a user whom a rule covers is a member
// until he no longer matches, and who is removed by hand from a rule's group is put on the rule's exclusions; only groups of
// type OKTA_GROUP take members over the API; every membership change stands in the history and in the system log with its
// actor and OAuth client; a repeated PUT or DELETE answers 204 and changes nothing.
//
// Not done: creating users, groups and rules over the API, passwords, factors, applications, custom authorization servers
// and the many operators of Okta's expression language beyond comparisons, and, or and isMemberOfAnyGroup.
package okta

import (
	"crypto/rsa"
	"net/http"
	"sync"
	"time"

	"hallpass/sandbox/bell"
	"hallpass/sandbox/faults"
	"hallpass/sandbox/loopback"
	"hallpass/sandbox/meter"
)

// Options says how an Org is reached and who may call it.
type Options struct {
	Listen string           // address on loopback; "" takes any free port
	Now    func() time.Time // the company's clock; the machine's where nil

	Token      string // an SSWS token; "" means that none is accepted
	TokenOwner string // the administrator whose rights the SSWS token carries, as the log names him; DefaultTokenOwner where ""

	ClientID   string         // the service app; "" means that there is none
	ClientName string         // its name in the log; the client id where ""
	PublicKey  *rsa.PublicKey // checks the service app's assertions
	Scopes     []string       // what the service app was granted; AllScopes where nil
	DemandDPoP bool           // as new apps in Okta are set by default: a token request without proof is refused
}

// DefaultTokenOwner is the administrator who made the SSWS token when nobody else is named.
const DefaultTokenOwner = "00uTokenOwner"

// AllScopes are the OAuth scopes that this stand-in knows.
var AllScopes = []string{"okta.users.read", "okta.groups.read", "okta.groups.manage", "okta.logs.read", "okta.schemas.read", "okta.userTypes.read", "okta.roles.read"}

// Org is the organisation. Its methods may be used from any goroutine.
type Org struct {
	// Faults breaks calls on purpose and keeps the journal of calls.
	Faults *faults.Switch

	opts   Options
	now    func() time.Time
	server *loopback.Server
	bell   bell.Bell

	mu      sync.Mutex
	serial  int // makes ids
	users   shelf[*user]
	logins  map[string]string // login in small letters → user
	groups  shelf[*group]
	roles   map[string][]role // admin roles, by the group's id
	rules   shelf[*rule]
	members members
	links   map[string]map[string]string // relationship → user → the user it points to
	history []Change
	events  []event
	tokens  map[string]token
	spent   map[string]time.Time // ids of assertions that were used, until when they are valid
	limit   meter.Minute
	lag     lag
	types   []*userType
}

// New makes an Org that does not listen; Handler serves it.
func New(opts Options) *Org {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.TokenOwner == "" {
		opts.TokenOwner = DefaultTokenOwner
	}
	if opts.ClientName == "" {
		opts.ClientName = opts.ClientID
	}
	if opts.Scopes == nil {
		opts.Scopes = AllScopes
	}
	o := &Org{
		opts: opts, now: opts.Now,
		logins:  map[string]string{},
		members: members{},
		links:   map[string]map[string]string{relationManager: {}},
		tokens:  map[string]token{},
		spent:   map[string]time.Time{},
		limit:   meter.Minute{Allowed: DefaultRateLimit},
		types:   []*userType{newType(defaultType, "user", "User")},
	}
	o.Faults = &faults.Switch{Now: opts.Now, RateLimit: o.writeRateLimited}
	return o
}

// Start makes an Org and serves it until Close.
func Start(opts Options) (*Org, error) {
	o := New(opts)
	server, err := loopback.Serve(opts.Listen, o.Handler())
	if err != nil {
		return nil, err
	}
	o.server = server
	return o, nil
}

// Handler is the outer side, with the fault switch before it.
func (o *Org) Handler() http.Handler { return o.Faults.Wrap(o.guard(o.routes())) }

// URL is the organisation's address, without a slash at its end; "" before Start.
func (o *Org) URL() string { return o.server.URL() }

// Close stops serving and cuts every connection.
func (o *Org) Close() error {
	o.Faults.Clear()
	return o.server.Close()
}
