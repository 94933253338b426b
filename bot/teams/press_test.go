package teams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hallpass/bot"
)

func TestAPressIsHeardAndAnswered(t *testing.T) {
	o := newOffice(t)
	press := o.executing(bot.ActApprove, "142.7", nil)
	press["conversation"] = map[string]any{"id": feedRoom + threadMark + "1700", "conversationType": "channel", "tenantId": acme}
	got := o.deliver(press)
	if want := `{"statusCode":200,"type":"application/vnd.microsoft.activity.message","value":"` + pressedWords + `"}`; got.Body.String() != want {
		t.Errorf("answered %s", got.Body)
	}
	p := o.inbox.presses[0]
	if p.Account != anaAccount() || p.Action != bot.ActApprove || p.Value != "142.7" || p.Channel != feedRoom || p.TS != "card-1" || p.Home || !p.At.Equal(noon) {
		t.Errorf("pressed %+v", p)
	}
}

func TestACardThatIsMerelyLookedAtChangesNothing(t *testing.T) {
	o := newOffice(t)
	press := o.executing(bot.ActApprove, "142.7", nil)
	press["value"].(map[string]any)["trigger"] = "automatic"
	if got := o.deliver(press); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "vnd.microsoft.error") || len(o.inbox.presses) != 0 {
		t.Errorf("answered %s, %d presses", got.Body, len(o.inbox.presses))
	}
	press = o.executing(bot.ActApprove, "142.7", nil)
	press["value"], press["id"] = map[string]any{"action": map[string]any{"data": map[string]any{"their": "own"}}}, "other"
	if got := o.deliver(press); !strings.Contains(got.Body.String(), "not known any more") || len(o.inbox.presses) != 0 {
		t.Errorf("answered %s", got.Body)
	}
}

func TestAPressThatWasNotTakenInIsNotAcknowledged(t *testing.T) {
	o := newOffice(t)
	o.inbox.press = func(context.Context, bot.Pressed) error { return errors.New("the disk is full") }
	if got := o.deliver(o.executing(bot.ActApprove, "142.7", nil)); got.Code != http.StatusInternalServerError || got.Body.Len() != 0 {
		t.Errorf("answered %d %s", got.Code, got.Body)
	}
	o.inbox.press = func(context.Context, bot.Pressed) error { panic("a slip") }
	if got := o.deliver(o.executing(bot.ActApprove, "142.7", nil)); got.Code != http.StatusInternalServerError {
		t.Errorf("answered %d", got.Code)
	}
	o.inbox.press = nil
	if got := o.deliver(o.executing(bot.ActApprove, "142.7", nil)); got.Code != http.StatusOK || len(o.inbox.presses) != 3 {
		t.Errorf("delivered again it is answered %d after %d tries", got.Code, len(o.inbox.presses))
	}
}

// What takes longer than Teams waits is acknowledged all the same, and told when it is done.
func TestWhatTakesLongIsAnsweredAndToldLater(t *testing.T) {
	if ackWithin >= 3*time.Second {
		t.Errorf("acknowledged after %s", ackWithin)
	}
	for says, end := range map[string]func(o *office, ctx context.Context, p bot.Pressed) error{
		"Why not": func(o *office, ctx context.Context, p bot.Pressed) error {
			return o.teams.OpenForm(ctx, p.Trigger, denyForm())
		},
		lateWords: func(*office, context.Context, bot.Pressed) error { return errors.New("the disk is full") },
	} {
		o := newOffice(t)
		o.teams.ack = 30 * time.Millisecond
		goOn := make(chan struct{})
		o.inbox.press = func(ctx context.Context, p bot.Pressed) error {
			<-goOn
			return end(o, ctx, p)
		}
		press := o.sends(taskFetch, opening(bot.ActDeny), nil)
		for range 2 { // the second is delivered while the first is still being worked
			if got := o.deliver(press); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), busyWords) {
				t.Errorf("answered %d %s", got.Code, got.Body)
			}
		}
		close(goOn)
		calls := o.settled()
		if raw, _ := json.Marshal(calls); len(o.inbox.presses) != 1 || len(calls) != 1 || !strings.Contains(string(raw), says) {
			t.Errorf("after %d presses the connector got %s, want it told: %s", len(o.inbox.presses), raw, says)
		}
	}
}

func TestTooManyAtOnceAreAskedToComeAgain(t *testing.T) {
	o := newOffice(t)
	o.teams.ack = 30 * time.Millisecond
	for range atOnce {
		o.teams.slots <- struct{}{}
	}
	if got := o.deliver(o.from(nil)); got.Code != http.StatusServiceUnavailable || len(o.inbox.commands) != 0 {
		t.Errorf("answered %d", got.Code)
	}
	<-o.teams.slots
	if got := o.deliver(o.from(nil)); got.Code != http.StatusOK || len(o.inbox.commands) != 1 {
		t.Errorf("delivered again it is answered %d", got.Code)
	}
}

// Typed text never becomes markup, a date, or an element of a card.
func TestTypedTextStaysText(t *testing.T) {
	nasty := []string{"[Approve](https://evil.example)", "**bold** _it_ `x`", "{{DATE(2020-01-01T00:00:00Z)}}", "<at>Everyone</at>", "\u202egnp.exe", "a\nR142 · approved",
		`","type":"Action.OpenUrl","url":"https://evil.example`, "${request}", "\u200bzero\ufeff", strings.Repeat("x", 5000)}
	for _, s := range nasty {
		c := bot.Card{Preview: bot.Line{{Typed: s}}, Blocks: []bot.Block{
			{Kind: bot.Title, Lines: []bot.Line{{{Typed: s}}}}, {Kind: bot.Paragraph, Lines: []bot.Line{{{Typed: s}}}}, {Kind: bot.Quote, Lines: []bot.Line{{{Typed: s}}}},
			{Kind: bot.Small, Lines: []bot.Line{{{Typed: s}}}}, {Kind: bot.Facts, Pairs: []bot.Pair{{Label: "Why", Line: bot.Line{{Typed: s}}, Quote: s}}}}}
		raw, err := json.Marshal(render(c))
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for _, never := range []string{"{{", `"type":"TextBlock"`, "FactSet", "\u202e", "\u200b", `"type":"Action.OpenUrl"`} {
			if strings.Contains(text, never) {
				t.Errorf("%.60q brings %q into the card", s, never)
			}
		}
	}
	f := bot.Field{Name: "own_x", Kind: bot.Radio, Label: "*L*", Choices: []bot.ChoiceItem{{Value: "a", Label: "[a](b) *c*"}}}
	if got := fieldElements(f, nil)[0].Choices[0].Title; got != "［a］(b) ∗c∗" {
		t.Errorf("a choice is called %q", got)
	}
}

func TestACardStaysWithinWhatTeamsTakes(t *testing.T) {
	var c bot.Card
	for i := range 400 {
		c.Blocks = append(c.Blocks, bot.Block{Kind: bot.Paragraph, Lines: []bot.Line{{{Text: fmt.Sprintf("R%d ", i)}, {Typed: strings.Repeat("ä", 200)}}}})
	}
	drawn := render(c)
	last := drawn.Body[len(drawn.Body)-1]
	if size := encodedSize(drawn); size > cardBytes || size < cardBytes/2 || last.Inlines[0].Text != moreThanFits {
		t.Errorf("%d bytes, at its end %+v", size, last)
	}
	f := bot.Form{Title: "Big", Fields: []bot.Field{{Name: "own_x", Kind: bot.Choice}}}
	for i := range 100 {
		f.Fields[0].Choices = append(f.Fields[0].Choices, bot.ChoiceItem{Value: strings.Repeat(fmt.Sprint(i), 200), Label: "x"})
	}
	o := newOffice(t)
	if _, err := o.teams.formCard(hiddenForm{Account: anaAccount(), Form: f}, nil); err == nil {
		t.Error("a form beyond the limit is drawn")
	}
	row := rows(make([]action, 8))
	if len(row) != 2 || len(row[0].Actions) != rowActions {
		t.Errorf("eight buttons stand in %d rows", len(row))
	}
}

func TestAButtonWithAQuestionAsksItFirst(t *testing.T) {
	a := drawButton(bot.Button{Action: bot.ActCancel, Label: "Cancel", Value: "142.7", Confirm: "Cancel R142?", Style: bot.Danger}, false)
	if a.Type != "Action.ShowCard" || a.Data != nil || a.Card.Body[0].Inlines[0].Text != "Cancel R142?" || a.Card.Actions[0].Verb != "cancel" || a.Card.Actions[0].Style != "destructive" {
		t.Errorf("%+v", a)
	}
	if a := drawButton(bot.Button{Action: bot.ActDeny, Label: "Deny…"}, false); a.Type != "Action.Submit" || a.Data.Teams.Type != taskFetch {
		t.Errorf("%+v", a)
	}
}
