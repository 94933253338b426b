package slack

import (
	"testing"
	"time"
)

// What Ana, in Berlin, reads on 9 November 2026 at 09:30 her time.
func TestText(t *testing.T) {
	const unix = "1794231000" // 2026-11-09 14:30 in Berlin
	w := open(t, Options{Now: func() time.Time { return morning }})
	w.AddUsergroup(Usergroup{ID: "S0SRE", Handle: "sre"})
	tests := []struct{ name, text, blocks, want string }{
		{name: "mentions", text: "<@U0ANA> asks <!subteam^S0SRE> in <#C0SEC>", want: "@Ana Silva asks @sre in #security"},
		{name: "escapes", text: "a &lt; b &amp;amp; c", want: "a < b &amp; c"},
		{name: "links", text: "<https://x.dev|the log>, <https://y.dev>", want: "the log (https://x.dev), https://y.dev"},
		{name: "time", text: "until <!date^" + unix + "^{time}|13:30 UTC>", want: "until 14:30"},
		{name: "day and time", text: "<!date^" + unix + "^{date_short_pretty} at {time_secs}|x>", want: "today at 14:30:00"},
		{name: "date", text: "<!date^" + unix + "^{date}, {date_num}, {date_long}, {ago}|x>",
			want: "November 9th, 2026, 2026-11-09, Monday, November 9th, 2026, in 5 hours"},
		{name: "a date Slack cannot read", text: "<!date^soon^{time}|13:30 UTC>", want: "13:30 UTC"},
		{name: "header and divider", blocks: `[{"type":"header","text":{"type":"plain_text","text":"R1"}},{"type":"divider"}]`, want: "R1\n———"},
		{name: "plain text is not parsed", blocks: `[{"type":"section","text":{"type":"plain_text","text":"<@U0ANA> &amp;"}}]`,
			want: "<@U0ANA> &amp;"},
		{name: "fields and button", blocks: `[{"type":"section","text":{"type":"mrkdwn","text":"a &amp; b"},"fields":[{"type":"mrkdwn","text":"one"},
			{"type":"mrkdwn","text":"two"}],"accessory":{"type":"button","text":{"type":"plain_text","text":"Go"}}}]`, want: "a & b\none\ntwo\n[ Go ]"},
		{name: "context", blocks: `[{"type":"context","elements":[{"type":"mrkdwn","text":"a"},{"type":"image","image_url":"u","alt_text":"face"}]}]`,
			want: "a · (image: face)"},
		{name: "rich text", blocks: `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"user","user_id":"U0BEN"},
			{"type":"text","text":" until "},{"type":"date","timestamp":` + unix + `,"format":"{time}"}]},
			{"type":"rich_text_quote","elements":[{"type":"text","text":"one\ntwo"}]},
			{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}]}]`,
			want: "@Ben Okafor until 14:30\n┃ one\n┃ two\n• x"},
		{name: "radio buttons", blocks: `[{"type":"actions","elements":[{"type":"radio_buttons","options":[
			{"text":{"type":"plain_text","text":"1 h"},"value":"1"},{"text":{"type":"plain_text","text":"4 h"},"value":"4"}],
			"initial_option":{"text":{"type":"plain_text","text":"4 h"},"value":"4"}}]}]`, want: "( ) 1 h (•) 4 h"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := Message{For: "U0ANA", Text: test.text, Blocks: []byte(test.blocks)}
			if got := w.Text(m); got != test.want {
				t.Errorf("reads %q, want %q", got, test.want)
			}
		})
	}
}

// What Ana types, and what reaches the app.
func TestAsTyped(t *testing.T) {
	w := open(t, Options{})
	w.AddUsergroup(Usergroup{ID: "S0SRE", Handle: "sre"})
	tests := []struct{ typed, command, message string }{
		{"a < b & c", "a &lt; b &amp; c", "a &lt; b &amp; c"},
		{"for @ben", "for <@U0BEN|ben>", "for <@U0BEN>"},
		{"@sre in #security", "<!subteam^S0SRE|sre> in <#C0SEC|security>", "<!subteam^S0SRE> in <#C0SEC>"},
		{"@nobody", "@nobody", "@nobody"},
		{"<@U0BEN>", "<@U0BEN>", "<@U0BEN>"},
		{"<!channel>", "&lt;!channel&gt;", "&lt;!channel&gt;"},
		{"ana@ben", "ana@ben", "ana@ben"},
	}
	for _, test := range tests {
		if got := w.asTyped(test.typed, true, true); got != test.command {
			t.Errorf("%q in a command arrives as %q, want %q", test.typed, got, test.command)
		}
		if got := w.asTyped(test.typed, true, false); got != test.message {
			t.Errorf("%q in a message arrives as %q, want %q", test.typed, got, test.message)
		}
	}
	if got := w.asTyped("@ben", false, true); got != "@ben" {
		t.Errorf("without should_escape it arrives as %q", got)
	}
}
