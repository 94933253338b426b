package rest

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// dots is all that is ever shown of a secret.
const dots = "••••"

// Secret is a value that is used and never shown. It is kept behind a pointer, because fmt prints unexported fields of a struct
// without asking their methods; a pointer in there prints as an address.
type Secret struct{ value *string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal gives the value to whoever must send it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

func (s Secret) String() string               { return dots }
func (s Secret) GoString() string             { return dots }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(dots)) }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + dots + `"`), nil }
func (s Secret) MarshalText() ([]byte, error) { return []byte(dots), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(dots) }

// Limits of the scrubber.
const (
	shortestScrubbed = 4  // shorter values would tear holes into innocent words
	rememberedTokens = 16 // tokens that come and go: only the youngest can still be in flight
)

var addressWithQuery = regexp.MustCompile(`((?:https?|wss?)://[^\s"'?]+)\?[^\s"']*`)

// scrubber takes secrets out of text.
type scrubber struct {
	mu     sync.Mutex
	fixed  []string
	tokens []string
}

func newScrubber(secrets []Secret) *scrubber {
	s := &scrubber{}
	for _, secret := range secrets {
		s.fixed = append(s.fixed, disguises(secret)...)
	}
	return s
}

// disguises are the forms in which a secret travels.
func disguises(s Secret) []string {
	v := s.Reveal()
	if len(v) < shortestScrubbed {
		return nil
	}
	out := []string{v, base64.StdEncoding.EncodeToString([]byte(v))}
	if q := url.QueryEscape(v); q != v {
		out = append(out, q)
	}
	return out
}

// remember adds a secret that was learned on the way, such as an access token.
func (s *scrubber) remember(secret Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, disguises(secret)...)
	if extra := len(s.tokens) - rememberedTokens; extra > 0 {
		s.tokens = s.tokens[extra:]
	}
}

// clean is the text without secrets and without the queries of addresses.
func (s *scrubber) clean(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range [][]string{s.fixed, s.tokens} {
		for _, v := range list {
			text = strings.ReplaceAll(text, v, dots)
		}
	}
	return addressWithQuery.ReplaceAllString(text, "$1?…")
}
