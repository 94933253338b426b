package worlds

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"hallpass/config"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/worlds/checker"
)

// The groups of people that flows name, by the names that Okta has for them.
var groupsByName = map[string]string{"engineering": sandbox.EngineeringGroup, "security": sandbox.SecurityGroup, "database-owners": sandbox.DatabaseOwnersGroup,
	"sre": sandbox.SREGroup, "contractors": sandbox.ContractorsGroup}

// Policy is the flows of a world at a time: how production is decided, and whether the cache is forbidden.
type Policy struct {
	Steps   [][]Need // of production
	Deny    bool     // prod-cache is forbidden
	Longest int      // hours
	Tickets bool
	Store   string // its dsn; a file in the folder of the configuration when empty
}

// Need is one requirement: so many of some people.
type Need struct {
	From  string // "manager", "shift", or the name of a group
	Count int
}

func (n Need) yaml() string {
	switch n.From {
	case "manager":
		return "{manager: 1}"
	case "shift":
		return "{shift: {in: pagerduty, schedule: " + sandbox.PrimarySchedule + ", level: 1}}"
	}
	if n.Count > 1 {
		return fmt.Sprintf("{group: %s, at_least: %d}", n.From, n.Count)
	}
	return "{group: " + n.From + "}"
}

// Times of every policy.
const (
	warnBefore  = 10 * time.Minute
	callTimeout = 10 * time.Second
	syncEvery   = 30 * time.Minute
)

const head = `slack:
  app_token: env:SLACK_APP
  bot_token: env:SLACK_BOT
  api_url: ` + sandbox.SlackBase + `/api/
  team_ids: [` + sandbox.TeamID + `]
  feed_channel: ` + sandbox.FeedChannel + `
  audit_channel: ` + sandbox.AuditChannel + `
people:
  directory: okta
  link: {attribute: slackId}
  admins: [{group: security}]
  same_human: [[ana.silva@acme.example, finn.berg@acme.example]]
policy: {widening: confirm}
limits: {pending: 10, per_day: 100}
integrations:
  okta: {kind: okta, api_url: "` + sandbox.OktaBase + `", token: env:OKTA, sync: 30m, tags_from: {profile: jitTags}}
  pagerduty: {kind: pagerduty, api_url: "` + sandbox.PagerDutyBase + `", token: env:PAGERDUTY}
  jira: {kind: jira, api_url: "` + sandbox.JiraBase + `", user: ` + sandbox.JiraEmail + `, token: env:JIRA, project: ` + sandbox.TicketsProject + `}
timing: {call_timeout: 10s, proof_gap: 20s}
flows:
`

const forbidden = `  - name: forbidden
    deny: true
    who: {any: [{everyone: true}]}
    what: [{in: okta, type: group, name: "*-cache"}]
`

const production = `  - name: production
    who: {any: [{group: engineering}], except: [{group: contractors}]}
    what: [{in: okta, type: group, name: "prod-*"}]
    how_long: {choices: [20m, 30m, 1h, 2h], default: 30m, max: %dh, custom: true, extend: {times: 2, by: 1h}}
    why: {reason: required, at_least: 5}
    approval:
      steps: [%s]
      fallback: [{group: security}]
      remind: 15m
      lapse: 40m
    warn: 10m
`

const ticketed = `    tickets: {in: jira, issue_type: Task, granted: "In Progress", ended: Done}
`

const staging = `  - name: staging
    who: {any: [{everyone: true}]}
    what: [{in: okta, type: group, name: "analytics-*"}]
    how_long: {choices: [20m, 30m, 1h], default: 30m, max: 2h, in_total: 40h per 7d}
    approval: {automatic: true, fallback: [{group: security}]}
    warn: 10m
`

// YAML is the whole configuration.
func (p Policy) YAML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "store: {dsn: %q}\n", cmp.Or(p.Store, "sqlite:hallpass.db"))
	b.WriteString(head)
	if p.Deny {
		b.WriteString(forbidden)
	}
	var steps []string
	for _, s := range p.Steps {
		var all []string
		for _, n := range s {
			all = append(all, n.yaml())
		}
		steps = append(steps, "{all: ["+strings.Join(all, ", ")+"]}")
	}
	fmt.Fprintf(&b, production, p.Longest, strings.Join(steps, ", "))
	if p.Tickets {
		b.WriteString(ticketed)
	}
	b.WriteString(staging)
	return b.String()
}

// Config is the policy's configuration as the program reads it, with its database at a path.
func (p Policy) Config(dir string) (*config.Config, error) {
	return config.Parse(dir+"/config.yaml", []byte(p.YAML()), config.Options{Getenv: secret})
}

func secret(name string) string {
	return map[string]string{"SLACK_APP": sandbox.SlackAppToken, "SLACK_BOT": sandbox.SlackBotToken, "OKTA": sandbox.OktaToken, "PAGERDUTY": sandbox.PagerDutyToken,
		"JIRA": sandbox.JiraToken}[name]
}

// plain is the policy as the checker knows it, under the hashes by which the log names it and its flows.
func (p Policy) plain(c *config.Config) checker.Policy {
	out := checker.Policy{Hash: flows.NewPolicy(c.Flows, c.Guarded, "okta").Hash}
	for _, f := range c.Flows {
		plain := checker.Flow{Hash: f.Hash(), Name: f.Name, Warn: warnBefore}
		switch f.Name {
		case "forbidden":
			plain.Deny, plain.Things = true, []string{sandbox.ProdCacheGroup}
		case "production":
			plain.Things, plain.Longest, plain.Tickets = []string{sandbox.ProdDBGroup, sandbox.ProdCacheGroup}, time.Duration(p.Longest)*time.Hour, p.Tickets
			plain.Who, plain.Fallback = "engineering", "security"
			for _, s := range p.Steps {
				var step []checker.Need
				for _, n := range s {
					step = append(step, checker.Need{From: n.From, Count: max(1, n.Count)})
				}
				plain.Steps = append(plain.Steps, step)
			}
		case "staging":
			plain.Automatic, plain.Things, plain.Longest = true, []string{sandbox.AnalyticsReadGroup}, 2*time.Hour
		}
		out.Flows = append(out.Flows, plain)
	}
	return out
}
