package okta

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const app = "0oaHallpass"

// service opens an organisation with a service app and returns the app's key.
func service(t *testing.T, change ...func(*Options)) (*caller, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	c := open(t, append([]func(*Options){func(o *Options) { o.Token, o.ClientID, o.PublicKey = "", app, &key.PublicKey }}, change...)...)
	return c, key
}

// claims are those of a good assertion.
func (c *caller) claims() jwt.MapClaims {
	return jwt.MapClaims{"iss": app, "sub": app, "aud": c.org.URL() + "/oauth2/v1/token", "jti": rand.Text(), "exp": c.clock.at.Add(5 * time.Minute).Unix()}
}

// token asks for a token and returns the status and the answer.
func (c *caller) token(method jwt.SigningMethod, key any, claims jwt.MapClaims, scope string) (int, map[string]any) {
	c.t.Helper()
	assertion, err := jwt.NewWithClaims(method, claims).SignedString(key)
	must(c.t, err)
	res, err := c.client.PostForm(c.org.URL()+"/oauth2/v1/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope}, "client_assertion_type": {assertionType}, "client_assertion": {assertion},
	})
	must(c.t, err)
	defer func() { _ = res.Body.Close() }()
	answer := map[string]any{}
	must(c.t, json.NewDecoder(res.Body).Decode(&answer))
	return res.StatusCode, answer
}

func TestAServiceAppGetsATokenAndIsNamedInTheLog(t *testing.T) {
	c, key := service(t)
	status, answer := c.token(jwt.SigningMethodRS256, key, c.claims(), "okta.groups.manage okta.logs.read")
	if status != 200 || answer["token_type"] != "Bearer" || answer["expires_in"] != float64(3600) || answer["scope"] != "okta.groups.manage okta.logs.read" {
		t.Fatalf("%d %v", status, answer)
	}
	c.auth = "Bearer " + answer["access_token"].(string)
	for path, want := range map[string]int{"/api/v1/groups": 200, "/api/v1/users": 403, "/api/v1/groups/rules": 200} {
		if res, body := c.call("GET", path); res.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", path, res.StatusCode, body, want)
		}
	}
	c.call("PUT", "/api/v1/groups/00gprod/users/00uana")
	if _, body := c.call("GET", query("/api/v1/logs", "filter", `actor.id eq "`+app+`" and client.id eq "`+app+`"`)); strings.Count(body, `"uuid"`) != 1 {
		t.Errorf("log: %s", body)
	}
	c.clock.at = c.clock.at.Add(time.Hour)
	if res, _ := c.call("GET", "/api/v1/groups"); res.StatusCode != 401 {
		t.Errorf("after an hour: %d", res.StatusCode)
	}
}

func TestATokenCanBeRevoked(t *testing.T) {
	c, key := service(t)
	_, answer := c.token(jwt.SigningMethodRS256, key, c.claims(), "okta.groups.read")
	c.auth = "Bearer " + answer["access_token"].(string)
	c.org.RevokeTokens()
	if res, _ := c.call("GET", "/api/v1/groups"); res.StatusCode != 401 {
		t.Errorf("%d, want 401", res.StatusCode)
	}
}

func TestBadAssertions(t *testing.T) {
	c, key := service(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	with := func(name string, value any) jwt.MapClaims { m := c.claims(); m[name] = value; return m }
	without := c.claims()
	delete(without, "exp")
	used := c.claims()
	if status, _ := c.token(jwt.SigningMethodRS256, key, used, "okta.users.read"); status != 200 {
		t.Fatal("the good assertion was refused")
	}
	for name, k := range map[string]struct {
		method jwt.SigningMethod
		key    any
		claims jwt.MapClaims
	}{
		"other key":          {jwt.SigningMethodRS256, other, c.claims()},
		"other algorithm":    {jwt.SigningMethodHS256, []byte("secret"), c.claims()},
		"no algorithm":       {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, c.claims()},
		"other audience":     {jwt.SigningMethodRS256, key, with("aud", "https://other.example/oauth2/v1/token")},
		"other issuer":       {jwt.SigningMethodRS256, key, with("iss", "0oaOther")},
		"other subject":      {jwt.SigningMethodRS256, key, with("sub", "0oaOther")},
		"expired":            {jwt.SigningMethodRS256, key, with("exp", c.clock.at.Add(-time.Minute).Unix())},
		"valid too long":     {jwt.SigningMethodRS256, key, with("exp", c.clock.at.Add(2*time.Hour).Unix())},
		"without expiry":     {jwt.SigningMethodRS256, key, without},
		"used a second time": {jwt.SigningMethodRS256, key, used},
	} {
		status, answer := c.token(k.method, k.key, k.claims, "okta.users.read")
		if status != http.StatusUnauthorized || answer["error"] != "invalid_client" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
}

func TestOtherRefusalsOfTheTokenEndpoint(t *testing.T) {
	c, key := service(t, func(o *Options) { o.Scopes = []string{"okta.users.read"} })
	for scope, want := range map[string]int{"okta.users.read": 200, "okta.groups.manage": 400, "": 400} {
		if status, answer := c.token(jwt.SigningMethodRS256, key, c.claims(), scope); status != want || want == 400 && answer["error"] != "invalid_scope" {
			t.Errorf("scope %q: %d %v", scope, status, answer)
		}
	}
	c, key = service(t, func(o *Options) { o.DemandDPoP = true })
	if status, answer := c.token(jwt.SigningMethodRS256, key, c.claims(), "okta.users.read"); status != 400 || answer["error"] != "invalid_dpop_proof" {
		t.Errorf("without proof: %d %v", status, answer)
	}
	res, err := c.client.PostForm(c.org.URL()+"/oauth2/v1/token", url.Values{"grant_type": {"password"}})
	must(t, err)
	_ = res.Body.Close()
	if res.StatusCode != 400 {
		t.Errorf("another grant: %d", res.StatusCode)
	}
}
