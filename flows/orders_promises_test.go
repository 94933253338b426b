package flows_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hallpass/flows"
)

// scene is all that matters of a state, read at once.
type scene struct {
	requests  []*flows.Request
	decisions map[flows.RequestID][]flows.Decision
	grants    []*flows.Grant
	holdings  []*flows.Holding
	intents   []flows.Intent
	cards     map[cardOf]*flows.Post
	now       time.Time
	due       map[string]string // what is due first, by lane
	next      time.Time         // when something falls due, if nothing is
	member    bool
	print     string
}

type cardOf struct {
	request flows.RequestID
	person  flows.PersonID
}

// look reads a state.
func (h *hand) look() *scene {
	s := &scene{decisions: map[flows.RequestID][]flows.Decision{}, cards: map[cardOf]*flows.Post{}, due: map[string]string{}, now: h.clock.Company(), member: h.target.has(prodKey, ana)}
	h.view(func(tx flows.Tx) (err error) {
		if s.requests, err = tx.Requests(flows.RequestFilter{}); err != nil {
			return err
		}
		slices.Reverse(s.requests)
		for _, r := range s.requests {
			if s.decisions[r.ID], err = tx.Decisions(r.ID); err != nil {
				return err
			}
		}
		if s.grants, err = tx.Grants(flows.GrantFilter{}); err != nil {
			return err
		}
		if s.holdings, err = tx.Holdings(flows.HoldingFilter{}); err != nil {
			return err
		}
		if s.intents, err = tx.Intents(flows.IntentFilter{}); err != nil {
			return err
		}
		posts, err := tx.Posts(flows.PostFilter{Kinds: []flows.PostKind{flows.PostApprover}})
		for _, p := range posts {
			s.cards[cardOf{p.Request, p.Person}] = p
		}
		return err
	})
	s.print = s.describe(h)
	return s
}

// event is something that will be so from a moment on.
type event struct {
	at   time.Time
	what string
}

// describe words a state so that two are the same if, and only if, the same can happen in them: without numbers that only count, and of
// times only which are over and in what order the others come.
func (s *scene) describe(h *hand) string {
	var b strings.Builder
	b.WriteString(min(s.decisionsAs(ben, caro), s.decisionsAs(caro, ben))) // they have the same right, so who of them is which makes no difference
	fmt.Fprintf(&b, "\nleft %+v, over %v, member %v, to be lost %d, mute %v, lent on %d, reads %d", h.left, h.over, s.member, h.target.lose, h.mute, h.lent, min(2, len(h.reads)))
	var events []event
	add := func(at time.Time, format string, args ...any) {
		if !at.IsZero() {
			events = append(events, event{at, fmt.Sprintf(format, args...)})
		}
	}
	for _, r := range s.requests {
		if r.State == flows.Pending {
			add(r.Lapses, "%s lapses", r.ID)
		}
	}
	for _, g := range s.grants {
		fmt.Fprintf(&b, "\n%s of %s on %d %s %s %q, extended %d", g.ID, g.Request, g.Holding, g.State, g.Cause, g.Released, g.Extended)
		if g.State == flows.Active {
			add(g.Ends, "%s ends", g.ID)
		}
	}
	for _, x := range s.holdings {
		fmt.Fprintf(&b, "\nholding %d open %v before %s proof %s put back %d, read %v, late %v", x.ID, x.Open, x.Before, x.Proof, x.PutBack, !x.FirstRead.IsZero(), !x.LateSince.IsZero())
		if x.Open {
			add(x.GrantLands, "the grant on %d has landed", x.ID)
			add(x.RemoveLands, "the removal on %d has landed", x.ID)
			if !x.FirstReadReal.IsZero() {
				add(x.FirstReadReal.Add(h.set.ProofGap), "the second read of %d may come", x.ID)
			}
		}
	}
	for _, i := range s.intents {
		if i.Kind == flows.IntentAsk && !h.over || !slices.Contains(lanes, i.Lane) {
			continue
		}
		due := i.Due
		if !due.After(s.now) {
			due = time.Unix(1, 0)
			if first := s.due[i.Lane]; first == "" {
				s.due[i.Lane] = fmt.Sprintf("%s of %s", i.Kind, i.Subject)
			}
		} else if s.next.IsZero() || due.Before(s.next) {
			s.next = due
		}
		add(due, "%s of %s is due %v %v", i.Kind, i.Subject, i.LastError != "", i.Owner)
	}
	slices.SortFunc(events, func(a, b event) int {
		if past := !a.at.After(s.now) && !b.at.After(s.now); past || a.at.Equal(b.at) {
			return strings.Compare(a.what, b.what)
		}
		return a.at.Compare(b.at)
	})
	for _, e := range events {
		fmt.Fprintf(&b, "\n%v %s", !e.at.After(s.now), e.what)
	}
	return b.String()
}

func (s *scene) decisionsAs(first, second flows.PersonID) (out string) {
	for _, r := range s.requests {
		out += s.of(r, first, second) + "\n"
	}
	return out
}

// of words the state of one request, what these two have decided, and whether their cards are new.
func (s *scene) of(r *flows.Request, people ...flows.PersonID) string {
	out := fmt.Sprintf("%s %s, extends %d, widened %v, trouble %q, ending %q", r.ID, r.State, r.Extends, r.Widened, r.Trouble, r.Ending)
	for n, who := range people {
		for _, d := range s.decisions[r.ID] {
			if d.Person == who {
				out += fmt.Sprintf(", approver %d decided %v", n, d.Yes)
			}
		}
		if c := s.cards[cardOf{r.ID, who}]; c != nil {
			out += fmt.Sprintf(", card %d is new %v", n, c.Shown == r.Revision)
		}
	}
	return out
}

func (s *scene) agreed(id flows.RequestID, who flows.PersonID) bool {
	return slices.ContainsFunc(s.decisions[id], func(d flows.Decision) bool { return d.Person == who })
}

// approved is this file's own judgement of a request, by its decisions alone.
func (h *hand) approved(s *scene, id flows.RequestID) bool {
	list := s.decisions[id]
	return h.o.automatic && len(list) == 0 || len(list) == 2 && list[0].Yes && list[1].Yes
}

// called judges each call to the target before it is made.
func (h *hand) called(verb string) {
	h.target.setDown(h.mute)
	h.mute = false
	if verb == "check" {
		return
	}
	s := h.look()
	switch verb {
	case "grant":
		h.lent = s.holdings[len(s.holdings)-1].ID
		ok := slices.ContainsFunc(s.grants, func(g *flows.Grant) bool {
			return (g.State == flows.Granting || h.cross != nil && g.State == flows.Revoking) && h.approved(s, g.Request) // given back while the call was on its way
		})
		if !ok {
			h.t.Fatalf("access is given and no request with two that agree stands for it:\n%s", s.print)
		}
		if h.over && !h.inside {
			h.t.Fatalf("access is given that the policy has stopped allowing:\n%s", s.print)
		}
	case "remove":
		if h.o.before {
			h.t.Fatal("what was there before is taken away")
		}
		if g := s.running(); g != nil {
			h.t.Fatalf("access is taken away and %s leans on it:\n%s", g.ID, s.print)
		}
	}
}

// running is a grant that is in use and not over.
func (s *scene) running() *flows.Grant {
	i := slices.IndexFunc(s.grants, func(g *flows.Grant) bool { return g.State == flows.Active && g.Ends.After(s.now) })
	if i < 0 {
		return nil
	}
	return s.grants[i]
}

// answered notes what the target answered: reads of absence since its last change.
func (h *hand) answered() {
	switch {
	case h.target.calls[len(h.target.calls)-1] != "check":
		h.reads = nil
		h.point(afterEffect)
		return
	case h.target.members[prodKey][ana]:
		h.reads = nil
	default:
		h.reads = append(slices.Clone(h.reads), h.clock.Machine())
	}
	h.point(afterRead)
}

// between judges a step from one state to the next.
func (h *hand) between(from, to *scene) {
	for _, was := range from.requests {
		i := slices.IndexFunc(to.requests, func(r *flows.Request) bool { return r.ID == was.ID })
		if i < 0 {
			h.t.Fatalf("%s is lost", was.ID)
		}
		if is := to.requests[i]; was.State != flows.Pending && is.State != was.State {
			h.t.Fatalf("%s was %s, and is %s", was.ID, was.State, is.State)
		}
	}
	for _, was := range from.holdings {
		i := slices.IndexFunc(to.holdings, func(x *flows.Holding) bool { return x.ID == was.ID })
		if i >= 0 && was.Open && !to.holdings[i].Open {
			h.proved(to.holdings[i])
		}
	}
}

// proved judges the proof by which a holding was closed, by what the target was asked.
func (h *hand) proved(x *flows.Holding) {
	n := len(h.reads)
	switch {
	case h.o.before && x.Proof == flows.ProofKept:
	case h.lent != x.ID && x.Proof == flows.ProofGone:
	case x.Proof != flows.ProofGone || n < 2 || h.reads[n-1].Sub(h.reads[0]) < h.set.ProofGap:
		h.t.Fatalf("holding %d is closed with proof %q, and the target was read absent at %v", x.ID, x.Proof, h.reads)
	}
}

// holds judges a state that nobody has seen before.
func (h *hand) holds(s *scene) {
	for _, r := range s.requests {
		h.decided(s, r)
	}
	if g := s.running(); g != nil && !s.member {
		h.t.Fatalf("%s is in use and the access is not there:\n%s", g.ID, s.print)
	}
	live := slices.ContainsFunc(s.grants, func(g *flows.Grant) bool { return g.Live() && g.State != flows.Waiting })
	if s.member && !live && !h.o.before {
		h.t.Fatalf("the access is there and nothing stands for it:\n%s", s.print)
	}
	if h.o.before && !s.member {
		h.t.Fatal("what was there before is gone")
	}
	quiet := s.due[flows.LaneTarget("okta")] == "" && s.due[flows.LaneClock] == ""
	for _, g := range s.grants {
		if quiet && g.State == flows.Active && !g.Ends.After(s.now) {
			h.t.Fatalf("%s is over, and nothing is going to end it:\n%s", g.ID, s.print)
		}
		if !h.approved(s, g.Request) {
			h.t.Fatalf("%s stands on %s, which two have not agreed to:\n%s", g.ID, g.Request, s.print)
		}
	}
	h.inside = true
	defer func() { h.inside = false }()
	found, err := h.engine.Sweep(h.ctx)
	if err != nil || len(found) > 0 {
		h.t.Fatalf("work that nobody wrote down: %v %v\n%s", found, err, s.print)
	}
	if _, err := h.store.Verify(h.ctx); err != nil {
		h.t.Fatal(err)
	}
}

// decided judges the decisions of a request and what became of it.
func (h *hand) decided(s *scene, r *flows.Request) {
	var yes, no []flows.PersonID
	for _, d := range s.decisions[r.ID] {
		if d.Person != ben && d.Person != caro || slices.Contains(yes, d.Person) || slices.Contains(no, d.Person) {
			h.t.Fatalf("%s decided %s:\n%s", d.Person, r.ID, s.print)
		}
		if d.Yes {
			yes = append(yes, d.Person)
		} else {
			no = append(no, d.Person)
		}
	}
	want := flows.Pending
	switch {
	case len(no) > 0:
		want = flows.Denied
	case (len(yes) == 2 || h.o.automatic) && !(h.over && r.State == flows.Canceled):
		want = flows.Approved
	case r.State == flows.Canceled || r.State == flows.Lapsed:
		want = r.State
	}
	if r.State != want || len(no) > 1 {
		h.t.Fatalf("%s is %s with %d who agreed and %d who denied:\n%s", r.ID, r.State, len(yes), len(no), s.print)
	}
	outcomes := 0
	h.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Request: r.ID, Actions: []flows.Action{flows.ActRequestOK, flows.ActDenied, flows.ActCanceled, flows.ActLapsed}})
		outcomes = len(list)
		return err
	})
	if decided := r.State != flows.Pending; outcomes > 1 || decided != (outcomes == 1) {
		h.t.Fatalf("the log tells %d outcomes of %s, which is %s", outcomes, r.ID, r.State)
	}
}

// atRest judges a state in which nothing can happen any more.
func (h *hand) atRest(s *scene) {
	for _, r := range s.requests {
		if r.State == flows.Pending {
			h.t.Fatalf("%s waits for ever:\n%s", r.ID, s.print)
		}
	}
	for _, g := range s.grants {
		if g.Live() {
			h.t.Fatalf("%s is %s for ever:\n%s", g.ID, g.State, s.print)
		}
	}
	for _, x := range s.holdings {
		if x.Open || x.Proof == "" || x.PutBack > 0 {
			h.t.Fatalf("a holding is open, or without a proof, for ever:\n%s", s.print)
		}
	}
	if s.member != h.o.before {
		h.t.Fatalf("at the end the access is there: %v\n%s", s.member, s.print)
	}
}
