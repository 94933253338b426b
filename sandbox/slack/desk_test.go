package slack

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	api "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// desk is a small app written with slack-go, as real apps are: a command opens a modal, its submission posts a card with a
// button, the button edits the card.
type desk struct {
	*testing.T
	w      *Workspace
	client *api.Client
	socket *socketmode.Client
	ctx    context.Context
	on     func(socketmode.Event) (any, bool) // answers an envelope instead of the desk; false leaves it unanswered
}

// open starts a workspace with Ana, Ben and a channel.
func open(t *testing.T, opt Options) *Workspace {
	t.Helper()
	w, err := Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.AddUser(User{ID: "U0ANA", Name: "ana", RealName: "Ana Silva", Email: "ana@acme.com", TZ: "Europe/Berlin"})
	w.AddUser(User{ID: "U0BEN", Name: "ben", RealName: "Ben Okafor", Email: "ben@acme.com"})
	w.AddChannel(Channel{ID: "C0SEC", Name: "security", Members: []string{"U0ANA", "U0BEN", "U0BOT"}})
	return w
}

func newDesk(t *testing.T, opt Options) *desk {
	t.Helper()
	w := open(t, opt)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	d := &desk{T: t, w: w, ctx: ctx, client: clientFor(w)}
	d.socket = socketmode.New(d.client)
	ended := make(chan struct{}, 2)
	go func() { _ = d.socket.RunContext(ctx); ended <- struct{}{} }()
	go func() { d.serve(); ended <- struct{}{} }()
	t.Cleanup(func() { cancel(); <-ended; <-ended })
	d.until("the app is connected", func() bool { return w.Connections() == 1 })
	return d
}

func clientFor(w *Workspace) *api.Client {
	return api.New("xoxb-sandbox", api.OptionAPIURL(w.APIURL()), api.OptionAppLevelToken("xapp-sandbox"))
}

// until waits for something to come true, and says what when it does not.
func (d *desk) until(what string, predicate func() bool) {
	d.Helper()
	if err := d.w.Wait(d.ctx, predicate); err != nil {
		d.Fatalf("never came true: %s (%v); problems: %q", what, err, d.w.Problems())
	}
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) serve() {
	for {
		select {
		case <-d.ctx.Done():
			return
		case event := <-d.socket.Events:
			if event.Request == nil || event.Request.EnvelopeID == "" {
				continue
			}
			answer, given := d.answer(event)
			switch {
			case !given:
			case answer == nil:
				_ = d.socket.Ack(*event.Request)
			default:
				_ = d.socket.Ack(*event.Request, answer)
			}
		}
	}
}

func (d *desk) answer(event socketmode.Event) (any, bool) {
	if d.on != nil {
		return d.on(event)
	}
	switch data := event.Data.(type) {
	case api.SlashCommand:
		_, err := d.client.OpenViewContext(d.ctx, data.TriggerID, modal(data.ChannelID))
		if err != nil {
			d.Errorf("views.open: %v", err)
		}
	case api.InteractionCallback:
		return d.interact(data), true
	}
	return nil, true
}

func (d *desk) interact(data api.InteractionCallback) any {
	switch data.Type {
	case api.InteractionTypeBlockSuggestion:
		return api.OptionsResponse{Options: []*api.OptionBlockObject{choice("prod-db", "r1"), choice("prod-cache", "r2")}}
	case api.InteractionTypeViewSubmission:
		why := data.View.State.Values["why"]["text"].Value
		if why == "nope" {
			return api.NewErrorsViewSubmissionResponse(map[string]string{"why": "Say more."})
		}
		_, _, err := d.client.PostMessageContext(d.ctx, data.View.PrivateMetadata, api.MsgOptionText("Ana asks", false), card(why))
		if err != nil {
			d.Errorf("chat.postMessage: %v", err)
		}
	case api.InteractionTypeBlockActions:
		if data.Container.Type == "message" {
			_, _, _, err := d.client.UpdateMessageContext(d.ctx, data.Channel.ID, data.Message.Timestamp,
				api.MsgOptionText("Approved by <@"+data.User.ID+">", false))
			if err != nil {
				d.Errorf("chat.update: %v", err)
			}
		}
	}
	return nil
}

func words(text string) *api.TextBlockObject {
	return api.NewTextBlockObject(api.PlainTextType, text, false, false)
}

func choice(text, value string) *api.OptionBlockObject {
	return api.NewOptionBlockObject(value, words(text), nil)
}

func modal(channel string) api.ModalViewRequest {
	what := api.NewOptionsSelectBlockElement(api.OptTypeExternal, words("Name of it"), "what")
	none := 0
	what.MinQueryLength = &none
	why := api.NewPlainTextInputBlockElement(words("SEC-482: replay"), "text")
	return api.ModalViewRequest{Type: api.VTModal, Title: words("Ask for access"), Submit: words("Ask"), Close: words("Cancel"),
		CallbackID: "ask", PrivateMetadata: channel, NotifyOnClose: true, Blocks: api.Blocks{BlockSet: []api.Block{
			api.NewInputBlock("what", words("What"), nil, what), api.NewInputBlock("why", words("Why"), nil, why)}}}
}

func card(why string) api.MsgOption {
	return api.MsgOptionBlocks(
		api.NewSectionBlock(words(why), nil, nil),
		api.NewActionBlock("decide", api.NewButtonBlockElement("approve", "R1", words("Approve")),
			api.NewButtonBlockElement("deny", "R1", words("Deny"))))
}

// fields decodes blocks for a look inside.
func fields(t *testing.T, raw json.RawMessage) []map[string]any {
	t.Helper()
	var blocks []map[string]any
	if err := json.Unmarshal(raw, &blocks); err != nil {
		t.Fatal(err)
	}
	return blocks
}
