package jira

import (
	"encoding/json"
	"fmt"
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

// clock is a company clock that only moves when told.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// caller calls a site, every exchange held against Jira's document.
type caller struct {
	t      *testing.T
	site   *Site
	clock  *clock
	client *http.Client
	token  string
}

func open(t *testing.T) *caller {
	t.Helper()
	c := &clock{time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	s, err := Start(Options{Email: "bot@acme.example", Token: "secret", Now: c.now})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	must(t, s.AddProject(Project{Key: "SEC", Name: "Security"}))
	must(t, s.AddProject(Project{Key: "OPS", Name: "Operations", Workflow: Strict(), IssueTypes: []string{"Incident", "Task"}}))
	must(t, s.AddPerson(Person{AccountID: "ana", Name: "Ana Silva", Email: "ana@acme.example"}))
	must(t, s.AddPerson(Person{AccountID: "ben", Name: "Ben Okafor", Email: "ben@acme.example", HideEmail: true}))
	transport := spectest.Transport(t, spectest.Jira, &http.Transport{DisableKeepAlives: true})
	return &caller{t, s, c, &http.Client{Transport: transport}, "secret"}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call makes one call and returns the answer with its body.
func (c *caller) call(method, path, body string) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.site.URL()+base+path, strings.NewReader(body))
	must(c.t, err)
	if body == "" {
		req.Body = http.NoBody
	}
	req.SetBasicAuth("bot@acme.example", c.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := c.client.Do(req)
	must(c.t, err)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	must(c.t, err)
	return res, string(answer)
}

// expect makes a call and checks its status and a part of its answer.
func (c *caller) expect(status int, has, method, path, body string) {
	c.t.Helper()
	if res, answer := c.call(method, path, body); res.StatusCode != status || !strings.Contains(answer, has) {
		c.t.Errorf("%s %s %s: %d %s; want %d with %s", method, path, body, res.StatusCode, answer, status, has)
	}
}

// adf is a document of one paragraph.
func adf(text string) string {
	return fmt.Sprintf(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":%q}]}]}`, text)
}

func create(summary string, more ...string) string {
	fields := append([]string{`"project":{"key":"SEC"}`, `"issuetype":{"name":"Task"}`, fmt.Sprintf(`"summary":%q`, summary)}, more...)
	return `{"fields":{` + strings.Join(fields, ",") + `}}`
}

func TestTheLifeOfAnIssue(t *testing.T) {
	c := open(t)
	c.expect(201, `"key":"SEC-1"`, "POST", "/issue", create("Access for Ana", `"description":`+adf("R1: 2 h"), `"labels":["req-R1"]`))
	c.expect(201, `"text":"given"`, "POST", "/issue/SEC-1/comment", `{"body":`+adf("given")+`}`)
	c.expect(200, `"id":"11"`, "GET", "/issue/SEC-1/transitions", "")
	c.clock.at = c.clock.at.Add(time.Minute)
	c.expect(204, "", "POST", "/issue/SEC-1/transitions", `{"transition":{"id":"11"}}`)
	c.expect(400, "Transition id '11' is not valid", "POST", "/issue/SEC-1/transitions", `{"transition":{"id":"11"}}`)
	c.expect(204, "", "POST", "/issue/SEC-1/transitions", `{"transition":{"id":"21"}}`)
	c.expect(200, `"key":"done"`, "GET", "/issue/SEC-1?fields=status", "")
	c.expect(200, `"total":1`, "GET", "/issue/SEC-1/comment?orderBy=-created", "")

	got, _ := c.site.Issue("SEC-1")
	want := []Change{
		{DefaultAccountID, "To Do", "In Progress", c.clock.at}, {DefaultAccountID, "In Progress", "Done", c.clock.at},
	}
	if got.Status != "Done" || got.Description != "R1: 2 h" || got.Comments[0].Text != "given" || !slices.Equal(got.History, want) ||
		!slices.Equal(got.Labels, []string{"req-R1"}) || got.Reporter != DefaultAccountID {
		t.Errorf("read as %+v", got)
	}
}

func TestWhatAnIssueMustHave(t *testing.T) {
	c := open(t)
	c.expect(400, `"project":"Specify a valid project ID or key"`, "POST", "/issue", `{"fields":{"summary":"x"}}`)
	c.expect(400, `"issuetype":`, "POST", "/issue", `{"fields":{"project":{"key":"SEC"},"issuetype":{"name":"Epic"},"summary":"x"}}`)
	c.expect(400, `"summary":"You must specify a summary of the issue."`, "POST", "/issue", create(" "))
	c.expect(400, `newline`, "POST", "/issue", create("a\nb"))
	c.expect(400, `less than 255`, "POST", "/issue", create(strings.Repeat("ä", 256)))
	c.expect(201, `SEC-1`, "POST", "/issue", create(strings.Repeat("ä", 255)))
	c.expect(400, `must be an Atlassian Document`, "POST", "/issue", create("x", `"description":"plain"`))
	c.expect(400, `contains spaces`, "POST", "/issue", create("x", `"labels":["a b"]`))
	c.expect(400, `not an array`, "POST", "/issue", create("x", `"labels":"a"`))
	c.expect(400, `"assignee"`, "POST", "/issue", create("x", `"assignee":{"accountId":"nobody"}`))
	c.expect(400, `Field 'color' cannot be set.`, "POST", "/issue", create("x", `"color":"red"`))
	c.expect(400, `Comment body is not valid!`, "POST", "/issue/SEC-1/comment", `{"body":"plain"}`)
	c.expect(413, `too large`, "POST", "/issue/SEC-1/comment", `{"body":"`+strings.Repeat("x", largestBody)+`"}`)
	c.expect(404, `does not exist`, "POST", "/issue/SEC-9/comment", `{"body":`+adf("x")+`}`)
	if n := len(c.site.Issues()); n != 1 {
		t.Errorf("%d issues were made, want 1", n)
	}
}

func TestDocuments(t *testing.T) {
	paragraph := func(inline string) string {
		return `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[` + inline + `]}]}`
	}
	for _, k := range []struct {
		doc  string
		text string
		ok   bool
	}{
		{adf("hello"), "hello", true},
		{paragraph(`{"type":"text","text":"bold","marks":[{"type":"strong"}]},{"type":"hardBreak"},{"type":"text","text":"next"}`), "bold\nnext", true},
		{paragraph(`{"type":"mention","attrs":{"id":"ana","text":"@Ana"}}`), "@Ana", true},
		{`{"type":"doc","version":1,"content":[]}`, "", true},
		{`{"type":"doc","version":1,"content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]}]}]}`, "a", true},
		{`{"type":"doc","version":2,"content":[]}`, "", false},
		{`{"type":"doc","version":1}`, "", false},
		{`{"type":"doc","version":1,"content":[{"type":"text","text":"loose"}]}`, "loose", false},
		{paragraph(`{"type":"text","text":""}`), "", false},
		{paragraph(`{"type":"text","text":"x","marks":[{"type":"huge"}]}`), "x", false},
		{paragraph(`{"type":"script","text":"x"}`), "", false},
		{adf(strings.Repeat("x", longestText+1)), strings.Repeat("x", longestText+1), false},
		{`"plain"`, "", false},
		{``, "", false},
	} {
		if err := checkDocument(json.RawMessage(k.doc)); (err == nil) != k.ok {
			t.Errorf("%.90s: %v", k.doc, err)
		}
		if got := textOf(json.RawMessage(k.doc)); got != k.text {
			t.Errorf("%.90s reads %.40q, want %.40q", k.doc, got, k.text)
		}
	}
	if got := textOf(document("two\n\nlines")); got != "two\n\nlines" || checkDocument(document("two\n\nlines")) != nil {
		t.Errorf("what is typed reads %q", got)
	}
}

func TestTheWorkflowOfAProject(t *testing.T) {
	c := open(t)
	key, err := c.site.Open(Issue{Project: "OPS", Summary: "DB is slow", Assignee: "ana", Reporter: "ben"})
	must(t, err)
	c.expect(200, `"name":"Open"`, "GET", "/issue/"+key, "")
	c.expect(400, "not valid", "POST", "/issue/OPS-1/transitions", `{"transition":{"id":"721"}}`)
	c.site.Conflict(key, 1)
	c.expect(409, "somebody else", "POST", "/issue/OPS-1/transitions", `{"transition":{"id":"711"}}`)
	c.expect(204, "", "POST", "/issue/OPS-1/transitions", `{"transition":{"id":"711"}}`)
	must(t, c.site.Move(key, "Open"))
	must(t, c.site.Assign(key, "ben"))
	must(t, c.site.Comment(key, "ana", "not mine"))
	c.expect(200, `"displayName":"Ben Okafor"`, "GET", "/issue/ops-1?fields=assignee", "")
	if _, body := c.call("GET", "/issue/OPS-1?fields=assignee", ""); strings.Contains(body, "ben@") || strings.Contains(body, "summary") {
		t.Errorf("shows what was not asked for or is hidden: %s", body)
	}
	if _, body := c.call("GET", "/issue/OPS-1?fields=*all,-comment", ""); strings.Contains(body, "not mine") || !strings.Contains(body, "DB is slow") {
		t.Errorf("all but the comments: %s", body)
	}
	if got, _ := c.site.Issue(key); len(got.History) != 2 || got.History[1].By != Console || got.Comments[0].Author != "ana" {
		t.Errorf("read as %+v", got)
	}
	must(t, c.site.Delete(key))
	c.expect(404, "", "GET", "/issue/OPS-1", "")
}

func TestATransitionMayRequireAField(t *testing.T) {
	c := open(t)
	w := Strict()
	w.Transitions[0].Requires = []string{"resolution"}
	must(t, c.site.AddProject(Project{Key: "REQ", Workflow: w}))
	key, err := c.site.Open(Issue{Project: "REQ", Summary: "x"})
	must(t, err)
	c.expect(400, "resolution is required", "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"711"}}`)
	c.expect(204, "", "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"711"},"fields":{"resolution":{"name":"Done"}}}`)
}

func TestSearch(t *testing.T) {
	c := open(t)
	for i := range 3 {
		c.call("POST", "/issue", create(fmt.Sprintf("issue %d", i+1), fmt.Sprintf(`"labels":["hallpass","req-%d"]`, i+1)))
	}
	_, err := c.site.Open(Issue{Project: "OPS", Summary: "other", Labels: []string{"req-1"}, Assignee: "ana"})
	must(t, err)
	for jql, want := range map[string]string{
		`labels = "req-2"`:                          "SEC-2",
		`labels = req-1 AND project = SEC`:          "SEC-1",
		`labels = "req-1"`:                          "OPS-1 SEC-1",
		`labels in (req-2, "req-3") ORDER BY key`:   "SEC-3 SEC-2",
		`project = "SEC" and labels not in (req-2)`: "SEC-3 SEC-1",
		`project = SEC and labels != 'req-3'`:       "SEC-2 SEC-1",
		`assignee = ana`:                            "OPS-1",
		`status = "to do" and key = SEC-3`:          "SEC-3",
		`labels = "with \" quote"`:                  "",
	} {
		body, _ := json.Marshal(map[string]any{"jql": jql, "fields": []string{"status"}})
		if got := keys(c.t, c, string(body)); got != want {
			t.Errorf("%s found %q, want %q", jql, got, want)
		}
	}
	for jql, want := range map[string]string{
		``: "Unbounded", `order by key`: "Unbounded", `labels`: "expected", `colour = red`: "'colour'", `labels = "x`: "completed",
		`labels ~ x`: "expected", `labels = a OR labels = b`: "Expecting", `project = NONE`: "'NONE'", `labels in (a`: "expected",
	} {
		c.expect(400, want, "GET", "/search/jql?jql="+url.QueryEscape(jql), "")
	}
	c.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // the document has forgotten the old search
	c.expect(410, "search/jql", "GET", "/search?jql=labels%3Dx", "")
}

// keys searches page by page, two issues each, and returns the keys.
func keys(t *testing.T, c *caller, body string) string {
	t.Helper()
	var out []string
	token := ""
	for {
		paged := strings.TrimSuffix(body, "}") + `,"maxResults":2` + token + `}`
		_, answer := c.call("POST", "/search/jql", paged)
		var page struct {
			Issues        []struct{ Key string }
			IsLast        bool
			NextPageToken string
		}
		must(t, json.Unmarshal([]byte(answer), &page))
		for _, i := range page.Issues {
			out = append(out, i.Key)
		}
		if page.IsLast {
			return strings.Join(out, " ")
		}
		token = fmt.Sprintf(`,"nextPageToken":%q`, page.NextPageToken)
	}
}

func TestASearchMayNotSeeANewIssueYet(t *testing.T) {
	c := open(t)
	c.site.SetSearchLag(2)
	c.call("POST", "/issue", create("new", `"labels":["req-9"]`))
	for i, want := range []string{`"issues":[]`, `"issues":[]`, `"id":`} {
		_, body := c.call("GET", "/search/jql?jql=labels%3Dreq-9", "")
		if !strings.Contains(body, want) {
			t.Errorf("search %d: %s, want %s", i+1, body, want)
		}
	}
}

func TestProperties(t *testing.T) {
	c := open(t)
	c.expect(201, "SEC-1", "POST", "/issue", `{"fields":{"project":{"key":"SEC"},"issuetype":{"name":"Task"},"summary":"x"},"properties":[{"key":"hallpass","value":{"request":"R1"}}]}`)
	c.expect(200, `"request":"R1"`, "GET", "/issue/SEC-1/properties/hallpass", "")
	c.expect(200, `"properties":{"hallpass"`, "GET", "/issue/SEC-1?properties=hallpass", "")
	c.expect(200, `"key":"hallpass"`, "GET", "/issue/SEC-1/properties", "")
	c.expect(200, ``, "PUT", "/issue/SEC-1/properties/hallpass", `{"request":"R2"}`)
	c.expect(201, ``, "PUT", "/issue/SEC-1/properties/other", `1`)
	c.expect(400, `valid`, "PUT", "/issue/SEC-1/properties/other", `{`)
	c.expect(204, ``, "DELETE", "/issue/SEC-1/properties/hallpass", "")
	c.expect(404, `does not exist`, "DELETE", "/issue/SEC-1/properties/hallpass", "")
	c.expect(404, `does not exist`, "GET", "/issue/SEC-1/properties/hallpass", "")
}

func TestProjectsTypesAndMyself(t *testing.T) {
	c := open(t)
	c.expect(200, `"name":"Incident"`, "GET", "/project/OPS", "")
	c.expect(404, `No project could be found with key 'NONE'.`, "GET", "/project/NONE", "")
	c.expect(200, `"name":"Task"`, "GET", "/issuetype", "")
	c.expect(200, `"emailAddress":"bot@acme.example"`, "GET", "/myself", "")
	c.token = "wrong"
	for _, path := range []string{"/myself", "/issue/SEC-1", "/project/SEC"} {
		c.expect(401, "must be authenticated", "GET", path, "")
	}
}

func TestWritingToOneIssueTooFast(t *testing.T) {
	c := open(t)
	c.site.SetWriteLimits(WriteLimit{2, 10 * time.Second})
	c.call("POST", "/issue", create("x"))
	comment := `{"body":` + adf("x") + `}`
	c.expect(201, "", "POST", "/issue/SEC-1/comment", comment)
	c.clock.at = c.clock.at.Add(4 * time.Second)
	c.expect(201, "", "POST", "/issue/SEC-1/comment", comment)
	res, _ := c.call("POST", "/issue/SEC-1/comment", comment)
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "6" || res.Header.Get("RateLimit-Reason") != "jira-per-issue-on-write" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	c.clock.at = c.clock.at.Add(6 * time.Second)
	c.expect(201, "", "POST", "/issue/SEC-1/comment", comment)
	c.site.Faults.Set(faults.Fault{Kind: faults.RateLimited, RetryAfter: 90 * time.Second})
	res, _ = c.call("GET", "/myself", "")
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "90" || res.Header.Get("X-RateLimit-Reset") != "2026-11-02T12:01Z" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}

func TestWaitIsWokenByAComment(t *testing.T) {
	c := open(t)
	c.call("POST", "/issue", create("x"))
	done := make(chan error)
	go func() {
		done <- c.site.Wait(t.Context(), func() bool { i, _ := c.site.Issue("SEC-1"); return len(i.Comments) == 1 })
	}()
	c.call("POST", "/issue/SEC-1/comment", `{"body":`+adf("x")+`}`)
	must(t, <-done)
}

func TestWhatCannotBe(t *testing.T) {
	c := open(t)
	key, err := c.site.Open(Issue{Project: "SEC", Summary: "x"})
	must(t, err)
	_, noProject := c.site.Open(Issue{Project: "NONE"})
	for what, err := range map[string]error{
		"no project": noProject, "no status": c.site.Move(key, "Lost"), "no issue": c.site.Move("SEC-9", "Done"),
		"assigned to nobody known": c.site.Assign(key, "none"), "project twice": c.site.AddProject(Project{Key: "SEC"}),
		"account twice": c.site.AddPerson(Person{AccountID: "ana"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
