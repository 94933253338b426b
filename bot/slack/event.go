package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hallpass/bot"
	"hallpass/flows"
)

// callback is an event with what surrounds it.
type callback struct {
	ID    string          `json:"event_id"`
	Team  string          `json:"team_id"`
	Event json.RawMessage `json:"event"`
}

// said is a message or a mention.
type said struct {
	User        string `json:"user"`
	Team        string `json:"team"`
	UserTeam    string `json:"user_team"` // the writer's own, in shared channels
	Text        string `json:"text"`
	TS          string `json:"ts"`
	Channel     string `json:"channel"`
	ChannelType string `json:"channel_type"`
	Subtype     string `json:"subtype"`
	BotID       string `json:"bot_id"`
	Tab         string `json:"tab"`
}

// event is something that happened in the workspace. Those that we have no use for are acknowledged.
func (r *run) event(payload json.RawMessage) (*job, error) {
	var c callback
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, fmt.Errorf("an event: %w", errOdd)
	}
	if err := json.Unmarshal(c.Event, &kind); err != nil {
		return nil, fmt.Errorf("an event without a type: %w", errOdd)
	}
	switch kind.Type {
	case "app_home_opened":
		return r.homeOpened(c)
	case "message", "app_mention":
		return r.spoken(c, kind.Type)
	case "user_change":
		return r.userChanged(c)
	case "tokens_revoked":
		return r.tokensRevoked(c)
	case "app_uninstalled":
		return r.ending(errUninstalled), nil
	}
	return nil, nil
}

func (r *run) homeOpened(c callback) (*job, error) {
	var e said
	if err := json.Unmarshal(c.Event, &e); err != nil {
		return nil, fmt.Errorf("app_home_opened: %w", errOdd)
	}
	if e.Tab != "home" || e.User == "" {
		return nil, nil
	}
	return &job{name: "opening of Home", run: func(ctx context.Context) (answer, error) {
		return answer{}, r.in.OpenedHome(ctx, account(c.Team, e.User))
	}}, nil
}

// spoken is a direct message or a mention: a typed command without a trigger. Bots and edits are not listened to.
func (r *run) spoken(c callback, kind string) (*job, error) {
	var e said
	if err := json.Unmarshal(c.Event, &e); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, errOdd)
	}
	direct := kind == "message"
	if (direct && e.ChannelType != "im") || e.Subtype != "" || e.BotID != "" || e.User == "" || e.User == slackbot || r.isSelf(e.User) {
		return nil, nil
	}
	call := bot.Call{Account: account(ownTeam(e, c), e.User), Text: r.withoutMention(plainMessage(e.Text)), Channel: e.Channel, TS: e.TS,
		Key: "message:" + e.Channel + ":" + e.TS, At: r.cfg.Clock.Machine()}
	return &job{name: kind, deed: true, run: func(ctx context.Context) (answer, error) {
		r.people.Forget(call.Account)
		reply := r.in.Command(ctx, call)
		if err := ctx.Err(); err != nil || reply.Card == nil {
			return answer{}, err
		}
		return answer{then: func(ctx context.Context) { r.besides("reply", r.reply(ctx, call, direct, *reply.Card)) }}, nil
	}}, nil
}

// ownTeam is the writer's own workspace.
func ownTeam(e said, c callback) string {
	for _, team := range []string{e.UserTeam, e.Team} {
		if team != "" {
			return team
		}
	}
	return c.Team
}

// reply answers a direct message beside it, and a mention so that only the caller sees it.
func (r *run) reply(ctx context.Context, call bot.Call, direct bool, card bot.Card) error {
	where := bot.Address{Platform: Platform, Workspace: call.Account.Workspace, Channel: call.Channel}
	if !direct {
		return r.Whisper(ctx, where, call.Account, card)
	}
	_, err := r.Post(ctx, where, "", "", card)
	return err
}

// withoutMention takes the bot's own mention from the beginning of a text.
func (r *run) withoutMention(text string) string {
	text = strings.TrimSpace(text)
	if id, rest, found := strings.Cut(strings.TrimPrefix(text, "<@"), ">"); found && strings.HasPrefix(text, "<@") {
		id, _, _ = strings.Cut(id, "|")
		if r.isSelf(id) {
			return strings.TrimSpace(rest)
		}
	}
	return text
}

// userChanged is a deed: its repeat must come until it is known that the link was looked at.
func (r *run) userChanged(c callback) (*job, error) {
	var e struct {
		User struct {
			ID   string `json:"id"`
			Team string `json:"team_id"`
		} `json:"user"`
	}
	if err := json.Unmarshal(c.Event, &e); err != nil || e.User.ID == "" {
		return nil, fmt.Errorf("user_change: %w", errOdd)
	}
	team := e.User.Team
	if team == "" {
		team = c.Team
	}
	who := account(team, e.User.ID)
	r.people.Forget(who)
	return &job{name: "user_change", deed: true, run: func(ctx context.Context) (answer, error) {
		return answer{}, r.in.AccountChanged(ctx, who)
	}}, nil
}

func (r *run) tokensRevoked(c callback) (*job, error) {
	var e struct {
		Tokens struct {
			Bot []string `json:"bot"`
		} `json:"tokens"`
	}
	if err := json.Unmarshal(c.Event, &e); err != nil {
		return nil, fmt.Errorf("tokens_revoked: %w", errOdd)
	}
	if !slices.ContainsFunc(e.Tokens.Bot, r.isSelf) {
		return nil, nil
	}
	return r.ending(errBotRevoked), nil
}

// ending ends Run once the event is acknowledged.
func (r *run) ending(why *Fatal) *job {
	return &job{name: "the end", run: func(context.Context) (answer, error) {
		return answer{then: func(context.Context) { r.fail(why) }}, nil
	}}
}

var _ flows.Accounts = (*Slack)(nil)
