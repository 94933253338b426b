package teams

import (
	"encoding/base64"
	"strings"
	"time"
)

// BadToken is a token that a bot must refuse, and why.
type BadToken struct {
	Name  string
	Token Token
}

// BadTokens is every kind of bad token known here, each wrong in one thing only. It adds an unendorsed, an elsewhere endorsed and a
// foreign key to the tenant. A bot answers each with 401 or 403 and tells nothing.
func (t *Tenant) BadTokens() []BadToken {
	foreign, unendorsed, elsewhere := t.AddForeignKey(), t.AddUnendorsedKey(), t.AddUnendorsedKey("webchat", "directline")
	t.mu.Lock()
	defer t.mu.Unlock()
	good := t.keys[len(t.keys)-1]
	bad := append(t.badHeaders(good), t.badKeys(good, foreign, unendorsed, elsewhere)...)
	return append(append(bad, t.badTimes()...), t.badClaims()...)
}

func (t *Tenant) badHeaders(good *key) []BadToken {
	whole := func(header string) Token { return Token{Authorization: header} }
	cut := func(token string) string { return token[:strings.LastIndexByte(token, '.')] }
	return []BadToken{
		{"no Authorization header", whole("-")},
		{"an empty bearer", whole("Bearer ")},
		{"a bearer that is no token", whole("Bearer garbage")},
		{"a basic authorization", whole("Basic " + base64.StdEncoding.EncodeToString([]byte("bot:secret")))},
		{"thousands of dots", whole("Bearer " + strings.Repeat(".", 10_000))},
		{"no signature", Token{Spoil: func(token string) string { return cut(token) + "." }}},
		{"two segments", Token{Spoil: cut}},
		{"another body under the signature", Token{Spoil: otherBody}},
		{"a broken signature", Token{Spoil: func(token string) string {
			return cut(token) + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 256))
		}}},
		{"alg none", Token{Sign: "none"}},
		{"alg NONE", Token{Sign: "none", Header: obj{"alg": "NONE"}}},
		{"alg none over a real signature", Token{Header: obj{"alg": "none"}}},
		{"no alg", Token{Header: obj{"alg": nil}}},
		{"HS256 with the public key for a secret", Token{Sign: "HS256", Secret: good.pem()}},
		{"HS256 with the modulus for a secret", Token{Sign: "HS256", Secret: good.private.N.Bytes()}},
		{"HS256 with an empty secret", Token{Sign: "HS256"}},
		{"RS384", Token{Sign: "RS384"}},
		{"PS256", Token{Sign: "PS256"}},
	}
}

// otherBody replaces the claims by ones that say admin, keeping the signature.
func otherBody(token string) string {
	part := strings.Split(token, ".")
	claims, _ := base64.RawURLEncoding.DecodeString(part[1]) // made here
	part[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), "{", `{"role":"admin",`, 1)))
	return strings.Join(part, ".")
}

func (t *Tenant) badKeys(good *key, foreign, unendorsed, elsewhere string) []BadToken {
	return []BadToken{
		{"a key that is not in the set", Token{Key: foreign}},
		{"a foreign key under a good key's id", Token{Key: foreign, Header: obj{"kid": good.id}}},
		{"no key id", Token{Header: obj{"kid": nil}}},
		{"an empty key id", Token{Header: obj{"kid": ""}}},
		{"a key id that is a number", Token{Header: obj{"kid": 7}}},
		{"a key without endorsements", Token{Key: unendorsed}},
		{"a key endorsed for other channels", Token{Key: elsewhere}},
		{"a key set of the sender's (jku)", Token{Key: foreign, Header: obj{"jku": t.base + "/stranger/keys"}}},
		{"a key of the sender's (jwk)", Token{Key: foreign, Header: obj{"jwk": obj{"kty": "RSA", "kid": foreign}}}},
		{"a critical extension", Token{Header: obj{"crit": []string{"b64"}, "b64": false}}},
	}
}

func (t *Tenant) badTimes() []BadToken {
	now := t.opt.Machine()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	claim := func(name string, value any) Token { return Token{Claims: obj{name: value}} }
	return []BadToken{
		{"expired beyond the skew", claim("exp", at(-6*time.Minute))},
		{"expired long ago", claim("exp", at(-24*time.Hour))},
		{"not yet valid beyond the skew", claim("nbf", at(6*time.Minute))},
		{"valid from tomorrow", Token{Claims: obj{"nbf": at(24 * time.Hour), "exp": at(25 * time.Hour)}}},
		{"without an end", claim("exp", nil)},
		{"an end that is text", claim("exp", "never")},
	}
}

func (t *Tenant) badClaims() []BadToken {
	claim := func(name string, value any) Token { return Token{Claims: obj{name: value}} }
	return []BadToken{
		{"no issuer", claim("iss", nil)},
		{"an emulator's issuer", claim("iss", "https://sts.windows.net/"+t.opt.TenantID+"/")},
		{"Entra's issuer", claim("iss", "https://login.microsoftonline.com/"+t.opt.TenantID+"/v2.0")},
		{"an issuer that only begins alike", claim("iss", Issuer+".evil.example")},
		{"the government's issuer", claim("iss", "https://api.botframework.us")},
		{"no audience", claim("aud", nil)},
		{"another bot's audience", claim("aud", "cccccccc-0000-4000-8000-000000000003")},
		{"an empty audience", claim("aud", "")},
		{"no service url", claim("serviceurl", nil)},
		{"another service url", claim("serviceurl", "https://evil.example/")},
		{"a service url that only begins alike", claim("serviceurl", t.serviceURL+"evil")},
		{"a service url that is a list", claim("serviceurl", []string{t.serviceURL})},
	}
}
