package policy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hallpass/config"
	"hallpass/flows"
	"hallpass/policy"
)

// A large company: what the benchmarks scale with.
const (
	manyFlows     = 200
	manyPeople    = 5_000
	manyResources = 100_000
)

// largePolicy is flows of three kinds: by name, by tag and team, and automatic in working hours.
func largePolicy() string {
	var b strings.Builder
	for i := range manyFlows {
		what := fmt.Sprintf(`{in: okta, type: group, names: ["app%03d-*"]}`, i)
		if i%3 == 1 {
			what = fmt.Sprintf(`{in: okta, type: group, tags: {team: t%03d, env: prod}, except: [{name: "*-billing"}]}`, i)
		}
		fmt.Fprintf(&b, "  - name: flow%03d\n    who: {any: [{group: team%03d}, {group: team%03d}], except: [{group: contractors}]}\n    what: [%s]\n", i, i, (i+7)%manyFlows, what)
		fmt.Fprintf(&b, "    how_long: {max: 8h, choices: [1h, 8h], in_total: 24h per 7d}\n    approval:\n      steps: [{all: [{manager: 1}, {group: owners%03d}]}]\n      fallback: [{group: security}]\n", i)
		if i%3 == 2 {
			b.WriteString("      automatic: [{during: {days: mon-fri, hours: \"09:00-18:00\", zone: Europe/Berlin}, at_most: 1h}]\n")
		}
	}
	return b.String()
}

func largeWorld() policy.World {
	r := rand.New(rand.NewPCG(1, 2))
	w := policy.World{People: map[string]policy.Person{}, Resources: map[string]policy.Resource{}}
	for i := range manyPeople {
		p := policy.Person{Manager: fmt.Sprintf("p%04d", i/10)}
		for range 3 {
			p.Groups = append(p.Groups, fmt.Sprintf("team%03d", r.IntN(manyFlows)))
		}
		if i%50 == 0 {
			p.Groups = append(p.Groups, fmt.Sprintf("owners%03d", i/50), fmt.Sprintf("owners%03d", 100+i/50))
		}
		if i%20 == 0 {
			p.Groups = append(p.Groups, "contractors")
		}
		w.People[fmt.Sprintf("p%04d", i)] = p
	}
	w.Groups = map[string][]string{"security": {"p0001", "p0002"}}
	for i := range manyResources {
		w.Resources[fmt.Sprintf("app%03d-%05d", r.IntN(2*manyFlows), i)] = policy.Resource{Tags: map[string]string{
			"team": fmt.Sprintf("t%03d", r.IntN(2*manyFlows)), "env": []string{"prod", "dev"}[r.IntN(2)]}}
	}
	return w
}

func large(b *testing.B) (*config.Config, policy.Town) {
	b.Helper()
	set := load(b, largePolicy())
	town, err := (&policy.File{Given: largeWorld()}).Town(set)
	if err != nil {
		b.Fatal(err)
	}
	return set, town
}

// facts are all that is known when one person asks for one thing.
func facts(b *testing.B, set *config.Config, t policy.Town, r flows.Resource) *flows.Facts {
	b.Helper()
	return t.Lookup.Facts(b.Context(), policy.Of(set), t.People[4321].ID, r)
}

// BenchmarkEvaluate rules over one request among 200 flows, with all facts at hand, the last flow deciding.
func BenchmarkEvaluate(b *testing.B) {
	set, t := large(b)
	who := t.People[4321]
	thing := flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "x"}, Name: "app198-x", Permissions: []string{"member"}}
	f := facts(b, set, t, thing)
	f.GroupsOf.Value = []string{"team198"}
	f.Asker.Value = who
	p := policy.Of(set)
	for b.Loop() {
		if r := p.Rule(flows.Case{Resource: thing, Permission: "member", Facts: f}); r.Fate != flows.FateAsks {
			b.Fatal(r.Fate, r.Why)
		}
	}
}

// BenchmarkLoad reads a configuration of 200 flows and sorts 100,000 things into classes.
func BenchmarkLoad(b *testing.B) {
	_, t := large(b)
	text := settings + largePolicy()
	for b.Loop() {
		set, err := config.Parse("config.yaml", []byte(text), config.Options{WithoutSecrets: true})
		if err != nil {
			b.Fatal(err)
		}
		p := policy.Of(set)
		p.Classes(t.Resources, t.Lookup.Common(b.Context(), p))
	}
}

// BenchmarkDiff compares two policies over everybody and everything: one flow changed, and every flow changed.
func BenchmarkDiff(b *testing.B) {
	before, t := large(b)
	for name, text := range map[string]string{
		"one flow":   strings.Replace(largePolicy(), "choices: [1h, 8h]", "choices: [1h, 7h]", 1),
		"every flow": strings.ReplaceAll(largePolicy(), "choices: [1h, 8h]", "choices: [1h, 7h]"),
	} {
		after := load(b, text)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				list, err := policy.Diff(b.Context(), policy.Of(before), policy.Of(after), t)
				if err != nil || len(list) == 0 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}

// The list that is made from classes is the one that is made thing by thing.
func TestClassesSayTheSameAsTheFlows(t *testing.T) {
	set := load(t, flowsNow)
	p := policy.Of(set)
	town, err := cases(t, given).Town(set)
	if err != nil {
		t.Fatal(err)
	}
	classes := p.Classes(town.Resources, town.Lookup.Common(t.Context(), p))
	for _, who := range town.People {
		f := town.Lookup.Facts(t.Context(), p, who.ID, flows.Resource{})
		var want []int
		for i, r := range town.Resources {
			if who.Active() && p.Cover(r, "member", f).Flow != nil {
				want = append(want, i)
			}
		}
		var got []int
		for _, c := range classes {
			if who.Active() && c.Cover(f).Flow != nil {
				got = append(got, c.Resources...)
			}
		}
		slices.Sort(got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s may ask for %v, want %v", who.Name, got, want)
		}
	}
}
