package flows_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/store"
)

// world is a small company in memory around the real engine and a real SQLite store. Time stands still until the test moves it.
type world struct {
	t      testing.TB
	ctx    context.Context
	clock  *clock
	store  *store.Store
	door   flows.Store // what the engine and the scheduler see: the store, or one that crashes
	engine *flows.Engine
	people *people
	target *target
	shifts *shifts
	chat   *chat
	set    flows.Settings
	path   string
	policy []*flows.Flow
	drawn  int
	dark   map[flows.PersonID]bool // whom no chat reaches
	crash  *crash                  // nil in most stories
	left   bool
	book   *logbook // what the target says that we wrote; nil when it cannot say
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

func newWorld(t testing.TB, specs ...flows.FlowSpec) *world {
	t.Helper()
	w := emptyWorld(t)
	w.begin(specs...)
	return w
}

// begin opens the store, puts flows in force, and syncs once. Settings and people can be changed before.
func (w *world) begin(specs ...flows.FlowSpec) {
	w.t.Helper()
	w.path = filepath.Join(w.t.TempDir(), "hallpass.db")
	w.open()
	w.t.Cleanup(w.leave)
	w.use(specs...)
	w.sync()
	w.clock.pass(time.Minute)
}

func emptyWorld(t testing.TB) *world {
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
	w.chat = &chat{profiles: map[string]flows.Profile{}}
	w.set = flows.Settings{Platforms: []flows.Platform{{Name: "slack", Title: "Slack", Workspaces: []string{"T01"}, Link: flows.Link{Attribute: "slackId"}}}, Admins: []flows.Selector{{Kind: flows.SelectGroup, Group: "security"}},
		Feed: flows.Place{Platform: "slack", Workspace: "T01", Channel: "C0FEED"}, Audit: flows.Place{Platform: "slack", Workspace: "T01", Channel: "C0AUDIT"}, Pending: 10, PerDay: 30, CallTimeout: 10 * time.Second, ProofGap: 30 * time.Second, Help: "Ask #access-help."}
	return w
}

// leave ends a story, once.
func (w *world) leave() {
	if !w.left {
		w.left = true
		w.nothingForgotten()
		w.store.Close()
	}
}

// nothingForgotten ends every story: no state waits for an intent that nobody recorded.
func (w *world) nothingForgotten() {
	found, err := w.engine.Sweep(context.Background())
	if err != nil || len(found) > 0 {
		w.t.Errorf("the sweep found %v, %v", found, err)
	}
}

func (w *world) open() {
	w.t.Helper()
	s, err := store.Open(w.ctx, store.Options{DSN: "sqlite:" + w.path, Clock: w.clock, Synchronous: "OFF"})
	w.must(err)
	w.store, w.door = s, s
	if w.crash != nil {
		w.door = crashing{s, w.crash}
	}
	w.rise()
}

// rise starts an engine on the store as it is, as a new process does.
func (w *world) rise() {
	var target flows.Target = w.target
	if w.book != nil {
		target = w.book
	}
	w.engine = flows.NewEngine(w.door, w.clock, flows.Outside{Directory: w.people, DirectoryName: "okta", OnCall: map[string]flows.OnCall{"pagerduty": w.shifts},
		Targets: map[string]flows.Target{"okta": target}, Accounts: map[string]flows.Accounts{"slack": w.chat, "teams": w.chat}, Titles: map[string]string{"okta": "Okta", "pagerduty": "PagerDuty"}}, w.set, nil)
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
	w.must(w.door.Change(w.ctx, func(tx flows.Tx) (err error) {
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
	case flows.IntentSync:
		if name := strings.TrimPrefix(i.Subject, "sync/"); name == flows.PolicyWork || name == flows.PlanWork || name == flows.RecoveryWork {
			return w.engine.Sync(w.ctx, name, 0)
		}
	}
	return flows.Result{}
}

func (w *world) finish(i flows.Intent, r flows.Result) {
	w.must(w.door.Change(w.ctx, func(tx flows.Tx) error {
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
	w.must(w.store.Change(w.ctx, func(tx flows.Tx) error { return w.drawIn(tx, id) }))
}

func (w *world) drawIn(tx flows.Tx, id flows.PostID) error {
	p, err := tx.Post(id)
	if err != nil || w.dark[p.Person] {
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

// pass lets time go by in steps, running what falls due.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for step := min(d, 10*time.Second); d > 0; d -= step {
		w.clock.pass(min(step, d))
		w.run()
	}
}
