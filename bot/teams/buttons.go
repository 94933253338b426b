package teams

import (
	"slices"

	"hallpass/bot"
)

// opens are the actions that a form answers: Teams asks for the form when they are pressed, and draws it as a dialog.
var opens = []bot.Action{bot.ActAskForm, bot.ActShorter, bot.ActDeny, bot.ActExtend, bot.ActRevoke}

// styles are the weights of buttons.
var styles = map[bot.Style]string{bot.Primary: "positive", bot.Danger: "destructive"}

func drawButtons(buttons []bot.Button, home bool) []action {
	out := make([]action, 0, len(buttons))
	for _, b := range buttons {
		out = append(out, drawButton(b, home))
	}
	return out
}

// drawButton draws a button. One that asks back hides the deed behind its question.
func drawButton(b bot.Button, home bool) action {
	p := pressed{Do: doPress, Action: b.Action, Value: b.Value, Home: home}
	a := execute(b.Label, string(b.Action), p)
	if slices.Contains(opens, b.Action) {
		a = action{Type: "Action.Submit", Title: label(b.Label), Data: &sent{Hallpass: p, Teams: &teamData{Type: taskFetch}}}
	}
	a.Style, a.Tooltip = styles[b.Style], bot.ClampText(oneLine(b.Hint), titleLength)
	if b.Confirm == "" {
		return a
	}
	question := card{Type: "AdaptiveCard", Body: drawLines([]bot.Line{{{Text: b.Confirm}}}, run{}), Actions: []action{a}}
	return action{Type: "Action.ShowCard", Title: label(b.Label), Tooltip: a.Tooltip, Card: &question}
}

// execute is a button whose press is answered at once; clients that do not know it send the same as a message.
func execute(title, verb string, p pressed) action {
	data := &sent{Hallpass: p}
	return action{Type: "Action.Execute", Title: label(title), Verb: verb, Data: data,
		Fallback: &action{Type: "Action.Submit", Title: label(title), Data: data}}
}

// label is the text on a button, which must not be empty.
func label(s string) string {
	if s = oneLine(s); s == "" {
		return "–"
	}
	return bot.ClampText(s, titleLength)
}

// rows splits buttons into rows.
func rows(buttons []action) []element {
	var out []element
	for row := range slices.Chunk(buttons, rowActions) {
		out = append(out, element{Type: "ActionSet", Actions: row})
	}
	return out
}

// homeCard draws Home as a message: Teams has no page of an app's own that needs no website.
func homeCard(h bot.Home) card {
	var body []element
	line := false
	for _, b := range h.Blocks {
		if b.Search != nil {
			body = append(body, drawSearch(*b.Search)...)
		}
		if b.Kind == bot.Divider {
			line = true
			continue
		}
		drawn := drawBlock(b.Block, true)
		if len(drawn) > 0 && line {
			drawn[0].Separator, line = true, false
		}
		body = append(body, drawn...)
	}
	return newCard(body, "Your access")
}

// drawSearch is Home's search field and the button that sends it.
func drawSearch(f bot.Field) []element {
	f.Kind, f.Name = bot.TextLine, bot.FieldQuery
	find := execute("Search", string(bot.ActHomeQuery), pressed{Do: doPress, Action: bot.ActHomeQuery, Home: true})
	return append(fieldElements(f, nil), rows([]action{find})...)
}
