// Package pagerduty says who is on call, now and as planned, through PagerDuty's own client library.
//
// The vocabulary: a shift is a schedule, seen at one level or at all; a duty is one human on it. A schedule stands in one or more
// escalation policies, each at a level, so that one human may show several times; the lowest level counts.
//
// What is promised: empty means that nobody is on call. An error means unknown, and so does a schedule that no longer exists, a row
// that cannot be read, or a human whose address PagerDuty does not tell. Overrides count, the next shift does not.
//
// What is not done: writing anything; a key that may only read is enough. Schedules of the third generation are seen through /oncalls
// like others, but whether an empty one still exists is asked by the older path.
package pagerduty

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	vendor "github.com/PagerDuty/go-pagerduty"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// PagerDuty's limits (PagerDuty/api-schema) and ours.
const (
	defaultURL = "https://api.pagerduty.com"
	pageSize   = 100    // documented maximum
	reach      = 10_000 // offset and limit together, documented
	window     = time.Second
)

// identifier is what PagerDuty's ids look like; the library puts them into paths as they are.
var identifier = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// Config says which account.
type Config struct {
	BaseURL string      // https://api.pagerduty.com where empty; https://api.eu.pagerduty.com for accounts in Europe
	Token   rest.Secret // a REST API key; reading is enough

	Transport http.RoundTripper
	Timeout   time.Duration               // for one call
	Now       func() time.Time            // machine time
	Observe   func() func(date time.Time) // as rest.Config has it
}

// PagerDuty implements flows.OnCall.
type PagerDuty struct {
	rest  *rest.Client
	base  string
	token rest.Secret
}

var _ flows.OnCall = (*PagerDuty)(nil)

// New checks the configuration; it makes no call.
func New(c Config) (*PagerDuty, error) {
	if c.Token.IsZero() {
		return nil, errors.New("PagerDuty needs a token: a REST API key, one that may only read is enough")
	}
	base, err := rest.ParseBase(cmp.Or(c.BaseURL, defaultURL))
	if err != nil {
		return nil, err
	}
	client, err := rest.New(rest.Config{
		Vendor: "PagerDuty", BaseURL: base.String(), Conceal: []rest.Secret{c.Token}, Transport: c.Transport, Timeout: c.Timeout,
		Now: c.Now, Observe: c.Observe, Explain: explain, Limits: limits,
	})
	if err != nil {
		return nil, err
	}
	return &PagerDuty{rest: client, base: base.String(), token: c.Token}, nil
}

// CloseIdle lets go of connections that wait for reuse.
func (p *PagerDuty) CloseIdle() { p.rest.CloseIdle() }

// OnCall is who is on a shift now, once each, by level and name.
func (p *PagerDuty) OnCall(ctx context.Context, shift flows.Shift, now time.Time) ([]flows.Duty, error) {
	if !identifier.MatchString(shift.Schedule) {
		return nil, flows.Errorf(flows.KindInvalid, "%q is not the id of a PagerDuty schedule", shift.Schedule)
	}
	rows, err := p.rows(ctx, shift.Schedule, now)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, p.mustExist(ctx, shift.Schedule)
	}
	best := map[string]flows.Duty{}
	for _, row := range rows {
		if shift.Level != 0 && row.level != shift.Level {
			continue
		}
		duty, there, err := p.duty(ctx, row)
		if err != nil {
			return nil, err
		}
		if old, seen := best[row.user.ID]; there && (!seen || outlasts(duty, old)) {
			best[row.user.ID] = duty
		}
	}
	return sorted(best), nil
}

// Plan is who will be on a shift between two moments, line by line as PagerDuty has it: at several levels, or in several policies, somebody
// comes several times.
func (p *PagerDuty) Plan(ctx context.Context, shift flows.Shift, from, to time.Time) ([]flows.Planned, error) {
	if !identifier.MatchString(shift.Schedule) {
		return nil, flows.Errorf(flows.KindInvalid, "%q is not the id of a PagerDuty schedule", shift.Schedule)
	}
	rows, err := p.between(ctx, shift.Schedule, from, to)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, p.mustExist(ctx, shift.Schedule)
	}
	var out []flows.Planned
	for _, row := range rows {
		if shift.Level != 0 && row.level != shift.Level {
			continue
		}
		duty, there, err := p.duty(ctx, row)
		if err != nil {
			return nil, err
		}
		if there {
			out = append(out, flows.Planned{Email: duty.Email, From: row.from, To: row.until})
		}
	}
	return out, nil
}

// mustExist tells a schedule that was deleted from an empty one: PagerDuty lists nobody for either.
func (p *PagerDuty) mustExist(ctx context.Context, schedule string) error {
	_, err := p.schedule(ctx, schedule)
	if notFound(err) {
		return &flows.CallError{
			Outcome: flows.OutcomeRefused, Sentence: fmt.Sprintf("PagerDuty has no schedule %s; an admin must correct the flow", schedule), Cause: err,
		}
	}
	return err
}

// outlasts prefers the lower level, and at one level the later end.
func outlasts(a, b flows.Duty) bool {
	if a.Level != b.Level {
		return a.Level < b.Level
	}
	return !b.Until.IsZero() && (a.Until.IsZero() || a.Until.After(b.Until))
}

func sorted(byUser map[string]flows.Duty) []flows.Duty {
	var out []flows.Duty
	for _, d := range byUser {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b flows.Duty) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Email, b.Email))
	})
	return out
}

// row is one line of the answer that is about this schedule.
type row struct {
	user        vendor.User
	level       int
	from, until time.Time // zero for somebody permanently on call
}

// rows asks for a window of one second around now, so that the next shift stays out.
func (p *PagerDuty) rows(ctx context.Context, schedule string, now time.Time) ([]row, error) {
	since := now.UTC().Truncate(window)
	list, err := p.between(ctx, schedule, since, since.Add(window))
	return slices.DeleteFunc(list, func(r row) bool { return now.Before(r.from) || (!r.until.IsZero() && !now.Before(r.until)) }), err
}

// between are the lines of a schedule that touch a time, to the second.
func (p *PagerDuty) between(ctx context.Context, schedule string, since, until time.Time) ([]row, error) {
	options := vendor.ListOnCallOptions{
		ScheduleIDs: []string{schedule}, Includes: []string{"users"}, Limit: pageSize,
		Since: since.UTC().Format(time.RFC3339), Until: until.UTC().Format(time.RFC3339),
	}
	var out []row
	for {
		var list *vendor.ListOnCallsResponse
		err := p.ask("oncalls", func(c *vendor.Client) (err error) {
			list, err = c.ListOnCallsWithContext(ctx, options)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, o := range list.OnCalls {
			r, mine, err := read(o, schedule)
			if err != nil {
				return nil, err
			}
			if mine {
				out = append(out, r)
			}
		}
		if !list.More {
			return out, nil
		}
		if options.Offset += pageSize; options.Offset+pageSize > reach {
			return nil, unreadable(errors.New("the list of who is on call does not come to an end"))
		}
	}
}

// read makes a row of a line. A line about another schedule, or about somebody who stands on a policy without one, is not the schedule's.
func read(o vendor.OnCall, schedule string) (r row, mine bool, err error) {
	if o.Schedule.ID != schedule {
		return r, false, nil
	}
	start, err1 := moment(o.Start)
	end, err2 := moment(o.End)
	if err := errors.Join(err1, err2); err != nil {
		return r, false, unreadable(err)
	}
	return row{user: o.User, level: int(o.EscalationLevel), from: start, until: end}, true, nil
}

// moment reads a time; PagerDuty sends none for somebody permanently on call.
func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, s)
}

// duty makes a human of a row. Where the row has only a reference, the human is looked up; one who was deleted is not there.
func (p *PagerDuty) duty(ctx context.Context, r row) (flows.Duty, bool, error) {
	u := r.user
	if u.Email == "" {
		whole, err := p.user(ctx, u.ID)
		if notFound(err) {
			return flows.Duty{}, false, nil
		}
		if err != nil {
			return flows.Duty{}, false, err
		}
		u = *whole
	}
	email := strings.ToLower(strings.TrimSpace(u.Email))
	if email == "" {
		return flows.Duty{}, false, unreadable(fmt.Errorf("the user %s has no address", u.ID))
	}
	return flows.Duty{Email: email, Name: cmp.Or(u.Name, u.Summary, email), Level: r.level, Until: r.until}, true, nil
}

// ShiftName is the schedule's own name; ErrNotFound when there is none.
func (p *PagerDuty) ShiftName(ctx context.Context, schedule string) (string, error) {
	if !identifier.MatchString(schedule) {
		return "", flows.ErrNotFound
	}
	s, err := p.schedule(ctx, schedule)
	if notFound(err) {
		return "", flows.ErrNotFound
	}
	if err != nil {
		return "", err
	}
	return cmp.Or(s.Name, s.Summary), nil
}

// Schedules are the names of all schedules by their ids, to find the one that was probably meant.
func (p *PagerDuty) Schedules(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	options := vendor.ListSchedulesOptions{Limit: pageSize}
	for {
		var list *vendor.ListSchedulesResponse
		err := p.ask("schedules", func(c *vendor.Client) (err error) {
			list, err = c.ListSchedulesWithContext(ctx, options)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, s := range list.Schedules {
			out[s.ID] = cmp.Or(s.Name, s.Summary)
		}
		if options.Offset += pageSize; !list.More || options.Offset+pageSize > reach {
			return out, nil // names to choose from: what lies beyond PagerDuty's reach is not missed
		}
	}
}

func (p *PagerDuty) schedule(ctx context.Context, id string) (s *vendor.Schedule, err error) {
	err = p.ask("schedules", func(c *vendor.Client) (err error) {
		s, err = c.GetScheduleWithContext(ctx, id, vendor.GetScheduleOptions{})
		return err
	})
	return s, err
}

func (p *PagerDuty) user(ctx context.Context, id string) (u *vendor.User, err error) {
	if !identifier.MatchString(id) {
		return nil, unreadable(fmt.Errorf("%q is not the id of a user", id))
	}
	err = p.ask("users", func(c *vendor.Client) (err error) {
		u, err = c.GetUserWithContext(ctx, id, vendor.GetUserOptions{})
		return err
	})
	return u, err
}

// ask lets the vendor's library make one call through our client. The library flattens errors into text, so the line keeps ours.
func (p *PagerDuty) ask(bucket string, call func(*vendor.Client) error) error {
	l := &line{rest: p.rest, bucket: bucket}
	client := vendor.NewClient(p.token.Reveal(), vendor.WithAPIEndpoint(p.base))
	client.HTTPClient = l
	err := call(client)
	if err != nil && l.failed == nil {
		return unreadable(err)
	}
	return l.failed
}

// line is the HTTP client that the library sees.
type line struct {
	rest   *rest.Client
	bucket string
	failed error
}

func (l *line) Do(r *http.Request) (*http.Response, error) {
	answer, err := l.rest.Exchange(r, l.bucket)
	l.failed = err
	return answer, err
}

func unreadable(err error) *flows.CallError {
	return &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "PagerDuty's answer could not be read", Cause: err}
}

// notFound reports whether PagerDuty itself says that something does not exist.
func notFound(err error) bool {
	r := rest.RefusalOf(err)
	return r != nil && r.Status == http.StatusNotFound && r.Text != ""
}

// explain reads PagerDuty's error body: {"error":{"message":"Not Found","code":2100,"errors":["…"]}}.
func explain(_ int, body []byte) (sentence, code string) {
	var e struct {
		Error struct {
			Message string
			Code    int
			Errors  []string
		}
	}
	if json.Unmarshal(body, &e) != nil || e.Error.Message == "" {
		return "", "" // somebody on the way, not PagerDuty's words
	}
	return strings.Join(append([]string{e.Error.Message}, e.Error.Errors...), ": "), strconv.Itoa(e.Error.Code)
}

// limits reads ratelimit-*; reset is in seconds from now.
func limits(h http.Header, _ time.Time) (rest.Budget, bool) {
	of, err1 := strconv.Atoi(h.Get("ratelimit-limit"))
	left, err2 := strconv.Atoi(h.Get("ratelimit-remaining"))
	reset, err3 := strconv.Atoi(h.Get("ratelimit-reset"))
	if errors.Join(err1, err2, err3) != nil {
		return rest.Budget{}, false
	}
	return rest.Budget{Left: left, Of: of, Renews: time.Duration(reset) * time.Second}, true
}
