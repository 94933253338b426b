package teams

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestACardWithEverythingIsFine(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	run := obj{"type": "TextRun", "text": "raw *text* [x](y)", "weight": "Bolder"}
	cell := func(words string) obj {
		return obj{"type": "TableCell", "items": []any{obj{"type": "TextBlock", "text": words}}}
	}
	d.send(security, card(obj{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "fallbackText": "Ana asks", "speak": "Ana asks", "lang": "en",
		"msteams": obj{"width": "Full", "entities": []any{obj{"type": "mention", "text": "<at>Ben Okafor</at>", "mentioned": obj{"id": d.tenant.MRI(ben), "name": "Ben Okafor"}}}},
		"refresh": obj{"action": obj{"type": "Action.Execute", "verb": "show", "data": obj{}}, "userIds": []any{d.tenant.MRI(ana), d.tenant.MRI(ben)}},
		"body": []any{
			obj{"type": "TextBlock", "text": "<at>Ben Okafor</at>, see [the runbook](https://acme.example/runbook)", "wrap": true, "style": "heading", "size": "ExtraLarge"},
			obj{"type": "RichTextBlock", "inlines": []any{"plain ", run}},
			obj{"type": "Container", "style": "emphasis", "bleed": true, "items": []any{obj{"type": "ColumnSet", "columns": []any{
				obj{"type": "Column", "width": "auto", "items": []any{obj{"type": "Image", "url": "https://acme.example/a.png", "altText": "a lock", "height": "20px"}}},
				obj{"type": "Column", "width": "stretch", "items": []any{obj{"type": "FactSet", "facts": []any{obj{"title": "For", "value": "2 h"}}}}}}}}},
			obj{"type": "Table", "columns": []any{obj{"width": 1}, obj{"width": 2}}, "rows": []any{obj{"type": "TableRow", "cells": []any{cell("a"), cell("b")}}}},
			obj{"type": "Input.Toggle", "id": "sure", "title": "I am sure"},
			obj{"type": "ActionSet", "actions": []any{obj{"type": "Action.OpenUrl", "title": "Open", "url": "https://acme.example"}}}},
		"actions": []any{obj{"type": "Action.Execute", "title": "Approve", "verb": "approve", "style": "positive", "tooltip": "Give it", "fallback": "drop"},
			obj{"type": "Action.ShowCard", "title": "Deny", "card": obj{"type": "AdaptiveCard", "body": []any{obj{"type": "Input.Text", "id": "why", "label": "Why"}}}},
			obj{"type": "Action.ToggleVisibility", "title": "More", "targetElements": []any{"more"}}}}))
	d.fine()
	want := "@Ben Okafor, see the runbook (https://acme.example/runbook)\nplain raw *text* [x](y)\n(a lock) | For: 2 h\na | b\nI am sure: [ ]\n[ Open ]\n[ Approve ] [ Deny ] [ More ]\nWhy:"
	if got := d.tenant.Text(d.tenant.Messages(security)[0]); got != want {
		t.Errorf("people read\n%s\nwant\n%s", got, want)
	}
}

func TestCardsThatClientsWouldNotDraw(t *testing.T) {
	input := func(more obj) obj {
		o := obj{"type": "Input.Text", "id": "why", "label": "Why"}
		for name, value := range more {
			o[name] = value
		}
		return o
	}
	body := func(items ...any) obj { return obj{"body": items} }
	buttons := func(items ...any) obj { return obj{"actions": items} }
	execute := obj{"type": "Action.Execute", "title": "Go"}
	seven := []any{execute, execute, execute, execute, execute, execute, execute}
	crowd := make([]any, 61)
	for i := range crowd {
		crowd[i] = "29:1" + strings.Repeat("x", i)
	}
	for name, c := range map[string]struct {
		card  obj
		wrong string
	}{
		"an unknown element":             {body(obj{"type": "CodeBlock"}), "card.body[0](CodeBlock): unknown element"},
		"an unknown property":            {body(obj{"type": "TextBlock", "text": "x", "colour": "good"}), "unknown property colour"},
		"text that is a number":          {body(obj{"type": "TextBlock", "text": 7}), "it is no text"},
		"no text":                        {body(obj{"type": "TextBlock"}), "text is missing"},
		"a colour that is none":          {body(obj{"type": "TextBlock", "text": "x", "color": "red"}), "red is none of"},
		"null":                           {body(obj{"type": "TextBlock", "text": "x", "color": nil}), "color is null"},
		"an unknown action":              {buttons(obj{"type": "Action.Http", "title": "x"}), "unknown action"},
		"seven buttons":                  {buttons(seven...), "7 actions; a row shows 6"},
		"a newer version":                {obj{"version": "1.6"}, "not a version"},
		"execute in an old card":         {obj{"version": "1.3", "actions": []any{execute}}, "needs a card of version 1.4"},
		"two inputs of one name":         {body(input(nil), input(nil)), `something else has the id "why"`},
		"a button named as a field":      {obj{"body": []any{input(nil)}, "actions": []any{obj{"type": "Action.Submit", "id": "why", "title": "x"}}}, `something else has the id "why"`},
		"an input without a name":        {body(input(obj{"id": ""})), "id is missing"},
		"a required input without words": {body(input(obj{"isRequired": true})), "needs a label and an errorMessage"},
		"nothing to choose":              {body(input(obj{"type": "Input.ChoiceSet"})), "there is nothing to choose"},
		"a value that is no choice": {body(input(obj{"type": "Input.ChoiceSet", "value": "c", "choices": []any{obj{"title": "A", "value": "a"}}})),
			"is none of the choices"},
		"two choices of one value": {body(input(obj{"type": "Input.ChoiceSet", "choices": []any{obj{"title": "A", "value": "a"}, obj{"title": "B", "value": "a"}}})),
			"two choices have the value"},
		"a plain link":                {buttons(obj{"type": "Action.OpenUrl", "title": "x", "url": "http://acme.example"}), "no https address"},
		"a script":                    {body(obj{"type": "TextBlock", "text": "[x](javascript:alert(1))"}), "a link that is no web address"},
		"writing backwards":           {body(obj{"type": "TextBlock", "text": "x\u202ey"}), "changes the direction"},
		"a mention of nobody":         {body(obj{"type": "TextBlock", "text": "<at>Ben</at>"}), "it has no mention entity"},
		"a refresh for object ids":    {obj{"refresh": obj{"action": execute, "userIds": []any{ana}}}, "is not the 29: id"},
		"a refresh for strangers":     {obj{"refresh": obj{"action": execute, "userIds": []any{"29:1x"}}}, "nobody has the id"},
		"a refresh for 61":            {obj{"refresh": obj{"action": execute, "userIds": crowd}}, "61 people"},
		"a refresh that submits":      {obj{"refresh": obj{"action": obj{"type": "Action.Submit"}, "userIds": []any{}}}, "no Action.Execute"},
		"a card behind a selection":   {body(obj{"type": "Container", "items": []any{}, "selectAction": obj{"type": "Action.ShowCard", "card": obj{"type": "AdaptiveCard"}}}), "cannot stand here"},
		"items that are no list":      {body(obj{"type": "Container", "items": "x"}), "it is no list"},
		"a heavy card":                {body(obj{"type": "TextBlock", "text": strings.Repeat("x", CardLimit)}), "clients may refuse it"},
		"a card that is none":         {obj{"type": "Card"}, "not AdaptiveCard"},
		"an element of another world": {body("text"), "unknown element"},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := json.Marshal(card(c.card))
			if err != nil {
				t.Fatal(err)
			}
			tenant := newTenant(Options{}.withDefaults())
			tenant.AddUser(User{ID: ana, Name: "Ana Silva"})
			var said obj
			if err := json.Unmarshal(raw, &said); err != nil {
				t.Fatal(err)
			}
			place := tenant.conversations[tenant.dm(ana)]
			if _, err := tenant.read(call{op: OpSend}, said, place); err != nil {
				t.Fatal(err)
			}
			if problems := strings.Join(tenant.problems, "\n"); !strings.Contains(problems, c.wrong) {
				t.Errorf("problems %q, wanted %q", problems, c.wrong)
			}
		})
	}
}

func TestWhatPeopleWouldSufferFrom(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, theTeam))
	silent := card(obj{})
	delete(silent, "summary")
	d.send(security, silent)
	d.wrong("leaves notifications with nothing")
	mention := func(id, name, written string) obj {
		return obj{"type": "message", "text": "<at>Ben Okafor</at> look", "entities": []any{obj{"type": "mention", "text": written, "mentioned": obj{"id": id, "name": name}}}}
	}
	d.send(security, mention(d.tenant.MRI(ben), "Ben Okafor", "<at>Ben Okafor</at>"))
	d.send(security, mention("ben.okafor@acme.example", "Ben Okafor", "<at>Ben Okafor</at>"))
	d.fine()
	d.send(security, mention(d.tenant.MRI(ben), "Ben", "<at>Ben Okafor</at>"))
	d.wrong("names somebody else")
	d.send(security, mention(sam, "Ben Okafor", "<at>Ben Okafor</at>"))
	d.wrong("who is not in the conversation")
	d.send(security, mention("29:1x", "Ben Okafor", "<at>Ben Okafor</at>"))
	d.wrong("somebody who does not exist")
	d.send(security, mention(ben, "Ben Okafor", "<at>Ben</at>"))
	d.wrong("does not stand in the message", "it has no mention entity")
}
