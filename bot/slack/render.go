package slack

import (
	"regexp"
	"strings"
	"time"

	"hallpass/bot"

	api "github.com/slack-go/slack"
)

// message is a card as Slack takes it.
type message struct {
	text   string // what notifications and screen readers say
	blocks []api.Block
}

// render draws a card.
func render(c bot.Card) message {
	blocks := drawBlocks(c.Blocks)
	if len(blocks) == 0 {
		blocks = []api.Block{lineBlock([]bot.Line{c.Preview}, false)}
	}
	return message{text: fallback(c.Preview), blocks: fitBlocks(blocks, messageBlocks)}
}

func drawBlocks(blocks []bot.Block) []api.Block {
	var out []api.Block
	for _, b := range blocks {
		out = append(out, drawBlock(b)...)
	}
	return out
}

// drawBlock draws one block; an empty one draws nothing, because Slack refuses empty texts.
func drawBlock(b bot.Block) []api.Block {
	switch b.Kind {
	case bot.Divider:
		return []api.Block{api.NewDividerBlock()}
	case bot.Buttons:
		return rows(drawButtons(b.Buttons))
	case bot.Facts:
		return drawFacts(b.Pairs)
	}
	if blank(b.Lines) {
		return nil
	}
	switch b.Kind {
	case bot.Quote:
		return []api.Block{richText(quote(b.Lines))}
	case bot.Small:
		return []api.Block{drawSmall(b.Lines)}
	default:
		return []api.Block{lineBlock(b.Lines, b.Kind == bot.Title)}
	}
}

// blank tells lines that say nothing.
func blank(lines []bot.Line) bool {
	for _, l := range lines {
		for _, s := range l {
			if !s.Time.IsZero() || userID.MatchString(s.User.User) || oneLine(s.Text+s.Typed) != "" {
				return false
			}
		}
	}
	return true
}

func richText(elements ...api.RichTextElement) api.Block {
	return api.NewRichTextBlock("", elements...)
}

// lineBlock draws lines below each other.
func lineBlock(lines []bot.Line, bold bool) api.Block {
	return richText(api.NewRichTextSection(joined(lines, bold)...))
}

// joined is the leaves of lines with breaks between them.
func joined(lines []bot.Line, bold bool) []api.RichTextSectionElement {
	var out []api.RichTextSectionElement
	for i, l := range lines {
		if i > 0 {
			out = append(out, textLeaf("\n", false))
		}
		out = append(out, leaves(l, bold)...)
	}
	return out
}

// quote draws typed text set apart; its line breaks stay.
func quote(lines []bot.Line) api.RichTextElement {
	var out []api.RichTextSectionElement
	for i, l := range lines {
		if i > 0 {
			out = append(out, textLeaf("\n", false))
		}
		for _, s := range l {
			if s.Typed != "" {
				out = append(out, quoteLeaf(s.Typed)...)
				continue
			}
			out = append(out, leaf(s, false)...)
		}
	}
	return &api.RichTextQuote{Type: api.RTEQuote, Elements: out}
}

func quoteLeaf(typed string) []api.RichTextSectionElement {
	text := paragraphs(typed)
	if text == "" {
		return nil
	}
	return []api.RichTextSectionElement{textLeaf(text, false)}
}

// drawFacts draws labels and what stands beside them. A quote ends a section, as Slack's own composer does it.
func drawFacts(pairs []bot.Pair) []api.Block {
	var parts []api.RichTextElement
	var section []api.RichTextSectionElement
	for _, p := range pairs {
		if len(section) > 0 {
			section = append(section, textLeaf("\n", false))
		}
		if label := oneLine(p.Label); label != "" {
			section = append(section, textLeaf(label, true))
		}
		if line := leaves(p.Line, false); len(line) > 0 {
			section = append(append(section, textLeaf("  ", false)), line...)
		}
		if said := quoteLeaf(p.Quote); len(said) > 0 {
			parts = append(ended(parts, section), &api.RichTextQuote{Type: api.RTEQuote, Elements: said})
			section = nil
		}
	}
	parts = ended(parts, section)
	if len(parts) == 0 {
		return nil
	}
	return []api.Block{richText(parts...)}
}

// ended ends a section that says something.
func ended(parts []api.RichTextElement, section []api.RichTextSectionElement) []api.RichTextElement {
	if len(section) == 0 {
		return parts
	}
	return append(parts, api.NewRichTextSection(section...))
}

// drawSmall draws small print. Dates and mentions need rich text, which has no small size.
func drawSmall(lines []bot.Line) api.Block {
	var text []string
	for _, l := range lines {
		var words strings.Builder
		for _, s := range l {
			if !s.Time.IsZero() || s.User.User != "" {
				return lineBlock(lines, false)
			}
			words.WriteString(inline(s.Text + s.Typed))
		}
		text = append(text, words.String())
	}
	return smallBlock(strings.Join(text, "\n"))
}

func smallBlock(text string) api.Block {
	return api.NewContextBlock("", api.NewTextBlockObject(api.PlainTextType, bot.ClampText(text, contextLength), false, false))
}

// leaves are the pieces of one line.
func leaves(l bot.Line, bold bool) []api.RichTextSectionElement {
	var out []api.RichTextSectionElement
	for _, s := range l {
		out = append(out, leaf(s, bold)...)
	}
	return out
}

// leaf draws one span. Only a text leaf ever holds words, whoever wrote them.
func leaf(s bot.Span, bold bool) []api.RichTextSectionElement {
	bold = bold || s.Bold
	switch {
	case !s.Time.IsZero():
		date := api.NewRichTextSectionDateElement(s.Time.Unix(), dateFormat(s.Form), nil, new(utc(s.Time)))
		date.Style = style(bold)
		return []api.RichTextSectionElement{date}
	case userID.MatchString(s.User.User):
		return []api.RichTextSectionElement{api.NewRichTextSectionUserElement(s.User.User, style(bold))}
	}
	text := inline(s.Text + s.Typed)
	if text == "" {
		return nil
	}
	return []api.RichTextSectionElement{textLeaf(text, bold)}
}

func textLeaf(text string, bold bool) *api.RichTextSectionTextElement {
	return api.NewRichTextSectionTextElement(bot.ClampText(text, leafLength), style(bold))
}

func style(bold bool) *api.RichTextSectionTextStyle {
	if !bold {
		return nil
	}
	return &api.RichTextSectionTextStyle{Bold: true}
}

// userID is what a user's id looks like; a mention is never built from anything else.
var userID = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)

// dateFormat is Slack's date token. Source: docs.slack.dev/messaging/formatting-message-text#date-formatting.
func dateFormat(f bot.TimeForm) string {
	switch f {
	case bot.DayClock:
		return "{date_short_pretty} at {time}"
	case bot.Seconds:
		return "{time_secs}"
	default:
		return "{time}"
	}
}

// utc is what clients show that know no date tokens.
func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// fallback is a preview as a message's own text: the only string that Slack reads as markup, so names in it are neutralised.
func fallback(l bot.Line) string {
	var out strings.Builder
	for _, s := range l {
		switch {
		case !s.Time.IsZero():
			out.WriteString(dateToken(s))
		case userID.MatchString(s.User.User):
			out.WriteString("<@" + s.User.User + ">")
		case s.Typed != "":
			out.WriteString(neutralise(s.Typed))
		default:
			out.WriteString(escape(inline(s.Text)))
		}
		if out.Len() > fallbackLength {
			break
		}
	}
	if out.Len() == 0 {
		return "Hallpass"
	}
	return bot.ClampText(out.String(), fallbackLength)
}

func dateToken(s bot.Span) string {
	return "<!date^" + itoa(s.Time.Unix()) + "^" + dateFormat(s.Form) + "|" + utc(s.Time) + ">"
}
