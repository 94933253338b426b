package okta

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/sandbox/faults"
	"hallpass/sandbox/spectest"
)

const secret = "00token"

// clock is a company clock that only moves when told.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// caller calls an organisation, every exchange held against Okta's document.
type caller struct {
	t      *testing.T
	org    *Org
	client *http.Client
	auth   string
	clock  *clock
}

// open starts an organisation of three people and three groups.
func open(t *testing.T, change ...func(*Options)) *caller {
	t.Helper()
	c := &clock{time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	opts := Options{Token: secret, Now: c.now}
	for _, f := range change {
		f(&opts)
	}
	org, err := Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = org.Close() })
	for _, u := range []User{
		{ID: "00uana", Email: "ana@acme.example", FirstName: "Ana", LastName: "Silva", Profile: map[string]any{"department": "Engineering", "slackId": "U0ANA"}},
		{ID: "00uben", Email: "ben@acme.example", FirstName: "Ben", LastName: "Okafor"},
		{ID: "00ucaro", Email: "caro@acme.example", FirstName: "Caro", LastName: "Lind", Status: Suspended},
	} {
		must(t, org.AddUser(u))
	}
	must(t, org.AddGroup(Group{ID: "00gprod", Name: "prod-db", Description: "Production", Profile: map[string]any{"jitTags": "env=prod"}}))
	must(t, org.AddGroup(Group{ID: "00gapp", Name: "app", Type: AppGroup}))
	must(t, org.AddGroup(Group{ID: "00gsre", Name: "sre"}))
	must(t, org.AddMember("00gsre", "00uben"))
	return &caller{t, org, &http.Client{Transport: spectest.Transport(t, spectest.Okta, &http.Transport{DisableKeepAlives: true})}, "SSWS " + secret, c}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call makes one call and returns the answer with its body.
func (c *caller) call(method, path string) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.org.URL()+path, nil)
	must(c.t, err)
	req.Header.Set("Authorization", c.auth)
	req.Header.Set("Accept", "application/json")
	res, err := c.client.Do(req)
	must(c.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	must(c.t, err)
	return res, string(body)
}

// ids reads a list, following its next links, and returns the ids in it.
func (c *caller) ids(path string) []string {
	c.t.Helper()
	var out []string
	for path != "" {
		res, body := c.call("GET", path)
		if res.StatusCode != 200 {
			c.t.Fatalf("GET %s: %d %s", path, res.StatusCode, body)
		}
		var page []struct{ ID string }
		must(c.t, json.Unmarshal([]byte(body), &page))
		for _, each := range page {
			out = append(out, each.ID)
		}
		path = strings.TrimPrefix(next(res), c.org.URL())
	}
	return out
}

// next finds the link to the next page.
func next(res *http.Response) string {
	for _, link := range res.Header.Values("Link") {
		if u, ok := strings.CutSuffix(link, `>; rel="next"`); ok {
			return strings.TrimPrefix(u, "<")
		}
	}
	return ""
}

func query(path, name, value string) string { return path + "?" + url.Values{name: {value}}.Encode() }

func TestAnswers(t *testing.T) {
	c := open(t)
	must(t, c.org.SetManager("00uana", "00ucaro"))
	for _, k := range []struct {
		method, path string
		status       int
		has          string
	}{
		{"GET", "/api/v1/users/00uana", 200, `"slackId":"U0ANA"`},
		{"GET", "/api/v1/users/ana@acme.example", 200, `"id":"00uana"`},
		{"GET", "/api/v1/users/ANA@acme.example", 200, `"id":"00uana"`},
		{"GET", "/api/v1/users/ana", 200, `"id":"00uana"`},
		{"GET", "/api/v1/users/00ucaro", 200, `"status":"SUSPENDED"`},
		{"GET", "/api/v1/users/nobody", 404, `"errorCode":"E0000007"`},
		{"GET", "/api/v1/groups/00gprod", 200, `"jitTags":"env=prod"`},
		{"GET", "/api/v1/groups/00gapp", 200, `"type":"APP_GROUP"`},
		{"GET", "/api/v1/groups/00gnone", 404, `"errorSummary":"Not found: Resource not found: 00gnone (UserGroup)"`},
		{"GET", "/api/v1/groups?expand=stats&q=sre", 200, `"usersCount":1`},
		{"GET", "/api/v1/users/00uana/linkedObjects/manager", 200, `/api/v1/users/00ucaro`},
		{"GET", "/api/v1/users/00uben/linkedObjects/manager", 200, `[]`},
		{"GET", "/api/v1/users/00uana/linkedObjects/friend", 404, `E0000007`},
		{"GET", "/api/v1/groups?limit=0", 400, `E0000001`},
		{"GET", "/api/v1/groups?after=%21", 400, `E0000001`},
		{"GET", query("/api/v1/users", "search", `profile.email ne "x"`), 400, `E0000031`},
		{"GET", query("/api/v1/users", "filter", `profile.slackId eq "x"`), 400, `E0000031`},
		{"PUT", "/api/v1/groups/00gprod/users/00uana", 204, ``},
		{"PUT", "/api/v1/groups/00gprod/users/00uana", 204, ``},
		{"DELETE", "/api/v1/groups/00gprod/users/00uana", 204, ``},
		{"DELETE", "/api/v1/groups/00gprod/users/00uana", 204, ``},
		{"PUT", "/api/v1/groups/00gapp/users/00uana", 403, `E0000006`},
		{"DELETE", "/api/v1/groups/00gapp/users/00uana", 403, `E0000006`},
		{"PUT", "/api/v1/groups/00gnone/users/00uana", 404, `(UserGroup)`},
		{"PUT", "/api/v1/groups/00gprod/users/00unone", 404, `(User)`},
	} {
		res, body := c.call(k.method, k.path)
		if res.StatusCode != k.status || !strings.Contains(body, k.has) {
			t.Errorf("%s %s: %d %s; want %d with %s", k.method, k.path, res.StatusCode, body, k.status, k.has)
		}
		if res.Header.Get("X-Rate-Limit-Remaining") == "" || res.Header.Get("Date") != "Mon, 02 Nov 2026 12:00:00 GMT" {
			t.Errorf("%s %s: headers %v", k.method, k.path, res.Header)
		}
	}
}

func TestWhoIsRefused(t *testing.T) {
	c := open(t)
	for _, auth := range []string{"", "SSWS", "SSWS wrong", "Bearer " + secret, "Basic " + secret} {
		c.auth = auth
		if res, body := c.call("GET", "/api/v1/groups"); res.StatusCode != 401 || !strings.Contains(body, "E0000011") {
			t.Errorf("%q: %d %s", auth, res.StatusCode, body)
		}
	}
}

func TestSearchFilterAndQ(t *testing.T) {
	c := open(t)
	must(t, c.org.AddUser(User{ID: "00ugone", Email: "gone@acme.example", FirstName: "Gone", LastName: "Person", Status: Deprovisioned}))
	for _, k := range []struct {
		path, name, value string
		want              []string
	}{
		{"/api/v1/users", "search", `profile.email eq "ANA@acme.example"`, []string{"00uana"}},
		{"/api/v1/users", "search", `profile.slackId eq "U0ANA"`, []string{"00uana"}},
		{"/api/v1/users", "search", `profile.slackid eq "U0ANA"`, nil},
		{"/api/v1/users", "search", `status eq "DEPROVISIONED"`, []string{"00ugone"}},
		{"/api/v1/users", "search", `status eq "ACTIVE" and (profile.login sw "ana" or profile.login sw "ben")`, []string{"00uana", "00uben"}},
		{"/api/v1/users", "search", `profile.department pr`, []string{"00uana"}},
		{"/api/v1/users", "search", `created gt "2026-11-02T12:00:00.000Z"`, nil},
		{"/api/v1/users", "filter", `profile.login eq "ben@acme.example"`, []string{"00uben"}},
		{"/api/v1/users", "q", `car`, []string{"00ucaro"}},
		{"/api/v1/users", "limit", `1`, []string{"00uana", "00uben", "00ucaro"}},
		{"/api/v1/groups", "search", `type eq "OKTA_GROUP"`, []string{"00gprod", "00gsre"}},
		{"/api/v1/groups", "search", `profile.name eq "prod-db"`, []string{"00gprod"}},
		{"/api/v1/groups", "search", `profile.name eq "a \"quoted\" name"`, nil},
		{"/api/v1/groups", "filter", `type eq "APP_GROUP"`, []string{"00gapp"}},
		{"/api/v1/groups", "q", `prod`, []string{"00gprod"}},
		{"/api/v1/groups", "limit", `2`, []string{"00gapp", "00gprod", "00gsre"}},
		{"/api/v1/groups/00gsre/users", "limit", `1`, []string{"00uben"}},
	} {
		if got := c.ids(query(k.path, k.name, k.value)); !slices.Equal(got, k.want) {
			t.Errorf("%s %s=%s: %v, want %v", k.path, k.name, k.value, got, k.want)
		}
	}
}

func TestTheGroupsOfAPerson(t *testing.T) {
	c := open(t)
	must(t, c.org.AddMember("00gapp", "00uben"))
	if got := c.ids("/api/v1/users/00uben/groups"); !slices.Equal(got, []string{"00gapp", "00gsre"}) {
		t.Errorf("got %v", got)
	}
}

func TestAPageGoesOnWhereTheLastEnded(t *testing.T) {
	c := open(t)
	res, _ := c.call("GET", "/api/v1/groups?limit=1&search="+url.QueryEscape(`type eq "OKTA_GROUP"`))
	must(t, c.org.DeleteGroup("00gprod"))
	must(t, c.org.AddGroup(Group{ID: "00gzoo", Name: "zoo"}))
	if got := c.ids(strings.TrimPrefix(next(res), c.org.URL())); !slices.Equal(got, []string{"00gsre", "00gzoo"}) {
		t.Errorf("got %v", got)
	}
}

func TestRateLimit(t *testing.T) {
	c := open(t)
	c.org.SetRateLimit(2)
	for i, want := range []int{200, 200, 429, 429} {
		res, body := c.call("GET", "/api/v1/groups")
		if res.StatusCode != want || (want == 429) != strings.Contains(body, "E0000047") {
			t.Errorf("call %d: %d %s, want %d", i+1, res.StatusCode, body, want)
		}
		if got := res.Header.Get("X-Rate-Limit-Reset"); got != "1793620860" { // 12:01
			t.Errorf("reset %s", got)
		}
	}
	c.clock.at = c.clock.at.Add(time.Minute)
	if res, _ := c.call("GET", "/api/v1/groups"); res.StatusCode != 200 || res.Header.Get("X-Rate-Limit-Remaining") != "1" {
		t.Errorf("in the next minute: %d %v", res.StatusCode, res.Header)
	}
}

func TestAFaultLimitsTheVendorsWay(t *testing.T) {
	c := open(t)
	c.org.Faults.Set(faults.Fault{Kind: faults.RateLimited, RetryAfter: 30 * time.Second, Times: 1})
	res, body := c.call("GET", "/api/v1/groups")
	if res.StatusCode != 429 || res.Header.Get("X-Rate-Limit-Remaining") != "0" || res.Header.Get("X-Rate-Limit-Reset") != "1793620830" ||
		!strings.Contains(body, "E0000047") {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
}

func TestReadsMayLagBehindWritesForATime(t *testing.T) {
	c := open(t)
	c.org.SetReadDelay(5 * time.Second)
	c.call("PUT", "/api/v1/groups/00gprod/users/00uana")
	c.org.SetReadDelay(0)
	for _, step := range []struct {
		pass time.Duration
		want []string
	}{{0, nil}, {4 * time.Second, nil}, {time.Second, []string{"00uana"}}} {
		c.clock.at = c.clock.at.Add(step.pass)
		if got := c.ids("/api/v1/groups/00gprod/users"); !slices.Equal(got, step.want) {
			t.Errorf("%s later: %v, want %v", step.pass, got, step.want)
		}
	}
}

func TestReadsMayLagBehindWrites(t *testing.T) {
	c := open(t)
	c.org.SetReadLag(2)
	c.call("PUT", "/api/v1/groups/00gprod/users/00uana")
	for i, want := range [][]string{nil, nil, {"00uana"}} {
		if got := c.ids("/api/v1/groups/00gprod/users"); !slices.Equal(got, want) {
			t.Errorf("read %d after the PUT: %v, want %v", i+1, got, want)
		}
	}
	c.call("DELETE", "/api/v1/groups/00gprod/users/00uana")
	for i, want := range [][]string{{"00gprod"}, {"00gprod"}, nil} {
		if got := c.ids("/api/v1/users/00uana/groups"); !slices.Equal(got, want) {
			t.Errorf("read %d after the DELETE: %v, want %v", i+1, got, want)
		}
	}
	if c.org.IsMember("00gprod", "00uana") {
		t.Error("the inner side lags too")
	}
}
