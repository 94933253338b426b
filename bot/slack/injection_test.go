package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"hallpass/bot"
	sandbox "hallpass/sandbox/slack"
)

// nasty is what people type who want Slack to read it as something else.
var nasty = []string{
	"<!channel>", "<!here>", "<!everyone>", "<!channel|here>", "<!subteam^S0SEC>", "<!subteam^S0SEC|@security>",
	"<@U0ANA>", "<@U0ANA|ben>", "<@W0NOBODY>", "<#C0FEED>", "<#C0FEED|feed>",
	"<https://evil.example|Approve>", "<http://evil.example>", "<mailto:x@evil.example|ana>", "<javascript:alert(1)|go>", "<tel:110|call>",
	"<!date^1795357800^{date} at {time}^https://evil.example|soon>",
	"*Approved by Ben*", "_really_", "~not this~", "`code`", "```block```", "> quoted", ">>> all of it", "• a list", "1. a list",
	":white_check_mark: approved", ":+1:", "@channel", "@here look", "#general", "https://evil.example/approve", "www.evil.example",
	"&lt;!channel&gt;", "&amp;lt;!here&amp;gt;", "a & b < c > d", "a|b|c", "nothing\n*Approver:* Ben",
	"abc\u202edef", "zero\u200bwidth\u200d here", "\u2066hidden\u2069", "tag\U000e0041\U000e007f", "bell\a and \x00 and \x1b[31m",
	"line\u2028break", "\ufefffeff", "bad\xff\xfeutf8", `{"type":"broadcast","range":"channel"}`, `"}],"text":"x`,
	strings.Repeat("long ", 2000), strings.Repeat("😀", 2000), "🙂👩‍👩‍👧", "", " ", "\n\n\n", "-",
}

// active is anything that Slack would read as markup in a message's own text.
var active = regexp.MustCompile("[<>*~`|•]|:\\S|[@#]\\S|(^|\\W)_|_($|\\W)|://|\\bwww\\.")

// everywhere is a card with typed text in every place that takes any.
func everywhere(typed string) bot.Card {
	line := bot.Line{{Text: "before "}, {Typed: typed}, {Text: " after"}}
	return bot.Card{Preview: line, Blocks: []bot.Block{
		{Kind: bot.Title, Lines: []bot.Line{line}}, {Kind: bot.Paragraph, Lines: []bot.Line{line, line}},
		{Kind: bot.Quote, Lines: []bot.Line{{{Typed: typed}}}}, {Kind: bot.Small, Lines: []bot.Line{line}},
		{Kind: bot.Small, Lines: []bot.Line{append(line, bot.Span{Time: halfPastTwo})}},
		{Kind: bot.Facts, Pairs: []bot.Pair{{Label: "Why", Quote: typed}, {Label: typed, Line: line}}},
		{Kind: bot.Paragraph, Lines: []bot.Line{{{Typed: typed}}}},
		{Kind: bot.Buttons, Buttons: []bot.Button{{Action: bot.ActApprove, Label: typed, Hint: typed, Value: "1.1", Confirm: typed}}}}}
}

func TestTypedTextIsNeverMarkup(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	feed := bot.Address{Platform: Platform, Workspace: "T01ACME", Channel: "C0FEED"}
	for i, typed := range nasty {
		at, err := d.s.Post(d.ctx, feed, "", typed, everywhere(typed))
		d.must(err)
		d.must(d.s.Update(d.ctx, at, everywhere(typed)))
		d.must(d.s.Whisper(d.ctx, feed, d.ana(), everywhere(typed)))
		for _, m := range []sandbox.Message{d.message(at), d.w.Messages("C0FEED")[2*i+1]} {
			harmless(t, typed, m.Blocks)
			said := strings.NewReplacer("before ", "", " after", "", "&amp;", "", "&lt;", "", "&gt;", "").Replace(m.Text)
			if found := active.FindString(said); found != "" {
				t.Errorf("%q: the phone would read %q as markup in %q", typed, found, m.Text)
			}
			if want := oneLine(typed); bot.TextWidth(want) < 100 && !strings.Contains(d.w.Text(m), want) {
				t.Errorf("%q does not stand in the card as it was typed:\n%s", typed, d.w.Text(m))
			}
		}
	}
	d.clean()
}

func (d *desk) message(at bot.Address) sandbox.Message {
	d.Helper()
	m, known := d.w.Message(at.Channel, at.TS)
	if !known {
		d.Fatalf("there is no message %v", at)
	}
	return m
}

// harmless wants nothing but words, dates and plain text in blocks, whatever was typed.
func harmless(t *testing.T, typed string, blocks json.RawMessage) {
	t.Helper()
	var tree any
	if err := json.Unmarshal(blocks, &tree); err != nil {
		t.Fatal(err)
	}
	fine := map[string]bool{"rich_text": true, "rich_text_section": true, "rich_text_quote": true, "text": true, "date": true, "context": true,
		"plain_text": true, "actions": true, "button": true, "input": true, "external_select": true, "static_select": true,
		"radio_buttons": true, "plain_text_input": true, "divider": true}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			if kind, _ := v["type"].(string); kind != "" && !fine[kind] {
				t.Errorf("%q became a %s", typed, kind)
			}
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(tree)
}

func TestTypedTextInForms(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	for _, typed := range nasty {
		value := strings.ToValidUTF8(typed, "")
		item := bot.ChoiceItem{Value: value, Label: typed, Small: typed}
		f := bot.Form{Kind: bot.FormAsk, Title: "Ask", Submit: "Ask", Meta: bot.Meta{Nonce: "n", Resource: typed}, Fields: []bot.Field{
			{Name: bot.FieldResource, Kind: bot.Search, Label: "What", Hint: typed, Help: typed, Watch: true},
			{Name: bot.FieldPermission, Kind: bot.Choice, Label: typed, Value: value, Choices: []bot.ChoiceItem{item}},
			{Name: bot.FieldDuration, Kind: bot.Radio, Label: typed, Choices: []bot.ChoiceItem{item}},
			{Name: bot.FieldReason, Kind: bot.TextArea, Label: "Why", Hint: typed, Value: typed},
			{Kind: bot.Note, Label: typed, Lines: []bot.Line{{{Typed: typed}}}, Help: typed}}}
		d.in.onShortcut = func(ctx context.Context, c bot.Call) error {
			err := d.s.OpenForm(ctx, c.Trigger, f)
			if err != nil {
				t.Errorf("%q: %v", typed, err)
			}
			return err
		}
		d.in.onSearch = func(context.Context, bot.Meta, string) []bot.ChoiceItem { return []bot.ChoiceItem{item} }
		d.in.onSubmit = func(context.Context, bot.Filled) bot.Submitted {
			return bot.Submitted{Errors: map[string]string{bot.FieldReason: "no: " + typed}}
		}
		if bot.TextWidth(typed) > 1000 || typed == "" {
			continue // what is too long does not fit what a form carries (see TestFormsThatDoNotFit), and nobody offers nothing
		}
		d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
		view := d.w.View("U0ANA")
		harmless(t, typed, view.Blocks)
		offered, err := d.w.Options(d.ctx, "U0ANA", view.ID, "", bot.FieldResource, "x")
		d.must(err)
		d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", bot.FieldResource, sandbox.Chosen(offered[0].Value)))
		d.in.mu.Lock()
		came := d.in.changes[len(d.in.changes)-1].Values
		d.in.mu.Unlock()
		if came[bot.FieldResource] != value || came[bot.FieldPermission] != value {
			t.Errorf("the values came back as %q, want %q", came, typed)
		}
		d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", bot.FieldDuration, sandbox.Chosen(offered[0].Value)))
		d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", bot.FieldReason, sandbox.Typed("why "+typed)))
		done, err := d.w.Submit(d.ctx, "U0ANA", view.ID)
		d.must(err)
		if want := strings.TrimSpace("no: " + oneLine(typed)); done.Errors[bot.FieldReason] != want {
			t.Errorf("%q: the form says %q", typed, done.Errors)
		}
		d.must(d.s.ShowHome(d.ctx, d.ana(), bot.Home{Blocks: []bot.HomeBlock{{Block: everywhere(typed).Blocks[0],
			Search: &bot.Field{Name: bot.FieldQuery, Label: typed, Value: typed, Hint: typed}}}}))
		harmless(t, typed, d.w.Home("U0ANA").Blocks)
		d.must(d.w.CloseAll(d.ctx, "U0ANA", view.ID))
	}
	d.clean()
}

func TestFormsThatDoNotFit(t *testing.T) {
	f := askForm()
	f.Fields[1].Choices = []bot.ChoiceItem{{Value: strings.Repeat("x", 4000), Label: "x"}}
	if _, err := modal(f); err == nil || !strings.HasPrefix(err.Error(), "The form does not fit Slack: the form's hidden values take") {
		t.Errorf("the form is refused with %v", err)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"a\u202eb": "ab", "a\u200bb": "ab", "a\tb": "a b", "a\r\nb": "a\nb", "a\x00b": "ab", "\ufeffa": "a", "naïve 😀": "naïve 😀", "a\xffb": "ab",
	} {
		if got := bot.CleanText(in); got != want {
			t.Errorf("bot.CleanText(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestClamp(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"😀😀", 4, "😀😀"}, {"😀😀😀", 5, "😀😀…"}, {"😀😀😀", 4, "😀…"}, {"", 3, ""}, {"äöü", 2, "ä…"}} {
		if got := bot.ClampText(c.in, c.limit); got != c.want || bot.TextWidth(got) > c.limit {
			t.Errorf("bot.ClampText(%q, %d) is %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestMessagesAsTyped(t *testing.T) {
	for in, want := range map[string]string{
		"prod-db because <https://acme.com/SEC-482|acme.com/SEC-482>": "prod-db because https://acme.com/SEC-482",
		"ask <mailto:ana@acme.com|ana@acme.com>":                      "ask ana@acme.com",
		"a &lt; b &amp;amp; c":                                        "a < b &amp; c",
		"&lt;!channel&gt;":                                            "<!channel>",
		"for <@U0BEN>":                                                "for <@U0BEN>",
	} {
		if got := plainMessage(in); got != want {
			t.Errorf("%q is read as %q, want %q", in, got, want)
		}
	}
}

// A card with more of everything than Slack takes is cut, says so, and is taken.
func TestTooMuchOfEverything(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	var blocks []bot.Block
	var homeBlocks []bot.HomeBlock
	for i := range 150 {
		b := bot.Block{Lines: []bot.Line{words(fmt.Sprintf("%d %s", i, strings.Repeat("ä😀", 3000)))}}
		if i == 3 {
			b = bot.Block{Kind: bot.Buttons}
			for range 60 {
				b.Buttons = append(b.Buttons, bot.Button{Action: bot.ActRevoke, Label: strings.Repeat("Revoke ", 20), Value: "g1.1"})
			}
		}
		blocks, homeBlocks = append(blocks, b), append(homeBlocks, bot.HomeBlock{Block: b})
	}
	at := d.post(bot.Card{Preview: words(strings.Repeat("long ", 5000)), Blocks: blocks})
	if got := d.w.Text(d.message(at)); !strings.HasSuffix(got, moreThanFits) {
		t.Errorf("the card ends with %q", got[len(got)-100:])
	}
	d.must(d.s.ShowHome(d.ctx, d.ana(), bot.Home{Blocks: homeBlocks}))
	if got := d.w.ViewText(*d.w.Home("U0ANA")); !strings.HasSuffix(got, moreThanFits) {
		t.Errorf("Home ends with %q", got[len(got)-100:])
	}
	d.clean()
}
