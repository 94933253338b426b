package teams

import "maps"

// The Adaptive Cards schema, version 1.5, as far as Teams draws it. Source: github.com/microsoft/AdaptiveCards, schemas/1.5.0.

// rule checks one value and notes what is wrong with it.
type rule func(c *checker, at string, v any)

// shape is what an object of one type may hold.
type shape struct {
	required []string
	fields   map[string]rule
}

func fields(own map[string]rule, common ...map[string]rule) map[string]rule {
	all := maps.Clone(own)
	for _, more := range common {
		maps.Copy(all, more)
	}
	return all
}

var (
	colors    = oneOf("default", "dark", "light", "accent", "good", "warning", "attention")
	sizes     = oneOf("default", "small", "medium", "large", "extraLarge")
	weights   = oneOf("default", "lighter", "bolder")
	across    = oneOf("left", "center", "right")
	down      = oneOf("top", "center", "bottom")
	paints    = oneOf("default", "emphasis", "good", "attention", "warning", "accent")
	fontTypes = oneOf("default", "monospace")
	heights   = oneOf("auto", "stretch")
)

// ofElement are the fields of everything in a body.
func ofElement() map[string]rule {
	return map[string]rule{"type": words, "id": words, "isVisible": yesNo, "separator": yesNo, "height": heights, "requires": anything, "fallback": fallbackElement,
		"spacing": oneOf("default", "none", "small", "medium", "large", "extraLarge", "padding")}
}

var ofInput = map[string]rule{"label": words, "isRequired": yesNo, "errorMessage": words}

func ofAction() map[string]rule {
	return map[string]rule{"type": words, "id": words, "title": words, "iconUrl": words, "style": oneOf("default", "positive", "destructive"), "fallback": fallbackAction,
		"tooltip": words, "isEnabled": yesNo, "mode": oneOf("primary", "secondary"), "requires": anything}
}

// ofBox are the fields of everything that holds elements.
func ofBox() map[string]rule {
	return map[string]rule{"selectAction": selectAction, "style": paints, "bleed": yesNo, "backgroundImage": anything, "minHeight": words, "rtl": yesNo,
		"verticalContentAlignment": down}
}

var ofCells = map[string]rule{"horizontalCellContentAlignment": across, "verticalCellContentAlignment": down}

// elementShapes are the elements, inputs aside. Shapes come from functions because containers hold elements again.
func elementShapes() map[string]shape {
	return map[string]shape{
		"TextBlock": {[]string{"text"}, fields(map[string]rule{"text": words, "color": colors, "fontType": fontTypes, "horizontalAlignment": across, "isSubtle": yesNo,
			"maxLines": number, "size": sizes, "weight": weights, "wrap": yesNo, "style": oneOf("default", "heading")}, ofElement())},
		"RichTextBlock": {[]string{"inlines"}, fields(map[string]rule{"inlines": inlines, "horizontalAlignment": across}, ofElement())},
		"Image": {[]string{"url"}, fields(map[string]rule{"url": webAddress, "altText": words, "backgroundColor": words, "horizontalAlignment": across, "selectAction": selectAction,
			"size": oneOf("auto", "stretch", "small", "medium", "large"), "style": oneOf("default", "person"), "width": words}, fields(ofElement(), map[string]rule{"height": words}))},
		"ImageSet":  {[]string{"images"}, fields(map[string]rule{"images": elements, "imageSize": oneOf("auto", "stretch", "small", "medium", "large")}, ofElement())},
		"ActionSet": {[]string{"actions"}, fields(map[string]rule{"actions": actions}, ofElement())},
		"Container": {[]string{"items"}, fields(map[string]rule{"items": elements}, ofBox(), ofElement())},
		"ColumnSet": {nil, fields(map[string]rule{"columns": objects("Column", columnShape), "selectAction": selectAction, "style": paints, "bleed": yesNo, "minHeight": words,
			"horizontalAlignment": across}, ofElement())},
		"FactSet": {[]string{"facts"}, fields(map[string]rule{"facts": objects("", factShape)}, ofElement())},
		"Table": {nil, fields(map[string]rule{"columns": objects("", tableColumnShape), "rows": objects("TableRow", rowShape), "firstRowAsHeader": yesNo, "showGridLines": yesNo,
			"gridStyle": paints}, ofCells, ofElement())},
	}
}

func columnShape() shape {
	return shape{nil, fields(map[string]rule{"items": elements, "width": anything}, ofBox(), ofElement())}
}

func factShape() shape {
	return shape{[]string{"title", "value"}, map[string]rule{"title": words, "value": words, "type": words}}
}

func tableColumnShape() shape {
	return shape{nil, fields(map[string]rule{"width": anything, "type": words}, ofCells)}
}

func rowShape() shape {
	return shape{nil, fields(map[string]rule{"type": words, "cells": objects("TableCell", cellShape), "style": paints}, ofCells)}
}

func cellShape() shape {
	return shape{[]string{"items"}, fields(map[string]rule{"type": words, "items": elements}, ofBox())}
}

func runShape() shape {
	return shape{[]string{"text"}, map[string]rule{"type": words, "text": words, "color": colors, "fontType": fontTypes, "highlight": yesNo, "isSubtle": yesNo, "italic": yesNo,
		"selectAction": selectAction, "size": sizes, "strikethrough": yesNo, "underline": yesNo, "weight": weights}}
}

// inputShapes are the fields that people fill in; all have an id. valueChangedAction is an addition of Teams.
func inputShapes() map[string]shape {
	id := []string{"id"}
	return map[string]shape{
		"Input.Text": {id, fields(map[string]rule{"isMultiline": yesNo, "maxLength": number, "placeholder": words, "regex": words, "inlineAction": selectAction, "value": words,
			"style": oneOf("text", "tel", "url", "email", "password")}, ofInput, ofElement())},
		"Input.Number": {id, fields(map[string]rule{"max": number, "min": number, "placeholder": words, "value": number}, ofInput, ofElement())},
		"Input.Date":   {id, fields(map[string]rule{"max": words, "min": words, "placeholder": words, "value": words}, ofInput, ofElement())},
		"Input.Time":   {id, fields(map[string]rule{"max": words, "min": words, "placeholder": words, "value": words}, ofInput, ofElement())},
		"Input.Toggle": {[]string{"id", "title"}, fields(map[string]rule{"title": words, "value": words, "valueOff": words, "valueOn": words, "wrap": yesNo,
			"valueChangedAction": resetInputs}, ofInput, ofElement())},
		"Input.ChoiceSet": {id, fields(map[string]rule{"choices": objects("", choiceShape), "choices.data": dataQuery, "isMultiSelect": yesNo, "value": words, "placeholder": words, "wrap": yesNo,
			"style": oneOf("compact", "expanded", "filtered"), "valueChangedAction": resetInputs}, ofInput, ofElement())},
	}
}

func choiceShape() shape {
	return shape{[]string{"title", "value"}, map[string]rule{"title": words, "value": words, "type": words}}
}

func actionShapes() map[string]shape {
	inputs := oneOf("auto", "none")
	return map[string]shape{
		"Action.Execute":          {nil, fields(map[string]rule{"verb": words, "data": anything, "associatedInputs": inputs}, ofAction())},
		"Action.Submit":           {nil, fields(map[string]rule{"data": anything, "associatedInputs": inputs}, ofAction())},
		"Action.OpenUrl":          {[]string{"url"}, fields(map[string]rule{"url": webAddress}, ofAction())},
		"Action.ShowCard":         {[]string{"card"}, fields(map[string]rule{"card": innerCard}, ofAction())},
		"Action.ToggleVisibility": {[]string{"targetElements"}, fields(map[string]rule{"targetElements": anything}, ofAction())},
	}
}

// cardFields are those of a card; innerFields those of a card inside another.
func cardFields() map[string]rule {
	return fields(map[string]rule{"$schema": words, "version": version, "refresh": refresh, "authentication": anything, "fallbackText": words, "speak": words, "lang": words,
		"msteams": teamsFields}, innerFields())
}

func innerFields() map[string]rule {
	return map[string]rule{"type": words, "body": elements, "actions": actions, "selectAction": selectAction, "backgroundImage": anything, "minHeight": words,
		"rtl": yesNo, "verticalContentAlignment": down, "$schema": words, "version": version, "fallbackText": words, "lang": words, "speak": words}
}
