package flows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallpass/flows"
)

// answers are the facts of a drawn company about one asker, as the outside would give them.
func (w *world) answers(who flows.PersonID, local flows.Local, quiet bool) *flows.Facts {
	f := &flows.Facts{Local: local, Asker: flows.Fact[flows.Person]{Value: w.people.all[who]}, GroupIDs: map[string]flows.Fact[string]{}, Members: map[string]flows.Fact[[]flows.Person]{},
		Users: map[string]flows.Fact[flows.Person]{}, Managers: map[int]flows.Fact[flows.Person]{}, Shifts: map[flows.Shift]flows.Fact[[]flows.Standing]{}, Names: map[flows.Shift]string{}}
	f.Owning.Value = flows.OwningOf(things(), []string{"okta/owner"})
	for name, list := range w.people.groups {
		f.GroupIDs[name] = flows.Fact[string]{Value: "id-" + name}
		var people []flows.Person
		for _, p := range list {
			people = append(people, w.people.all[p])
		}
		f.Members[name] = flows.Fact[[]flows.Person]{Value: people}
		if slices.Contains(list, who) {
			f.GroupsOf.Value = append(f.GroupsOf.Value, "id-"+name)
		}
	}
	f.Users[""] = flows.Fact[flows.Person]{}
	for _, p := range w.people.all {
		f.Users[p.Email] = flows.Fact[flows.Person]{Value: p}
	}
	boss := w.people.boss[who]
	f.Managers[1] = flows.Fact[flows.Person]{Value: w.people.all[boss]}
	f.Managers[2] = flows.Fact[flows.Person]{Value: w.people.all[w.people.boss[boss]]}
	on := flows.Fact[[]flows.Standing]{}
	if quiet {
		on.Trouble = "PagerDuty does not answer"
	}
	for _, d := range w.shifts.on {
		on.Value = append(on.Value, flows.Standing{Person: f.Users[d.Email].Value, Level: d.Level, Until: d.Until})
	}
	f.Shifts[*onCall().Shift] = on
	f.Zone = flows.Fact[string]{Value: "Europe/Berlin", Trouble: on.Trouble}
	return f
}

// lets is what a policy lets through: at once, or when these people say yes as soon as they are asked.
func lets(p *flows.Policy, c flows.Case, escalated bool, yes []flows.PersonID) (automatic, given bool) {
	r := p.Rule(c)
	switch r.Fate {
	case flows.FateAutomatic:
		return true, true
	case flows.FateAsks:
		who := c.Facts.Asker.Value.ID
		ask := &flows.Request{Asker: who, For: who, State: flows.Pending, Entitlement: flows.Entitlement{ResourceKey: c.Resource.ResourceKey, Permission: c.Permission}, Duration: r.Duration, Escalated: escalated}
		return false, agreed(r.Flow, ask, c.Facts, c.Human, yes)
	}
	return false, false
}

// agreed plays a request to its end: whoever of these people is asked says yes.
func agreed(f *flows.Flow, ask *flows.Request, facts *flows.Facts, human func(flows.PersonID) flows.PersonID, yes []flows.PersonID) bool {
	var made []flows.Decision
	for {
		v := flows.Evaluate(f, ask, made, facts, human)
		if v.Satisfied {
			return true
		}
		d := flows.Decision{Yes: true}
		for _, p := range yes {
			for _, o := range v.Open {
				for _, c := range o.Candidates {
					if c.Person == p {
						d.Person, d.Rights = p, append(d.Rights, flows.Right{Key: o.Key, Via: c.Via})
					}
				}
			}
			if d.Person != "" {
				break
			}
		}
		if d.Person == "" {
			return false
		}
		made = append(made, d)
	}
}

// harden adds one thing that forbids or demands more, and says what.
func harden(t *rapid.T, list []flows.FlowSpec) (out []flows.FlowSpec, what string) {
	at := rapid.IntRange(0, len(list)-1).Draw(t, "harden")
	out = slices.Clone(list)
	s := &out[at]
	q := flows.Requirement{From: rapid.SampledFrom([]flows.Selector{manager(1), group("security"), onCall()}).Draw(t, "one more")}
	switch kind := rapid.IntRange(0, 6).Draw(t, "how"); {
	case kind == 0:
		s.Who.Except = append(slices.Clone(s.Who.Except), rapid.SampledFrom([]flows.Selector{inGroup("engineering"), inGroup("security"), onCall()}).Draw(t, "not these"))
		what = "an except of people"
	case kind == 1:
		s.What = slices.Clone(s.What)
		s.What[0].Except = append(slices.Clone(s.What[0].Except), rapid.SampledFrom([]flows.Match{{Name: "prod-*"}, {TagsExist: []string{"owner"}}}).Draw(t, "not this"))
		what = "an except of things"
	case kind == 2 && len(s.Approval.Steps) > 0:
		s.Approval.Steps = slices.Clone(s.Approval.Steps)
		i := rapid.IntRange(0, len(s.Approval.Steps)-1).Draw(t, "in step")
		s.Approval.Steps[i].All = append(slices.Clone(s.Approval.Steps[i].All), q)
		what = "a requirement"
	case kind == 3 && len(s.Approval.Steps) > 0:
		i := rapid.IntRange(0, len(s.Approval.Steps)).Draw(t, "before step")
		s.Approval.Steps = slices.Insert(slices.Clone(s.Approval.Steps), i, flows.Step{All: []flows.Requirement{q}})
		what = "a step"
	case kind == 4 && len(s.Approval.Steps) > 0:
		s.Approval.Steps = slices.Clone(s.Approval.Steps)
		s.Approval.Steps[0].All = slices.Clone(s.Approval.Steps[0].All)
		s.Approval.Steps[0].All[0].N = s.Approval.Steps[0].All[0].Need() + 1
		what = "one approval more"
	case kind == 5 && len(s.Approval.AutomaticIf) > 0:
		s.Approval.AutomaticIf = slices.Clone(s.Approval.AutomaticIf)
		s.Approval.AutomaticIf[0].Group = "database-owners"
		if list[at].Approval.AutomaticIf[0].Group != "" {
			s.Approval.AutomaticIf[0] = list[at].Approval.AutomaticIf[0]
			s.Approval.AutomaticIf[0].AtMost = time.Minute
		}
		what = "a condition"
	default:
		deny := flows.FlowSpec{Name: "forbidden", Deny: true, Who: flows.Who{Any: askers(t, "deny any", 1), Except: askers(t, "deny except", 0), Skip: askers(t, "deny skip", 0)},
			What: []flows.What{wholeLine(t, "deny ")}}
		out = slices.Insert(out, at, deny)
		what = "a deny flow"
	}
	return out, what
}

// Adding an except, a requirement, a condition or a deny flow never lets more through: not to anybody, for any time, at once or by anybody's yes.
func TestWhatIsAddedToAPolicyNeverLetsMoreThrough(t *testing.T) {
	took := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		w := emptyWorld(t)
		drawCompany(rt, w)
		old := legal(rt, wholePolicy)
		before := wholeSealed(rt, old)
		local := flows.Local{Now: w.clock.Company(), Used: time.Duration(rapid.IntRange(0, 3).Draw(rt, "used")) * time.Hour, AutoToday: rapid.IntRange(0, 1).Draw(rt, "at once today")}
		planned := local.Now.Add(-time.Duration(rapid.IntRange(0, 20).Draw(rt, "planned for")) * time.Hour)
		local.Plans = map[flows.Shift]flows.Planning{*onCall().Shift: {Since: planned, Read: local.Now}}
		quiet, escalated := rapid.IntRange(0, 5).Draw(rt, "quiet") == 0, rapid.Bool().Draw(rt, "escalated")
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(everybody()), 0, 4, rapid.ID).Draw(rt, "some")
		for range 5 {
			next, what := harden(rt, old)
			after := wholeSealed(rt, next)
			w.everyCase(local, quiet, func(c flows.Case) {
				for _, yes := range [][]flows.PersonID{some, everybody()} {
					wasAuto, was := lets(before, c, escalated, yes)
					isAuto, is := lets(after, c, escalated, yes)
					if isAuto && !wasAuto || is && !was {
						rt.Fatalf("%s lets %s have %s for %s when %v say yes: at once %v, was %v; given %v, was %v", what, c.Facts.Asker.Value.ID, c.Resource.Name, c.Duration, yes, isAuto, wasAuto, is, was)
					}
					took[what] = took[what] || was && !is
				}
			})
		}
	})
	if len(took) < 3 {
		t.Errorf("only %v were ever tried", took)
	}
}

// everyCase is everybody asking for everything, for several times.
func (w *world) everyCase(local flows.Local, quiet bool, f func(flows.Case)) {
	for _, who := range everybody() {
		facts := w.answers(who, local, quiet)
		for _, r := range things() {
			for _, d := range []time.Duration{30 * time.Minute, time.Hour, 4 * time.Hour, flows.Indefinite} {
				f(flows.Case{Resource: r, Permission: "member", Duration: d, Facts: facts, Human: w.human})
			}
		}
	}
}

// human is who is behind an account of a drawn company.
func (w *world) human(p flows.PersonID) flows.PersonID {
	if p == second {
		return w.idOf(w.set.SameHuman[0][0])
	}
	return p
}

// Whoever asks, and whoever it is for, is nobody who could decide it, and counts for nothing if they did: with no account of theirs.
func TestNobodyCountsForTheirOwnRequest(t *testing.T) {
	selves := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := emptyWorld(t)
		drawCompany(rt, w)
		someone := rapid.SampledFrom(everybody())
		asker, forWhom := someone.Draw(rt, "asker"), someone.Draw(rt, "for")
		facts := w.answers(forWhom, flows.Local{Now: w.clock.Company(), Used: 100 * time.Hour}, false)
		spec := wholeFlow(rt, "flow")
		spec.ForGroups, spec.Deny, spec.Approval.Exempt, spec.Approval.AutomaticIf = nil, false, nil, nil
		spec.HowLong.InTotal = flows.Total{Max: time.Hour, Per: 7 * 24 * time.Hour} // past it, so that humans decide
		spec.Who.Any, spec.Who.Except, spec.Who.Skip, spec.What = []flows.Selector{everyone()}, nil, nil, []flows.What{{In: "okta", Type: "group"}}
		p := wholeSealed(rt, []flows.FlowSpec{spec})
		f := p.Rule(flows.Case{Resource: rapid.SampledFrom(things()[:3]).Draw(rt, "thing"), Permission: "member", Duration: spec.HowLong.Default, Facts: facts, Human: w.human}).Flow
		ask := &flows.Request{Asker: asker, For: forWhom, State: flows.Pending, Duration: time.Hour, Escalated: rapid.Bool().Draw(rt, "escalated")}
		if f == nil {
			return
		}
		isSelf := func(x flows.PersonID) bool { return w.human(x) == w.human(asker) || w.human(x) == w.human(forWhom) }
		var all, others []flows.Decision
		for _, who := range rapid.SliceOfNDistinct(someone, 0, 5, rapid.ID).Draw(rt, "who says yes") {
			d := flows.Decision{Person: who, Yes: true}
			for _, s := range f.Approval.Steps {
				for _, q := range s.All {
					d.Rights = append(d.Rights, flows.Right{Key: q.Key()})
				}
			}
			if all = append(all, d); isSelf(who) {
				selves++
			} else {
				others = append(others, d)
			}
		}
		with, without := flows.Evaluate(f, ask, all, facts, w.human), flows.Evaluate(f, ask, others, facts, w.human)
		if with.Satisfied != without.Satisfied || with.Step != without.Step || missing(with) != missing(without) {
			rt.Fatalf("%s asks for %s, and their own yes counts: %+v, without it %+v", asker, forWhom, with, without)
		}
		for _, o := range with.Open {
			for _, c := range o.Candidates {
				if isSelf(c.Person) {
					rt.Fatalf("%s asks for %s, and %s could decide it", asker, forWhom, c.Person)
				}
			}
		}
	})
	if selves == 0 {
		t.Error("nobody ever agreed to their own request, so nothing was tried")
	}
}

func (w *world) idOf(address string) flows.PersonID {
	for id, p := range w.people.all {
		if p.Email == address {
			return id
		}
	}
	panic(fmt.Sprint("nobody has the address ", address))
}

func wholeSealed(t *rapid.T, specs []flows.FlowSpec) *flows.Policy {
	p := sealed(t, specs)
	if p == nil {
		t.Fatal("a drawn flow is refused")
	}
	return flows.NewPolicy(p.Flows, []string{"security", "database-owners"}, "okta", inGroup("security"))
}
