package teams

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/bot"
	"hallpass/flows"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"
)

const (
	appID      = "11111111-2222-4333-8444-555555555555"
	acme       = "aaaaaaaa-0000-4000-8000-000000000001"
	foreign    = "ffffffff-0000-4000-8000-00000000000f"
	anaObject  = "00000000-0000-4000-8000-0000000000a1"
	benObject  = "00000000-0000-4000-8000-0000000000b2"
	anaChat    = "a:ana-chat"
	feedRoom   = "19:feed@thread.tacv2"
	signingKey = "key-1"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// hand is a clock that stands still until it is moved.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) Machine() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// drawer keeps references in memory.
type drawer struct {
	mu     sync.Mutex
	kept   map[[2]string]Reference
	writes int
}

func (d *drawer) Reference(_ context.Context, tenant, of string) (Reference, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.kept[[2]string{tenant, of}]
	if !ok {
		return r, flows.ErrNotFound
	}
	return r, nil
}

func (d *drawer) PutReference(_ context.Context, r Reference) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept[[2]string{r.Tenant, r.Of}] = r
	d.writes++
	return nil
}

// asked is a request that the connector got.
type asked struct {
	Method, Path, Query, Token string
	Body                       map[string]any
}

// office is Microsoft on a loopback: who signs, who gives tokens, and the connector.
type office struct {
	t     *testing.T
	ctx   context.Context
	clock *hand
	refs  *drawer
	teams *Teams
	inbox *inbox
	http  *httptest.Server

	mu       sync.Mutex
	keys     map[string]*rsa.PrivateKey
	endorsed []string
	sets     int // how often the keys were read
	tokens   int
	asked    []asked
	fault    func(w http.ResponseWriter, r asked) bool // answers in the connector's place
	down     bool                                      // the keys are not served
	members  map[string]map[string]any
	posted   int
}

var (
	oneKey     = sync.OnceValue(newKey)
	anotherKey = sync.OnceValue(newKey)
	smallKey   = sync.OnceValue(func() *rsa.PrivateKey { return keyOf(1024) })
)

func newKey() *rsa.PrivateKey { return keyOf(2048) }

func keyOf(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

// newOffice makes a Teams that talks to an office, with changes to its configuration.
func newOffice(t *testing.T, changes ...func(*Config)) *office {
	t.Helper()
	o := &office{t: t, ctx: t.Context(), clock: &hand{at: noon}, refs: &drawer{kept: map[[2]string]Reference{}}, inbox: &inbox{},
		keys: map[string]*rsa.PrivateKey{signingKey: oneKey()}, endorsed: []string{"msteams"}}
	o.members = map[string]map[string]any{
		anaObject: {"id": "29:ana", "aadObjectId": anaObject, "name": "Ana Silva", "email": "ana.silva@acme.example", "userPrincipalName": "ana@acme.example",
			"tenantId": acme, "userRole": "user"},
		benObject: {"id": "29:ben", "aadObjectId": benObject, "name": "Ben Okafor", "email": "ben.okafor@acme.example", "userPrincipalName": "ben@acme.example",
			"tenantId": acme, "userRole": "user"}}
	o.http = httptest.NewServer(o)
	t.Cleanup(o.http.Close)
	cfg := Config{AppID: appID, Secret: "s3cret", Tenant: acme, Metadata: o.http.URL + "/metadata", TokenURL: o.http.URL + "/{tenant}/token",
		ServiceURL: o.http.URL + "/teams/", ServiceHosts: []string{o.http.URL}, References: o.refs, Clock: o.clock, Rooms: []string{feedRoom}}
	for _, change := range changes {
		change(&cfg)
	}
	var err error
	if o.teams, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.teams.Wait)
	return o
}

func (o *office) service() string { return o.http.URL + "/teams/" }

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case r.URL.Path == "/metadata":
		write(w, map[string]any{"issuer": publicIssuer, "jwks_uri": o.http.URL + "/keys"})
	case r.URL.Path == "/keys" && o.down:
		o.sets++
		w.WriteHeader(http.StatusBadGateway)
	case r.URL.Path == "/keys":
		o.sets++
		write(w, map[string]any{"keys": o.published()})
	case strings.HasSuffix(r.URL.Path, "/token"):
		o.tokens++
		got := asked{Method: r.Method, Path: r.URL.Path, Body: map[string]any{"form": string(raw)}}
		if o.fault == nil || !o.fault(w, got) {
			write(w, map[string]any{"access_token": "bot-token-" + strings.Repeat("i", o.tokens), "expires_in": 3599, "token_type": "Bearer"})
		}
	default:
		o.connector(w, r, raw)
	}
}

func (o *office) published() []map[string]any {
	var out []map[string]any
	for _, id := range slices.Sorted(maps.Keys(o.keys)) {
		public := o.keys[id].PublicKey
		out = append(out, map[string]any{"kty": "RSA", "use": "sig", "kid": id, "n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()), "endorsements": o.endorsed})
	}
	return out
}

func (o *office) connector(w http.ResponseWriter, r *http.Request, raw []byte) {
	got := asked{Method: r.Method, Path: strings.TrimPrefix(r.URL.EscapedPath(), "/teams"), Query: r.URL.RawQuery, Token: r.Header.Get("Authorization")}
	_ = json.Unmarshal(raw, &got.Body)
	o.asked = append(o.asked, got)
	if o.fault != nil && o.fault(w, got) {
		return
	}
	_, who, roster := strings.Cut(r.URL.Path, "/members/")
	switch {
	case roster:
		for _, m := range o.members {
			if who == m["aadObjectId"] || who == m["userPrincipalName"] {
				write(w, m)
				return
			}
		}
		fail(w, http.StatusNotFound, "MemberNotFoundInConversation")
	case strings.HasSuffix(r.URL.Path, "/pagedmembers"):
		write(w, map[string]any{"members": slices.Collect(maps.Values(o.members))})
	case r.Method == http.MethodPost && r.URL.Path == "/teams/v3/conversations":
		write(w, map[string]any{"id": "a:new-chat"})
	case r.Method == http.MethodPost:
		o.posted++
		write(w, map[string]any{"id": "m" + string(rune('0'+o.posted))})
	default:
		w.WriteHeader(http.StatusOK)
	}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	write(w, map[string]any{"error": map[string]any{"code": code, "message": "no"}})
}

// faulty lets a function answer in the connector's place.
func (o *office) faulty(f func(w http.ResponseWriter, r asked) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fault = f
}

// calls are the requests that the connector got so far, as "POST /v3/…".
func (o *office) calls() []asked {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.asked)
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// good are the claims of a token that is right.
func (o *office) good() jwt.MapClaims {
	at := o.clock.Machine()
	return jwt.MapClaims{"iss": publicIssuer, "aud": appID, "serviceurl": o.service(), "nbf": at.Add(-time.Minute).Unix(), "exp": at.Add(time.Hour).Unix()}
}

func (o *office) sign(claims jwt.MapClaims) string {
	return o.signed(jwt.SigningMethodRS256, oneKey(), map[string]any{"kid": signingKey}, claims)
}

func (o *office) signed(method jwt.SigningMethod, key any, header map[string]any, claims jwt.MapClaims) string {
	o.t.Helper()
	j := jwt.NewWithClaims(method, claims)
	maps.Copy(j.Header, header)
	text, err := j.SignedString(key)
	o.must(err)
	return text
}

// from is an activity of Ana in her personal chat, with changes.
func (o *office) from(changes map[string]any) map[string]any {
	a := map[string]any{"type": "message", "id": "act-1", "timestamp": "2026-11-22T12:00:00.123Z", "serviceUrl": o.service(), "channelId": "msteams", "text": "mine",
		"from": map[string]any{"id": "29:ana", "aadObjectId": anaObject, "name": "Ana"}, "recipient": map[string]any{"id": "28:" + appID},
		"conversation":  map[string]any{"id": anaChat, "conversationType": "personal", "tenantId": acme},
		"channelData":   map[string]any{"tenant": map[string]any{"id": acme}},
		"localTimezone": "Europe/Lisbon"}
	maps.Copy(a, changes)
	return a
}

// deliver brings an activity with a good token.
func (o *office) deliver(a map[string]any) *httptest.ResponseRecorder {
	o.t.Helper()
	return o.bring(a, "Bearer "+o.sign(o.good()))
}

func (o *office) bring(a any, authorization string) *httptest.ResponseRecorder {
	o.t.Helper()
	raw, ok := a.([]byte)
	if !ok {
		var err error
		raw, err = json.Marshal(a)
		o.must(err)
	}
	r := httptest.NewRequestWithContext(o.ctx, http.MethodPost, Path, bytes.NewReader(raw))
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	o.teams.Handler(o.inbox).ServeHTTP(w, r)
	return w
}

// settled is what the connector got once nothing is being worked any more.
func (o *office) settled() []asked {
	o.teams.Wait()
	return o.calls()
}

// inbox is a bot that writes down what it is asked, and answers as it is told.
type inbox struct {
	mu       sync.Mutex
	commands []bot.Call
	presses  []bot.Pressed
	changes  []bot.Filled
	sent     []bot.Filled
	homes    []flows.Account

	command func(bot.Call) bot.Reply
	press   func(context.Context, bot.Pressed) error
	change  func(context.Context, bot.Filled) error
	submit  func(bot.Filled) bot.Submitted
	found   []bot.ChoiceItem
}

func (i *inbox) Command(_ context.Context, c bot.Call) bot.Reply {
	i.mu.Lock()
	i.commands = append(i.commands, c)
	answer := i.command
	i.mu.Unlock()
	if answer == nil {
		return bot.Reply{}
	}
	return answer(c)
}

func (i *inbox) Shortcut(context.Context, bot.Call) error { return nil }

func (i *inbox) Press(ctx context.Context, p bot.Pressed) error {
	i.mu.Lock()
	i.presses = append(i.presses, p)
	answer := i.press
	i.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(ctx, p)
}

func (i *inbox) Search(context.Context, flows.Account, bot.Meta, string, string) []bot.ChoiceItem {
	return i.found
}

func (i *inbox) Change(ctx context.Context, f bot.Filled) error {
	i.mu.Lock()
	i.changes = append(i.changes, f)
	answer := i.change
	i.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(ctx, f)
}

func (i *inbox) Submit(_ context.Context, f bot.Filled) bot.Submitted {
	i.mu.Lock()
	i.sent = append(i.sent, f)
	answer := i.submit
	i.mu.Unlock()
	if answer == nil {
		return bot.Submitted{}
	}
	return answer(f)
}

func (i *inbox) Look(context.Context, flows.Account, bot.Address) (bot.Card, error) {
	return bot.Card{}, flows.ErrNotFound // it keeps no posts: a card that is looked at stays as it is
}

func (i *inbox) OpenedHome(_ context.Context, a flows.Account) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.homes = append(i.homes, a)
	return nil
}

func (i *inbox) AccountChanged(context.Context, flows.Account) error { return nil }

// executing is a press of a button on a card, as an Action.Execute brings it.
func (o *office) executing(a bot.Action, value string, inputs map[string]any) map[string]any {
	return o.sends(cardAction, sent{Hallpass: pressed{Do: doPress, Action: a, Value: value}}, inputs)
}

// sends is what a button of ours sends, with the inputs of its card, by one kind of invoke.
func (o *office) sends(name string, data any, inputs map[string]any) map[string]any {
	raw, err := json.Marshal(data)
	o.must(err)
	fields := map[string]any{}
	o.must(json.Unmarshal(raw, &fields))
	maps.Copy(fields, inputs)
	value := map[string]any{"data": fields, "context": map[string]any{"theme": "default"}}
	if name == cardAction {
		value = map[string]any{"action": map[string]any{"type": "Action.Execute", "data": fields}, "trigger": "manual"}
	}
	return o.from(map[string]any{"type": "invoke", "name": name, "id": "invoke-" + digest(string(raw), fmt.Sprint(inputs)), "text": nil, "replyToId": "card-1", "value": value})
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
