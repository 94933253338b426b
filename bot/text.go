package bot

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// What every chat does with text before it is shown. Which characters its own markup reads is each adapter's to know.

// CleanText takes out what hides or reorders text: control characters but for newlines, direction marks, zero widths.
func CleanText(s string) string {
	return strings.Map(func(r rune) rune {
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

// CutMark stands where text was cut.
const CutMark = "…"

// ClampText cuts to a limit in UTF-16 units, as the chats count, at a character's edge, with CutMark.
func ClampText(s string, limit int) string {
	if TextWidth(s) <= limit {
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
	return s[:end] + CutMark
}

// TextWidth is the length of a text in UTF-16 units. What is no text counts as one each.
func TextWidth(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
