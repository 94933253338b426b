package flows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hallpass/flows"
)

// small is a small case of Evaluate: a flow over the groups a, b and c, and people who have agreed with the rights that they had.
type small struct {
	flow      *flows.Flow
	decisions []flows.Decision
}

func drawSmall(t *rapid.T) small {
	keys := rapid.SampledFrom([]string{"a", "b", "c"})
	spec := usual()
	spec.Approval.Steps, spec.Approval.Fallback = nil, nil
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		s := flows.Step{SamePerson: rapid.Bool().Draw(t, "same person")}
		for range rapid.IntRange(1, 2).Draw(t, "requirements") {
			s.All = append(s.All, flows.Requirement{From: group(keys.Draw(t, "group")), N: rapid.IntRange(1, 2).Draw(t, "n")})
		}
		spec.Approval.Steps = append(spec.Approval.Steps, s)
	}
	f, problems := flows.NewFlow(spec)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c := small{flow: f}
	for i := range rapid.IntRange(0, 5).Draw(t, "decisions") {
		d := flows.Decision{Person: flows.PersonID(fmt.Sprintf("p%d", i)), Yes: true}
		for _, k := range rapid.SliceOfNDistinct(keys, 0, 3, rapid.ID).Draw(t, "rights") {
			d.Rights = append(d.Rights, flows.Right{Key: "group:" + k, Via: "group:" + k, Shared: rapid.Bool().Draw(t, "shared")})
		}
		c.decisions = append(c.decisions, d)
	}
	return c
}

func alone(p flows.PersonID) flows.PersonID { return p }

func (c small) evaluate(human func(flows.PersonID) flows.PersonID) flows.Verdict {
	facts := &flows.Facts{Members: map[string]flows.Fact[[]flows.Person]{"a": {}, "b": {}, "c": {}}}
	return flows.Evaluate(c.flow, &flows.Request{Asker: "asker", For: "asker"}, c.decisions, facts, human)
}

// slots are the approvals by different humans that the first n steps want, by key.
func (c small) slots(n int) []string {
	var out []string
	for _, s := range c.flow.Approval.Steps[:n] {
		for _, q := range s.All {
			if s.SamePerson {
				continue
			}
			for range q.Need() {
				out = append(out, q.From.Key())
			}
		}
	}
	return out
}

// most tries everything: how many of these slots can be met when each human meets one.
func most(slots []string, rights [][]string) int {
	if len(slots) == 0 {
		return 0
	}
	best := most(slots[1:], rights)
	for i, have := range rights {
		if slices.Contains(have, slots[0]) {
			best = max(best, 1+most(slots[1:], slices.Concat(rights[:i], rights[i+1:])))
		}
	}
	return best
}

// rights are the keys that each human has a right to, for steps of different humans; with shared also those for the other steps.
func (c small) rights(human func(flows.PersonID) flows.PersonID, shared bool) [][]string {
	by := map[flows.PersonID][]string{}
	for _, d := range c.decisions {
		for _, r := range d.Rights {
			if shared || !r.Shared {
				by[human(d.Person)] = append(by[human(d.Person)], r.Key)
			}
		}
	}
	var out [][]string
	for _, keys := range by {
		out = append(out, keys)
	}
	return out
}

// lacks is how many approvals are missing for the first n steps: each requirement of a step of one person has all humans to itself.
func (c small) lacks(n int, human func(flows.PersonID) flows.PersonID) int {
	out := len(c.slots(n)) - most(c.slots(n), c.rights(human, false))
	for _, s := range c.flow.Approval.Steps[:n] {
		for _, q := range s.All {
			if s.SamePerson {
				one := slices.Repeat([]string{q.From.Key()}, q.Need())
				out += len(one) - most(one, c.rights(human, true))
			}
		}
	}
	return out
}

// missing counts the approvals that a verdict still wants, from its own words.
func missing(v flows.Verdict) int {
	n := 0
	for _, o := range v.Open {
		if strings.HasPrefix(o.Words, "2 of ") {
			n++
		}
		n++
	}
	return n
}

func checkSmall(t *rapid.T, c small, human func(flows.PersonID) flows.PersonID) {
	v := c.evaluate(human)
	want := 0
	for n := 1; n <= len(c.flow.Approval.Steps) && c.lacks(n, human) == 0; n++ {
		want = n
	}
	if v.Step != want || v.Satisfied != (want == len(c.flow.Approval.Steps)) {
		t.Fatalf("step %d, satisfied %v; everything tried gives step %d of %d", v.Step, v.Satisfied, want, len(c.flow.Approval.Steps))
	}
	if !v.Satisfied {
		if short := c.lacks(want+1, human); missing(v) != short {
			t.Fatalf("%d are said to be missing, %d are", missing(v), short)
		}
	}
}

func TestMatchingEqualsTryingEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkSmall(t, drawSmall(t), alone) })
}

func TestMatchingWithJoinedAccounts(t *testing.T) {
	pair := func(p flows.PersonID) flows.PersonID { // p0 and p1 are one human, and so are p2 and p3
		switch p {
		case "p1":
			return "p0"
		case "p3":
			return "p2"
		}
		return p
	}
	rapid.Check(t, func(t *rapid.T) { checkSmall(t, drawSmall(t), pair) })
}

// Whoever is named as somebody who can decide brings the request nearer, and nobody else would.
func TestThoseWhoCanDecideAreThoseWhoHelp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawSmall(t)
		before := c.evaluate(alone)
		if before.Satisfied {
			return
		}
		step := c.flow.Approval.Steps[before.Step]
		who := flows.PersonID("x")
		if step.SamePerson && len(c.decisions) > 0 && rapid.Bool().Draw(t, "x has agreed already") {
			who = c.decisions[0].Person
		}
		belongs := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 3, rapid.ID).Draw(t, "groups of x")
		facts := &flows.Facts{Members: map[string]flows.Fact[[]flows.Person]{"a": {}, "b": {}, "c": {}}}
		all := flows.Decision{Person: who, Yes: true}
		for _, g := range belongs {
			facts.Members[g] = flows.Fact[[]flows.Person]{Value: []flows.Person{{ID: who, Status: flows.StatusActive}}}
			if slices.ContainsFunc(step.All, func(q flows.Requirement) bool { return q.From.Group == g }) { // of the step that is asked
				all.Rights = append(all.Rights, flows.Right{Key: "group:" + g, Shared: step.SamePerson})
			}
		}
		named := flows.Decision{Person: who, Yes: true}
		for _, o := range flows.Evaluate(c.flow, &flows.Request{Asker: "asker", For: "asker"}, c.decisions, facts, alone).Open {
			for _, x := range o.Candidates {
				named.Rights = append(named.Rights, flows.Right{Key: x.Key, Shared: step.SamePerson})
			}
		}
		nearer := func(d flows.Decision) bool {
			v := small{flow: c.flow, decisions: append(slices.Clone(c.decisions), d)}.evaluate(alone)
			return v.Satisfied || v.Step > before.Step || missing(v) < missing(before)
		}
		if helps := nearer(all); helps != (len(named.Rights) > 0) || helps != nearer(named) {
			t.Fatalf("x of %v: would help %v, named for %v", belongs, helps, named.Rights)
		}
	})
}

func TestANoIsNeverSatisfied(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawSmall(t)
		no := flows.Decision{Person: "no", Yes: false}
		at := rapid.IntRange(0, len(c.decisions)).Draw(t, "at")
		c.decisions = slices.Insert(c.decisions, at, no)
		if v := c.evaluate(alone); v.Satisfied {
			t.Fatal("satisfied although somebody said no")
		}
	})
}

func TestTheOrderOfDecisionsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawSmall(t)
		other := small{flow: c.flow, decisions: rapid.Permutation(c.decisions).Draw(t, "order")}
		a, b := c.evaluate(alone), other.evaluate(alone)
		if a.Satisfied != b.Satisfied || a.Step != b.Step || missing(a) != missing(b) {
			t.Fatalf("%v and %v", a, b)
		}
	})
}

func TestADecisionTwiceCountsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawSmall(t)
		if len(c.decisions) == 0 {
			return
		}
		twice := small{flow: c.flow, decisions: append(slices.Clone(c.decisions), rapid.SampledFrom(c.decisions).Draw(t, "again"))}
		if a, b := c.evaluate(alone), twice.evaluate(alone); a.Satisfied != b.Satisfied || a.Step != b.Step {
			t.Fatal("somebody counted twice")
		}
	})
}

func TestADecisionThatWaitsForProofDoesNotCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawSmall(t)
		for i := range c.decisions {
			c.decisions[i].Proof = "waiting"
		}
		if c.evaluate(alone).Satisfied {
			t.Fatal("satisfied without a proof")
		}
	})
}
