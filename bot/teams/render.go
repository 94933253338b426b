package teams

import (
	"strings"
	"time"

	"hallpass/bot"
)

// render draws a card. All text stands in runs (TextRun): Teams reads Markdown in TextBlock and FactSet, so typed text would have to be escaped
// there, and an escape that one client does not know would be seen or, worse, be missing. A run is never Markdown, whoever wrote it.
func render(c bot.Card) card {
	body := drawBlocks(c.Blocks, false)
	if len(body) == 0 {
		body = drawBlocks([]bot.Block{{Kind: bot.Paragraph, Lines: []bot.Line{c.Preview}}}, false)
	}
	out := newCard(body, preview(c.Preview))
	if c.Fresh {
		out.Refresh = &refresh{action{Type: "Action.Execute", Title: "Refresh", Verb: string(doLook), Data: &sent{Hallpass: pressed{Do: doLook}}}}
	}
	return out
}

// drawBlocks draws blocks below each other; a divider becomes the line above what follows it.
func drawBlocks(blocks []bot.Block, home bool) []element {
	var out []element
	line := false
	for _, b := range blocks {
		if b.Kind == bot.Divider {
			line = true
			continue
		}
		drawn := drawBlock(b, home)
		if len(drawn) > 0 && line {
			drawn[0].Separator, line = true, false
		}
		out = append(out, drawn...)
	}
	return out
}

// drawBlock draws one block; an empty one draws nothing.
func drawBlock(b bot.Block, home bool) []element {
	switch b.Kind {
	case bot.Buttons:
		return rows(drawButtons(b.Buttons, home))
	case bot.Facts:
		return drawFacts(b.Pairs)
	case bot.Quote:
		return drawQuote(b.Lines)
	case bot.Title:
		return drawLines(b.Lines, run{Weight: "Bolder", Size: "Medium"})
	case bot.Small:
		return drawLines(b.Lines, run{Size: "Small", Subtle: true})
	}
	return drawLines(b.Lines, run{})
}

// drawLines draws each line as a block of its own, close to the one before: a line break within a run is not drawn everywhere.
func drawLines(lines []bot.Line, look run) []element {
	var out []element
	for _, l := range lines {
		runs := drawLine(l, look)
		if len(runs) == 0 {
			continue
		}
		e := element{Type: "RichTextBlock", Inlines: runs}
		if len(out) > 0 {
			e.Spacing = "None"
		}
		out = append(out, e)
	}
	return out
}

// drawLine is the runs of one line, none for a line that says nothing.
func drawLine(l bot.Line, look run) []run {
	var out []run
	said := false
	for _, s := range l {
		r := look
		r.Type, r.Text = "TextRun", spanText(s)
		if s.Bold {
			r.Weight = "Bolder"
		}
		if r.Text == "" {
			continue
		}
		said = said || strings.TrimSpace(r.Text) != ""
		out = append(out, r)
	}
	if !said {
		return nil
	}
	return out
}

// spanText is one span. A mention needs Markdown and a name that we do not have here, so an account is not mentioned: who it is stands
// beside it in words, and whoever must know gets a card of their own.
func spanText(s bot.Span) string {
	if !s.Time.IsZero() {
		return timeText(s)
	}
	return bot.ClampText(inline(s.Text+s.Typed), runLength)
}

// timeText is a time in the reader's own zone and manner. Source: learn.microsoft.com/adaptive-cards/authoring-cards/text-features#datetime-function-rules.
func timeText(s bot.Span) string {
	at := s.Time.UTC().Format(time.RFC3339)
	clock := "{{TIME(" + at + ")}}"
	switch s.Form {
	case bot.DayClock:
		return "{{DATE(" + at + ", SHORT)}} at " + clock
	case bot.Seconds: // the function knows no seconds
		return clock + " (" + s.Time.UTC().Format("15:04:05") + " UTC)"
	}
	return clock
}

// drawQuote draws typed text set apart; its line breaks stay.
func drawQuote(lines []bot.Line) []element {
	var items []element
	for _, l := range lines {
		for _, s := range l {
			if s.Typed != "" {
				items = append(items, quoted(s.Typed)...)
				continue
			}
			items = append(items, drawLines([]bot.Line{{s}}, run{})...)
		}
	}
	return container(items)
}

func container(items []element) []element {
	if len(items) == 0 {
		return nil
	}
	return []element{{Type: "Container", Style: "emphasis", Spacing: "Small", Items: items}}
}

// quoted is typed text, a block for each of its lines.
func quoted(typed string) []element {
	text := bot.ClampText(paragraphs(typed), runLength)
	if text == "" {
		return nil
	}
	var out []element
	spacing := ""
	for _, l := range strings.Split(text, "\n") {
		if strings.TrimSpace(l) == "" {
			spacing = ""
			continue
		}
		out = append(out, element{Type: "RichTextBlock", Spacing: spacing, Inlines: []run{{Type: "TextRun", Text: l}}})
		spacing = "None"
	}
	return out
}

// drawFacts draws labels and what stands beside them.
func drawFacts(pairs []bot.Pair) []element {
	var out []element
	for _, p := range pairs {
		var l bot.Line
		if p.Label != "" {
			l = append(l, bot.Span{Text: p.Label, Bold: true})
		}
		if len(drawLine(p.Line, run{})) > 0 {
			l = append(append(l, bot.Span{Text: "\u2003"}), p.Line...)
		}
		line := drawLines([]bot.Line{l}, run{})
		if len(out) > 0 && len(line) > 0 {
			line[0].Spacing = "Small"
		}
		out = append(append(out, line...), container(quoted(p.Quote))...)
	}
	return out
}

func smallText(text string) element {
	return element{Type: "RichTextBlock", Spacing: "Small", Inlines: []run{{Type: "TextRun", Text: bot.ClampText(oneLine(text), runLength), Size: "Small", Subtle: true}}}
}

// preview is a card in plain words, for notifications, lists of conversations and clients that draw no cards.
func preview(l bot.Line) string {
	var out strings.Builder
	for _, s := range l {
		if s.Time.IsZero() {
			out.WriteString(inline(s.Text + s.Typed))
			continue
		}
		out.WriteString(s.Time.UTC().Format("2 Jan 15:04") + " UTC")
	}
	if text := strings.TrimSpace(out.String()); text != "" {
		return bot.ClampText(text, previewLimit)
	}
	return "Hallpass"
}
