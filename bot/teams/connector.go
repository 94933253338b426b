package teams

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"hallpass/flows"

	"github.com/infracloudio/msbotbuilder-go/connector/auth"
	"github.com/infracloudio/msbotbuilder-go/core"
	library "github.com/infracloudio/msbotbuilder-go/core/activity"
	"github.com/infracloudio/msbotbuilder-go/schema"
)

// outgoing is an activity of ours as it goes over the wire. The library's own type carries a dozen empty objects and a zero timestamp.
type outgoing struct {
	Type        string       `json:"type"`
	Summary     string       `json:"summary,omitempty"` // what a notification says
	Attachments []attachment `json:"attachments,omitempty"`
	Recipient   *recipient   `json:"recipient,omitempty"` // of what one person alone sees
}

type recipient struct {
	ID string `json:"id"`
}

// attachment is a card in a message.
type attachment struct {
	Kind    string `json:"contentType"`
	Content any    `json:"content"`
}

// cardKind is the content type of an Adaptive Card.
const cardKind = "application/vnd.microsoft.card.adaptive"

// wire is the library's client for one activity: the library says where it goes, we say what is sent and read what comes back.
type wire struct {
	t    *Teams
	ctx  context.Context
	deed deed
	body any
	id   string // of the message, as the connector names it
}

func (w *wire) Post(target url.URL, _ schema.Activity) error { return w.send(http.MethodPost, target) }
func (w *wire) Put(target url.URL, _ schema.Activity) error  { return w.send(http.MethodPut, target) }
func (w *wire) Delete(target url.URL, _ schema.Activity) error {
	return w.send(http.MethodDelete, target)
}

// send carries one activity. The library joins ids into the path as they are; ours are escaped already, or an id could lead elsewhere.
func (w *wire) send(method string, target url.URL) error {
	escaped := target.Path
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return err
	}
	target.Path, target.RawPath = plain, escaped
	var said struct {
		ID string `json:"id"`
	}
	if err := w.t.call(w.ctx, w.deed, method, target.String(), w.body, &said); err != nil {
		return err
	}
	w.id = said.ID
	return nil
}

// untrusting stands where the library checks tokens: nothing comes in through the library.
type untrusting struct{}

func (untrusting) AuthenticateRequest(context.Context, schema.Activity, string, auth.CredentialProvider, string) (auth.ClaimsIdentity, error) {
	return nil, errors.New("tokens are checked elsewhere")
}

// adapter is the library around one wire.
func (t *Teams) adapter(w *wire) *core.BotFrameworkAdapter {
	return &core.BotFrameworkAdapter{AdapterSetting: core.AdapterSetting{AppID: t.cfg.AppID}, TokenValidator: untrusting{}, Client: w}
}

// message is where an activity of ours goes.
type message struct {
	service, conversation string
	id                    string // of the message that is edited, deleted or answered
}

func (m message) schema() schema.Activity {
	return schema.Activity{Type: schema.Message, ID: url.PathEscape(m.id), ServiceURL: m.service,
		Conversation: schema.ConversationAccount{ID: url.PathEscape(m.conversation)}}
}

// sendMessage posts an activity, below the message m.id when there is one, and returns its id.
func (t *Teams) sendMessage(ctx context.Context, m message, body outgoing) (string, error) {
	w := &wire{t: t, ctx: ctx, deed: posting, body: body}
	a := m.schema()
	a.ReplyToID = a.ID
	err := t.adapter(w).ProcessActivity(ctx, a, library.HandlerFuncs{OnMessageFunc: func(turn *library.TurnContext) (schema.Activity, error) {
		return turn.Activity, nil
	}})
	if err == nil && w.id == "" {
		err = noAnswer(posting, "Teams did not say where the message stands", nil)
	}
	return w.id, classify(posting, err)
}

func (t *Teams) editMessage(ctx context.Context, m message, body outgoing) error {
	w := &wire{t: t, ctx: ctx, deed: reading, body: body}
	return classify(reading, t.adapter(w).UpdateActivity(ctx, m.schema()))
}

func (t *Teams) deleteMessage(ctx context.Context, m message) error {
	w := &wire{t: t, ctx: ctx, deed: reading}
	ref := schema.ConversationReference{ServiceURL: m.service, Conversation: m.schema().Conversation}
	return classify(reading, t.adapter(w).DeleteActivity(ctx, url.PathEscape(m.id), ref))
}

// route is an address below a connector; each part is escaped.
func route(service string, parts ...string) string {
	var out strings.Builder
	out.WriteString(strings.TrimSuffix(service, "/") + "/v3")
	for _, p := range parts {
		out.WriteString("/" + url.PathEscape(p))
	}
	return out.String()
}

// call asks the connector something. Its error is a *flows.CallError. The token goes to an allowed host, or nowhere.
func (t *Teams) call(ctx context.Context, d deed, method, address string, body, into any) error {
	if !t.allowed(address) {
		return refused("The connector's address is not among teams.service_hosts", nil, false)
	}
	if wait := t.meter.take(method, address, t.cfg.Clock.Machine()); wait > 0 {
		return &flows.CallError{Outcome: flows.OutcomeLater, RetryAfter: wait, Sentence: "This conversation has had as many calls as Teams bears"}
	}
	token, err := t.token.get(ctx)
	if err != nil {
		t.alarmSecret(ctx, err)
		return err
	}
	req, err := request(ctx, method, address, body)
	if err != nil {
		return refused("The message does not encode", err, false)
	}
	req.Header.Set("Authorization", scheme+token)
	resp, err := t.http.Do(req)
	if err != nil {
		return classify(d, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, answerBytes))
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		t.token.forget(token)
		fallthrough
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		said := answerOf(resp, raw, t.cfg.Clock.Machine())
		if said.Status == http.StatusTooManyRequests {
			said.Wait = cmp.Or(said.Wait, unsaid)
			t.meter.rest(method, address, t.cfg.Clock.Machine().Add(said.Wait))
		}
		return classify(d, said)
	case err != nil:
		return classify(d, err)
	case into == nil || len(bytes.TrimSpace(raw)) == 0:
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return noAnswer(d, "Teams answers what cannot be read", fmt.Errorf("the answer does not decode: %w", err))
	}
	return nil
}

func request(ctx context.Context, method, address string, body any) (*http.Request, error) {
	if body == nil {
		return http.NewRequestWithContext(ctx, method, address, nil)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(raw))
	if err == nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return req, err
}

// alarmSecret tells admins that nothing will go out any more.
func (t *Teams) alarmSecret(ctx context.Context, err error) {
	var call *flows.CallError
	if errors.Is(err, errBadSecret) && errors.As(err, &call) {
		t.alarm(ctx, call.Sentence)
	}
}
