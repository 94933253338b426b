package sandbox

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hallpass/sandbox/faults"
)

var monday = time.Date(2026, 11, 2, 12, 25, 0, 0, time.UTC)

func open(t *testing.T) *Company {
	t.Helper()
	c, err := Start(Options{Now: func() time.Time { return monday }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// get makes a call and decodes its answer.
func get(t *testing.T, url, auth string, into any) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", auth)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || json.Unmarshal(body, into) != nil {
		t.Fatalf("GET %s: %s, %v", url, body, err)
	}
	return res
}

func TestThePeopleAreTheSameEverywhere(t *testing.T) {
	c := open(t)
	slackByID := map[string]string{}
	for _, u := range c.Slack.Users() {
		slackByID[u.ID] = u.Email
	}
	for _, p := range People() {
		var u struct {
			Status  string
			Profile map[string]string
		}
		get(t, c.Okta.URL()+"/api/v1/users/"+p.Okta, "SSWS "+OktaToken, &u)
		if u.Status != "ACTIVE" || u.Profile["email"] != p.Email || u.Profile["slackId"] != p.Slack || slackByID[p.Slack] != p.Email {
			t.Errorf("%s: Okta has %+v, Slack has %q", p.Name, u, slackByID[p.Slack])
		}
		if got := u.Profile["managerId"]; p.Manager == CaroOkta && got != "caro.lind@acme.example" || p.Manager == "" && got != "" {
			t.Errorf("%s reports to %q", p.Name, got)
		}
	}
	if slackByID[SamSlack] == "" {
		t.Error("Sam is missing")
	}
}

func TestTheGroups(t *testing.T) {
	c := open(t)
	for group, want := range map[string][]string{
		EngineeringGroup: {AnaOkta, BenOkta, CaroOkta, DevOkta, FinnOkta}, DatabaseOwnersGroup: {BenOkta, CaroOkta, DevOkta},
		ContractorsGroup: {GusOkta}, SecurityGroup: {EveOkta}, SREGroup: {BenOkta, DevOkta}, ProdDBGroup: nil,
		AllEngineersGroup: {AnaOkta, BenOkta, CaroOkta, DevOkta, FinnOkta},
	} {
		if got := c.Okta.Members(group); !slices.Equal(slices.Sorted(slices.Values(want)), got) {
			t.Errorf("%s: %v, want %v", group, got, want)
		}
	}
	var g struct{ Profile map[string]string }
	get(t, c.Okta.URL()+"/api/v1/groups/"+ProdDBGroup, "SSWS "+OktaToken, &g)
	if g.Profile["name"] != "prod-db" || g.Profile["jitTags"] != "env=prod,team=payments" || g.Profile["description"] != "Read and write on production payments" {
		t.Errorf("prod-db: %v", g.Profile)
	}
}

func TestBenIsOnCallNowAndDevIsSecond(t *testing.T) {
	c := open(t)
	var answer struct {
		Oncalls []struct {
			Level int `json:"escalation_level"`
			User  struct{ ID string }
			End   time.Time
		}
	}
	get(t, c.PagerDuty.URL()+"/oncalls?schedule_ids[]="+PrimarySchedule, "Token token="+PagerDutyToken, &answer)
	if n := answer.Oncalls; len(n) != 1 || n[0].User.ID != Who("Ben").PagerDuty || n[0].Level != 1 || n[0].End.Sub(monday) < 7*time.Hour {
		t.Errorf("primary: %+v", n)
	}
	if got := c.PagerDuty.OnCall(SecondarySchedule); !slices.Equal(got, []string{Who("Dev").PagerDuty}) {
		t.Errorf("secondary: %v", got)
	}
}

func TestTheIssueOfAna(t *testing.T) {
	c := open(t)
	got, ok := c.Jira.Issue(AnasIssue)
	if !ok || got.Status != "In Progress" || got.Assignee != Who("Ana").Jira {
		t.Errorf("%+v", got)
	}
}

func TestEverySystemCanBeBroken(t *testing.T) {
	c := open(t)
	urls := map[string]string{"slack": c.Slack.APIURL() + "auth.test", "okta": c.Okta.URL(), "pagerduty": c.PagerDuty.URL(), "jira": c.Jira.URL()}
	for name, f := range c.Faults() {
		f.Set(faults.Fault{Kind: faults.RateLimited, RetryAfter: 7 * time.Second})
		var body map[string]any
		res := get(t, urls[name], "", &body)
		if res.StatusCode != http.StatusTooManyRequests || len(body) == 0 || f.CallsTo("GET", "") != 1 {
			t.Errorf("%s: %d %v", name, res.StatusCode, body)
		}
	}
}

func TestWhichSlackCallsTakeEffect(t *testing.T) {
	for path, want := range map[string]bool{
		"/api/chat.postMessage": true, "/api/views.open": true, "/api/chat.getPermalink": false, "/api/users.info": false, "/api/conversations.open": true,
	} {
		if got := slackWrites(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if okOf([]byte(`{"ok":false}`)) || !okOf([]byte(`{"ok":true}`)) || okOf([]byte(`<html>`)) {
		t.Error("an answer was read wrongly")
	}
}

func TestPorts(t *testing.T) {
	for listen, want := range map[string]string{"": "", "127.0.0.1:0": "", "localhost:0": "localhost:0", "127.0.0.1:9400": "127.0.0.1:9403"} {
		if got, err := (Options{Listen: listen}).port(3); err != nil || got != want {
			t.Errorf("%q: %q, %v", listen, got, err)
		}
	}
	for _, listen := range []string{"nonsense", "127.0.0.1:http"} {
		if _, err := (Options{Listen: listen}).port(1); err == nil {
			t.Errorf("%q was accepted", listen)
		}
	}
	if _, err := Start(Options{Listen: "0.0.0.0:0"}); err == nil {
		t.Error("Acme listens to the world")
	}
}

// TestTheSandboxSharesNothingWithTheProduct holds the rule that makes the stand-ins worth testing against.
func TestTheSandboxSharesNothingWithTheProduct(t *testing.T) {
	allowed := map[string][]string{
		"okta": {"github.com/golang-jwt/jwt/v5"}, "slack": {"github.com/gorilla/websocket"},
		"spectest": {"github.com/getkin/kin-openapi/"}, // from tests only
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			first, _, _ := strings.Cut(name, "/")
			ours := name == "hallpass/sandbox" || strings.HasPrefix(name, "hallpass/sandbox/")
			foreign := strings.Contains(first, ".") || first == "hallpass"
			fine := slices.ContainsFunc(allowed[filepath.Dir(path)], func(p string) bool { return strings.HasPrefix(name, p) })
			if foreign && !ours && !fine {
				t.Errorf("%s imports %s", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnUnheardCompanyAnswersInTheSameProcess(t *testing.T) {
	c, err := Start(Options{Unheard: true})
	if err != nil {
		t.Fatal(err)
	}
	for base, call := range map[string]string{SlackBase: "/api/auth.test", OktaBase: "/api/v1/groups", PagerDutyBase: "/schedules", JiraBase: "/rest/api/3/myself"} {
		w := httptest.NewRecorder()
		c.Handlers()[base].ServeHTTP(w, httptest.NewRequest("GET", base+call, nil))
		if w.Code != 200 && w.Code != 401 {
			t.Errorf("%s%s: %d %s", base, call, w.Code, w.Body)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
