package teams

import (
	"context"
	"encoding/json"
	"strings"

	"hallpass/bot"
)

// homeWord brings Home, which has no page of its own on Teams.
const homeWord = "home"

// job is what an activity asks for. A nil job asks for nothing but to be remembered.
func (d *desk) job(a activity) *job {
	if strings.HasPrefix(a.From.ID, botMark) && a.Type == "message" {
		return nil
	}
	switch a.Type {
	case "message":
		if b, ok := buttonOf(a.Value); ok {
			return d.pressedBesides(a, b)
		}
		return d.spoken(a)
	case "invoke":
		return d.invoked(a)
	case "installationUpdate":
		if added, _ := a.installed(); added && a.personal() && a.Action == "add" {
			return d.welcome(a)
		}
	}
	return nil
}

// spoken is a message in the personal chat, or a mention: a typed command without a trigger.
func (d *desk) spoken(a activity) *job {
	text := a.said()
	if a.personal() && strings.EqualFold(text, homeWord) {
		return &job{name: "home", run: func(ctx context.Context) (reply, error) {
			return reply{}, d.insist(ctx, func() error { return d.in.OpenedHome(ctx, d.deedOf(a)) })
		}}
	}
	return d.command(a, "message", text)
}

// welcome greets somebody who has installed the app with what it can do, or with why they cannot use it.
func (d *desk) welcome(a activity) *job { return d.command(a, "installation", "help") }

// command is acknowledged once it is committed, and its reply is a message.
func (d *desk) command(a activity, name, text string) *job {
	call := bot.Call{Account: a.account(), Text: text, Channel: a.place(), TS: a.ID, Key: a.key(), At: d.now()}
	return &job{name: name, run: func(ctx context.Context) (reply, error) {
		d.deedOf(a)
		said := d.in.Command(ctx, call)
		if err := ctx.Err(); err != nil || said.Card == nil {
			return reply{}, err
		}
		return reply{then: func(ctx context.Context) {
			d.besides("reply", d.insist(ctx, func() error { return d.respond(ctx, a, *said.Card) }))
		}}, nil
	}}
}

// respond answers a message in the personal chat beside it, and a mention so that only the caller sees it.
func (d *desk) respond(ctx context.Context, a activity, c bot.Card) error {
	if !a.personal() {
		return d.Whisper(ctx, d.where(a), a.account(), c)
	}
	_, err := d.sendMessage(ctx, message{service: a.Service, conversation: a.place()}, content(render(c)))
	return err
}

// button is a pressed button of ours, with the inputs of its card.
type button struct {
	pressed
	inputs map[string]string
}

// buttonOf reads what a button sent; false for what is none of ours.
func buttonOf(raw json.RawMessage) (button, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return button{}, false
	}
	b := button{inputs: map[string]string{}}
	if ours, here := fields["hallpass"]; !here || json.Unmarshal(ours, &b.pressed) != nil || b.Do == "" {
		return button{}, false
	}
	for name, value := range fields {
		if text, ok := plainValue(value); ok {
			b.inputs[name] = text
		}
	}
	return b, true
}

// plainValue is the value of an input. Clients send some numbers and boxes as such and not as text.
func plainValue(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	plain := strings.TrimSpace(string(raw))
	if plain == "null" || strings.HasPrefix(plain, "{") || strings.HasPrefix(plain, "[") {
		return "", false
	}
	return plain, true
}
