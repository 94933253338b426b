package flows_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallpass/flows"
)

// history is a random life of one entitlement: leases that overlap and cross, ends by every hand, a target that fails or loses its
// answers, and processes that die.
type history struct {
	*rapid.T
	w      *world
	before bool // Ana was a member before
	calm   bool // the target never failed, so every end is on time
}

// sure is whether the access must be there now: because of a lease in use, or because it was there before.
func (h *history) check() {
	for _, g := range h.grants(flows.Active) {
		if (g.Endless() || g.Ends.After(h.w.clock.Company())) && !h.w.target.has(prodKey, ana) {
			h.Fatalf("%s is in use and the access is not there", g.ID)
		}
	}
	if h.before && !h.w.target.has(prodKey, ana) {
		h.Fatal("what was there before was taken away")
	}
}

func (h *history) grants(states ...flows.GrantState) (list []*flows.Grant) {
	h.w.view(func(tx flows.Tx) (err error) {
		list, err = tx.Grants(flows.GrantFilter{States: states})
		return err
	})
	return list
}

func (h *history) ask() {
	d := rapid.SampledFrom([]time.Duration{10 * time.Minute, time.Hour, 2 * time.Hour}).Draw(h.T, "for")
	_, err := h.w.engine.Ask(h.w.ctx, h.w.actor(ana), flows.Draft{Resource: prodDB, Duration: d, Reason: "replay failed payments"})
	h.w.must(err)
}

// askStanding asks for access until it is revoked, to which Eve agrees at once.
func (h *history) askStanding() {
	r, err := h.w.engine.Ask(h.w.ctx, h.w.actor(ana), flows.Draft{Resource: prodDB, Duration: flows.Indefinite, Reason: "on the team now"})
	h.w.must(err)
	a, err := h.w.engine.Decide(h.w.ctx, h.w.actor(eve), flows.Press{Request: r.ID, Yes: true, FromHome: true, Shown: h.w.request(r.ID).Revision, Pressed: h.w.clock.Machine()})
	h.w.must(err)
	if a.Sentence != "" {
		h.Fatal(a.Sentence)
	}
}

// live is one grant that can still be ended by hand, or nil.
func (h *history) live() *flows.Grant {
	list := h.grants(flows.Waiting, flows.Granting, flows.Active)
	if len(list) == 0 {
		return nil
	}
	return rapid.SampledFrom(list).Draw(h.T, "grant")
}

func (h *history) giveBack() {
	if g := h.live(); g != nil {
		_, err := h.w.engine.GiveBack(h.w.ctx, h.w.actor(ana), g.ID)
		h.w.must(err)
	}
}

func (h *history) revoke() {
	if g := h.live(); g != nil {
		_, err := h.w.engine.Revoke(h.w.ctx, h.w.actor(eve), g.ID, "incident 12")
		h.w.must(err)
	}
}

func (h *history) wait() {
	d := rapid.SampledFrom([]time.Duration{time.Second, 12 * time.Second, 40 * time.Second, 10 * time.Minute, time.Hour}).Draw(h.T, "wait")
	h.w.clock.pass(d)
	h.w.run()
}

func (h *history) fail() {
	h.calm = false
	switch rapid.IntRange(0, 2).Draw(h.T, "failure") {
	case 0:
		h.w.target.setDown(true)
	case 1:
		h.w.target.setDown(false)
	case 2:
		h.w.target.lose++
	}
}

func (h *history) die() {
	h.w.must(h.w.store.Close())
	h.w.reopen()
}

// some carries out some of what is due and leaves the rest.
func (h *history) some() {
	for range rapid.IntRange(1, 6).Draw(h.T, "so much") {
		h.w.step()
	}
}

func (h *history) end() {
	h.w.target.setDown(false)
	h.w.target.lose = 0
	for _, g := range h.grants(flows.Waiting, flows.Granting, flows.Active) {
		if g.Endless() {
			_, err := h.w.engine.GiveBack(h.w.ctx, h.w.actor(ana), g.ID)
			h.w.must(err)
		}
	}
	for range 60 {
		h.w.clock.pass(3 * time.Minute)
		h.w.run()
		h.check()
	}
	if list := h.grants(flows.Waiting, flows.Granting, flows.Active, flows.Revoking); len(list) > 0 {
		h.Fatalf("%s is still %s", list[0].ID, list[0].State)
	}
	if h.w.target.has(prodKey, ana) != h.before {
		h.Fatalf("before %v, after %v", h.before, h.w.target.has(prodKey, ana))
	}
	h.proofs()
	if h.before && h.w.target.called("remove") > 0 {
		h.Fatal("a removal was tried of what was there before")
	}
}

// proofs expects each holding closed with a proof, and each end on time where nothing failed.
func (h *history) proofs() {
	h.w.view(func(tx flows.Tx) error {
		list, err := tx.Holdings(flows.HoldingFilter{})
		for _, x := range list {
			if x.Open || x.Proof == "" || x.PutBack > 0 {
				h.Fatalf("holding %d: open %v, proof %q, put back %d times", x.ID, x.Open, x.Proof, x.PutBack)
			}
		}
		return err
	})
	for _, g := range h.grants(flows.Ended) {
		if h.calm && g.Cause == flows.Expired && g.Ended.Sub(g.Ends) > time.Hour+time.Minute { // time was moved by an hour at most at once
			h.Fatalf("%s ended %s late", g.ID, g.Ended.Sub(g.Ends))
		}
	}
}

func (g *target) called(verb string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.calls {
		if c == verb {
			n++
		}
	}
	return n
}

func TestAnyHistoryEndsAsItBegan(t *testing.T) {
	tell(t, func(rt *rapid.T) {
		w := emptyWorld(t)
		w.set.Pending, w.set.PerDay = 0, 0
		h := &history{T: rt, w: w, before: rapid.Bool().Draw(rt, "before"), calm: true}
		if h.before {
			w.target.members[prodKey] = map[flows.PersonID]bool{ana: true}
		}
		spec := automatic()
		spec.HowLong.Indefinite, spec.Approval.Fallback = true, []flows.Selector{inGroup("security")}
		w.begin(spec)
		defer w.leave()
		acts := []func(){h.ask, h.ask, h.askStanding, h.giveBack, h.revoke, h.wait, h.wait, h.fail, h.die, h.some, h.some}
		for range rapid.IntRange(3, 15).Draw(rt, "acts") {
			acts[rapid.IntRange(0, len(acts)-1).Draw(rt, "act")]()
			h.check()
		}
		h.end()
	})
}
