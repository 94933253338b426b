package policy

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hallpass/config"
	"hallpass/flows"
)

// Town is who and what two configurations are compared over. Membership of groups and shifts are asked of Outside.
type Town struct {
	People    []flows.Person
	Resources []flows.Resource
	Outside   flows.Outside
	Lookup    *flows.Lookup
}

// Change is the same difference for the same people on the same things.
type Change struct {
	Gain       bool     `json:"gain"` // more than before, or more easily, or longer; false also when only who approves differs
	Loss       bool     `json:"loss"`
	From       Level    `json:"from"`
	To         Level    `json:"to"`
	Permission string   `json:"permission"`
	People     []string `json:"people"` // addresses, sorted
	Resources  []string `json:"resources"`
}

// Diff is who gains and who loses what when one policy takes the place of another, the weightiest first. An outside that does not answer
// is an error: what is not known is not told as if it were no difference.
func Diff(ctx context.Context, before, after *flows.Policy, t Town) ([]Change, error) {
	common := t.Lookup.Common(ctx, before, after)
	askers, err := t.askers(ctx, common)
	if err != nil {
		return nil, err
	}
	d := differ{t: t, askers: askers, chosen: map[string][]byte{}, found: map[string]*Change{}}
	for _, pair := range pairs(before.Classes(t.Resources, common), after.Classes(t.Resources, common)) {
		d.compare(pair)
	}
	if d.unknown != "" {
		return nil, fmt.Errorf("%s, so it is not known what would change", d.unknown)
	}
	return d.changes(), nil
}

// asker is one person, with what it takes to rule over what they ask for.
type asker struct {
	facts *flows.Facts
	name  string
}

// askers are all people who may act.
func (t Town) askers(ctx context.Context, common *flows.Facts) ([]asker, error) {
	groups, err := t.memberships(ctx, common)
	if err != nil {
		return nil, err
	}
	var out []asker
	for _, p := range t.People {
		if p.Active() {
			f := *common
			f.Asker, f.GroupsOf = flows.Fact[flows.Person]{Value: p}, flows.Fact[[]string]{Value: groups[p.ID]}
			out = append(out, asker{&f, first(p.Email, string(p.ID))})
		}
	}
	return out, nil
}

// memberships asks once for each group that the policies name, which is far fewer calls than once for each person.
func (t Town) memberships(ctx context.Context, common *flows.Facts) (map[flows.PersonID][]string, error) {
	out := map[flows.PersonID][]string{}
	for name, id := range common.GroupIDs {
		switch {
		case id.Trouble != "":
			return nil, fmt.Errorf("%s, so it is not known who is in %s", id.Trouble, name)
		case id.Value == "":
			continue
		}
		members, err := t.Outside.Directory.Members(ctx, id.Value)
		if err != nil && flows.KindOf(err) != flows.KindNotFound {
			return nil, fmt.Errorf("the people of %s cannot be read: %w", name, err)
		}
		for _, m := range members {
			if !slices.Contains(out[m.ID], id.Value) {
				out[m.ID] = append(out[m.ID], id.Value)
			}
		}
	}
	return out, nil
}

// pair is things that neither policy tells apart.
type pair struct {
	before, after *flows.Class
	resources     []int
}

// pairs joins the classes of both policies. Things that the same flows cover in the same way are left out: nothing changes there.
func pairs(before, after []*flows.Class) []*pair {
	type place struct {
		permission string
		resource   int
	}
	was := map[place]*flows.Class{}
	for _, c := range before {
		for _, i := range c.Resources {
			was[place{c.Permission, i}] = c
		}
	}
	keys := map[*flows.Class]string{}
	for _, c := range before {
		keys[c] = c.Key()
	}
	var out []*pair
	for _, c := range after {
		key, mine := c.Key(), map[*flows.Class]*pair{}
		for _, i := range c.Resources {
			b := was[place{c.Permission, i}]
			if keys[b] == key {
				continue
			}
			if mine[b] == nil {
				mine[b] = &pair{before: b, after: c}
				out = append(out, mine[b])
			}
			mine[b].resources = append(mine[b].resources, i)
		}
	}
	return out
}

type differ struct {
	t       Town
	askers  []asker
	chosen  map[string][]byte // by selector: for each asker whether it chooses them, 0, 1 or ?
	found   map[string]*Change
	unknown string
}

// compare rules once for each kind of asker.
func (d *differ) compare(p *pair) {
	type move struct{ from, to Level }
	people := map[move][]string{}
	for _, kind := range d.kinds(p) {
		f := d.askers[kind[0]].facts
		m := move{d.level(p.before, f), d.level(p.after, f)}
		if m.from != m.to && ease[m.from.Way]+ease[m.to.Way] > 0 {
			for _, i := range kind {
				people[m] = append(people[m], d.askers[i].name)
			}
		}
	}
	for m, list := range people {
		slices.Sort(list)
		d.note(Change{From: m.from, To: m.to, Permission: p.after.Permission, People: list}, p.resources)
	}
}

// kinds sorts askers into those whom the flows of both classes tell apart.
func (d *differ) kinds(p *pair) map[string][]int {
	var columns [][]byte
	seen := map[string]bool{}
	for _, s := range slices.Concat(p.before.Tells(), p.after.Tells()) {
		if !seen[s.Key()] {
			seen[s.Key()] = true
			columns = append(columns, d.column(s))
		}
	}
	out, key := map[string][]int{}, make([]byte, len(columns))
	for i := range d.askers {
		for n, c := range columns {
			key[n] = c[i]
		}
		out[string(key)] = append(out[string(key)], i)
	}
	return out
}

func (d *differ) column(s flows.Selector) []byte {
	if c, ok := d.chosen[s.Key()]; ok {
		return c
	}
	c := make([]byte, len(d.askers))
	for i, a := range d.askers {
		yes, trouble := s.Chooses(a.facts)
		switch {
		case yes:
			c[i] = '1'
		case trouble != "":
			c[i] = '?'
		default:
			c[i] = '0'
		}
	}
	d.chosen[s.Key()] = c
	return c
}

// note joins things that change alike for the same people.
func (d *differ) note(c Change, resources []int) {
	key := fmt.Sprint(c.From, c.To, c.Permission, c.People)
	if d.found[key] == nil {
		d.found[key] = &c
	}
	for _, i := range resources {
		d.found[key].Resources = append(d.found[key].Resources, d.t.Resources[i].Name)
	}
}

func (d *differ) changes() []Change {
	out := make([]Change, 0, len(d.found))
	for _, c := range d.found {
		weight := cmp.Or(cmp.Compare(ease[c.To.Way], ease[c.From.Way]), cmp.Compare(c.To.most, c.From.most))
		c.Gain, c.Loss = weight > 0, weight < 0
		slices.Sort(c.Resources)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(ease[b.To.Way], ease[a.To.Way]), cmp.Compare(len(b.People), len(a.People)),
			cmp.Compare(a.words(), b.words()))
	})
	return out
}

// rank puts gains first, then what is only approved otherwise, then losses.
func rank(c Change) int {
	switch {
	case c.Gain:
		return 0
	case c.Loss:
		return 2
	}
	return 1
}

// Town is the world of a file as a town to compare two configurations over.
func (f *File) Town(set *config.Config) (Town, error) {
	w, wrong := f.Given.read(set)
	if len(wrong) > 0 {
		var list Problems
		for _, s := range wrong {
			list = append(list, Problem{f.Path, 0, s})
		}
		return Town{}, list
	}
	out := w.outside(set)
	return Town{People: w.people, Resources: w.resources, Outside: out, Lookup: flows.NewLookup(out, w.now)}, nil
}
