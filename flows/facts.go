package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Fact is one answer of the outside, with where and when it was read. Trouble is why there is no answer; then Value means nothing.
type Fact[T any] struct {
	Value   T
	Source  string
	ReadAt  time.Time // machine time
	Trouble string
}

// Standing is one person on a shift.
type Standing struct {
	Person Person
	Level  int
	Until  time.Time
}

// Facts are what was gathered for one evaluation. Reading something that was not gathered is trouble, never an empty answer.
type Facts struct {
	Local    Local
	Since    time.Time // machine time when gathering began; nothing in here is older
	Asker    Fact[Person]
	GroupsOf Fact[[]string] // ids of the asker's groups
	GroupIDs map[string]Fact[string]
	Members  map[string]Fact[[]Person] // by group name
	Zone     Fact[string]              // the asker's time zone as the directory has it; empty when it has none
	Users    map[string]Fact[Person]   // by address; the zero person when surely nobody
	Managers map[int]Fact[Person]      // by level; the zero person when surely nobody
	Shifts   map[Shift]Fact[[]Standing]
	Names    map[Shift]string                // the schedule's own name
	Tickets  map[TicketRef]Fact[TicketFacts] // the zero facts when surely none
	Owning   Fact[Owning]                    // which groups own things
	// Administers is what the members of groups administer, by the group's id; only of the group at hand.
	Administers map[string]Fact[string]
	// owningKept is what the store held of that.
	owningKept string
}

// stale reports whether facts are too old to give authority.
func (f *Facts) stale(now time.Time) bool { return now.Sub(f.Since) > FactsLast }

const notGathered = "this was not looked up"

func fact[K comparable, T any](m map[K]Fact[T], k K) Fact[T] {
	f, ok := m[k]
	if !ok {
		f.Trouble = notGathered
	}
	return f
}

// needs is what an evaluation wants to know.
type needs struct {
	asker    PersonID
	inGroups bool
	zone     bool
	groups   map[string]bool // names whose id is needed
	members  map[string]bool
	users    map[string]bool
	managers map[int]bool
	shifts   map[Shift]bool
	tickets  map[TicketRef]bool
	owners   []string // where owners are named
	power    string   // the group of which it matters what it administers
}

func newNeeds(asker PersonID) *needs {
	return &needs{asker: asker, groups: map[string]bool{}, members: map[string]bool{}, users: map[string]bool{},
		managers: map[int]bool{}, shifts: map[Shift]bool{}, tickets: map[TicketRef]bool{}}
}

// who adds what it takes to say whether the asker is among these people.
func (n *needs) who(list []Selector) {
	for _, s := range list {
		switch s.Kind {
		case SelectGroup:
			n.inGroups, n.groups[s.Group] = true, true
		case SelectShift:
			n.shifts[*s.Shift] = true
		case SelectUser:
			n.users[s.User] = true
		}
	}
}

// people adds what it takes to list these people.
func (n *needs) people(list []Selector) {
	for _, s := range list {
		switch s.Kind {
		case SelectGroup:
			n.groups[s.Group], n.members[s.Group] = true, true
		case SelectShift:
			n.shifts[*s.Shift] = true
		case SelectUser:
			n.users[s.User] = true
		case SelectManager:
			n.managers[s.Manager] = true
		}
	}
}

// approval adds everybody who could decide under a flow.
func (n *needs) approval(f *Flow, res Resource) {
	if f == nil {
		return
	}
	n.approvers(f.Approval.owned(res))
	if f.letsSome() {
		n.who(f.Who.Any) // by whom somebody is covered matters then
	}
	for _, o := range f.ForGroups {
		n.inGroups, n.groups[o.Group] = true, true
		if o.Approval != nil {
			n.approvers(o.Approval.owned(res))
		}
	}
}

// approvers adds the people of an approval, and what it takes to say whether it needs any.
func (n *needs) approvers(a Approval) {
	for _, st := range a.steps() {
		for _, r := range st.All {
			n.people(r.People())
		}
	}
	if len(a.Steps) > 0 {
		n.people(a.Fallback)
	}
	if a.Escalate != nil {
		n.people(a.Escalate.To)
	}
	n.who(a.Exempt)
	for _, c := range a.AutomaticIf {
		n.zone = n.zone || c.inAskersZone()
		if c.Group != "" {
			n.inGroups, n.groups[c.Group] = true, true
		}
		if c.Shift != nil {
			n.shifts[*c.Shift] = true
		}
	}
}

// Outside is everything that facts come from.
type Outside struct {
	Directory     Directory
	DirectoryName string // the integration's name, such as "okta"
	OnCall        map[string]OnCall
	Targets       map[string]Target
	Tickets       map[string]Tickets
	Accounts      map[string]Accounts // by platform
	Titles        map[string]string   // names of integrations for people: "PagerDuty"
}

func (o *Outside) title(in string) string {
	if t := o.Titles[in]; t != "" {
		return t
	}
	return titled(in)
}

// gather asks the outside, all at once. It never fails: what did not answer is trouble in its fact.
func (e *Engine) gather(ctx context.Context, n *needs) *Facts {
	g := &gatherer{e: e, ctx: ctx, f: &Facts{Since: e.clock.Machine(), GroupIDs: map[string]Fact[string]{}, Members: map[string]Fact[[]Person]{}, Users: map[string]Fact[Person]{},
		Managers: map[int]Fact[Person]{}, Shifts: map[Shift]Fact[[]Standing]{}, Names: map[Shift]string{}, Tickets: map[TicketRef]Fact[TicketFacts]{}, Administers: map[string]Fact[string]{}}}
	g.pins, g.pinsErr = e.pins(ctx, n.groups, n.users)
	g.run(func() { put(g, &g.f.Asker, e.person(ctx, n.asker)) })
	if n.inGroups {
		g.run(func() { put(g, &g.f.GroupsOf, e.groupsOf(ctx, n.asker)) })
	}
	if n.zone {
		g.run(func() { put(g, &g.f.Zone, e.zoneOf(ctx, n.asker)) })
	}
	if n.power != "" {
		g.run(func() { g.powerOf(n.power) })
	}
	if len(n.owners) > 0 {
		g.run(func() { g.owning(n.owners) })
	}
	for name := range n.groups {
		g.run(func() { g.group(name, n.members[name]) })
	}
	for address := range n.users {
		g.run(func() { set(g, g.f.Users, address, g.userNamed(address)) })
	}
	for level := range n.managers {
		g.run(func() { set(g, g.f.Managers, level, e.managerOf(ctx, n.asker, level)) })
	}
	for shift := range n.shifts {
		g.run(func() { g.shift(shift) })
	}
	for ref := range n.tickets {
		g.run(func() { set(g, g.f.Tickets, ref, e.ticketFact(ctx, ref)) })
	}
	g.wait.Wait()
	return g.f
}

type gatherer struct {
	e       *Engine
	ctx     context.Context
	f       *Facts
	pins    pins // of all names that are needed, when gathering began
	pinsErr error
	mu      sync.Mutex
	wait    sync.WaitGroup
}

func (g *gatherer) run(f func()) { g.wait.Go(f) }

func put[T any](g *gatherer, at *Fact[T], v Fact[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*at = v
}

func set[K comparable, T any](g *gatherer, m map[K]Fact[T], k K, v Fact[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m[k] = v
}

// pinned is the id behind a name: the pinned one, else what look finds.
func (g *gatherer) pinned(kind, name string, look func(context.Context, string) (string, error)) Fact[string] {
	if g.pinsErr != nil {
		return Fact[string]{Trouble: "the store does not answer"}
	}
	if id := g.pins[[2]string{kind, name}]; id != "" {
		return Fact[string]{Value: id, Source: g.e.out.DirectoryName, ReadAt: g.e.clock.Machine()}
	}
	return g.e.lookAndPin(g.ctx, kind, name, look)
}

// userNamed is the person that the file names by an address.
func (g *gatherer) userNamed(address string) Fact[Person] {
	id := g.pinned(pinUser, address, g.e.lookUser)
	if id.Trouble != "" || id.Value == "" {
		return Fact[Person]{Source: id.Source, ReadAt: id.ReadAt, Trouble: id.Trouble}
	}
	return g.e.person(g.ctx, PersonID(id.Value))
}

// group is the id of a group that the file names, and who is in it if that matters.
func (g *gatherer) group(name string, members bool) {
	id := g.pinned(pinGroup, name, g.e.lookGroup)
	set(g, g.f.GroupIDs, name, id)
	if !members {
		return
	}
	list := Fact[[]Person]{Source: id.Source, ReadAt: id.ReadAt, Trouble: id.Trouble}
	if id.Trouble == "" && id.Value != "" {
		list = ask(g.e, g.e.out.DirectoryName, func() ([]Person, error) { return g.e.out.Directory.Members(g.ctx, id.Value) })
	}
	set(g, g.f.Members, name, list)
}

func (g *gatherer) owning(owners []string) {
	f := Fact[Owning]{Source: "store", ReadAt: g.e.clock.Machine()}
	kept := ""
	if err := g.e.store.View(g.ctx, func(tx Tx) (err error) {
		f.Value, kept, err = owning(tx, owners)
		return err
	}); err != nil {
		f.Trouble = "the store does not answer"
	}
	put(g, &g.f.Owning, f)
	g.mu.Lock()
	g.f.owningKept = kept
	g.mu.Unlock()
}

func (g *gatherer) shift(s Shift) {
	list, name := g.e.onShift(g.ctx, s)
	set(g, g.f.Shifts, s, list)
	g.mu.Lock()
	g.f.Names[s] = name
	g.mu.Unlock()
}

// ask turns a call into a fact. Not found is an answer: the zero value.
func ask[T any](e *Engine, source string, call func() (T, error)) Fact[T] {
	v, err := call()
	f := Fact[T]{Value: v, Source: source, ReadAt: e.clock.Machine()}
	if err != nil && !errors.Is(err, ErrNotFound) {
		var zero T
		f.Value, f.Trouble = zero, e.out.title(source)+" does not answer"
		if errors.Is(err, ErrAmbiguous) {
			f.Trouble = sentenceOf(err)
		}
		e.noteTrouble(source, err)
	}
	return f
}

func (e *Engine) person(ctx context.Context, id PersonID) Fact[Person] {
	return ask(e, e.out.DirectoryName, func() (Person, error) { return e.out.Directory.Person(ctx, id) })
}

func (e *Engine) groupsOf(ctx context.Context, id PersonID) Fact[[]string] {
	return ask(e, e.out.DirectoryName, func() ([]string, error) { return e.out.Directory.GroupsOf(ctx, id) })
}

func (e *Engine) userAt(ctx context.Context, address string) Fact[Person] {
	return ask(e, e.out.DirectoryName, func() (Person, error) { return e.lookAddress(ctx, address) })
}

// lookAddress is the person with an address. In some directories people write their own, so somebody may have taken another's.
func (e *Engine) lookAddress(ctx context.Context, address string) (Person, error) {
	p, err := e.out.Directory.PersonBy(ctx, "email", address)
	if errors.Is(err, ErrAmbiguous) {
		err = &Error{Kind: KindInvalid, Cause: err, Sentence: e.out.title(e.out.DirectoryName) + " has more than one person with the address " + address}
	}
	return p, err
}

// sentenceOf is what an error says to people.
func sentenceOf(err error) string {
	var x *Error
	if errors.As(err, &x) {
		return x.Sentence
	}
	return err.Error()
}

func (e *Engine) managerOf(ctx context.Context, id PersonID, level int) Fact[Person] {
	if d := e.out.Doubt(ctx, AttributeManager); d.Trouble != "" {
		return Fact[Person]{Source: e.out.DirectoryName, ReadAt: e.clock.Machine(), Trouble: d.Trouble}
	}
	return ask(e, e.out.DirectoryName, func() (Person, error) {
		boss, err := e.out.Directory.Manager(ctx, id, level)
		if err != nil {
			return Person{}, err
		}
		return e.out.Directory.Person(ctx, boss)
	})
}

// zoneOf is what the directory says of somebody's time zone, where people cannot write that themselves.
func (e *Engine) zoneOf(ctx context.Context, id PersonID) Fact[string] {
	if d := e.out.Doubt(ctx, AttributeZone); d.Trouble != "" {
		return Fact[string]{Source: e.out.DirectoryName, ReadAt: e.clock.Machine(), Trouble: d.Trouble}
	}
	p := e.person(ctx, id)
	return Fact[string]{Value: p.Value.Attributes[AttributeZone], Source: p.Source, ReadAt: p.ReadAt, Trouble: p.Trouble}
}

func (e *Engine) onShift(ctx context.Context, s Shift) (Fact[[]Standing], string) {
	source := e.out.OnCall[s.In]
	if source == nil {
		return Fact[[]Standing]{Trouble: fmt.Sprintf("%s is not configured", s.In)}, s.Schedule
	}
	name, err := source.ShiftName(ctx, s.Schedule)
	if err != nil {
		name = s.Schedule
	}
	duties := ask(e, s.In, func() ([]Duty, error) { return source.OnCall(ctx, s, e.clock.Company()) })
	out := Fact[[]Standing]{Source: duties.Source, ReadAt: duties.ReadAt, Trouble: duties.Trouble}
	for _, d := range duties.Value {
		p := e.userAt(ctx, d.Email)
		if p.Trouble != "" {
			out.Value, out.Trouble = nil, p.Trouble
			return out, name
		}
		if p.Value.ID != "" && !slices.ContainsFunc(out.Value, func(x Standing) bool { return x.Person.ID == p.Value.ID }) {
			out.Value = append(out.Value, Standing{Person: p.Value, Level: d.Level, Until: d.Until})
		}
	}
	return out, name
}
