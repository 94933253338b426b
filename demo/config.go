package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hallpass/sandbox"
)

// Timing are the demo's machine times: short, so that a proof does not take half a minute of a visitor's.
type Timing struct {
	CallTimeout time.Duration
	ProofGap    time.Duration
}

// DefaultTiming suits somebody who watches.
var DefaultTiming = Timing{CallTimeout: 3 * time.Second, ProofGap: 2 * time.Second}

// Files writes config.yaml and its secrets for a company into a folder, and returns the path of the configuration.
func Files(dir string, c *sandbox.Company, t Timing) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	err = os.MkdirAll(filepath.Join(dir, "secrets"), 0o700)
	for name, value := range map[string]string{"slack-app-token": sandbox.SlackAppToken, "slack-bot-token": sandbox.SlackBotToken, "okta-token": sandbox.OktaToken,
		"pagerduty-token": sandbox.PagerDutyToken, "jira-token": sandbox.JiraToken} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, "secrets", name), []byte(value+"\n"), 0o600))
	}
	path := filepath.Join(dir, "config.yaml")
	return path, errors.Join(err, os.WriteFile(path, fmt.Appendf(nil, configuration, c.Slack.APIURL(), sandbox.TeamID, sandbox.FeedChannel, sandbox.AuditChannel,
		c.Okta.URL(), c.PagerDuty.URL(), c.Jira.URL(), sandbox.JiraEmail, sandbox.TicketsProject, sandbox.PrimarySchedule, t.CallTimeout, t.ProofGap), 0o600))
}

// AddTeams adds the company's Teams to a configuration that Files wrote.
func AddTeams(path string, c *sandbox.Company) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	t := c.Teams
	text = fmt.Appendf(text, inTeamsToo, sandbox.TeamsAppID, sandbox.TenantID, t.MetadataURL(), t.TokenURL(), t.ServiceURL(), strings.TrimSuffix(t.ServiceURL(), "/teams/"))
	return errors.Join(os.WriteFile(path, text, 0o600), os.WriteFile(filepath.Join(filepath.Dir(path), "secrets", "teams-secret"), []byte(sandbox.TeamsSecret+"\n"), 0o600))
}

const inTeamsToo = `
teams:
  app_id: %s
  secret: file:secrets/teams-secret
  tenant: %s
  listen: 127.0.0.1:0
  link: {attribute: entraId}
  metadata_url: %q
  token_url: %q
  service_url: %q
  service_hosts: [%q]
`

// configuration is an ordinary config.yaml, but for its addresses on loopback and its short timing.
const configuration = `store: {dsn: "sqlite:hallpass.db"}
witness: {file: witness}
slack:
  app_token: file:secrets/slack-app-token
  bot_token: file:secrets/slack-bot-token
  api_url: %[1]q
  team_ids: [%[2]s]
  feed_channel: %[3]s
  audit_channel: %[4]s
people:
  directory: okta
  link: {attribute: slackId}
  admins: [{group: security}]
help: {channel: "#access-help"}
integrations:
  okta: {kind: okta, api_url: %[5]q, token: file:secrets/okta-token, sync: 1m, tags_from: {profile: jitTags}, sessions_outlive: 1h}
  pagerduty: {kind: pagerduty, api_url: %[6]q, token: file:secrets/pagerduty-token}
  jira: {kind: jira, api_url: %[7]q, user: %[8]s, token: file:secrets/jira-token, project: %[9]s}
timing: {call_timeout: %[11]s, proof_gap: %[12]s}

flows:
  - name: production
    who: {any: [{group: engineering}], except: [{group: contractors}]}
    what:
      - {in: okta, type: group, tags: {env: prod}}
    how_long: {choices: [30m, 1h, 2h], default: 1h, max: 8h, custom: true, extend: {times: 2, by: 2h}}
    why: {reason: required, at_least: 10, hint: "The ticket, and what you will do"}
    approval:
      steps:
        - all: [{manager: 1}]
        - all: [{shift: {in: pagerduty, schedule: %[10]s, level: 1}}]
      fallback: [{group: security}]
      remind: 15m
      lapse: 24h
    warn: 10m
    tickets: {in: jira, issue_type: Task, granted: "In Progress", ended: Done}

  - name: staging
    who: {any: [{everyone: true}]}
    what:
      - {in: okta, type: group, tags: {env: staging}}
    how_long: {choices: [1h, 8h], default: 1h, max: 8h, in_total: 40h per 7d}
    why: {reason: optional}
    approval: {automatic: true, fallback: [{group: security}]}
`
