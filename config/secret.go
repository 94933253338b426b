package config

import (
	"fmt"
	"io"
	"log/slog"
)

const dots = "••••"

// Secret is a value that must not be seen. It prints as dots in every way that Go prints things; Reveal is the only way out.
// The text hides behind a pointer so that printing a struct that holds it, by reflection, shows an address at most.
type Secret struct {
	text *string
	from string
}

// NewSecret makes a secret from its text and the reference it was read from.
func NewSecret(text, from string) Secret { return Secret{text: &text, from: from} }

// Reveal is the secret itself; empty when it was not resolved. Pass it to the one call that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Named reports whether the configuration names this secret, resolved or not.
func (s Secret) Named() bool { return s.from != "" || s.text != nil }

// From is the reference it was read from, such as env:OKTA_TOKEN. It may be shown.
func (s Secret) From() string { return s.from }

// String is dots.
func (s Secret) String() string { return dots }

// GoString is dots.
func (s Secret) GoString() string { return dots }

// Format is dots for every verb; without it %d would spell the text out inside its complaint.
func (s Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, dots) }

// MarshalText is dots.
func (s Secret) MarshalText() ([]byte, error) { return []byte(dots), nil }

// MarshalJSON is dots.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + dots + `"`), nil }

// LogValue is dots.
func (s Secret) LogValue() slog.Value { return slog.StringValue(dots) }
