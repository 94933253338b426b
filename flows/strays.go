package flows

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// strayGrace is how long access that was found stays, so that an admin can keep it: company time.
const strayGrace = 15 * time.Minute

// having is one person having one entitlement.
type having struct {
	Entitlement Entitlement
	Person      PersonID
}

// settleTarget finds and settles what the database does not know of one target. A comparison is made once only, at the end.
func (e *Engine) settleTarget(ctx context.Context, r *Recovery, name string, final bool) error {
	target := e.out.Targets[name]
	if w, says := target.(Writes); says && !r.Compare[name] {
		list, err := w.WritesSince(ctx, r.From.Add(-recoverMargin), e.clock.Company().Add(recoverMargin))
		if err != nil {
			return err
		}
		return e.settleWrites(ctx, r, target, list)
	}
	if !final {
		return nil
	}
	return e.compareMembers(ctx, r, name, target)
}

// settleWrites settles what our credential wrote, one person and entitlement after the other.
func (e *Engine) settleWrites(ctx context.Context, r *Recovery, target Target, list []Write) error {
	var order []having
	of := map[having][]Write{}
	for _, w := range list {
		k := having{w.Entitlement, w.Person}
		if of[k] == nil {
			order = append(order, k)
		}
		of[k] = append(of[k], w)
	}
	for _, k := range order {
		explained := false
		if err := e.store.View(ctx, func(tx Tx) error {
			known, err := e.account(tx, r, k, of[k])
			explained = known.explained()
			return err
		}); err != nil {
			return err
		}
		if explained { // most are: the target need not be asked about them
			continue
		}
		reading, err := e.look(ctx, target, k)
		if err != nil {
			return err
		}
		if err := e.store.Change(ctx, func(tx Tx) error { return e.settleOne(tx, r, k, of[k], reading) }); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) look(ctx context.Context, target Target, k having) (Reading, error) {
	ctx, stop := context.WithTimeout(ctx, e.set.CallTimeout)
	defer stop()
	return target.Check(ctx, k.Entitlement, k.Person)
}

// account is what the database knows of one person's access, beside what we wrote.
type account struct {
	holding *Holding // the open one, nil when there is none
	over    []*Grant // leases whose end was carried out in the lost time
	begun   []*Grant // leases not known to be in use that we gave something for since
	leans   bool     // a lease that goes on, or an end under way, explains what is there
	last    Write
	closed  bool // a holding that was closed after our last write
}

// explained reports whether nothing is to be done, whatever the target shows now.
func (w account) explained() bool {
	return len(w.over) == 0 && len(w.begun) == 0 && (w.leans || w.closed || !w.last.Added)
}

func (e *Engine) account(tx Tx, r *Recovery, k having, writes []Write) (w account, err error) {
	w.last = writes[len(writes)-1]
	if w.holding, err = tx.OpenHolding(k.Person, k.Entitlement); ignoreMissing(err) != nil {
		return w, err
	}
	if err != nil {
		w.holding = nil
		w.closed, err = closedSince(tx, k, w.last.At)
		return w, err
	}
	list, err := tx.Grants(GrantFilter{Holding: w.holding.ID, States: []GrantState{Waiting, Granting, Active, Revoking}})
	if err != nil {
		return w, err
	}
	for _, g := range list {
		since, err := begun(tx, r, g)
		if err != nil {
			return w, err
		}
		wrote := func(added bool) bool {
			return slices.ContainsFunc(writes, func(x Write) bool { return x.Added == added && x.At.After(since) })
		}
		switch {
		case wrote(false):
			w.over = append(w.over, g)
		case (g.State == Waiting || g.State == Granting) && wrote(true):
			w.begun = append(w.begun, g)
			w.leans = w.leans || g.State == Granting
		case g.State != Waiting:
			w.leans = true
		}
	}
	return w, nil
}

// begun is from when on what we wrote is about this lease and not known to the database.
func begun(tx Tx, r *Recovery, g *Grant) (time.Time, error) {
	known := r.From.Add(-recoverSkew)
	if !g.Started.IsZero() {
		return later(known, g.Started), nil
	}
	q, err := tx.Request(g.Request)
	if err != nil {
		return known, err
	}
	return later(known, q.Made), nil
}

// closedSince reports whether a holding was closed after a moment: what is there now, somebody else has put back.
func closedSince(tx Tx, k having, at time.Time) (bool, error) {
	list, err := tx.Holdings(HoldingFilter{Person: k.Person, Integration: k.Entitlement.Integration})
	return slices.ContainsFunc(list, func(h *Holding) bool {
		return h.Entitlement == k.Entitlement && !h.Open && !h.Closed.Before(at)
	}), err
}

// settleOne settles one person's access: what is there and nothing explains becomes a stray, and leases that were over end.
func (e *Engine) settleOne(tx Tx, r *Recovery, k having, writes []Write, reading Reading) error {
	now, err := sameRecovery(tx, r)
	if err != nil || now == nil {
		return err
	}
	w, err := e.account(tx, now, k, writes)
	if err != nil {
		return err
	}
	if w.last.Added && reading.Present && reading.Source == "" && !w.leans && !w.closed {
		if err := e.foundOurs(tx, now, k, writes, w.holding); err != nil {
			return err
		}
	}
	over := w.over
	if !reading.Present { // what was given is gone again, so it is not given once more
		over = append(over, w.begun...)
	}
	for _, g := range over {
		if err := e.wasOver(tx, now, g.ID); err != nil {
			return err
		}
	}
	return putMeta(tx, metaRecovering, now)
}

// foundOurs settles access that our credential gave last and that no lease explains. What the last sync of the database saw there before that,
// and what we did not give then, may have been there before us: an admin says what it is.
func (e *Engine) foundOurs(tx Tx, r *Recovery, k having, writes []Write, h *Holding) error {
	first := writes[0]
	if since, seen, err := tx.SeenSince(k.Entitlement, k.Person); err != nil {
		return err
	} else if seen && first.Added && since.Before(first.At) {
		ours, err := gaveBefore(tx, 0, k, since)
		if err != nil {
			return err
		}
		if !ours {
			return e.question(tx, r, k, "a sync before saw it there already")
		}
	}
	r.Strays++
	_, err := e.stray(tx, k, h, writes[len(writes)-1].At, strayGrace)
	return err
}

// stray makes access that was found a lease with an end, so that it is taken away like any other, with proof.
func (e *Engine) stray(tx Tx, k having, h *Holding, given time.Time, d time.Duration) (*Grant, error) {
	f := seal(FlowSpec{Name: strayFlow})
	if err := tx.PutFlowText(f.Hash(), f.Text()); err != nil {
		return nil, err
	}
	q := &Request{State: Approved, Revision: 1, Asker: k.Person, For: k.Person, Entitlement: k.Entitlement, Duration: d, FlowName: f.Name, FlowHash: f.Hash(),
		Made: tx.Now(), Lapses: tx.Now(), Closed: tx.Now(), Stray: true}
	if err := tx.PutRequest(q); err != nil {
		return nil, err
	}
	if h == nil {
		h = &Holding{Person: k.Person, Entitlement: k.Entitlement, Open: true, Opened: given}
	}
	if h.Before == BeforeUnknown {
		h.Before, h.BeforeWords = BeforeAbsent, "given by Hallpass itself at "+given.UTC().Format(time.RFC3339)+", which its restored database does not know"
	}
	h.FirstRead, h.FirstReadReal, h.FirstReadGone, h.LateSince, h.Alarms = time.Time{}, time.Time{}, "", time.Time{}, 0
	if err := tx.PutHolding(h); err != nil {
		return nil, err
	}
	g := &Grant{State: Active, Request: q.ID, Person: k.Person, Entitlement: k.Entitlement, Holding: h.ID, Duration: d, Started: tx.Now(), Ends: tx.Now().Add(d)}
	if err := tx.PutGrant(g); err != nil {
		return nil, err
	}
	entry := &Entry{Action: ActStray, Request: q.ID, Grant: g.ID, Holding: h.ID, Data: map[string]string{"entitlement": k.Entitlement.String(), "person": string(k.Person), "given": given.UTC().Format(time.RFC3339), "ends": g.endWords()}}
	if err := e.log(tx, entry); err != nil {
		return nil, err
	}
	if at := e.set.Feed; at != (Place{}) {
		if err := e.sayIn(tx, at, Post{Kind: PostFeed, Key: feedKey(q.ID), Request: q.ID}); err != nil {
			return nil, err
		}
	}
	if err := e.say(tx, Post{Kind: PostAsker, Key: askerKey(q.ID), Person: k.Person, Request: q.ID}); err != nil {
		return nil, err
	}
	words := fmt.Sprintf("%s: %s has %s. Hallpass gave it, its restored database does not know why. It ends at %s (UTC) unless an admin keeps it in App Home.",
		q.ID, nameOf(tx, k.Person), resourceName(tx, k.Entitlement), g.Ends.UTC().Format("15:04"))
	if err := e.tellAdmins(tx, fmt.Sprintf("stray/%d", q.ID), words, q.ID); err != nil {
		return nil, err
	}
	return g, e.grantTimer(tx, g, f.Warn)
}

// strayFlow is the name that stands in the place of a flow's.
const strayFlow = "found after a restore"

// wasOverWords tell why a lease is over that the database still knew as going on.
const wasOverWords = "It had ended already: Hallpass was set back to an older copy of its database and had forgotten that."

// wasOver ends a lease whose end was carried out in the lost time. It is never given again.
func (e *Engine) wasOver(tx Tx, r *Recovery, id GrantID) error {
	g, err := tx.Grant(id)
	if err != nil || g.State.Over() {
		return err
	}
	if g.State == Revoking { // its end goes on, and finds what is there
		h, err := tx.Holding(g.Holding)
		if err != nil {
			return err
		}
		return wantHold(tx, h, RankEnd)
	}
	r.Over++
	return e.end(tx, g, WasOver, "", wasOverWords)
}

// gaveBefore reports whether a holding of ours, other than one, may have given what was seen since a moment.
func gaveBefore(tx Tx, but HoldingID, k having, since time.Time) (bool, error) {
	list, err := tx.Holdings(HoldingFilter{Person: k.Person, Integration: k.Entitlement.Integration})
	return slices.ContainsFunc(list, func(x *Holding) bool {
		return x.ID != but && x.Entitlement == k.Entitlement && x.Before != BeforePresent && !x.Opened.After(since) && (x.Open || !x.Closed.Before(since))
	}), err
}
