package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// ease is how easily one person gets one thing.
type ease int

const (
	never     ease = iota
	asked          // people decide
	sometimes      // under conditions nobody has to
	always         // nobody has to
)

// How much of a difference is told: lines, and names of things in one line.
const (
	differenceLines = 10
	differenceNames = 3
)

// difference says who gains and who loses what between two policies, over the synced people and things, the weightiest first. Membership of
// the groups that the flows name is asked for; trouble says who does not answer, and then nothing is said.
func (e *Engine) difference(ctx context.Context, before, after *Policy) (lines []string, trouble string, err error) {
	n := newNeeds("")
	before.allPeople(n)
	after.allPeople(n)
	d := &differ{f: e.gather(ctx, n), sets: map[string]map[PersonID]bool{}, all: map[PersonID]bool{}}
	if trouble := d.trouble(); trouble != "" {
		return nil, trouble, nil
	}
	things := map[string]*thing{}
	if err := e.store.View(ctx, func(tx Tx) error {
		people, err := tx.People()
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.Active() {
				d.all[p.ID] = true
			}
		}
		clear(things)
		return eachResource(tx, func(r Resource) { d.sort(things, before, after, r) })
	}); err != nil {
		return nil, "", err
	}
	return d.lines(things), "", nil
}

// allPeople adds everybody whom a policy's flows name as those who ask, or who need not.
func (p *Policy) allPeople(n *needs) {
	for _, f := range p.Flows {
		n.people(f.Who.Any)
		n.people(f.Who.Except)
		n.people(f.Who.Skip)
		ways := []Approval{f.Approval}
		for _, o := range f.ForGroups {
			n.people([]Selector{{Kind: SelectGroup, Group: o.Group}})
			if o.Approval != nil {
				ways = append(ways, *o.Approval)
			}
		}
		for _, a := range ways {
			n.people(a.Exempt)
			for _, c := range a.AutomaticIf {
				if c.Group != "" {
					n.people([]Selector{{Kind: SelectGroup, Group: c.Group}})
				}
			}
		}
	}
	for _, g := range p.Guarded {
		n.groups[g] = true
	}
}

func eachResource(tx Tx, f func(Resource)) error {
	filter := ResourceFilter{Limit: searchPage}
	for {
		page, err := tx.Resources(filter)
		if err != nil {
			return err
		}
		for _, r := range page {
			f(r)
		}
		if len(page) < searchPage {
			return nil
		}
		filter.After = &page[len(page)-1]
	}
}

// thing is all permissions on all resources that the same flows cover, before and after.
type thing struct {
	before, after []*Flow
	names         []string
}

type differ struct {
	f    *Facts
	all  map[PersonID]bool
	sets map[string]map[PersonID]bool // by selector
}

func (d *differ) trouble() string {
	for _, m := range d.f.Members {
		if m.Trouble != "" {
			return m.Trouble
		}
	}
	for _, u := range d.f.Users {
		if u.Trouble != "" {
			return u.Trouble
		}
	}
	for _, s := range d.f.Shifts {
		if s.Trouble != "" {
			return s.Trouble
		}
	}
	return ""
}

// sort puts a resource with those that the same flows cover. What the same flows cover before and after is left out.
func (d *differ) sort(things map[string]*thing, before, after *Policy, r Resource) {
	for _, perm := range r.Permissions {
		a, b := before.chain(r, perm, before.guards(r, d.f)), after.chain(r, perm, after.guards(r, d.f))
		key := chainKey(a) + ">" + chainKey(b)
		if chainKey(a) == chainKey(b) {
			continue
		}
		t := things[key]
		if t == nil {
			t = &thing{before: a, after: b}
			things[key] = t
		}
		name := r.Name
		if len(r.Permissions) > 1 {
			name += " (" + perm + ")"
		}
		t.names = append(t.names, name)
	}
}

func chainKey(list []*Flow) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "%s %v ", f.Hash(), f.Deny)
	}
	return b.String()
}

// gain is what changes for so many people.
type gain struct {
	from, to   ease
	flow, over string // the names of the flows, when only the terms differ
}

// lines words the differences.
func (d *differ) lines(things map[string]*thing) []string {
	type told struct {
		gain
		people int
		words  string
	}
	var list []told
	for _, key := range sortedKeys(things) {
		t := things[key]
		counts := map[gain]int{}
		for id := range d.all {
			a, aflow := d.ease(id, t.before)
			b, bflow := d.ease(id, t.after)
			switch {
			case a == b && (a == never || aflow.Hash() == bflow.Hash()):
			case a == b:
				counts[gain{a, b, bflow.Name, aflow.Name}]++
			default:
				counts[gain{from: a, to: b}]++
			}
		}
		for g, n := range counts {
			list = append(list, told{g, n, g.words(n, someOf(t.names))})
		}
	}
	slices.SortFunc(list, func(a, b told) int {
		return cmp.Or(cmp.Compare(b.to-b.from, a.to-a.from), cmp.Compare(b.people, a.people), strings.Compare(a.words, b.words))
	})
	var out []string
	for i, x := range list {
		if i == differenceLines {
			out = append(out, fmt.Sprintf("And %d more differences.", len(list)-i))
			break
		}
		out = append(out, x.words)
	}
	return out
}

// someOf names the first few things.
func someOf(names []string) string {
	if len(names) <= differenceNames {
		return Join(names, "and")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:differenceNames], ", "), len(names)-differenceNames)
}

func (g gain) words(n int, what string) string {
	who, verb := fmt.Sprintf("%d people", n), func(many, _ string) string { return many }
	if n == 1 {
		who, verb = "1 person", func(_, one string) string { return one }
	}
	how := map[ease]string{asked: "with approval", sometimes: "without approval under conditions", always: "without approval"}
	switch {
	case g.from == never && g.to == asked:
		return who + verb(" gain ", " gains ") + what + "."
	case g.from == never:
		return who + verb(" gain ", " gains ") + what + " " + how[g.to] + "."
	case g.to == never:
		return who + verb(" lose ", " loses ") + what + "."
	case g.from != g.to:
		return who + verb(" get ", " gets ") + what + " " + how[g.to] + " now, " + how[g.from] + " before."
	case g.flow == g.over:
		return who + verb(" get ", " gets ") + what + " on other terms (flow " + g.flow + ")."
	}
	return who + verb(" get ", " gets ") + what + " by the flow " + g.flow + " now, by " + g.over + " before."
}

// ease is how easily somebody gets what these flows cover, and by which.
func (d *differ) ease(id PersonID, chain []*Flow) (ease, *Flow) {
	for _, f := range chain {
		if !d.among(id, f.Who.Any) || d.among(id, f.Who.Skip) {
			continue
		}
		if f.Deny || d.among(id, f.Who.Except) {
			return never, nil
		}
		a := f.Approval
		for _, o := range f.ForGroups {
			if d.among(id, []Selector{{Kind: SelectGroup, Group: o.Group}}) {
				_, a = o.over(f.FlowSpec)
				break
			}
		}
		return d.easeOf(id, a), f
	}
	return never, nil
}

func (d *differ) easeOf(id PersonID, a Approval) ease {
	if a.Automatic || d.among(id, a.Exempt) {
		return always
	}
	for _, c := range a.AutomaticIf {
		if c.Group == "" || d.among(id, []Selector{{Kind: SelectGroup, Group: c.Group}}) {
			return sometimes
		}
	}
	return asked
}

func (d *differ) among(id PersonID, list []Selector) bool {
	return slices.ContainsFunc(list, func(s Selector) bool { return d.set(s)[id] })
}

// set is everybody that a selector chooses.
func (d *differ) set(s Selector) map[PersonID]bool {
	if s.Kind == SelectEveryone {
		return d.all
	}
	key := s.Key()
	if set, ok := d.sets[key]; ok {
		return set
	}
	set := map[PersonID]bool{}
	list, _ := candidates(s, d.f)
	for _, c := range list {
		set[c.Person] = true
	}
	d.sets[key] = set
	return set
}
