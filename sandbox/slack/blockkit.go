package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"
)

// Limits of Block Kit. Source: docs.slack.dev/reference/block-kit, 2026. Characters are counted as UTF-16 units: Slack does not
// say how it counts, and this is the stricter of the likely ways.
const (
	ViewBlocks      = 100
	ViewBytes       = 250 << 10
	ViewTitle       = 24 // also submit and close
	PrivateMetadata = 3000
	CallbackID      = 255 // also external_id
	BlockID         = 255
	ActionID        = 255
	ViewStack       = 3

	SectionText     = 3000
	SectionFields   = 10
	FieldText       = 2000
	HeaderText      = 150
	ContextElements = 10
	ActionsElements = 25
	InputLabel      = 2000 // also hint
	AltText         = 2000
	ImageTitle      = 2000
	URLLength       = 3000
	TableRows       = 100
	TableColumns    = 20

	ButtonText      = 75
	ButtonValue     = 2000
	AccessLabel     = 75
	Placeholder     = 150
	SelectOptions   = 100 // also option groups
	OverflowOptions = 5
	ChoiceOptions   = 10 // radio buttons and checkboxes
	OptionText      = 75 // also description and the label of a group
	OptionValue     = 150
	InputLength     = 3000
	ConfirmTitle    = 100
	ConfirmText     = 300
	ConfirmButton   = 30
	MinQuery        = 3 // min_query_length when none is given
)

// checker collects what is wrong with blocks, in the words and with the pointers that Slack uses.
type checker struct {
	surface string // message, modal, home
	wrong   []string
	ids     map[string]bool
	inputs  int
	focus   int
	tables  int
	prose   int // characters of markdown blocks
}

// rule checks one value and complains to the checker.
type rule func(c *checker, at string, v any)

// rules are what an object may hold, by name.
type rules map[string]rule

func (c *checker) fail(at, format string, args ...any) {
	c.wrong = append(c.wrong, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// checkBlocks gives every complaint about a list of blocks, none when Slack would take it.
func checkBlocks(surface, at string, blocks []any) []string {
	c := &checker{surface: surface, ids: map[string]bool{}}
	c.blocks(at, blocks)
	return c.wrong
}

func (c *checker) blocks(at string, blocks []any) {
	limit := MessageBlocks
	if c.surface != "message" {
		limit = ViewBlocks
	}
	if len(blocks) > limit {
		c.fail(at, "no more than %d items allowed", limit)
	}
	for i, raw := range blocks {
		c.block(fmt.Sprintf("%s/%d", at, i), raw)
	}
	if c.focus > 1 {
		c.fail(at, "focus_on_load may be set on one element of a view only")
	}
	if c.tables > 1 {
		c.fail(at, "only one table block is allowed in a message")
	}
	if c.prose > MarkdownText {
		c.fail(at, "markdown blocks hold more than %d characters together", MarkdownText)
	}
}

func (c *checker) block(at string, raw any) {
	block, isObject := raw.(obj)
	if !isObject {
		c.fail(at, "must be an object")
		return
	}
	kind, _ := block["type"].(string)
	shape, known := blockShapes()[kind]
	if !known || !slices.Contains(shape.surfaces, c.surface) {
		c.fail(at+"/type", "unsupported type: %s", kind)
		return
	}
	if id, _ := block["block_id"].(string); id != "" {
		if c.ids[id] {
			c.fail(at+"/block_id", "`block_id` %q already exists for another block", id)
		}
		c.ids[id] = true
	}
	c.object(at, block, shape.must, shape.may)
	if shape.also != nil {
		shape.also(c, at, block)
	}
	c.uniqueActions(at, block)
}

// uniqueActions wants each action_id once in a block.
func (c *checker) uniqueActions(at string, block obj) {
	seen := map[string]bool{}
	for _, e := range elementsOf(block) {
		id, _ := e["action_id"].(string)
		if id != "" && seen[id] {
			c.fail(at, "`action_id` %q already exists for another element", id)
		}
		seen[id] = true
	}
}

// object checks the fields of an object: all of must, any of may, nothing else but its type.
func (c *checker) object(at string, o obj, must, may rules) {
	for name := range must {
		if o[name] == nil {
			c.fail(at, "missing required field: %s", name)
		}
	}
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		check := must[name]
		if check == nil {
			check = may[name]
		}
		switch {
		case name == "type" || o[name] == nil:
		case check == nil:
			c.fail(at, "invalid additional property: %s", name)
		default:
			check(c, at+"/"+name, o[name])
		}
	}
}

// length counts characters as Slack probably does.
func length(s string) int { return len(utf16.Encode([]rune(s))) }

func text(limit int) rule {
	return func(c *checker, at string, v any) {
		s, isText := v.(string)
		switch {
		case !isText:
			c.fail(at, "must be a string")
		case s == "":
			c.fail(at, "must be more than 0 characters")
		case length(s) > limit:
			c.fail(at, "must be less than %d characters", limit+1)
		}
	}
}

// maybe allows the empty string too.
func maybe(limit int) rule {
	return func(c *checker, at string, v any) {
		if v != "" {
			text(limit)(c, at, v)
		}
	}
}

func boolean(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.fail(at, "must be a boolean")
	}
}

func anything(*checker, string, any) {}

func whole(from, to int64) rule {
	return func(c *checker, at string, v any) {
		n, isNumber := v.(json.Number)
		i, err := n.Int64()
		if !isNumber || err != nil {
			c.fail(at, "must be an integer")
			return
		}
		if i < from || i > to {
			c.fail(at, "must be between %d and %d", from, to)
		}
	}
}

func oneOf(words ...string) rule {
	return func(c *checker, at string, v any) {
		s, _ := v.(string)
		if !slices.Contains(words, s) {
			c.fail(at, "value must be one of %q", words)
		}
	}
}

func list(from, to int, each rule) rule {
	return func(c *checker, at string, v any) {
		items, isList := v.([]any)
		switch {
		case !isList:
			c.fail(at, "must be an array")
			return
		case len(items) < from:
			c.fail(at, "no fewer than %d items allowed", from)
		case len(items) > to:
			c.fail(at, "no more than %d items allowed", to)
		}
		for i, item := range items {
			each(c, fmt.Sprintf("%s/%d", at, i), item)
		}
	}
}

func object(must, may rules) rule {
	return func(c *checker, at string, v any) {
		o, isObject := v.(obj)
		if !isObject {
			c.fail(at, "must be an object")
			return
		}
		c.object(at, o, must, may)
	}
}

// plain is a plain_text object.
func plain(limit int) rule {
	return func(c *checker, at string, v any) { textObject(limit, "plain_text")(c, at, v) }
}

// either is a plain_text or mrkdwn object.
func either(limit int) rule {
	return func(c *checker, at string, v any) { textObject(limit, "plain_text", "mrkdwn")(c, at, v) }
}

func textObject(limit int, kinds ...string) rule {
	return func(c *checker, at string, v any) {
		o, isObject := v.(obj)
		kind, _ := o["type"].(string)
		if !isObject || !slices.Contains(kinds, kind) {
			c.fail(at, "must be a text object of type %q", kinds)
			return
		}
		may := rules{"emoji": boolean}
		if kind == "mrkdwn" {
			may = rules{"verbatim": boolean}
		}
		c.object(at, o, rules{"text": text(limit)}, may)
	}
}
