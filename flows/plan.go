package flows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Whoever may write an on-call schedule can put himself on shift. So a shift does without a human only for somebody whom our own reads of the
// schedule have had on it, for this very moment, for as long as the flow says. What they have had is kept as turns.

// Turn is a time for which somebody is planned on a shift, To outside, with since when each read of the plan has had it so. Company time.
type Turn struct {
	Person   PersonID
	From, To time.Time
	Since    time.Time
}

// PlanWork names the reading of plans, beside the integrations whose syncs are intents of the same kind.
const PlanWork = "(plans)"

// How plans are read, in company time.
const (
	planEvery = 15 * time.Minute
	// planAhead is how much further than a flow's known_for a plan is read, so that a turn is seen in time for its beginning.
	planAhead = 24 * time.Hour
	// planLasts is how old the last read may be for a turn to count.
	planLasts = time.Hour
	// planGap is the longest time without a read after which turns that are there again are still the same ones. Within it, a turn that was
	// there before and after counts as never gone: it lets nobody through who did not stand in the plan when it was read before.
	planGap = 12 * time.Hour
)

// ever is the end of a turn that has none.
var ever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// planKey names the state of the reading of one plan.
func planKey(s Shift) string { return fmt.Sprintf("plan/%s/%s/%d", s.In, s.Schedule, s.Level) }

// wantPlans has the plans that a policy leans on read at once.
func wantPlans(tx Tx, p *Policy) error {
	if len(p.plans()) == 0 {
		return nil
	}
	return WantSync(tx, PlanWork, tx.Real())
}

// readPlans reads the plan of every shift by which a flow lets somebody through without a human. One that cannot be read stays as it was.
func (e *Engine) readPlans(ctx context.Context) Result {
	p, err := e.current(ctx)
	if err != nil {
		return failed(err)
	}
	plans, began := p.plans(), e.clock.Company()
	if len(plans) == 0 {
		return done()
	}
	all := true
	for _, s := range slices.SortedFunc(maps.Keys(plans), func(a, b Shift) int { return cmp.Compare(planKey(a), planKey(b)) }) {
		err := e.readPlan(ctx, s, plans[s])
		if err == nil {
			continue
		}
		all = false
		e.noteTrouble(s.In, err)
		if kept := e.syncFailed(ctx, planKey(s), err); kept != nil {
			return failed(kept)
		}
	}
	if !all {
		return againReal(e.clock.Machine().Add(syncAgain))
	}
	return Result{Again: true, Scale: ByCompany, Due: began.Add(planEvery)}
}

func (e *Engine) readPlan(ctx context.Context, s Shift, knownFor time.Duration) error {
	source := e.out.OnCall[s.In]
	if source == nil {
		return Errorf(KindUnknown, "%s is not configured", s.In)
	}
	started := e.clock.Company()
	list, err := source.Plan(ctx, s, started, started.Add(knownFor+planAhead))
	if err != nil {
		return err
	}
	planned, err := e.planned(ctx, list)
	if err != nil {
		return err
	}
	return e.store.Change(ctx, func(tx Tx) error { return keepPlan(tx, s, started, planned) })
}

// planned finds the people behind the addresses. An address that is nobody's, or two people's, plans nobody.
func (e *Engine) planned(ctx context.Context, list []Planned) (map[PersonID][]Turn, error) {
	people, out := map[string]PersonID{}, map[PersonID][]Turn{}
	for _, x := range list {
		id, seen := people[x.Email]
		if !seen {
			p, err := e.out.Directory.PersonBy(ctx, "email", x.Email)
			if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrAmbiguous) {
				return nil, err
			}
			if err == nil {
				id = p.ID
			}
			people[x.Email] = id
		}
		if id != "" {
			out[id] = append(out[id], Turn{Person: id, From: x.From.UTC().Truncate(time.Millisecond), To: time0(ever, x.To).UTC().Truncate(time.Millisecond)})
		}
	}
	return out, nil
}

func keepPlan(tx Tx, s Shift, started time.Time, planned map[PersonID][]Turn) error {
	state, err := tx.Sync(planKey(s))
	if err != nil {
		return err
	}
	before, err := tx.Turns(s)
	if err != nil {
		return err
	}
	known := before
	if started.Sub(state.Complete) > planGap {
		known = nil
	}
	if next := replan(known, planned, tx.Now()); !slices.EqualFunc(before, next, Turn.same) {
		if err := tx.PutTurns(s, next); err != nil {
			return err
		}
	}
	state.Integration, state.Failed, state.Complete = planKey(s), "", started
	return tx.PutSync(state)
}

func (t Turn) same(x Turn) bool {
	return t.Person == x.Person && t.From.Equal(x.From) && t.To.Equal(x.To) && t.Since.Equal(x.Since)
}

// replan is what is known of each moment after a read: since when it was before, where it still is planned, or since now. However the source
// splits and joins turns, a moment keeps its own Since. What is over is forgotten.
func replan(before []Turn, planned map[PersonID][]Turn, now time.Time) (out []Turn) {
	known := map[PersonID][]Turn{}
	for _, t := range before {
		known[t.Person] = append(known[t.Person], t)
	}
	for _, person := range slices.Sorted(maps.Keys(planned)) {
		var mine []Turn
		for _, t := range joined(planned[person]) {
			mine = append(mine, overlay(known[person], t, now)...)
		}
		for _, t := range mine {
			if n := len(out); n > 0 && out[n-1].Person == person && out[n-1].To.Equal(t.From) && out[n-1].Since.Equal(t.Since) {
				out[n-1].To = t.To
				continue
			}
			if t.To.After(now) {
				out = append(out, t)
			}
		}
	}
	return out
}

// joined are one person's turns in order, those that touch as one.
func joined(list []Turn) (out []Turn) {
	slices.SortFunc(list, func(a, b Turn) int { return a.From.Compare(b.From) })
	for _, t := range list {
		switch n := len(out); {
		case !t.From.Before(t.To):
		case n > 0 && !t.From.After(out[n-1].To):
			out[n-1].To = later(out[n-1].To, t.To)
		default:
			out = append(out, t)
		}
	}
	return out
}

// overlay cuts a planned time into what was known before, and what is new.
func overlay(known []Turn, t Turn, now time.Time) (out []Turn) {
	at := t.From
	add := func(to, since time.Time) {
		if at.Before(to) {
			out = append(out, Turn{Person: t.Person, From: at, To: to, Since: since})
			at = to
		}
	}
	for _, k := range known {
		if k.To.After(at) && k.From.Before(t.To) {
			add(k.From, now)
			add(earlier(k.To, t.To), k.Since)
		}
	}
	add(t.To, now)
	return out
}
