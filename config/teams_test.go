package config

import (
	"strings"
	"testing"

	"hallpass/flows"
)

const (
	testTenant  = "99999999-8888-7777-6666-555555555555"
	testChannel = "19:feed@thread.tacv2"
)

func TestTeamsBesideSlack(t *testing.T) {
	c := good(t, "people:\n", teamsBlock("link: {attribute: entraId}", `feed_channel: "`+testChannel+`"`, "feed: {reason: hide}", `rooms: ["19:all@thread.tacv2"]`,
		"service_url: http://127.0.0.1:9/teams", "service_hosts: [http://127.0.0.1:9]")+"people:\n",
		"team_ids: [T01ACME]", "team_ids: [T01ACME]\n  audit_channel: C0A")
	s := c.Teams
	if !s.Used() || !c.Slack.Used() || s.Secret.Reveal() != "the-teams-secret" || s.Tenant != testTenant || s.Listen != DefaultTeamsListen || s.Link.Attribute != "entraId" {
		t.Errorf("teams %+v", s)
	}
	if s.Cloud.ServiceURL != "http://127.0.0.1:9/teams" || s.Cloud.Issuer != "" || len(s.Cloud.ServiceHosts) != 1 || len(s.Rooms) != 1 {
		t.Errorf("the cloud %+v, rooms %v", s.Cloud, s.Rooms)
	}
	if c.Feed != (flows.Place{Platform: "teams", Workspace: testTenant, Channel: testChannel}) || !c.HideReason {
		t.Errorf("the feed %+v", c.Feed)
	}
	if c.Audit != (flows.Place{Platform: "slack", Workspace: "T01ACME", Channel: "C0A"}) {
		t.Errorf("the audit %+v", c.Audit)
	}
}

func TestTeamsAlone(t *testing.T) {
	text := strings.Replace(read(t, "good.yaml"), "slack:\n  app_token: env:SLACK_APP_TOKEN\n  bot_token: env:SLACK_BOT_TOKEN\n  team_ids: [T01ACME]\n", teamsBlock(), 1)
	c, err := Parse("config.yaml", []byte(text), settings())
	if err != nil {
		t.Fatal(err)
	}
	if c.Slack.Used() || !c.Teams.Used() || c.Teams.Link != nil || c.People.Link.Attribute != "slackId" {
		t.Errorf("slack %+v, teams %+v", c.Slack, c.Teams)
	}
}

// Activities and accounts have ids in small letters; a file may have them as the portal copies them.
func TestTheTenantIsWrittenInAnyCase(t *testing.T) {
	text := strings.Replace(read(t, "good.yaml"), "people:\n", teamsBlock("link: {attribute: entraId}", `feed_channel: "`+testChannel+`"`)+"people:\n", 1)
	text = strings.Replace(text, testTenant, "9999999A-8888-7777-6666-55555555555B", 1)
	c, err := Parse("config.yaml", []byte(text), settings())
	if err != nil || c.Teams.Tenant != "9999999a-8888-7777-6666-55555555555b" || c.Feed.Workspace != c.Teams.Tenant {
		t.Errorf("the tenant is %q, the feed in %q, %v", c.Teams.Tenant, c.Feed.Workspace, err)
	}
}

// There is one feed and one audit channel, wherever they are.
func TestOneFeed(t *testing.T) {
	text := strings.NewReplacer("team_ids: [T01ACME]", "team_ids: [T01ACME]\n  feed_channel: C0F",
		"people:\n", teamsBlock("link: {attribute: entraId}", `feed_channel: "`+testChannel+`"`)+"people:\n").Replace(read(t, "good.yaml"))
	want := "12:17: the feed is kept in one channel; name it under slack or under teams, not both"
	if got := problemsOf(text, settings()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
