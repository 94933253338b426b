package teams

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hallpass/bot"
)

// channel is the only channel that may bring us activities.
const channel = "msteams"

const (
	skew       = 5 * time.Minute // between the signer's clock and ours
	tokenBytes = 16 << 10
	scheme     = "Bearer "
)

// proof is a token whose signature and claims are right; whether it fits an activity is still to be seen.
type proof struct {
	key     key
	service string
}

// errForbidden is a token that proves nothing. Why is for the log, never for the one who sent it.
var errForbidden = errors.New("the token proves nothing")

func forbidden(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errForbidden, fmt.Sprintf(format, args...))
}

// claims are what a connector's token says.
type claims struct {
	jwt.RegisteredClaims
	Service string `json:"serviceurl"`
}

// prove checks a request's token before anything of its body is read. Source of the checks:
// learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#step-4-verify-the-jwt-token.
func (t *Teams) prove(ctx context.Context, r *http.Request) (proof, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 || len(headers[0]) > tokenBytes {
		return proof{}, forbidden("there is no token, or more than one")
	}
	text, found := strings.CutPrefix(headers[0], scheme)
	if !found {
		return proof{}, forbidden("the Authorization header is no bearer token")
	}
	var p proof
	c := claims{}
	_, err := t.parser().ParseWithClaims(text, &c, func(j *jwt.Token) (any, error) {
		id, _ := j.Header["kid"].(string)
		if _, critical := j.Header["crit"]; critical || id == "" {
			return nil, forbidden("its header asks for what we do not know, or names no key")
		}
		var err error
		p.key, err = t.keys.key(ctx, id)
		return p.key.public, err
	})
	switch {
	case errors.Is(err, errNoKeys), ctx.Err() != nil:
		return proof{}, errors.Join(errNoKeys, err)
	case err != nil:
		return proof{}, forbidden("%v", err)
	case len(c.Audience) != 1:
		return proof{}, forbidden("it is for %d readers", len(c.Audience))
	case c.Service == "":
		return proof{}, forbidden("it names no service")
	}
	p.service = c.Service
	return p, nil
}

// parser wants RS256, the issuer, our app, and an end; times are judged by the machine's clock.
func (t *Teams) parser() *jwt.Parser {
	return jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithIssuer(t.cfg.Issuer), jwt.WithAudience(t.cfg.AppID),
		jwt.WithLeeway(skew), jwt.WithExpirationRequired(), jwt.WithTimeFunc(t.cfg.Clock.Machine), jwt.WithStrictDecoding())
}

// fits checks that a proof is for this very activity: the same service, one that may get our token, and a key that may sign for the channel.
func (t *Teams) fits(p proof, a activity) error {
	switch {
	case a.Service != p.service:
		return forbidden("it names another service than the activity")
	case !t.allowed(a.Service):
		return forbidden("the service %q is not among the allowed ones", bot.ClampText(oneLine(a.Service), 100))
	case a.ChannelID != channel:
		return forbidden("the activity comes from another channel than Teams")
	case !p.key.endorses(a.ChannelID):
		return forbidden("its key may not sign for the channel")
	}
	return nil
}

// allowed tells services that may get our token.
func (t *Teams) allowed(service string) bool {
	return safe(service) && slices.Contains(t.cfg.ServiceHosts, origin(service))
}
