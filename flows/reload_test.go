package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// propose takes flows as a changed file would bring them.
func (w *world) propose(specs ...flows.FlowSpec) flows.PolicyOutcome {
	w.t.Helper()
	p := policyOf(w.t.(*testing.T), []string{"security", "database-owners"}, specs...)
	got, err := w.engine.ProposePolicy(w.ctx, p.Flows, p.Guarded)
	w.must(err)
	w.run()
	return got
}

func (w *world) held() (h *flows.HeldPolicy) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { h, err = flows.ReadHeldPolicy(tx); return err })
	return h
}

// feed is what the channel was told besides the requests.
func (w *world) feed() (out []string) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Kinds: []flows.PostKind{flows.PostFeed}})
		for _, p := range list {
			if p.Text != "" {
				out = append(out, p.Text[:len(p.Text)-9]) // without the hash of its entry
			}
		}
		return err
	})
	return out
}

func (w *world) policyLog(all ...flows.Action) (out []flows.Action) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Actions: all})
		for _, e := range list {
			out = append(out, e.Action)
		}
		return err
	})
	return out
}

// restart begins anew with the same store, as a new process with these flows in its file.
func (w *world) restart(specs ...flows.FlowSpec) flows.PolicyOutcome {
	w.t.Helper()
	w.store.Close()
	w.open()
	return w.propose(specs...)
}

func TestTheVeryFirstFlowsHoldAtOnce(t *testing.T) {
	w := emptyWorld(t)
	w.begin()
	is(t, "in force", w.restart(usual()), flows.PolicyHeld) // a world begins with no flows at all: everything is more than that

	fresh := emptyWorld(t)
	fresh.path = t.TempDir() + "/hallpass.db"
	fresh.open()
	t.Cleanup(func() { fresh.store.Close() })
	is(t, "in force", fresh.propose(usual()), flows.PolicyInForce)
	is(t, "nobody has to be told", len(fresh.feed())+len(fresh.alarms()), 0)
}

func TestWhatNarrowsHoldsAtOnceAndTheFeedIsTold(t *testing.T) {
	w := newWorld(t, automatic())
	is(t, "in force", w.propose(oneStep()), flows.PolicyInForce)
	is(t, "decided by people", w.request(w.ask(ana, time.Hour).ID).State, flows.Pending)
	same(t, "the feed", w.feed(), []string{"The flows have changed. 4 people get prod-db with approval by group database-owners (before: without approval), by flow production."})
	is(t, "admins", len(w.alarms()), 0)
	same(t, "log", w.policyLog(flows.ActPolicy, flows.ActPolicyTold, flows.ActPolicyHeld), []flows.Action{flows.ActPolicy, flows.ActPolicy, flows.ActPolicyTold})
	is(t, "the same again", w.propose(oneStep()), flows.PolicySame)
	is(t, "is no change", len(w.feed()), 1)
}

// The one who can change the file, but is no admin, gains nothing by it.
func TestAFileThatWidensWaitsForAnAdmin(t *testing.T) {
	w := newWorld(t, oneStep())
	is(t, "held", w.propose(automatic()), flows.PolicyHeld)
	is(t, "the flows before stay in force", w.request(w.ask(ana, time.Hour).ID).State, flows.Pending)
	same(t, "admins are told", w.alarms(), []string{"The file’s new flows would let people have more. 4 people get prod-db without approval (before: with approval by group database-owners), by flow production. The flows before stay in force until an admin releases the new ones in App Home."})
	same(t, "shown", w.held().Lines, []string{"4 people get prod-db without approval (before: with approval by group database-owners), by flow production."})
	is(t, "proposed again", w.propose(automatic()), flows.PolicyHeld)
	is(t, "told once", len(w.alarms()), 1)

	hash := w.held().Hash
	for name, press := range map[string]struct {
		who  flows.PersonID
		hash string
		want string
	}{
		"the asker":      {ana, hash, "Only admins of Hallpass can release this."},
		"something else": {eve, "00", "Nothing is held any more, or something else is. Look again."},
	} {
		a, err := w.engine.ReleasePolicy(w.ctx, w.actor(press.who), press.hash)
		w.must(err)
		is(t, name, a.Sentence, press.want)
	}
	is(t, "still held", w.held() != nil, true)
	a, err := w.engine.ReleasePolicy(w.ctx, w.actor(eve), hash)
	w.must(err)
	w.run()
	is(t, "released", a.Sentence, "Released. The new flows are in force.")
	is(t, "nothing waits", w.held() == nil, true)
	same(t, "the feed", w.feed(), []string{"The flows have changed. 4 people get prod-db without approval (before: with approval by group database-owners), by flow production."})
	is(t, "in force", w.request(w.ask(ben, time.Hour).ID).State, flows.Approved)
	is(t, "the file again", w.propose(automatic()), flows.PolicySame)
}

func TestWhatIsHeldStaysHeldOverARestart(t *testing.T) {
	w := newWorld(t, oneStep())
	is(t, "narrowed while it ran", w.propose(inSteps(step(group("database-owners")), step(manager(1)))), flows.PolicyInForce)
	is(t, "widened while it was off", w.restart(automatic()), flows.PolicyHeld)
	r := w.ask(ana, time.Hour)
	is(t, "the flows before", w.request(r.ID).State, flows.Pending)
	same(t, "their people", w.asked(r.ID), []flows.PersonID{ben, caro, dev})
	is(t, "and once more", w.restart(automatic()), flows.PolicyHeld)
	is(t, "told once", len(w.alarms()), 1)
	hash := w.held().Hash
	is(t, "taken back", w.restart(inSteps(step(group("database-owners")), step(manager(1)))), flows.PolicySame)
	is(t, "nothing waits", w.held() == nil, true)
	a, err := w.engine.ReleasePolicy(w.ctx, w.actor(eve), hash)
	w.must(err)
	is(t, "nor can be released", a.Sentence, "Nothing is held any more, or something else is. Look again.")
}

func TestAPressReleasesWhatItShowed(t *testing.T) {
	w := newWorld(t, oneStep())
	w.propose(automatic())
	shown := w.held().Hash
	longer := automatic()
	longer.HowLong.Max = 30 * 24 * time.Hour
	is(t, "changed once more", w.propose(longer), flows.PolicyHeld)
	a, err := w.engine.ReleasePolicy(w.ctx, w.actor(eve), shown)
	w.must(err)
	is(t, "not that", a.Sentence, "Nothing is held any more, or something else is. Look again.")
}

func TestWideningCanBeAllowed(t *testing.T) {
	w := emptyWorld(t)
	w.set.WidenFreely = true
	w.begin(oneStep())
	is(t, "in force", w.propose(automatic()), flows.PolicyInForce)
	is(t, "the feed is told", len(w.feed()), 1)
}

func TestADirectoryThatIsSilentHidesNoChange(t *testing.T) {
	w := newWorld(t, automatic())
	w.people.down = true
	is(t, "in force", w.propose(oneStep()), flows.PolicyInForce)
	is(t, "asked again for a while", len(w.feed()), 0)
	w.pass(70 * time.Second)
	same(t, "then told without", w.feed(), []string{"The flows have changed. The flow production is different. Whom that concerns is not known: Okta does not answer."})
	w.people.down = false
}

func TestWhoGainsAndWhoLoses(t *testing.T) {
	w := newWorld(t, oneStep())
	next := oneStep()
	next.Name = "finance"
	next.Who.Any = []flows.Selector{inGroup("security")}
	next.Approval.Exempt = []flows.Selector{inGroup("security")}
	w.propose(next)
	same(t, "lines", w.held().Lines, []string{"eve@acme.example gains prod-db without approval, for at most 8 h, by flow finance.", "4 people lose prod-db (before: with approval, by flow production)."})
	longer := oneStep()
	longer.HowLong.Max = 12 * time.Hour
	w.propose(longer)
	same(t, "terms", w.held().Lines, []string{"4 people get prod-db for at most 12 h (before: 8 h), by flow production."})
	endless := oneStep()
	endless.HowLong.Indefinite = true
	w.propose(endless)
	same(t, "without an end", w.held().Lines, []string{"4 people get prod-db for at most 8 h or until revoked (before: 8 h), by flow production."})
	elsewhere := oneStep()
	elsewhere.What[0].Names = []string{"prod-*", "staging-*"}
	w.propose(elsewhere)
	same(t, "nobody yet", w.held().Lines, []string{"Nobody gains or loses anything that is there now.", "The flow production is different."})
}

func freeze(names ...string) flows.FlowSpec {
	return flows.FlowSpec{Name: "frozen", Deny: true, Who: flows.Who{Any: []flows.Selector{inGroup("engineering")}},
		What: []flows.What{{In: "okta", Type: "group", Names: names}}}
}

func TestOnlyADenyFlowEndsWhatRuns(t *testing.T) {
	w := departments(t, 12)
	stricter := usual()
	stricter.HowLong.Max = 2 * time.Hour
	stricter.Who.Except = []flows.Selector{inGroup("engineering")}
	is(t, "stricter", w.propose(stricter), flows.PolicyInForce)
	w.pass(time.Minute)
	is(t, "all run on", w.count(flows.Active), 12)
	is(t, "a deny flow", w.propose(freeze("prod-3"), stricter), flows.PolicyInForce)
	w.pass(time.Minute)
	is(t, "ended", w.count(flows.Ended), 1)
	is(t, "run on", w.count(flows.Active), 11)
	g := w.grant(4)
	is(t, "cause", g.Cause, flows.ReasonGone)
	is(t, "why", g.EndWhy, "The flow frozen forbids it.")
}

func TestADenyFlowThatEndsTooMuchIsHeldByTheBrake(t *testing.T) {
	w := departments(t, 12)
	is(t, "a deny flow", w.propose(freeze("prod-*"), automatic()), flows.PolicyInForce)
	w.pass(time.Minute)
	is(t, "all run on", w.count(flows.Active), 12)
	same(t, "admins are told", w.alarms(), []string{"The deny flows would end 12 of 12 running grants. That waits for an admin: release it in App Home if it is right."})
	var s flows.SyncState
	w.view(func(tx flows.Tx) (err error) { s, err = tx.Sync(flows.PolicyWork); return err })
	_, err := w.engine.ReleaseBrake(w.ctx, w.actor(eve), flows.PolicyWork, s.HeldKey)
	w.must(err)
	w.pass(time.Minute)
	is(t, "all ended", w.count(flows.Ended), 12)
}

func TestSomebodyWhoComesUnderADenyFlowLosesItWithTheNextSync(t *testing.T) {
	w := departments(t, 12)
	deny := freeze("prod-3")
	deny.Who.Any = []flows.Selector{inGroup("contractors")}
	w.people.groups["contractors"] = nil
	w.propose(deny, automatic())
	is(t, "all run on", w.count(flows.Active), 12)
	w.people.groups["contractors"] = []flows.PersonID{ana}
	w.sync()
	w.pass(time.Minute)
	is(t, "one ended", w.count(flows.Ended), 1)
}

func TestWhoCannotBeLookedUpKeepsWhatRuns(t *testing.T) {
	w := departments(t, 12)
	w.people.down = true
	w.propose(freeze("prod-3"), automatic())
	w.pass(2 * time.Minute)
	is(t, "all run on", w.count(flows.Active), 12)
	w.people.down = false
	w.pass(2 * time.Minute)
	is(t, "ended as soon as it answers", w.count(flows.Ended), 1)
}
