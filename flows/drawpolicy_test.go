package flows_test

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"hallpass/flows"
	"hallpass/flows/when"
)

// wholePolicy is flows that use the whole language, over the people and things of a world: its groups, shift, managers, owners and tags.
func wholePolicy(t *rapid.T) []flows.FlowSpec {
	var list []flows.FlowSpec
	for i := range rapid.IntRange(1, 3).Draw(t, "flows") {
		list = append(list, wholeFlow(t, fmt.Sprintf("flow%d", i)))
	}
	return list
}

func wholeFlow(t *rapid.T, name string) flows.FlowSpec {
	at := name + " "
	s := flows.FlowSpec{Name: name, Deny: rapid.IntRange(0, 5).Draw(t, at+"deny") == 0,
		Who:  flows.Who{Any: askers(t, at+"any", 1), Except: askers(t, at+"except", 0), Skip: askers(t, at+"skip", 0)},
		What: []flows.What{wholeLine(t, at)}, HowLong: wholeTime(t, at), Approval: wholeApproval(t, at),
		Why: flows.Why{Required: rapid.Bool().Draw(t, at+"reason"), AtLeast: rapid.IntRange(0, 8).Draw(t, at+"at least")}}
	if rapid.IntRange(0, 2).Draw(t, at+"asks more") == 0 {
		s.Why.Fields = []flows.FormField{{Name: "customer", Label: "Customer", Kind: flows.FieldText, Required: true},
			{Name: "impact", Label: "Impact", Kind: flows.FieldChoice, Choices: []string{"none", "some"}, Required: rapid.Bool().Draw(t, at+"impact")}}
	}
	if rapid.IntRange(0, 2).Draw(t, at+"overrides") == 0 {
		o := flows.Override{Group: rapid.SampledFrom([]string{"database-owners", "security", "engineering"}).Draw(t, at+"for group")}
		h, a := wholeTime(t, at+"override "), wholeApproval(t, at+"override ")
		o.HowLong, o.Approval = &h, &a
		s.ForGroups = []flows.Override{o}
	}
	return s
}

// askers are none, one or two selectors, at least so many.
func askers(t *rapid.T, label string, least int) (out []flows.Selector) {
	one := rapid.SampledFrom([]flows.Selector{everyone(), inGroup("engineering"), inGroup("database-owners"), inGroup("security"), {Kind: flows.SelectUser, User: "dev@acme.example"}, onCall()})
	n := max(least, rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, label+", how many"))
	for range n {
		s := one.Draw(t, label)
		if least == 0 && s.Kind == flows.SelectEveryone {
			s = inGroup("database-owners")
		}
		out = append(out, s)
	}
	return out
}

func wholeLine(t *rapid.T, at string) flows.What {
	w := flows.What{In: "okta", Type: "group", Names: rapid.SampledFrom([][]string{nil, {"prod-*"}, {"prod-db", "staging-db"}, {"*-db"}}).Draw(t, at+"names")}
	switch rapid.IntRange(0, 5).Draw(t, at+"tags") {
	case 0:
		w.Tags = map[string]string{"env": "prod"}
	case 1:
		w.TagsIn = map[string][]string{"env": {"prod", "staging"}}
	case 2:
		w.TagsExist = []string{"owner"}
	}
	if rapid.IntRange(0, 3).Draw(t, at+"excepts a thing") == 0 {
		w.Except = []flows.Match{rapid.SampledFrom([]flows.Match{{Name: "*-cache"}, {Tags: map[string]string{"env": "staging"}}}).Draw(t, at+"except")}
	}
	w.Guarded = rapid.IntRange(0, 3).Draw(t, at+"guarded") == 0
	return w
}

func wholeTime(t *rapid.T, at string) flows.HowLong {
	h := flows.HowLong{Max: time.Duration(rapid.IntRange(1, 4).Draw(t, at+"max")) * time.Hour, Custom: rapid.Bool().Draw(t, at+"custom")}
	for _, c := range []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour} {
		if c <= h.Max && rapid.Bool().Draw(t, at+"choice "+c.String()) {
			h.Choices = append(h.Choices, c)
		}
	}
	if len(h.Choices) == 0 {
		h.Default = h.Max
	}
	h.Indefinite = rapid.IntRange(0, 3).Draw(t, at+"indefinite") == 0
	if rapid.Bool().Draw(t, at+"in total") {
		h.InTotal = flows.Total{Max: time.Duration(rapid.IntRange(1, 6).Draw(t, at+"total")) * time.Hour, Per: 7 * 24 * time.Hour}
	}
	return h
}

func wholeApproval(t *rapid.T, at string) flows.Approval {
	var a flows.Approval
	people := rapid.SampledFrom([]flows.Selector{manager(1), manager(2), group("database-owners"), group("security"), group("engineering"), onCall(),
		{Kind: flows.SelectUser, User: "ben@acme.example"}, {Kind: flows.SelectOwner, Owner: "owner"}})
	for range rapid.IntRange(0, 2).Draw(t, at+"steps") {
		var s flows.Step
		for range rapid.IntRange(1, 2).Draw(t, at+"requirements") {
			q := flows.Requirement{From: people.Draw(t, at+"from"), N: rapid.SampledFrom([]int{0, 0, 2}).Draw(t, at+"n")}
			if rapid.IntRange(0, 3).Draw(t, at+"any of") == 0 {
				q.From, q.Any = flows.Selector{}, []flows.Selector{people.Draw(t, at+"one"), people.Draw(t, at+"other")}
			}
			s.All = append(s.All, q)
		}
		s.SamePerson = rapid.IntRange(0, 3).Draw(t, at+"same person") == 0
		a.Steps = append(a.Steps, s)
	}
	if rapid.IntRange(0, 2).Draw(t, at+"fallback") == 0 {
		a.Fallback = []flows.Selector{group("security")}
	}
	if rapid.IntRange(0, 2).Draw(t, at+"escalates") == 0 {
		a.Escalate = &flows.Escalate{After: time.Hour, To: []flows.Selector{group("security")}, Replace: rapid.Bool().Draw(t, at+"replaces")}
	}
	if len(a.Steps) == 0 {
		a.Automatic = true
		return a
	}
	if rapid.IntRange(0, 2).Draw(t, at+"conditions") == 0 {
		a.AutomaticIf = []flows.Condition{wholeCondition(t, at)}
	}
	if rapid.IntRange(0, 4).Draw(t, at+"exempts") == 0 {
		a.Exempt = []flows.Selector{inGroup("database-owners")}
	}
	return a
}

func wholeCondition(t *rapid.T, at string) flows.Condition {
	c := flows.Condition{Group: rapid.SampledFrom([]string{"", "engineering", "security"}).Draw(t, at+"if in")}
	if rapid.Bool().Draw(t, at+"at most") {
		c.AtMost = time.Hour
	}
	if rapid.Bool().Draw(t, at+"a day") {
		c.PerDay = 1
	}
	if rapid.IntRange(0, 2).Draw(t, at+"on shift") == 0 {
		c.Shift, c.KnownFor = onCall().Shift, rapid.SampledFrom([]time.Duration{0, 2 * time.Hour}).Draw(t, at+"known for")
	}
	if rapid.Bool().Draw(t, at+"during") {
		zone := rapid.SampledFrom([]string{"Europe/Berlin", ""}).Draw(t, at+"zone") // the asker's own
		w, err := when.ParseWindow("mon-fri", rapid.SampledFrom([]string{"09:00-18:00", "22:00-06:00"}).Draw(t, at+"hours"), zone)
		if err != nil {
			t.Fatal(err)
		}
		c.During = &w
	}
	return c
}

// things are what a drawn policy is about.
func things() []flows.Resource {
	thing := func(id, name string, tags map[string]string) flows.Resource {
		return flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: id}, Name: name, Tags: tags, Permissions: []string{"member"}}
	}
	return []flows.Resource{thing("00gdb", "prod-db", map[string]string{"env": "prod", "owner": "database-owners"}),
		thing("00gcache", "prod-cache", map[string]string{"env": "prod", "owner": "ben@acme.example"}),
		thing("00gstage", "staging-db", map[string]string{"env": "staging"}), thing("id-security", "security", nil), thing("id-database-owners", "database-owners", nil)}
}

// second is one human's second account.
const second = flows.PersonID("00uroot")

// everybody of a drawn company.
func everybody() []flows.PersonID { return []flows.PersonID{ana, ben, caro, dev, eve, second} }

// drawCompany changes a world: who is in which group, who is whose manager, who is on call, who has a second account, and what there is.
func drawCompany(t *rapid.T, w *world) {
	w.people.all[second] = flows.Person{ID: second, Email: "root@acme.example", Name: "Root", Status: flows.StatusActive, Attributes: map[string]string{"slackId": "Uroot"}}
	for _, g := range []string{"engineering", "database-owners", "security"} {
		w.people.groups[g] = rapid.SliceOfNDistinct(rapid.SampledFrom(everybody()), 0, 4, rapid.ID).Draw(t, g)
	}
	w.people.groups["admins"] = []flows.PersonID{eve}
	w.set.Admins = []flows.Selector{inGroup("admins")}
	for _, p := range everybody() {
		w.people.boss[p] = rapid.SampledFrom(append(everybody(), "")).Draw(t, "manager of "+string(p))
	}
	w.shifts.on = nil
	for _, login := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ana", "ben", "root"}), 0, 2, rapid.ID).Draw(t, "on call") {
		w.shifts.on = append(w.shifts.on, flows.Duty{Email: login + "@acme.example", Level: 1, Until: w.clock.Company().Add(6 * time.Hour)})
	}
	login, _, _ := strings.Cut(w.people.all[rapid.SampledFrom([]flows.PersonID{ana, ben, caro}).Draw(t, "root is")].Email, "@")
	w.set.SameHuman = [][]string{{login + "@acme.example", "root@acme.example"}}
	w.set.Pending, w.set.PerDay = 0, 0
	w.target.list = things()
}

// legal draws until it is a policy that may be loaded.
func legal(t *rapid.T, draw func(*rapid.T) []flows.FlowSpec) []flows.FlowSpec {
	specs := draw(t)
	for _, s := range specs {
		if _, problems := flows.NewFlow(s); len(problems) > 0 {
			t.Fatalf("a drawn flow is refused: %v", problems)
		}
	}
	return specs
}
