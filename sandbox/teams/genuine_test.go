package teams

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jwk is a key as the bot reads it from the key set.
type jwk struct {
	Kid, N, E    string
	Endorsements []string
}

// genuine checks a token as Microsoft asks bots to.
func (d *deskBot) genuine(header string, activity obj) bool {
	token, bearer := strings.CutPrefix(header, "Bearer ")
	if !bearer {
		return false
	}
	var used jwk
	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(token, claims, func(parsed *jwt.Token) (any, error) {
		if parsed.Header["crit"] != nil {
			return nil, fmt.Errorf("critical extensions are not known here")
		}
		kid, _ := parsed.Header["kid"].(string)
		key, err := d.publicKey(kid)
		used = key
		if err != nil {
			return nil, err
		}
		return key.public()
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("https://api.botframework.com"), jwt.WithAudience(d.tenant.AppID()),
		jwt.WithLeeway(5*time.Minute), jwt.WithExpirationRequired(), jwt.WithTimeFunc(d.clock.Now))
	service, _ := claims["serviceurl"].(string)
	return err == nil && parsed.Valid && slices.Contains(used.Endorsements, text(activity, "channelId")) && service != "" && service == activity["serviceUrl"]
}

// publicKey finds a key by its id, fetching the set anew for an unknown one.
func (d *deskBot) publicKey(kid string) (jwk, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if key, known := d.key[kid]; known {
		return key, nil
	}
	var metadata struct {
		JWKS string `json:"jwks_uri"`
	}
	var set struct{ Keys []jwk }
	if err := fetch(d.tenant.MetadataURL(), &metadata); err != nil {
		return jwk{}, err
	}
	if err := fetch(metadata.JWKS, &set); err != nil {
		return jwk{}, err
	}
	d.key = map[string]jwk{}
	for _, key := range set.Keys {
		d.key[key.Kid] = key
	}
	key, known := d.key[kid]
	if !known {
		return jwk{}, fmt.Errorf("no key %q", kid)
	}
	return key, nil
}

func (k jwk) public() (*rsa.PublicKey, error) {
	n, err := base64.RawURLEncoding.DecodeString(k.N)
	if err != nil {
		return nil, err
	}
	e, err := base64.RawURLEncoding.DecodeString(k.E)
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, err
}

func fetch(address string, into any) error {
	response, err := http.Get(address)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return json.NewDecoder(response.Body).Decode(into)
}
