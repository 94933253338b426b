package teams

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"hallpass/bot"
)

// Words of forms that are the same for all.
const (
	changeLabel  = "Show choices" // draws the form anew for what stands in it
	changedWords = "The form has changed with your choice. Look at it, then press again."
)

// formCard draws a form. A dialog knows Action.Submit only, and has a title and a way out of its own.
func (t *Teams) formCard(h hiddenForm, errors map[string]string) (card, error) {
	hidden, err := t.seal.seal(h)
	if err != nil {
		return card{}, refused("The form does not fit Teams", err, false)
	}
	f := h.Form
	var body []element
	if !h.Dialog {
		body = drawLines([]bot.Line{{{Text: f.Title}}}, run{Weight: "Bolder", Size: "Medium"})
	}
	body = append(body, errorLines(elsewhere(f, errors))...)
	for _, field := range f.Fields {
		body = append(body, fieldElements(field, errorLines(errors[field.Name]))...)
	}
	c := wholeCard(body, formActions(f, hidden, h.Dialog), oneLine(f.Title))
	if encodedSize(c) > cardBytes {
		return card{}, refused("The form is too large for Teams", nil, false)
	}
	return c, nil
}

// formActions are the buttons below a form. One that says nothing to send in has none in a dialog.
func formActions(f bot.Form, hidden string, dialog bool) []action {
	button := func(title string, what do, style bot.Style) action {
		a := execute(title, string(what), pressed{Do: what, Form: hidden})
		if dialog {
			a = action{Type: "Action.Submit", Title: a.Title, Data: a.Data}
		}
		a.Style = styles[style]
		return a
	}
	var out []action
	if hasInputs(f) {
		out = append(out, button(cmp.Or(f.Submit, "OK"), doSubmit, bot.Primary))
		if slices.ContainsFunc(f.Fields, func(f bot.Field) bool { return f.Watch }) {
			out = append(out, button(changeLabel, doChange, bot.Plain))
		}
	}
	if !dialog {
		out = append(out, button(cmp.Or(f.Close, "Close"), doClose, bot.Plain))
	}
	return out
}

func hasInputs(f bot.Form) bool {
	return slices.ContainsFunc(f.Fields, func(f bot.Field) bool { return f.Kind != bot.Note })
}

// elsewhere is what is wrong with no field in particular, or with one that is not shown.
func elsewhere(f bot.Form, errors map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(errors)) {
		if !slices.ContainsFunc(f.Fields, func(f bot.Field) bool { return f.Name == name }) {
			out = append(out, errors[name])
		}
	}
	return strings.Join(out, " ")
}

func errorLines(text string) []element {
	if oneLine(text) == "" {
		return nil
	}
	return []element{{Type: "RichTextBlock", Spacing: "Small", Inlines: []run{{Type: "TextRun", Text: bot.ClampText(oneLine(text), runLength), Color: "Attention", Weight: "Bolder"}}}}
}

// fieldElements draws one question, what is wrong with it, and its small print.
func fieldElements(f bot.Field, wrong []element) []element {
	if f.Kind == bot.Note {
		return append(drawNote(f), wrong...)
	}
	input := fieldInput(f)
	input.ID, input.Label = f.Name, bot.ClampText(oneLine(f.Label), labelLength)
	if f.Optional {
		input.Label += " (optional)"
	}
	if input.Type == "" {
		return []element{smallText(oneLine(f.Label) + ": there is nothing to choose")}
	}
	out := append([]element{input}, wrong...)
	if oneLine(f.Help) != "" {
		out = append(out, smallText(f.Help))
	}
	return out
}

func drawNote(f bot.Field) []element {
	lines := f.Lines
	if f.Label != "" {
		lines = append([]bot.Line{{{Text: f.Label, Bold: true}}}, lines...)
	}
	out := drawLines(lines, run{})
	if oneLine(f.Help) != "" {
		out = append(out, smallText(f.Help))
	}
	return out
}

// fieldInput is the input of a field. None is marked as required: that would also keep people from seeing what else there is to fill in, and
// everything is checked when it arrives.
func fieldInput(f bot.Field) element {
	hint := bot.ClampText(oneLine(f.Hint), labelLength)
	switch f.Kind {
	case bot.Search, bot.Person:
		e := element{Type: "Input.ChoiceSet", Style: "filtered", Placeholder: hint, Data: &query{Type: "Data.Query", Dataset: f.Name}}
		e.Choices = []choice{{Title: label(hint), Value: unticked}} // a list of choices must not be empty, whatever else is found for what is typed
		if f.Chosen != nil {
			e.Choices, e.Value = drawChoices([]bot.ChoiceItem{*f.Chosen}, false), f.Chosen.Value
		}
		return e
	case bot.TextLine, bot.TextArea:
		limit := inputLength
		if f.AtMost > 0 {
			limit = min(limit, f.AtMost)
		}
		return element{Type: "Input.Text", Placeholder: hint, Value: bot.ClampText(f.Value, limit), Multiline: f.Kind == bot.TextArea, MaxLength: limit}
	}
	if len(f.Choices) == 0 {
		return element{}
	}
	if f.Kind == bot.Checkbox {
		box := drawChoices(f.Choices[:1], true)[0]
		e := element{Type: "Input.Toggle", Title: box.Title, On: box.Value, Off: unticked, Value: unticked, Wrap: true}
		if f.Value == box.Value || f.Chosen != nil && f.Chosen.Value == box.Value {
			e.Value = box.Value
		}
		return e
	}
	e := element{Type: "Input.ChoiceSet", Style: "compact", Placeholder: hint, Value: f.Value, Wrap: true}
	if f.Kind == bot.Radio {
		e.Style = "expanded"
	}
	if f.Chosen != nil {
		e.Value = f.Chosen.Value
	}
	e.Choices = drawChoices(f.Choices[:min(len(f.Choices), choiceCount)], f.Kind == bot.Radio)
	return e
}

// unticked is what a box sends that is not ticked, and the choice of nothing; an empty value would be replaced by the client's own word.
const unticked = "-"

// drawChoices draws choices; marked tells those beside which some clients read Markdown.
func drawChoices(items []bot.ChoiceItem, marked bool) []choice {
	out := make([]choice, 0, len(items))
	for _, item := range items {
		title := oneLine(item.Label)
		if small := oneLine(item.Small); small != "" {
			title += " · " + small
		}
		if marked {
			title = unmarked.Replace(title)
		}
		out = append(out, choice{Title: label(bot.ClampText(title, choiceLength)), Value: item.Value})
	}
	return out
}

// filledIn is a form with what somebody has put into it, so that drawing it again loses nothing.
func filledIn(f bot.Form, values map[string]string) bot.Form {
	f.Fields = slices.Clone(f.Fields)
	for i, field := range f.Fields {
		value, here := values[field.Name]
		if !here || field.Kind == bot.Note {
			continue
		}
		f.Fields[i].Value = value
		if field.Chosen != nil && field.Chosen.Value != value {
			f.Fields[i].Chosen = nil
		}
	}
	return f
}

// drawn is what a field starts with.
func drawn(f bot.Field) string {
	if f.Chosen != nil {
		return f.Chosen.Value
	}
	return f.Value
}

// moved tells that something was chosen on which the rest of the form depends.
func moved(f bot.Form, values map[string]string) bool {
	return slices.ContainsFunc(f.Fields, func(f bot.Field) bool { return f.Watch && values[f.Name] != drawn(f) })
}

// looked tells that something was chosen from a search whose words are not known here.
func looked(f bot.Form, values map[string]string) bool {
	return slices.ContainsFunc(f.Fields, func(f bot.Field) bool {
		return (f.Kind == bot.Search || f.Kind == bot.Person) && values[f.Name] != "" && values[f.Name] != drawn(f)
	})
}

// shape is what a form asks and says, whatever stands in it. Two forms of one shape ask the same.
func shape(f bot.Form) string {
	parts := []string{f.Title, f.Submit}
	for _, field := range f.Fields {
		parts = append(parts, field.Name, field.Label, field.Hint, field.Help)
		for _, c := range field.Choices {
			parts = append(parts, c.Value, c.Label)
		}
		for _, l := range field.Lines {
			for _, s := range l {
				parts = append(parts, spanText(s))
			}
		}
	}
	return digest(parts...)
}
