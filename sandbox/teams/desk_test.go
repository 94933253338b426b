package teams

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	ana = "10000000-0000-4000-8000-0000000000a1"
	ben = "10000000-0000-4000-8000-0000000000b2"
	gus = "10000000-0000-4000-8000-0000000000c3" // a guest
	sam = "20000000-0000-4000-8000-0000000000d4" // of another tenant
	joe = "anonymous-joe"

	otherTenant = "eeeeeeee-0000-4000-8000-000000000005"
	theTeam     = "19:general@thread.tacv2"
	security    = "19:security@thread.tacv2"
	shared      = "19:shared@thread.tacv2"
	meeting     = "19:meeting_abc@thread.v2"
)

// deskBot is a small bot, written from Microsoft's documents with an independent library for tokens, and a tenant around it.
type deskBot struct {
	*testing.T
	tenant *Tenant
	ctx    context.Context
	clock  *handClock
	bot    *httptest.Server

	mu    sync.Mutex
	heard []obj
	on    func(activity obj) (int, any) // answers instead of the desk
	token string
	key   map[string]jwk // the key set, by kid
}

type handClock struct {
	sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time { c.Lock(); defer c.Unlock(); return c.now }

func (c *handClock) pass(d time.Duration) { c.Lock(); defer c.Unlock(); c.now = c.now.Add(d) }

// open starts a tenant with Ana, Ben, a guest, a stranger and a bot that checks everything.
func open(t *testing.T, opt Options) *deskBot {
	t.Helper()
	d := &deskBot{T: t, ctx: t.Context(), clock: &handClock{now: time.Date(2026, 9, 14, 12, 25, 0, 0, time.UTC)}}
	opt.Now, opt.Machine = d.clock.Now, d.clock.Now
	opt.BotName = "hallpass"
	tenant, err := Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	d.tenant = tenant
	d.bot = httptest.NewServer(http.HandlerFunc(d.serve))
	tenant.SetBotURL(d.bot.URL + "/api/messages")
	t.Cleanup(func() { tenant.Close(); d.bot.Close() })
	tenant.AddUser(User{ID: ana, Name: "Ana Silva", Given: "Ana", Surname: "Silva", Email: "ana.silva@acme.example", TZ: "Europe/Lisbon"})
	tenant.AddUser(User{ID: ben, Name: "Ben Okafor", Email: "ben.okafor@acme.example", TZ: "Europe/Berlin"})
	tenant.AddUser(User{ID: gus, Name: "Gus Conrad", Email: "gus@elsewhere.example", Guest: true, TenantID: otherTenant})
	tenant.AddUser(User{ID: sam, Name: "Sam Stranger", Email: "sam@other.example", TenantID: otherTenant})
	tenant.AddUser(User{ID: joe, Name: "Joe (Guest)", Anonymous: true})
	tenant.AddTeam(Team{ID: theTeam, Name: "Platform", GroupID: "f0000000-0000-4000-8000-000000000006", Members: []string{ana, ben, gus}})
	tenant.AddChannel(Channel{ID: security, Name: "security", TeamID: theTeam})
	tenant.AddChannel(Channel{ID: shared, Name: "shared", TeamID: theTeam, Members: []string{ana, sam}})
	tenant.AddChat(Chat{ID: meeting, Name: "Review", Members: []string{ana, joe}})
	return d
}

// serve is the messaging endpoint.
func (d *deskBot) serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	var activity obj
	if err != nil || json.Unmarshal(raw, &activity) != nil || !d.genuine(r.Header.Get("Authorization"), activity) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	d.mu.Lock()
	d.heard = append(d.heard, activity)
	on := d.on
	d.mu.Unlock()
	if on == nil {
		return
	}
	status, body := on(activity)
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}

// login gets a token as the documents say; the answer's fields.
func (d *deskBot) login(change func(url.Values)) (int, obj) {
	d.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {d.tenant.AppID()}, "client_secret": {"sandbox-secret"}, "scope": {Scope}}
	if change != nil {
		change(form)
	}
	response, err := http.PostForm(d.tenant.TokenURL(), form)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body obj
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		d.Fatal(err)
	}
	return response.StatusCode, body
}

// call calls the connector with a token; the path begins after v3/.
func (d *deskBot) call(method, path string, body any) (int, obj, http.Header) {
	d.Helper()
	if d.token == "" {
		_, granted := d.login(nil)
		d.token = text(granted, "access_token")
	}
	raw, err := json.Marshal(body)
	if err != nil {
		d.Fatal(err)
	}
	request, err := http.NewRequestWithContext(d.ctx, method, d.tenant.ServiceURL()+"v3/"+path, bytes.NewReader(raw))
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+d.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, nil
	}
	defer func() { _ = response.Body.Close() }()
	var answer obj
	_ = json.NewDecoder(response.Body).Decode(&answer) // a DELETE answers nothing
	return response.StatusCode, answer, response.Header
}

// send posts an activity to a conversation and returns its id.
func (d *deskBot) send(where string, activity obj) string {
	d.Helper()
	status, answer, _ := d.call(http.MethodPost, "conversations/"+escape(where)+"/activities", activity)
	if status != http.StatusCreated || text(answer, "id") == "" {
		d.Fatalf("sending answered %d %v; problems: %q", status, answer, d.tenant.Problems())
	}
	return text(answer, "id")
}

// escape makes an id one segment of a path.
func escape(id string) string { return url.PathEscape(id) }

// last is what the bot heard last.
func (d *deskBot) last() obj {
	d.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.heard) == 0 {
		d.Fatal("the bot heard nothing")
	}
	return d.heard[len(d.heard)-1]
}

func (d *deskBot) count() int { d.mu.Lock(); defer d.mu.Unlock(); return len(d.heard) }

// answer makes the bot answer everything alike from now on.
func (d *deskBot) answer(status int, body any) { d.when(func(obj) (int, any) { return status, body }) }

func (d *deskBot) when(on func(obj) (int, any)) { d.mu.Lock(); d.on = on; d.mu.Unlock() }

func (d *deskBot) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// fine fails unless the bot behaved well so far.
func (d *deskBot) fine() {
	d.Helper()
	if problems := d.tenant.Problems(); len(problems) > 0 {
		d.Fatalf("problems: %q", problems)
	}
}

// wrong expects exactly these problems, by what they hold, and forgets them.
func (d *deskBot) wrong(parts ...string) {
	d.Helper()
	problems := d.tenant.Problems()
	if len(problems) != len(parts) {
		d.Fatalf("%d problems, wanted %d: %q", len(problems), len(parts), problems)
	}
	for i, part := range parts {
		if !strings.Contains(problems[i], part) {
			d.Errorf("problem %d is %q, wanted %q", i, problems[i], part)
		}
	}
	d.tenant.ForgetProblems()
}

// card is an activity with a card.
func card(fields obj) obj {
	content := obj{"type": "AdaptiveCard", "version": "1.5"}
	for name, value := range fields {
		content[name] = value
	}
	return obj{"type": "message", "summary": "Ana asks for prod-db", "attachments": []any{obj{"contentType": CardType, "content": content}}}
}

// asks is a card on which people approve; data is what the buttons carry.
func asks(more obj) obj {
	fields := obj{"body": []any{obj{"type": "TextBlock", "text": "Ana asks for **prod\\-db**", "wrap": true}},
		"actions": []any{
			obj{"type": "Action.Execute", "title": "Approve", "verb": "approve", "data": obj{"request": "r1"},
				"fallback": obj{"type": "Action.Submit", "title": "Approve", "data": obj{"verb": "approve", "request": "r1"}}},
			obj{"type": "Action.Submit", "title": "Deny", "data": obj{"request": "r1", "msteams": obj{"type": "task/fetch"}}}}}
	for name, value := range more {
		fields[name] = value
	}
	return card(fields)
}
