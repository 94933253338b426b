package teams

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Scope is what a bot asks Entra for.
const Scope = "https://api.botframework.com/.default"

// grant is one token that the bot got.
type grant struct{ expires time.Time }

// refusal is an error of Entra's: AADSTS codes as login.microsoftonline.com gives them.
type refusal struct {
	status  int
	code    int
	name    string
	message string
}

// serveToken is POST /{tenant}/oauth2/v2.0/token.
func (t *Tenant) serveToken(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		t.refuseToken(w, refusal{400, 900561, "invalid_request", "The endpoint only accepts POST requests with a form."})
		return
	}
	t.mu.Lock()
	wrong := t.wrongLogin(r)
	if wrong != nil {
		t.problem("token: %s", wrong.message)
		t.mu.Unlock()
		t.refuseToken(w, *wrong)
		return
	}
	token, life := t.issue()
	t.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store, no-cache")
	reply(w, http.StatusOK, obj{"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token})
}

// wrongLogin is what Entra refuses about a request for a token. The caller holds the lock.
func (t *Tenant) wrongLogin(r *http.Request) *refusal {
	given := r.PostForm
	for _, name := range []string{"grant_type", "client_id", "scope"} {
		if given.Get(name) == "" {
			return &refusal{400, 900144, "invalid_request", fmt.Sprintf("The request body must contain the following parameter: '%s'.", name)}
		}
	}
	switch {
	case given.Get("grant_type") != "client_credentials":
		return &refusal{400, 70003, "unsupported_grant_type", fmt.Sprintf("The app requested an unsupported grant type '%s'.", given.Get("grant_type"))}
	case !strings.EqualFold(r.PathValue("tenant"), t.opt.TenantID):
		return &refusal{400, 90002, "invalid_request", fmt.Sprintf("Tenant '%s' not found.", r.PathValue("tenant"))}
	case !strings.EqualFold(given.Get("client_id"), t.opt.AppID):
		return &refusal{400, 700016, "unauthorized_client",
			fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'.", given.Get("client_id"), t.opt.TenantName)}
	case given.Get("client_secret") == "":
		return &refusal{401, 7000218, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	case !slices.Contains(t.secrets, given.Get("client_secret")):
		return &refusal{401, 7000215, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client" +
			" secret value, not the client secret ID, for a secret added to app '" + t.opt.AppID + "'."}
	case !strings.HasSuffix(given.Get("scope"), "/.default"):
		return &refusal{400, 1002012, "invalid_scope", fmt.Sprintf("The provided value for scope %s is not valid. Client credential flows must have"+
			" a scope value with /.default suffixed to the resource identifier (application ID URI).", given.Get("scope"))}
	case given.Get("scope") != Scope:
		return &refusal{400, 500011, "invalid_resource", fmt.Sprintf("The resource principal named %s was not found in the tenant named %s.",
			strings.TrimSuffix(given.Get("scope"), "/.default"), t.opt.TenantName)}
	}
	return nil
}

func (t *Tenant) refuseToken(w http.ResponseWriter, why refusal) {
	now := t.opt.Machine().UTC()
	trace := newUUID()
	reply(w, why.status, obj{"error": why.name, "error_codes": []int{why.code}, "timestamp": now.Format("2006-01-02 15:04:05Z"),
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", why.code, why.message, trace, trace,
			now.Format("2006-01-02 15:04:05Z")),
		"trace_id": trace, "correlation_id": trace, "error_uri": fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", why.code)})
}

// issue makes a token for the bot, and its life in seconds. The caller holds the lock.
func (t *Tenant) issue() (string, int) {
	token := "eyJ0eXAiOiJKV1QifQ.sandbox-" + randomHex(24)
	t.issued[token] = &grant{expires: t.opt.Machine().Add(t.opt.TokenLife)}
	return token, int(t.opt.TokenLife / time.Second)
}

// Issued tells whether a text is a token that this tenant gave the bot, so that a test can see where the bot sends it.
func (t *Tenant) Issued(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.issued[strings.TrimPrefix(token, "Bearer ")] != nil
}

// RevokeTokens makes every token that the bot got so far worthless; it must ask for another.
func (t *Tenant) RevokeTokens() { t.change(func() { clear(t.issued) }) }

// SetSecrets changes which client secrets Entra accepts; two stand side by side while one is replaced.
func (t *Tenant) SetSecrets(secrets ...string) { t.change(func() { t.secrets = secrets }) }

// authorized tells whether a call of the connector bears a token that is still good. The caller holds the lock.
func (t *Tenant) authorized(r *http.Request) bool {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	given := t.issued[token]
	return bearer && given != nil && t.opt.Machine().Before(given.expires)
}

func randomHex(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

func newUUID() string {
	h := randomHex(16)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}
