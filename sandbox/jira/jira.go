// Package jira is a Jira Cloud site on loopback that speaks the REST API v3.
//
// The outer side is HTTP with an e-mail address and an API token: creating and reading issues, comments, transitions, issue
// properties, projects, and the search by JQL with page tokens. The inner side is for whoever plays the people of the
// company: they open issues, assign them, move them through their workflow and read what was written.
//
// Promised: text goes in and out as Atlassian Document Format and a plain string is refused; only the transitions of the
// current status are offered, with ids that are not the ids of statuses; the answers fit Jira's OpenAPI document; writing to
// one issue too fast is answered 429 with its reason; a new issue may stay unseen by searches for a while, as it does.
//
// Not done: editing and deleting issues over the API, screens and custom fields, permissions, webhooks, OAuth; of JQL only
// comparisons joined by AND, with ORDER BY taken and ignored.
package jira

import (
	"context"
	"net/http"
	"sync"
	"time"

	"hallpass/sandbox/bell"
	"hallpass/sandbox/faults"
	"hallpass/sandbox/loopback"
)

// Options says how a Site is reached and who may call it.
type Options struct {
	Listen    string           // address on loopback; "" takes any free port
	Now       func() time.Time // the company's clock; the machine's where nil
	Email     string           // the account of the API token
	Token     string
	AccountID string // the account's id, as the author of what it writes; DefaultAccountID where ""
}

// DefaultAccountID is the id of the API token's account when no other is given.
const DefaultAccountID = "712020:hallpass-bot"

// Site is the site. Its methods may be used from any goroutine.
type Site struct {
	// Faults breaks calls on purpose and keeps the journal of calls.
	Faults *faults.Switch

	opts   Options
	now    func() time.Time
	server *loopback.Server
	bell   bell.Bell

	mu        sync.Mutex
	serial    int
	projects  []*project
	people    []Person
	issues    []*issue // in the order in which they were made
	limits    []WriteLimit
	searchLag int
	searches  int            // how many searches were answered
	conflicts map[string]int // issue → how many transitions still answer 409
}

// New makes a Site that does not listen; Handler serves it.
func New(opts Options) *Site {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.AccountID == "" {
		opts.AccountID = DefaultAccountID
	}
	s := &Site{opts: opts, now: opts.Now, serial: firstID, limits: DefaultWriteLimits, conflicts: map[string]int{}}
	s.people = []Person{{AccountID: opts.AccountID, Name: "Hallpass", Email: opts.Email}}
	s.Faults = &faults.Switch{Now: opts.Now, RateLimit: s.writeRateLimited}
	return s
}

// firstID is where the numbers of issues, comments and projects begin.
const firstID = 10_000

// Start makes a Site and serves it until Close.
func Start(opts Options) (*Site, error) {
	s := New(opts)
	server, err := loopback.Serve(opts.Listen, s.Handler())
	if err != nil {
		return nil, err
	}
	s.server = server
	return s, nil
}

// Handler is the outer side, with the fault switch before it.
func (s *Site) Handler() http.Handler { return s.Faults.Wrap(s.guard(s.routes())) }

// URL is the site's address, without a slash at its end; "" before Start.
func (s *Site) URL() string { return s.server.URL() }

// Close stops serving and cuts every connection.
func (s *Site) Close() error {
	s.Faults.Clear()
	return s.server.Close()
}

// Wait returns nil once ready says true; it is asked at once and after every change. The error says that ctx ended first.
func (s *Site) Wait(ctx context.Context, ready func() bool) error { return s.bell.Wait(ctx, ready) }

// Subscribe gets a value after changes until ctx ends; changes run together.
func (s *Site) Subscribe(ctx context.Context) <-chan struct{} { return s.bell.Subscribe(ctx) }

func (s *Site) change(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.bell.Ring()
	return f()
}
