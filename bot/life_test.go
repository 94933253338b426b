package bot

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

var _ Engine = (*flows.Engine)(nil)

// acme is a company in memory: directory, one group, and accounts that are linked by the attribute slackId.
type acme struct {
	flows.Directory
	people map[flows.PersonID]flows.Person
	groups map[string][]flows.PersonID
	has    bool
}

func (a *acme) Person(_ context.Context, id flows.PersonID) (flows.Person, error) {
	p, ok := a.people[id]
	if !ok {
		return p, flows.ErrNotFound
	}
	return p, nil
}

func (a *acme) PersonBy(_ context.Context, attribute, value string) (flows.Person, error) {
	for _, p := range a.people {
		if p.Attributes[attribute] == value {
			return p, nil
		}
	}
	return flows.Person{}, flows.ErrNotFound
}

func (a *acme) Manager(context.Context, flows.PersonID, int) (flows.PersonID, error) {
	return "caro", nil
}
func (a *acme) GroupID(_ context.Context, name string) (string, error) { return name, nil }

func (a *acme) Members(_ context.Context, id string) (out []flows.Person, err error) {
	for _, p := range a.groups[id] {
		out = append(out, a.people[p])
	}
	return out, nil
}

func (a *acme) Attribute(_ context.Context, name string) (flows.Attribute, error) {
	return flows.Attribute{Name: name}, nil
}

func (a *acme) GroupsOf(context.Context, flows.PersonID) ([]string, error) { return nil, nil }

func (a *acme) People(context.Context) ([]flows.Person, error) {
	return slices.Collect(maps.Values(a.people)), nil
}

func (a *acme) Sync(context.Context) (flows.Snapshot, error) {
	return flows.Snapshot{Resources: []flows.Resource{db}, Members: map[flows.Entitlement][]flows.PersonID{{ResourceKey: db.ResourceKey, Permission: "member"}: {}}}, nil
}

func (a *acme) Check(context.Context, flows.Entitlement, flows.PersonID) (flows.Reading, error) {
	return flows.Reading{Present: a.has}, nil
}

func (a *acme) Grant(context.Context, flows.Entitlement, flows.PersonID) error {
	a.has = true
	return nil
}

func (a *acme) Remove(context.Context, flows.Entitlement, flows.PersonID) error {
	a.has = false
	return nil
}

func (a *acme) Residual() flows.Residual { return flows.Residual{For: time.Hour, Known: true} }
func (a *acme) Title() string            { return "Okta" }

type accounts struct{}

func (accounts) Profile(_ context.Context, a flows.Account) (flows.Profile, error) {
	return flows.Profile{Account: a, Zone: "UTC", Confirmed: true}, nil
}

func (accounts) Find(context.Context, string, string, string) (flows.Profile, error) {
	return flows.Profile{}, flows.ErrNotFound
}

// lively is a world with the real engine.
func lively(t *testing.T) (*world, *flows.Engine) {
	w := newWorld(t)
	a := &acme{people: map[flows.PersonID]flows.Person{}, groups: map[string][]flows.PersonID{"database-owners": {"ben"}}}
	for id, name := range map[flows.PersonID]string{"ana": "Ana Silva", "ben": "Ben Okafor", "caro": "Caro Lind"} {
		login := strings.ToLower(string(id))
		a.people[id] = flows.Person{ID: id, Name: name, Email: login + "@acme.com", Status: flows.StatusActive, Attributes: map[string]string{"slackId": "U" + strings.ToUpper(login)}}
	}
	e := flows.NewEngine(w.store, w.clock, flows.Outside{Directory: a, DirectoryName: "okta", Targets: map[string]flows.Target{"okta": a},
		Accounts: map[string]flows.Accounts{"slack": accounts{}}, Titles: map[string]string{"okta": "Okta"}},
		flows.Settings{Platforms: []flows.Platform{{Name: "slack", Title: "Slack", Workspaces: []string{"T1"}, Link: flows.Link{Attribute: "slackId"}}},
			Feed: flows.Place{Platform: "slack", Workspace: "T1", Channel: "CFEED"}, Pending: 10, PerDay: 30,
			CallTimeout: 10 * time.Second, ProofGap: 30 * time.Second}, nil)
	if err := e.LoadPolicy(ctx, []*flows.Flow{twoSteps(t)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := e.Sync(ctx, "okta", 1000*time.Hour).Err; err != nil {
		t.Fatal(err)
	}
	w.bot.Engine, w.bot.Reach = e, e.Reach
	w.clock.pass(time.Second)
	return w, e
}

// carry carries out what is due until nothing is.
func (w *world) carry(e *flows.Engine) {
	w.t.Helper()
	for range 1000 {
		var list []flows.Intent
		w.change(func(tx flows.Tx) (err error) {
			list, err = tx.Claim(flows.ClaimQuery{Owner: "test", Company: w.clock.company, Machine: w.clock.machine, Until: w.clock.machine.Add(time.Minute),
				Room: map[string]int{"": 1}, Limit: 1})
			return err
		})
		if len(list) == 0 {
			return
		}
		r := w.carryOne(e, list[0])
		if r.Err != nil {
			w.t.Fatalf("%s %s: %v", list[0].Kind, list[0].Subject, r.Err)
		}
		w.change(func(tx flows.Tx) error {
			_, err := tx.Finish(list[0], flows.Finish{Done: !r.Again, Scale: r.Scale, Due: r.Due})
			return err
		})
	}
	w.t.Fatal("there is always something due")
}

func (w *world) carryOne(e *flows.Engine, i flows.Intent) flows.Result {
	var id int64
	_, _ = fmt.Sscanf(i.Subject[strings.IndexByte(i.Subject, '/')+1:], "%d", &id)
	switch i.Kind {
	case flows.IntentHold:
		return e.Hold(ctx, flows.HoldingID(id))
	case flows.IntentAsk:
		return e.Reconsider(ctx, flows.RequestID(id))
	case flows.IntentTimer:
		return e.Tick(ctx, i.Subject)
	case flows.IntentPost:
		return flows.Result{Err: w.bot.DrawPost(ctx, flows.PostID(id))}
	case flows.IntentThread:
		return flows.Result{Err: w.bot.DrawThread(ctx, flows.PostID(id))}
	case flows.IntentDeed:
		var d *flows.Deed
		w.view(func(tx flows.Tx) (err error) {
			d, err = tx.Deed(id)
			return err
		})
		return flows.Result{Err: w.bot.WorkDeed(ctx, *d)}
	}
	return flows.Result{Again: true, Scale: flows.ByMachine, Due: w.clock.machine.Add(1000 * time.Hour)}
}

// button finds a button on what somebody sees, the newest message first, and presses it.
func (w *world) button(who flows.Account, action Action) {
	w.t.Helper()
	channel := "D" + who.User
	for n := w.chat.posted; n > 0; n-- {
		for _, block := range w.chat.shown[fmt.Sprintf("%s/%d", channel, n)].Blocks {
			for _, x := range block.Buttons {
				if x.Action == action {
					w.ids++
					w.press(Pressed{Account: who, Action: action, Value: x.Value, Trigger: "t", Channel: channel, TS: fmt.Sprint(n), Key: fmt.Sprint("key", w.ids)})
					return
				}
			}
		}
	}
	w.t.Fatalf("%s sees no button %s", who.User, action)
}

// TestLife is the whole life of a request with the real engine, as everybody sees it.
func TestLife(t *testing.T) {
	w, e := lively(t)
	ben := flows.Account{Platform: "slack", Workspace: "T1", User: "UBEN"}
	var b strings.Builder
	seen := map[string]string{}
	scene := func(name string, after time.Duration, act func()) {
		w.clock.pass(after)
		act()
		for range 5 { // proofs and rechecks are due a little later
			w.carry(e)
			w.clock.pass(20 * time.Second)
		}
		fmt.Fprintf(&b, "=== %s\n", name)
		for _, at := range slices.Sorted(maps.Keys(w.chat.shown)) {
			if now := unhashed(plain(w.chat.shown[at])); seen[at] != now {
				seen[at] = now
				fmt.Fprintf(&b, "--- %s\n%s", at, now)
			}
		}
		b.WriteString("\n")
	}
	submit := func(values map[string]string) {
		if got := w.bot.Submit(ctx, Filled{Account: ana, Meta: w.lastForm().Meta, Values: values, At: w.clock.machine}); got.Errors != nil {
			t.Fatal(got.Errors)
		}
	}
	scene("Ana asks", 0, func() {
		w.bot.Command(ctx, Call{Account: ana, Text: "prod-db for 2h because SEC-482: replay", Trigger: "t"})
		submit(map[string]string{FieldResource: db.ResourceKey.String(), FieldDuration: "2h0m0s", FieldReason: "SEC-482: replay"})
	})
	scene("Caro agrees", time.Minute, func() { w.button(caro, ActApprove) })
	scene("Ben agrees", time.Minute, func() { w.button(ben, ActApprove) })
	scene("the warning", 106*time.Minute, func() {})
	scene("Ana asks for more", 0, func() {
		w.button(ana, ActExtend)
		submit(map[string]string{FieldDuration: "1h0m0s", FieldReason: "SEC-482: not done yet"})
	})
	scene("Caro and Ben agree", 0, func() {
		w.button(caro, ActApprove)
		w.carry(e)
		w.button(ben, ActApprove)
	})
	scene("Ana gives it back", 30*time.Minute, func() { w.button(ana, ActGiveBack) })
	golden(t, "life.txt", b.String())
}

// unhashed leaves hashes out: they depend on the salt.
func unhashed(s string) string { return shortHash.ReplaceAllString(s, "######") }

var shortHash = regexp.MustCompile(`\b[0-9a-f]{6}\b`)
