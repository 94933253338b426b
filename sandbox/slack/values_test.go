package slack

import (
	"encoding/json"
	"testing"
)

// What each element holds when untouched, and after a person gave it a value. Source: docs.slack.dev, view_submission state values.
func TestValuesOfElements(t *testing.T) {
	options := `"options":[{"text":{"type":"plain_text","text":"One"},"value":"1"},{"text":{"type":"plain_text","text":"Two"},"value":"2"}]`
	two := `{"text":{"text":"Two","type":"plain_text"},"value":"2"}`
	tests := []struct {
		element   string
		untouched string
		given     Value
		want      string
	}{
		{`"plain_text_input"`, `{"type":"plain_text_input","value":null}`, Typed("a\nb"), `{"type":"plain_text_input","value":"a b"}`},
		{`"plain_text_input","multiline":true,"initial_value":"x"`, `{"type":"plain_text_input","value":"x"}`, Typed("a\nb"),
			`{"type":"plain_text_input","value":"a\nb"}`},
		{`"plain_text_input","initial_value":"x"`, `{"type":"plain_text_input","value":"x"}`, Nothing(), `{"type":"plain_text_input","value":null}`},
		{`"number_input","is_decimal_allowed":false`, `{"type":"number_input","value":null}`, Typed("4"), `{"type":"number_input","value":"4"}`},
		{`"static_select",` + options, `{"selected_option":null,"type":"static_select"}`, Chosen("2"),
			`{"selected_option":` + two + `,"type":"static_select"}`},
		{`"radio_buttons",` + options, `{"selected_option":null,"type":"radio_buttons"}`, Chosen("Two"),
			`{"selected_option":` + two + `,"type":"radio_buttons"}`},
		{`"checkboxes",` + options, `{"selected_options":[],"type":"checkboxes"}`, Chosen("2"), `{"selected_options":[` + two + `],"type":"checkboxes"}`},
		{`"multi_static_select",` + options, `{"selected_options":[],"type":"multi_static_select"}`, Nothing(),
			`{"selected_options":[],"type":"multi_static_select"}`},
		{`"users_select","initial_user":"U0BEN"`, `{"selected_user":"U0BEN","type":"users_select"}`, Picked("U0ANA"),
			`{"selected_user":"U0ANA","type":"users_select"}`},
		{`"multi_users_select"`, `{"selected_users":[],"type":"multi_users_select"}`, Picked("U0ANA", "U0BEN"),
			`{"selected_users":["U0ANA","U0BEN"],"type":"multi_users_select"}`},
		{`"channels_select"`, `{"selected_channel":null,"type":"channels_select"}`, Picked("C0SEC"),
			`{"selected_channel":"C0SEC","type":"channels_select"}`},
		{`"conversations_select"`, `{"selected_conversation":null,"type":"conversations_select"}`, Picked("C0SEC"),
			`{"selected_conversation":"C0SEC","type":"conversations_select"}`},
		{`"datepicker"`, `{"selected_date":null,"type":"datepicker"}`, Picked("2026-11-09"), `{"selected_date":"2026-11-09","type":"datepicker"}`},
		{`"timepicker","initial_time":"09:00","timezone":"Europe/Berlin"`,
			`{"selected_time":"09:00","timezone":"Europe/Berlin","type":"timepicker"}`, Picked("10:30"), `{"selected_time":"10:30","timezone":"Europe/Berlin","type":"timepicker"}`},
		{`"datetimepicker"`, `{"selected_date_time":null,"type":"datetimepicker"}`, At(1794212400),
			`{"selected_date_time":1794212400,"type":"datetimepicker"}`},
		{`"rich_text_input"`, `{"rich_text_value":null,"type":"rich_text_input"}`, Typed("x"),
			`{"rich_text_value":{"elements":[{"elements":[{"text":"x","type":"text"}],"type":"rich_text_section"}],"type":"rich_text"},"type":"rich_text_input"}`},
	}
	for _, test := range tests {
		e := parse(t, `{"type":`+test.element+`}`).(obj)
		if got := compact(t, initial(e)); got != test.untouched {
			t.Errorf("%s holds at first %s, want %s", test.element, got, test.untouched)
		}
		value, err := valueOf(e, test.given, nil)
		if err != nil {
			t.Errorf("%s: %v", test.element, err)
		}
		if got := compact(t, value); got != test.want {
			t.Errorf("%s then holds %s, want %s", test.element, got, test.want)
		}
	}
}

func compact(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// What cannot be chosen, because it is not on the screen or too much.
func TestChoicesNotOffered(t *testing.T) {
	e := parse(t, `{"type":"multi_static_select","max_selected_items":1,"options":`+many(2, oneOption)+`}`).(obj)
	for want, given := range map[string]Value{
		`"v9" is not among the options on the screen (o0, o1)`: Chosen("v9"),
		"at most 1 options can be chosen":                      Chosen("v0", "v1"),
	} {
		if _, err := valueOf(e, given, nil); err == nil || err.Error() != want {
			t.Errorf("choosing gives %v, want %s", err, want)
		}
	}
	if _, err := valueOf(parse(t, `{"type":"button"}`).(obj), Typed("x"), nil); err == nil {
		t.Error("a button took a value")
	}
}

// What Slack's client itself says when somebody submits.
func TestClientSideChecks(t *testing.T) {
	tests := []struct{ block, typed, want string }{
		{`"element":{"type":"plain_text_input"}`, "", "Please complete this required field."},
		{`"optional":true,"element":{"type":"plain_text_input"}`, "", ""},
		{`"element":{"type":"plain_text_input","min_length":5}`, "four", "This entry must be at least 5 characters."},
		{`"element":{"type":"plain_text_input","max_length":3}`, "four", "This entry can be no longer than 3 characters."},
		{`"element":{"type":"plain_text_input","max_length":4}`, "four", ""},
		{`"element":{"type":"email_text_input"}`, "ana", "Please enter a valid email address."},
		{`"element":{"type":"email_text_input"}`, "ana@acme.com", ""},
		{`"element":{"type":"url_text_input"}`, "acme", "Please enter a valid URL."},
		{`"element":{"type":"number_input","is_decimal_allowed":false}`, "1.5", "Please enter a number."},
		{`"element":{"type":"number_input","is_decimal_allowed":true,"min_value":"2"}`, "1.5", "Please enter a number of at least 2."},
		{`"element":{"type":"number_input","is_decimal_allowed":true,"max_value":"8"}`, "9", "Please enter a number of at most 8."},
	}
	for _, test := range tests {
		block := parse(t, `{"type":"input",`+test.block+`}`).(obj)
		value, err := valueOf(block["element"].(obj), Typed(test.typed), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := fieldError(block, value); got != test.want {
			t.Errorf("%q in %s: %q, want %q", test.typed, test.block, got, test.want)
		}
	}
}

// The app hears of a field while the form is open only when the field says so.
func TestDispatchOfFields(t *testing.T) {
	for _, dispatch := range []bool{false, true} {
		w := open(t, Options{})
		a, _ := dial(t, w)
		form := simple("why")
		form["blocks"].([]any)[0].(obj)["dispatch_action"] = dispatch
		view := opened(t, w, a, form)
		done := make(chan error, 1)
		go func() { done <- w.Fill(t.Context(), "U0ANA", view.ID, "why", "text", Typed("x")) }()
		if dispatch {
			frame := a.read()
			a.ack(frame, nil)
			payload := frame["payload"].(obj)
			if action := payload["actions"].([]any)[0].(obj); action["value"] != "x" || action["type"] != "plain_text_input" {
				t.Errorf("the app was told %v", action)
			}
			state := payload["view"].(obj)["state"].(obj)["values"].(obj)
			if state["why"].(obj)["text"].(obj)["value"] != "x" {
				t.Errorf("the state is %v", state)
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// A query below min_query_length asks nothing; an answer without options is noted, as it shows people an error.
func TestExternalMenus(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	form := simple("what")
	form["blocks"].([]any)[0].(obj)["element"] = obj{"type": "external_select", "action_id": "what"}
	view := opened(t, w, a, form)
	if got, err := w.Options(t.Context(), "U0ANA", view.ID, "what", "what", "pr"); err != nil || got != nil {
		t.Errorf("two letters offer %v, %v", got, err)
	}
	type result struct {
		options []Option
		err     error
	}
	ask := func(payload any) result {
		done := make(chan result, 1)
		go func() {
			got, err := w.Options(t.Context(), "U0ANA", view.ID, "what", "what", "prod")
			done <- result{got, err}
		}()
		a.ack(a.read(), payload)
		return <-done
	}
	option := obj{"text": obj{"type": "plain_text", "text": "prod-db"}, "value": "r1",
		"description": obj{"type": "plain_text", "text": "Okta group"}}
	grouped := ask(obj{"option_groups": []any{obj{"label": obj{"type": "plain_text", "text": "Okta"}, "options": []any{option}}}})
	if grouped.err != nil || grouped.options[0] != (Option{Text: "prod-db", Value: "r1", Description: "Okta group", Group: "Okta"}) {
		t.Errorf("groups offer %+v", grouped)
	}
	if none := ask(obj{"options": []any{}}); none.err != nil || len(none.options) != 0 {
		t.Errorf("an empty list offers %+v", none)
	}
	if err := w.Fill(t.Context(), "U0ANA", view.ID, "what", "what", Chosen("r1")); err == nil {
		t.Error("an option was chosen that is no longer on the screen")
	}
	if broken := ask(obj{}); broken.err == nil {
		t.Errorf("an answer without options offers %+v", broken)
	}
	if long := ask(obj{"options": []any{obj{"text": obj{"type": "plain_text", "text": long(OptionText + 1)}, "value": "v"}}}); long.err == nil {
		t.Errorf("too long an option is offered: %+v", long)
	}
	wantProblems(t, w, "missing required field: options", "must be less than 76 characters")
}
