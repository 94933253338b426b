package teams

import (
	"fmt"
	"maps"
	"slices"
)

// desk is one card in front of one person.
type desk struct{ user, conversation, message string }

// surface is a card on a screen with what a person did to it: in a dialog or in a message.
type surface struct {
	card    obj
	values  map[string]string // by input id; what was not touched has its first value
	offered map[string][]Option
	errors  map[string]string // under the inputs
	toggled map[string]bool   // shown or hidden by Action.ToggleVisibility, by element id
	old     bool              // a client without Action.Execute
}

func newSurface(card obj, old bool) *surface {
	return &surface{card: card, old: old, values: map[string]string{}, offered: map[string][]Option{}, errors: map[string]string{}, toggled: map[string]bool{}}
}

// walk visits everything visible in a card, from the top: elements, inputs and actions, those behind Action.ShowCard too.
func (s *surface) walk(visit func(o obj)) { s.inside(s.card, true, visit) }

// parts are the fields under which elements and actions stand, in reading order; card is what an Action.ShowCard shows.
var parts = []string{"body", "items", "columns", "rows", "cells", "images", "inlines", "inlineAction", "selectAction", "actions", "card"}

// inside visits what an object holds; deep goes into the cards behind Action.ShowCard.
func (s *surface) inside(o obj, deep bool, visit func(o obj)) {
	for _, part := range parts {
		if part == "card" && !deep {
			continue
		}
		switch v := o[part].(type) {
		case []any:
			for _, item := range v {
				s.step(item, deep, visit)
			}
		case obj:
			s.step(v, deep, visit)
		}
	}
}

func (s *surface) step(v any, deep bool, visit func(o obj)) {
	o, is := v.(obj)
	if !is || !s.visible(o) {
		return
	}
	if shown := s.drawn(o); shown != nil {
		visit(shown)
		s.inside(shown, deep, visit)
	}
}

func (s *surface) visible(o obj) bool {
	if shown, toggled := s.toggled[text(o, "id")]; toggled {
		return shown
	}
	return o["isVisible"] != false
}

// drawn is what a client draws for an element or action: its fallback where the client is too old for it, nil for nothing.
func (s *surface) drawn(o obj) obj {
	if s.old && text(o, "type") == "Action.Execute" {
		return object(o, "fallback")
	}
	return o
}

// inputs are the fields on the card, in reading order.
func (s *surface) inputs() []obj {
	var out []obj
	s.walk(func(o obj) {
		if _, is := inputKinds[text(o, "type")]; is {
			out = append(out, o)
		}
	})
	return out
}

// input finds one field.
func (s *surface) input(id string) (obj, error) {
	var present []string
	for _, o := range s.inputs() {
		if text(o, "id") == id {
			return o, nil
		}
		present = append(present, text(o, "id"))
	}
	return nil, fmt.Errorf("there is no field %s on the screen; there are: %s", id, oneLine(present))
}

// button is an action on the screen with the fields that it sends: those of its own card and, behind Action.ShowCard, of the cards around it.
type button struct {
	action obj
	inputs []obj
}

// kind is the action's type.
func (b button) kind() string { return text(b.action, "type") }

// buttons are all actions on the screen.
func (s *surface) buttons() []button { return s.buttonsOf(s.card, nil) }

func (s *surface) buttonsOf(card obj, around []obj) []button {
	inputs := slices.Clone(around)
	var out []button
	s.inside(card, false, func(o obj) {
		if _, is := inputKinds[text(o, "type")]; is {
			inputs = append(inputs, o)
		}
	})
	s.inside(card, false, func(o obj) {
		if !actionKinds[text(o, "type")] {
			return
		}
		b := button{action: o}
		if text(o, "associatedInputs") != "none" {
			b.inputs = inputs
		}
		out = append(out, b)
		if inner := object(o, "card"); inner != nil {
			out = append(out, s.buttonsOf(inner, inputs)...)
		}
	})
	return out
}

// button finds an action by the words on it or by its id. Of several with the same words, the second is called by them and " #2".
func (s *surface) button(name string) (button, error) {
	var found []button
	var present []string
	met := map[string]int{}
	for _, b := range s.buttons() {
		title := text(b.action, "title")
		met[title]++
		present = append(present, title)
		if title == name || text(b.action, "id") == name || fmt.Sprintf("%s #%d", title, met[title]) == name {
			found = append(found, b)
		}
	}
	switch {
	case len(found) == 0:
		return button{}, fmt.Errorf("there is no button %q on the screen; there are: %s", name, oneLine(present))
	case len(found) > 1:
		return button{}, fmt.Errorf("%d buttons are called %q: name one by its id", len(found), name)
	case found[0].action["isEnabled"] == false:
		return button{}, fmt.Errorf("the button %q is grey", name)
	}
	return found[0], nil
}

var actionKinds = map[string]bool{"Action.Execute": true, "Action.Submit": true, "Action.OpenUrl": true, "Action.ShowCard": true, "Action.ToggleVisibility": true}

// toggle carries out an Action.ToggleVisibility.
func (s *surface) toggle(action obj) {
	targets, _ := action["targetElements"].([]any)
	for _, target := range targets {
		id, _ := target.(string)
		to, fixed := target.(obj)
		if fixed {
			id = text(to, "elementId")
		}
		shown, set := to["isVisible"].(bool)
		if !set {
			shown = !s.visible(s.byID(id))
		}
		s.toggled[id] = shown
	}
}

// byID finds any element, hidden ones too.
func (s *surface) byID(id string) obj {
	var found obj
	all := &surface{card: s.card, toggled: s.toggled}
	var look func(o obj)
	look = func(o obj) {
		for _, part := range parts {
			items, _ := o[part].([]any)
			for _, item := range items {
				if e, is := item.(obj); is {
					if text(e, "id") == id {
						found = e
					}
					look(e)
				}
			}
		}
	}
	look(all.card)
	return found
}

// gather is what an action sends: its data with the values of its fields, which win over data of the same name.
func (s *surface) gather(b button) (data obj, clashes []string) {
	data = maps.Clone(object(b.action, "data"))
	if data == nil {
		data = obj{}
	}
	for _, input := range b.inputs {
		id := text(input, "id")
		value, set := s.value(input)
		if !set {
			continue
		}
		if _, clash := data[id]; clash {
			clashes = append(clashes, id)
		}
		data[id] = value
	}
	slices.Sort(clashes)
	return data, clashes
}
