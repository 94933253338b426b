package bot

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// Only admins read why a thing is hidden; to others it is nothing that they can ask for.
func TestWhyIsSaidByWhoAsks(t *testing.T) {
	f := &flows.Facts{Asker: flows.Fact[flows.Person]{Value: flows.Person{ID: "ana", Name: "Ana Silva", Status: flows.StatusActive}},
		Users: map[string]flows.Fact[flows.Person]{"eve@acme.com": {Value: flows.Person{ID: "eve"}}}}
	rule := func(change func(*flows.FlowSpec)) *flows.Explanation {
		spec := flows.FlowSpec{Name: "secret-plans", Who: flows.Who{Any: []flows.Selector{{Kind: flows.SelectEveryone}}}, What: []flows.What{{In: "okta", Type: "group"}},
			HowLong: flows.HowLong{Choices: []time.Duration{time.Hour}, Max: time.Hour}, Approval: flows.Approval{Automatic: true}}
		change(&spec)
		flow, problems := flows.NewFlow(spec)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		x := flows.NewPolicy([]*flows.Flow{flow}, []string{"guards"}, "okta").Explain(flows.Case{Resource: db, Permission: "member", Facts: f})
		return &x
	}
	everyone := []flows.Selector{{Kind: flows.SelectEveryone}}
	for name, x := range map[string]*flows.Explanation{
		"for others": rule(func(s *flows.FlowSpec) { s.Who.Any = []flows.Selector{{Kind: flows.SelectUser, User: "eve@acme.com"}} }),
		"excepted":   rule(func(s *flows.FlowSpec) { s.Who.Except = everyone }),
		"skipped":    rule(func(s *flows.FlowSpec) { s.Who.Skip = everyone }),
		"forbidden":  rule(func(s *flows.FlowSpec) { s.Deny, s.HowLong, s.Approval = true, flows.HowLong{}, flows.Approval{} }),
		"not there":  rule(func(s *flows.FlowSpec) { s.What[0].Except = []flows.Match{{Name: "prod-*"}} }),
	} {
		w := newWorld(t)
		w.engine.explains = x
		if got := plain(*w.bot.Command(ctx, Call{Account: ana, Text: "why prod-db"}).Card); !strings.Contains(got, "That is nothing that you can ask for.") || strings.Contains(got, "secret-plans") || strings.Contains(got, "prod-db") {
			t.Errorf("%s: Ana reads\n%s", name, got)
		}
		if got := plain(*w.bot.Command(ctx, Call{Account: caro, Text: "why prod-db"}).Card); !strings.Contains(got, "secret-plans") {
			t.Errorf("%s: an admin reads\n%s", name, got)
		}
	}
}
