package teams

import (
	"regexp"
	"strings"
	"time"
)

// Markdown as TextBlocks, facts and messages draw it: bold, italic, lists, links, and a backslash that takes a sign's meaning away.
var (
	markdownLink = regexp.MustCompile(`\[([^\]\n]*)\]\(([^)\s]*)\)`)
	bold         = regexp.MustCompile(`(\*\*|__)([^*_\n]+)(\*\*|__)`)
	italic       = regexp.MustCompile(`(^|[\s(])([*_])([^*_\n]+)([*_])($|[\s).,;:!?])`)
	bullet       = regexp.MustCompile(`(?m)^[-*+] `)
	escapedSign  = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)
	atTag        = regexp.MustCompile(`<at>([^<]*)</at>`)
	dateToken    = regexp.MustCompile(`\{\{(DATE|TIME)\(([^,)]+)(?:,\s*(COMPACT|SHORT|LONG))?\)\}\}`)
)

// hidden is where escaped signs wait while Markdown is read: a private area of Unicode.
const hidden = 0xE000

// unescaped hides the signs behind backslashes, so that they are not read as Markdown.
func unescaped(words string) string {
	return escapedSign.ReplaceAllStringFunc(words, func(found string) string { return string(rune(found[1]) + hidden) })
}

// restored brings hidden signs back.
func restored(words string) string {
	return strings.Map(func(r rune) rune {
		if r > hidden && r < hidden+0x80 {
			return r - hidden
		}
		return r
	}, words)
}

// markdown is what a person reads of words that may hold Markdown, mentions and dates.
func (r reader) markdown(words string) string {
	words = unescaped(r.dates(words))
	words = markdownLink.ReplaceAllString(words, "$1 ($2)")
	words = bold.ReplaceAllString(words, "$2")
	words = italic.ReplaceAllString(words, "$1$3$5")
	words = bullet.ReplaceAllString(words, "• ")
	return restored(atTag.ReplaceAllString(words, "@$1"))
}

// dates draws {{DATE(…)}} and {{TIME(…)}} in the reader's zone, as an English client does. Source: Adaptive Cards, "Text features".
func (r reader) dates(words string) string {
	return dateToken.ReplaceAllStringFunc(words, func(found string) string {
		part := dateToken.FindStringSubmatch(found)
		at, err := time.Parse(time.RFC3339, part[2])
		if err != nil {
			return found
		}
		layouts := map[string]string{"": "1/2/2006", "COMPACT": "1/2/2006", "SHORT": "Mon, Jan 2, 2006", "LONG": "Monday, January 2, 2006"}
		layout := layouts[part[3]]
		if part[1] == "TIME" {
			layout = "3:04 PM"
		}
		return at.In(zone(r.zone)).Format(layout)
	})
}

// eachText visits every text of a card in which people read words with meaning, and says whether Markdown is read in it: in runs of a RichTextBlock
// it is not.
func eachText(o obj, visit func(text string, marked bool)) {
	switch kind := text(o, "type"); kind {
	case "TextBlock", "TextRun":
		visit(text(o, "text"), kind == "TextBlock")
	case "FactSet":
		for _, fact := range list(o, "facts") {
			visit(text(fact, "title"), true)
			visit(text(fact, "value"), true)
		}
	}
	for _, part := range parts {
		for _, item := range list(o, part) {
			eachText(item, visit)
		}
		if inner := object(o, part); inner != nil {
			eachText(inner, visit)
		}
	}
}
