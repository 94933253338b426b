package demo

import (
	"encoding/json"
	"fmt"

	"hallpass/demo/page"
	"hallpass/sandbox/slack"
)

// block is what has to be known of Block Kit to find an element in it.
type block struct {
	ID        string    `json:"block_id"`
	Elements  []element `json:"elements"`
	Element   *element  `json:"element"`
	Accessory *element  `json:"accessory"`
}

// element is a button, a menu or an input; of other things only the type is read.
type element struct {
	Type   string `json:"type"`
	Action string `json:"action_id"`
	Text   words  `json:"text"`
}

// words is the text of a button. Elsewhere in Block Kit text may be a plain string, which is passed over.
type words string

func (w *words) UnmarshalJSON(raw []byte) error {
	var object struct{ Text string }
	if json.Unmarshal(raw, &object) == nil {
		*w = words(object.Text)
	}
	return nil
}

// elementsOf calls with every element of some blocks and the id of its block.
func elementsOf(raw json.RawMessage, with func(blockID string, e element)) {
	var blocks []block
	if json.Unmarshal(raw, &blocks) != nil {
		return // no blocks, as in a plain message
	}
	for _, b := range blocks {
		all := b.Elements
		for _, e := range []*element{b.Element, b.Accessory} {
			if e != nil {
				all = append(all, *e)
			}
		}
		for _, e := range all {
			with(b.ID, e)
		}
	}
}

// valueFor makes what the page sends into what a person does at an element.
func valueFor(blocks json.RawMessage, at page.Spot, value json.RawMessage) (slack.Value, error) {
	kind := ""
	elementsOf(blocks, func(id string, e element) {
		if id == at.Block && e.Action == at.Action {
			kind = e.Type
		}
	})
	if kind == "button" {
		return slack.Value{}, nil
	}
	given, err := wordsIn(value)
	if err != nil {
		return slack.Value{}, err
	}
	if len(given) == 0 {
		return slack.Nothing(), nil
	}
	switch kind {
	case "plain_text_input", "number_input", "email_text_input", "url_text_input":
		return slack.Typed(given[0]), nil
	case "datepicker", "timepicker", "users_select":
		return slack.Picked(given...), nil
	}
	return slack.Chosen(given...), nil
}

// wordsIn reads null, a string or a list of strings.
func wordsIn(value json.RawMessage) ([]string, error) {
	if len(value) == 0 || string(value) == "null" {
		return nil, nil
	}
	var one string
	if json.Unmarshal(value, &one) == nil {
		return []string{one}, nil
	}
	var many []string
	if err := json.Unmarshal(value, &many); err != nil {
		return nil, fmt.Errorf("a value is a string, a list of strings or null: %w", err)
	}
	return many, nil
}
