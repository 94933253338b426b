package demo

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	api "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"hallpass/demo/page"
	"hallpass/sandbox"
)

// asker is a tiny app on Slack's own protocol: its command opens a form, a
// submitted form becomes a card with an Approve, an Approve becomes a word.
type asker struct {
	t    *testing.T
	web  *api.Client
	sock *socketmode.Client
}

// connect runs the app against a company until the test ends; it is there when this returns.
func connect(t *testing.T, w *World) {
	t.Helper()
	web := api.New(sandbox.SlackBotToken, api.OptionAppLevelToken(sandbox.SlackAppToken), api.OptionAPIURL(w.company.Slack.APIURL()))
	a := &asker{t, web, socketmode.New(web)}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = a.sock.RunContext(ctx) }) // it ends with the test
	running.Go(func() { a.work(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	if err := w.company.Slack.Wait(t.Context(), func() bool { return w.company.Slack.Connections() > 0 }); err != nil {
		t.Fatal(err)
	}
}

func (a *asker) work(ctx context.Context) {
	for {
		select {
		case e := <-a.sock.Events:
			a.handle(e)
		case <-ctx.Done():
			return
		}
	}
}

func (a *asker) handle(e socketmode.Event) {
	switch body := e.Data.(type) {
	case api.SlashCommand:
		a.must(a.sock.Ack(*e.Request))
		_, err := a.web.OpenView(body.TriggerID, askForm())
		a.must(err)
	case api.InteractionCallback:
		a.interact(e, body)
	}
}

func (a *asker) interact(e socketmode.Event, body api.InteractionCallback) {
	switch body.Type {
	case api.InteractionTypeBlockSuggestion:
		a.must(a.sock.Ack(*e.Request, api.OptionsResponse{Options: []*api.OptionBlockObject{option(body.Value + "-db")}}))
	case api.InteractionTypeViewSubmission:
		v := body.View.State.Values
		if v["why"]["why"].Value == "no" {
			a.must(a.sock.Ack(*e.Request, api.NewErrorsViewSubmissionResponse(map[string]string{"why": "Say more."})))
			return
		}
		a.must(a.sock.Ack(*e.Request))
		a.card(v["what"]["what"].SelectedOption.Value + ", " + v["long"]["long"].SelectedOption.Value + ": " + v["why"]["why"].Value)
	case api.InteractionTypeBlockActions:
		a.must(a.sock.Ack(*e.Request))
		_, _, _, err := a.web.UpdateMessage(body.Channel.ID, body.Message.Timestamp, api.MsgOptionText("agreed", false), api.MsgOptionBlocks())
		a.must(err)
	}
}

func (a *asker) card(text string) {
	approve := api.NewButtonBlockElement("approve", "1", api.NewTextBlockObject("plain_text", "Approve, 2 h", false, false))
	_, _, err := a.web.PostMessage(sandbox.CaroSlack, api.MsgOptionText(text, false),
		api.MsgOptionBlocks(api.NewSectionBlock(api.NewTextBlockObject("plain_text", text, false, false), nil, nil), api.NewActionBlock("decide", approve)))
	a.must(err)
}

func (a *asker) must(err error) {
	if err != nil {
		a.t.Error(err)
	}
}

func option(value string) *api.OptionBlockObject {
	return api.NewOptionBlockObject(value, api.NewTextBlockObject("plain_text", value, false, false), nil)
}

func askForm() api.ModalViewRequest {
	say := func(s string) *api.TextBlockObject { return api.NewTextBlockObject("plain_text", s, false, false) }
	what := api.NewOptionsSelectBlockElement(api.OptTypeExternal, nil, "what")
	what.MinQueryLength = new(0)
	return api.ModalViewRequest{Type: api.VTModal, Title: say("Ask"), Submit: say("Ask"), Blocks: api.Blocks{BlockSet: []api.Block{
		api.NewInputBlock("what", say("What"), nil, what),
		api.NewInputBlock("long", say("How long"), nil, api.NewRadioButtonsBlockElement("long", option("1h"), option("2h"))),
		api.NewInputBlock("why", say("Why"), nil, api.NewPlainTextInputBlockElement(nil, "why")),
	}}}
}

// until gives the first picture of a person that fits, waiting for changes.
func (w *World) until(t *testing.T, as string, fits func(page.State) bool) page.State {
	t.Helper()
	changed, stop := w.Subscribe()
	defer stop()
	for {
		if s := w.State(as); fits(s) {
			return s
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal("it did not come true")
		}
	}
}

func TestAskingAndAgreeingThroughThePage(t *testing.T) {
	w := acme(t)
	connect(t, w)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.Slash(ctx, sandbox.AnaSlack, homeID, "/access prod-db"))
	form := w.until(t, sandbox.AnaSlack, func(s page.State) bool { return s.Modal != nil }).Modal.ID
	at := func(block string) page.Spot { return page.Spot{View: form, Block: block, Action: block} }
	found, err := w.Options(ctx, sandbox.AnaSlack, at("what"), "prod")
	must(err)
	if len(found) != 1 || found[0] != (page.Option{Text: "prod-db", Value: "prod-db"}) {
		t.Fatalf("offered %+v", found)
	}
	must(w.Fill(ctx, sandbox.AnaSlack, at("what"), json.RawMessage(`"prod-db"`)))
	must(w.Fill(ctx, sandbox.AnaSlack, at("long"), json.RawMessage(`"2h"`)))
	must(w.Fill(ctx, sandbox.AnaSlack, at("why"), json.RawMessage(`"no"`)))
	got, err := w.Submit(ctx, sandbox.AnaSlack, form)
	must(err)
	if got.Errors["why"] != "Say more." {
		t.Errorf("the errors are %v", got.Errors)
	}
	must(w.Fill(ctx, sandbox.AnaSlack, at("why"), json.RawMessage(`"OPS-1"`)))
	_, err = w.Submit(ctx, sandbox.AnaSlack, form)
	must(err)

	asked := w.until(t, sandbox.AnaSlack, func(s page.State) bool { return s.People[2].Unread == 1 })
	if h := asked.Story.Hint; asked.Modal != nil || h.Text != "Now be Caro, an engineering manager: a request waits there for a yes." || h.As != sandbox.CaroSlack {
		t.Errorf("after asking: %+v", h)
	}
	dm := w.State(sandbox.CaroSlack).Channels[0]
	if dm.Messages[0].Text != "prod-db, 2h: OPS-1" || !dm.Messages[0].App {
		t.Errorf("Caro sees %+v", dm.Messages[0])
	}
	_, err = w.Press(ctx, sandbox.CaroSlack, page.Spot{Channel: dm.ID, TS: dm.Messages[0].TS, Block: "decide", Action: "approve"}, nil)
	must(err)
	after := w.until(t, sandbox.CaroSlack, func(s page.State) bool { return s.Channels[0].Messages[0].Text == "agreed" })
	if m := after.Channels[0].Messages[0]; !m.Edited {
		t.Errorf("the card is %+v", m)
	}
	if err := w.CloseView(ctx, sandbox.AnaSlack, form); err == nil {
		t.Error("a form that is gone can be closed")
	}
}
