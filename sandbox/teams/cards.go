package teams

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of cards. Source: Teams platform, "Cards reference" and "Universal Actions".
const (
	maxVersion   = 1.5
	executeSince = 1.4 // Action.Execute and refresh
	// MaxActions is how many buttons a row shows before the rest hides behind an overflow menu.
	MaxActions = 6
	// MaxRefreshers is how many people a card may refresh itself for.
	MaxRefreshers = 60
)

// checker holds a card to the schema.
type checker struct {
	known   func(id string) bool // whether somebody has that id
	dialog  bool                 // the card stands in a dialog, which knows Action.Submit only
	wrong   []string
	ids     map[string]bool // of elements and actions
	version float64

	elementShapes, inputShapes, actionShapes map[string]shape
}

func (c *checker) fail(at, format string, args ...any) {
	c.wrong = append(c.wrong, at+": "+fmt.Sprintf(format, args...))
}

// card checks a whole card.
func (c *checker) card(at string, card obj) {
	c.ids = map[string]bool{}
	c.elementShapes, c.inputShapes, c.actionShapes = elementShapes(), inputShapes(), actionShapes()
	if text(card, "type") != "AdaptiveCard" {
		c.fail(at, "its type is %q, not AdaptiveCard", text(card, "type"))
	}
	c.version, _ = strconv.ParseFloat(text(card, "version"), 64)
	c.object(at, card, shape{[]string{"version"}, cardFields()})
	if c.dialog && card["refresh"] != nil {
		c.fail(at, "a card in a dialog does not refresh")
	}
}

// object checks the fields of an object against its shape.
func (c *checker) object(at string, o obj, s shape) {
	for _, name := range s.required {
		if o[name] == nil || o[name] == "" && name != "text" && name != "value" {
			c.fail(at, "%s is missing", name)
		}
	}
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		check, is := s.fields[name]
		switch {
		case !is:
			c.fail(at, "unknown property %s", name)
		case o[name] == nil:
			c.fail(at, "%s is null", name)
		default:
			check(c, at+"."+name, o[name])
		}
	}
}

func (c *checker) element(at string, v any) {
	o, isObject := v.(obj)
	kind := text(o, "type")
	at += "(" + kind + ")"
	c.named(at, o)
	if s, is := c.elementShapes[kind]; isObject && is {
		c.object(at, o, s)
		return
	}
	s, is := c.inputShapes[kind]
	if !isObject || !is {
		c.fail(at, "unknown element")
		return
	}
	c.object(at, o, s)
	c.input(at, o)
}

// named checks that nothing else has the same id. What is drawn in place of something may have its id.
func (c *checker) named(at string, o obj) {
	id := text(o, "id")
	if id == "" || strings.Contains(at, ".fallback(") {
		return
	}
	if c.ids[id] {
		c.fail(at, "something else has the id %q", id)
	}
	c.ids[id] = true
}

// input checks what only concerns inputs.
func (c *checker) input(at string, o obj) {
	if o["isRequired"] == true && (text(o, "label") == "" || text(o, "errorMessage") == "") {
		c.fail(at, "a required input needs a label and an errorMessage")
	}
	if text(o, "type") != "Input.ChoiceSet" {
		return
	}
	seen := map[string]bool{}
	for _, choice := range list(o, "choices") {
		if seen[text(choice, "value")] {
			c.fail(at, "two choices have the value %q", text(choice, "value"))
		}
		seen[text(choice, "value")] = true
	}
	for _, value := range strings.Split(text(o, "value"), ",") {
		if value != "" && !seen[value] && o["choices.data"] == nil {
			c.fail(at, "the value %q is none of the choices", value)
		}
	}
	if len(seen) == 0 && o["choices.data"] == nil {
		c.fail(at, "there is nothing to choose")
	}
}

func (c *checker) action(at string, v any) {
	o, isObject := v.(obj)
	kind := text(o, "type")
	at += "(" + kind + ")"
	c.named(at, o)
	s, is := c.actionShapes[kind]
	if !isObject || !is {
		c.fail(at, "unknown action")
		return
	}
	c.object(at, o, s)
	switch {
	case kind == "Action.Execute" && c.version < executeSince:
		c.fail(at, "it needs a card of version %v", executeSince)
	case kind == "Action.Execute" && c.dialog:
		c.fail(at, "a dialog sends Action.Submit only")
	}
}

func words(c *checker, at string, v any) {
	if _, is := v.(string); !is {
		c.fail(at, "it is no text")
	}
}

func yesNo(c *checker, at string, v any) {
	if _, is := v.(bool); !is {
		c.fail(at, "it is neither true nor false")
	}
}

func number(c *checker, at string, v any) {
	switch v.(type) {
	case float64, json.Number:
	default:
		c.fail(at, "it is no number")
	}
}

func anything(*checker, string, any) {}

// oneOf is a word of a list; case does not count in Adaptive Cards.
func oneOf(options ...string) rule {
	return func(c *checker, at string, v any) {
		word, _ := v.(string)
		if !slices.ContainsFunc(options, func(o string) bool { return strings.EqualFold(o, word) }) {
			c.fail(at, "%v is none of %s", v, strings.Join(options, ", "))
		}
	}
}

func webAddress(c *checker, at string, v any) {
	if address, _ := v.(string); !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "data:image/") {
		c.fail(at, "%q is no https address", address)
	}
}

func version(c *checker, at string, v any) {
	word, _ := v.(string)
	if n, err := strconv.ParseFloat(word, 64); err != nil || n < 1 || n > maxVersion {
		c.fail(at, "%v is not a version from 1.0 to %v", v, maxVersion)
	}
}

// each checks the items of a list.
func each(c *checker, at string, v any, check func(at string, v any)) int {
	items, is := v.([]any)
	if !is {
		c.fail(at, "it is no list")
	}
	for i, item := range items {
		check(fmt.Sprintf("%s[%d]", at, i), item)
	}
	return len(items)
}

func elements(c *checker, at string, v any) { each(c, at, v, c.element) }

func actions(c *checker, at string, v any) {
	if n := each(c, at, v, c.action); n > MaxActions {
		c.fail(at, "%d actions; a row shows %d", n, MaxActions)
	}
}

// objects is a list of objects of one shape; kind is their type, or empty when they need none.
func objects(kind string, of func() shape) rule {
	return func(c *checker, at string, v any) {
		each(c, at, v, func(at string, v any) {
			o, _ := v.(obj)
			if is := text(o, "type"); o == nil || kind != "" && is != "" && is != kind {
				c.fail(at, "it is no %s", kind)
				return
			}
			c.object(at, o, of())
		})
	}
}

// inlines are texts and TextRuns.
func inlines(c *checker, at string, v any) {
	each(c, at, v, func(at string, v any) {
		if _, plain := v.(string); plain {
			return
		}
		o, _ := v.(obj)
		if text(o, "type") != "TextRun" {
			c.fail(at, "it is no TextRun")
			return
		}
		c.object(at, o, runShape())
	})
}

func selectAction(c *checker, at string, v any) {
	if o, _ := v.(obj); text(o, "type") == "Action.ShowCard" {
		c.fail(at, "Action.ShowCard cannot stand here")
		return
	}
	c.action(at, v)
}

func innerCard(c *checker, at string, v any) {
	o, _ := v.(obj)
	c.object(at, o, shape{nil, innerFields()})
}

func fallbackElement(c *checker, at string, v any) {
	if v != "drop" {
		c.element(at, v)
	}
}

func fallbackAction(c *checker, at string, v any) {
	if v != "drop" {
		c.action(at, v)
	}
}
