package flows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallpass/flows"
)

// drawn are flows out of a small world: two groups of askers, a handful of things, two groups of approvers.
func drawnFlows(t *rapid.T, label string) []flows.FlowSpec {
	groups := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b"}), 0, 2, rapid.ID)
	people := func(what string) (out []flows.Selector) {
		for _, g := range groups.Draw(t, what) {
			out = append(out, inGroup(g))
		}
		return out
	}
	var list []flows.FlowSpec
	for i := range rapid.IntRange(1, 3).Draw(t, label) {
		at := fmt.Sprintf("%s %d ", label, i)
		s := flows.FlowSpec{Name: rapid.SampledFrom([]string{"one", "two", "three"}).Draw(t, at+"name"), Deny: rapid.IntRange(0, 4).Draw(t, at+"deny") == 0,
			HowLong: flows.HowLong{Max: time.Duration(rapid.IntRange(1, 2).Draw(t, at+"max")) * time.Hour, Custom: true}}
		switch rapid.IntRange(0, 5).Draw(t, at+"indefinite") {
		case 0:
			s.HowLong.Indefinite = true
		case 1:
			s.HowLong = flows.HowLong{Indefinite: true}
		}
		if slices.ContainsFunc(list, func(o flows.FlowSpec) bool { return o.Name == s.Name }) {
			continue
		}
		s.Who = flows.Who{Any: people(at + "any"), Except: people(at + "except"), Skip: people(at + "skip")}
		if rapid.IntRange(0, 3).Draw(t, at+"on call") == 0 {
			s.Who.Any = append(s.Who.Any, drawnShift(t, at+"who "))
		}
		if len(s.Who.Any) == 0 {
			s.Who.Any = []flows.Selector{everyone()}
		}
		for range rapid.IntRange(1, 2).Draw(t, at+"lines") {
			w := flows.What{In: "okta", Type: "group", Names: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x*", "xa", "xb", "y"}), 0, 2, rapid.ID).Draw(t, at+"names")}
			if rapid.Bool().Draw(t, at+"tagged") {
				w.Tags = map[string]string{"env": "prod"}
			}
			if rapid.IntRange(0, 2).Draw(t, at+"excepts") == 0 {
				w.Except = []flows.Match{{Name: "xa"}}
			}
			s.What = append(s.What, w)
		}
		s.Approval = drawnApproval(t, at)
		list = append(list, s)
	}
	return list
}

func drawnApproval(t *rapid.T, at string) flows.Approval {
	var a flows.Approval
	for range rapid.IntRange(0, 2).Draw(t, at+"steps") {
		var st flows.Step
		for range rapid.IntRange(1, 2).Draw(t, at+"requirements") {
			q := flows.Requirement{From: group(rapid.SampledFrom([]string{"p", "q"}).Draw(t, at+"from")), N: rapid.IntRange(0, 2).Draw(t, at+"n")}
			st.All = append(st.All, q)
		}
		a.Steps = append(a.Steps, st)
	}
	a.Automatic = len(a.Steps) == 0
	switch rapid.IntRange(0, 7).Draw(t, at+"exempt") {
	case 0, 1:
		a.Exempt = []flows.Selector{inGroup("a")}
	case 2:
		a.Exempt = []flows.Selector{drawnShift(t, at+"exempt ")}
	case 3:
		s := drawnShift(t, at+"automatic ")
		a.AutomaticIf = []flows.Condition{{Shift: s.Shift, KnownFor: s.KnownFor}}
	case 4:
		a.AutomaticIf = []flows.Condition{{AtMost: time.Hour}}
	}
	return a
}

// drawnShift is the one shift there is, to be known for one of several times.
func drawnShift(t *rapid.T, at string) flows.Selector {
	s := onCall()
	s.KnownFor = time.Duration(rapid.SampledFrom([]int{0, 0, 2, 12, 24}).Draw(t, at+"known for")) * time.Hour
	return s
}

// rotaFacts says whether Ana is on call, and for how long that has been known.
func rotaFacts(t *rapid.T, f *flows.Facts) {
	shift, now := *onCall().Shift, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	f.Shifts, f.Local.Now = map[flows.Shift]flows.Fact[[]flows.Standing]{shift: {}}, now
	if rapid.IntRange(0, 3).Draw(t, "on call") > 0 {
		f.Shifts[shift] = flows.Fact[[]flows.Standing]{Value: []flows.Standing{{Person: f.Asker.Value}}}
	}
	since := now.Add(-time.Duration(rapid.SampledFrom([]int{1, 3, 13, 30}).Draw(t, "known")) * time.Hour)
	f.Local.Plans = map[flows.Shift]flows.Planning{shift: {Since: since, Read: now}}
}

// edited is a policy that somebody has changed a little: what is drawn anew in whole is almost never narrower.
func edited(t *rapid.T, list []flows.FlowSpec) []flows.FlowSpec {
	out, fresh := slices.Clone(list), drawnFlows(t, "fresh")
	for i := range rapid.IntRange(1, 2).Draw(t, "edits") {
		at, from := rapid.IntRange(0, len(out)-1).Draw(t, fmt.Sprint("at ", i)), fresh[0]
		switch rapid.IntRange(0, 8).Draw(t, fmt.Sprint("edit ", i)) {
		case 0:
			out[at].Who.Except = from.Who.Except
		case 1:
			out[at].Who.Any = from.Who.Any
		case 2:
			out[at].Who.Skip = from.Who.Skip
		case 3:
			out[at].What = from.What
		case 4:
			out[at].Approval = from.Approval
		case 5:
			out[at].HowLong = from.HowLong
		case 6:
			out[at].Deny = from.Deny
		case 7:
			out = slices.Insert(out, at, from)
			out[at].Name = "fresh"
		default:
			if len(out) > 1 {
				out = slices.Delete(out, at, at+1)
			}
		}
	}
	return out
}

// given reports whether somebody gets a thing under a policy for so long, with so many yes of p and of q.
func given(p *flows.Policy, r flows.Resource, f *flows.Facts, d time.Duration, yes []flows.Decision) bool {
	c := p.Cover(r, "member", f)
	if c.Flow == nil || d == flows.Indefinite && !c.Flow.HowLong.Indefinite || d != flows.Indefinite && d > c.Flow.HowLong.Max {
		return false
	}
	ask := &flows.Request{Asker: ana, For: ana, Duration: d}
	return flows.Evaluate(c.Flow, ask, yes, f, func(id flows.PersonID) flows.PersonID { return id }).Satisfied
}

// Whatever is taken for narrower gives nobody anything that was not given before, under any facts.
func TestWhatNarrowsNeverGivesMore(t *testing.T) {
	var narrowed int
	rapid.Check(t, func(t *rapid.T) {
		old := drawnFlows(t, "old")
		next := edited(t, old)
		before, after := sealed(t, old), sealed(t, next)
		if before == nil || after == nil || !flows.Narrows(before, after) {
			return
		}
		narrowed++
		for _, member := range [][]string{nil, {"a"}, {"b"}, {"a", "b"}} {
			f := &flows.Facts{Asker: flows.Fact[flows.Person]{Value: flows.Person{ID: ana, Status: flows.StatusActive}}, GroupsOf: flows.Fact[[]string]{Value: member},
				GroupIDs: map[string]flows.Fact[string]{"a": {Value: "a"}, "b": {Value: "b"}}}
			rotaFacts(t, f)
			for _, name := range []string{"xa", "xb", "xc", "y", "z"} {
				for _, tags := range []map[string]string{nil, {"env": "prod"}} {
					r := flows.Resource{ResourceKey: prodDB, Name: name, Tags: tags}
					for yes := range 16 {
						for _, d := range []time.Duration{time.Hour, 2 * time.Hour, flows.Indefinite} {
							if said := saying(yes%4, yes/4); given(after, r, f, d, said) && !given(before, r, f, d, said) {
								t.Fatalf("in %v, %s %v for %s with %d of p and %d of q", member, name, tags, d, yes%4, yes/4)
							}
						}
					}
				}
			}
		}
	})
	if narrowed == 0 {
		t.Error("nothing that was drawn narrows")
	}
}

// saying are so many yes of members of p, and of q.
func saying(p, q int) (out []flows.Decision) {
	for i := range p + q {
		key := "group:p"
		if i >= p {
			key = "group:q"
		}
		out = append(out, flows.Decision{Person: flows.PersonID(fmt.Sprint("approver ", i)), Yes: true, Rights: []flows.Right{{Key: key}}})
	}
	return out
}

func sealed(t *rapid.T, specs []flows.FlowSpec) *flows.Policy {
	var list []*flows.Flow
	for _, s := range specs {
		f, problems := flows.NewFlow(s)
		if len(problems) > 0 {
			return nil
		}
		list = append(list, f)
	}
	return flows.NewPolicy(list, nil, "okta")
}
