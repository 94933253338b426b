package flows_test

import (
	"fmt"
	"strings"
	"time"

	"hallpass/flows"
)

// act is something that can happen in a state.
type act struct {
	name string
	lane string // who does it: two acts of one lane never cross
	do   func()
	// vain is an act that must be refused and change nothing. It is tried once in each situation.
	vain      bool
	situation string
	whole     bool // nothing happens in its middle
	press     bool // it may be done twice at one moment
	claims    bool // its first commit only claims the work
}

// acts are all that can happen now.
func (h *hand) acts(s *scene) (list []act) {
	add := func(a act) { list = append(list, a) }
	switch {
	case h.left.asks == h.o.asks:
		add(act{name: "Ana asks for 1 h", lane: "ask", do: func() { h.asks(flows.Draft{Resource: prodDB, Duration: time.Hour}) }})
	case h.left.asks > 0:
		add(act{name: "Ana asks for 2 h", lane: "ask", do: func() { h.asks(flows.Draft{Resource: prodDB, Duration: 2 * time.Hour}) }})
		for _, g := range s.grants {
			if g.State == flows.Active && h.o.extends {
				add(act{name: fmt.Sprintf("Ana asks for 1 h more of %s", g.ID), lane: "ask", do: func() { h.asks(flows.Draft{Extends: g.ID, Duration: time.Hour}) }})
			}
		}
	}
	for _, r := range s.requests {
		list = append(list, h.presses(s, r)...)
	}
	for _, g := range s.grants {
		if !g.Live() || g.State == flows.Revoking {
			continue
		}
		add(act{name: fmt.Sprintf("Ana gives %s back", g.ID), lane: "give back", do: func() {
			_, err := h.engine.GiveBack(h.ctx, h.ana, g.ID)
			h.must(err)
		}})
		if h.o.revokes {
			add(act{name: fmt.Sprintf("Eve revokes %s", g.ID), lane: "revoke", do: func() {
				_, err := h.engine.Revoke(h.ctx, h.eve, g.ID, "incident 12")
				h.must(err)
			}})
		}
	}
	if h.left.changes > 0 && len(s.requests) > 0 {
		add(act{name: "the policy stops allowing it", whole: true, do: h.forbid})
	}
	if h.left.failures > 0 {
		add(act{name: "the answer of the target's next change will be lost", whole: true, do: func() { h.left.failures--; h.target.lose++ }})
		add(act{name: "the target will not answer the next call", whole: true, do: func() { h.left.failures--; h.mute = true }})
	}
	return append(list, h.goesOn(s)...)
}

// presses are what people do with one request. A press that counts for nothing is one by the asker, by somebody without a right, on a card
// as it was earlier, or on a request that is decided.
func (h *hand) presses(s *scene, r *flows.Request) (list []act) {
	pending := r.State == flows.Pending
	if h.o.together && pending {
		list = append(list, act{name: fmt.Sprintf("Ben and Caro agree to %s", r.ID), whole: true, do: func() {
			h.agrees(h.ben, r.ID)
			h.draw()
			h.agrees(h.caro, r.ID)
		}})
	}
	if h.o.together || h.o.automatic {
		return list
	}
	for _, by := range []flows.Actor{h.ben, h.caro} {
		card := s.cards[cardOf{r.ID, by.Person.ID}]
		if card == nil {
			continue
		}
		who := strings.Fields(by.Person.Name)[0]
		again := !pending || s.agreed(r.ID, by.Person.ID)
		press := func(yes bool, shown int) func() {
			return func() {
				h.counted(by, flows.Press{Request: r.ID, Yes: yes, Channel: card.Channel, TS: card.TS, Shown: shown})
			}
		}
		where := who + " " + s.of(r, ben, caro)
		list = append(list, act{name: fmt.Sprintf("%s agrees to %s", who, r.ID), lane: who, press: true, do: press(true, card.Shown), vain: again, situation: "yes " + where})
		if h.o.denies {
			list = append(list, act{name: fmt.Sprintf("%s denies %s", who, r.ID), lane: who, press: true, do: press(false, card.Shown), vain: again, situation: "no " + where})
		}
		list = append(list, act{name: fmt.Sprintf("%s agrees to %s on the card as it was before", who, r.ID), vain: true, do: press(true, card.Shown-1), situation: "old " + where})
	}
	for _, by := range []flows.Actor{h.ana, h.dev} {
		list = append(list, act{name: fmt.Sprintf("%s agrees to %s", strings.Fields(by.Person.Name)[0], r.ID), vain: true, situation: string(by.Person.ID) + " " + s.of(r, ben, caro), do: func() {
			h.counted(by, flows.Press{Request: r.ID, Yes: true, FromHome: true, Shown: r.Revision})
		}})
	}
	if h.o.denies && pending {
		list = append(list, act{name: fmt.Sprintf("Ana cancels %s", r.ID), lane: "cancel", do: func() {
			_, err := h.engine.Cancel(h.ctx, h.ana, r.ID)
			h.must(err)
		}})
	}
	return list
}

// agrees presses on the card as it stands.
func (h *hand) agrees(by flows.Actor, id flows.RequestID) {
	if card := h.look().cards[cardOf{id, by.Person.ID}]; card != nil {
		h.counted(by, flows.Press{Request: id, Yes: true, Channel: card.Channel, TS: card.TS, Shown: card.Shown})
	}
}

func (h *hand) counted(by flows.Actor, p flows.Press) {
	p.Pressed = h.clock.Machine()
	_, err := h.engine.Decide(h.ctx, by, p)
	h.must(err)
}

// asks makes a request. An extension of what has just ended is refused, and costs the same.
func (h *hand) asks(d flows.Draft) {
	h.left.asks--
	d.Reason = "replay failed payments"
	_, err := h.engine.Ask(h.ctx, h.ana, d)
	if flows.KindOf(err) != flows.KindConflict {
		h.must(err)
	}
}

// forbid puts flows in force by which nobody may ask for it.
func (h *hand) forbid() {
	h.left.changes--
	h.over = true
	s := h.flow()
	s.Who.Except = []flows.Selector{{Kind: flows.SelectEveryone}}
	f, problems := flows.NewFlow(s)
	if len(problems) > 0 {
		h.t.Fatal(problems)
	}
	h.policy = []*flows.Flow{f}
	h.rise()
	h.load()
}

// goesOn is what the scheduler can do, and how time can pass.
func (h *hand) goesOn(s *scene) (list []act) {
	due := false
	for _, lane := range lanes {
		if s.due[lane] == "" {
			continue
		}
		due = true
		list = append(list, act{name: "work on " + s.due[lane], lane: lane, claims: true, do: func() { h.workOn(lane) }})
	}
	for _, g := range s.grants {
		if g.State == flows.Active && g.Ends.After(s.now) {
			list = append(list, act{name: fmt.Sprintf("time passes until %s is over", g.ID), whole: true, do: func() { h.until(g.Ends) }})
		}
	}
	if !due && !s.next.IsZero() {
		list = append(list, act{name: "time passes until something is due", whole: true, do: func() { h.until(s.next) }})
	}
	return list
}

// until lets time pass. Requests that wait are looked at again meanwhile, as often as it takes.
func (h *hand) until(at time.Time) {
	h.clock.pass(at.Sub(h.clock.Company()))
	if !h.over {
		for h.workOn(flows.LaneEngine) {
		}
	}
}

// lanes are those in which each piece of work is an act of its own. Cards are drawn at once.
var lanes = []string{flows.LaneTarget("okta"), flows.LaneClock, flows.LaneEngine}

// workOn carries out what is due first in a lane.
func (h *hand) workOn(lane string) bool {
	var list []flows.Intent
	h.must(h.door.Change(h.ctx, func(tx flows.Tx) (err error) {
		list, err = tx.Claim(flows.ClaimQuery{Owner: "test", Company: tx.Now(), Machine: tx.Real(), Until: tx.Real().Add(time.Minute), Room: map[string]int{lane: 1}, Limit: 1})
		return err
	}))
	for _, i := range list {
		h.finish(i, h.handle(i))
	}
	return len(list) > 0
}

// draw shows every card as it should be, and does what else belongs to no lane of these stories.
func (h *hand) draw() {
	h.inside = true
	defer func() { h.inside = false }()
	var rest []flows.Intent
	h.must(h.store.Change(h.ctx, func(tx flows.Tx) error {
		rest = nil
		list, err := tx.Claim(flows.ClaimQuery{Owner: "chat", Company: tx.Now(), Machine: tx.Real(), Until: tx.Real().Add(time.Minute), Skip: lanes, Limit: 100})
		for _, i := range list {
			if i.Kind == flows.IntentSync {
				rest = append(rest, i)
				continue
			}
			if err := h.drawFor(tx, i); err != nil {
				return err
			}
			if _, err := tx.Finish(i, flows.Finish{Done: true}); err != nil {
				return err
			}
		}
		return err
	}))
	for _, i := range rest {
		h.finish(i, h.handle(i))
	}
}

func (h *hand) drawFor(tx flows.Tx, i flows.Intent) error {
	var id int64
	if _, err := fmt.Sscanf(i.Subject, "post/%d", &id); err != nil || i.Kind != flows.IntentPost {
		return err
	}
	return h.drawIn(tx, flows.PostID(id))
}
