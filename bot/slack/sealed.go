package slack

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"hallpass/bot"
)

// sealed is what travels hidden in a form: the bot's own Meta, and the values too long for an option under their short stand-ins.
type sealed struct {
	bot.Meta
	Long map[string]string `json:"l,omitempty"`
}

// longMark begins the stand-in of a value that does not fit an option.
const longMark = "~"

// short is a value as an option carries it: itself, or a digest of it that is kept in the form.
func (s *sealed) short(value string) string {
	if bot.TextWidth(value) <= optionLength && !strings.HasPrefix(value, longMark) && value != "" {
		return value
	}
	stand := standIn(value)
	if s != nil {
		if s.Long == nil {
			s.Long = map[string]string{}
		}
		s.Long[stand] = value
	}
	return stand
}

func standIn(value string) string {
	sum := sha256.Sum256([]byte(value))
	return longMark + base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *sealed) seal() (string, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("the form's hidden values do not encode: %w", err)
	}
	return string(raw), size(raw)
}

// unseal reads the hidden values of a form that came back. A form of somebody else has none.
func unseal(text string) (sealed, error) {
	var s sealed
	if text == "" {
		return s, nil
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("the form's hidden values do not decode: %w", err)
	}
	return s, nil
}
