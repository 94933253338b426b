package slack

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"hallpass/bot"
	"hallpass/flows"

	api "github.com/slack-go/slack"
)

// dependent are the fields whose choices belong to one resource, as a flow's own questions do; another resource starts them anew.
var dependent = []string{bot.FieldPermission, bot.FieldDuration, bot.FieldCustom}

// resourceMark stands between a field's name and its resource in a block id.
const resourceMark = "@"

// blockID is stable while a field means the same, so that Slack keeps what was typed; a dependent field's changes with the resource.
func blockID(field string, m bot.Meta) string {
	if own := strings.HasPrefix(field, flows.OwnField); m.Resource == "" || !own && !slices.Contains(dependent, field) {
		return field
	}
	sum := sha256.Sum256([]byte(m.Resource))
	return field + resourceMark + hex.EncodeToString(sum[:6])
}

// fieldOf is the field of a block id.
func fieldOf(blockID string) string {
	field, _, _ := strings.Cut(blockID, resourceMark)
	return field
}

// modal draws a form. A form that does not fit its hidden values is refused.
func modal(f bot.Form) (api.ModalViewRequest, error) {
	hidden := sealed{Meta: f.Meta}
	var blocks []api.Block
	inputs := 0
	for _, field := range f.Fields {
		drawn := drawField(field, f.Meta, &hidden)
		for _, b := range drawn {
			if b.BlockType() == api.MBTInput {
				inputs++
			}
		}
		blocks = append(blocks, drawn...)
	}
	meta, err := hidden.seal()
	if err != nil {
		return api.ModalViewRequest{}, &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "The form does not fit Slack", Cause: err}
	}
	if blocks == nil {
		blocks = []api.Block{}
	}
	view := api.ModalViewRequest{Type: api.VTModal, Title: plain(f.Title, viewTitle), CallbackID: string(f.Kind), PrivateMetadata: meta,
		Submit: maybePlain(f.Submit, viewTitle), Close: maybePlain(f.Close, viewTitle), Blocks: api.Blocks{BlockSet: fitView(blocks)}}
	if inputs > 0 && view.Submit == nil {
		view.Submit = plain("OK", viewTitle) // Slack refuses a form with inputs and no submit
	}
	return view, nil
}

// drawField draws one question, or nothing where there is nothing to choose or to read.
func drawField(f bot.Field, m bot.Meta, hidden *sealed) []api.Block {
	if f.Kind == bot.Note {
		return drawNote(f)
	}
	element := fieldElement(f, hidden)
	if element == nil {
		return []api.Block{smallBlock(oneLine(f.Label) + ": there is nothing to choose")}
	}
	input := api.NewInputBlock(blockID(f.Name, m), plain(f.Label, labelLength), maybePlain(f.Help, labelLength), element)
	input.Optional = f.Optional
	input.DispatchAction = f.Watch
	return []api.Block{input}
}

func drawNote(f bot.Field) []api.Block {
	lines := f.Lines
	if f.Label != "" {
		lines = append([]bot.Line{{{Text: f.Label, Bold: true}}}, lines...)
	}
	out := drawBlock(bot.Block{Kind: bot.Paragraph, Lines: lines})
	if help := oneLine(f.Help); help != "" {
		out = append(out, smallBlock(help))
	}
	return out
}

func fieldElement(f bot.Field, hidden *sealed) api.BlockElement {
	switch f.Kind {
	case bot.Search, bot.Person:
		return searchElement(f, hidden)
	case bot.TextLine, bot.TextArea:
		return textElement(f)
	}
	options := drawOptions(f.Choices, hidden)
	if len(options) == 0 {
		return nil
	}
	if len(options) > optionCount {
		options = options[:optionCount]
	}
	chosen := initial(f, options, hidden)
	if f.Kind == bot.Checkbox {
		boxes := api.NewCheckboxGroupsBlockElement(f.Name, options...)
		if chosen != nil {
			boxes.InitialOptions = []*api.OptionBlockObject{chosen}
		}
		return boxes
	}
	if f.Kind == bot.Radio && len(options) <= radioCount {
		radio := api.NewRadioButtonsBlockElement(f.Name, options...)
		radio.InitialOption = chosen
		return radio
	}
	return &api.SelectBlockElement{Type: api.OptTypeStatic, ActionID: f.Name, Placeholder: maybePlain(f.Hint, hintLength),
		Options: options, InitialOption: chosen}
}

func searchElement(f bot.Field, hidden *sealed) api.BlockElement {
	e := &api.SelectBlockElement{Type: api.OptTypeExternal, ActionID: f.Name, Placeholder: maybePlain(f.Hint, hintLength),
		MinQueryLength: new(0)}
	if f.Chosen != nil {
		e.InitialOption = drawOption(*f.Chosen, hidden)
	}
	return e
}

func textElement(f bot.Field) api.BlockElement {
	e := &api.PlainTextInputBlockElement{Type: api.METPlainTextInput, ActionID: f.Name, Placeholder: maybePlain(f.Hint, hintLength),
		Multiline: f.Kind == bot.TextArea, MinLength: min(f.AtLeast, inputLength), MaxLength: min(f.AtMost, inputLength)}
	limit := inputLength
	if e.MaxLength > 0 {
		limit = e.MaxLength
	}
	e.InitialValue = bot.ClampText(f.Value, limit)
	if f.Watch {
		e.DispatchActionConfig = &api.DispatchActionConfig{TriggerActionsOn: []string{"on_enter_pressed"}}
	}
	return e
}

func drawOptions(items []bot.ChoiceItem, hidden *sealed) []*api.OptionBlockObject {
	out := make([]*api.OptionBlockObject, 0, len(items))
	for _, item := range items {
		out = append(out, drawOption(item, hidden))
	}
	return out
}

func drawOption(item bot.ChoiceItem, hidden *sealed) *api.OptionBlockObject {
	return api.NewOptionBlockObject(hidden.short(item.Value), plain(item.Label, optionLength), maybePlain(item.Small, optionLength))
}

// initial is the option a field starts with; Slack wants one of the options themselves.
func initial(f bot.Field, options []*api.OptionBlockObject, hidden *sealed) *api.OptionBlockObject {
	value := f.Value
	if f.Chosen != nil {
		value = f.Chosen.Value
	}
	for _, o := range options {
		if value != "" && o.Value == hidden.short(value) {
			return o
		}
	}
	return nil
}

// home draws the Home tab.
func home(h bot.Home) api.HomeTabViewRequest {
	var blocks []api.Block
	for _, b := range h.Blocks {
		if b.Search != nil {
			blocks = append(blocks, drawSearch(*b.Search))
		}
		blocks = append(blocks, drawBlock(b.Block)...)
	}
	if blocks == nil {
		blocks = []api.Block{}
	}
	return api.HomeTabViewRequest{Type: api.VTHomeTab, Blocks: api.Blocks{BlockSet: fitView(blocks)}}
}

// drawSearch is Home's search field: Enter sends it as the action home_query.
func drawSearch(f bot.Field) api.Block {
	f.Kind, f.Watch = bot.TextLine, true
	name := f.Name
	f.Name = string(bot.ActHomeQuery)
	input := api.NewInputBlock(name, plain(f.Label, labelLength), maybePlain(f.Help, labelLength), textElement(f))
	input.Optional, input.DispatchAction = true, true
	return input
}

// size complains about hidden values that do not fit.
func size(raw []byte) error {
	if bot.TextWidth(string(raw)) > metaLength {
		return fmt.Errorf("the form's hidden values take %d of %d characters", bot.TextWidth(string(raw)), metaLength)
	}
	return nil
}
