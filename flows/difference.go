package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Change is the same difference for the same people on the same things.
type Change struct {
	Gain bool  `json:"gain"` // in some respect more than before, or more easily, or longer
	Loss bool  `json:"loss"` // the opposite. Neither, when it is only otherwise; both, when something is given and something taken
	From Level `json:"from"`
	To   Level `json:"to"`
	// Permission, with the People (addresses) and Resources (names) that it is about, sorted.
	Permission string   `json:"permission"`
	People     []string `json:"people"`
	Resources  []string `json:"resources"`
	turns      turns
}

// Difference is who gains and who loses what when one policy takes the place of another, over these people and things, the weightiest
// first. An outside that does not answer is an error of kind unknown: what is not known is not told as if it were no difference.
func (l *Lookup) Difference(ctx context.Context, before, after *Policy, people []Person, list []Resource) ([]Change, error) {
	changes, trouble := l.e.compare(ctx, before, after, people, list)
	if trouble != "" {
		return nil, Errorf(KindUnknown, "%s, so it is not known what would change.", trouble)
	}
	return changes, nil
}

// How much of a difference the chat is told: lines.
const differenceLines = 10

// difference words the difference between two policies over the synced people and things, as few lines; trouble says who does not answer,
// and then nothing is said.
func (e *Engine) difference(ctx context.Context, before, after *Policy) (lines []string, trouble string, err error) {
	var people []Person
	var things []Resource
	if err := e.store.View(ctx, func(tx Tx) (err error) {
		if people, err = tx.People(); err != nil {
			return err
		}
		things, err = tx.Resources(ResourceFilter{})
		return err
	}); err != nil {
		return nil, "", err
	}
	changes, trouble := e.compare(ctx, before, after, people, things)
	for i, c := range changes {
		if i == differenceLines {
			return append(lines, "And "+plural(len(changes)-i, "more difference.", "more differences.")), trouble, nil
		}
		lines = append(lines, c.Words()+".")
	}
	return lines, trouble, nil
}

// compare rules over both policies for everybody and everything, once for those whom neither tells apart.
func (e *Engine) compare(ctx context.Context, before, after *Policy, people []Person, list []Resource) ([]Change, string) {
	n := needsOf(before, after)
	for name := range n.groups {
		n.members[name] = true
	}
	f := e.common(ctx, n)
	for _, m := range f.Members {
		if m.Trouble != "" {
			return nil, m.Trouble
		}
	}
	d := differ{list: list, askers: askersOf(people, f), chosen: map[string][]byte{}, found: map[string]*Change{}}
	for _, p := range pairs(before.Classes(list, f), after.Classes(list, f)) {
		d.compare(p)
	}
	if d.trouble != "" {
		return nil, d.trouble
	}
	return d.changes(), ""
}

// asker is one person, with what it takes to rule over what they ask for.
type asker struct {
	facts *Facts
	name  string
}

// askersOf are all people who may act.
func askersOf(people []Person, common *Facts) []asker {
	groups := map[PersonID][]string{}
	for name, list := range common.Members {
		id := common.GroupIDs[name].Value
		for _, m := range list.Value {
			if !slices.Contains(groups[m.ID], id) {
				groups[m.ID] = append(groups[m.ID], id)
			}
		}
	}
	var out []asker
	for _, p := range people {
		if p.Active() {
			f := *common
			f.Asker, f.GroupsOf = Fact[Person]{Value: p}, Fact[[]string]{Value: groups[p.ID]}
			out = append(out, asker{&f, firstNonEmpty(p.Email, string(p.ID))})
		}
	}
	return out
}

// pair is things that neither policy tells apart.
type pair struct {
	before, after *Class
	resources     []int
}

// pairs joins the classes of both policies. Things that the same flows cover in the same way are left out: nothing changes there.
func pairs(before, after []*Class) []*pair {
	type place struct {
		permission string
		resource   int
	}
	was, keys := map[place]*Class{}, map[*Class]string{}
	for _, c := range before {
		keys[c] = c.Key()
		for _, i := range c.Resources {
			was[place{c.Permission, i}] = c
		}
	}
	var out []*pair
	for _, c := range after {
		key, mine := c.Key(), map[*Class]*pair{}
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
	list    []Resource
	askers  []asker
	chosen  map[string][]byte // by selector: for each asker whether it chooses them, 0, 1 or ?
	found   map[string]*Change
	trouble string
}

// compare rules once for each kind of asker.
func (d *differ) compare(p *pair) {
	type move struct {
		from, to Level
		turns    turns
	}
	people := map[move][]int{}
	for _, kind := range d.kinds(p) {
		f := d.askers[kind[0]].facts
		from, was := d.level(p.before, f)
		to, is := d.level(p.after, f)
		if m := (move{from, to, turnsOf(from, to, was, is, f)}); m.turns != (turns{}) {
			people[m] = append(people[m], kind...)
		}
	}
	for m, list := range people {
		d.note(Change{From: m.from, To: m.to, Permission: p.after.Permission, turns: m.turns}, list, p.resources)
	}
}

// level is how an asker gets the things of a class, and by which flow as it holds for them.
func (d *differ) level(c *Class, f *Facts) (Level, *Flow) {
	r := c.Rule(f)
	if r.Fate == FateUnknown {
		d.trouble = r.Why
		return Level{}, nil
	}
	if r.Denied {
		return Level{Way: WayDenied, Flow: c.Cover(f).Denied.Name}, nil
	}
	return levelOf(r, f), r.Flow
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

func (d *differ) column(s Selector) []byte {
	if c, ok := d.chosen[s.Key()]; ok {
		return c
	}
	c := make([]byte, len(d.askers))
	for i, a := range d.askers {
		yes, trouble := s.covers(a.facts)
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
func (d *differ) note(c Change, people, resources []int) {
	set := make([]byte, len(d.askers)/8+1)
	for _, i := range people {
		set[i/8] |= 1 << (i % 8)
	}
	key := fmt.Sprint(c.From, c.To, c.Permission) + string(set)
	if d.found[key] == nil {
		for _, i := range people {
			c.People = append(c.People, d.askers[i].name)
		}
		slices.Sort(c.People)
		d.found[key] = &c
	}
	for _, i := range resources {
		d.found[key].Resources = append(d.found[key].Resources, d.list[i].Name)
	}
}

func (d *differ) changes() []Change {
	out := make([]Change, 0, len(d.found))
	for _, c := range d.found {
		c.Gain, c.Loss = c.turns.any(easier), c.turns.any(stricter)
		slices.Sort(c.Resources)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Sign(), b.Sign()), cmp.Compare(b.leap(), a.leap()), cmp.Compare(len(b.People), len(a.People)),
			strings.Compare(a.Words(), b.Words()))
	})
	return out
}

// leap is how much easier, or harder, it has become.
func (c Change) leap() int {
	return max(ease[c.To.Way]-ease[c.From.Way], ease[c.From.Way]-ease[c.To.Way])
}
