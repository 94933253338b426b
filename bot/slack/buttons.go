package slack

import (
	"strconv"
	"strings"

	"hallpass/bot"

	api "github.com/slack-go/slack"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// repeatMark keeps action ids apart when one block has the same action twice: "revoke#2".
const repeatMark = "#"

func drawButtons(buttons []bot.Button) []api.BlockElement {
	seen := map[bot.Action]int{}
	out := make([]api.BlockElement, 0, len(buttons))
	for _, b := range buttons {
		seen[b.Action]++
		id := string(b.Action)
		if n := seen[b.Action]; n > 1 {
			id += repeatMark + strconv.Itoa(n)
		}
		out = append(out, drawButton(id, b))
	}
	return out
}

func drawButton(id string, b bot.Button) *api.ButtonBlockElement {
	button := api.NewButtonBlockElement(id, b.Value, plain(b.Label, buttonLength))
	button.Style = api.Style(b.Style)
	button.AccessibilityLabel = bot.ClampText(oneLine(b.Hint), buttonLength)
	if b.Confirm != "" {
		button.Confirm = api.NewConfirmationBlockObject(plain("Are you sure?", confirmTitle), plain(b.Confirm, confirmLength),
			plain(b.Label, confirmButton), plain("Not now", confirmButton))
		button.Confirm.Style = api.Style(b.Style)
	}
	return button
}

// actionOf is the action of an action id.
func actionOf(id string) bot.Action {
	name, _, _ := strings.Cut(id, repeatMark)
	return bot.Action(name)
}
