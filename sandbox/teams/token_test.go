package teams

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestAGenuineDeliveryIsAccepted(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	if _, err := d.tenant.Say(d.ctx, ana, "access prod-db"); err != nil {
		t.Fatal(err)
	}
	heard := d.last()
	if heard["text"] != "access prod-db" || heard["channelId"] != "msteams" || heard["serviceUrl"] != d.tenant.ServiceURL() {
		t.Errorf("heard %v", heard)
	}
	if calls := d.tenant.Calls(); calls[OpMetadata] != 1 || calls[OpKeys] != 1 {
		t.Errorf("the keys were fetched more than once: %v", calls)
	}
	d.fine()
}

func TestEveryBadTokenIsRefusedByABotThatChecks(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	activity := d.last()
	before := d.count()
	bad := d.tenant.BadTokens()
	if len(bad) < 40 {
		t.Errorf("only %d bad tokens", len(bad))
	}
	for _, b := range bad {
		got, err := d.tenant.Deliver(d.ctx, activity, b.Token)
		if err != nil || got.Status != http.StatusForbidden {
			t.Errorf("%s: answered %d, %v", b.Name, got.Status, err)
		}
	}
	if d.count() != before {
		t.Errorf("the bot acted on %d bad deliveries", d.count()-before)
	}
	if got, err := d.tenant.Deliver(d.ctx, activity, Token{}); err != nil || got.Status != http.StatusOK {
		t.Errorf("the same activity with a good token: %d, %v", got.Status, err)
	}
}

func TestTokensWithinTheSkewAndLegalOddOnesAreGood(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	activity := d.last()
	at := func(span time.Duration) int64 { return d.clock.Now().Add(span).Unix() }
	for name, token := range map[string]Token{
		"just expired":            {Claims: obj{"exp": at(-4 * time.Minute)}},
		"valid in a moment":       {Claims: obj{"nbf": at(4 * time.Minute)}},
		"audience as a list":      {Claims: obj{"aud": []string{d.tenant.AppID()}}},
		"no start":                {Claims: obj{"nbf": nil}},
		"claims nobody knows":     {Claims: obj{"idtyp": "app"}},
		"a header nobody expects": {Header: obj{"x": 1}},
	} {
		if got, err := d.tenant.Deliver(d.ctx, activity, token); err != nil || got.Status != http.StatusOK {
			t.Errorf("%s: answered %d, %v", name, got.Status, err)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	d := open(t, Options{})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	old := d.tenant.keys[0].id
	fresh := d.tenant.RotateKeys()
	if fresh == old {
		t.Fatal("the key did not change")
	}
	if _, err := d.tenant.Say(d.ctx, ana, "mine"); err != nil || d.last()["text"] != "mine" {
		t.Fatalf("the bot did not learn the new key: %v", err)
	}
	if calls := d.tenant.Calls(); calls[OpKeys] != 2 {
		t.Errorf("fetched the keys %d times, wanted 2", calls[OpKeys])
	}
	got, err := d.tenant.Deliver(d.ctx, d.last(), Token{Key: old})
	if err != nil || got.Status != http.StatusForbidden {
		t.Errorf("a token by the old key: %d, %v", got.Status, err)
	}
	if second := d.tenant.AddKey(ChannelID); second == fresh {
		t.Error("the second key has the id of the first")
	}
	if got, err := d.tenant.Deliver(d.ctx, d.last(), Token{Key: fresh}); err != nil || got.Status != http.StatusOK {
		t.Errorf("a token by the key before stays good: %d, %v", got.Status, err)
	}
}

func TestEntraGivesATokenForTheSecret(t *testing.T) {
	d := open(t, Options{TokenLife: 10 * time.Minute})
	status, body := d.login(nil)
	if status != http.StatusOK || body["token_type"] != "Bearer" || body["expires_in"] != 600.0 || !d.tenant.Issued(text(body, "access_token")) {
		t.Fatalf("answered %d %v", status, body)
	}
	d.fine()
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
		code   float64
		err    string
	}{
		"wrong secret":   {func(v url.Values) { v.Set("client_secret", "guess") }, 401, 7000215, "invalid_client"},
		"no secret":      {func(v url.Values) { v.Del("client_secret") }, 401, 7000218, "invalid_client"},
		"other bot":      {func(v url.Values) { v.Set("client_id", otherTenant) }, 400, 700016, "unauthorized_client"},
		"other grant":    {func(v url.Values) { v.Set("grant_type", "password") }, 400, 70003, "unsupported_grant_type"},
		"no scope":       {func(v url.Values) { v.Del("scope") }, 400, 900144, "invalid_request"},
		"scope of Graph": {func(v url.Values) { v.Set("scope", "https://graph.microsoft.com/.default") }, 400, 500011, "invalid_resource"},
		"no default":     {func(v url.Values) { v.Set("scope", "https://api.botframework.com/send") }, 400, 1002012, "invalid_scope"},
	} {
		status, body := d.login(c.change)
		codes, _ := body["error_codes"].([]any)
		if status != c.status || body["error"] != c.err || len(codes) != 1 || codes[0] != c.code || body["access_token"] != nil {
			t.Errorf("%s: answered %d %v", name, status, body)
		}
	}
}

func TestTheBotsTokenIsCheckedAndRunsOut(t *testing.T) {
	d := open(t, Options{TokenLife: 10 * time.Minute})
	d.must(d.tenant.Install(d.ctx, ana, ""))
	hello := obj{"type": "message", "text": "hello"}
	d.send(d.tenant.DM(ana), hello)
	d.fine()
	path := "conversations/" + escape(d.tenant.DM(ana)) + "/activities"
	d.clock.pass(11 * time.Minute)
	if status, _, _ := d.call(http.MethodPost, path, hello); status != http.StatusUnauthorized {
		t.Errorf("an expired token: %d", status)
	}
	d.token = ""
	d.send(d.tenant.DM(ana), hello)
	d.tenant.RevokeTokens()
	if status, _, _ := d.call(http.MethodPost, path, hello); status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", status)
	}
	d.token = "guess"
	if status, _, _ := d.call(http.MethodGet, "teams/x", nil); status != http.StatusUnauthorized {
		t.Errorf("a made-up token: %d", status)
	}
	d.wrong("the token is missing", "the token is missing", "the token is missing")
	d.tenant.SetSecrets("new", "sandbox-secret")
	if status, _ := d.login(func(v url.Values) { v.Set("client_secret", "new") }); status != http.StatusOK {
		t.Errorf("the second secret: %d", status)
	}
	d.tenant.SetSecrets("new")
	if status, _ := d.login(nil); status != http.StatusUnauthorized {
		t.Errorf("the secret that was taken away: %d", status)
	}
}
