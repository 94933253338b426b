package slack

import (
	"fmt"
	"strings"
	"testing"
)

// many repeats JSON with a running number in place of #.
func many(n int, item string) string {
	var items []string
	for i := range n {
		items = append(items, strings.ReplaceAll(item, "#", fmt.Sprint(i)))
	}
	return "[" + strings.Join(items, ",") + "]"
}

func long(n int) string { return strings.Repeat("x", n) }

// said is a plain_text object of n characters.
func said(n int) string { return `{"type":"plain_text","text":"` + long(n) + `"}` }

const (
	oneButton = `{"type":"button","action_id":"a#","text":{"type":"plain_text","text":"Go"}}`
	oneOption = `{"text":{"type":"plain_text","text":"o#"},"value":"v#"}`
	oneLine   = `{"type":"plain_text_input","action_id":"t"}`
)

func inActionsBlock(element string) string {
	return `[{"type":"actions","elements":[` + element + `]}]`
}

func inInputBlock(element string) string {
	return `[{"type":"input","label":{"type":"plain_text","text":"L"},"element":` + element + `}]`
}

// Every limit, at its edge and one past it. Source: docs.slack.dev/reference/block-kit.
func TestLimitsOfBlocks(t *testing.T) {
	tests := []struct {
		what  string
		limit int
		make  func(n int) string
	}{
		{"blocks of a message", MessageBlocks, func(n int) string { return many(n, `{"type":"divider"}`) }},
		{"section text", SectionText, func(n int) string { return `[{"type":"section","text":` + said(n) + `}]` }},
		{"section fields", SectionFields, func(n int) string { return `[{"type":"section","fields":` + many(n, said(1)) + `}]` }},
		{"field text", FieldText, func(n int) string { return `[{"type":"section","fields":[` + said(n) + `]}]` }},
		{"header", HeaderText, func(n int) string { return `[{"type":"header","text":` + said(n) + `}]` }},
		{"context elements", ContextElements, func(n int) string { return `[{"type":"context","elements":` + many(n, said(1)) + `}]` }},
		{"actions elements", ActionsElements, func(n int) string { return `[{"type":"actions","elements":` + many(n, oneButton) + `}]` }},
		{"block_id", BlockID, func(n int) string { return `[{"type":"divider","block_id":"` + long(n) + `"}]` }},
		{"action_id", ActionID, func(n int) string {
			return inActionsBlock(`{"type":"button","action_id":"` + long(n) + `","text":` + said(1) + `}`)
		}},
		{"button text", ButtonText, func(n int) string { return inActionsBlock(`{"type":"button","text":` + said(n) + `}`) }},
		{"button value", ButtonValue, func(n int) string {
			return inActionsBlock(`{"type":"button","text":` + said(1) + `,"value":"` + long(n) + `"}`)
		}},
		{"button url", URLLength, func(n int) string {
			return inActionsBlock(`{"type":"button","text":` + said(1) + `,"url":"` + long(n) + `"}`)
		}},
		{"accessibility label", AccessLabel, func(n int) string {
			return inActionsBlock(`{"type":"button","text":` + said(1) + `,"accessibility_label":"` + long(n) + `"}`)
		}},
		{"confirm title", ConfirmTitle, func(n int) string { return confirmed(n, 1, 1) }},
		{"confirm text", ConfirmText, func(n int) string { return confirmed(1, n, 1) }},
		{"confirm button", ConfirmButton, func(n int) string { return confirmed(1, 1, n) }},
		{"options", SelectOptions, func(n int) string {
			return inActionsBlock(`{"type":"static_select","options":` + many(n, oneOption) + `}`)
		}},
		{"overflow options", OverflowOptions, func(n int) string {
			return inActionsBlock(`{"type":"overflow","options":` + many(n, oneOption) + `}`)
		}},
		{"radio buttons", ChoiceOptions, func(n int) string {
			return inActionsBlock(`{"type":"radio_buttons","options":` + many(n, oneOption) + `}`)
		}},
		{"checkboxes", ChoiceOptions, func(n int) string {
			return inInputBlock(`{"type":"checkboxes","options":` + many(n, oneOption) + `}`)
		}},
		{"option text", OptionText, func(n int) string {
			return inActionsBlock(`{"type":"static_select","options":[{"text":` + said(n) + `,"value":"v"}]}`)
		}},
		{"option value", OptionValue, func(n int) string {
			return inActionsBlock(`{"type":"static_select","options":[{"text":` + said(1) + `,"value":"` + long(n) + `"}]}`)
		}},
		{"placeholder", Placeholder, func(n int) string {
			return inInputBlock(`{"type":"plain_text_input","placeholder":` + said(n) + `}`)
		}},
		{"max_length", InputLength, func(n int) string {
			return inInputBlock(fmt.Sprintf(`{"type":"plain_text_input","max_length":%d}`, n))
		}},
		{"label", InputLabel, func(n int) string {
			return `[{"type":"input","label":` + said(n) + `,"element":` + oneLine + `}]`
		}},
		{"hint", InputLabel, func(n int) string {
			return `[{"type":"input","label":` + said(1) + `,"hint":` + said(n) + `,"element":` + oneLine + `}]`
		}},
		{"alt text", AltText, func(n int) string {
			return `[{"type":"image","image_url":"https://x","alt_text":"` + long(n) + `"}]`
		}},
		{"markdown", MarkdownText, func(n int) string { return `[{"type":"markdown","text":"` + long(n) + `"}]` }},
		{"table rows", TableRows, func(n int) string {
			return `[{"type":"table","rows":` + many(n, `[{"type":"raw_text","text":"c"}]`) + `}]`
		}},
		{"table columns", TableColumns, func(n int) string {
			return `[{"type":"table","rows":[` + many(n, `{"type":"raw_text","text":"c"}`) + `]}]`
		}},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			for n, sound := range map[int]bool{test.limit: true, test.limit + 1: false} {
				blocks, _ := parse(t, test.make(n)).([]any)
				wrong := checkBlocks("message", "/blocks", blocks)
				if (len(wrong) == 0) != sound {
					t.Errorf("%d: complaints %q", n, wrong)
				}
			}
		})
	}
}

func confirmed(title, words, button int) string {
	return inActionsBlock(`{"type":"button","text":` + said(1) + `,"confirm":{"title":` + said(title) + `,"text":` + said(words) +
		`,"confirm":` + said(button) + `,"deny":` + said(1) + `}}`)
}

// What Slack refuses for other reasons than length, and how it says so.
func TestRefusedBlocks(t *testing.T) {
	tests := []struct{ name, surface, blocks, want string }{
		{"unknown block", "message", `[{"type":"sparkles"}]`, "unsupported type: sparkles [json-pointer:/blocks/0/type]"},
		{"unknown element", "message", inActionsBlock(`{"type":"knob"}`), "unsupported type: knob [json-pointer:/blocks/0/elements/0/type]"},
		{"an input in actions", "message", inActionsBlock(oneLine), "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"},
		{"a button in an input", "modal", inInputBlock(oneButton), "unsupported type: button [json-pointer:/blocks/0/element/type]"},
		{"markdown in a modal", "modal", `[{"type":"markdown","text":"x"}]`, "unsupported type: markdown [json-pointer:/blocks/0/type]"},
		{"nothing to say", "message", `[{"type":"section"}]`, "missing required field: text [json-pointer:/blocks/0]"},
		{"empty text", "message", `[{"type":"section","text":{"type":"mrkdwn","text":""}}]`,
			"must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{"mrkdwn header", "message", `[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]`,
			`must be a text object of type ["plain_text"] [json-pointer:/blocks/0/text]`},
		{"emoji on mrkdwn", "message", `[{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":false}}]`,
			"invalid additional property: emoji [json-pointer:/blocks/0/text]"},
		{"additional property", "message", `[{"type":"divider","color":"red"}]`, "invalid additional property: color [json-pointer:/blocks/0]"},
		{"same block_id", "message", `[{"type":"divider","block_id":"b"},{"type":"divider","block_id":"b"}]`,
			"`block_id` \"b\" already exists for another block [json-pointer:/blocks/1/block_id]"},
		{"same action_id", "message", inActionsBlock(oneButton + "," + oneButton),
			"`action_id` \"a#\" already exists for another element [json-pointer:/blocks/0]"},
		{"no options", "message", inActionsBlock(`{"type":"static_select","options":[]}`),
			"no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"options and groups missing", "message", inActionsBlock(`{"type":"static_select"}`),
			"exactly one of options and option_groups is required [json-pointer:/blocks/0/elements/0]"},
		{"initial option from elsewhere", "message",
			inActionsBlock(`{"type":"static_select","options":[{"text":{"type":"plain_text","text":"a"},"value":"1"}],"initial_option":{"text":{"type":"plain_text","text":"b"},"value":"1"}}`),
			"must equal one of the options exactly [json-pointer:/blocks/0/elements/0/initial_option]"},
		{"style", "message", inActionsBlock(`{"type":"button","style":"loud","text":{"type":"plain_text","text":"x"}}`),
			`value must be one of ["primary" "danger"] [json-pointer:/blocks/0/elements/0/style]`},
		{"number without decimals", "modal", inInputBlock(`{"type":"number_input"}`),
			"missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]"},
		{"date", "modal", inInputBlock(`{"type":"datepicker","initial_date":"9.11.2026"}`),
			"must be a date as YYYY-MM-DD [json-pointer:/blocks/0/element/initial_date]"},
		{"two focuses", "modal", `[{"type":"input","label":{"type":"plain_text","text":"a"},"element":{"type":"plain_text_input","focus_on_load":true}},
			{"type":"input","label":{"type":"plain_text","text":"b"},"element":{"type":"plain_text_input","focus_on_load":true}}]`,
			"focus_on_load may be set on one element of a view only [json-pointer:/blocks]"},
		{"rich text leaf", "message", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"song"}]}]}]`,
			"unsupported type: song [json-pointer:/blocks/0/elements/0/elements/0/type]"},
		{"image without alt text", "message", `[{"type":"image","image_url":"https://x"}]`,
			"missing required field: alt_text [json-pointer:/blocks/0]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			blocks, _ := parse(t, test.blocks).([]any)
			wrong := checkBlocks(test.surface, "/blocks", blocks)
			if len(wrong) != 1 || wrong[0] != "[ERROR] "+test.want {
				t.Errorf("complaints %q, want %q", wrong, test.want)
			}
		})
	}
}

// What an access bot draws must pass.
func TestSoundBlocks(t *testing.T) {
	blocks := `[
	  {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"R1 ","style":{"bold":true}},
	    {"type":"user","user_id":"U0ANA"},{"type":"date","timestamp":1794212400,"format":"{time}","fallback":"14:30"}]},
	    {"type":"rich_text_quote","elements":[{"type":"text","text":"typed *by* somebody <!channel>"}]},
	    {"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}]},
	  {"type":"section","text":{"type":"mrkdwn","text":"x","verbatim":true},"expand":true,
	    "accessory":{"type":"overflow","action_id":"more","options":[{"text":{"type":"plain_text","text":"x"},"value":"v"}]}},
	  {"type":"context","elements":[{"type":"mrkdwn","text":"x"},{"type":"image","image_url":"https://x","alt_text":"x"}]},
	  {"type":"input","optional":true,"dispatch_action":true,"label":{"type":"plain_text","text":"x","emoji":false},
	    "element":{"type":"multi_static_select","max_selected_items":2,"option_groups":[{"label":{"type":"plain_text","text":"g"},
	      "options":[{"text":{"type":"plain_text","text":"x"},"value":"v","description":{"type":"plain_text","text":"d"}}]}]}},
	  {"type":"actions","elements":[{"type":"datetimepicker","initial_date_time":1794212400},{"type":"timepicker","initial_time":"09:30",
	    "timezone":"Europe/Berlin"},{"type":"users_select"},{"type":"conversations_select","filter":{"include":["im"]}}]}]`
	list, _ := parse(t, blocks).([]any)
	for _, surface := range []string{"message", "modal", "home"} {
		if wrong := checkBlocks(surface, "/blocks", list); len(wrong) > 0 {
			t.Errorf("in a %s: %q", surface, wrong)
		}
	}
}

func TestLimitsOfViews(t *testing.T) {
	tests := []struct {
		field string
		limit int
		value func(n int) any
	}{
		{"title", ViewTitle, func(n int) any { return obj{"type": "plain_text", "text": long(n)} }},
		{"submit", ViewTitle, func(n int) any { return obj{"type": "plain_text", "text": long(n)} }},
		{"close", ViewTitle, func(n int) any { return obj{"type": "plain_text", "text": long(n)} }},
		{"private_metadata", PrivateMetadata, func(n int) any { return long(n) }},
		{"callback_id", CallbackID, func(n int) any { return long(n) }},
		{"external_id", CallbackID, func(n int) any { return long(n) }},
		{"blocks", ViewBlocks, func(n int) any {
			list := []any{}
			for range n {
				list = append(list, obj{"type": "divider"})
			}
			return list
		}},
	}
	for _, test := range tests {
		t.Run(test.field, func(t *testing.T) {
			for n, sound := range map[int]bool{test.limit: true, test.limit + 1: false} {
				view := simple("why")
				view[test.field] = test.value(n)
				if _, err := checkView(any(view), "modal"); (err == nil) != sound {
					t.Errorf("%d: %v", n, err)
				}
			}
		})
	}
	heavy := simple("why")
	heavy["private_metadata"] = long(ViewBytes)
	if _, err := checkView(any(heavy), "modal"); err == nil || err.Error() != "view_too_large" {
		t.Errorf("a view past 250 KB gives %v", err)
	}
}
