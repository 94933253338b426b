package teams

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"sync"
)

// ChannelID is what activities of Teams name as their channel, and what their keys are endorsed for.
const ChannelID = "msteams"

// Issuer is who signs the tokens of the Bot service in the public cloud.
const Issuer = "https://api.botframework.com"

// key is one signing key of the Bot service.
type key struct {
	id           string
	private      *rsa.PrivateKey
	endorsements []string
	published    bool // in the key set
}

// ring holds the keys made in this process. Making one takes long and nobody changes one, so that all tenants take from the same ring.
var ring struct {
	sync.Mutex
	keys []*rsa.PrivateKey
}

// ringKey is the n-th key of the ring.
func ringKey(n int) *rsa.PrivateKey {
	ring.Lock()
	defer ring.Unlock()
	for len(ring.keys) <= n {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err) // crypto/rand does not fail
		}
		ring.keys = append(ring.keys, made)
	}
	return ring.keys[n]
}

// AddKey adds a signing key with its endorsements to the key set and signs with it from now on; it returns its id. Keys before it stay in the set.
func (t *Tenant) AddKey(endorsements ...string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.newKey(endorsements, true).id
}

// AddUnendorsedKey adds a key to the set that deliveries are not signed with; a Token names it. Endorsements of other channels may be given.
func (t *Tenant) AddUnendorsedKey(endorsements ...string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.newKey(endorsements, true)
	t.keys = slices.Insert(slices.DeleteFunc(t.keys, func(have *key) bool { return have == k }), 0, k)
	return k.id
}

// AddForeignKey makes a key that is not in the set, as a stranger has one; a Token names it.
func (t *Tenant) AddForeignKey() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.newKey(nil, false)
	t.keys = slices.Insert(slices.DeleteFunc(t.keys, func(have *key) bool { return have == k }), 0, k)
	return k.id
}

// RotateKeys takes all keys out of the set and signs with a new one, as when the Bot service replaces its keys; it returns the new key's id.
func (t *Tenant) RotateKeys() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.keys {
		k.published = false
	}
	return t.newKey([]string{ChannelID}, true).id
}

// newKey makes a key and puts it last, where the signing one stands. The caller holds the lock.
func (t *Tenant) newKey(endorsements []string, published bool) *key {
	k := &key{id: fmt.Sprintf("sandbox-key-%d", t.nextKey+1), private: ringKey(t.nextKey), endorsements: endorsements, published: published}
	t.nextKey++
	t.keys = append(t.keys, k)
	t.touch()
	return k
}

// key finds a key, the signing one for an empty id. The caller holds the lock.
func (t *Tenant) key(id string) (*key, error) {
	if id == "" {
		return t.keys[len(t.keys)-1], nil
	}
	for _, k := range t.keys {
		if k.id == id {
			return k, nil
		}
	}
	return nil, fmt.Errorf("the tenant has no key %s: make one with AddKey, AddUnendorsedKey or AddForeignKey", id)
}

// PublicKeyPEM is the public half of a key, as an attacker of HS256 would use it for a secret; an empty id means the signing key.
func (t *Tenant) PublicKeyPEM(id string) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, err := t.key(id)
	if err != nil {
		return nil, err
	}
	return k.pem(), nil
}

func (k *key) pem() []byte {
	der, err := x509.MarshalPKIXPublicKey(&k.private.PublicKey)
	if err != nil {
		return nil // an RSA key is always encodable
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// jwk is a key as the key set shows it.
func (k *key) jwk() obj {
	return obj{"kty": "RSA", "use": "sig", "kid": k.id, "x5t": k.id, "n": base64.RawURLEncoding.EncodeToString(k.private.N.Bytes()),
		"e":            base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.private.E)).Bytes()),
		"endorsements": append([]string{}, k.endorsements...)}
}

// serveMetadata answers with the OpenID metadata of the Bot service.
func (t *Tenant) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, obj{"issuer": Issuer, "authorization_endpoint": "https://invalid.botframework.com",
		"jwks_uri": t.base + "/v1/.well-known/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"private_key_jwt"}})
}

// serveKeys answers with the key set.
func (t *Tenant) serveKeys(w http.ResponseWriter, _ *http.Request) {
	t.mu.Lock()
	keys := []obj{}
	for _, k := range t.keys {
		if k.published {
			keys = append(keys, k.jwk())
		}
	}
	t.mu.Unlock()
	reply(w, http.StatusOK, obj{"keys": keys})
}
