package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// moves are the things whose new name, place or tags wait for a press.
func (w *world) moves() (list []flows.Resource) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { list, _, err = flows.HeldMoves(tx, 10); return err })
	return list
}

// strictAndLax are people for what is called prod-* or tagged env=prod, and nobody for the rest.
func strictAndLax() []flows.FlowSpec {
	tagged, strict, lax := oneStep(), oneStep(), automatic()
	tagged.Name, tagged.What = "tagged", []flows.What{{In: "okta", Type: "group", Tags: map[string]string{"env": "prod"}}}
	strict.Name, lax.Name = "named", "the rest"
	lax.What[0].Names = nil
	return []flows.FlowSpec{tagged, strict, lax}
}

func TestARenameIntoALaxerFlowWaitsForAnAdmin(t *testing.T) {
	w := newWorld(t, strictAndLax()...)
	w.target.list[0].Name = "sandbox-db"
	w.sync()
	w.run()
	is(t, "still decided by people", w.ask(ana, time.Hour).FlowName, "named")
	same(t, "admins are told", w.alarms(), []string{"In Okta, prod-db is now called sandbox-db. Laxer flows would cover that, so the flows go by what was before until an admin releases it in App Home."})
	w.sync()
	w.run()
	is(t, "told once", len(w.alarms()), 1)

	held := w.moves()[0]
	a, err := w.engine.ReleaseMove(w.ctx, w.actor(ana), held.String(), held.Held.Key)
	w.must(err)
	is(t, "only an admin", a.Sentence, "Only admins of Hallpass can release this.")
	w.target.list[0].Name = "playground-db"
	w.sync()
	a, err = w.engine.ReleaseMove(w.ctx, w.actor(eve), held.String(), held.Held.Key)
	w.must(err)
	is(t, "only what was shown", a.Sentence, "Nothing is held any more, or something else is. Look again.")
	is(t, "both refused in the log", len(w.refusals()), 2)
	held = w.moves()[0]
	a, err = w.engine.ReleaseMove(w.ctx, w.actor(eve), held.String(), held.Held.Key)
	w.must(err)
	is(t, "released", a.Sentence, "Released. The flows go by what it is now.")
	is(t, "nothing waits", len(w.moves()), 0)
	w.sync()
	is(t, "nor after the next sync", len(w.moves()), 0)
	is(t, "now the other flow", w.offered(ben, prodDB), "the rest")
}

// offered is the flow by which somebody may ask for something.
func (w *world) offered(who flows.PersonID, k flows.ResourceKey) string {
	w.t.Helper()
	o, err := w.engine.Offer(w.ctx, who, k, "")
	w.must(err)
	return o.Flow.Name
}

func TestATagMovesOnlyIntoWhatIsAsStrict(t *testing.T) {
	for name, c := range map[string]struct {
		tags map[string]string
		held bool
		flow string
	}{
		"the same flow":     {map[string]string{"env": "prod", "tier": "1"}, false, "tagged"},
		"taken away":        {nil, true, "tagged"},
		"another value":     {map[string]string{"env": "dev"}, true, "tagged"},
		"both as they were": {map[string]string{"env": "prod"}, false, "tagged"},
	} {
		t.Run(name, func(t *testing.T) {
			specs := strictAndLax()
			w := emptyWorld(t)
			w.target.list[0].Name, w.target.list[0].Tags = "db", map[string]string{"env": "prod"}
			w.begin(specs...)
			w.target.list[0].Tags = c.tags
			w.sync()
			is(t, "held", len(w.moves()) == 1, c.held)
			is(t, "flow", w.offered(ana, prodDB), c.flow)
			is(t, "told", len(w.alarms()) == 1, c.held)
		})
	}
}

func TestIntoAStricterFlowItMovesAtOnce(t *testing.T) {
	w := emptyWorld(t)
	w.target.list[0].Name = "sandbox-db"
	w.begin(strictAndLax()...)
	is(t, "at first", w.offered(ana, prodDB), "the rest")
	w.target.list[0].Name = "prod-db"
	w.sync()
	is(t, "then", w.offered(ana, prodDB), "named")
	is(t, "nobody is told", len(w.alarms()), 0)
}

func TestWhatGoesBackIsHeldNoMore(t *testing.T) {
	w := newWorld(t, strictAndLax()...)
	w.target.list[0].Name = "sandbox-db"
	w.sync()
	w.target.list[0].Name = "prod-db"
	w.sync()
	is(t, "nothing waits", len(w.moves()), 0)
	w.target.list[0].Name = "sandbox-db"
	w.sync()
	w.run()
	is(t, "told anew", len(w.alarms()), 2)
}

// Whoever can hide a thing from one sync gains nothing by it.
func TestGoneAndBackUnderAnotherNameIsStillAMove(t *testing.T) {
	w := newWorld(t, strictAndLax()...)
	all := w.target.list
	w.target.list = all[1:]
	w.sync()
	w.target.list = all
	w.target.list[0].Name = "sandbox-db"
	w.sync()
	is(t, "held", len(w.moves()), 1)
	is(t, "flow", w.offered(ana, prodDB), "named")
}

func TestATagThatNamesAnotherOwnerIsAMove(t *testing.T) {
	owned := oneStep()
	owned.Approval.Steps = []flows.Step{{All: []flows.Requirement{{From: flows.Selector{Kind: flows.SelectOwner, Owner: "owner"}}}}}
	w := emptyWorld(t)
	w.target.list[0].Tags = map[string]string{"owner": "dev@acme.example"}
	w.begin(owned)
	w.target.list[0].Tags = map[string]string{"owner": "ben@acme.example"}
	w.sync()
	same(t, "the owner before decides", w.asked(w.ask(ana, time.Hour).ID), []flows.PersonID{dev})
}

// A group that decides about access stays guarded under any name.
func TestAGuardedGroupStaysGuardedWhateverItIsCalled(t *testing.T) {
	lax := automatic()
	lax.What[0].Names = nil
	w := newWorld(t, lax)
	w.target.list[1].Name = "lunch"
	w.sync()
	_, err := w.engine.FindResource(w.ctx, ana, "lunch")
	is(t, "not offered", err != nil, true)
	_, err = w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: w.target.list[1].ResourceKey, Duration: time.Hour, Reason: "replay failed payments"})
	is(t, "nor by its id", err != nil, true)
}

// Whoever makes a group of the approvers' name, with himself in it, decides nothing.
func TestAGroupOfTheSameNameDecidesNothing(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.people.ids = map[string]string{"database-owners": "id-mine"}
	w.people.groups["mine"] = []flows.PersonID{eve}
	w.sync()
	w.run()
	again := w.ask(ben, time.Hour)
	same(t, "the first group is asked", w.asked(again.ID), []flows.PersonID{caro, dev})
	same(t, "of both", w.asked(r.ID), []flows.PersonID{ben, caro, dev})
	is(t, "and the admins hear", len(w.alarms()), 1)
}
