package okta

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHistoryAndLogSayWhoDidWhat(t *testing.T) {
	c := open(t)
	start := c.clock.at
	c.clock.at = start.Add(time.Minute)
	c.call("PUT", "/api/v1/groups/00gprod/users/00uana")
	c.call("PUT", "/api/v1/groups/00gprod/users/00uana")
	c.clock.at = start.Add(2 * time.Minute)
	must(t, c.org.RemoveMember("00gprod", "00uana"))

	var got []string
	for _, h := range c.org.History() {
		got = append(got, fmt.Sprintf("%s %s %s %v %s %v", h.At.Format("15:04"), h.Group, h.User, h.Added, h.By, h.ByAPI))
	}
	want := []string{
		"12:00 00gsre 00uben true 00uConsole false",
		"12:01 00gprod 00uana true 00uTokenOwner true",
		"12:02 00gprod 00uana false 00uConsole false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("history:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	ours := url.Values{"filter": {`eventType eq "group.user_membership.add" and actor.id eq "00uTokenOwner" and target.id eq "00gprod"`}, "until": {"2026-11-02T13:00:00Z"}}
	res, body := c.call("GET", "/api/v1/logs?"+ours.Encode())
	var events []struct{ Published string }
	must(t, json.Unmarshal([]byte(body), &events))
	if len(events) != 1 || events[0].Published != "2026-11-02T12:01:00.000Z" || next(res) != "" {
		t.Errorf("log: %s, links %v", body, res.Header.Values("Link"))
	}
}

func TestTheLogIsPolled(t *testing.T) {
	c := open(t)
	res, _ := c.call("GET", "/api/v1/logs?limit=50&since=2026-11-02T00:00:00Z")
	for round := range 3 {
		must(t, c.org.AddMember("00gprod", []string{"00uana", "00uben", "00ucaro"}[round]))
		var body string
		res, body = c.call("GET", strings.TrimPrefix(next(res), c.org.URL()))
		if n := strings.Count(body, `"uuid"`); n != 1 {
			t.Errorf("poll %d saw %d events: %s", round+1, n, body)
		}
	}
	_, body := c.call("GET", "/api/v1/logs?limit=2&sortOrder=DESCENDING")
	if i, j := strings.Index(body, "caro@"), strings.Index(body, "ben@"); i < 0 || j < i {
		t.Errorf("newest first: %s", body)
	}
}

func TestRulesAreEvaluated(t *testing.T) {
	c := open(t)
	must(t, c.org.AddGroup(Group{ID: "00gall", Name: "all-engineers"}))
	must(t, c.org.AddRule(Rule{ID: "0pr1", Name: "engineers", GroupIDs: []string{"00gall"},
		Expression: `user.department=="Engineering" and user.title!="Intern" OR isMemberOfAnyGroup("00gprod")`}))
	expect := func(what string, want ...string) {
		t.Helper()
		if got := c.org.Members("00gall"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	expect("the rule finds who is there", "00uana")
	must(t, c.org.SetProfile("00uben", map[string]any{"department": "Engineering"}))
	expect("a changed attribute joins", "00uana", "00uben")
	must(t, c.org.SetProfile("00uben", map[string]any{"title": "Intern"}))
	expect("an attribute that matches no longer leaves", "00uana")
	c.call("PUT", "/api/v1/groups/00gprod/users/00ucaro")
	expect("a membership joins", "00uana", "00ucaro")
	c.call("DELETE", "/api/v1/groups/00gall/users/00uana")
	expect("who is removed by hand is excluded", "00ucaro")
	if _, body := c.call("GET", "/api/v1/groups/rules"); !strings.Contains(body, `"exclude":["00uana"]`) || !strings.Contains(body, `"groupIds":["00gall"]`) {
		t.Errorf("rules: %s", body)
	}
	must(t, c.org.Deactivate("00ucaro"))
	expect("who leaves the company leaves the group")
	if by := c.org.History()[1].By; by != RulesID {
		t.Errorf("the rule's assignment was made by %s", by)
	}
	if err := c.org.AddRule(Rule{Name: "bad", Expression: "everybody", GroupIDs: []string{"00gall"}}); err == nil {
		t.Error("an expression that is not understood was taken")
	}
	if err := c.org.AddRule(Rule{Name: "bad", Expression: `user.a=="b"`, GroupIDs: []string{"00gapp"}}); err == nil {
		t.Error("a rule was given an APP_GROUP")
	}
}

func TestTheCompanyMovesOn(t *testing.T) {
	c := open(t)
	must(t, c.org.Suspend("00uben"))
	must(t, c.org.RenameGroup("00gsre", "site-reliability"))
	if _, body := c.call("GET", "/api/v1/groups/00gsre/users"); !strings.Contains(body, `"SUSPENDED"`) {
		t.Errorf("a suspended member is no member: %s", body)
	}
	if _, body := c.call("GET", "/api/v1/groups/00gsre"); !strings.Contains(body, `"name":"site-reliability"`) {
		t.Errorf("renamed: %s", body)
	}
	must(t, c.org.Deactivate("00uben"))
	if res, body := c.call("PUT", "/api/v1/groups/00gsre/users/00uben"); res.StatusCode != 403 || !strings.Contains(body, "E0000038") {
		t.Errorf("adding who has left: %d %s", res.StatusCode, body)
	}
	must(t, c.org.DeleteUser("00uben"))
	must(t, c.org.DeleteGroup("00gsre"))
	for _, path := range []string{"/api/v1/users/00uben", "/api/v1/users/ben@acme.example", "/api/v1/groups/00gsre", "/api/v1/groups/00gsre/users"} {
		if res, _ := c.call("GET", path); res.StatusCode != 404 {
			t.Errorf("%s: %d after the delete", path, res.StatusCode)
		}
	}
	for what, err := range map[string]error{
		"no such user": c.org.Suspend("00unone"), "no such group": c.org.RenameGroup("00gnone", "x"),
		"member of nothing": c.org.AddMember("00gnone", "00uana"), "nobody as member": c.org.AddMember("00gprod", "00unone"),
		"twice": c.org.AddUser(User{ID: "00uana"}), "login twice": c.org.AddUser(User{Email: "ana@acme.example"}),
		"group twice": c.org.AddGroup(Group{ID: "00gprod"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestTheInnerSideReads(t *testing.T) {
	c := open(t)
	users, groups := c.org.Users(), c.org.Groups()
	if len(users) != 3 || users[0].Email != "ana@acme.example" || users[0].Login != "ana@acme.example" || users[2].Status != Suspended {
		t.Errorf("users %+v", users)
	}
	if len(groups) != 3 || groups[0].Type != AppGroup || groups[1].Description != "Production" || groups[1].Profile["jitTags"] != "env=prod" {
		t.Errorf("groups %+v", groups)
	}
}

func TestWaitIsWokenByACall(t *testing.T) {
	c := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	news := c.org.Subscribe(ctx)
	done := make(chan error)
	go func() { done <- c.org.Wait(ctx, func() bool { return c.org.IsMember("00gprod", "00uana") }) }()
	c.call("PUT", "/api/v1/groups/00gprod/users/00uana")
	must(t, <-done)
	if _, ok := <-news; !ok {
		t.Error("no news of the change")
	}
}
