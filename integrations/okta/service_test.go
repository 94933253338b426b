package okta

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"sync"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/integrations/rest"
	"hallpass/integrations/suite"
	stand "hallpass/sandbox/okta"
)

const tokenPath = "/oauth2/v1/token"

// appKey makes a key once, because that takes long.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func inPEM(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	ok(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// withApp is an organisation with a service app and a client that is that app.
func withApp(t *testing.T, options func(*stand.Options), config func(*Config)) (*stand.Org, *Okta) {
	org := acme(t, func(o *stand.Options) {
		o.Token, o.ClientID, o.PublicKey = "", "0oaHallpass", &appKey().PublicKey
		if options != nil {
			options(o)
		}
	})
	return org, client(t, org, nil, func(c *Config) {
		c.Token, c.ClientID, c.PrivateKey, c.KeyID = rest.Secret{}, "0oaHallpass", rest.NewSecret(inPEM(t, appKey())), "k1"
		if config != nil {
			config(c)
		}
	})
}

func TestAServiceAppGrantsUnderItsOwnName(t *testing.T) {
	org, o := withApp(t, nil, nil)
	ok(t, o.Grant(t.Context(), database, "00uBen"), o.Remove(t.Context(), database, "00uBen"))
	history := org.History()
	if last := history[len(history)-1]; last.By != "0oaHallpass" || !last.ByAPI || last.Added {
		t.Errorf("%+v", last)
	}
	if n := org.Faults.CallsTo("POST", tokenPath); n != 1 {
		t.Errorf("%d tokens were asked for", n)
	}
	if o.Warning() != "" {
		t.Error(o.Warning())
	}
}

func TestATokenIsRenewedAMinuteBeforeItEnds(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	org, o := withApp(t, func(o *stand.Options) { o.Now = clock }, func(c *Config) { c.Now = clock })
	for _, step := range []struct {
		later  time.Duration
		tokens int
	}{{0, 1}, {58 * time.Minute, 1}, {59 * time.Minute, 2}} {
		now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(step.later)
		_, err := o.Person(t.Context(), "00uAna")
		ok(t, err)
		if n := org.Faults.CallsTo("POST", tokenPath); n != step.tokens {
			t.Errorf("after %s: %d tokens", step.later, n)
		}
	}
}

func TestATokenThatWasRevokedIsReplacedOnce(t *testing.T) {
	org, o := withApp(t, nil, nil)
	ok(t, o.Grant(t.Context(), database, "00uBen"))
	org.RevokeTokens()
	ok(t, o.Remove(t.Context(), database, "00uBen"))
	if n := org.Faults.CallsTo("POST", tokenPath); n != 2 {
		t.Errorf("%d tokens", n)
	}
}

func TestAnAppThatIsNotLetIn(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	cases := map[string]struct {
		options  func(*stand.Options)
		config   func(*Config)
		sentence string
		lane     bool
	}{
		"wrong key": {nil, func(c *Config) { c.PrivateKey = rest.NewSecret(inPEM(t, other)) }, "Okta does not accept our credential; an admin must renew it", true},
		"DPoP": {func(o *stand.Options) { o.DemandDPoP = true }, nil,
			"Okta refuses: the service app demands DPoP; switch off “Require Demonstrating Proof of Possession” at the app", true},
		"scope": {func(o *stand.Options) { o.Scopes = []string{"okta.users.read", "okta.groups.read"} }, nil, "Okta refuses: The service app was not granted the scope okta.groups.manage", true},
	}
	for name, tc := range cases {
		_, o := withApp(t, tc.options, tc.config)
		err := o.Grant(t.Context(), database, "00uBen")
		if call := flows.AsCall(err); call == nil || call.Outcome != flows.OutcomeRefused || call.Sentence != tc.sentence || call.Lane != tc.lane {
			t.Errorf("%s: %+v", name, call)
		}
	}
}

func TestAServiceAppKeepsTheObligationsToo(t *testing.T) {
	t.Parallel()
	suite.Target(t, func(t *testing.T, w *suite.Wire) suite.TargetWorld {
		org, _ := withApp(t, nil, nil)
		secret := inPEM(t, appKey())
		o := client(t, org, w, func(c *Config) {
			c.Token, c.ClientID, c.PrivateKey = rest.Secret{}, "0oaHallpass", rest.NewSecret(secret)
		})
		nothing := database
		nothing.ID = "00gNothing"
		return suite.TargetWorld{
			Target: o, Entitlement: database, Person: "00uBen", Nobody: "00uNobody", Nothing: nothing,
			Has: func() bool { return org.IsMember("00gDatabase", "00uBen") }, Secrets: []string{secret, "eyJ"},
			Residual: flows.Residual{For: time.Hour, Known: true},
		}
	})
}
