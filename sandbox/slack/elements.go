package slack

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// element checks one element that must be of the given types.
func element(kinds []string) rule {
	return func(c *checker, at string, v any) {
		e, isObject := v.(obj)
		kind, _ := e["type"].(string)
		shape, known := elementShapes()[kind]
		if !isObject || !known || !slices.Contains(kinds, kind) || (kind == "file_input" && c.surface != "modal") {
			c.fail(at+"/type", "unsupported type: %s", kind)
			return
		}
		may := rules{}
		if kind != "image" {
			may["action_id"] = text(ActionID)
			may["focus_on_load"] = boolean
			may["confirm"] = confirm
		}
		for name, check := range shape.may {
			may[name] = check
		}
		c.object(at, e, shape.must, may)
		if e["focus_on_load"] == true {
			c.focus++
		}
		if shape.also != nil {
			shape.also(c, at, e)
		}
	}
}

type elementShape struct {
	must, may rules
	also      func(*checker, string, obj)
}

// elementShapes are all element types known here.
var elementShapes = sync.OnceValue(func() map[string]elementShape {
	shapes := map[string]elementShape{
		"image": {must: rules{"alt_text": text(AltText), "image_url": text(URLLength)}},
		"button": {must: rules{"text": plain(ButtonText)}, may: rules{"value": maybe(ButtonValue), "url": text(URLLength),
			"style": oneOf("primary", "danger"), "accessibility_label": text(AccessLabel)}},
		"overflow": {must: rules{"options": list(1, OverflowOptions, option(plain(OptionText), rules{"url": text(URLLength)}))}},
		"radio_buttons": {must: rules{"options": list(1, ChoiceOptions, option(either(OptionText), nil))},
			may: rules{"initial_option": anything}, also: initialAmongOptions},
		"checkboxes": {must: rules{"options": list(1, ChoiceOptions, option(either(OptionText), nil))},
			may: rules{"initial_options": list(1, ChoiceOptions, anything)}, also: initialAmongOptions},
		"datepicker":     {may: rules{"placeholder": plain(Placeholder), "initial_date": date}},
		"timepicker":     {may: rules{"placeholder": plain(Placeholder), "initial_time": clock, "timezone": zoneName}},
		"datetimepicker": {may: rules{"initial_date_time": whole(1_000_000_000, 9_999_999_999)}},
	}
	for kind, shape := range typedShapes() {
		shapes[kind] = shape
	}
	for kind, shape := range selectShapes() {
		shapes[kind] = shape
		multi := elementShape{must: shape.must, may: rules{"max_selected_items": whole(1, 1<<20)}, also: shape.also}
		for name, check := range shape.may {
			multi.may[name] = check
			if strings.HasPrefix(name, "initial_") {
				multi.may[name+"s"] = list(1, SelectOptions, anything)
				delete(multi.may, name)
			}
		}
		shapes["multi_"+kind] = multi
	}
	return shapes
})

// typedShapes are the elements one types into.
func typedShapes() map[string]elementShape {
	config := object(nil, rules{"trigger_actions_on": list(1, 2, oneOf("on_enter_pressed", "on_character_entered"))})
	line := rules{"placeholder": plain(Placeholder), "dispatch_action_config": config, "initial_value": maybe(InputLength)}
	with := func(more rules) rules {
		all := rules{}
		for _, some := range []rules{line, more} {
			for name, check := range some {
				all[name] = check
			}
		}
		return all
	}
	number := maybe(InputLength)
	return map[string]elementShape{
		"plain_text_input": {may: with(rules{"multiline": boolean, "min_length": whole(0, InputLength),
			"max_length": whole(1, InputLength)})},
		"number_input":     {must: rules{"is_decimal_allowed": boolean}, may: with(rules{"min_value": number, "max_value": number})},
		"email_text_input": {may: line},
		"url_text_input":   {may: line},
		"rich_text_input": {may: rules{"placeholder": plain(Placeholder), "dispatch_action_config": config, "initial_value": anything,
			"visible_lines": whole(1, 100)}},
		"file_input": {may: rules{"max_files": whole(1, 10), "filetypes": list(1, 100, text(BlockID))}},
	}
}

// selectShapes are the menus with one answer; those with several answers are derived from them.
func selectShapes() map[string]elementShape {
	hint := plain(Placeholder)
	groups := list(1, SelectOptions, object(rules{"label": plain(OptionText),
		"options": list(1, SelectOptions, option(plain(OptionText), nil))}, nil))
	filter := object(nil, rules{"include": list(1, 4, oneOf("im", "mpim", "private", "public")),
		"exclude_external_shared_channels": boolean, "exclude_bot_users": boolean})
	return map[string]elementShape{
		"static_select": {may: rules{"placeholder": hint, "options": list(1, SelectOptions, option(plain(OptionText), nil)),
			"option_groups": groups, "initial_option": anything}, also: optionsOrGroups},
		"external_select": {may: rules{"placeholder": hint, "min_query_length": whole(0, 100),
			"initial_option": option(plain(OptionText), nil)}},
		"users_select": {may: rules{"placeholder": hint, "initial_user": text(BlockID)}},
		"conversations_select": {may: rules{"placeholder": hint, "initial_conversation": text(BlockID), "filter": filter,
			"default_to_current_conversation": boolean, "response_url_enabled": boolean}},
		"channels_select": {may: rules{"placeholder": hint, "initial_channel": text(BlockID), "response_url_enabled": boolean}},
	}
}

func option(label rule, more rules) rule {
	return func(c *checker, at string, v any) {
		may := rules{"description": either(OptionText)}
		for name, check := range more {
			may[name] = check
		}
		object(rules{"text": label, "value": text(OptionValue)}, may)(c, at, v)
	}
}

func confirm(c *checker, at string, v any) {
	object(rules{"title": plain(ConfirmTitle), "text": either(ConfirmText), "confirm": plain(ConfirmButton), "deny": plain(ConfirmButton)},
		rules{"style": oneOf("primary", "danger")})(c, at, v)
}

func optionsOrGroups(c *checker, at string, e obj) {
	if (e["options"] == nil) == (e["option_groups"] == nil) {
		c.fail(at, "exactly one of options and option_groups is required")
	}
	initialAmongOptions(c, at, e)
}

// initialAmongOptions wants every initial option to equal one of the options exactly.
func initialAmongOptions(c *checker, at string, e obj) {
	initial, _ := e["initial_options"].([]any)
	if e["initial_option"] != nil {
		initial = append(initial, e["initial_option"])
	}
	for _, chosen := range initial {
		same := func(o obj) bool { return reflect.DeepEqual(any(o), chosen) }
		if !slices.ContainsFunc(optionsOf(e), same) {
			c.fail(at+"/initial_option", "must equal one of the options exactly")
		}
	}
}

// optionsOf are the options of a menu, those in groups included.
func optionsOf(e obj) []obj {
	var all []obj
	add := func(v any) {
		items, _ := v.([]any)
		for _, item := range items {
			if o, isObject := item.(obj); isObject {
				all = append(all, o)
			}
		}
	}
	add(e["options"])
	groups, _ := e["option_groups"].([]any)
	for _, raw := range groups {
		group, _ := raw.(obj)
		add(group["options"])
	}
	return all
}

var clockForm = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)

func date(c *checker, at string, v any) {
	if _, err := time.Parse(time.DateOnly, fmt.Sprint(v)); err != nil {
		c.fail(at, "must be a date as YYYY-MM-DD")
	}
}

func clock(c *checker, at string, v any) {
	if !clockForm.MatchString(fmt.Sprint(v)) {
		c.fail(at, "must be a time as HH:mm")
	}
}

func zoneName(c *checker, at string, v any) {
	if _, err := time.LoadLocation(fmt.Sprint(v)); err != nil {
		c.fail(at, "must be the IANA name of a time zone")
	}
}
