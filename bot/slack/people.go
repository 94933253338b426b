package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hallpass/flows"

	api "github.com/slack-go/slack"
)

// user is a user as Slack describes them. The flags are pointers: a flag that Slack leaves out is unknown, and unknown is refused;
// slack-go's own type makes it false.
type user struct {
	ID              string `json:"id"`
	Team            string `json:"team_id"`
	Deleted         *bool  `json:"deleted"`
	Bot             *bool  `json:"is_bot"`
	AppUser         bool   `json:"is_app_user"`
	WorkflowBot     bool   `json:"is_workflow_bot"`
	ConnectorBot    bool   `json:"is_connector_bot"`
	Restricted      *bool  `json:"is_restricted"`
	UltraRestricted *bool  `json:"is_ultra_restricted"`
	Stranger        bool   `json:"is_stranger"`
	Invited         bool   `json:"is_invited_user"`
	Confirmed       *bool  `json:"is_email_confirmed"`
	Zone            string `json:"tz"`
	RealName        string `json:"real_name"`
	Profile         struct {
		RealName string `json:"real_name"`
		Display  string `json:"display_name"`
		Email    string `json:"email"`
		App      string `json:"api_app_id"` // of a bot's own user
	} `json:"profile"`
	Enterprise *struct {
		ID    string   `json:"enterprise_id"`
		Teams []string `json:"teams"`
	} `json:"enterprise_user"`
}

// slackbot says of itself that it is no bot.
const slackbot = "USLACKBOT"

// Profile is an account as Slack sees it now; at most 20 s old, and read anew after every deed of that account.
// An account that Slack does not know is refused, not an error.
func (s *Slack) Profile(ctx context.Context, a flows.Account) (flows.Profile, error) {
	at := s.cfg.Clock.Machine()
	after := at.Add(-s.pace.profiles)
	if p, known := s.people.Recall(a, after); known {
		return p, nil
	}
	teams, err := s.teams(ctx)
	if err != nil {
		return flows.Profile{}, err
	}
	u, err := s.userInfo(ctx, a.User)
	switch {
	case code(err) == "user_not_found" || code(err) == "user_not_visible":
		return flows.Profile{Account: a, Refused: refuseUnknown}, nil
	case err != nil:
		return flows.Profile{}, s.classify(ctx, reading, err)
	}
	p := profile(a, u, teams)
	s.people.Remember(p, at, after)
	return p, nil
}

// Find is the account with this address in a workspace, or flows.ErrNotFound. Slack does not find the deactivated.
func (s *Slack) Find(ctx context.Context, platform, workspace, address string) (flows.Profile, error) {
	if platform != Platform {
		return flows.Profile{}, flows.ErrNotFound
	}
	teams, err := s.teams(ctx)
	if err != nil {
		return flows.Profile{}, err
	}
	u, err := s.user(ctx, "users.lookupByEmail", url.Values{"email": {address}})
	switch {
	case code(err) == "users_not_found":
		return flows.Profile{}, flows.ErrNotFound
	case err != nil:
		return flows.Profile{}, s.classify(ctx, reading, err)
	}
	p := profile(account(u.Team, u.ID), u, teams)
	if !flows.SameAddress(p.Email, address) || !slices.Contains(belongs(u), workspace) {
		return flows.Profile{}, flows.ErrNotFound
	}
	return p, nil
}

// Sentences of refusals.
const (
	refuseUnknown  = "Slack does not know this account, so it cannot use Hallpass."
	refuseGone     = "This Slack account is deactivated, so it cannot use Hallpass."
	refuseBot      = "Bots cannot use Hallpass."
	refuseGuest    = "Guests of this workspace cannot use Hallpass. Ask for a full account, then try again."
	refuseStranger = "Only members of this workspace can use Hallpass, not people who share a channel with it."
	refuseInvited  = "This account has been invited but never signed in. Sign in first, then try again."
	refuseUnsure   = "Slack did not say enough about this account to be sure of it, so it cannot use Hallpass. Ask an admin to look."
)

// profile is a user as the domain sees it.
func profile(a flows.Account, u user, teams []string) flows.Profile {
	name := u.Profile.RealName
	for _, other := range []string{u.RealName, u.Profile.Display, u.ID} {
		if name == "" {
			name = other
		}
	}
	return flows.Profile{Account: a, Name: oneLine(name), Email: strings.ToLower(strings.TrimSpace(u.Profile.Email)), Zone: u.Zone,
		Confirmed: yes(u.Confirmed), Refused: refusal(a, u, teams)}
}

// refusal says why an account may not act, empty when it may. What Slack leaves out counts against it.
func refusal(a flows.Account, u user, teams []string) string {
	in := belongs(u)
	switch {
	case u.ID == "" || u.ID != a.User:
		return refuseUnsure
	case yes(u.Deleted):
		return refuseGone
	case u.ID == slackbot || yes(u.Bot) || u.AppUser || u.WorkflowBot || u.ConnectorBot:
		return refuseBot
	case u.Stranger || !slices.ContainsFunc(in, func(t string) bool { return slices.Contains(teams, t) }) || !slices.Contains(in, a.Workspace):
		return refuseStranger
	case yes(u.Restricted) || yes(u.UltraRestricted):
		return refuseGuest
	case u.Invited:
		return refuseInvited
	case u.Deleted == nil || u.Bot == nil || u.Restricted == nil || u.UltraRestricted == nil:
		return refuseUnsure
	}
	return ""
}

// belongs are the workspaces and the organization that a user is a member of.
func belongs(u user) []string {
	var in []string
	if u.Team != "" {
		in = append(in, u.Team)
	}
	if u.Enterprise != nil {
		in = append(in, u.Enterprise.Teams...)
		if u.Enterprise.ID != "" {
			in = append(in, u.Enterprise.ID)
		}
	}
	return in
}

func yes(flag *bool) bool { return flag != nil && *flag }

func (s *Slack) userInfo(ctx context.Context, id string) (user, error) {
	return s.user(ctx, "users.info", url.Values{"user": {id}})
}

// user calls a method that answers with one user.
func (s *Slack) user(ctx context.Context, method string, args url.Values) (user, error) {
	var out struct {
		api.SlackResponse
		User user `json:"user"`
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.APIURL+method, strings.NewReader(args.Encode()))
	if err != nil {
		return user{}, fmt.Errorf("slack.api_url is no address: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+s.cfg.BotToken)
	resp, err := s.http.Do(req)
	if err != nil {
		return user{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // 0 when Slack does not say
		return user{}, &api.RateLimitedError{RetryAfter: time.Duration(seconds) * time.Second}
	}
	if resp.StatusCode != http.StatusOK {
		return user{}, api.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, maxFrame)).Decode(&out); err != nil {
		return user{}, fmt.Errorf("the answer of %s is not readable: %w", method, err)
	}
	if err := out.Err(); err != nil {
		return user{}, err
	}
	return out.User, nil
}

// code is Slack's own word for an error, empty for any other kind of error.
func code(err error) string {
	var refused api.SlackErrorResponse
	if errors.As(err, &refused) {
		return refused.Err
	}
	return ""
}
