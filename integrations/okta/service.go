package okta

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// Of the service app's tokens.
const (
	assertionLife = 5 * time.Minute // Okta allows up to an hour
	renewEarly    = time.Minute     // a token is not used in its last minute
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	scopes        = "okta.users.read okta.groups.read okta.groups.manage"
	schemaScopes  = "okta.schemas.read okta.userTypes.read"
	rolesScope    = "okta.roles.read"
)

// serviceApp gets access tokens by private_key_jwt (RFC 7523) from the organisation's own authorization server.
type serviceApp struct {
	rest     *rest.Client
	audience string
	client   string
	keyID    string
	scopes   string
	method   jwt.SigningMethod
	key      crypto.PrivateKey
	now      func() time.Time
	learn    func(rest.Secret)

	turn  chan struct{} // one asks, the others wait for what it got
	mu    sync.Mutex
	token rest.Secret
	until time.Time
}

// appClient is a client whose token has some scopes, with the client that gets the token.
func appClient(c Config, settings rest.Config, scopes string) (client, token *rest.Client, err error) {
	app, err := newServiceApp(c, settings, scopes)
	if err != nil {
		return nil, nil, err
	}
	settings.Auth, settings.Renew = app.authorize, app.forget
	client, err = rest.New(settings)
	app.learn = func(s rest.Secret) { client.Conceal(s) }
	return client, app.rest, err
}

func newServiceApp(c Config, settings rest.Config, scopes string) (*serviceApp, error) {
	base, err := rest.ParseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	app := &serviceApp{scopes: scopes, audience: base.String() + "/oauth2/v1/token", client: c.ClientID, keyID: c.KeyID, now: c.Now, turn: make(chan struct{}, 1)}
	if app.method, app.key, err = signer(c.PrivateKey); err != nil {
		return nil, err
	}
	settings.Conceal = []rest.Secret{c.PrivateKey}
	settings.Explain = explainToken
	app.rest, err = rest.New(settings)
	return app, err
}

// signer reads the key. The parser's own error is left out: it may quote what it read.
func signer(pem rest.Secret) (jwt.SigningMethod, crypto.PrivateKey, error) {
	text := []byte(pem.Reveal())
	if key, err := jwt.ParseRSAPrivateKeyFromPEM(text); err == nil {
		return jwt.SigningMethodRS256, key, nil
	}
	if key, err := jwt.ParseECPrivateKeyFromPEM(text); err == nil && key.Curve.Params().BitSize == 256 {
		return jwt.SigningMethodES256, key, nil
	}
	return nil, nil, errors.New("private_key for Okta is not a key in PEM; RSA and EC P-256 are understood")
}

// authorize puts a token on a request, a new one when the last is about to end.
func (s *serviceApp) authorize(r *http.Request) error {
	ctx := r.Context()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "the call to Okta was given up", Cause: ctx.Err()}
	}
	token, ok := s.kept()
	if !ok {
		var err error
		if token, err = s.ask(ctx); err != nil {
			return err
		}
	}
	r.Header.Set("Authorization", "Bearer "+token.Reveal())
	return nil
}

func (s *serviceApp) kept() (rest.Secret, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token, !s.token.IsZero() && s.now().Before(s.until)
}

// forget drops a token that Okta no longer accepts; a new one is worth a try.
func (s *serviceApp) forget() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = rest.Secret{}
	return true
}

// ask gets a new token.
func (s *serviceApp) ask(ctx context.Context) (rest.Secret, error) {
	assertion, err := s.assertion()
	if err != nil {
		return rest.Secret{}, err
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {s.scopes},
		"client_assertion_type": {assertionType}, "client_assertion": {assertion.Reveal()},
	}
	s.rest.Conceal(assertion)
	call := rest.Call{Method: http.MethodPost, Path: []string{"oauth2", "v1", "token"}, Form: form, Into: &answer, Bucket: "token", Reads: true}
	if err := s.rest.Do(ctx, call); err != nil {
		failed := flows.AsCall(err)
		failed.Lane = failed.Lane || failed.Outcome == flows.OutcomeRefused // without a token no call can go well
		return rest.Secret{}, failed
	}
	token := rest.NewSecret(answer.AccessToken)
	s.learn(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.until = token, s.now().Add(time.Duration(answer.ExpiresIn)*time.Second-renewEarly)
	return token, nil
}

// assertion is the signed proof that we are the app; Okta takes each one once.
func (s *serviceApp) assertion() (rest.Secret, error) {
	now := s.now()
	claims := jwt.RegisteredClaims{
		Issuer: s.client, Subject: s.client, Audience: jwt.ClaimStrings{s.audience}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(assertionLife)),
	}
	token := jwt.NewWithClaims(s.method, claims)
	if s.keyID != "" {
		token.Header["kid"] = s.keyID
	}
	text, err := token.SignedString(s.key)
	return rest.NewSecret(text), err
}

// explainToken reads the token endpoint's error body: {"error":"invalid_client","error_description":"…"}.
func explainToken(status int, body []byte) (sentence, code string) {
	var e struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &e) != nil || e.Error == "" {
		return explain(status, body)
	}
	if strings.Contains(e.Error, "dpop") {
		return "the service app demands DPoP; switch off “Require Demonstrating Proof of Possession” at the app", e.Error
	}
	return e.Description, e.Error
}
