package slack

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"hallpass/bot"
	"hallpass/flows"
	sandbox "hallpass/sandbox/slack"
)

// A whole story: command, form with dependent fields, an error, a correction, a card, a press.
func TestStory(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	d.answerStory()
	d.command()
	view := d.w.View("U0ANA")
	d.choose(view)
	d.send(d.w.View("U0ANA"))
	d.clean()
}

// answerStory makes the bot play its part.
func (d *desk) answerStory() {
	d.in.onCommand = func(ctx context.Context, c bot.Call) bot.Reply {
		f := askForm()
		f.Meta.Resource, f.Fields = "", f.Fields[:1]
		f.Fields[0].Chosen = nil
		if err := d.s.OpenForm(ctx, c.Trigger, f); err != nil {
			d.Error(err)
		}
		return bot.Reply{}
	}
	d.in.onSearch = func(_ context.Context, _ bot.Meta, text string) []bot.ChoiceItem {
		return []bot.ChoiceItem{{Value: "okta/group/00g1", Label: "prod-" + text, Small: "Okta group"}}
	}
	d.in.onChange = func(ctx context.Context, f bot.Filled) error { return d.s.UpdateForm(ctx, f.Form, askForm()) }
	d.in.onSubmit = func(_ context.Context, f bot.Filled) bot.Submitted {
		if len(f.Values[bot.FieldReason]) < 20 {
			return bot.Submitted{Errors: map[string]string{bot.FieldReason: "Say more.", "nowhere": "And this."}}
		}
		return bot.Submitted{}
	}
}

func (d *desk) command() {
	d.Helper()
	reply, err := d.w.Slash(d.ctx, "U0ANA", "", "/access", "prod-db because a < b & c")
	d.must(err)
	if reply.Err != "" || reply.Text != "" {
		d.Fatalf("the command answered %+v", reply)
	}
	call := d.in.calls[0]
	if call.Text != "prod-db because a < b & c" || call.Account != d.ana() || call.Trigger == "" || call.Key != "trigger:"+call.Trigger ||
		call.Channel != d.w.DM("U0ANA") || call.At.IsZero() {
		d.Errorf("the bot was told %+v", call)
	}
}

// choose picks a resource, which draws the other fields.
func (d *desk) choose(view *sandbox.View) {
	d.Helper()
	offered, err := d.w.Options(d.ctx, "U0ANA", view.ID, "resource", "resource", "db")
	d.must(err)
	if want := []sandbox.Option{{Text: "prod-db", Value: "okta/group/00g1", Description: "Okta group"}}; !reflect.DeepEqual(offered, want) {
		d.Fatalf("the menu offers %+v", offered)
	}
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "resource", "resource", sandbox.Chosen("prod-db")))
	if f := d.in.changes[0]; f.Changed != "resource" || f.Values["resource"] != "okta/group/00g1" || f.Meta.Nonce != "n1" || f.Form.ID != view.ID {
		d.Errorf("the bot was told of the change %+v", f)
	}
}

// send sends the form in, once with a mistake.
func (d *desk) send(view *sandbox.View) {
	d.Helper()
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", "reason", sandbox.Typed("too short & <b>")))
	done, err := d.w.Submit(d.ctx, "U0ANA", view.ID)
	d.must(err)
	if want := map[string]string{"reason": "Say more.", "resource": "And this."}; !reflect.DeepEqual(done.Errors, want) {
		d.Fatalf("the form says %+v", done)
	}
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", "reason", sandbox.Typed("long enough, & <b> *as typed*")))
	done, err = d.w.Submit(d.ctx, "U0ANA", view.ID)
	d.must(err)
	if !done.Closed {
		d.Fatalf("the form stayed open: %+v", done)
	}
	first, second := d.in.submits[0], d.in.submits[1]
	want := map[string]string{"resource": "okta/group/00g1", "permission": "member", "duration": "3600", "reason": "long enough, & <b> *as typed*"}
	if !reflect.DeepEqual(second.Values, want) || second.Meta != askForm().Meta {
		d.Errorf("the bot was sent %+v", second)
	}
	if first.Key == second.Key || !strings.HasPrefix(second.Key, "form:n1:") {
		d.Errorf("the keys of two submissions are %q and %q", first.Key, second.Key)
	}
}

func TestCardIsPostedPressedAndEdited(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	at := d.post(approverCard())
	message, _ := d.w.Message(at.Channel, at.TS)
	if got := d.w.Notification(message, "U0ANA"); got != "R142: Ana ∗Silva∗ asks for prod-db, 2 h" {
		t.Errorf("the phone says %q", got)
	}
	var kept struct {
		Type    string            `json:"event_type"`
		Payload map[string]string `json:"event_payload"`
	}
	d.must(json.Unmarshal(message.Metadata, &kept))
	if kept.Type != "hallpass_post" || kept.Payload["key"] != "p1" {
		t.Errorf("the message keeps %+v", kept)
	}
	d.must(d.w.Press(d.ctx, "U0ANA", at.Channel, at.TS, "approve"))
	p := d.in.presses[0]
	if p.Action != bot.ActApprove || p.Value != "142.7" || p.Account != d.ana() || p.Channel != at.Channel || p.TS != at.TS || p.Home ||
		p.Key != "trigger:"+p.Trigger || p.Trigger == "" || p.At.IsZero() {
		t.Errorf("the bot was told %+v", p)
	}
	d.must(d.s.Update(d.ctx, at, endedCard()))
	message, _ = d.w.Message(at.Channel, at.TS)
	if got, want := d.w.TextFor(message, "U0BEN"), "R142 is over. Checked in Okta at 14:30:00: you are no longer a member.\n┃ use the replica\nuntil 14:30"; got != want {
		t.Errorf("the card reads\n%s\nwant\n%s", got, want)
	}
	reply, err := d.s.Post(d.ctx, bot.Address{Platform: Platform, Workspace: "T01ACME", Channel: at.Channel}, at.TS, "", bot.Text("In the thread."))
	d.must(err)
	if message, _ = d.w.Message(reply.Channel, reply.TS); message.ThreadTS != at.TS || message.Metadata != nil {
		t.Errorf("the reply is %+v", message)
	}
	d.must(d.s.Delete(d.ctx, at))
	d.must(d.s.Delete(d.ctx, at))
	err = d.s.Update(d.ctx, at, endedCard())
	if call := flows.AsCall(err); call.Outcome != flows.OutcomeRefused || !errors.Is(err, flows.ErrNotFound) {
		t.Errorf("the update of a message that is gone says %v", err)
	}
	d.clean()
}

func TestHome(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	d.in.onHome = func(ctx context.Context, a flows.Account) error { return d.s.ShowHome(ctx, a, homePage()) }
	d.must(d.w.OpenHome(d.ctx, "U0ANA"))
	d.until("Home is drawn", func() bool { return d.w.Home("U0ANA") != nil })
	home := d.w.Home("U0ANA")
	d.must(d.w.PressHome(d.ctx, "U0ANA", "give_back#2"))
	d.must(d.w.Fill(d.ctx, "U0ANA", home.ID, "", "home_query", sandbox.Typed("prod *db*")))
	first, second := d.in.presses[0], d.in.presses[1]
	if first.Action != bot.ActGiveBack || first.Value != "g18.1" || !first.Home || first.Query != "ana" || first.Channel != "" {
		t.Errorf("the press in Home came as %+v", first)
	}
	if second.Action != bot.ActHomeQuery || second.Query != "prod *db*" || second.Value != "" || !second.Home {
		t.Errorf("the search in Home came as %+v", second)
	}
	if d.in.homes[0] != d.ana() {
		t.Errorf("Home was opened by %v", d.in.homes)
	}
	d.clean()
}

func TestWrittenWords(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	card := bot.Text("Type /access to ask.")
	d.in.onCommand = func(context.Context, bot.Call) bot.Reply { return bot.Reply{Card: &card} }
	ts, err := d.w.Say(d.ctx, "U0ANA", "mine & <b>")
	d.must(err)
	d.until("the message is answered", func() bool { return len(d.w.Messages(d.w.DM("U0ANA"))) == 2 })
	if c := d.in.calls[0]; c.Text != "mine & <b>" || c.Trigger != "" || c.TS != ts || c.Key != "message:"+d.w.DM("U0ANA")+":"+ts || c.Account != d.ana() {
		t.Errorf("the message came as %+v", c)
	}
	_, err = d.w.Mention(d.ctx, "U0BEN", "C0FEED", "prod-db for 2h")
	d.must(err)
	d.until("the mention is answered", func() bool { return len(d.w.Messages("C0FEED")) == 2 })
	if c := d.in.calls[1]; c.Text != "prod-db for 2h" || c.Channel != "C0FEED" {
		t.Errorf("the mention came as %+v", c)
	}
	if m := d.w.Messages("C0FEED")[1]; !m.Ephemeral || m.For != "U0BEN" {
		t.Errorf("the mention was answered to everybody: %+v", m)
	}
	reply, err := d.w.Slash(d.ctx, "U0BEN", "C0FEED", "/access", "help")
	d.must(err)
	if !reply.Ephemeral || reply.Text != "Type /access to ask." {
		t.Errorf("the command was answered with %+v", reply)
	}
	if got := len(d.in.calls); got != 3 {
		t.Errorf("the bot listened to %d calls, want 3: it must not hear itself", got)
	}
	d.clean()
}

func TestShortcutAndChangedAccount(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error { return d.s.OpenForm(ctx, c.Trigger, denyForm()) }
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
	if v := d.w.View("U0ANA"); v == nil || v.Title != "Deny this request of so…" {
		t.Errorf("the shortcut opened %+v", v)
	}
	d.w.ChangeUser("U0BEN", func(u *sandbox.User) { u.Email = "ben@elsewhere.com" })
	d.in.until(t, "the bot hears of the change", func() bool { return len(d.in.changed) == 1 })
	if d.in.changed[0] != account("T01ACME", "U0BEN") {
		t.Errorf("the changed account is %v", d.in.changed)
	}
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "of_another_time"))
	if d.s.Odd() != 1 {
		t.Errorf("%d odd frames, want 1", d.s.Odd())
	}
	d.clean()
}

// Typed values survive what the app draws anew; the choices of another resource do not.
func TestDependentFieldsStartAnew(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error { return d.s.OpenForm(ctx, c.Trigger, askForm()) }
	other := askForm()
	other.Meta.Resource = "okta/group/00g2"
	d.in.onChange = func(ctx context.Context, f bot.Filled) error {
		if f.Changed == bot.FieldDuration {
			return d.s.UpdateForm(ctx, f.Form, askForm())
		}
		return d.s.UpdateForm(ctx, f.Form, other)
	}
	d.in.onSearch = func(context.Context, bot.Meta, string) []bot.ChoiceItem {
		return []bot.ChoiceItem{{Value: "okta/group/00g2", Label: "prod-cache"}}
	}
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
	id := d.w.View("U0ANA").ID
	d.must(d.w.Fill(d.ctx, "U0ANA", id, "", "reason", sandbox.Typed("SEC-482: replay")))
	d.must(d.w.Fill(d.ctx, "U0ANA", id, "", "duration", sandbox.Chosen("other…")))
	if got := d.w.ViewText(*d.w.View("U0ANA")); !strings.Contains(got, "(•) other…") || !strings.Contains(got, "SEC-482") {
		t.Errorf("after a change of the duration the form reads\n%s", got)
	}
	if _, err := d.w.Options(d.ctx, "U0ANA", id, "resource", "resource", ""); err != nil {
		t.Fatal(err)
	}
	d.must(d.w.Fill(d.ctx, "U0ANA", id, "resource", "resource", sandbox.Chosen("prod-cache")))
	if got := d.w.ViewText(*d.w.View("U0ANA")); !strings.Contains(got, "(•) 1 h") || !strings.Contains(got, "SEC-482") || !strings.Contains(got, "[prod-cache]") {
		t.Errorf("after a change of the resource the form reads\n%s", got)
	}
	d.clean()
}

// Two quick changes start from the same drawing: whichever is drawn first, the newer one stands at the end.
func TestNewestChangeWins(t *testing.T) {
	for name, order := range map[string][2]int{"in order": {0, 1}, "reversed": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			d := startDesk(t, sandbox.Options{})
			d.in.onShortcut = func(ctx context.Context, c bot.Call) error { return d.s.OpenForm(ctx, c.Trigger, askForm()) }
			d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
			id := d.w.View("U0ANA").ID
			d.must(d.w.Fill(d.ctx, "U0ANA", id, "", "duration", sandbox.Chosen("other…")))
			d.must(d.w.Fill(d.ctx, "U0ANA", id, "", "permission", sandbox.Chosen("owner")))
			for _, n := range order {
				f := askForm()
				f.Title = []string{"older", "newer"}[n]
				d.must(d.s.UpdateForm(d.ctx, d.in.changes[n].Form, f))
			}
			if v := d.w.View("U0ANA"); v.Title != "newer" {
				t.Errorf("the form shows the %s change", v.Title)
			}
		})
	}
}

// Values too long for an option come back whole: those of the form from the form, those of a search by searching again.
func TestLongValues(t *testing.T) {
	long := "okta/group/" + strings.Repeat("x", 200)
	name := strings.Repeat("a long name ", 10)
	d := startDesk(t, sandbox.Options{})
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error {
		f := askForm()
		f.Fields = f.Fields[:2]
		f.Fields[1].Choices = append(f.Fields[1].Choices, bot.ChoiceItem{Value: "role/" + long, Label: "a role"})
		return d.s.OpenForm(ctx, c.Trigger, f)
	}
	d.in.onSearch = func(_ context.Context, _ bot.Meta, text string) []bot.ChoiceItem {
		return []bot.ChoiceItem{{Value: "okta/group/another" + long, Label: name}, {Value: long, Label: name}}[0:2:2]
	}
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
	id := d.w.View("U0ANA").ID
	offered, err := d.w.Options(d.ctx, "U0ANA", id, "resource", "resource", "a")
	d.must(err)
	d.must(d.w.Fill(d.ctx, "U0ANA", id, "", "permission", sandbox.Chosen("a role")))
	d.must(d.w.Fill(d.ctx, "U0ANA", id, "resource", "resource", sandbox.Chosen(offered[1].Value)))
	last := d.in.changes[len(d.in.changes)-1]
	if last.Values["resource"] != long || last.Values["permission"] != "role/"+long {
		t.Errorf("the long values came back as %q", last.Values)
	}
	if got := d.in.searches[len(d.in.searches)-1]; !strings.HasPrefix(name, got) || strings.HasSuffix(got, bot.CutMark) {
		t.Errorf("it was searched for %q", got)
	}
	d.clean()
}

// What does not fit an acknowledgement is shown by a call.
func TestLargeAnswers(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	card := bot.Card{Preview: words("Much"), Blocks: []bot.Block{}}
	form := bot.Form{Kind: bot.FormNotice, Title: "Much to read", Close: "Close"}
	for range 12 {
		line := words(strings.Repeat("wörter ", 400))
		card.Blocks = append(card.Blocks, bot.Block{Lines: []bot.Line{line}})
		form.Fields = append(form.Fields, bot.Field{Kind: bot.Note, Lines: []bot.Line{line}})
	}
	d.in.onCommand = func(context.Context, bot.Call) bot.Reply { return bot.Reply{Card: &card} }
	reply, err := d.w.Slash(d.ctx, "U0ANA", "C0FEED", "/access", "active")
	d.must(err)
	if reply.Err != "" {
		t.Fatalf("the command answered %+v", reply)
	}
	d.until("the answer is there", func() bool { return len(d.w.Messages("C0FEED")) == 1 })
	if m := d.w.Messages("C0FEED")[0]; !m.Ephemeral || m.For != "U0ANA" || m.Text != "Much" {
		t.Errorf("the answer is %+v", m)
	}
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error { return d.s.OpenForm(ctx, c.Trigger, denyForm()) }
	d.in.onSubmit = func(context.Context, bot.Filled) bot.Submitted { return bot.Submitted{Next: &form} }
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
	if _, err := d.w.Submit(d.ctx, "U0ANA", d.w.View("U0ANA").ID); err != nil {
		t.Fatal(err)
	}
	d.until("the form is there", func() bool {
		v := d.w.View("U0ANA")
		return v != nil && strings.Contains(string(v.Blocks), "wörter")
	})
	d.in.onSearch = func(context.Context, bot.Meta, string) []bot.ChoiceItem {
		many := make([]bot.ChoiceItem, 150)
		for i := range many {
			many[i] = bot.ChoiceItem{Value: strings.Repeat("v", 60) + itoa(int64(i)), Label: strings.Repeat("<", 80), Small: strings.Repeat("&", 80)}
		}
		return many
	}
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error { return d.s.OpenForm(ctx, c.Trigger, askForm()) }
	d.must(d.w.Shortcut(d.ctx, "U0BEN", "ask_access"))
	offered, err := d.w.Options(d.ctx, "U0BEN", d.w.View("U0BEN").ID, "resource", "resource", "")
	if err != nil || len(offered) < 10 || len(offered) > 100 {
		t.Errorf("%d options are offered (%v)", len(offered), err)
	}
	d.clean()
}

// A search that finds nothing says so, and is not an error.
func TestNothingFound(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error { return d.s.OpenForm(ctx, c.Trigger, askForm()) }
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
	offered, err := d.w.Options(d.ctx, "U0ANA", d.w.View("U0ANA").ID, "resource", "resource", "nothing")
	if err != nil || len(offered) != 0 {
		t.Errorf("offered %v, %v", offered, err)
	}
	d.clean()
}
