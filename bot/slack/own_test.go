package slack

import (
	"context"
	"reflect"
	"testing"

	"hallpass/bot"
	sandbox "hallpass/sandbox/slack"
)

// A flow's own questions are filled in on Slack's own fields, and come back by their names.
func TestQuestionsOfAFlowsOwn(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	d.in.onCommand = func(ctx context.Context, c bot.Call) bot.Reply {
		f := ownForm()
		f.Fields[4].Chosen = nil
		if err := d.s.OpenForm(ctx, c.Trigger, f); err != nil {
			t.Error(err)
		}
		return bot.Reply{}
	}
	d.in.onSearch = func(_ context.Context, m bot.Meta, text string) []bot.ChoiceItem {
		return []bot.ChoiceItem{{Value: "00uben", Label: "Ben " + text, Small: "ben.okafor@acme.example"}}
	}
	_, err := d.w.Slash(d.ctx, "U0ANA", "", "/access", "prod-db")
	d.must(err)
	view := d.w.View("U0ANA")
	done, err := d.w.Submit(d.ctx, "U0ANA", view.ID)
	d.must(err)
	if len(done.Errors) != 2 { // Customer and the box that must be ticked
		t.Errorf("Slack itself says %v", done.Errors)
	}
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", "own_customer", sandbox.Typed("Foo & <b>")))
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", "own_backup", sandbox.Chosen("Yes")))
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", "own_told", sandbox.Chosen()))
	_, err = d.w.Options(d.ctx, "U0ANA", view.ID, "", "own_partner", "Okafor")
	d.must(err)
	d.must(d.w.Fill(d.ctx, "U0ANA", view.ID, "", "own_partner", sandbox.Chosen("Ben Okafor")))
	done, err = d.w.Submit(d.ctx, "U0ANA", view.ID)
	d.must(err)
	want := map[string]string{"ticket": "OPS-1", "own_customer": "Foo & <b>", "own_backup": "yes", "own_told": "", "own_partner": "00uben"}
	if got := d.in.submits[0].Values; !done.Closed || !reflect.DeepEqual(got, want) {
		t.Errorf("the bot was sent %v", got)
	}
	if !reflect.DeepEqual(d.in.fields, []string{"own_partner"}) {
		t.Errorf("searched for %v", d.in.fields)
	}
	d.clean()
}
