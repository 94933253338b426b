package slack

import (
	"context"
	"encoding/json"
	"fmt"

	"hallpass/bot"

	api "github.com/slack-go/slack"
)

// slash is a slash command. slack-go's own type wants a bool where Slack sends the string "false".
type slash struct {
	Team    string `json:"team_id"`
	User    string `json:"user_id"`
	Channel string `json:"channel_id"`
	Command string `json:"command"`
	Text    string `json:"text"`
	Trigger string `json:"trigger_id"`
}

// command is a slash command: a deed, because some commands change something.
func (r *run) command(payload json.RawMessage) (*job, error) {
	var c slash
	if err := json.Unmarshal(payload, &c); err != nil || c.User == "" {
		return nil, fmt.Errorf("a slash command: %w", errOdd)
	}
	call := bot.Call{Account: account(c.Team, c.User), Text: unescape(c.Text), Trigger: c.Trigger, Channel: c.Channel,
		Key: triggerKey(c.Trigger), At: r.cfg.Clock.Machine()}
	return &job{name: "slash command", deed: true, run: func(ctx context.Context) (answer, error) {
		r.people.Forget(call.Account)
		reply := r.in.Command(ctx, call)
		if err := ctx.Err(); err != nil || reply.Card == nil {
			return answer{}, err
		}
		m := render(*reply.Card)
		where := bot.Address{Platform: Platform, Workspace: c.Team, Channel: c.Channel}
		return answer{payload: ephemeral{Type: "ephemeral", Text: m.text, Blocks: m.blocks},
			rest: func(ctx context.Context) { r.besides("reply", r.Whisper(ctx, where, call.Account, *reply.Card)) }}, nil
	}}, nil
}

// ephemeral is a message that only the caller sees, as an acknowledgement carries it.
type ephemeral struct {
	Type   string      `json:"response_type"`
	Text   string      `json:"text"`
	Blocks []api.Block `json:"blocks"`
}

// triggerKey makes the repeat of an interaction harmless: Slack's trigger ids are unique.
func triggerKey(trigger string) string {
	if trigger == "" {
		return ""
	}
	return "trigger:" + trigger
}

// besides notes that showing something failed. Nobody waits for it.
func (s *Slack) besides(what string, err error) {
	if err != nil {
		s.cfg.Log.Warn().Err(hidden(err)).Str("what", what).Msg("could not be shown")
	}
}
