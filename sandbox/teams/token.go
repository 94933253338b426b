package teams

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// Token says how the token of a delivery is made. The zero value is a good one: RS256 by the signing key, for this bot, for the activity's
// service URL, valid for an hour.
type Token struct {
	Claims map[string]any // put over the good ones; nil takes a claim away
	Header map[string]any // put over alg, kid and typ; nil takes a field away
	Key    string         // id of the key that signs; the signing key where empty
	// Sign makes the signature instead of RS256 with Key: "none", "HS256" (with Secret), "RS384", "PS256".
	Sign   string
	Secret []byte // of HS256
	// Spoil changes the finished token, such as a byte of its signature.
	Spoil func(token string) string
	// Authorization is the whole header as it stands; "-" sends none.
	Authorization string
}

// skew is how far before now a good token begins to be valid.
const skew = 5 * time.Minute

// authorization is the header for an activity that names this service URL; empty for none.
func (t *Tenant) authorization(made Token, serviceURL string) (string, error) {
	switch made.Authorization {
	case "":
	case "-":
		return "", nil
	default:
		return made.Authorization, nil
	}
	signed, err := t.sign(made, serviceURL)
	if err != nil {
		return "", err
	}
	return "Bearer " + signed, nil
}

// sign makes a token.
func (t *Tenant) sign(made Token, serviceURL string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, err := t.key(made.Key)
	if err != nil {
		return "", err
	}
	now := t.opt.Machine()
	claims := obj{"serviceurl": serviceURL, "iss": Issuer, "aud": t.opt.AppID, "nbf": now.Add(-skew).Unix(), "exp": now.Add(time.Hour).Unix()}
	alg := made.Sign
	if alg == "" {
		alg = "RS256"
	}
	header := obj{"alg": alg, "kid": k.id, "x5t": k.id, "typ": "JWT"}
	override(header, made.Header)
	override(claims, made.Claims)
	head, err := segment(header)
	if err != nil {
		return "", err
	}
	body, err := segment(claims)
	if err != nil {
		return "", err
	}
	signature, err := k.signature(alg, made.Secret, head+"."+body)
	if err != nil {
		return "", err
	}
	token := head + "." + body + "." + base64.RawURLEncoding.EncodeToString(signature)
	if made.Spoil != nil {
		token = made.Spoil(token)
	}
	return token, nil
}

// override puts fields over others; nil takes one away.
func override(fields, changes obj) {
	maps.Copy(fields, changes)
	maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
}

func segment(fields obj) (string, error) {
	raw, err := json.Marshal(fields)
	return base64.RawURLEncoding.EncodeToString(raw), err
}

func (k *key) signature(alg string, secret []byte, text string) ([]byte, error) {
	short, long := sha256.Sum256([]byte(text)), sha512.Sum384([]byte(text))
	switch alg {
	case "none":
		return nil, nil
	case "RS256":
		return rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA256, short[:])
	case "RS384":
		return rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA384, long[:])
	case "PS256":
		return rsa.SignPSS(rand.Reader, k.private, crypto.SHA256, short[:], nil)
	case "HS256":
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		return mac.Sum(nil), nil
	}
	return nil, fmt.Errorf("the sandbox signs with RS256, RS384, PS256, HS256 and none, not with %q", alg)
}
