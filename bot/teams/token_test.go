package teams

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// with are the good claims, changed; nil takes one away.
func (o *office) with(changes map[string]any) jwt.MapClaims {
	claims := o.good()
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
			continue
		}
		claims[name] = value
	}
	return claims
}

func (o *office) at(d time.Duration) int64 { return o.clock.Machine().Add(d).Unix() }

// part is one part of a token as it travels.
func part(v any) string {
	raw, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// A row is a token that must be turned away, in its own words, and what else is wrong with the activity.
var badTokens = []struct {
	why      string
	token    func(o *office) string // the whole Authorization header
	activity map[string]any
}{
	{why: "no header at all", token: func(*office) string { return "" }},
	{why: "a bearer of nothing", token: func(*office) string { return "Bearer " }},
	{why: "garbage", token: func(*office) string { return "Bearer garbage" }},
	{why: "another scheme", token: func(o *office) string { return "Basic " + o.sign(o.good()) }},
	{why: "the token without its scheme", token: func(o *office) string { return o.sign(o.good()) }},
	{why: "two tokens in one header", token: func(o *office) string { return "Bearer " + o.sign(o.good()) + " " + o.sign(o.good()) }},
	{why: "algorithm none", token: func(o *office) string {
		return "Bearer " + o.signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, map[string]any{"kid": signingKey}, o.good())
	}},
	{why: "HS256 signed with the public key", token: func(o *office) string {
		public, _ := x509.MarshalPKIXPublicKey(&oneKey().PublicKey)
		secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
		return "Bearer " + o.signed(jwt.SigningMethodHS256, secret, map[string]any{"kid": signingKey}, o.good())
	}},
	{why: "HS256 signed with the key's number", token: func(o *office) string {
		return "Bearer " + o.signed(jwt.SigningMethodHS256, oneKey().N.Bytes(), map[string]any{"kid": signingKey}, o.good())
	}},
	{why: "RS512 instead of RS256", token: func(o *office) string {
		return "Bearer " + o.signed(jwt.SigningMethodRS512, oneKey(), map[string]any{"kid": signingKey}, o.good())
	}},
	{why: "PS256 instead of RS256", token: func(o *office) string {
		return "Bearer " + o.signed(jwt.SigningMethodPS256, oneKey(), map[string]any{"kid": signingKey}, o.good())
	}},
	{why: "signed by somebody else under the right key's name", token: func(o *office) string {
		return "Bearer " + o.signed(jwt.SigningMethodRS256, anotherKey(), map[string]any{"kid": signingKey}, o.good())
	}},
	{why: "signed by an unknown key", token: func(o *office) string {
		return "Bearer " + o.signed(jwt.SigningMethodRS256, anotherKey(), map[string]any{"kid": "key-9"}, o.good())
	}},
	{why: "no key named", token: func(o *office) string { return "Bearer " + o.signed(jwt.SigningMethodRS256, oneKey(), nil, o.good()) }},
	{why: "the key's name is a number", token: func(o *office) string {
		return "Bearer " + o.signed(jwt.SigningMethodRS256, oneKey(), map[string]any{"kid": 1}, o.good())
	}},
	{why: "the key brought along in the header", token: func(o *office) string {
		n := base64.RawURLEncoding.EncodeToString(anotherKey().N.Bytes())
		return "Bearer " + o.signed(jwt.SigningMethodRS256, anotherKey(), map[string]any{"kid": "mine", "jwk": map[string]any{"kty": "RSA", "n": n, "e": "AQAB"},
			"jku": o.http.URL + "/keys"}, o.good())
	}},
	{why: "a critical header that nobody knows", token: func(o *office) string {
		return "Bearer " + o.signed(jwt.SigningMethodRS256, oneKey(), map[string]any{"kid": signingKey, "crit": []string{"b64"}, "b64": false}, o.good())
	}},
	{why: "a key that is too short", token: func(o *office) string {
		o.keys["small"] = smallKey()
		return "Bearer " + o.signed(jwt.SigningMethodRS256, smallKey(), map[string]any{"kid": "small"}, o.good())
	}},
	{why: "the claims changed after signing", token: func(o *office) string {
		parts := strings.Split(o.sign(o.with(map[string]any{"aud": "another"})), ".")
		return "Bearer " + parts[0] + "." + part(o.good()) + "." + parts[2]
	}},
	{why: "the signature cut off", token: func(o *office) string {
		parts := strings.Split(o.sign(o.good()), ".")
		return "Bearer " + parts[0] + "." + parts[1] + "."
	}},
	{why: "a padded signature", token: func(o *office) string { return "Bearer " + o.sign(o.good()) + "==" }},
	{why: "a fourth part", token: func(o *office) string { return "Bearer " + o.sign(o.good()) + ".x" }},
	{why: "longer than any token", token: func(o *office) string { return "Bearer " + strings.Repeat("a", tokenBytes) }},
	{why: "no issuer", token: claim("iss", nil)},
	{why: "another issuer", token: claim("iss", "https://sts.windows.net/"+acme+"/")},
	{why: "the issuer with a slash too much", token: claim("iss", publicIssuer+"/")},
	{why: "the issuer is a list", token: claim("iss", []string{publicIssuer})},
	{why: "no audience", token: claim("aud", nil)},
	{why: "for another app", token: claim("aud", "99999999-2222-4333-8444-555555555555")},
	{why: "for our app and another one", token: claim("aud", []string{appID, "99999999-2222-4333-8444-555555555555"})},
	{why: "for an app of no name", token: claim("aud", "")},
	{why: "the app's id in other letters", token: claim("aud", "api://"+appID)},
	{why: "without an end", token: claim("exp", nil)},
	{why: "the end is a word", token: claim("exp", "tomorrow")},
	{why: "ended six minutes ago", token: func(o *office) string {
		return "Bearer " + o.sign(o.with(map[string]any{"exp": o.at(-6 * time.Minute)}))
	}},
	{why: "begins in six minutes", token: func(o *office) string {
		return "Bearer " + o.sign(o.with(map[string]any{"nbf": o.at(6 * time.Minute)}))
	}},
	{why: "no service named", token: claim("serviceurl", nil)},
	{why: "the service is a number", token: claim("serviceurl", 7)},
	{why: "another service than the activity", token: claim("serviceurl", "https://smba.trafficmanager.net/emea/")},
	{why: "a service that differs by a slash", token: func(o *office) string {
		return "Bearer " + o.sign(o.with(map[string]any{"serviceurl": strings.TrimSuffix(o.service(), "/")}))
	}},
	{why: "the activity names no service", token: good, activity: map[string]any{"serviceUrl": ""}},
	{why: "both name a service that is not allowed", token: claim("serviceurl", "https://evil.example/teams/"), activity: map[string]any{"serviceUrl": "https://evil.example/teams/"}},
	{why: "both name an allowed host in front of another", token: claim("serviceurl", "https://127.0.0.1@evil.example/"),
		activity: map[string]any{"serviceUrl": "https://127.0.0.1@evil.example/"}},
	{why: "another channel than Teams", token: good, activity: map[string]any{"channelId": "webchat"}},
	{why: "no channel", token: good, activity: map[string]any{"channelId": ""}},
	{why: "signed by a key that may not sign for Teams", token: func(o *office) string {
		o.endorsed = []string{"webchat", "skype"}
		return good(o)
	}},
	{why: "signed by a key that may sign for nobody", token: func(o *office) string {
		o.endorsed = nil
		return good(o)
	}},
}

func good(o *office) string { return "Bearer " + o.sign(o.good()) }

func claim(name string, value any) func(*office) string {
	return func(o *office) string { return "Bearer " + o.sign(o.with(map[string]any{name: value})) }
}

func TestBadTokensAreTurnedAwayWithoutAWord(t *testing.T) {
	for _, row := range badTokens {
		t.Run(row.why, func(t *testing.T) {
			o := newOffice(t)
			got := o.bring(o.from(row.activity), row.token(o))
			if got.Code != http.StatusForbidden || got.Body.Len() != 0 {
				t.Errorf("answered %d %q, want 403 and nothing", got.Code, got.Body)
			}
			if n := len(o.inbox.commands); n != 0 || o.refs.writes != 0 {
				t.Errorf("%d commands were heard and %d references kept", n, o.refs.writes)
			}
		})
	}
	if len(badTokens) < 25 {
		t.Errorf("%d rows", len(badTokens))
	}
}

func TestAGoodTokenIsLetIn(t *testing.T) {
	for why, claims := range map[string]map[string]any{
		"as it comes": nil, "with a list of one reader": {"aud": []string{appID}},
		"ended four minutes ago, by our clock": {"exp": noon.Add(-4 * time.Minute).Unix()}, "begins in four minutes, by our clock": {"nbf": noon.Add(4 * time.Minute).Unix()},
		"without a beginning": {"nbf": nil},
	} {
		t.Run(why, func(t *testing.T) {
			o := newOffice(t)
			if got := o.bring(o.from(nil), "Bearer "+o.sign(o.with(claims))); got.Code != http.StatusOK || len(o.inbox.commands) != 1 {
				t.Errorf("answered %d, %d commands heard", got.Code, len(o.inbox.commands))
			}
		})
	}
}

// What a token does not prove is nobody's business: a genuine one lets any tenant and any guest in, and the engine asks who they are.
func TestAGenuineTokenOfSomebodyWhoMayNotActIsForTheEngine(t *testing.T) {
	for who, c := range map[string]struct {
		activity map[string]any
		says     string
	}{
		"somebody of another tenant": {map[string]any{"channelData": map[string]any{"tenant": map[string]any{"id": foreign}},
			"conversation": map[string]any{"id": anaChat, "conversationType": "personal", "tenantId": foreign}}, refuseTenant},
		"somebody whose tenant is told in two ways": {map[string]any{"channelData": map[string]any{"tenant": map[string]any{"id": foreign}}}, refuseTenant},
		"somebody of no tenant":                     {map[string]any{"channelData": nil, "conversation": map[string]any{"id": anaChat}}, refuseTenant},
		"an anonymous guest of a meeting":           {map[string]any{"from": map[string]any{"id": "29:anon", "name": "Ana"}}, refuseAnonymous},
		"a guest":                                   {map[string]any{"from": map[string]any{"id": "29:gus", "aadObjectId": "00000000-0000-4000-8000-000000000009"}}, refuseGuest},
		"somebody nobody knows":                     {map[string]any{"from": map[string]any{"id": "29:who", "aadObjectId": "00000000-0000-4000-8000-00000000000e"}}, refuseUnknown},
	} {
		t.Run(who, func(t *testing.T) {
			o := newOffice(t)
			o.members["gus"] = map[string]any{"id": "29:gus", "aadObjectId": "00000000-0000-4000-8000-000000000009", "name": "Gus",
				"userPrincipalName": "gus_partner.example#EXT#@acme.example", "tenantId": acme, "userRole": "user"}
			if got := o.deliver(o.from(c.activity)); got.Code != http.StatusOK || len(o.inbox.commands) != 1 {
				t.Fatalf("answered %d, %d commands heard", got.Code, len(o.inbox.commands))
			}
			p, err := o.teams.Profile(o.ctx, o.inbox.commands[0].Account)
			if err != nil || p.Refused != c.says {
				t.Errorf("the profile says %q, %v", p.Refused, err)
			}
		})
	}
}

func TestSignersKeysAreReadAnewWhenTheyMustBe(t *testing.T) {
	o := newOffice(t)
	hear := func(key string, want int) {
		t.Helper()
		k := o.keys[key]
		if k == nil {
			k = anotherKey()
		}
		token := o.signed(jwt.SigningMethodRS256, k, map[string]any{"kid": key}, o.good())
		if got := o.bring(o.from(nil), "Bearer "+token); got.Code != want {
			t.Errorf("a token of %s is answered %d, want %d", key, got.Code, want)
		}
	}
	read := func(want int) {
		t.Helper()
		if o.sets != want {
			t.Errorf("the keys were read %d times, want %d", o.sets, want)
		}
	}
	hear(signingKey, 200)
	hear(signingKey, 200)
	read(1)
	hear("key-2", 403) // asked for a moment ago
	read(1)
	o.clock.move(keysUnknown)
	hear("key-2", 403)
	hear("key-3", 403)
	read(2)
	o.keys["key-2"] = anotherKey()
	hear("key-2", 403)
	o.clock.move(keysUnknown)
	hear("key-2", 200) // a new key is found
	read(3)
	o.clock.move(keysRenewed)
	hear(signingKey, 200)
	read(4)

	o.down = true
	o.clock.move(keysRenewed)
	hear(signingKey, 200) // the old ones still serve
	read(5)
	o.clock.move(keysDead - keysRenewed)
	hear(signingKey, 503) // older than a day they prove nothing, and nobody can tell
	hear(signingKey, 503)
	read(6)
	o.down = false
	o.clock.move(keysFirst)
	hear(signingKey, 200)
	delete(o.keys, signingKey)
	o.clock.move(keysRenewed)
	hear("key-2", 200)
	token := o.signed(jwt.SigningMethodRS256, oneKey(), map[string]any{"kid": signingKey}, o.good())
	if got := o.bring(o.from(nil), "Bearer "+token); got.Code != 403 {
		t.Errorf("a token of a withdrawn key is answered %d", got.Code)
	}
}

func TestManyActivitiesReadTheKeysOnce(t *testing.T) {
	o := newOffice(t)
	codes := make(chan int)
	for range 8 {
		go func() { codes <- o.deliver(o.from(nil)).Code }()
	}
	for range 8 {
		if code := <-codes; code != 200 {
			t.Errorf("answered %d", code)
		}
	}
	if o.sets != 1 {
		t.Errorf("the keys were read %d times", o.sets)
	}
}

func TestTeamsRefusesToStartWhereItCouldNotTellWhoseMessagesComeIn(t *testing.T) {
	fine := Config{AppID: appID, Secret: "s", Tenant: acme, References: &drawer{}, Clock: &hand{}}
	if _, err := New(fine); err != nil {
		t.Errorf("a plain configuration is refused: %v", err)
	}
	for says, change := range map[string]func(*Config){
		"teams.app_id must be the client id":                 func(c *Config) { c.AppID = "" },
		"teams.secret must be":                               func(c *Config) { c.Secret = "" },
		"teams.tenant must be the id":                        func(c *Config) { c.Tenant = "common" },
		"teams.metadata_url must begin with https":           func(c *Config) { c.Metadata = "http://login.example/keys" },
		"teams.token_url must begin with https":              func(c *Config) { c.TokenURL = "ftp://x" },
		"teams.service_hosts holds \"smba.example\"":         func(c *Config) { c.ServiceHosts = []string{"smba.example"} },
		"teams.service_url is not on one of":                 func(c *Config) { c.ServiceURL = "https://smba.example/teams" },
		"teams.service_url must begin with https":            func(c *Config) { c.ServiceURL = "http://smba.example/teams" },
		"Teams needs a store of references and a clock":      func(c *Config) { c.References = nil },
		"must be the id of your directory, not \"acme.com\"": func(c *Config) { c.Tenants = []string{acme, "acme.com"} },
	} {
		c := fine
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func TestABodyIsBoundedAndOnlyPosted(t *testing.T) {
	o := newOffice(t)
	if got := o.bring(o.from(map[string]any{"text": strings.Repeat("x", bodyBytes)}), good(o)); got.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body beyond the bound is answered %d", got.Code)
	}
	if got := o.bring([]byte(`{"type":`), good(o)); got.Code != http.StatusBadRequest {
		t.Errorf("half an activity is answered %d", got.Code)
	}
	get := httptest.NewRecorder()
	o.teams.Handler(o.inbox).ServeHTTP(get, httptest.NewRequestWithContext(o.ctx, http.MethodGet, Path, nil))
	if get.Code != http.StatusMethodNotAllowed {
		t.Errorf("a GET is answered %d", get.Code)
	}
}
