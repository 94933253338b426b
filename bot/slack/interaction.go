package slack

import (
	"context"
	"encoding/json"
	"fmt"

	"hallpass/bot"
	"hallpass/flows"
)

// interaction holds what we use of an interactive payload. slack-go's own type decodes all blocks of the message or view and fails
// as a whole on one that it does not know.
type interaction struct {
	Type     string `json:"type"`
	Callback string `json:"callback_id"`
	Trigger  string `json:"trigger_id"`
	User     struct {
		ID   string `json:"id"`
		Team string `json:"team_id"` // the home workspace of whoever pressed; "team" is the app's, whoever presses
	} `json:"user"`
	Container struct {
		Type    string `json:"type"`
		TS      string `json:"message_ts"`
		Channel string `json:"channel_id"`
	} `json:"container"`
	Actions []action `json:"actions"`
	View    view     `json:"view"`
	Typed   string   `json:"value"`    // of a block_suggestion
	Field   string   `json:"block_id"` // of a block_suggestion
}

// action is a pressed button, or a field with its value.
type action struct {
	ID       string  `json:"action_id"`
	Block    string  `json:"block_id"`
	Value    string  `json:"value"`
	Selected *chosen `json:"selected_option"`
	// Ticked are the boxes that are ticked; our fields have one.
	Ticked []chosen `json:"selected_options"`
}

// chosen is an option that somebody chose.
type chosen struct {
	Value string `json:"value"`
	Text  struct {
		Text string `json:"text"`
	} `json:"text"`
}

type view struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Hash   string `json:"hash"`
	Meta   string `json:"private_metadata"`
	Blocks []struct {
		Type string `json:"type"`
		ID   string `json:"block_id"`
	} `json:"blocks"`
	State struct {
		Values map[string]map[string]action `json:"values"`
	} `json:"state"`
}

// shortcutAsk is the callback id of the global shortcut, as the manifest has it.
const shortcutAsk = "ask_access"

func (r *run) interaction(payload json.RawMessage) (*job, error) {
	var i interaction
	if err := json.Unmarshal(payload, &i); err != nil {
		return nil, fmt.Errorf("an interaction: %w", errOdd)
	}
	who := account(i.User.Team, i.User.ID)
	switch {
	case i.User.ID == "" || i.User.Team == "":
		return nil, fmt.Errorf("an interaction of nobody: %w", errOdd)
	case i.Type == "view_closed":
		return nil, nil
	case i.Type == "shortcut" && i.Callback == shortcutAsk:
		return r.shortcut(i, who), nil
	case i.Type == "block_suggestion":
		return r.suggestion(i, who)
	case i.Type == "view_submission":
		return r.submission(i, who)
	case i.Type == "block_actions" && len(i.Actions) > 0 && i.View.Type == "modal":
		return r.change(i, who)
	case i.Type == "block_actions" && len(i.Actions) > 0:
		return r.press(i, who), nil
	}
	return nil, fmt.Errorf("an interaction of type %q: %w", bot.ClampText(oneLine(i.Type), buttonLength), errOdd)
}

func (r *run) shortcut(i interaction, who flows.Account) *job {
	call := bot.Call{Account: who, Trigger: i.Trigger, Key: triggerKey(i.Trigger), At: r.cfg.Clock.Machine()}
	return &job{name: "shortcut", run: func(ctx context.Context) (answer, error) {
		return answer{}, r.in.Shortcut(ctx, call)
	}}
}

// press is a button on a message or in Home, or Home's search field.
func (r *run) press(i interaction, who flows.Account) *job {
	pressed := i.Actions[0]
	p := bot.Pressed{Account: who, Action: actionOf(pressed.ID), Value: pressed.Value, Trigger: i.Trigger, Key: triggerKey(i.Trigger),
		Channel: i.Container.Channel, TS: i.Container.TS, Home: i.View.Type == "home", At: r.cfg.Clock.Machine()}
	for _, fields := range i.View.State.Values {
		if f, here := fields[string(bot.ActHomeQuery)]; here {
			p.Query = f.Value
		}
	}
	if p.Action == bot.ActHomeQuery {
		p.Query, p.Value = pressed.Value, ""
	}
	return &job{name: "press of " + bot.ClampText(string(p.Action), buttonLength), deed: true, run: func(ctx context.Context) (answer, error) {
		r.people.Forget(who)
		return answer{}, r.in.Press(ctx, p)
	}}
}

// suggestions is the answer to a search. slack-go's type leaves an empty list out, and Slack then shows an error.
type suggestions struct {
	Options any `json:"options"`
}

func (r *run) suggestion(i interaction, who flows.Account) (*job, error) {
	hidden, err := unseal(i.View.Meta)
	if err != nil {
		return nil, err
	}
	return &job{name: "search", run: func(ctx context.Context) (answer, error) {
		found := drawOptions(r.in.Search(ctx, who, hidden.Meta, fieldOf(i.Field), i.Typed), nil)
		return answer{payload: suggestions{Options: fitOptions(found)}}, nil
	}}, nil
}
