package okta

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What the token endpoint gives and asks.
const (
	tokenLife     = time.Hour
	assertionLife = time.Hour // an assertion may not be valid for longer
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// token is an access token that was given to the service app.
type token struct {
	scopes map[string]bool
	until  time.Time
}

// authenticate says who calls and what his token carries. An SSWS token carries all that its owner may.
func (o *Org) authenticate(header string) (actor, map[string]bool, bool) {
	scheme, secret, _ := strings.Cut(header, " ")
	switch {
	case secret == "":
		return actor{}, nil, false
	case scheme == "SSWS" && o.opts.Token != "" && secret == o.opts.Token:
		return actor{id: o.opts.TokenOwner, kind: "User", name: "Owner of the API token"}, set(AllScopes), true
	case scheme == "Bearer":
		t, ok := o.tokens[secret]
		by := actor{id: o.opts.ClientID, kind: "PublicClientApp", name: o.opts.ClientName, client: o.opts.ClientID}
		return by, t.scopes, ok && o.now().Before(t.until)
	}
	return actor{}, nil, false
}

// RevokeTokens makes every access token invalid that was given so far, as an administrator can.
func (o *Org) RevokeTokens() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.tokens)
}

// issueToken is the org authorization server's token endpoint, for client_credentials with private_key_jwt.
func (o *Org) issueToken(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "client_credentials" {
		refuseToken(w, http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by this server.")
		return
	}
	if err := o.checkAssertion(r); err != nil {
		refuseToken(w, http.StatusUnauthorized, "invalid_client", err.Error())
		return
	}
	if o.opts.DemandDPoP && r.Header.Get("DPoP") == "" {
		refuseToken(w, http.StatusBadRequest, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
		return
	}
	scopes := set(strings.Fields(r.PostForm.Get("scope")))
	granted := set(o.opts.Scopes)
	for s := range scopes {
		if !granted[s] {
			refuseToken(w, http.StatusBadRequest, "invalid_scope", "The service app was not granted the scope "+s+".")
			return
		}
	}
	if len(scopes) == 0 {
		refuseToken(w, http.StatusBadRequest, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
		return
	}
	secret := rand.Text()
	o.tokens[secret] = token{scopes, o.now().Add(tokenLife)}
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "access_token": secret, "scope": r.PostForm.Get("scope"),
	})
}

// checkAssertion checks the service app's signed assertion; its id counts once.
func (o *Org) checkAssertion(r *http.Request) error {
	if r.PostForm.Get("client_assertion_type") != assertionType || o.opts.PublicKey == nil {
		return fmt.Errorf("client authentication failed: send a client_assertion of type %s", assertionType)
	}
	claims := jwt.RegisteredClaims{}
	_, err := jwt.ParseWithClaims(r.PostForm.Get("client_assertion"), &claims,
		func(*jwt.Token) (any, error) { return o.opts.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(o.now), jwt.WithExpirationRequired(),
		jwt.WithIssuer(o.opts.ClientID), jwt.WithSubject(o.opts.ClientID), jwt.WithAudience("http://"+r.Host+r.URL.Path))
	if err != nil {
		return fmt.Errorf("the client_assertion is not valid: %w", err)
	}
	if claims.ExpiresAt.Sub(o.now()) > assertionLife {
		return fmt.Errorf("the client_assertion is valid for more than one hour")
	}
	if _, used := o.spent[claims.ID]; used && claims.ID != "" {
		return fmt.Errorf("the client_assertion has been used before: its jti is not new")
	}
	o.spent[claims.ID] = claims.ExpiresAt.Time
	return nil
}

// refuseToken writes an error as OAuth has it, which differs from the errors of the management API.
func refuseToken(w http.ResponseWriter, status int, code, words string) {
	writeJSON(w, status, map[string]any{"error": code, "error_description": words})
}

func set(names []string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}
