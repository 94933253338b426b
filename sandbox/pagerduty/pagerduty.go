// Package pagerduty is a PagerDuty account on loopback that speaks the REST API v2.
//
// The outer side is HTTP: who is on call, users, schedules with their overrides, escalation policies; with PagerDuty's
// paging by offset, its rate limit headers and its error bodies. The inner side puts people on call, hands over and leaves
// gaps. A shift belongs to a schedule, an escalation policy and a level of it; a shift without a schedule is a person who
// stands on the policy directly, on call for ever, with null as schedule, start and end.
//
// Promised: the vendor's own Go client works against it; the answers fit PagerDuty's OpenAPI document, but for those nulls;
// /oncalls reflects overrides; a gap is an empty list and no error.
//
// Not done: incidents, services, teams, rotations (a layer is drawn from the shifts that were put), schedules of the third
// generation, and creating anything but overrides over the API.
package pagerduty

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"hallpass/sandbox/bell"
	"hallpass/sandbox/faults"
	"hallpass/sandbox/loopback"
	"hallpass/sandbox/meter"
)

// Options says how an Account is reached and who may call it.
type Options struct {
	Listen        string           // address on loopback; "" takes any free port
	Now           func() time.Time // the company's clock; the machine's where nil
	Token         string           // a key that may do everything
	ReadOnlyToken string           // a key that may only read; "" means that there is none
}

// DefaultRateLimit is how many calls a minute PagerDuty answers for one key.
const DefaultRateLimit = 960

// Account is the account. Its methods may be used from any goroutine.
type Account struct {
	// Faults breaks calls on purpose and keeps the journal of calls.
	Faults *faults.Switch

	opts   Options
	now    func() time.Time
	server *loopback.Server
	bell   bell.Bell

	mu        sync.Mutex
	serial    int
	users     []User
	schedules []Schedule
	policies  []Policy
	shifts    []Shift
	overrides []override
	limit     meter.Minute
}

// User is a person of the account.
type User struct {
	ID       string
	Name     string
	Email    string
	TimeZone string // "Etc/UTC" where ""
	Role     string // "limited_user" where ""
}

// Schedule is a rota.
type Schedule struct {
	ID       string
	Name     string
	TimeZone string // "Etc/UTC" where ""
}

// Policy is an escalation policy.
type Policy struct {
	ID   string
	Name string
}

// Shift is one person on call for a time.
type Shift struct {
	Schedule string // "" for somebody who stands on the policy directly, for ever; Start and End are then not looked at
	Policy   string
	Level    int // 1 is the first to be called
	User     string
	Start    time.Time
	End      time.Time
}

// override puts somebody else on a schedule for a time.
type override struct {
	id, schedule, user string
	start, end         time.Time
}

// New makes an Account that does not listen; Handler serves it.
func New(opts Options) *Account {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	a := &Account{opts: opts, now: opts.Now, limit: meter.Minute{Allowed: DefaultRateLimit}}
	a.Faults = &faults.Switch{Now: opts.Now, RateLimit: a.writeRateLimited}
	return a
}

// Start makes an Account and serves it until Close.
func Start(opts Options) (*Account, error) {
	a := New(opts)
	server, err := loopback.Serve(opts.Listen, a.Handler())
	if err != nil {
		return nil, err
	}
	a.server = server
	return a, nil
}

// Handler is the outer side, with the fault switch before it.
func (a *Account) Handler() http.Handler { return a.Faults.Wrap(a.guard(a.routes())) }

// URL is the account's address, without a slash at its end; "" before Start.
func (a *Account) URL() string { return a.server.URL() }

// Close stops serving and cuts every connection.
func (a *Account) Close() error {
	a.Faults.Clear()
	return a.server.Close()
}

// AddUser adds a person.
func (a *Account) AddUser(u User) error {
	return a.change(func() error {
		if a.user(u.ID) != nil {
			return fmt.Errorf("there is already a user %s", u.ID)
		}
		u.TimeZone, u.Role = or(u.TimeZone, "Etc/UTC"), or(u.Role, "limited_user")
		a.users = append(a.users, u)
		return nil
	})
}

// SetEmail changes a person's address.
func (a *Account) SetEmail(userID, email string) error {
	return a.change(func() error {
		u := a.user(userID)
		if u == nil {
			return fmt.Errorf("the account has no user %s", userID)
		}
		u.Email = email
		return nil
	})
}

// AddSchedule adds a rota without anybody on it.
func (a *Account) AddSchedule(s Schedule) error {
	return a.change(func() error {
		if a.schedule(s.ID) != nil {
			return fmt.Errorf("there is already a schedule %s", s.ID)
		}
		s.TimeZone = or(s.TimeZone, "Etc/UTC")
		a.schedules = append(a.schedules, s)
		return nil
	})
}

// RemoveSchedule deletes a rota with its shifts and overrides.
func (a *Account) RemoveSchedule(scheduleID string) error {
	return a.change(func() error {
		if a.schedule(scheduleID) == nil {
			return fmt.Errorf("the account has no schedule %s", scheduleID)
		}
		a.schedules = slices.DeleteFunc(a.schedules, func(s Schedule) bool { return s.ID == scheduleID })
		a.shifts = slices.DeleteFunc(a.shifts, func(s Shift) bool { return s.Schedule == scheduleID })
		a.overrides = slices.DeleteFunc(a.overrides, func(o override) bool { return o.schedule == scheduleID })
		return nil
	})
}

// AddPolicy adds an escalation policy. Its levels are those of the shifts that name it.
func (a *Account) AddPolicy(p Policy) error {
	return a.change(func() error {
		if a.policy(p.ID) != nil {
			return fmt.Errorf("there is already an escalation policy %s", p.ID)
		}
		a.policies = append(a.policies, p)
		return nil
	})
}

// Wait returns nil once ready says true; it is asked at once and after every change. The error says that ctx ended first.
func (a *Account) Wait(ctx context.Context, ready func() bool) error { return a.bell.Wait(ctx, ready) }

// Subscribe gets a value after changes until ctx ends; changes run together.
func (a *Account) Subscribe(ctx context.Context) <-chan struct{} { return a.bell.Subscribe(ctx) }

// SetRateLimit makes every call beyond so many a minute answer 429.
func (a *Account) SetRateLimit(callsPerMinute int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limit = meter.Minute{Allowed: callsPerMinute}
}

func (a *Account) change(f func() error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer a.bell.Ring()
	return f()
}

func (a *Account) user(id string) *User {
	return find(a.users, func(u *User) bool { return u.ID == id })
}

func (a *Account) schedule(id string) *Schedule {
	return find(a.schedules, func(s *Schedule) bool { return s.ID == id })
}

func (a *Account) policy(id string) *Policy {
	return find(a.policies, func(p *Policy) bool { return p.ID == id })
}

func find[T any](all []T, is func(*T) bool) *T {
	for i := range all {
		if is(&all[i]) {
			return &all[i]
		}
	}
	return nil
}

func or(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}
