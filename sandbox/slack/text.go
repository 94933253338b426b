package slack

import (
	"fmt"
	"strconv"
	"strings"
)

// Text is what a person reads of a message: its blocks as lines, or its text when it has none. Buttons are written [ Label ], mentions
// as @Real Name, dates in the zone of the one who reads: the person of a direct or ephemeral message, UTC in a channel.
func (w *Workspace) Text(m Message) string { return w.TextFor(m, m.For) }

// TextFor is Text as one person reads it.
func (w *Workspace) TextFor(m Message, user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.reader(user)
	blocks, err := decode(m.Blocks)
	if list, isList := blocks.([]any); err == nil && isList {
		return r.blocks(list, nil)
	}
	return r.mrkdwn(m.Text)
}

// Notification is what a phone shows of a message: its top-level text, as that person reads it.
func (w *Workspace) Notification(m Message, user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reader(user).mrkdwn(m.Text)
}

// ViewText is what a person reads of a modal or Home tab: title, fields with what is filled in, what stands under them, buttons.
func (w *Workspace) ViewText(v View) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.reader(v.User)
	r.errors = v.Errors
	blocks, err := decode(v.Blocks)
	if err != nil {
		return v.Title
	}
	list, _ := blocks.([]any)
	lines := []string{r.blocks(list, v.State)}
	if v.Title != "" {
		lines = append([]string{v.Title}, lines...)
	}
	var buttons []string
	for _, words := range []string{v.Close, v.Submit} {
		if words != "" {
			buttons = append(buttons, "[ "+words+" ]")
		}
	}
	if len(buttons) > 0 {
		lines = append(lines, strings.Join(buttons, " "))
	}
	return strings.Join(lines, "\n")
}

// reader turns blocks into lines for one person. The lock is held while it works.
type reader struct {
	w      *Workspace
	zone   string
	errors map[string]string
}

func (w *Workspace) reader(user string) reader {
	r := reader{w: w, zone: "UTC"}
	if u := w.people[user]; u != nil {
		r.zone = u.TZ
	}
	return r
}

func (r reader) blocks(blocks []any, state map[string]map[string]map[string]any) string {
	var lines []string
	for _, raw := range blocks {
		block, _ := raw.(obj)
		if line := r.block(block, state[fmt.Sprint(block["block_id"])]); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func (r reader) block(block obj, state map[string]map[string]any) string {
	switch block["type"] {
	case "divider":
		return "———"
	case "header":
		return wordsOf(block["text"])
	case "section":
		return r.section(block, state)
	case "context":
		return r.each(block["elements"], " · ", func(v any) string { return r.contextPart(v) })
	case "actions":
		return r.each(block["elements"], " ", func(v any) string { return r.element(v, state) })
	case "input":
		return r.input(block, state)
	case "image":
		alt, _ := block["alt_text"].(string)
		return "(image: " + alt + ")"
	case "rich_text":
		return r.each(block["elements"], "\n", func(v any) string { return r.rich(v) })
	case "markdown":
		words, _ := block["text"].(string)
		return words
	case "table":
		return r.each(block["rows"], "\n", func(v any) string { return r.each(v, " | ", r.cell) })
	}
	return ""
}

// each renders the items of a list and joins those that say something.
func (r reader) each(v any, between string, render func(any) string) string {
	items, _ := v.([]any)
	var parts []string
	for _, item := range items {
		if part := render(item); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, between)
}

func (r reader) section(block obj, state map[string]map[string]any) string {
	var lines []string
	if block["text"] != nil {
		lines = append(lines, r.words(block["text"]))
	}
	if fields := r.each(block["fields"], "\n", r.words); fields != "" {
		lines = append(lines, fields)
	}
	if block["accessory"] != nil {
		lines = append(lines, r.element(block["accessory"], state))
	}
	return strings.Join(lines, "\n")
}

func (r reader) contextPart(v any) string {
	if o, _ := v.(obj); o["type"] == "image" {
		return r.element(v, nil)
	}
	return r.words(v)
}

func (r reader) cell(v any) string {
	o, _ := v.(obj)
	if o["type"] == "raw_text" {
		return wordsOf(v)
	}
	return r.each(o["elements"], " ", r.rich)
}

// words renders a text object.
func (r reader) words(v any) string {
	o, _ := v.(obj)
	if o["type"] == "mrkdwn" {
		return r.mrkdwn(wordsOf(v))
	}
	return wordsOf(v)
}

func (r reader) input(block obj, state map[string]map[string]any) string {
	line := wordsOf(block["label"]) + ": " + r.element(block["element"], state)
	if hint := wordsOf(block["hint"]); hint != "" {
		line += "\n  " + hint
	}
	if wrong := r.errors[fmt.Sprint(block["block_id"])]; wrong != "" {
		line += "\n  ! " + wrong
	}
	return line
}

// element renders a button, or a field with its value or its placeholder.
func (r reader) element(v any, state map[string]map[string]any) string {
	e, _ := v.(obj)
	switch e["type"] {
	case "button":
		return "[ " + wordsOf(e["text"]) + " ]"
	case "overflow":
		return "[ … ]"
	case "image":
		alt, _ := e["alt_text"].(string)
		return "(image: " + alt + ")"
	}
	value := state[fmt.Sprint(e["action_id"])]
	if value == nil {
		value = initial(e)
	}
	switch e["type"] {
	case "radio_buttons", "checkboxes":
		return r.choices(e, value)
	}
	if shown := r.value(value); shown != "" {
		return "[" + shown + "]"
	}
	return "[" + wordsOf(e["placeholder"]) + "]"
}

// choices renders radio buttons and checkboxes, the chosen ones marked.
func (r reader) choices(e, value obj) string {
	chosen := r.chosen(value)
	var parts []string
	for _, o := range optionsOf(e) {
		mark := "( ) "
		if chosen[fmt.Sprint(o["value"])] {
			mark = "(•) "
		}
		parts = append(parts, mark+r.words(o["text"]))
	}
	return strings.Join(parts, " ")
}

func (r reader) chosen(value obj) map[string]bool {
	set := map[string]bool{}
	several, _ := value["selected_options"].([]any)
	for _, v := range append(several, value["selected_option"]) {
		if o, isObject := v.(obj); isObject {
			set[fmt.Sprint(o["value"])] = true
		}
	}
	return set
}

// value renders a value object.
func (r reader) value(value obj) string {
	kind, _ := value["type"].(string)
	switch v := value[valueKey(kind)].(type) {
	case string:
		return r.name(kind, v)
	case []any:
		return r.each(v, ", ", func(item any) string {
			if o, isObject := item.(obj); isObject {
				return label(o)
			}
			return r.name(kind, fmt.Sprint(item))
		})
	case obj:
		if kind == "rich_text_input" {
			return r.each(v["elements"], "\n", r.rich)
		}
		return label(v)
	case fmt.Stringer: // json.Number
		unix, _ := strconv.ParseInt(v.String(), 10, 64)
		return r.date(unix, "{date_short} {time}")
	}
	return ""
}

func (r reader) name(kind, id string) string {
	switch {
	case strings.Contains(kind, "users"):
		return r.user(id)
	case strings.Contains(kind, "channels"), strings.Contains(kind, "conversations"):
		return r.channel(id, "")
	}
	return id
}
