package flows_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/store"
)

// world is a small company in memory around the real engine and a real SQLite store. Time stands still until the test moves it.
type world struct {
	t      *testing.T
	ctx    context.Context
	clock  *clock
	store  *store.Store
	engine *flows.Engine
	people *people
	target *target
	shifts *shifts
	policy []*flows.Flow
	drawn  int
}

type clock struct {
	mu               sync.Mutex
	company, machine time.Time
}

func (c *clock) Company() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.company }
func (c *clock) Machine() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.machine }
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.company, c.machine = c.company.Add(d), c.machine.Add(d)
}

// people is a directory in memory.
type people struct {
	mu     sync.Mutex
	all    map[flows.PersonID]flows.Person
	groups map[string][]flows.PersonID
	boss   map[flows.PersonID]flows.PersonID
	down   bool
}

func (p *people) ask() error {
	if p.down {
		return &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: "Okta does not answer"}
	}
	return nil
}

func (p *people) Person(_ context.Context, id flows.PersonID) (flows.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x, ok := p.all[id]
	if err := p.ask(); err != nil {
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
	for _, x := range p.all {
		if (attribute == "email" && flows.SameAddress(x.Email, value)) || (attribute != "email" && x.Attributes[attribute] == value) {
			return x, nil
		}
	}
	return flows.Person{}, flows.ErrNotFound
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

func (p *people) GroupID(_ context.Context, name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.ask(); err != nil {
		return "", err
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
		out = append(out, x)
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
	source  string
	calls   []string
	before  func(verb string) // called before each call, for crossing events
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
	if g.before != nil {
		f := g.before
		g.mu.Unlock()
		f(verb)
		g.mu.Lock()
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
	return flows.Reading{Present: g.members[e][p], Source: g.source}, nil
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
	if g.members[e] == nil {
		g.members[e] = map[flows.PersonID]bool{}
	}
	if have {
		g.members[e][p] = true
	} else {
		delete(g.members[e], p)
	}
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
	mu   sync.Mutex
	on   []flows.Duty
	down bool
}

func (s *shifts) OnCall(_ context.Context, x flows.Shift, _ time.Time) ([]flows.Duty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, later()
	}
	return s.on, nil
}

func (s *shifts) ShiftName(context.Context, string) (string, error) { return "SRE primary", nil }

// chat says that every account is somebody of ours, by the attribute slackId.
type chat struct{}

func (chat) Profile(_ context.Context, a flows.Account) (flows.Profile, error) {
	if strings.HasPrefix(a.User, "guest") {
		return flows.Profile{Account: a, Refused: "Guests cannot use Hallpass."}, nil
	}
	return flows.Profile{Account: a, Confirmed: true, Zone: "UTC"}, nil
}

func (chat) Find(context.Context, string, string, string) (flows.Profile, error) {
	return flows.Profile{}, flows.ErrNotFound
}

const (
	ana  = flows.PersonID("00uana")
	ben  = flows.PersonID("00uben")
	caro = flows.PersonID("00ucaro")
	dev  = flows.PersonID("00udev")
	eve  = flows.PersonID("00ueve")
)

var (
	prodDB  = flows.ResourceKey{Integration: "okta", Type: "group", ID: "00gdb"}
	prodKey = flows.Entitlement{ResourceKey: prodDB, Permission: "member"}
)

// usual is the flow of most stories: the manager, then somebody on call.
func usual() flows.FlowSpec {
	return flows.FlowSpec{Name: "production", Who: flows.Who{Any: []flows.Selector{{Kind: flows.SelectGroup, Group: "engineering"}}},
		What:    []flows.What{{In: "okta", Type: "group", Names: []string{"prod-*"}}},
		HowLong: flows.HowLong{Choices: []time.Duration{time.Hour, 2 * time.Hour}, Max: 8 * time.Hour, Custom: true, Extend: flows.Extend{Times: 1, By: 4 * time.Hour}},
		Why:     flows.Why{Required: true, AtLeast: 5},
		Approval: flows.Approval{Steps: []flows.Step{{All: []flows.Requirement{{From: flows.Selector{Kind: flows.SelectManager, Manager: 1}}}},
			{All: []flows.Requirement{{From: onCall()}}}}, Fallback: []flows.Selector{{Kind: flows.SelectGroup, Group: "security"}}}}
}

func onCall() flows.Selector {
	return flows.Selector{Kind: flows.SelectShift, Shift: &flows.Shift{In: "pagerduty", Schedule: "PSRE01"}}
}

// oneStep is the simplest flow with people: one of database-owners.
func oneStep() flows.FlowSpec {
	s := usual()
	s.Approval.Steps = []flows.Step{{All: []flows.Requirement{{From: flows.Selector{Kind: flows.SelectGroup, Group: "database-owners"}}}}}
	return s
}

func automatic() flows.FlowSpec {
	s := usual()
	s.Approval = flows.Approval{Automatic: true}
	return s
}

func newWorld(t *testing.T, specs ...flows.FlowSpec) *world {
	t.Helper()
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	w := &world{t: t, ctx: t.Context(), clock: &clock{company: start, machine: start}}
	person := func(id flows.PersonID, name string) flows.Person {
		login := strings.ToLower(strings.Fields(name)[0])
		return flows.Person{ID: id, Login: login, Email: login + "@acme.example", Name: name, Status: flows.StatusActive, Attributes: map[string]string{"slackId": "U" + login}}
	}
	w.people = &people{all: map[flows.PersonID]flows.Person{ana: person(ana, "Ana Silva"), ben: person(ben, "Ben Okafor"), caro: person(caro, "Caro Lind"), dev: person(dev, "Dev Patel"), eve: person(eve, "Eve Moreau")},
		groups: map[string][]flows.PersonID{"engineering": {ana, ben, caro, dev}, "database-owners": {ben, caro, dev}, "security": {eve}},
		boss:   map[flows.PersonID]flows.PersonID{ana: caro, ben: caro, dev: caro}}
	w.target = &target{members: map[flows.Entitlement]map[flows.PersonID]bool{}, list: []flows.Resource{
		{ResourceKey: prodDB, Name: "prod-db", Permissions: []string{"member"}, Description: "read and write on production payments"},
		{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "id-security"}, Name: "security", Permissions: []string{"member"}}}}
	w.shifts = &shifts{on: []flows.Duty{{Email: "ben@acme.example", Name: "Ben", Level: 1, Until: start.Add(6 * time.Hour)}}}
	w.open(filepath.Join(t.TempDir(), "hallpass.db"))
	w.use(specs...)
	w.sync()
	w.clock.pass(time.Minute)
	t.Cleanup(w.nothingForgotten)
	return w
}

// nothingForgotten ends every story: no state waits for an intent that nobody recorded.
func (w *world) nothingForgotten() {
	found, err := w.engine.Sweep(context.Background())
	if err != nil || len(found) > 0 {
		w.t.Errorf("the sweep found %v, %v", found, err)
	}
}

func (w *world) open(path string) {
	s, err := store.Open(w.ctx, store.Options{DSN: "sqlite:" + path, Clock: w.clock, Synchronous: "OFF"})
	w.must(err)
	w.t.Cleanup(func() { s.Close() })
	w.store = s
	w.engine = flows.NewEngine(s, w.clock, flows.Outside{Directory: w.people, DirectoryName: "okta", OnCall: map[string]flows.OnCall{"pagerduty": w.shifts},
		Targets: map[string]flows.Target{"okta": w.target}, Accounts: map[string]flows.Accounts{"slack": chat{}}, Titles: map[string]string{"okta": "Okta", "pagerduty": "PagerDuty"}},
		flows.Settings{Platform: "slack", Workspaces: []string{"T01"}, Link: flows.Link{Attribute: "slackId"}, Admins: []flows.Selector{{Kind: flows.SelectGroup, Group: "security"}},
			Feed: "C0FEED", Audit: "C0AUDIT", Pending: 10, PerDay: 30, CallTimeout: 10 * time.Second, ProofGap: 30 * time.Second, Help: "Ask #access-help."}, nil)
}

func (w *world) use(specs ...flows.FlowSpec) {
	w.t.Helper()
	w.policy = nil
	for _, s := range specs {
		f, problems := flows.NewFlow(s)
		if len(problems) > 0 {
			w.t.Fatal(problems)
		}
		w.policy = append(w.policy, f)
	}
	w.must(w.engine.LoadPolicy(w.ctx, w.policy, []string{"security", "database-owners"}))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sync() { w.must(w.engine.Sync(w.ctx, "okta", time.Hour).Err) }

func (w *world) view(f func(tx flows.Tx) error) {
	w.t.Helper()
	w.must(w.store.View(w.ctx, f))
}

// run carries out everything that is due until nothing is, as the scheduler would, and posts as the chat would.
func (w *world) run() {
	w.t.Helper()
	for range 1000 {
		if !w.step() {
			return
		}
	}
	w.t.Fatal("there is always something due")
}

func (w *world) step() bool {
	w.t.Helper()
	var list []flows.Intent
	w.must(w.store.Change(w.ctx, func(tx flows.Tx) (err error) {
		var skip []string
		lanes, err := tx.Lanes()
		for _, l := range lanes {
			if l.Closed && tx.Real().Before(l.ProbeAfter) {
				skip = append(skip, l.Name)
			}
		}
		if err != nil {
			return err
		}
		list, err = tx.Claim(flows.ClaimQuery{Owner: "test", Company: tx.Now(), Machine: tx.Real(), Until: tx.Real().Add(time.Minute), Skip: skip, Limit: 1})
		return err
	}))
	for _, i := range list {
		w.finish(i, w.handle(i))
	}
	return len(list) > 0
}

func (w *world) handle(i flows.Intent) flows.Result {
	var id int64
	_, after, _ := strings.Cut(i.Subject, "/")
	fmt.Sscan(after, &id)
	switch i.Kind {
	case flows.IntentHold:
		return w.engine.Hold(w.ctx, flows.HoldingID(id))
	case flows.IntentAsk:
		return w.engine.Reconsider(w.ctx, flows.RequestID(id))
	case flows.IntentTimer:
		return w.engine.Tick(w.ctx, i.Subject)
	case flows.IntentPost:
		w.draw(flows.PostID(id))
	}
	return flows.Result{}
}

func (w *world) finish(i flows.Intent, r flows.Result) {
	w.must(w.store.Change(w.ctx, func(tx flows.Tx) error {
		f := flows.Finish{Done: !r.Again, Scale: r.Scale, Due: r.Due}
		if r.Err != nil {
			f = flows.Finish{Scale: flows.ByMachine, Due: tx.Real().Add(5 * time.Second), Error: r.Err.Error()}
		}
		_, err := tx.Finish(i, f)
		return err
	}))
}

// draw does what the bot does with a post: it stands in the chat and shows the request's revision.
func (w *world) draw(id flows.PostID) {
	w.must(w.store.Change(w.ctx, func(tx flows.Tx) error {
		p, err := tx.Post(id)
		if err != nil {
			return err
		}
		if p.TS == "" {
			w.drawn++
			p.TS = fmt.Sprintf("%d.0", w.drawn)
			if p.Channel == "" {
				p.Channel = "D" + string(p.Person)
			}
		}
		p.Drawn = p.Wanted
		if p.Request != 0 {
			r, err := tx.Request(p.Request)
			if err != nil {
				return err
			}
			p.Shown = r.Revision
		}
		return tx.PutPost(p)
	}))
}

func (w *world) actor(id flows.PersonID) flows.Actor {
	w.t.Helper()
	a, err := w.engine.Identify(w.ctx, w.account(id))
	w.must(err)
	return a
}

func (w *world) account(id flows.PersonID) flows.Account {
	return flows.Account{Platform: "slack", Workspace: "T01", User: w.people.all[id].Attributes["slackId"]}
}

func (w *world) ask(who flows.PersonID, d time.Duration) *flows.Request {
	w.t.Helper()
	r, err := w.engine.Ask(w.ctx, w.actor(who), flows.Draft{Resource: prodDB, Duration: d, Reason: "replay failed payments"})
	w.must(err)
	w.run()
	return r
}

// press presses a button on the approver's card as it stands.
func (w *world) press(who flows.PersonID, id flows.RequestID, yes bool) flows.Answer {
	w.t.Helper()
	a, err := w.engine.Decide(w.ctx, w.actor(who), w.pressOn(who, id, yes))
	w.must(err)
	w.run()
	return a
}

func (w *world) pressOn(who flows.PersonID, id flows.RequestID, yes bool) flows.Press {
	w.t.Helper()
	p := flows.Press{Request: id, Yes: yes, Pressed: w.clock.Machine()}
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Request: id, Person: who, Kinds: []flows.PostKind{flows.PostApprover}})
		if len(list) > 0 {
			post := list[len(list)-1]
			p.Channel, p.TS, p.Shown = post.Channel, post.TS, post.Shown
		}
		return err
	})
	return p
}

func (w *world) request(id flows.RequestID) (r *flows.Request) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { r, err = tx.Request(id); return err })
	return r
}

func (w *world) grant(id flows.RequestID) (g *flows.Grant) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Grants(flows.GrantFilter{Request: id})
		if len(list) > 0 {
			g = list[len(list)-1]
		}
		return err
	})
	if g == nil {
		w.t.Fatalf("%s has no grant", id)
	}
	return g
}

func (w *world) holding(id flows.HoldingID) (h *flows.Holding) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { h, err = tx.Holding(id); return err })
	return h
}

// log is the actions of a request in order.
func (w *world) log(id flows.RequestID) []string {
	w.t.Helper()
	var out []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Request: id})
		for _, e := range list {
			out = append(out, string(e.Action))
		}
		return err
	})
	return out
}

// told is the topics of notices and warnings to a person, in order.
func (w *world) told(who flows.PersonID) []string {
	w.t.Helper()
	var out []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Person: who, Kinds: []flows.PostKind{flows.PostNotice, flows.PostWarning}})
		for _, p := range list {
			out = append(out, strings.TrimSuffix(string(p.Kind)+" "+p.Topic, " "))
		}
		return err
	})
	return out
}

// alarms is what the audit channel was told.
func (w *world) alarms() []string {
	w.t.Helper()
	var out []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Kinds: []flows.PostKind{flows.PostAdmin}})
		for _, p := range list {
			out = append(out, p.Text)
		}
		return err
	})
	return out
}

// pass lets time go by in steps, running what falls due.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for step := min(d, 10*time.Second); d > 0; d -= step {
		w.clock.pass(min(step, d))
		w.run()
	}
}
