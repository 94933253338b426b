package slack

import (
	"slices"
	"sync"
)

// blockShape is what one type of block may hold, and where it may stand.
type blockShape struct {
	surfaces  []string
	must, may rules
	also      func(*checker, string, obj)
}

var (
	everywhere   = []string{"message", "modal", "home"}
	messagesOnly = []string{"message"}
)

// Elements by the block they may stand in. Source: "Works with block types" on each element's page.
var (
	inSection = []string{"button", "checkboxes", "radio_buttons", "datepicker", "timepicker", "image", "overflow", "static_select",
		"external_select", "users_select", "conversations_select", "channels_select", "multi_static_select", "multi_external_select",
		"multi_users_select", "multi_conversations_select", "multi_channels_select"}
	inActions = []string{"button", "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", "overflow",
		"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
	inInput = []string{"checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", "static_select",
		"external_select", "users_select", "conversations_select", "channels_select", "multi_static_select", "multi_external_select",
		"multi_users_select", "multi_conversations_select", "multi_channels_select", "plain_text_input", "number_input",
		"email_text_input", "url_text_input", "rich_text_input", "file_input"}
)

// blockShapes are all block types known here.
var blockShapes = sync.OnceValue(func() map[string]blockShape {
	id := text(BlockID)
	return map[string]blockShape{
		"divider": {surfaces: everywhere, may: rules{"block_id": id}},
		"header":  {surfaces: everywhere, must: rules{"text": plain(HeaderText)}, may: rules{"block_id": id}},
		"section": {surfaces: everywhere, also: sectionSays, may: rules{"block_id": id, "text": either(SectionText), "expand": boolean,
			"fields": list(1, SectionFields, either(FieldText)), "accessory": element(inSection)}},
		"context": {surfaces: everywhere, must: rules{"elements": list(1, ContextElements, contextElement)}, may: rules{"block_id": id}},
		"actions": {surfaces: everywhere, must: rules{"elements": list(1, ActionsElements, element(inActions))},
			may: rules{"block_id": id}},
		"input": {surfaces: everywhere, also: countInput, must: rules{"label": plain(InputLabel), "element": element(inInput)},
			may: rules{"block_id": id, "hint": plain(InputLabel), "optional": boolean, "dispatch_action": boolean}},
		"image": {surfaces: everywhere, must: rules{"alt_text": text(AltText), "image_url": text(URLLength)},
			may: rules{"block_id": id, "title": plain(ImageTitle)}},
		"rich_text": {surfaces: everywhere, must: rules{"elements": list(1, 1000, richPart)}, may: rules{"block_id": id}},
		"markdown": {surfaces: messagesOnly, also: countProse, must: rules{"text": text(MarkdownText)},
			may: rules{"block_id": id}},
		"table": {surfaces: messagesOnly, also: func(c *checker, _ string, _ obj) { c.tables++ },
			must: rules{"rows": list(1, TableRows, list(1, TableColumns, tableCell))},
			may:  rules{"block_id": id, "column_settings": anything}},
	}
})

func sectionSays(c *checker, at string, block obj) {
	if block["text"] == nil && block["fields"] == nil {
		c.fail(at, "missing required field: text")
	}
}

func countInput(c *checker, _ string, _ obj) { c.inputs++ }

func countProse(c *checker, _ string, block obj) {
	said, _ := block["text"].(string)
	c.prose += length(said)
}

func contextElement(c *checker, at string, v any) {
	o, _ := v.(obj)
	if o["type"] == "image" {
		element([]string{"image"})(c, at, v)
		return
	}
	either(SectionText)(c, at, v)
}

func tableCell(c *checker, at string, v any) {
	o, _ := v.(obj)
	switch o["type"] {
	case "raw_text":
		c.object(at, o, rules{"text": maybe(SectionText)}, nil)
	case "rich_text":
		c.object(at, o, rules{"elements": list(1, 1000, richPart)}, nil)
	default:
		c.fail(at, "unsupported type: %v", o["type"])
	}
}

// richPart is a direct child of a rich_text block.
func richPart(c *checker, at string, v any) {
	o, _ := v.(obj)
	leaves := rules{"elements": list(0, 1000, richLeaf)}
	switch o["type"] {
	case "rich_text_section":
		c.object(at, o, leaves, nil)
	case "rich_text_quote", "rich_text_preformatted":
		c.object(at, o, leaves, rules{"border": whole(0, 1), "language": text(AccessLabel)})
	case "rich_text_list":
		c.object(at, o, rules{"style": oneOf("bullet", "ordered"), "elements": list(1, 1000, richSection)},
			rules{"indent": whole(0, 8), "offset": whole(0, 1000), "border": whole(0, 1)})
	default:
		c.fail(at+"/type", "unsupported type: %v", o["type"])
	}
}

func richSection(c *checker, at string, v any) {
	o, _ := v.(obj)
	if o["type"] != "rich_text_section" {
		c.fail(at+"/type", "unsupported type: %v", o["type"])
		return
	}
	richPart(c, at, v)
}

// richLeaf is a piece of rich text.
func richLeaf(c *checker, at string, v any) {
	o, _ := v.(obj)
	kind, _ := o["type"].(string)
	style := object(nil, rules{"bold": boolean, "italic": boolean, "strike": boolean, "code": boolean, "underline": boolean,
		"highlight": boolean, "client_highlight": boolean, "unlink": boolean})
	must, known := map[string]rules{
		"text":      {"text": text(MessageText)},
		"link":      {"url": text(URLLength)},
		"user":      {"user_id": text(BlockID)},
		"usergroup": {"usergroup_id": text(BlockID)},
		"channel":   {"channel_id": text(BlockID)},
		"broadcast": {"range": oneOf("here", "channel", "everyone")},
		"emoji":     {"name": text(BlockID)},
		"date":      {"timestamp": whole(0, 1<<40), "format": text(SectionText)},
		"color":     {"value": text(BlockID)},
	}[kind]
	if !known {
		c.fail(at+"/type", "unsupported type: %s", kind)
		return
	}
	may := rules{"style": style}
	switch kind {
	case "link":
		may["text"], may["unsafe"] = maybe(MessageText), boolean
	case "date":
		may["url"], may["fallback"] = text(URLLength), text(SectionText)
	case "emoji":
		may["unicode"], may["skin_tone"] = text(BlockID), whole(1, 6)
	}
	c.object(at, o, must, may)
}

// elementsOf are the interactive elements of a block, as the block holds them.
func elementsOf(block obj) []obj {
	var found []obj
	add := func(v any) {
		if e, isObject := v.(obj); isObject && interactive(e) {
			found = append(found, e)
		}
	}
	add(block["accessory"])
	add(block["element"])
	if block["type"] == "actions" {
		items, _ := block["elements"].([]any)
		for _, item := range items {
			add(item)
		}
	}
	return found
}

func interactive(e obj) bool {
	kind, _ := e["type"].(string)
	return kind != "image" && (slices.Contains(inSection, kind) || slices.Contains(inActions, kind) || slices.Contains(inInput, kind))
}

// fillIDs gives every block and element an id of its own where the app gave none, as Slack does. The caller holds the lock.
func (w *Workspace) fillIDs(blocks []any) {
	for _, raw := range blocks {
		block, _ := raw.(obj)
		if id, _ := block["block_id"].(string); id == "" {
			block["block_id"] = w.nextID("b")
		}
		for _, e := range elementsOf(block) {
			if id, _ := e["action_id"].(string); id == "" {
				e["action_id"] = w.nextID("a")
			}
		}
	}
}
