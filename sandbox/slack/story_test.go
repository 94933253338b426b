package slack

import "testing"

// A whole story through slack-go: command, modal, menu, field error, submission, button.
func TestStoryWithSlackGo(t *testing.T) {
	d := newDesk(t, Options{})
	reply, err := d.w.Slash(d.ctx, "U0ANA", "C0SEC", "/access", "")
	d.must(err)
	if reply.Err != "" || reply.Text != "" {
		t.Fatalf("the command answered %+v", reply)
	}
	view := d.w.View("U0ANA")
	offered, err := d.w.Options(d.ctx, "U0ANA", view.ID, "what", "what", "prod")
	d.must(err)
	if len(offered) != 2 || offered[0] != (Option{Text: "prod-db", Value: "r1"}) {
		t.Fatalf("the menu offers %+v", offered)
	}
	submitted, err := d.w.Submit(d.ctx, "U0ANA", view.ID)
	d.must(err)
	if submitted.Errors["what"] != "Please complete this required field." || len(submitted.Errors) != 2 {
		t.Fatalf("the client let an empty form pass: %+v", submitted)
	}
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "what", "what", Chosen("prod-db")))
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "why", "text", Typed("nope")))
	submitted, err = d.w.Submit(d.ctx, "U0ANA", view.ID)
	d.must(err)
	want := "Ask for access\nWhat: [prod-db]\nWhy: [nope]\n  ! Say more.\n[ Cancel ] [ Ask ]"
	if got := d.w.ViewText(*submitted.View); got != want {
		t.Fatalf("the form reads\n%s\nwant\n%s", got, want)
	}
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "why", "text", Typed("replay & <b>")))
	submitted, err = d.w.Submit(d.ctx, "U0ANA", view.ID)
	d.must(err)
	if !submitted.Closed || d.w.View("U0ANA") != nil {
		t.Fatalf("the form stayed open: %+v", submitted)
	}
	card := d.w.Messages("C0SEC")[0]
	if got, want := d.w.Text(card), "replay & <b>\n[ Approve ] [ Deny ]"; got != want {
		t.Fatalf("the card reads %q, want %q", got, want)
	}
	d.must(d.w.Press(d.ctx, "U0BEN", "C0SEC", card.TS, "approve"))
	card, _ = d.w.Message("C0SEC", card.TS)
	if d.w.Text(card) != "Approved by @Ben Okafor" || card.History != 1 || len(card.Versions) != 2 || card.Blocks != nil {
		t.Fatalf("the card became %+v", card)
	}
	if problems := d.w.Problems(); len(problems) > 0 {
		t.Fatalf("problems: %q", problems)
	}
}
