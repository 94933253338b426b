package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hallpass/sandbox"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/pagerduty"
	"hallpass/sandbox/slack"
)

// attack is what somebody who asks could try to get access that nobody meant to give, by whatever is theirs to change.
type attack struct {
	who   sandbox.Person // Ana, where nobody is named
	group string         // what is wanted: prod-db, where nothing is named
	plan  plan
	// try does it, and gives what the attacker reads in the end.
	try   func(w *town) string
	reads []string
	// had is how often they got into the group by the front door before.
	had int
}

// with puts other words into the configuration.
func with(from, to string) func(string) string {
	return func(text string) string {
		if !strings.Contains(text, from) {
			panic("the configuration does not say " + from)
		}
		return strings.Replace(text, from, to, 1)
	}
}

// shiftOnly has whoever is on call decide alone.
var shiftOnly = with(managerFirst, "")

// eveningsWhere needs nobody in the evening of a zone.
func eveningsWhere(zone string) func(string) string {
	return func(text string) string {
		return with("max: 8h, custom: true", "max: 8h, custom: true, in_total: 40h per 7d")(
			with("      steps:\n", "      automatic: [{during: {days: mon-fri, hours: \"18:00-22:00\", zone: "+zone+"}}]\n      steps:\n")(text))
	}
}

// anasPager is Ana's account in PagerDuty, where everybody may take a shift over.
var anasPager = pagerduty.User{ID: "PANA001", Name: "Ana Silva", Email: ana.Email}

// paymentsGroup is a group that anybody could ask for, if the tag of prod-db did not name it as the owner.
const paymentsGroup = "00gpayments000000016"

// attacks are told in the words of those who try them.
var attacks = map[string]attack{
	"I put myself on shift, to decide it myself": {
		plan: plan{edit: shiftOnly, fill: func(c *sandbox.Company) { _ = c.PagerDuty.AddUser(anasPager) }},
		try: func(w *town) string {
			w.overrides(anasPager.ID)
			w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
			card := w.gets(eve, "R1 ·", "Approve, 1 h")
			w.lends(eve, card, ana.Slack)
			w.gets(ana, "R1 ·", "so we ask Eve Moreau")
			return w.text(w.gets(ana, "You asked for this yourself"), ana)
		},
		reads: []string{"You asked for this yourself, so you can’t decide it. Eve Moreau can."},
	},
	"I put myself on shift, to need nobody": {
		plan: plan{edit: onCallAtOnce, fill: func(c *sandbox.Company) { _ = c.PagerDuty.AddUser(anasPager) }},
		try: func(w *town) string {
			w.planned()
			w.later(11 * time.Hour)
			w.planned()
			w.later(2 * time.Hour)
			w.planned()
			w.overrides(anasPager.ID)
			return w.waits("R1", "Caro Lind")
		},
		reads: []string{"Not given at once: the plan of SRE primary, as we read it last, did not have you on call now."},
	},
	"I say in the chat that I am where the office is open": {
		plan: plan{edit: eveningsWhere("asker")},
		try: func(w *town) string {
			w.c.Slack.ChangeUser(ana.Slack, func(u *slack.User) { u.TZ = "Asia/Tokyo" }) // 21:25
			return w.waits("R1", "Caro Lind")
		},
	},
	"I write into the directory that I am where the office is open": {
		plan: plan{edit: eveningsWhere("asker")},
		try: func(w *town) string {
			w.asks(ana, "analytics-read for 1h")
			w.gets(ana, "R1 · You have")
			w.stop()
			w.c.Okta.SetOwn("", "timezone", true)
			_ = w.c.Okta.SetProfile(ana.Okta, map[string]any{"timezone": "Asia/Tokyo"})
			w.start(plan{})
			w.hears(sandbox.AuditChannel, "Okta lets people change their own timezone")
			return w.waits("R2", "Caro Lind")
		},
	},
	"I change my time zone everywhere, so that the office is open": {
		plan: plan{edit: eveningsWhere("Europe/Berlin")},
		try: func(w *town) string {
			w.c.Slack.ChangeUser(ana.Slack, func(u *slack.User) { u.TZ = "Asia/Tokyo" })
			_ = w.c.Okta.SetProfile(ana.Okta, map[string]any{"timezone": "Asia/Tokyo"})
			return w.waits("R1", "Caro Lind")
		},
	},
	"I change my time zone in Okta, where the office is open by that": {
		plan: plan{edit: func(text string) string {
			return with("max: 8h, custom: true", "max: 8h, custom: true, in_total: 40h per 7d")(
				with("      steps:\n", "      automatic: [{during: {days: mon-fri, hours: \"18:00-22:00\", zone: asker}}]\n      steps:\n")(text))
		}},
		try: func(w *town) string {
			w.asks(ana, "analytics-read for 1h") // access is out, so a restart does not refuse the file
			w.gets(ana, "R1 · You have")
			w.stop()
			w.c.Okta.SetOwn("", "timezone", true)
			_ = w.c.Okta.SetProfile(ana.Okta, map[string]any{"timezone": "Asia/Tokyo"})
			w.start(plan{})
			return w.waits("R2", "Caro Lind")
		},
	},
	"I make a friend my manager": {
		had: 0,
		try: func(w *town) string {
			w.asks(ana, "analytics-read for 1h")
			w.gets(ana, "R1 · You have")
			w.stop()
			w.c.Okta.SetOwn("", "managerId", true)
			_ = w.c.Okta.SetProfile(ana.Okta, map[string]any{"managerId": finn.Email})
			w.start(plan{})
			w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
			return w.text(w.gets(ana, "R2 ·", "Okta lets people change"), ana)
		},
		reads: []string{"Okta lets people change their own managerId, so we can’t tell who decides (your manager)."},
	},
	"I call myself like my manager": {
		try: func(w *town) string {
			w.c.Slack.ChangeUser(ana.Slack, func(u *slack.User) { u.Name, u.RealName = "caro", "Caro Lind" })
			_ = w.c.Okta.SetProfile(ana.Okta, map[string]any{"firstName": "Caro", "lastName": "Lind", "displayName": "Caro Lind"})
			w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
			card := w.gets(caro, "R1 ·", "Approve, 1 h")
			w.sees(caro, card, ana.Email)
			w.lends(caro, card, ana.Slack)
			return w.text(w.gets(ana, "You asked for this yourself"), ana)
		},
		reads: []string{"You asked for this yourself, so you can’t decide it."},
	},
	"I take the address of whoever is on call": {
		plan: plan{edit: shiftOnly},
		try: func(w *town) string {
			_ = w.c.Okta.SetProfile(ana.Okta, map[string]any{"email": ben.Email})
			w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
			return w.text(w.gets(ana, "R1 ·", "We keep asking"), ana)
		},
		reads: []string{"Okta has more than one person with the address ben.okafor@acme.example, so we can’t tell who decides (somebody on call for SRE primary)."},
	},
	"I give the group a name that nobody minds": {
		plan: plan{edit: func(text string) string {
			return with("tags: {env: staging}", `names: ["*-staging"]`)(with("tags: {env: prod}", `names: ["prod-*"]`)(text))
		}},
		try: func(w *town) string {
			_ = w.c.Okta.RenameGroup(sandbox.ProdDBGroup, "db-staging")
			w.syncs()
			w.hears(sandbox.AuditChannel, "prod-db", "db-staging", "until an admin releases it in App Home")
			return w.waits("R1", "Caro Lind")
		},
	},
	"I make a group that is called like the one that may ask": {
		who: eve,
		try: func(w *town) string {
			w.types(ana, "why prod-db") // the names of the file have been looked up before
			_ = w.c.Okta.AddGroup(okta.Group{ID: "00gmine", Name: "engineering"})
			_ = w.c.Okta.AddMember("00gmine", eve.Okta)
			w.syncs()
			w.hears(sandbox.AuditChannel, "Okta has more than one group engineering now.", "stays in force")
			w.types(eve, "prod-db for 1h because OPS-1: replay failed payments")
			return w.c.Slack.ViewText(*w.c.Slack.View(eve.Slack))
		},
		reads: []string{"Nothing called prod-db that you can ask for."},
	},
	"I move a tag": {
		try: func(w *town) string {
			_ = w.c.Okta.SetGroupProfile(sandbox.ProdDBGroup, map[string]any{"jitTags": "env=staging"})
			w.syncs()
			w.hears(sandbox.AuditChannel, "prod-db now has env=staging", "until an admin releases it in App Home")
			return w.waits("R1", "Caro Lind")
		},
	},
	"I name a ticket again and again": {
		plan: plan{edit: func(text string) string { return strings.Replace(wantsMore(text), "reuse: 2", "reuse: 1", 1) }},
		try: func(w *town) string {
			w.names(ana, "prod-db for 1h because replay failed payments", "OPS-1")
			if wrong := w.sends(ana); wrong != "" {
				w.Fatal(wrong)
			}
			w.gets(caro, "R1 ·", "OPS-1")
			w.names(ana, "prod-db for 2h because replay failed payments", "ops-1")
			return w.sends(ana)
		},
		reads: []string{"OPS-1 was named once already, which is the most. Name another ticket."},
	},
	"I name the ticket that Hallpass opened for me": {
		plan: plan{edit: wantsMore},
		try: func(w *town) string {
			w.names(ana, "prod-db for 1h because replay failed payments", "OPS-1")
			if wrong := w.sends(ana); wrong != "" {
				w.Fatal(wrong)
			}
			w.tells("R1", "SEC-1")
			_ = w.c.Jira.Assign("SEC-1", ana.Jira)
			w.names(ana, "prod-db for 1h because replay failed payments", "SEC-1")
			return w.sends(ana)
		},
		reads: []string{"SEC-1 was made by Hallpass itself, so it is no reason to be given anything. Name the ticket of your work."},
	},
	"I decide with my second account": {
		plan: plan{edit: func(text string) string {
			return with("  admins: [{group: security}]\n", "  admins: [{group: security}]\n  same_human: [[ana.silva@acme.example, ana.admin@acme.example]]\n")(owners(text))
		}, fill: secondAccount},
		try: func(w *town) string {
			w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
			w.lends(caro, w.gets(caro, "R1 ·", "Approve, 1 h"), root.Slack)
			said := w.text(w.gets(root, "You asked for this yourself"), root)
			if _, asked := w.find(root, "R1 ·"); asked {
				w.Error("her second account was asked")
			}
			return said
		},
		reads: []string{"You asked for this yourself, so you can’t decide it. Ben Okafor and 2 others can."},
	},
	"I ask for the group that decides": {
		group: sandbox.SecurityGroup,
		plan: plan{fill: func(c *sandbox.Company) {
			_ = c.Okta.SetGroupProfile(sandbox.SecurityGroup, map[string]any{"jitTags": "env=staging"})
		}},
		try: func(w *town) string {
			w.types(ana, "security for 1h because I want to decide")
			return w.c.Slack.ViewText(*w.c.Slack.View(ana.Slack))
		},
		reads: []string{"Nothing called security that you can ask for. Yours: analytics-read, prod-cache, prod-db."},
	},
	"I ask for the group that owns it, to decide what my friends ask for": {
		group: paymentsGroup,
		plan: plan{edit: with("all: [{manager: 1}]", "all: [{owner: {tag: team}}]"), fill: func(c *sandbox.Company) {
			_ = c.Okta.AddGroup(okta.Group{ID: paymentsGroup, Name: "payments", Profile: map[string]any{"jitTags": "env=staging"}})
			_ = c.Okta.AddMember(paymentsGroup, dev.Okta)
		}},
		try: func(w *town) string {
			w.asks(ben, "prod-db for 1h because OPS-1: replay failed payments")
			w.gets(dev, "R1 ·", "Approve, 1 h") // whoever is in it decides
			w.types(ana, "payments for 1h because I want to decide")
			return w.c.Slack.ViewText(*w.c.Slack.View(ana.Slack))
		},
		reads: []string{"Nothing called payments that you can ask for. Yours: analytics-read, prod-cache, prod-db."},
	},
	"I ask for a group whose members administer Okta": {
		group: paymentsGroup,
		plan: plan{fill: func(c *sandbox.Company) {
			_ = c.Okta.AddGroup(okta.Group{ID: paymentsGroup, Name: "payments", Profile: map[string]any{"jitTags": "env=staging"}})
			_ = c.Okta.AssignRole(paymentsGroup, "USER_ADMIN", "Group Administrator")
		}},
		try: func(w *town) string {
			w.types(ana, "payments for 1h because I want to help")
			return w.c.Slack.ViewText(*w.c.Slack.View(ana.Slack))
		},
		reads: []string{"That is nothing that you can ask for."},
	},
	"I ask again after a no": {
		try: func(w *town) string {
			w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
			w.press(caro, w.gets(caro, "R1 ·", "Approve"), "deny")
			w.fills(caro, "comment", slack.Typed("use the replica"))
			w.sends(caro)
			w.gets(ana, "Denied by Caro Lind")
			w.later(23 * time.Hour)
			w.asks(ana, "prod-db for 30m because OPS-1: I really need it")
			card := w.gets(caro, "R2 ·", "denied the same", "“use the replica”")
			w.press(caro, card, "approve") // the next one knows it as well
			w.gets(ben, "R2 ·", "Caro Lind denied the same", "“use the replica”")
			return w.text(w.gets(ana, "R2 ·", "Ben Okafor"), ana)
		},
		reads: []string{"Caro Lind agreed", "Waiting for Ben Okafor"},
	},
	"I ask every eight hours": {
		group: sandbox.AnalyticsReadGroup,
		had:   2,
		plan:  plan{edit: with("in_total: 40h per 7d", "in_total: 16h per 7d")},
		try: func(w *town) string {
			for n := range 2 {
				w.asks(ana, "analytics-read for 8h")
				w.gets(ana, fmt.Sprintf("R%d · You have analytics-read", n+1))
				w.later(8*time.Hour + time.Minute)
				w.gets(ana, fmt.Sprintf("R%d is over.", n+1))
			}
			w.asks(ana, "analytics-read for 8h")
			w.gets(eve, "R3 ·", "Approve, 8 h")
			return w.text(w.gets(ana, "R3 ·"), ana)
		},
		reads: []string{"Waiting for Eve Moreau"},
	},
	"I write the file, and have it read again": {
		try: func(w *town) string {
			w.rewrite(managerFirst, "")
			w.rewrite("max: 8h, custom: true", "max: 8h, custom: true, in_total: 100h per 7d")
			w.rewrite("steps:\n        - all: [{shift: {in: pagerduty, schedule: PSRE01, level: 1}}]", "automatic: true")
			if err := w.app.Reload(w.Context()); err != nil {
				w.Fatal(err)
			}
			w.hears(sandbox.AuditChannel, "The file’s new flows would let people have more.", "until an admin releases the new ones in App Home")
			return w.waits("R1", "Caro Lind")
		},
	},
}

// Each is tried from the asker's side and refused: what they read says so, and Okta has never seen them in the group.
func TestWhatAskersTry(t *testing.T) {
	t.Parallel()
	for name, a := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a.who.Name == "" {
				a.who = ana
			}
			if a.group == "" {
				a.group = sandbox.ProdDBGroup
			}
			w := settle(t, a.plan)
			if said := a.try(w); !has(said, a.reads...) {
				t.Errorf("they read\n%s\nwithout %q", said, a.reads)
			}
			if got := w.added(a.group, a.who.Okta); got != a.had || w.member(a.group, a.who) {
				t.Errorf("Okta has seen them in the group %d times, want %d; they are in it now: %v", got, a.had, w.member(a.group, a.who))
			}
			w.done()
		})
	}
}
