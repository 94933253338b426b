package slack

import (
	"regexp"
	"strings"

	"hallpass/bot"
)

// oneLine is cleaned text without line breaks, so that it cannot pretend to be a line of ours.
func oneLine(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(bot.CleanText(s), "\n", " "))
}

// inline is oneLine that keeps the spaces at both ends, for spans that stand beside others.
func inline(s string) string { return strings.ReplaceAll(bot.CleanText(s), "\n", " ") }

// paragraphs is cleaned text with at most one empty line in a row.
func paragraphs(s string) string {
	return emptyLines.ReplaceAllString(strings.TrimSpace(bot.CleanText(s)), "\n\n")
}

var emptyLines = regexp.MustCompile(`\n[ \n]*\n`)

// escape makes text safe in a message's fallback text. Source: docs.slack.dev/messaging/formatting-message-text#escaping.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escape(s string) string { return escaper.Replace(s) }

// disguise replaces what mrkdwn would read as formatting by look-alikes, because Slack has no escape for it.
var disguise = strings.NewReplacer("*", "∗", "~", "∼", "`", "ˋ", "<", "‹", ">", "›", "|", "ǀ", "•", "·")

// A word between colons is an emoji; @, #, underscores at a word's edge and addresses are parsed as well.
var (
	emojiCode = regexp.MustCompile(`:(\S)`)
	wordEdge  = regexp.MustCompile(`(^|[^\pL\pN])_|_([^\pL\pN]|$)`)
	mention   = regexp.MustCompile(`([@#])(\S)`)
	address   = regexp.MustCompile(`://|\b(?:www)\.`)
)

// neutralise makes a name harmless in a message's fallback text: a name there is somebody else's words.
func neutralise(s string) string {
	s = disguise.Replace(oneLine(s))
	s = address.ReplaceAllStringFunc(s, func(m string) string { return strings.NewReplacer("://", "∶⁄⁄", ".", "․").Replace(m) })
	s = emojiCode.ReplaceAllString(s, "∶$1")
	s = mention.ReplaceAllStringFunc(s, func(m string) string { return strings.NewReplacer("@", "＠", "#", "＃").Replace(m) })
	s = wordEdge.ReplaceAllStringFunc(s, func(m string) string { return strings.ReplaceAll(m, "_", "ˍ") })
	return escape(s)
}

// unescape undoes Slack's escaping of what was typed, in one pass, or "&amp;lt;" would become "<".
func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// typedLink is how Slack hands over an address that somebody typed in a message: <https://acme.com|acme.com>.
var typedLink = regexp.MustCompile(`<((?:https?://|mailto:)[^|>]+)(?:\|([^>]*))?>`)

// plainMessage is a typed message as it was typed: links and escapes undone.
func plainMessage(s string) string {
	s = typedLink.ReplaceAllStringFunc(s, func(link string) string {
		parts := typedLink.FindStringSubmatch(link)
		return strings.TrimPrefix(parts[1], "mailto:")
	})
	return unescape(s)
}
