package teams

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How the signers' keys are kept. Microsoft wants them read anew at least once a day; an unknown key may be a new one, or anybody's
// invention, and the latter must not make us ask all the time.
const (
	keysRenewed  = 12 * time.Hour   // from then on they are asked for again, while the old ones still serve
	keysDead     = 24 * time.Hour   // older ones prove nothing
	keysUnknown  = 5 * time.Minute  // between two questions
	keysFirst    = 10 * time.Second // between two questions while there is none at all
	keysPatience = time.Second      // how long an activity waits for a new set while the old one serves
	keysBytes    = 1 << 20
	keyBits      = 2048
)

// key is one signer's key, and the channels that it may sign for.
type key struct {
	public       *rsa.PublicKey
	endorsements []string
}

func (k key) endorses(channel string) bool { return slices.Contains(k.endorsements, channel) }

// keys are the signers' keys as they were last read.
type keys struct {
	metadata string
	http     *http.Client
	clock    Clock
	flight   flight

	mu    sync.Mutex
	known map[string]key
	read  time.Time // when they were read
	asked time.Time // when they were last asked for, with whatever success
	under bool      // they are being asked for
}

// The two ways of having no key: nobody signs with this one, or nobody can tell now.
var (
	errUnknownKey = errors.New("no signer has this key")
	errNoKeys     = errors.New("the signers' keys cannot be read")
)

// key finds a key by its id, reading all anew where that is due.
func (k *keys) key(ctx context.Context, id string) (key, error) {
	found, ok, due := k.look(id)
	if !due {
		return k.judge(found, ok)
	}
	if ok { // it still serves: whoever signs with it does not wait long for a new set
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, keysPatience)
		defer cancel()
	}
	if err := k.flight.do(ctx, k.refresh); err != nil && !ok && !k.alive() {
		return key{}, errors.Join(errNoKeys, err)
	}
	found, ok, _ = k.look(id)
	return k.judge(found, ok)
}

// judge says what it means that a key was found, or was not.
func (k *keys) judge(found key, ok bool) (key, error) {
	switch {
	case ok:
		return found, nil
	case !k.alive():
		return key{}, errNoKeys
	}
	return key{}, errUnknownKey
}

// look finds a key among those known, and says whether it is time to ask again.
func (k *keys) look(id string) (found key, ok, due bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock.Machine()
	age, since := now.Sub(k.read), now.Sub(k.asked)
	if k.read.IsZero() || age >= keysDead {
		return key{}, false, k.under || k.asked.IsZero() || since >= keysFirst
	}
	found, ok = k.known[id]
	return found, ok, (!ok || age >= keysRenewed) && since >= keysUnknown
}

func (k *keys) alive() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return !k.read.IsZero() && k.clock.Machine().Sub(k.read) < keysDead
}

// refresh reads the metadata and the keys that it names.
func (k *keys) refresh(ctx context.Context) error {
	at, due := k.begin()
	if !due {
		return nil
	}
	defer k.end()
	var metadata struct {
		Keys string `json:"jwks_uri"`
	}
	if err := k.get(ctx, k.metadata, &metadata); err != nil {
		return err
	}
	if !safe(metadata.Keys) {
		return fmt.Errorf("the metadata names no safe address of the keys")
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := k.get(ctx, metadata.Keys, &set); err != nil {
		return err
	}
	known := map[string]key{}
	for _, j := range set.Keys {
		if public := j.public(); public != nil {
			known[j.ID] = key{public: public, endorsements: j.Endorsements}
		}
	}
	if len(known) == 0 {
		return fmt.Errorf("there is no usable key among the signers' %d", len(set.Keys))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known, k.read = known, at
	return nil
}

// begin marks that the keys are asked for, unless somebody else has just read them.
func (k *keys) begin() (at time.Time, due bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at = k.clock.Machine()
	if !k.read.IsZero() && at.Sub(k.asked) < keysUnknown && k.asked.Equal(k.read) {
		return at, false
	}
	k.asked, k.under = at, true
	return at, true
}

func (k *keys) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.under = false
}

func (k *keys) get(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := k.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, keysBytes)).Decode(into); err != nil {
		return fmt.Errorf("the answer of %s is not readable: %w", address, err)
	}
	return nil
}

// jwk is a key as it is published (RFC 7517), with the channels that Microsoft lets it sign for.
type jwk struct {
	Kind         string   `json:"kty"`
	Use          string   `json:"use"`
	ID           string   `json:"kid"`
	N            string   `json:"n"`
	E            string   `json:"e"`
	Endorsements []string `json:"endorsements"`
}

// public is the RSA key, nil for anything that we would not believe.
func (j jwk) public() *rsa.PublicKey {
	n, err := base64.RawURLEncoding.DecodeString(j.N)
	e, err2 := base64.RawURLEncoding.DecodeString(j.E)
	if err != nil || err2 != nil || j.Kind != "RSA" || j.ID == "" || (j.Use != "" && j.Use != "sig") {
		return nil
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if public.N.BitLen() < keyBits || len(e) > 4 || public.E < 3 || public.E%2 == 0 {
		return nil
	}
	return public
}
