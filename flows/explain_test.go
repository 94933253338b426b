package flows_test

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/flows/when"
)

// tree compares an explanation, line by line, with what is expected.
func tree(t *testing.T, x flows.Explanation, want string) {
	t.Helper()
	if got := x.String(); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("got\n%s\nwant%s", got, want)
	}
}

func (w *world) explain(who flows.PersonID, d time.Duration, at time.Time) flows.Explanation {
	w.t.Helper()
	x, err := w.engine.Explain(w.ctx, who, prodDB, "", d, at)
	w.must(err)
	return x
}

func frozen() flows.FlowSpec {
	return flows.FlowSpec{Name: "frozen", Deny: true, Who: flows.Who{Any: []flows.Selector{everyone()}},
		What: []flows.What{{In: "okta", Type: "group", TagsExist: []string{"frozen"}}}}
}

func TestExplainWhoWouldDecide(t *testing.T) {
	w := newWorld(t, frozen(), usual())
	x := w.explain(ana, 4*time.Hour, time.Time{})
	tree(t, x, `
Ana Silva could ask for prod-db (member) for 4 h at Mon 2 Mar 2026 12:01 UTC; people would decide, in 2 steps.
  ✗ frozen: not about this thing
    ✗ what, line 1: it has no tag frozen
  ✓ production: covers it and decides
    ✓ who: among them
      ✓ group engineering
    ✓ what, line 1: okta group, prod-*
  ✓ how long: 4 h
    · offered: 1 h or 2 h, or any time up to 8 h
  · why: a reason is required, at least 5 characters
  · step 1 of 2
    ✓ your manager
      · Caro Lind, manager
  · step 2 of 2
    ✓ somebody on call for SRE primary
      · Ben Okafor, on call, SRE primary, until Mon 2 Mar 2026 18:00 UTC
  · fallback, where surely nobody is: group security
  · after 1 d without an answer it lapses
`)
	tree(t, x.ForAsker(), `
Ana Silva could ask for prod-db (member) for 4 h at Mon 2 Mar 2026 12:01 UTC; people would decide, in 2 steps.
  ✓ the flow production decides
  ✓ how long: 4 h
    · offered: 1 h or 2 h, or any time up to 8 h
  · why: a reason is required, at least 5 characters
  · step 1 of 2
    ✓ your manager
      · Caro Lind, manager
  · step 2 of 2
    ✓ somebody on call for SRE primary
      · Ben Okafor, on call, SRE primary, until Mon 2 Mar 2026 18:00 UTC
  · after 1 d without an answer it lapses
`)
}

func TestExplainTooLong(t *testing.T) {
	w := newWorld(t, oneStep())
	x := w.explain(ana, 9*time.Hour, time.Time{})
	is(t, "fate", x.Fate, flows.FateDenied)
	tree(t, x.ForAsker(), `
Ana Silva cannot ask for prod-db (member) for 9 h at Mon 2 Mar 2026 12:01 UTC: At most 8 h here. Ask for 8 h and extend later.
  ✓ the flow production decides
  ✗ how long: 9 h: At most 8 h here. Ask for 8 h and extend later
    · offered: 1 h or 2 h, or any time up to 8 h
  · why: a reason is required, at least 5 characters
What would work:
  · asking for at most 8 h, and extending it later, once by 4 h
`)
}

// byWindow lets through in working hours, members of engineering, for at most two hours and 3 h a day.
func byWindow(t *testing.T) flows.FlowSpec {
	window, err := when.ParseWindow("mon-fri", "09:00-18:00", "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s := oneStep()
	s.Approval.Exempt = []flows.Selector{inGroup("security")}
	s.Approval.AutomaticIf = []flows.Condition{{During: &window, Group: "engineering", AtMost: 2 * time.Hour, PerDay: 3}}
	s.HowLong.InTotal = flows.Total{Max: 3 * time.Hour, Per: 24 * time.Hour}
	return s
}

func TestExplainWhyNobodyHasToDecide(t *testing.T) {
	w := newWorld(t, byWindow(t))
	w.ask(ana, 2*time.Hour)
	x := w.explain(ana, time.Hour, time.Time{})
	is(t, "fate", x.Fate, flows.FateAutomatic)
	tree(t, x, `
Ana Silva would get prod-db (member) for 1 h at Mon 2 Mar 2026 12:01 UTC at once (automatic: on weekdays from 09:00 to 18:00 in Berlin, in engineering, at most 2 h, 3 times a day).
  ✓ production: covers it and decides
    ✓ who: among them
      ✓ group engineering
    ✓ what, line 1: okta group, prod-*
  ✓ how long: 1 h
    · offered: 1 h or 2 h, or any time up to 8 h
  · why: a reason is required, at least 5 characters
  ✓ without asking anybody
    ✓ in total: 2 h of 3 h per 1 d used; with this 3 h
    ✗ exempt: not among them
      ✗ group security
    ✓ automatic, when all of these hold
      ✓ on weekdays from 09:00 to 18:00 in Berlin
      ✓ group engineering
      ✓ at most 2 h
      ✓ 3 times a day (once today)
`)
}

func TestExplainTheNearestWay(t *testing.T) {
	w := newWorld(t, byWindow(t))
	saturday := time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)
	tree(t, w.explain(ana, time.Hour, saturday).ForAsker(), `
Ana Silva could ask for prod-db (member) for 1 h at Sat 7 Mar 2026 12:00 UTC; people would decide, in 1 step.
  ✓ the flow production decides
  ✓ how long: 1 h
    · offered: 1 h or 2 h, or any time up to 8 h
  · why: a reason is required, at least 5 characters
  ✗ without asking anybody
    ✓ in total: 0 s of 3 h per 1 d used; with this 1 h
    ✗ automatic, when all of these hold
      ✗ on weekdays from 09:00 to 18:00 in Berlin; opens Mon 9 Mar 2026 09:00 CET
      ✓ it is for people of a group
      ✓ at most 2 h
      ✓ 3 times a day (0 times today)
  · step 1 of 1
    ✓ one of database-owners
      · Ben Okafor, one of database-owners
      · Caro Lind, one of database-owners
      · Dev Patel, one of database-owners
  · after 1 d without an answer it lapses
What would work:
  · asking from Mon 9 Mar 2026 09:00 CET on (on weekdays from 09:00 to 18:00 in Berlin): nobody would have to decide; now it is decided by one of database-owners
`)
	near := w.explain(ana, 4*time.Hour, time.Time{}).Nearest
	is(t, "a shorter time", near[0].Text, "asking for 2 h: nobody would have to decide")
}

func TestExplainWhatIsNotTheirs(t *testing.T) {
	w := newWorld(t, oneStep())
	x := w.explain(eve, time.Hour, time.Time{})
	tree(t, x, `
Eve Moreau cannot ask for prod-db (member) at Mon 2 Mar 2026 12:01 UTC: no flow covers it.
  ✗ production: not for them
    ✗ who: not among them
      ✗ group engineering
    ✓ what, line 1: okta group, prod-*
  ✗ no flow is left: what no flow covers cannot be asked for
What would work:
  · being group engineering: flow production
`)
	tree(t, x.ForAsker(), `
That is nothing that you can ask for. Ask #access-help.
`)
	_, err := w.engine.Explain(w.ctx, eve, flows.ResourceKey{Integration: "okta", Type: "group", ID: "none"}, "", 0, time.Time{})
	is(t, "nothing at all reads the same", err.Error(), "That is nothing that you can ask for. Ask #access-help.")
	_, err = w.engine.Explain(w.ctx, "00unobody", prodDB, "", 0, time.Time{})
	is(t, "nobody", err.Error(), "00unobody is nobody in Okta.")
}

func TestExplainRefusals(t *testing.T) {
	except, skip := oneStep(), oneStep()
	except.Who.Except = []flows.Selector{inGroup("security")}
	except.Who.Any = []flows.Selector{everyone()}
	skip.Who.Any, skip.Who.Skip = except.Who.Any, except.Who.Except
	named := oneStep()
	named.What[0].Except = []flows.Match{{Name: "prod-d*"}}
	named.Who.Any = except.Who.Any
	for name, c := range map[string]struct {
		spec flows.FlowSpec
		want string
	}{
		"except": {except, "✗ production: refuses them; flows below are not asked"},
		"skip":   {skip, "✗ production: passes them on to the flows below"},
		"thing":  {named, "✗ what, line 1: but for its except: prod-d*"},
	} {
		w := newWorld(t, c.spec)
		got := w.explain(eve, time.Hour, time.Time{})
		if !strings.Contains(got.String(), c.want) || got.Fate != flows.FateDenied {
			t.Errorf("%s:\n%s\nlacks %s", name, got, c.want)
		}
	}
	w := newWorld(t, frozen(), oneStep())
	w.tagged(map[string]string{"frozen": "yes"})
	tree(t, w.explain(ana, time.Hour, time.Time{}).ForAsker(), `
Ana Silva cannot ask for prod-db (member) at Mon 2 Mar 2026 12:01 UTC: flow frozen forbids it.
  ✗ the flow frozen forbids it
`)
}

func TestExplainWhyALineIsNotAboutIt(t *testing.T) {
	for want, line := range map[string]flows.What{
		"nothing of type group in okta":       {In: "aws", Type: "account"},
		"its name matches none of dev-*, qa":  {In: "okta", Type: "group", Names: []string{"dev-*", "qa"}},
		"its tag env is prod, not dev":        {In: "okta", Type: "group", Tags: map[string]string{"env": "dev"}},
		"its tag tier is not there, not 1":    {In: "okta", Type: "group", Tags: map[string]string{"tier": "1"}},
		"its tag env is prod, not qa or test": {In: "okta", Type: "group", TagsIn: map[string][]string{"env": {"qa", "test"}}},
		"it has no tag open":                  {In: "okta", Type: "group", TagsExist: []string{"open"}},
		`it is at "", not under /eu`:          {In: "okta", Type: "group", Under: "/eu"},
		"offers admin, not member":            {In: "okta", Type: "group", Permissions: []string{"admin"}},
	} {
		spec := oneStep()
		spec.What = []flows.What{line}
		w := newWorld(t, spec)
		w.tagged(map[string]string{"env": "prod"})
		if got := w.explain(ana, time.Hour, time.Time{}).Lines[0].Lines[0].Text; !strings.HasSuffix(got, ": "+want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestExplainWhatIsNotKnown(t *testing.T) {
	w := newWorld(t, usual())
	w.shifts.down = true
	x := w.explain(ana, time.Hour, time.Time{})
	if !strings.Contains(x.String(), "    ? somebody on call for SRE primary: PagerDuty does not answer; it would wait for that\n") {
		t.Error(x)
	}
	w.shifts.down, w.people.down = false, true
	x = w.explain(ana, time.Hour, time.Time{})
	is(t, "fate", x.Fate, flows.FateUnknown)
	is(t, "way out", x.Nearest[0].Text, "the same, once there is an answer")
}

func TestExplainWritesNothing(t *testing.T) {
	w := newWorld(t, usual())
	head := func() (n int64) {
		w.view(func(tx flows.Tx) (err error) {
			n, _, err = tx.Head()
			if _, missing := tx.Pin("group", "engineering"); missing == nil {
				t.Error("a name was pinned")
			}
			return err
		})
		return n
	}
	before := head()
	w.explain(ana, time.Hour, time.Time{})
	is(t, "entries", head(), before)
}

func TestExplainAPastRequest(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, time.Hour)
	w.press(caro, r.ID, true)
	x, err := w.engine.ExplainRequest(w.ctx, r.ID)
	w.must(err)
	tree(t, x.ForAsker(), `
R1: Ana Silva asked for prod-db (member) for 1 h on Mon 2 Mar 2026 12:01 UTC; it is pending.
  · flow production
  · step 1 of 2
    ✓ manager: Caro Lind agreed at Mon 2 Mar 2026 12:01 UTC
  · step 2 of 2
    ✗ on shift PSRE01: still missing
      · Ben Okafor, on call, SRE primary
`)
	for _, want := range []string{"manager (manager:1, by manager:1), read from okta at 2026-03-02 12:01:00 UTC\n", "  · the log\n", " agreed by Caro Lind (as=manager"} {
		if !strings.Contains(x.String(), want) {
			t.Errorf("lacks %q:\n%s", want, x)
		}
	}
	w.press(ben, r.ID, false)
	x, err = w.engine.ExplainRequest(w.ctx, r.ID)
	w.must(err)
	if s := x.ForAsker().String(); !strings.Contains(s, "✗ Ben Okafor said no at") || !strings.Contains(s, "it is denied.") {
		t.Error(s)
	}
	_, err = w.engine.ExplainRequest(w.ctx, 99)
	is(t, "none", err.Error(), "There is no request R99 here.")
}

func TestExplainARequestThatNobodyDecided(t *testing.T) {
	w := newWorld(t, automatic())
	r := w.ask(ana, time.Hour)
	x, err := w.engine.ExplainRequest(w.ctx, r.ID)
	w.must(err)
	if s := x.ForAsker().String(); !strings.Contains(s, "✓ nobody had to decide\n") || !strings.Contains(s, "grant: active, from ") {
		t.Error(s)
	}
}

// What let a request through may name a group, which the asker need not know of; admins read it from the record.
func TestExplainWhyNobodyHadToDecide(t *testing.T) {
	spec := oneStep()
	spec.HowLong.InTotal = flows.Total{Max: 24 * time.Hour, Per: 7 * 24 * time.Hour}
	spec.Approval.AutomaticIf = []flows.Condition{{Group: "engineering", AtMost: 2 * time.Hour}}
	w := newWorld(t, spec)
	x, err := w.engine.ExplainRequest(w.ctx, w.ask(ana, time.Hour).ID)
	w.must(err)
	if s := x.String(); !strings.Contains(s, "✓ nobody had to decide: automatic: in engineering, at most 2 h\n") {
		t.Error(s)
	}
	if s := x.ForAsker().String(); !strings.Contains(s, "✓ nobody had to decide\n") || strings.Contains(s, "engineering") {
		t.Error(s)
	}
}

func TestExplainSaysWhichTicketWasRead(t *testing.T) {
	w, _ := withDesk(t, ticketed(oneStep()))
	x, err := w.engine.ExplainRequest(w.ctx, w.ask2(ana, naming("OPS-1")).ID)
	w.must(err)
	if s := x.ForAsker().String(); !strings.Contains(s, "✓ ticket OPS-1 read from jira at 2026-03-02T12:01:00Z\n") {
		t.Error(s)
	}
}

// What Explain says is what the form and the submit say.
func TestExplainAgreesWithTheForm(t *testing.T) {
	for _, spec := range []flows.FlowSpec{usual(), automatic(), byWindow(t), frozen()} {
		w := newWorld(t, spec)
		for who := range w.people.all {
			for _, d := range []time.Duration{time.Hour, 3 * time.Hour, 9 * time.Hour} {
				x := w.explain(who, d, time.Time{})
				if fine := w.refused(who, d) == ""; fine != (x.Fate != flows.FateDenied) {
					t.Errorf("%s, %s, %v: %v but %s", spec.Name, who, d, fine, x.Fate)
				}
			}
		}
	}
}
