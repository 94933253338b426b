package teams

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"hallpass/bot"
	"hallpass/flows"
)

var update = flag.Bool("update", false, "write the golden files anew")

var halfPastTwo = time.Date(2026, 11, 22, 14, 30, 0, 0, time.UTC)

func words(text string) bot.Line { return bot.Line{{Text: text}} }

func approverCard() bot.Card {
	return bot.Card{Fresh: true,
		Preview: bot.Line{{Text: "R142: "}, {Typed: "Ana *Silva*"}, {Text: " asks for "}, {Typed: "prod-db"}, {Text: ", 2 h"}},
		Blocks: []bot.Block{
			{Kind: bot.Title, Lines: []bot.Line{{{Text: "R142 · "}, {Typed: "Ana *Silva*"}, {User: flows.Account{Platform: Platform, Workspace: acme, User: anaObject}},
				{Text: " ("}, {Typed: "ana.silva@acme.example"}, {Text: ", "}, {Typed: "Payments"}, {Text: ")"}}}},
			{Kind: bot.Paragraph, Lines: []bot.Line{{{Text: "asks for "}, {Typed: "prod-db", Bold: true}, {Text: " (member), 2 h"}},
				{{Typed: "read and write on production payments"}}}},
			{Kind: bot.Facts, Pairs: []bot.Pair{
				{Label: "Why", Quote: "SEC-482: replay\n<!channel> *now*"},
				{Label: "Your yes", Line: bot.Line{{Text: "gives it at once, until about "}, {Time: halfPastTwo}}},
				{Label: "Silence", Line: bot.Line{{Text: "at "}, {Time: halfPastTwo, Form: bot.DayClock}, {Text: " security is asked"}}}}},
			{Kind: bot.Divider},
			{Kind: bot.Small, Lines: []bot.Line{words("4 times in 30 days"), {{Text: "Checked at "}, {Typed: "noon"}}}},
			{Kind: bot.Buttons, Buttons: []bot.Button{
				{Action: bot.ActApprove, Label: "Approve, 2 h", Value: "142.7", Style: bot.Primary, Hint: "Approve R142 for prod-db"},
				{Action: bot.ActShorter, Label: "Shorter…", Value: "142.7"},
				{Action: bot.ActDeny, Label: "Deny…", Value: "142.7", Style: bot.Danger, Confirm: "Deny it?"}}},
		},
	}
}

// askerCard is what somebody has in front of them while it lasts.
func askerCard() bot.Card {
	return bot.Card{Preview: words("You have prod-db"), Blocks: []bot.Block{
		{Kind: bot.Title, Lines: []bot.Line{{{Text: "R142 · You have "}, {Typed: "prod-db"}, {Text: " (member) until "}, {Time: halfPastTwo}}}},
		{Kind: bot.Small, Lines: []bot.Line{{{Text: "2 h since "}, {Time: halfPastTwo.Add(-2 * time.Hour)}, {Text: " · sessions may go on up to 1 h more"}}}},
		{Kind: bot.Buttons, Buttons: []bot.Button{{Action: bot.ActExtend, Label: "Extend…", Value: "g17.9"}, {Action: bot.ActGiveBack, Label: "Give back", Value: "g17.9"}}}}}
}

// feedCard is one line of the feed.
func feedCard() bot.Card {
	return bot.Card{Preview: bot.Line{{Text: "R142  "}, {Typed: "Ana Silva"}, {Text: " → "}, {Typed: "prod-db"}}, Blocks: []bot.Block{
		{Kind: bot.Paragraph, Lines: []bot.Line{{{Text: "R142  "}, {Typed: "Ana Silva"}, {Text: " → "}, {Typed: "prod-db", Bold: true}, {Text: " (member), 2 h · active until "},
			{Time: halfPastTwo}, {Text: " · agreed by "}, {Typed: "Caro Lind"}, {Text: " and "}, {Typed: "Ben Okafor"}, {Text: " · "}, {Typed: "SEC-483"}, {Text: "   d44444"}}}}}}
}

func endedCard() bot.Card {
	return bot.Card{Preview: words("prod-db was taken back"), Final: true, Blocks: []bot.Block{
		{Kind: bot.Paragraph, Lines: []bot.Line{{{Text: "R142 is over. Checked in Okta at "}, {Time: halfPastTwo, Form: bot.Seconds},
			{Text: ": you are no longer a member."}}}},
		{Kind: bot.Quote, Lines: []bot.Line{{{Typed: "use the replica"}}}},
		{Kind: bot.Small, Lines: []bot.Line{{{Text: "until "}, {Time: halfPastTwo}}}}}}
}

func askForm() bot.Form {
	chosen := bot.ChoiceItem{Value: "okta/group/00g1", Label: "prod-db", Small: "Okta group · env=prod"}
	return bot.Form{Kind: bot.FormAsk, Title: "Ask for access", Submit: "Ask", Close: "Cancel",
		Meta: bot.Meta{Kind: bot.FormAsk, Nonce: "n1", Resource: "okta/group/00g1"},
		Fields: []bot.Field{
			{Name: bot.FieldResource, Kind: bot.Search, Label: "What", Hint: "Name of it", Chosen: &chosen, Watch: true},
			{Name: bot.FieldPermission, Kind: bot.Choice, Label: "Permission", Value: "member", Watch: true,
				Choices: []bot.ChoiceItem{{Value: "member", Label: "member"}, {Value: "owner", Label: "owner"}}},
			{Name: bot.FieldDuration, Kind: bot.Radio, Label: "How long", Help: "Up to 8 h", Value: "3600", Watch: true,
				Choices: []bot.ChoiceItem{{Value: "3600", Label: "1 h"}, {Value: "other", Label: "other…"}}},
			{Name: bot.FieldReason, Kind: bot.TextArea, Label: "Why", Hint: "SEC-482: replay failed payments", AtLeast: 10, AtMost: 500},
			{Kind: bot.Note, Label: "Who decides", Lines: []bot.Line{{{Text: "your manager ("}, {Typed: "Caro"}, {Text: ")"}}},
				Help: "usually answered in 6 min"}}}
}

// ownForm asks questions of a flow's own.
func ownForm() bot.Form {
	ben := bot.ChoiceItem{Value: "00uben", Label: "Ben Okafor", Small: "ben.okafor@acme.example"}
	return bot.Form{Kind: bot.FormAsk, Title: "Ask for access", Submit: "Ask", Close: "Cancel",
		Meta: bot.Meta{Kind: bot.FormAsk, Nonce: "n3", Resource: "okta/group/00g1"},
		Fields: []bot.Field{
			{Name: bot.FieldTicket, Kind: bot.TextLine, Label: "Ticket", Help: "assigned to you, in OPS", Value: "OPS-1", AtMost: 100},
			{Name: "own_customer", Kind: bot.TextLine, Label: "Customer", AtMost: 500},
			{Name: "own_backup", Kind: bot.Checkbox, Label: "I have a backup", Choices: []bot.ChoiceItem{{Value: "yes", Label: "Yes"}}},
			{Name: "own_told", Kind: bot.Checkbox, Label: "Customer knows", Value: "yes", Optional: true, Choices: []bot.ChoiceItem{{Value: "yes", Label: "Yes"}}},
			{Name: "own_partner", Kind: bot.Person, Label: "Working with", Hint: "Part of the name", Optional: true, Chosen: &ben}}}
}

func denyForm() bot.Form {
	return bot.Form{Kind: bot.FormDeny, Title: "Deny this request of somebody", Submit: "Deny", Close: "Back",
		Meta:   bot.Meta{Kind: bot.FormDeny, Nonce: "n2", Request: 142, Revision: 7, Channel: "D0BEN", TS: "1.2"},
		Fields: []bot.Field{{Name: bot.FieldComment, Kind: bot.TextLine, Label: "Why not", Optional: true, Value: "use the replica"}}}
}

func homePage() bot.Home {
	return bot.Home{Blocks: []bot.HomeBlock{
		{Block: bot.Block{Kind: bot.Title, Lines: []bot.Line{words("My access")}}},
		{Block: bot.Block{Kind: bot.Buttons, Buttons: []bot.Button{{Action: bot.ActGiveBack, Label: "Give back", Value: "g17.7"},
			{Action: bot.ActGiveBack, Label: "Give back", Value: "g18.1"}}}},
		{Search: &bot.Field{Name: bot.FieldQuery, Label: "Find", Value: "ana"}, Block: bot.Block{Kind: bot.Divider}}}}
}

// firstForm is an ask form in which nothing has been chosen yet.
func firstForm() bot.Form {
	f := askForm()
	f.Meta.Resource = ""
	f.Fields = []bot.Field{{Name: bot.FieldResource, Kind: bot.Search, Label: "What", Hint: "Part of the name", Watch: true}, f.Fields[3]}
	return f
}

// hiddenPart is what a form's buttons carry sealed; it is compared by opening it, not by its bytes.
var hiddenPart = regexp.MustCompile(`"form": "[^"]+"`)

func TestGolden(t *testing.T) {
	o := newOffice(t)
	form := func(f bot.Form, dialog bool, errors map[string]string) any {
		c, err := o.teams.formCard(hiddenForm{Account: anaAccount(), Form: f, Dialog: dialog}, errors)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	notice := bot.Form{Kind: bot.FormNotice, Title: "Nothing to ask for", Close: "Close",
		Fields: []bot.Field{{Kind: bot.Note, Lines: []bot.Line{words("There is nothing that you can ask for.")}}}}
	for name, drawn := range map[string]any{
		"approver": render(approverCard()), "asker": render(askerCard()), "feed": render(feedCard()), "ended": render(endedCard()), "text": render(bot.Text("At most 8 h here.")),
		"ask": form(askForm(), true, nil), "own": form(ownForm(), true, nil), "deny": form(denyForm(), true, nil), "home": homeCard(homePage()),
		"notice": form(notice, true, nil), "first": form(firstForm(), true, nil), "ask-card": form(askForm(), false, nil),
		"mistakes": form(askForm(), true, map[string]string{bot.FieldReason: "Say why in at least 10 characters.", "elsewhere": "Nothing was asked for yet."}),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, drawn) })
	}
}

// golden compares a drawing with its file; -update writes the file.
func golden(t *testing.T, name string, drawn any) {
	t.Helper()
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(drawn); err != nil {
		t.Fatal(err)
	}
	text := hiddenPart.ReplaceAll(got.Bytes(), []byte(`"form": "sealed"`))
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s is drawn otherwise than %s (run with -update and look at the difference):\n%s", name, path, text)
	}
}
