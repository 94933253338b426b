package teams

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// inputKinds are the fields that people fill in; true for those that send something even when they are empty.
var inputKinds = map[string]bool{"Input.Text": true, "Input.Date": true, "Input.Time": true, "Input.Toggle": true, "Input.Number": false, "Input.ChoiceSet": false}

// Value is what a person types or chooses. Make one with Typed, Chosen, Picked, Ticked or Nothing.
type Value struct {
	text    string
	many    []string
	ticked  *bool
	cleared bool
}

// Typed is text typed into a field.
func Typed(text string) Value { return Value{text: text} }

// Chosen are choices of a ChoiceSet, by value or by the words on them.
func Chosen(choices ...string) Value { return Value{many: choices} }

// Picked is a date (YYYY-MM-DD) or a time (HH:mm).
func Picked(what string) Value { return Value{text: what} }

// Ticked sets a toggle.
func Ticked(on bool) Value { return Value{ticked: &on} }

// Nothing empties a field.
func Nothing() Value { return Value{cleared: true} }

// value is what a field holds, and whether it sends that.
func (s *surface) value(input obj) (string, bool) {
	value, touched := s.values[text(input, "id")]
	if !touched {
		value = first(input)
	}
	return value, value != "" || inputKinds[text(input, "type")]
}

// first is what a field holds before anybody touched it.
func first(input obj) string {
	switch v := input["value"].(type) {
	case string:
		if v != "" || text(input, "type") != "Input.Toggle" {
			return v
		}
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	if text(input, "type") == "Input.Toggle" {
		_, off := toggleValues(input)
		return off
	}
	return ""
}

func toggleValues(input obj) (on, off string) {
	on, off = "true", "false"
	if v := text(input, "valueOn"); v != "" {
		on = v
	}
	if v := text(input, "valueOff"); v != "" {
		off = v
	}
	return on, off
}

// fill puts a value into a field, as far as the client lets a person do that.
func (s *surface) fill(id string, given Value) error {
	input, err := s.input(id)
	if err != nil {
		return err
	}
	value, err := s.accepted(input, given)
	if err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	s.values[id] = value
	delete(s.errors, id)
	if change := object(input, "valueChangedAction"); text(change, "type") == "Action.ResetInputs" {
		targets, _ := change["targetInputIds"].([]any)
		for _, target := range targets {
			delete(s.values, fmt.Sprint(target))
			delete(s.offered, fmt.Sprint(target))
		}
	}
	return nil
}

// accepted is the value a field takes, or why the client does not let it in.
func (s *surface) accepted(input obj, given Value) (string, error) {
	kind := text(input, "type")
	if given.cleared {
		if kind == "Input.Toggle" {
			return "", errors.New("a toggle is on or off")
		}
		return "", nil
	}
	if (kind == "Input.Toggle") != (given.ticked != nil) || (kind == "Input.ChoiceSet") != (given.many != nil) {
		return "", fmt.Errorf("that is not how a %s is filled in", kind)
	}
	switch kind {
	case "Input.Toggle":
		on, off := toggleValues(input)
		if *given.ticked {
			return on, nil
		}
		return off, nil
	case "Input.ChoiceSet":
		return s.chosen(input, given.many)
	case "Input.Text":
		if most, limited := input["maxLength"].(float64); limited && utf8.RuneCountInString(given.text) > int(most) {
			return "", fmt.Errorf("the field takes %d characters", int(most))
		}
	case "Input.Number":
		if _, err := strconv.ParseFloat(given.text, 64); err != nil {
			return "", errors.New("only numbers can be typed there")
		}
	case "Input.Date":
		_, err := time.Parse(time.DateOnly, given.text)
		return given.text, err
	case "Input.Time":
		_, err := time.Parse("15:04", given.text)
		return given.text, err
	}
	return given.text, nil
}

// chosen finds choices among those on the screen and those last offered.
func (s *surface) chosen(input obj, wanted []string) (string, error) {
	if len(wanted) > 1 && input["isMultiSelect"] != true {
		return "", errors.New("only one choice can be made")
	}
	all := append(choices(input), s.offered[text(input, "id")]...)
	var values, present []string
	for _, o := range all {
		present = append(present, o.Text)
	}
	for _, w := range wanted {
		i := slices.IndexFunc(all, func(o Option) bool { return o.Value == w || o.Text == w })
		if i < 0 {
			return "", fmt.Errorf("%q is not offered; there are: %s", w, oneLine(present))
		}
		values = append(values, all[i].Value)
	}
	return strings.Join(values, ","), nil
}

func choices(input obj) []Option {
	var out []Option
	for _, o := range list(input, "choices") {
		out = append(out, Option{Text: text(o, "title"), Value: text(o, "value")})
	}
	return out
}

// check puts under the fields what the client objects to before anything is sent; true when all is well.
func (s *surface) check(inputs []obj) bool {
	s.errors = map[string]string{}
	for _, input := range inputs {
		if value, _ := s.value(input); !fits(input, value) {
			said := text(input, "errorMessage")
			if said == "" {
				said = "This field is not filled in correctly." // the client's own words are not documented
			}
			s.errors[text(input, "id")] = said
		}
	}
	return len(s.errors) == 0
}

// fits tells whether the client lets a field's value pass.
func fits(input obj, value string) bool {
	kind := text(input, "type")
	if on, _ := toggleValues(input); kind == "Input.Toggle" && input["isRequired"] == true {
		return value == on
	}
	if value == "" {
		return input["isRequired"] != true
	}
	switch kind {
	case "Input.Text":
		pattern := text(input, "regex")
		if pattern == "" {
			return true
		}
		matched, err := regexp.MatchString(pattern, value)
		return matched || err != nil // a pattern that only JavaScript understands is not checked here
	case "Input.Number":
		n, err := strconv.ParseFloat(value, 64)
		least, hasLeast := input["min"].(float64)
		most, hasMost := input["max"].(float64)
		return err == nil && (!hasLeast || n >= least) && (!hasMost || n <= most)
	case "Input.Date", "Input.Time": // as text they sort as they pass
		least, most := text(input, "min"), text(input, "max")
		return (least == "" || value >= least) && (most == "" || value <= most)
	}
	return true
}
