package teams

import (
	"fmt"
	"strings"
	"testing"
)

// form is a dialog with a field of every kind.
func form() obj {
	choice := func(title, value string) obj { return obj{"title": title, "value": value} }
	return dialogOf(
		obj{"type": "Input.ChoiceSet", "id": "country", "label": "Where", "choices": []any{choice("Spain", "es"), choice("France", "fr")}, "isRequired": true, "errorMessage": "Say where.",
			"valueChangedAction": obj{"type": "Action.ResetInputs", "targetInputIds": []any{"what"}}},
		obj{"type": "Input.ChoiceSet", "id": "what", "label": "What", "style": "filtered", "choices.data": obj{"type": "Data.Query", "dataset": "targets", "associatedInputs": "auto"}},
		obj{"type": "Input.ChoiceSet", "id": "roles", "label": "As", "isMultiSelect": true, "choices": []any{choice("Reader", "r"), choice("Writer", "w")}, "value": "r"},
		obj{"type": "Input.Text", "id": "why", "label": "Why", "isMultiline": true, "maxLength": 20, "regex": "^.{10,}$", "errorMessage": "Say at least 10 characters."},
		obj{"type": "Input.Number", "id": "hours", "label": "Hours", "min": 1, "max": 8, "value": 2, "errorMessage": "From 1 to 8."},
		obj{"type": "Input.Date", "id": "day", "label": "Day", "min": "2026-09-14", "errorMessage": "Not in the past."},
		obj{"type": "Input.Time", "id": "at", "label": "At", "value": "09:30"},
		obj{"type": "Input.Toggle", "id": "urgent", "label": "Urgency", "title": "It is urgent", "valueOn": "yes", "valueOff": "no"})
}

// asking opens the form on Ana's screen.
func asking(t *testing.T) *deskBot {
	t.Helper()
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	id := d.send(d.tenant.DM(ana), asks(nil))
	d.answer(200, form())
	got, err := d.tenant.Press(d.ctx, ana, d.tenant.DM(ana), id, "Deny")
	if err != nil || got.Dialog == nil || got.Dialog.Title != "Ask for access" {
		t.Fatalf("%+v, %v; problems: %q", got, err, d.tenant.Problems())
	}
	d.fine()
	return d
}

func TestAFormIsFilledInAndSubmittedFlat(t *testing.T) {
	d := asking(t)
	for _, filled := range []struct {
		field string
		value Value
	}{{"country", Chosen("Spain")}, {"roles", Chosen("r", "Writer")}, {"why", Typed("replay payments")}, {"hours", Typed("4")}, {"day", Picked("2026-09-15")}, {"urgent", Ticked(true)}} {
		d.must(d.tenant.Fill(ana, filled.field, filled.value))
	}
	d.answer(200, obj{"type": searchType, "value": obj{"results": []any{obj{"title": "prod-db", "value": "id-1"}, obj{"title": "prod-dw", "value": "id-2"}}}})
	offered, err := d.tenant.Options(d.ctx, ana, "what", "prod")
	if err != nil || len(offered) != 2 || offered[1] != (Option{"prod-dw", "id-2"}) {
		t.Fatalf("offered %v, %v", offered, err)
	}
	if others := object(object(d.last(), "value"), "data"); others["country"] != "es" || others["what"] != nil {
		t.Errorf("the query came with %v", others)
	}
	d.must(d.tenant.Fill(ana, "what", Chosen("prod-dw")))
	d.answer(200, obj{"task": obj{"type": "message", "value": "Asked."}})
	got, err := d.tenant.Submit(d.ctx, ana, "Ask")
	if err != nil || !got.Closed || got.Text != "Asked." || d.tenant.Dialog(ana) != nil {
		t.Errorf("%+v, %v", got, err)
	}
	want := "map[at:09:30 country:es day:2026-09-15 form:ask hours:4 roles:r,w urgent:yes what:id-2 why:replay payments]"
	if sent := fmt.Sprint(object(object(d.last(), "value"), "data")); sent != want {
		t.Errorf("sent %s\nwant %s", sent, want)
	}
	d.fine()
}

func TestTheClientChecksBeforeItSends(t *testing.T) {
	d := asking(t)
	before := d.count()
	d.must(d.tenant.Fill(ana, "why", Typed("short")))
	d.must(d.tenant.Fill(ana, "hours", Typed("9")))
	d.must(d.tenant.Fill(ana, "day", Picked("2026-09-13")))
	got, err := d.tenant.Submit(d.ctx, ana, "")
	want := "map[country:Say where. day:Not in the past. hours:From 1 to 8. why:Say at least 10 characters.]"
	if err != nil || fmt.Sprint(got.Errors) != want || got.Dialog == nil || d.count() != before {
		t.Errorf("%+v, %v", got, err)
	}
	if words := d.tenant.DialogText(ana); !strings.Contains(words, "Where: \n! Say where.") && !strings.Contains(words, "Where:\n! Say where.") {
		t.Errorf("she reads %s", words)
	}
	for name, err := range map[string]error{
		"a choice that is not there": d.tenant.Fill(ana, "country", Chosen("Italy")),
		"two of one":                 d.tenant.Fill(ana, "country", Chosen("Spain", "France")),
		"what was never offered":     d.tenant.Fill(ana, "what", Chosen("id-1")),
		"words for a number":         d.tenant.Fill(ana, "hours", Typed("many")),
		"a day that is none":         d.tenant.Fill(ana, "day", Picked("tomorrow")),
		"a field that is not there":  d.tenant.Fill(ana, "who", Typed("me")),
		"half a toggle":              d.tenant.Fill(ana, "urgent", Nothing()),
		"more than fits":             d.tenant.Fill(ana, "why", Typed(strings.Repeat("x", 21))),
	} {
		if err == nil {
			t.Errorf("she could fill in %s", name)
		}
	}
}

func TestAFieldThatHangsOnAnotherIsEmptiedWithIt(t *testing.T) {
	d := asking(t)
	d.must(d.tenant.Fill(ana, "country", Chosen("es")))
	d.answer(200, obj{"type": searchType, "value": obj{"results": []any{obj{"title": "prod-db", "value": "id-1"}}}})
	if _, err := d.tenant.Options(d.ctx, ana, "what", "p"); err != nil {
		t.Fatal(err)
	}
	d.must(d.tenant.Fill(ana, "what", Chosen("id-1")))
	d.must(d.tenant.Fill(ana, "country", Chosen("fr")))
	if what := d.tenant.Dialog(ana).Values["what"]; what != "" {
		t.Errorf("it still holds %q", what)
	}
	if err := d.tenant.Fill(ana, "what", Chosen("id-1")); err == nil {
		t.Error("she could choose what was offered for another country")
	}
}

func TestTheBotMayDrawTheFormAnew(t *testing.T) {
	d := asking(t)
	d.must(d.tenant.Fill(ana, "country", Chosen("es")))
	d.answer(200, dialogOf(obj{"type": "TextBlock", "text": "Nobody can approve that.", "color": "attention"}, obj{"type": "Input.Text", "id": "why", "label": "Why", "value": "because"}))
	got, err := d.tenant.Submit(d.ctx, ana, "Ask")
	if err != nil || got.Closed || got.Dialog == nil || got.Dialog.Drawn != 2 || got.Dialog.Values["why"] != "because" {
		t.Fatalf("%+v, %v", got, err)
	}
	if words := d.tenant.DialogText(ana); words != "Ask for access\nNobody can approve that.\nWhy: because\n[ Ask ]" {
		t.Errorf("she reads %q", words)
	}
	d.answer(200, nil)
	if got, err := d.tenant.Submit(d.ctx, ana, "Ask"); err != nil || !got.Closed {
		t.Errorf("%+v, %v", got, err)
	}
	d.fine()
}

func TestAnswersThatLeaveTheDialogOpen(t *testing.T) {
	d := asking(t)
	d.must(d.tenant.Fill(ana, "country", Chosen("es")))
	for name, answer := range map[string]any{"a card": obj{"type": "AdaptiveCard"}, "an unknown task": obj{"task": obj{"type": "close"}},
		"a dialog without a card": obj{"task": obj{"type": "continue", "value": obj{"title": "x"}}}} {
		d.answer(200, answer)
		got, err := d.tenant.Submit(d.ctx, ana, "Ask")
		if err != nil || got.Err != SomethingWentWrong || got.Dialog == nil || len(d.tenant.Problems()) == 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		d.tenant.ForgetProblems()
	}
	d.answer(500, nil)
	if got, err := d.tenant.Submit(d.ctx, ana, "Ask"); err != nil || got.Err != SomethingWentWrong || d.tenant.Dialog(ana) == nil {
		t.Errorf("500: %+v, %v", got, err)
	}
	d.tenant.CloseDialog(ana)
	if d.tenant.Dialog(ana) != nil {
		t.Error("the cross did not close it")
	}
}

func TestBadTypeaheadAnswers(t *testing.T) {
	d := asking(t)
	many := []any{}
	for i := range 20 {
		many = append(many, obj{"title": fmt.Sprint("target ", i), "value": fmt.Sprint(i)})
	}
	d.answer(200, obj{"type": searchType, "value": obj{"results": many}})
	if offered, err := d.tenant.Options(d.ctx, ana, "what", ""); err != nil || len(offered) != MaxOffered {
		t.Errorf("offered %d, %v", len(offered), err)
	}
	d.wrong("has 20 results")
	for name, answer := range map[string]any{"nothing": nil, "a bare list": obj{"results": []any{}}, "no results": obj{"type": searchType, "value": obj{}}} {
		d.answer(200, answer)
		if _, err := d.tenant.Options(d.ctx, ana, "what", "p"); err == nil || len(d.tenant.Problems()) != 1 {
			t.Errorf("%s: %v, problems %q", name, err, d.tenant.Problems())
		}
		d.tenant.ForgetProblems()
	}
	if _, err := d.tenant.Options(d.ctx, ana, "country", "s"); err == nil {
		t.Error("a field without a query asked the bot")
	}
}

func TestAFormMayStandInAMessage(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	dm := d.tenant.DM(ana)
	content := object(object(object(object(form(), "task"), "value"), "card"), "content")
	id := d.send(dm, card(content))
	d.answer(200, obj{"statusCode": 200, "type": searchType, "value": obj{"results": []any{obj{"title": "prod-db", "value": "id-1"}}}})
	d.must(d.tenant.FillIn(ana, dm, id, "country", Chosen("es")))
	if offered, err := d.tenant.OptionsIn(d.ctx, ana, dm, id, "what", "p"); err != nil || len(offered) != 1 {
		t.Fatalf("offered %v, %v", offered, err)
	}
	d.must(d.tenant.FillIn(ana, dm, id, "what", Chosen("prod-db")))
	if got, err := d.tenant.Press(d.ctx, ana, dm, id, "Ask"); err != nil || got.Err != "" || len(got.Errors) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if value := object(d.last(), "value"); d.last()["type"] != "message" || value["what"] != "id-1" || value["form"] != "ask" {
		t.Errorf("heard %v", d.last())
	}
	d.fine()
}
