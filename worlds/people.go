package worlds

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hallpass/app"
	"hallpass/bot"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
	"hallpass/worlds/checker"
)

// button is a button that somebody sees in a message.
type button struct {
	Action, Value string
	Channel, TS   string
	Reader        sandbox.Person
	Key           string // of the message
}

// pressed is a press as it was made, to be made again.
type pressed struct {
	p   bot.Pressed
	ack checker.Ack
}

// account is somebody's account in Slack.
func account(p sandbox.Person) flows.Account {
	return flows.Account{Platform: "slack", Workspace: sandbox.TeamID, User: p.Slack}
}

// buttons are all that stand in direct messages now, in a steady order.
func (w *World) buttons(actions ...bot.Action) (out []button) {
	for _, p := range sandbox.People() {
		channel := w.Company.Slack.DM(p.Slack)
		for _, m := range w.Company.Slack.Messages(channel) {
			for _, b := range buttonsOf(m) {
				for _, a := range actions {
					if b.Action == string(a) {
						b.Reader, b.Channel, b.TS, b.Key = p, channel, m.TS, keyIn(string(m.Metadata))
						out = append(out, b)
					}
				}
			}
		}
	}
	return out
}

func buttonsOf(m slack.Message) (out []button) {
	var blocks any
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return nil
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if id, _ := v["action_id"].(string); v["type"] == "button" {
				value, _ := v["value"].(string)
				action, _, _ := strings.Cut(id, "#")
				out = append(out, button{Action: action, Value: value})
				return
			}
			for _, k := range []string{"elements", "accessory", "blocks"} {
				walk(v[k])
			}
		}
	}
	walk(blocks)
	return out
}

func valueOf(request int64, revision int) string {
	return fmt.Sprintf("%d.%d", request, max(0, revision))
}

// about is the request or grant that a button's value names, and the revision that it showed.
func about(value string) (request, grant int64, revision int) {
	id, rev, _ := strings.Cut(value, ".")
	revision, _ = strconv.Atoi(rev)
	if digits, ok := strings.CutPrefix(id, "g"); ok {
		grant, _ = strconv.ParseInt(digits, 10, 64)
		return 0, grant, revision
	}
	request, _ = strconv.ParseInt(id, 10, 64)
	return request, 0, revision
}

func (w *World) key() string {
	w.asked++
	return fmt.Sprintf("%d-%d", w.Seed, w.asked)
}

// taken notes that Hallpass has taken something in, if it has. What stands at a field was not taken in, nor what a life did not live to answer.
func (w *World) taken(a checker.Ack, wrong string, err error, life context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case wrong != "":
		w.tell("  the form says %v", wrong)
	case err != nil || life.Err() != nil:
		w.tell("  it was not taken in (%v)", err)
	default:
		w.acks = append(w.acks, a)
	}
}

// ask fills the form for access.
func (w *World) ask(who sandbox.Person, thing string, span time.Duration) {
	w.say("%s asks for %s, %s", who.Name, thing, span)
	key := w.key()
	form := bot.Filled{Account: account(who), Form: bot.FormRef{Account: account(who), ID: "V" + key}, Meta: bot.Meta{Kind: bot.FormAsk, Nonce: key}, Key: key, At: w.clock.Machine(),
		Values: map[string]string{bot.FieldResource: "okta/group/" + thing, bot.FieldPermission: "member", bot.FieldDuration: span.String(), bot.FieldReason: "replay failed payments"}}
	w.hand(checker.Ack{Account: who.Slack, Kind: "ask", Key: key}, submits(form), 1+w.again())
}

// again is how often a delivery is repeated.
func (w *World) again() int {
	if w.chance.IntN(6) == 0 {
		return 1 + w.chance.IntN(2)
	}
	return 0
}

// press presses a button as somebody, who need not be its reader.
func (w *World) press(who sandbox.Person, b button) {
	request, grant, revision := about(b.Value)
	key := w.key()
	w.say("%s presses %s on %s (%s, of %s)", who.Name, b.Action, b.Value, b.Key, b.Reader.Name)
	acc := account(who)
	form := bot.Filled{Account: acc, Form: bot.FormRef{Account: acc, ID: "V" + key}, Key: key, At: w.clock.Machine(),
		Meta: bot.Meta{Nonce: key, Request: flows.RequestID(request), Grant: flows.GrantID(grant), Revision: revision, Channel: b.Channel, TS: b.TS}}
	ack := checker.Ack{Account: who.Slack, Request: request, Grant: grant, Key: key}
	submit := func() { w.hand(ack, submits(form), 1+w.again()) }
	switch bot.Action(b.Action) {
	case bot.ActDeny:
		form.Meta.Kind, form.Values, ack.Kind = bot.FormDeny, map[string]string{bot.FieldComment: "not today"}, "decide"
		submit()
	case bot.ActRevoke:
		form.Meta.Kind, form.Values, ack.Kind = bot.FormRevoke, map[string]string{bot.FieldReason: "something is odd"}, "revoke"
		submit()
	case bot.ActExtend:
		form.Meta.Kind, ack.Kind = bot.FormExtend, "extend"
		form.Values = map[string]string{bot.FieldDuration: "30m0s", bot.FieldReason: "it takes longer than thought"}
		submit()
	default:
		p := bot.Pressed{Account: acc, Action: bot.Action(b.Action), Value: b.Value, Trigger: "T" + key, Channel: b.Channel, TS: b.TS, Key: key, At: w.clock.Machine()}
		ack.Kind = map[bot.Action]string{bot.ActApprove: "decide", bot.ActCancel: "cancel", bot.ActGiveBack: "give back", bot.ActFreePolicy: "release"}[p.Action]
		ack.Yes = p.Action == bot.ActApprove
		w.pressed = append(w.pressed, pressed{p, ack})
		w.hand(ack, presses(p), 1+w.again())
	}
}

// pressAgain delivers an old press once more, as Slack does when it has not heard of it.
func (w *World) pressAgain() {
	if len(w.pressed) == 0 {
		return
	}
	x := w.pressed[w.chance.IntN(len(w.pressed))]
	w.say("the press %s of %s comes once more", x.p.Value, x.p.Account.User)
	w.hand(x.ack, presses(x.p), 1)
}

// deed is something that somebody does, as the adapter hands it to one Hallpass. wrong is what the form says at its fields.
type deed func(ctx context.Context, a *app.App) (wrong string, err error)

func submits(f bot.Filled) deed {
	return func(ctx context.Context, a *app.App) (string, error) {
		if s := a.Inbound().Submit(ctx, f); len(s.Errors) > 0 {
			return fmt.Sprint(s.Errors), nil
		}
		return "", nil
	}
}

func presses(p bot.Pressed) deed {
	return func(ctx context.Context, a *app.App) (string, error) { return "", a.Inbound().Press(ctx, p) }
}

// hand delivers a deed so many times. It is taken in when that has come to its end.
func (w *World) hand(ack checker.Ack, d deed, times int) {
	if w.free != nil {
		w.free.hand(ack, d, times)
		return
	}
	for range times {
		var wrong string
		var err error
		w.drive(func() { wrong, err = d(w.life, w.app) })
		ack.At = w.now()
		if w.taken(ack, wrong, err, w.life); !w.alive() {
			return
		}
	}
}
