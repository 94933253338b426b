package slack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Value is what a person types or chooses. Make one with Typed, Chosen, Picked, At or Nothing.
type Value struct {
	text    string
	many    []string
	moment  int64
	cleared bool
}

// Typed is text typed into a field.
func Typed(text string) Value { return Value{text: text} }

// Chosen are options of a menu, radio buttons or checkboxes, by value or by the words on them.
func Chosen(options ...string) Value { return Value{many: options} }

// Picked are ids of users, channels or conversations, or a date (YYYY-MM-DD), or a time (HH:mm).
func Picked(what ...string) Value { return Value{many: what} }

// At is a moment in unix seconds, for a datetimepicker.
func At(unix int64) Value { return Value{moment: unix} }

// Nothing empties a field.
func Nothing() Value { return Value{cleared: true} }

func (v Value) first() string {
	if len(v.many) > 0 {
		return v.many[0]
	}
	return v.text
}

// picks names the value key of elements that hold ids, dates or times.
var picks = map[string]string{
	"users_select": "selected_user", "conversations_select": "selected_conversation", "channels_select": "selected_channel",
	"datepicker": "selected_date", "timepicker": "selected_time",
	"multi_users_select": "selected_users", "multi_conversations_select": "selected_conversations",
	"multi_channels_select": "selected_channels",
}

// initials names the field that holds the first value of such an element.
var initials = map[string]string{
	"users_select": "initial_user", "conversations_select": "initial_conversation", "channels_select": "initial_channel",
	"datepicker": "initial_date", "timepicker": "initial_time",
	"multi_users_select": "initial_users", "multi_conversations_select": "initial_conversations",
	"multi_channels_select": "initial_channels",
}

// valueKey is the name under which an element's value object holds its value, empty for buttons.
func valueKey(kind string) string {
	switch kind {
	case "plain_text_input", "number_input", "email_text_input", "url_text_input":
		return "value"
	case "static_select", "external_select", "radio_buttons", "overflow":
		return "selected_option"
	case "multi_static_select", "multi_external_select", "checkboxes":
		return "selected_options"
	case "datetimepicker":
		return "selected_date_time"
	case "rich_text_input":
		return "rich_text_value"
	}
	return picks[kind]
}

// initial is an element's value before anybody touched it.
func initial(e obj) obj {
	kind, _ := e["type"].(string)
	key := valueKey(kind)
	if key == "" {
		return nil
	}
	from := map[string]string{"value": "initial_value", "selected_option": "initial_option", "selected_options": "initial_options",
		"selected_date_time": "initial_date_time", "rich_text_value": "initial_value"}[key]
	if from == "" {
		from = initials[kind]
	}
	value := obj{"type": kind, key: e[from]}
	if key == "selected_options" && e[from] == nil || strings.HasPrefix(kind, "multi_") && e[from] == nil {
		value[key] = []any{}
	}
	if kind == "timepicker" && e["timezone"] != nil {
		value["timezone"] = e["timezone"]
	}
	return value
}

// empty says that a value object holds nothing.
func empty(value obj) bool {
	kind, _ := value["type"].(string)
	switch v := value[valueKey(kind)].(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	return false
}

// place names an element in a view.
type place struct{ block, action string }

// typesIn gives the type of every element.
func typesIn(blocks []any) map[place]string {
	types := map[place]string{}
	eachElement(blocks, func(block, e obj) {
		kind, _ := e["type"].(string)
		types[place{fmt.Sprint(block["block_id"]), fmt.Sprint(e["action_id"])}] = kind
	})
	return types
}

func eachElement(blocks []any, visit func(block, e obj)) {
	for _, raw := range blocks {
		block, _ := raw.(obj)
		for _, e := range elementsOf(block) {
			visit(block, e)
		}
	}
}

// initialValues is the state of untouched blocks: all input blocks, and other elements that begin with a value.
func initialValues(blocks []any) map[string]map[string]obj {
	values := map[string]map[string]obj{}
	eachElement(blocks, func(block, e obj) {
		value := initial(e)
		if value == nil || (block["type"] != "input" && empty(value)) {
			return
		}
		id := fmt.Sprint(block["block_id"])
		if values[id] == nil {
			values[id] = map[string]obj{}
		}
		values[id][fmt.Sprint(e["action_id"])] = value
	})
	return values
}

// valueOf is the value object an element takes when a person gives it v; offered are the options of an external menu.
func valueOf(e obj, v Value, offered []obj) (obj, error) {
	kind, _ := e["type"].(string)
	key := valueKey(kind)
	value := obj{"type": kind, key: nil}
	if kind == "timepicker" && e["timezone"] != nil {
		value["timezone"] = e["timezone"]
	}
	switch {
	case key == "":
		return nil, fmt.Errorf("a %s takes no value: press it", kind)
	case v.cleared:
		if strings.HasSuffix(key, "s") {
			value[key] = []any{}
		}
	case key == "value":
		value[key] = typed(e, v.text)
	case key == "rich_text_value":
		value[key] = obj{"type": "rich_text", "elements": []any{obj{"type": "rich_text_section",
			"elements": []any{obj{"type": "text", "text": v.text}}}}}
	case key == "selected_date_time":
		value[key] = json.Number(strconv.FormatInt(v.moment, 10))
	case strings.HasPrefix(key, "selected_option"):
		return chooseOptions(value, key, e, v, offered)
	case strings.HasPrefix(kind, "multi_"):
		value[key] = anyList(v.many)
	default:
		value[key] = v.first()
	}
	return value, nil
}

func anyList(words []string) []any {
	out := []any{}
	for _, word := range words {
		out = append(out, word)
	}
	return out
}

// typed is the text as the field takes it: no line breaks in a single line, and an empty field is null.
func typed(e obj, text string) any {
	if e["multiline"] != true {
		text = strings.ReplaceAll(text, "\n", " ")
	}
	if text == "" {
		return nil
	}
	return text
}

func chooseOptions(value obj, key string, e obj, v Value, offered []obj) (obj, error) {
	all := append(optionsOf(e), offered...)
	var chosen []any
	for _, want := range v.many {
		at := slices.IndexFunc(all, func(o obj) bool { return o["value"] == want })
		if at < 0 {
			at = slices.IndexFunc(all, func(o obj) bool { return label(o) == want })
		}
		if at < 0 {
			return nil, fmt.Errorf("%q is not among the options on the screen (%s)", want, strings.Join(labels(all), ", "))
		}
		chosen = append(chosen, all[at])
	}
	if most := limitOf(e, "max_selected_items", SelectOptions); len(chosen) > most {
		return nil, fmt.Errorf("at most %d options can be chosen", most)
	}
	switch {
	case key == "selected_options":
		value[key] = append([]any{}, chosen...)
	case len(chosen) == 1:
		value[key] = chosen[0]
	default:
		return nil, fmt.Errorf("choose exactly one of %s", strings.Join(labels(all), ", "))
	}
	return value, nil
}

func label(o obj) string {
	words, _ := o["text"].(obj)
	s, _ := words["text"].(string)
	return s
}

func labels(options []obj) []string {
	var out []string
	for _, o := range options {
		out = append(out, label(o))
	}
	return out
}

func limitOf(e obj, name string, otherwise int) int {
	n, isNumber := e[name].(json.Number)
	if i, err := n.Int64(); isNumber && err == nil {
		return int(i)
	}
	return otherwise
}

var (
	emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	urlForm   = regexp.MustCompile(`^https?://\S+$`)
)

// fieldError is what Slack's client itself says about a field when somebody submits, empty when it has no objection.
func fieldError(block, value obj) string {
	if empty(value) {
		if block["optional"] == true {
			return ""
		}
		return "Please complete this required field."
	}
	e, _ := block["element"].(obj)
	text, _ := value["value"].(string)
	switch e["type"] {
	case "plain_text_input":
		if most := limitOf(e, "max_length", InputLength); length(text) > most {
			return fmt.Sprintf("This entry can be no longer than %d characters.", most)
		}
		if least := limitOf(e, "min_length", 0); length(text) < least {
			return fmt.Sprintf("This entry must be at least %d characters.", least)
		}
	case "email_text_input":
		if !emailForm.MatchString(text) {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if !urlForm.MatchString(text) {
			return "Please enter a valid URL."
		}
	case "number_input":
		return numberError(e, text)
	}
	return ""
}

func numberError(e obj, text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || (e["is_decimal_allowed"] == false && n != float64(int64(n))) {
		return "Please enter a number."
	}
	bound := func(name string) (float64, bool) {
		s, _ := e[name].(string)
		b, err := strconv.ParseFloat(s, 64)
		return b, err == nil
	}
	if least, set := bound("min_value"); set && n < least {
		return fmt.Sprintf("Please enter a number of at least %v.", least)
	}
	if most, set := bound("max_value"); set && n > most {
		return fmt.Sprintf("Please enter a number of at most %v.", most)
	}
	return ""
}
