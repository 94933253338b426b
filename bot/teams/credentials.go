package teams

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"hallpass/bot"
	"hallpass/flows"
)

// tokenMargin is how long before its end a token of ours is renewed.
const tokenMargin = 5 * time.Minute

// token is what proves us to the connector. It is asked for once, however many need it.
type token struct {
	cfg    Config
	http   *http.Client
	flight flight

	mu    sync.Mutex
	text  string
	until time.Time
}

// get is a token that is good for a while. Its error is a *flows.CallError: without a token nothing was sent.
func (k *token) get(ctx context.Context) (string, error) {
	if text := k.held(); text != "" {
		return text, nil
	}
	if err := k.flight.do(ctx, k.renew); err != nil {
		var known *flows.CallError
		if errors.As(err, &known) {
			return "", err
		}
		return "", later("Microsoft does not give Hallpass a token", err, 0)
	}
	if text := k.held(); text != "" {
		return text, nil
	}
	return "", later("Microsoft gave a token that has ended already", nil, 0)
}

func (k *token) held() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cfg.Clock.Machine().Before(k.until) {
		return k.text
	}
	return ""
}

// forget drops a token that was refused, unless another has taken its place.
func (k *token) forget(text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.text == text {
		k.text, k.until = "", time.Time{}
	}
}

// renew asks for a token. Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
func (k *token) renew(ctx context.Context) error {
	if k.held() != "" { // somebody was just quicker
		return nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {k.cfg.AppID}, "client_secret": {k.cfg.Secret}, "scope": {k.cfg.Scope}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.cfg.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	asked := k.cfg.Clock.Machine()
	resp, err := k.http.Do(req)
	if err != nil {
		return later("Microsoft's token service does not answer", err, 0)
	}
	defer resp.Body.Close()
	var said struct {
		Token   string      `json:"access_token"`
		Seconds json.Number `json:"expires_in"`
		Error   string      `json:"error"`
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, keysBytes)).Decode(&said)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError:
		return later("Microsoft's token service has trouble of its own", answerOf(resp, nil, asked), retryAfter(resp.Header.Get("Retry-After"), asked))
	case resp.StatusCode != http.StatusOK:
		return &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: badSecret + " (" + bot.ClampText(oneLine(said.Error), codeLength) + ")",
			Cause: errBadSecret}
	case err != nil || said.Token == "":
		return later("Microsoft's token service answers what is no token", err, 0)
	}
	seconds, _ := said.Seconds.Int64() // 0 when it does not say: then the token is not kept
	k.mu.Lock()
	defer k.mu.Unlock()
	life := time.Duration(seconds) * time.Second
	k.text, k.until = said.Token, asked.Add(life-min(tokenMargin, life/2))
	return nil
}

// errBadSecret is a token service that does not take our secret: somebody must look.
var errBadSecret = errors.New("the client secret was refused")

const badSecret = "Microsoft refuses teams.secret: make a new client secret in the app registration and put it there"
