package teams

import (
	"bytes"
	"compress/flate"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"hallpass/bot"
	"hallpass/flows"
)

// hiddenForm is what travels in a form's buttons: whose form it is, and the form itself, so that it can be drawn again with errors beside its
// fields. Nothing has to be remembered between two presses.
type hiddenForm struct {
	Account flows.Account
	Form    bot.Form
	Dialog  bool // it stands in a window of its own, not as a card in the conversation
}

// sealer signs what travels. Whoever presses can send anything, and a form's hidden values say which request it is about.
type sealer struct{ secret []byte }

// newSealer makes the key out of the app's secret, so that forms outlive a restart, and end with the secret.
func newSealer(secret string) sealer {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("hallpass form"))
	return sealer{secret: mac.Sum(nil)}
}

// formBytes is the largest form that is unpacked.
const formBytes = 256 << 10

func (s sealer) seal(h hiddenForm) (string, error) {
	raw, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("a form's hidden values do not encode: %w", err)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(raw); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return encode(packed.Bytes()) + "." + encode(s.sign(packed.Bytes())), nil
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func (s sealer) sign(packed []byte) []byte {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write(packed)
	return mac.Sum(nil)
}

// errSeal is a form that we have not made, or that somebody has changed.
var errSeal = errors.New("a form's hidden values are not ours")

// open reads what was sealed.
func (s sealer) open(text string) (hiddenForm, error) {
	body, sum, _ := strings.Cut(text, ".")
	packed, err := base64.RawURLEncoding.DecodeString(body)
	signature, err2 := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || err2 != nil || !hmac.Equal(signature, s.sign(packed)) {
		return hiddenForm{}, errSeal
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), formBytes))
	var h hiddenForm
	if err != nil || json.Unmarshal(raw, &h) != nil {
		return hiddenForm{}, errSeal
	}
	return h, nil
}
