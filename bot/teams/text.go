package teams

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// clean takes out what hides or reorders text: control characters but for newlines, direction marks, zero widths. What Teams would read as a
// date function is taken apart: typed text must not pass for our own times.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t', r == '\u2028', r == '\u2029', r == '\u0085':
			return ' '
		case r == unicode.ReplacementChar, unicode.IsControl(r), hides(r):
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"))
	return strings.ReplaceAll(s, "{{", "{\u2060{")
}

// hides tells characters of no width and those that change the direction of what follows.
func hides(r rune) bool {
	switch {
	case r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f':
		return true
	case r == '\u00ad', r == '\u061c', r == '\u115f', r == '\u1160', r == '\u180e', r == '\u3164', r == '\ufeff', r == '\uffa0':
		return true
	case r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

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

// cutMark stands where text was cut.
const cutMark = "…"

// clamp cuts to a limit in UTF-16 units, at a character's edge, with a mark.
func clamp(s string, limit int) string {
	if width(s) <= limit {
		return s
	}
	used, end := 1, 0
	for i, r := range s {
		used += utf16.RuneLen(r)
		if used > limit {
			break
		}
		end = i + len(string(r))
	}
	return s[:end] + cutMark
}

// width is the length of a text in UTF-16 units.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// digest stands for a list of texts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
