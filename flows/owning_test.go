package flows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// payments is the group that the tag of prod-db names as its owner.
var payments = flows.ResourceKey{Integration: "okta", Type: "group", ID: "id-payments"}

func ownedBy(tag string) flows.Selector { return flows.Selector{Kind: flows.SelectOwner, Owner: tag} }

// ownedFlows are the owner for what is called prod-*, and nobody for the rest.
func ownedFlows() []flows.FlowSpec {
	owned, rest := inSteps(step(ownedBy("team"))), automatic()
	owned.Name, rest.Name = "production", "the rest"
	rest.What[0].Names = nil
	return []flows.FlowSpec{owned, rest}
}

// withOwner is a world in which payments owns prod-db by the tag team.
func withOwner(t *testing.T, change func(*world), specs ...flows.FlowSpec) *world {
	t.Helper()
	w := emptyWorld(t)
	w.people.groups["payments"] = []flows.PersonID{dev}
	w.target.list[0].Tags = map[string]string{"team": "payments"}
	w.target.list = append(w.target.list, flows.Resource{ResourceKey: payments, Name: "payments", Permissions: []string{"member"}})
	if change != nil {
		change(w)
	}
	w.begin(specs...)
	return w
}

// canAsk reports whether somebody may ask for a group: the form, the search, the tree and asking itself say the same.
func (w *world) canAsk(who flows.PersonID, k flows.ResourceKey) bool {
	w.t.Helper()
	_, err := w.engine.Offer(w.ctx, who, k, "")
	list, failed := w.engine.Search(w.ctx, who, "", 50)
	w.must(failed)
	x, failed := w.engine.Explain(w.ctx, who, k, "", time.Hour, time.Time{})
	w.must(failed)
	checked := w.engine.CheckDraft(w.ctx, who, flows.Draft{Resource: k, Duration: time.Hour, Reason: "replay failed payments"})
	for what, yes := range map[string]bool{
		"the search": slices.ContainsFunc(list, func(r flows.Resource) bool { return r.ResourceKey == k }), "the tree": x.Fate != flows.FateDenied, "the submit": checked == nil,
	} {
		if yes != (err == nil) {
			w.t.Errorf("%s says %v, the form %v", what, yes, err == nil)
		}
	}
	return err == nil
}

func (w *world) tag(name string, tags map[string]string) {
	i := slices.IndexFunc(w.target.list, func(r flows.Resource) bool { return r.Name == name })
	w.target.list[i].Tags = tags
	w.sync()
}

func TestAGroupThatOwnsAThingCannotBeAskedFor(t *testing.T) {
	every := func(change func(owned, rest *flows.FlowSpec)) []flows.FlowSpec {
		s := ownedFlows()
		change(&s[0], &s[1])
		return s
	}
	for name, c := range map[string]struct {
		flows  []flows.FlowSpec
		change func(*world)
		asked  bool
	}{
		"the owner decides": {flows: ownedFlows()},
		"as one of several": {flows: every(func(f, _ *flows.FlowSpec) {
			f.Approval.Steps[0].All[0] = flows.Requirement{Any: []flows.Selector{manager(1), ownedBy("team")}}
		})},
		"when nobody else is there": {flows: every(func(f, _ *flows.FlowSpec) {
			f.Approval.Steps = []flows.Step{step(manager(1))}
			f.Approval.Fallback = []flows.Selector{ownedBy("team")}
		})},
		"after a silence": {flows: every(func(f, _ *flows.FlowSpec) {
			f.Approval.Escalate = &flows.Escalate{After: time.Hour, To: []flows.Selector{ownedBy("team")}}
			f.Approval.Steps = []flows.Step{step(manager(1))}
		})},
		"for some": {flows: every(func(f, _ *flows.FlowSpec) {
			f.ForGroups = []flows.Override{{Group: "finance", Approval: &flows.Approval{Steps: f.Approval.Steps}}}
			f.Approval = flows.Approval{Automatic: true}
		})},
		"by another tag":                  {flows: every(func(f, _ *flows.FlowSpec) { f.Approval.Steps[0].All[0].From = ownedBy("owner") }), asked: true},
		"nobody asks the owner":           {flows: ownedFlows()[1:], asked: true},
		"the tag names a person":          {flows: ownedFlows(), change: func(w *world) { w.target.list[0].Tags["team"] = "payments@acme.example" }, asked: true},
		"and that flow says guarded":      {flows: every(func(_, f *flows.FlowSpec) { f.What[0].Guarded = true }), asked: true},
		"what it owns can never be given": {flows: ownedFlows(), change: func(w *world) { w.target.list[0].Unfit = "assigned by a rule" }, asked: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := withOwner(t, c.change, c.flows...)
			is(t, "may be asked for", w.canAsk(ana, payments), c.asked)
		})
	}
}

func TestWhoOwnsFollowsTheSyncs(t *testing.T) {
	w := withOwner(t, func(w *world) { w.target.list[0].Tags = nil }, ownedFlows()...)
	is(t, "at first it owns nothing", w.canAsk(ana, payments), true)
	r, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: payments, Duration: time.Hour, Reason: "replay failed payments"})
	w.must(err)
	w.run()
	w.target.list = append(w.target.list, flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00gnew"}, Name: "prod-new", Tags: map[string]string{"team": "payments"}, Permissions: []string{"member"}})
	w.sync()
	is(t, "a new thing is its own", w.canAsk(ben, payments), false)
	w.pass(30 * time.Minute)
	is(t, "who is in stays in", w.target.has(flows.Entitlement{ResourceKey: payments, Permission: "member"}, ana), true)
	w.pass(time.Hour)
	is(t, "until the end", w.request(r.ID).State == flows.Approved && !w.target.has(flows.Entitlement{ResourceKey: payments, Permission: "member"}, ana), true)
	w.target.list = w.target.list[:len(w.target.list)-1]
	w.sync()
	is(t, "when that is gone", w.canAsk(ben, payments), true)
}

// Whoever waits for a group that comes to own something meanwhile does not get it.
func TestNobodyGetsIntoAGroupThatOwnsSomethingByNow(t *testing.T) {
	specs := ownedFlows()
	specs[1].Approval = flows.Approval{Steps: []flows.Step{step(manager(1))}}
	w := withOwner(t, func(w *world) { w.target.list[0].Tags = nil; w.target.list[0].Name = "other" }, specs...)
	r, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: payments, Duration: time.Hour, Reason: "replay failed payments"})
	w.must(err)
	w.run()
	w.target.list = append(w.target.list, flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00gnew"}, Name: "prod-new", Tags: map[string]string{"team": "payments"}, Permissions: []string{"member"}})
	w.sync()
	w.press(caro, r.ID, true)
	is(t, "given", w.target.has(flows.Entitlement{ResourceKey: payments, Permission: "member"}, ana), false)
}

func TestAnOwnerStaysGuardedWhateverItIsCalled(t *testing.T) {
	w := withOwner(t, nil, ownedFlows()...)
	w.ask(ana, time.Hour) // the name has been looked up
	i := slices.IndexFunc(w.target.list, func(r flows.Resource) bool { return r.Name == "payments" })
	w.target.list[i].Name = "lunch"
	w.sync()
	is(t, "may be asked for", w.canAsk(ana, payments), false)
	is(t, "nor does an admin's release of the name make it so", len(w.moves()), 0)
}

// Nobody becomes the owner of what others may ask for by a tag alone.
func TestATagThatNamesAnotherOwnerWaits(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		held          bool
	}{
		"another group":             {"payments", "engineering", true},
		"a group, not a person":     {"dev@acme.example", "engineering", true},
		"a person, not a group":     {"payments", "ana@acme.example", true},
		"a group where nobody was":  {"", "engineering", true},
		"nobody where a group was":  {"payments", "", true},
		"the same, and another tag": {"payments", "payments", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := withOwner(t, func(w *world) { w.target.list[0].Tags = map[string]string{"team": c.before} }, ownedFlows()...)
			w.tag("prod-db", map[string]string{"team": c.after, "tier": "1"})
			is(t, "waits for an admin", len(w.moves()) == 1, c.held)
			is(t, "the one before stays guarded", w.canAsk(ana, payments), c.before != "payments")
		})
	}
}

// Who is to own a thing once an admin agrees is guarded from now on: nobody slips in before.
func TestWhoWaitsToOwnIsGuardedAlready(t *testing.T) {
	w := withOwner(t, func(w *world) { w.target.list[0].Tags = map[string]string{"team": "dev@acme.example"} }, ownedFlows()...)
	is(t, "at first", w.canAsk(ana, payments), true)
	w.tag("prod-db", map[string]string{"team": "payments"})
	is(t, "while it waits", w.canAsk(ana, payments), false)
	held := w.moves()[0]
	_, err := w.engine.ReleaseMove(w.ctx, w.actor(eve), held.String(), held.Held.Key)
	w.must(err)
	is(t, "once it is released", w.canAsk(ana, payments), false)
}

func TestAFlowThatAsksOwnersGuardsThemAtOnce(t *testing.T) {
	w := withOwner(t, nil, ownedFlows()[1:]...)
	is(t, "before", w.canAsk(ana, payments), true)
	w.use(ownedFlows()...)
	is(t, "after", w.canAsk(ana, payments), false)
	is(t, "no longer asking them widens", flows.Narrows(policyOf(t, nil, ownedFlows()...), policyOf(t, nil, ownedFlows()[1:]...)), false)
}

func TestTheTreeSaysWhatAGroupOwns(t *testing.T) {
	w := withOwner(t, func(w *world) {
		w.target.list = append(w.target.list, flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00gmore"}, Name: "prod-more", Tags: map[string]string{"team": "payments"}, Permissions: []string{"member"}})
	}, ownedFlows()...)
	x, err := w.engine.Explain(w.ctx, ana, payments, "", time.Hour, time.Time{})
	w.must(err)
	same(t, "for admins", strings.Split(strings.TrimSpace(x.String()), "\n")[1:], []string{"  ✗ guarded: it owns prod-db and 1 more, so it decides about access"})
	is(t, "for the asker", x.ForAsker().String(), "That is nothing that you can ask for. Ask #access-help.\n")
}
