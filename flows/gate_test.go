package flows_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallpass/flows"
)

// gate watches a world's target: every grant call must stand on decisions that satisfy the flow as asked and the flow of now.
type gate struct {
	*rapid.T
	w     *world
	specs []flows.FlowSpec
	calls int
}

func (g *gate) flow(hash string) (f *flows.Flow) {
	g.w.view(func(tx flows.Tx) error {
		text, err := tx.FlowText(hash)
		if err == nil {
			f, err = flows.ReadFlow(text)
		}
		return err
	})
	return f
}

func (g *gate) called(verb string) {
	if verb != "grant" {
		return
	}
	g.calls++
	g.w.view(func(tx flows.Tx) error {
		list, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{flows.Granting}})
		if err != nil || len(list) == 0 {
			g.Fatalf("a grant call without a grant: %v", err)
		}
		for _, x := range list {
			r, err := tx.Request(x.Request)
			if err != nil {
				return err
			}
			decisions, err := tx.Decisions(r.ID)
			if err != nil {
				return err
			}
			for _, f := range []*flows.Flow{g.flow(r.FlowHash), g.w.policy[0]} {
				if !flows.Evaluate(f, r, decisions, &flows.Facts{}, alone).Satisfied {
					g.Fatalf("%s is given with %d decisions, which flow %v does not allow", r.ID, len(decisions), f.Approval)
				}
			}
		}
		return nil
	})
}

func (g *gate) act() {
	w := g.w
	someone := rapid.SampledFrom([]flows.PersonID{ana, ben, caro, dev, eve})
	switch rapid.IntRange(0, 7).Draw(g.T, "act") {
	case 0, 1:
		who := rapid.SampledFrom([]flows.PersonID{ana, ben, dev}).Draw(g.T, "asker")
		_, err := w.engine.Ask(w.ctx, w.actor(who), flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
		w.must(err)
	case 2, 3, 4:
		if list := w.requests(); len(list) > 0 {
			r := rapid.SampledFrom(list).Draw(g.T, "request")
			who := someone.Draw(g.T, "presser")
			p := w.pressOn(who, r.ID, rapid.IntRange(0, 5).Draw(g.T, "no") > 0)
			p.FromHome = rapid.Bool().Draw(g.T, "at home")
			if p.FromHome {
				p.Shown = w.request(r.ID).Revision
			}
			_, err := w.engine.Decide(w.ctx, w.actor(who), p)
			w.must(err)
		}
	case 5:
		w.use(rapid.SampledFrom(g.specs).Draw(g.T, "policy"))
	case 6:
		w.target.setDown(rapid.Bool().Draw(g.T, "down"))
	case 7:
		w.clock.pass(rapid.SampledFrom([]time.Duration{time.Second, 15 * time.Second, 20 * time.Minute}).Draw(g.T, "wait"))
	}
	for range rapid.IntRange(0, 12).Draw(g.T, "so much") {
		w.step()
	}
}

func TestNoAccessWithoutASatisfiedFlow(t *testing.T) {
	two := inSteps(step(group("database-owners")))
	two.Approval.Steps[0].All[0].N = 2
	specs := []flows.FlowSpec{automatic(), oneStep(), usual(), two, inSteps(step(manager(1), group("database-owners")), step(onCall()))}
	given := 0
	tell(t, func(rt *rapid.T) {
		w := emptyWorld(t)
		w.set.Pending, w.set.PerDay = 0, 0
		g := &gate{T: rt, w: w, specs: specs}
		w.begin(rapid.SampledFrom(specs).Draw(rt, "first policy"))
		defer w.leave()
		w.target.before = g.called
		for range rapid.IntRange(5, 25).Draw(rt, "acts") {
			g.act()
		}
		w.target.setDown(false)
		w.clock.pass(10 * time.Second)
		w.run()
		given += g.calls
	})
	if given == 0 {
		t.Error("nothing was ever given, so nothing was tried")
	}
}
