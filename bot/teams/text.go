package teams

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"hallpass/bot"
)

// clean takes out what hides or reorders text. What Teams would read as a date function is taken apart: typed text must not pass for our own
// times.
func clean(s string) string { return strings.ReplaceAll(bot.CleanText(s), "{{", "{\u2060{") }

// inline is cleaned text without line breaks, so that it cannot pretend to be a line of ours.
func inline(s string) string { return strings.ReplaceAll(clean(s), "\n", " ") }

// oneLine is inline without spaces at its ends.
func oneLine(s string) string { return strings.TrimSpace(inline(s)) }

// paragraphs is cleaned text with at most one empty line in a row.
func paragraphs(s string) string {
	return emptyLines.ReplaceAllString(strings.TrimSpace(clean(s)), "\n\n")
}

var emptyLines = regexp.MustCompile(`\n[ \n]*\n`)

// unmarked replaces what Markdown would read as formatting by look-alikes: beside a box or a radio button some clients read Markdown, and an
// escape would be seen in those that do not.
var unmarked = strings.NewReplacer("*", "∗", "_", "ˍ", "~", "∼", "`", "ˋ", "[", "［", "]", "］", "<", "‹", ">", "›", "\\", "＼", "#", "＃")

// digest stands for a list of texts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
