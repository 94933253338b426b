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
func (s *surface) walk(visit func(o obj)) { s.inside(s.card, visit) }

// parts are the fields under which elements and actions stand, in reading order.
var parts = []string{"body", "items", "columns", "rows", "cells", "images", "inlines", "inlineAction", "selectAction", "actions", "card"}

func (s *surface) inside(o obj, visit func(o obj)) {
	for _, part := range parts {
		switch v := o[part].(type) {
		case []any:
			for _, item := range v {
				s.step(item, visit)
			}
		case obj:
			s.step(v, visit)
		}
	}
}

func (s *surface) step(v any, visit func(o obj)) {
	o, is := v.(obj)
	if !is || !s.visible(o) {
		return
	}
	if shown := s.drawn(o); shown != nil {
		visit(shown)
		s.inside(shown, visit)
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

// button finds an action by the words on it or by its id.
func (s *surface) button(name string) (obj, error) {
	var found []obj
	var present []string
	s.walk(func(o obj) {
		if !actionKinds[text(o, "type")] {
			return
		}
		present = append(present, text(o, "title"))
		if text(o, "title") == name || text(o, "id") == name {
			found = append(found, o)
		}
	})
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("there is no button %q on the screen; there are: %s", name, oneLine(present))
	case len(found) > 1:
		return nil, fmt.Errorf("%d buttons are called %q: name one by its id", len(found), name)
	case found[0]["isEnabled"] == false:
		return nil, fmt.Errorf("the button %q is grey", name)
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

// gather is what an action sends: its data with the values of the fields, which win over data of the same name.
func (s *surface) gather(action obj) (data obj, clashes []string) {
	data = maps.Clone(object(action, "data"))
	if data == nil {
		data = obj{}
	}
	if text(action, "associatedInputs") == "none" {
		return data, nil
	}
	for _, input := range s.inputs() {
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
