package flows_test

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// near are the ways that would work, as the asker reads them.
func near(x flows.Explanation) string {
	var out []string
	for _, l := range x.ForAsker().Nearest {
		out = append(out, l.Text)
	}
	return strings.Join(out, "; ")
}

func TestTheNearestTime(t *testing.T) {
	choices, endless := oneStep(), oneStep()
	choices.HowLong = flows.HowLong{Choices: []time.Duration{time.Hour, 4 * time.Hour}, Max: 8 * time.Hour}
	endless.HowLong = flows.HowLong{Indefinite: true}
	for name, c := range map[string]struct {
		spec flows.FlowSpec
		long time.Duration
		want string
	}{
		"too long":                      {oneStep(), 9 * time.Hour, "asking for at most 8 h, and extending it later, once by 4 h"},
		"too short":                     {oneStep(), time.Second, "asking for at least 1 min"},
		"without an end":                {oneStep(), flows.Indefinite, "asking for at most 8 h, and extending it later, once by 4 h"},
		"longer than any choice":        {choices, 8 * time.Hour, "asking for at most 4 h"},
		"between two choices":           {choices, 2 * time.Hour, "asking for 1 h or for 4 h"},
		"shorter than any choice":       {choices, 10 * time.Minute, "asking for 1 h"},
		"with an end where there is no": {endless, time.Hour, "asking until revoked"},
	} {
		if got := near(newWorld(t, c.spec).explain(ana, c.long, time.Time{})); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTheLongestIsWhatCanBeAskedFor(t *testing.T) {
	spec := oneStep()
	spec.HowLong = flows.HowLong{Choices: []time.Duration{time.Hour, 4 * time.Hour}, Max: 8 * time.Hour}
	w := newWorld(t, spec)
	is(t, "with choices only", w.explain(ana, time.Hour, time.Time{}).Longest, "4 h")
	is(t, "the form says so", w.draft(flows.Draft{Duration: 8 * time.Hour, Reason: "replay failed payments"}).Error(), "At most 4 h here.")
	is(t, "with any time", newWorld(t, oneStep()).explain(ana, time.Hour, time.Time{}).Longest, "8 h")
}

func TestTheTicketThatIsWanted(t *testing.T) {
	w, _ := withDesk(t, ticketed(oneStep()))
	is(t, "which", near(w.explain(ana, time.Hour, time.Time{})), "naming a ticket of OPS in Open or In Progress that is assigned to you: without one it cannot be asked for")
}

// What somebody may ask for is suggested to admins only, as the thing that was named may be unknown to the asker; a search for an unknown name
// and for a hidden one suggest the same.
func TestWhatCanBeAskedForInstead(t *testing.T) {
	w := emptyWorld(t)
	for _, name := range []string{"prod-cache", "prod-dba", "audit"} {
		w.target.list = append(w.target.list, flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "id-" + name}, Name: name, Permissions: []string{"member"}})
	}
	spec := oneStep()
	spec.What[0].Except = []flows.Match{{Name: "prod-dba"}}
	w.begin(spec)
	hidden := flows.ResourceKey{Integration: "okta", Type: "group", ID: "id-prod-dba"}
	x, err := w.engine.Explain(w.ctx, ana, hidden, "", time.Hour, time.Time{})
	w.must(err)
	is(t, "for admins", x.Nearest[0].Text, "prod-db can be asked for")
	tree(t, x.ForAsker(), "\nThat is nothing that you can ask for. Ask #access-help.\n")
	for _, name := range []string{"prod-dba", "prod-dbx"} {
		_, err := w.engine.FindResource(w.ctx, ana, name)
		is(t, name, err.Error(), "Nothing called "+name+" that you can ask for. Yours: prod-db, prod-cache. Ask #access-help.")
	}
}

// A deny flow says so to those who could ask if it were not there, and names what they can ask for; to others the thing stays unknown.
func TestADenyFlowSaysSoOnlyToThoseWhoKnowOfTheThing(t *testing.T) {
	w := newWorld(t, frozen(), oneStep())
	w.tagged(map[string]string{"frozen": "yes"})
	_, err := w.engine.FindResource(w.ctx, ana, "prod-db")
	is(t, "Ana", err.Error(), "prod-db cannot be asked for: the flow frozen forbids it.")
	_, err = w.engine.FindResource(w.ctx, eve, "prod-db")
	is(t, "Eve", err.Error(), "Nothing called prod-db that you can ask for. Ask #access-help.")
	tree(t, w.explain(eve, time.Hour, time.Time{}).ForAsker(), "\nThat is nothing that you can ask for. Ask #access-help.\n")
	_, err = w.engine.Offer(w.ctx, eve, prodDB, "")
	is(t, "Eve's form", err.Error(), "That is nothing that you can ask for. Ask #access-help.")
}

func TestTheNearestPermission(t *testing.T) {
	w := newWorld(t, oneStep())
	x, err := w.engine.Explain(w.ctx, ana, prodDB, "owner", time.Hour, time.Time{})
	w.must(err)
	is(t, "Ana", near(x), "asking for prod-db (member)")
	x, err = w.engine.Explain(w.ctx, eve, prodDB, "owner", time.Hour, time.Time{})
	w.must(err)
	is(t, "Eve, who may not ask for it at all", near(x), "")
}

// A group by which it goes through is said to admins only.
func TestTheSentenceNamesNoGroup(t *testing.T) {
	x := newWorld(t, byWindow(t)).explain(ana, time.Hour, time.Time{})
	if s := x.String(); !strings.Contains(s, "engineering") {
		t.Error(s)
	}
	if s := x.ForAsker().String(); strings.Contains(s, "engineering") || !strings.Contains(s, "UTC at once.\n") {
		t.Error(s)
	}
}

func TestWhatWouldWorkAfterAPastRequest(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.press(ben, r.ID, false)
	x, err := w.engine.ExplainRequest(w.ctx, r.ID)
	w.must(err)
	is(t, "after a no", near(x), "asking again; until Tue 3 Mar 2026 12:01 UTC every card shows the no")

	spec := byWindow(t)
	spec.Approval.AutomaticIf[0].Group = ""
	w = newWorld(t, spec)
	r = w.ask(ana, 4*time.Hour)
	w.pass(25 * time.Hour)
	x, err = w.engine.ExplainRequest(w.ctx, r.ID)
	w.must(err)
	is(t, "after a silence", near(x), "asking again; asking on weekdays from 09:00 to 18:00 in Berlin, at most 2 h, 3 times a day: nobody would have to decide")
}
