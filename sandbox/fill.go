package sandbox

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"hallpass/sandbox/jira"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/pagerduty"
	"hallpass/sandbox/slack"
	"hallpass/sandbox/teams"
)

// Channels of the workspace. The bot is in all of them but the shared one.
const (
	FeedChannel   = "C0FEED"   // #access-feed
	AuditChannel  = "C0AUDIT"  // #access-audit
	HelpChannel   = "C0HELP"   // #access-help, the one channel that Gus is in
	SharedChannel = "C0SHARED" // #acme-and-other, shared with Sam's company
)

// Groups of people in Okta.
const (
	EngineeringGroup    = "00gengineering000001"
	ContractorsGroup    = "00gcontractors000002"
	SecurityGroup       = "00gsecurity000000003"
	DatabaseOwnersGroup = "00gdatabaseowners004"
	SREGroup            = "00gsre00000000000005"
)

// Groups in Okta that give access to something. The last two must never be a target: an application's import manages the
// members of one, a rule those of the other.
const (
	ProdDBGroup        = "00gproddb00000000011" // env=prod, team=payments
	ProdCacheGroup     = "00gprodcache00000012" // env=prod, team=payments
	AnalyticsReadGroup = "00ganalyticsread0013" // env=staging
	SalesforceGroup    = "00gsalesforce0000014" // APP_GROUP, env=prod
	AllEngineersGroup  = "00gallengineers00015" // assigned by a rule, env=prod
)

// The rota. Ben and Dev take turns: one on the primary schedule, which is level 1, the other on the secondary, level 2.
const (
	PrimarySchedule   = "PSRE01" // SRE primary
	SecondarySchedule = "PSRE02" // SRE secondary
	SREPolicy         = "PPOLSRE"
)

// The projects, and the issue that Ana works on.
const (
	TicketsProject = "SEC"
	WorkProject    = "OPS"
	AnasIssue      = "OPS-1"
)

// How the rota is laid out: who is on call when Acme starts has been so for a while and will be for some hours.
const (
	shiftBefore = 4 * time.Hour
	shiftAfter  = 8 * time.Hour
	shiftLength = 12 * time.Hour
	shifts      = 60
)

func fillSlack(w *slack.Workspace) {
	everybody := []string{BotUserID}
	for _, p := range People() {
		w.AddUser(slack.User{
			ID: p.Slack, TeamID: TeamID, Name: strings.ToLower(p.Name), RealName: p.First + " " + p.Last, Email: p.Email,
			Title: p.Title + ", " + p.Department, TZ: p.Zone, UltraRestricted: p.Guest, Admin: p.Admin,
		})
		if !p.Guest {
			everybody = append(everybody, p.Slack)
		}
	}
	w.AddUser(slack.User{
		ID: SamSlack, TeamID: StrangersTeamID, Name: "sam", RealName: "Sam Reed", Email: "sam.reed@other.example", TZ: "Europe/London", Stranger: true,
	})
	w.AddChannel(slack.Channel{ID: FeedChannel, Name: "access-feed", Members: everybody})
	w.AddChannel(slack.Channel{ID: AuditChannel, Name: "access-audit", Private: true, Members: []string{BotUserID, EveSlack}})
	w.AddChannel(slack.Channel{ID: HelpChannel, Name: "access-help", Members: append(slices.Clone(everybody), GusSlack)})
	w.AddChannel(slack.Channel{ID: SharedChannel, Name: "acme-and-other", ExtShared: true, Members: []string{AnaSlack, BenSlack, SamSlack}})
}

// The team of the company, and its channels. The app is in the team.
const (
	TeamsTeam         = "19:general@thread.tacv2"
	TeamsFeedChannel  = "19:access-feed@thread.tacv2"
	TeamsAuditChannel = "19:access-audit@thread.tacv2"
)

func fillTeams(t *teams.Tenant) {
	var everybody []string
	for _, p := range People() {
		home := TenantID
		if p.Guest {
			home = StrangersTenantID
		}
		t.AddUser(teams.User{ID: p.Teams, TenantID: home, Name: p.First + " " + p.Last, Given: p.First, Surname: p.Last, Email: p.Email, TZ: p.Zone, Guest: p.Guest})
		everybody = append(everybody, p.Teams)
	}
	t.AddUser(teams.User{ID: SamTeams, TenantID: StrangersTenantID, Name: "Sam Reed", Email: "sam.reed@other.example", TZ: "Europe/London"})
	t.AddTeam(teams.Team{ID: TeamsTeam, Name: "Acme", GroupID: "c0000000-0000-4000-8000-000000000009", Members: everybody})
	t.AddChannel(teams.Channel{ID: TeamsFeedChannel, Name: "access-feed", TeamID: TeamsTeam})
	t.AddChannel(teams.Channel{ID: TeamsAuditChannel, Name: "access-audit", TeamID: TeamsTeam})
}

func fillOkta(o *okta.Org) error {
	var errs []error
	login := map[string]string{}
	for _, p := range People() {
		login[p.Okta] = p.Email
	}
	for _, p := range People() {
		profile := map[string]any{"title": p.Title, "department": p.Department, "timezone": p.Zone, "slackId": p.Slack, "entraId": p.Teams}
		if p.Manager != "" {
			profile["managerId"] = login[p.Manager]
		}
		errs = append(errs, o.AddUser(okta.User{ID: p.Okta, Email: p.Email, FirstName: p.First, LastName: p.Last, Profile: profile}))
		if p.Manager != "" {
			errs = append(errs, o.SetManager(p.Okta, p.Manager))
		}
	}
	for _, g := range oktaGroups() {
		errs = append(errs, o.AddGroup(g.Group))
		for _, m := range g.members {
			errs = append(errs, o.AddMember(g.ID, m))
		}
	}
	errs = append(errs, o.AddRule(okta.Rule{
		ID: "0prallengineers00001", Name: "All engineers", Expression: `isMemberOfAnyGroup("` + EngineeringGroup + `")`, GroupIDs: []string{AllEngineersGroup},
	}))
	return errors.Join(errs...)
}

// peopled is a group with the members it begins with.
type peopled struct {
	okta.Group
	members []string
}

func oktaGroups() []peopled {
	tags := func(s string) map[string]any { return map[string]any{"jitTags": s} }
	return []peopled{
		{okta.Group{ID: EngineeringGroup, Name: "engineering"}, []string{AnaOkta, BenOkta, CaroOkta, DevOkta, FinnOkta}},
		{okta.Group{ID: ContractorsGroup, Name: "contractors"}, []string{GusOkta}},
		{okta.Group{ID: SecurityGroup, Name: "security"}, []string{EveOkta}},
		{okta.Group{ID: DatabaseOwnersGroup, Name: "database-owners"}, []string{BenOkta, CaroOkta, DevOkta}},
		{okta.Group{ID: SREGroup, Name: "sre"}, []string{BenOkta, DevOkta}},
		{okta.Group{ID: ProdDBGroup, Name: "prod-db", Description: "Read and write on production payments", Profile: tags("env=prod,team=payments")}, nil},
		{okta.Group{ID: ProdCacheGroup, Name: "prod-cache", Description: "The production cache of payments", Profile: tags("env=prod,team=payments")}, nil},
		{okta.Group{ID: AnalyticsReadGroup, Name: "analytics-read", Description: "Read the staging warehouse", Profile: tags("env=staging")}, []string{FinnOkta}},
		{okta.Group{ID: SalesforceGroup, Name: "salesforce-users", Type: okta.AppGroup, Profile: tags("env=prod")}, []string{EveOkta}},
		{okta.Group{ID: AllEngineersGroup, Name: "all-engineers", Profile: tags("env=prod")}, nil},
	}
}

func fillPagerDuty(a *pagerduty.Account, now time.Time) error {
	errs := []error{
		a.AddSchedule(pagerduty.Schedule{ID: PrimarySchedule, Name: "SRE primary"}),
		a.AddSchedule(pagerduty.Schedule{ID: SecondarySchedule, Name: "SRE secondary"}),
		a.AddPolicy(pagerduty.Policy{ID: SREPolicy, Name: "SRE"}),
	}
	for _, p := range People() {
		if p.PagerDuty != "" {
			errs = append(errs, a.AddUser(pagerduty.User{ID: p.PagerDuty, Name: p.First + " " + p.Last, Email: p.Email, TimeZone: p.Zone}))
		}
	}
	first, second := Who("Ben").PagerDuty, Who("Dev").PagerDuty
	start := now.Add(-shiftBefore).Truncate(time.Hour)
	end := now.Add(shiftAfter).Truncate(time.Hour)
	for range shifts {
		errs = append(errs,
			a.PutOnCall(pagerduty.Shift{Schedule: PrimarySchedule, Policy: SREPolicy, Level: 1, User: first, Start: start, End: end}),
			a.PutOnCall(pagerduty.Shift{Schedule: SecondarySchedule, Policy: SREPolicy, Level: 2, User: second, Start: start, End: end}))
		start, end = end, end.Add(shiftLength)
		first, second = second, first
	}
	return errors.Join(errs...)
}

func fillJira(s *jira.Site) error {
	errs := []error{
		s.AddProject(jira.Project{Key: TicketsProject, Name: "Security"}),
		s.AddProject(jira.Project{Key: WorkProject, Name: "Operations", IssueTypes: []string{"Task", "Incident"}, Workflow: jira.Strict()}),
	}
	for _, p := range People() {
		if p.Jira != "" {
			errs = append(errs, s.AddPerson(jira.Person{AccountID: p.Jira, Name: p.First + " " + p.Last, Email: p.Email}))
		}
	}
	key, err := s.Open(jira.Issue{Project: WorkProject, Summary: "Replay failed payments", Reporter: Who("Caro").Jira, Assignee: Who("Ana").Jira})
	return errors.Join(append(errs, err, s.Move(key, "In Progress"))...)
}

// slackWrites tells which methods of the Web API change what people see.
func slackWrites(path string) bool {
	method := path[strings.LastIndexByte(path, '/')+1:]
	return strings.HasPrefix(method, "chat.") && method != "chat.getPermalink" || strings.HasPrefix(method, "views.") || method == "conversations.open"
}

// okOf tells whether Slack's answer says ok.
func okOf(answer []byte) bool {
	var a struct{ OK bool }
	return json.Unmarshal(answer, &a) == nil && a.OK
}
