package slack

import (
	"encoding/json"

	api "github.com/slack-go/slack"

	"hallpass/bot"
)

// Limits of Block Kit and Socket Mode. Source: docs.slack.dev/reference/block-kit and .../apis/events-api/using-socket-mode, 2026.
// Lengths are in UTF-16 units: Slack does not say how it counts, and this is the stricter of the likely ways.
const (
	messageBlocks  = 50
	viewBlocks     = 100
	viewBytes      = 240 << 10 // Slack says 250 KB and not which kilobyte
	viewTitle      = 24        // also submit and close
	metaLength     = 3000
	blockIDLength  = 255
	actionElements = 25
	leafLength     = 3000 // not documented for rich text; that of every other text
	contextLength  = 3000
	labelLength    = 2000 // also hints
	hintLength     = 150  // placeholders
	buttonLength   = 75
	valueLength    = 2000 // of a button
	optionLength   = 75   // text, description and value; 150 for the value in newer pages
	optionCount    = 100
	radioCount     = 10
	inputLength    = 3000
	confirmTitle   = 100
	confirmLength  = 300
	confirmButton  = 30
	fallbackLength = 3000 // of 4,000: escaping has happened, but room is left for the unknown unit
	errorLength    = 1000 // not documented; the line under a field

	// ackBytes is the size from which on Slack drops an acknowledgement silently (measured by slack-go's authors); some room is left.
	ackBytes = 20*1024 - 512
	// ackBuffer keeps an acknowledgement in one WebSocket frame: Slack seems not to put fragments together.
	ackBuffer = 32 * 1024
	// maxFrame is more than any payload of Slack; a view is 250 KB at most.
	maxFrame = 4 << 20
)

// plain is a plain_text object within a limit, without emoji codes. Empty text, which Slack refuses, becomes a dash.
func plain(s string, limit int) *api.TextBlockObject {
	s = oneLine(s)
	if s == "" {
		s = "–"
	}
	return api.NewTextBlockObject(api.PlainTextType, bot.ClampText(s, limit), false, false)
}

// maybePlain is nil for an empty text.
func maybePlain(s string, limit int) *api.TextBlockObject {
	if oneLine(s) == "" {
		return nil
	}
	return plain(s, limit)
}

// moreThanFits is said at the end of what was cut.
const moreThanFits = "There is more than fits here."

// fitBlocks cuts a list of blocks to a limit and says so.
func fitBlocks(blocks []api.Block, limit int) []api.Block {
	if len(blocks) <= limit {
		return blocks
	}
	kept := append([]api.Block(nil), blocks[:limit-1]...)
	return append(kept, smallBlock(moreThanFits))
}

// fitView cuts a view's blocks by number and by the bytes they take.
func fitView(blocks []api.Block) []api.Block {
	blocks = fitBlocks(blocks, viewBlocks)
	for len(blocks) > 1 && encodedSize(blocks) > viewBytes-metaLength {
		blocks = fitBlocks(blocks, max(1, len(blocks)*3/4))
	}
	return blocks
}

func encodedSize(v any) int {
	raw, err := json.Marshal(v)
	if err != nil {
		return 0 // what does not encode fails where it is sent
	}
	return len(raw)
}

// rows splits buttons into actions blocks.
func rows(buttons []api.BlockElement) []api.Block {
	var out []api.Block
	for len(buttons) > 0 {
		n := min(actionElements, len(buttons))
		out = append(out, api.NewActionBlock("", buttons[:n]...))
		buttons = buttons[n:]
	}
	return out
}

// fitOptions cuts options to their number and to the bytes of one acknowledgement.
func fitOptions(options []*api.OptionBlockObject) []*api.OptionBlockObject {
	if len(options) > optionCount {
		options = options[:optionCount]
	}
	room := ackBytes - 200 // the frame around them
	for i, o := range options {
		room -= encodedSize(o) + 1
		if room < 0 {
			return options[:i]
		}
	}
	return options
}
