package teams

import "testing"

func TestMarkdownIsReadAsTeamsDrawsIt(t *testing.T) {
	for written, want := range map[string]string{
		"**bold** and _italic_":                       "bold and italic",
		`\*\*not bold\*\* \_nor this\_`:               "**not bold** _nor this_",
		"[Approve](https://evil.example)":             "Approve (https://evil.example)",
		`\[Approve\]\(https\://evil\.example\)`:       "[Approve](https://evil.example)",
		"- one\n- two":                                "• one\n• two",
		"snake_case_name":                             "snake_case_name",
		"until {{TIME(2026-09-14T12:25:00Z)}}":        "until 2:25 PM",
		"{{DATE(2026-09-14T23:30:00Z, SHORT)}}":       "Tue, Sep 15, 2026",
		"{{DATE(2026-09-14T12:00:00+02:00)}}":         "9/14/2026",
		"{{DATE(tomorrow)}}":                          "{{DATE(tomorrow)}}",
		"<at>Ben Okafor</at> decides":                 "@Ben Okafor decides",
		`a backslash before a letter: \n stays \\ ok`: `a backslash before a letter: \n stays \ ok`,
	} {
		if got := (reader{zone: "Europe/Berlin"}).markdown(written); got != want {
			t.Errorf("%q is read as %q, wanted %q", written, got, want)
		}
	}
}

func TestPlainTextIsReadAsItIs(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	dm := d.tenant.DM(ana)
	d.send(dm, obj{"type": "message", "text": "**x**", "textFormat": "plain"})
	d.send(dm, obj{"type": "message", "text": "**x**"})
	said := d.tenant.Messages(dm)
	if plain, marked := d.tenant.Text(said[0]), d.tenant.Text(said[1]); plain != "**x**" || marked != "x" {
		t.Errorf("plain %q, marked down %q", plain, marked)
	}
	if got := d.tenant.Notification(said[0]); got != "**x**" {
		t.Errorf("the notification says %q", got)
	}
}

func TestWhatIsHiddenIsNotRead(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	dm := d.tenant.DM(ana)
	id := d.send(dm, card(obj{"body": []any{obj{"type": "TextBlock", "text": "shown"}, obj{"type": "TextBlock", "text": "more", "id": "more", "isVisible": false},
		obj{"type": "Input.Text", "id": "why", "label": "Why", "isVisible": false}},
		"actions": []any{obj{"type": "Action.ToggleVisibility", "title": "More", "targetElements": []any{"more", obj{"elementId": "why", "isVisible": true}}}}}))
	if got := d.tenant.Text(d.tenant.Messages(dm)[0]); got != "shown\n[ More ]" {
		t.Errorf("she reads %q", got)
	}
	if err := d.tenant.FillIn(ana, dm, id, "why", Typed("x")); err == nil {
		t.Error("she could fill in a hidden field")
	}
	if _, err := d.tenant.Press(d.ctx, ana, dm, id, "More"); err != nil {
		t.Fatal(err)
	}
	d.must(d.tenant.FillIn(ana, dm, id, "why", Typed("x")))
	d.fine()
}
