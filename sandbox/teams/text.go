package teams

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Text is what a person reads of a message: its words, then its card as lines. Buttons are written [ Title ], fields as "Label: value", mentions as
// @Name, dates in the zone of the one who reads: the person of a personal chat or targeted message, UTC elsewhere.
func (t *Tenant) Text(m Message) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.textFor(m, m.For)
}

// TextFor is Text as one person reads it.
func (t *Tenant) TextFor(m Message, user string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.textFor(m, user)
}

func (t *Tenant) textFor(m Message, user string) string {
	r := t.reader(user)
	said := m.Text
	if m.User == "" && format(m) != "plain" {
		said = r.markdown(said)
	}
	lines := []string{atTag.ReplaceAllString(said, "@$1")}
	if card := decodeCard(m.Card); card != nil {
		lines = append(lines, r.card(newSurface(card, r.old)))
	}
	return join(lines)
}

// DialogText is what a person reads of a dialog: title, fields with what is filled in, what stands under them, buttons.
func (t *Tenant) DialogText(user string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.dialogs[user]
	if d == nil {
		return ""
	}
	return join([]string{d.title, t.reader(user).card(d.surface)})
}

// Notification is what a phone shows of a message: its summary, else its words.
func (t *Tenant) Notification(m Message) string {
	if m.Summary != "" {
		return m.Summary
	}
	if m.Text == "" && len(m.Card) > 0 {
		return "sent a card"
	}
	return m.Text
}

// format is the textFormat that a message was sent with.
func format(m Message) string {
	var sent struct {
		TextFormat string `json:"textFormat"`
	}
	if json.Unmarshal(m.Activity, &sent) != nil {
		return "plain"
	}
	return sent.TextFormat
}

// reader turns cards into lines for one person.
type reader struct {
	zone string
	old  bool
}

func (t *Tenant) reader(user string) reader {
	if u := t.people[user]; u != nil {
		return reader{zone: u.TZ, old: u.OldClient}
	}
	return reader{zone: "UTC"}
}

func (r reader) card(s *surface) string { return join(r.parts(s, s.card)) }

// parts are the lines of everything within an element.
func (r reader) parts(s *surface, o obj) []string {
	var lines []string
	for _, part := range []string{"body", "items", "columns", "rows", "images"} {
		for _, e := range list(o, part) {
			if line := r.element(s, e); line != "" {
				lines = append(lines, line)
			}
		}
	}
	return append(lines, r.buttons(s, list(o, "actions")))
}

func (r reader) element(s *surface, e obj) string {
	if !s.visible(e) {
		return ""
	}
	switch kind := text(e, "type"); kind {
	case "TextBlock":
		return r.markdown(text(e, "text"))
	case "RichTextBlock":
		return r.inlines(e)
	case "FactSet":
		var lines []string
		for _, fact := range list(e, "facts") {
			lines = append(lines, strings.TrimSuffix(r.markdown(text(fact, "title")), ":")+": "+r.markdown(text(fact, "value")))
		}
		return join(lines)
	case "Image":
		return "(" + text(e, "altText") + ")"
	case "ColumnSet":
		return r.row(s, list(e, "columns"))
	case "TableRow":
		return r.row(s, list(e, "cells"))
	default:
		if cells := list(e, "cells"); cells != nil {
			return r.row(s, cells)
		}
		if _, is := inputKinds[kind]; is {
			return r.input(s, e)
		}
		return join(r.parts(s, e))
	}
}

// row is what stands side by side.
func (r reader) row(s *surface, cells []obj) string {
	var columns []string
	for _, cell := range cells {
		if !s.visible(cell) {
			continue
		}
		if words := join(r.parts(s, cell)); words != "" {
			columns = append(columns, words)
		}
	}
	return strings.Join(columns, " | ")
}

// inlines are the runs of a RichTextBlock, which know no Markdown.
func (r reader) inlines(e obj) string {
	items, _ := e["inlines"].([]any)
	var all strings.Builder
	for _, item := range items {
		if plain, is := item.(string); is {
			all.WriteString(plain)
		} else if run, is := item.(obj); is {
			all.WriteString(r.dates(text(run, "text")))
		}
	}
	return all.String()
}

// input is a field with what it holds and what stands under it.
func (r reader) input(s *surface, e obj) string {
	label := text(e, "label")
	if label == "" {
		label = text(e, "title")
	}
	value, _ := s.value(e)
	shown := value
	switch text(e, "type") {
	case "Input.Toggle":
		if on, _ := toggleValues(e); value == on {
			shown = "[x]"
		} else {
			shown = "[ ]"
		}
	case "Input.ChoiceSet":
		shown = titles(append(choices(e), s.offered[text(e, "id")]...), value)
	}
	if shown == "" && text(e, "placeholder") != "" {
		shown = "(" + text(e, "placeholder") + ")"
	}
	line := strings.TrimSpace(fmt.Sprintf("%s: %s", label, shown))
	if objection := s.errors[text(e, "id")]; objection != "" {
		line += "\n! " + objection
	}
	return line
}

// titles are the words on the chosen values.
func titles(all []Option, values string) string {
	var out []string
	for _, value := range strings.Split(values, ",") {
		words := value
		for _, o := range all {
			if o.Value == value {
				words = o.Text
				break
			}
		}
		out = append(out, words)
	}
	return strings.Join(out, ", ")
}

// buttons are a row of actions, and below it the cards behind Action.ShowCard.
func (r reader) buttons(s *surface, actions []obj) string {
	var row, below []string
	for _, a := range actions {
		if a = s.drawn(a); a == nil || !s.visible(a) || text(a, "title") == "" {
			continue
		}
		row = append(row, "[ "+text(a, "title")+" ]")
		if inner := object(a, "card"); inner != nil {
			below = append(below, join(r.parts(s, inner)))
		}
	}
	return join(append([]string{strings.Join(row, " ")}, below...))
}

// join puts lines together, leaving out the empty ones.
func join(lines []string) string {
	var kept []string
	for _, line := range lines {
		if line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
