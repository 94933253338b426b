package teams

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"hallpass/bot"
	"hallpass/flows"
)

// The invokes that we answer with something. Source: learn.microsoft.com/microsoftteams/platform: task-modules-and-cards/task-modules/task-modules-bots,
// cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards, cards/dynamic-search, 2026.
const (
	taskFetch  = "task/fetch"
	taskSubmit = "task/submit"
	cardAction = "adaptiveCard/action"
	searching  = "application/search"
)

// invoked is an activity whose HTTP answer is shown.
func (d *desk) invoked(a activity) *job {
	switch a.Name {
	case cardAction:
		return d.executed(a)
	case taskFetch, taskSubmit:
		return d.tasked(a)
	case searching:
		return d.searched(a)
	}
	return nil
}

// executed is a press of an Action.Execute.
func (d *desk) executed(a activity) *job {
	var value struct {
		Trigger string `json:"trigger"`
		Action  struct {
			Data json.RawMessage `json:"data"`
		} `json:"action"`
	}
	err := json.Unmarshal(a.Value, &value)
	b, ok := buttonOf(value.Action.Data)
	if err == nil && ok && b.Do == doLook {
		return d.look(a)
	}
	if err != nil || !ok || strings.EqualFold(value.Trigger, "automatic") { // a card that is merely looked at changes nothing
		return saying(cardError("This button is not known any more. Nothing was changed."))
	}
	if b.Do == doPress {
		return d.press(a, b, cardMessage(pressedWords), reply{body: cardMessage(busyWords)})
	}
	return d.filled(a, b, false)
}

// look draws a card anew for the one who looks at it. It changes nothing; when it cannot be done, the card stays as it is.
func (d *desk) look(a activity) *job {
	at := d.where(a)
	at.TS = a.ReplyTo
	stays := cardError("The card could not be drawn anew just now.")
	return &job{name: "look", busy: reply{body: stays}, run: func(ctx context.Context) (reply, error) {
		c, err := d.in.Look(ctx, a.account(), at)
		if err != nil {
			if !errors.Is(err, flows.ErrNotFound) { // perhaps it has just been posted, and that is not recorded yet
				d.besides("a card that is looked at", err)
			}
			return reply{body: stays}, nil
		}
		return reply{body: cardAnswer(render(c))}, nil
	}}
}

// tasked is a dialog that opens or is sent in.
func (d *desk) tasked(a activity) *job {
	var value struct {
		Data json.RawMessage `json:"data"`
	}
	err := json.Unmarshal(a.Value, &value)
	b, ok := buttonOf(value.Data)
	switch {
	case err != nil || !ok:
		return saying(taskMessage("This button is not known any more. Nothing was changed."))
	case b.Do == doPress:
		return d.press(a, b, taskMessage(pressedWords), reply{body: taskMessage(busyWords)})
	}
	return d.filled(a, b, true)
}

// pressedBesides is a button whose press came as a message: from a client that knows no Action.Execute, or no dialogs.
func (d *desk) pressedBesides(a activity, b button) *job {
	if b.Do == doPress {
		return d.press(a, b, nil, reply{})
	}
	return d.filled(a, b, false)
}

// pressedWords answer a press that changes something; what came of it shows on the card.
const pressedWords = "Noted. The card shows what comes of it."

// saying is an answer that needs no work.
func saying(body any) *job {
	return &job{name: "an unknown button", run: func(context.Context) (reply, error) { return reply{body: body}, nil }}
}

// press is a button on a card. A form that it opens is the answer of a dialog, or else comes as a card.
func (d *desk) press(a activity, b button, done any, busy reply) *job {
	p := bot.Pressed{Account: a.account(), Action: b.Action, Value: b.Value, Trigger: a.key(), Key: a.key(), Channel: a.place(), TS: a.ReplyTo, At: d.now()}
	if b.Home { // Home is none of the posts that are looked up by where they stand
		p.Home, p.Query, p.Channel, p.TS = true, b.inputs[bot.FieldQuery], "", ""
	}
	return &job{name: "press of " + bot.ClampText(oneLine(string(p.Action)), codeLength), busy: busy, run: func(ctx context.Context) (reply, error) {
		d.deedOf(a)
		if b.Home && a.personal() && a.ReplyTo != "" {
			d.homes.stands(p.Account, bot.Address{Platform: Platform, Workspace: a.tenant(), Channel: a.place(), TS: a.ReplyTo})
		}
		form, err := d.turns.during(p.Trigger, func() error { return d.in.Press(ctx, p) })
		if err != nil {
			return reply{}, err
		}
		if form == nil {
			return reply{body: done}, nil
		}
		if a.Name == taskFetch {
			return d.dialog(a, *form, nil)
		}
		return reply{body: done, then: func(ctx context.Context) {
			d.besides("a form", d.insist(ctx, func() error { return d.showForm(ctx, d.where(a), p.Account, *form, nil) }))
		}}, nil
	}}
}

// dialog answers with a form in a window of its own.
func (d *desk) dialog(a activity, f bot.Form, errors map[string]string) (reply, error) {
	c, err := d.formCard(hiddenForm{Account: a.account(), Form: f, Dialog: true}, errors)
	if err != nil {
		return reply{}, err
	}
	return reply{form: &f, errors: errors, body: task{Task: taskStep{Type: "continue", Value: taskCard{Title: label(f.Title), Height: "medium", Width: "medium",
		Card: attachment{Kind: cardKind, Content: c}}}}}, nil
}

// task is the answer to a dialog: another card, or a last word.
type task struct {
	Task taskStep `json:"task"`
}

type taskStep struct {
	Type  string `json:"type"`
	Value any    `json:"value"`
}

type taskCard struct {
	Title  string     `json:"title"`
	Height string     `json:"height"`
	Width  string     `json:"width"`
	Card   attachment `json:"card"`
}

func taskMessage(text string) any { return task{Task: taskStep{Type: "message", Value: text}} }

// invokeAnswer is the answer to an Action.Execute or a search; its own status is what counts.
type invokeAnswer struct {
	Status int    `json:"statusCode,omitempty"`
	Type   string `json:"type"`
	Value  any    `json:"value"`
}

func cardMessage(text string) any {
	return invokeAnswer{Status: 200, Type: "application/vnd.microsoft.activity.message", Value: text}
}

func cardError(text string) any {
	return invokeAnswer{Status: 400, Type: "application/vnd.microsoft.error", Value: map[string]string{"code": "BadRequest", "message": text}}
}

func cardAnswer(c card) any { return invokeAnswer{Status: 200, Type: cardKind, Value: c} }

// found is the list of a search.
type found struct {
	Results []choice `json:"results"`
}

// searched lists for a typeahead. The list is the bot's, for this very account.
func (d *desk) searched(a activity) *job {
	var value struct {
		Text    string `json:"queryText"`
		Dataset string `json:"dataset"`
	}
	answer := func(items []bot.ChoiceItem) reply {
		return reply{body: invokeAnswer{Type: "application/vnd.microsoft.search.searchResponse", Status: 200,
			Value: found{Results: drawChoices(items[:min(len(items), queryRows)], false)}}}
	}
	if json.Unmarshal(a.Value, &value) != nil || value.Dataset == "" {
		return saying(answer(nil).body)
	}
	return &job{name: "search", busy: answer(nil), run: func(ctx context.Context) (reply, error) {
		items := d.in.Search(ctx, a.account(), bot.Meta{}, value.Dataset, value.Text)
		return answer(slices.Clone(items)), nil
	}}
}
