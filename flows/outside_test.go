package flows_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"hallpass/flows"
)

// people is a directory in memory.
type people struct {
	mu     sync.Mutex
	all    map[flows.PersonID]flows.Person
	groups map[string][]flows.PersonID
	ids    map[string]string // a group that has come to have another id
	twins  []string          // names of groups that there are two of
	boss   map[flows.PersonID]flows.PersonID
	hidden []flows.PersonID // left out of the list of all people
	down   bool
	own    []string // attributes that people can write themselves
	closed error    // what a question for the schema fails with
	// failPerson is what every question for one person fails with.
	failPerson error
	powers     map[string]string // what groups administer, by their ids
	failPowers error
}

// numbered is one of a crowd.
func numbered(i int) flows.Person {
	n := fmt.Sprintf("%03d", i)
	return flows.Person{ID: flows.PersonID("00up" + n), Email: "p" + n + "@acme.example", Name: "Person " + n, Status: flows.StatusActive, Attributes: map[string]string{"slackId": "Up" + n}}
}

func (p *people) ask() error {
	if p.down {
		return &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: "Okta does not answer"}
	}
	return nil
}

// Administers is what a group administers in the directory.
func (p *people) Administers(_ context.Context, id string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.powers[id], cmp.Or(p.ask(), p.failPowers)
}

func (p *people) Person(_ context.Context, id flows.PersonID) (flows.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x, ok := p.all[id]
	if err := cmp.Or(p.ask(), p.failPerson); err != nil {
		return flows.Person{}, err
	}
	if !ok {
		return flows.Person{}, flows.ErrNotFound
	}
	return x, nil
}

func (p *people) PersonBy(_ context.Context, attribute, value string) (flows.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ask(); err != nil {
		return flows.Person{}, err
	}
	var found []flows.Person
	for _, x := range p.all {
		if (attribute == "email" && flows.SameAddress(x.Email, value)) || (attribute != "email" && x.Attributes[attribute] == value) {
			found = append(found, x)
		}
	}
	switch len(found) {
	case 0:
		return flows.Person{}, flows.ErrNotFound
	case 1:
		return found[0], nil
	}
	return flows.Person{}, flows.ErrAmbiguous
}

func (p *people) Manager(_ context.Context, id flows.PersonID, levels int) (flows.PersonID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ask(); err != nil {
		return "", err
	}
	for range levels {
		id = p.boss[id]
	}
	if id == "" {
		return "", flows.ErrNotFound
	}
	return id, nil
}

func (p *people) Attribute(_ context.Context, name string) (flows.Attribute, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := flows.Attribute{Name: name, Own: slices.Contains(p.own, name), Mend: "Make it read-only in Okta."}
	return a, cmp.Or(p.ask(), p.closed)
}

func (p *people) GroupID(_ context.Context, name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ask(); err != nil {
		return "", err
	}
	if slices.Contains(p.twins, name) {
		return "", &flows.Error{Kind: flows.KindInvalid, Sentence: "Okta has 2 groups called " + name, Cause: flows.ErrAmbiguous}
	}
	if id, ok := p.ids[name]; ok {
		return id, nil
	}
	if _, ok := p.groups[name]; !ok {
		return "", flows.ErrNotFound
	}
	return "id-" + name, nil
}

func (p *people) Members(_ context.Context, id string) ([]flows.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ask(); err != nil {
		return nil, err
	}
	var out []flows.Person
	for _, m := range p.groups[strings.TrimPrefix(id, "id-")] {
		out = append(out, p.all[m])
	}
	return out, nil
}

func (p *people) GroupsOf(_ context.Context, id flows.PersonID) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ask(); err != nil {
		return nil, err
	}
	var out []string
	for name, list := range p.groups {
		if slices.Contains(list, id) {
			out = append(out, "id-"+name)
		}
	}
	return out, nil
}

func (p *people) People(context.Context) ([]flows.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ask(); err != nil {
		return nil, err
	}
	var out []flows.Person
	for _, x := range p.all {
		if !slices.Contains(p.hidden, x.ID) {
			out = append(out, x)
		}
	}
	return out, nil
}

// target is a directory of groups in memory, with what can go wrong.
type target struct {
	mu      sync.Mutex
	members map[flows.Entitlement]map[flows.PersonID]bool
	list    []flows.Resource
	down    bool
	lose    int    // so many answers of changing calls are lost after they took effect
	refuse  string // grants are refused for good
	stay    string // removals are refused
	source  string
	calls   []string
	removed []string          // the ids of what was taken away, in order
	before  func(verb string) // called before each call, for crossing events
	after   func()            // called after each call took effect, before its answer is read
}

func later() error {
	return &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: "Okta does not answer"}
}

func (g *target) Title() string            { return "Okta" }
func (g *target) Residual() flows.Residual { return flows.Residual{For: time.Hour, Known: true} }

func (g *target) Sync(context.Context) (flows.Snapshot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.down {
		return flows.Snapshot{}, later()
	}
	s := flows.Snapshot{Resources: slices.Clone(g.list), Members: map[flows.Entitlement][]flows.PersonID{}}
	for _, r := range g.list {
		e := flows.Entitlement{ResourceKey: r.ResourceKey, Permission: "member"}
		s.Members[e] = []flows.PersonID{}
		for p := range g.members[e] {
			s.Members[e] = append(s.Members[e], p)
		}
	}
	return s, nil
}

func (g *target) enter(verb string) error {
	if f := g.before; f != nil {
		g.mu.Unlock()
		func() {
			defer g.mu.Lock()
			f(verb)
		}()
	}
	g.calls = append(g.calls, verb)
	if g.down {
		return later()
	}
	return nil
}

func (g *target) Check(_ context.Context, e flows.Entitlement, p flows.PersonID) (flows.Reading, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.enter("check"); err != nil {
		return flows.Reading{}, err
	}
	if !slices.ContainsFunc(g.list, func(r flows.Resource) bool { return r.ResourceKey == e.ResourceKey }) {
		return flows.Reading{Gone: "the group no longer exists"}, nil
	}
	g.effect()
	return flows.Reading{Present: g.members[e][p], Source: g.source}, nil
}

func (g *target) effect() {
	if g.after != nil {
		g.after()
	}
}

func (g *target) set(verb string, e flows.Entitlement, p flows.PersonID, have bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.enter(verb); err != nil {
		return err
	}
	if g.refuse != "" && have {
		return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: g.refuse}
	}
	if g.stay != "" && !have {
		return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: g.stay}
	}
	if g.members[e] == nil {
		g.members[e] = map[flows.PersonID]bool{}
	}
	if have {
		g.members[e][p] = true
	} else {
		delete(g.members[e], p)
		g.removed = append(g.removed, e.ID)
	}
	g.effect()
	if g.lose > 0 {
		g.lose--
		return &flows.CallError{Outcome: flows.OutcomeUnknown, Lane: true, Sentence: "Okta gave no answer"}
	}
	return nil
}

func (g *target) Grant(_ context.Context, e flows.Entitlement, p flows.PersonID) error {
	return g.set("grant", e, p, true)
}

func (g *target) Remove(_ context.Context, e flows.Entitlement, p flows.PersonID) error {
	return g.set("remove", e, p, false)
}

func (g *target) has(e flows.Entitlement, p flows.PersonID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.members[e][p]
}

// shifts is who is on call, in memory.
type shifts struct {
	mu    sync.Mutex
	on    []flows.Duty
	down  bool
	asked func() // called when an answer was read, before it arrives
	plan  []flows.Planned
}

// Plan is what a test has planned, at every level.
func (s *shifts) Plan(_ context.Context, _ flows.Shift, from, to time.Time) (out []flows.Planned, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, later()
	}
	for _, p := range s.plan {
		if p.From.Before(to) && (p.To.IsZero() || from.Before(p.To)) {
			out = append(out, p)
		}
	}
	return out, nil
}

func (s *shifts) OnCall(_ context.Context, x flows.Shift, _ time.Time) ([]flows.Duty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, later()
	}
	on := s.on
	if s.asked != nil {
		s.asked()
	}
	return on, nil
}

func (s *shifts) ShiftName(context.Context, string) (string, error) { return "SRE primary", nil }

// chat says that every account is somebody of ours, unless a test has given it another profile.
type chat struct {
	mu       sync.Mutex
	profiles map[string]flows.Profile // by user
	down     bool
}

func (c *chat) Profile(_ context.Context, a flows.Account) (flows.Profile, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return flows.Profile{}, &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: "Slack does not answer"}
	}
	if p, ok := c.profiles[a.User]; ok {
		p.Account = a
		return p, nil
	}
	if strings.HasPrefix(a.User, "guest") {
		return flows.Profile{Account: a, Refused: "Guests cannot use Hallpass."}, nil
	}
	return flows.Profile{Account: a, Confirmed: true, Zone: "UTC"}, nil
}

func (c *chat) Find(_ context.Context, platform, workspace, address string) (flows.Profile, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for user, p := range c.profiles {
		if flows.SameAddress(p.Email, address) {
			p.Account = flows.Account{Platform: platform, Workspace: workspace, User: user}
			return p, nil
		}
	}
	return flows.Profile{}, flows.ErrNotFound
}
