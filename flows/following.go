package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// telling is a change of the flows that people are still to be told of.
type telling struct {
	Before, After policyRecord
	Held          bool      `json:",omitempty"`
	Since         time.Time // machine time
}

// How long, in machine time, the directory is asked for whom a change concerns before it is told without.
const tellWithin = time.Minute

func (e *Engine) wantTold(tx Tx, t telling) error {
	list, err := readMeta[[]telling](tx, metaTell)
	if err != nil {
		return err
	}
	t.Since = tx.Real()
	next := []telling{t}
	if list != nil {
		next = append(*list, t)
	}
	if err := putMeta(tx, metaTell, next); err != nil {
		return err
	}
	return WantSync(tx, PolicyWork, tx.Real())
}

// followPolicy does what follows from a change of the flows. Until the outside answers it is due again.
func (e *Engine) followPolicy(ctx context.Context) Result {
	told, err := e.tellChanges(ctx)
	if err != nil {
		return failed(err)
	}
	known, err := e.endForbidden(ctx)
	switch {
	case err != nil:
		return failed(err)
	case !told:
		return againReal(e.clock.Machine().Add(troubleEvery))
	case !known:
		return againReal(e.clock.Machine().Add(syncAgain))
	}
	return done()
}

// tellChanges tells of all changes, in order. False: somebody outside does not answer yet.
func (e *Engine) tellChanges(ctx context.Context) (bool, error) {
	for {
		var t *telling
		var before, after *Policy
		if err := e.store.View(ctx, func(tx Tx) error {
			t = nil
			list, err := readMeta[[]telling](tx, metaTell)
			if err != nil || list == nil || len(*list) == 0 {
				return err
			}
			t = &(*list)[0]
			if before, err = t.Before.policy(tx, e.out.DirectoryName, e.set.Admins...); err != nil {
				return err
			}
			after, err = t.After.policy(tx, e.out.DirectoryName, e.set.Admins...)
			return err
		}); err != nil || t == nil {
			return true, err
		}
		lines, trouble, err := e.difference(ctx, before, after)
		if err != nil || trouble != "" && e.clock.Machine().Before(t.Since.Add(tellWithin)) {
			return false, err
		}
		if trouble != "" {
			lines = append(changes(before, after), "Whom that concerns is not known: "+trouble+".")
		}
		if len(lines) == 0 {
			lines = append([]string{"Nobody gains or loses anything that is there now."}, changes(before, after)...)
		}
		if err := e.store.Change(ctx, func(tx Tx) error { return e.tellChange(tx, *t, lines) }); err != nil {
			return false, err
		}
	}
}

// tellChange tells the feed of what is in force, and the admins of what waits for them.
func (e *Engine) tellChange(tx Tx, t telling, lines []string) error {
	list, err := readMeta[[]telling](tx, metaTell)
	if err != nil || list == nil || len(*list) == 0 || (*list)[0].After.Hash != t.After.Hash {
		return err
	}
	if err := putMeta(tx, metaTell, (*list)[1:]); err != nil {
		return err
	}
	entry := &Entry{Action: ActPolicyTold, Data: map[string]string{"policy": t.After.Hash, "before": t.Before.Hash}, Text: strings.Join(lines, "\n")}
	if err := e.log(tx, entry); err != nil {
		return err
	}
	key := fmt.Sprintf("policy/%d", entry.Seq)
	if t.Held {
		return e.tellHeld(tx, t, key, lines)
	}
	if e.set.Feed == (Place{}) {
		return nil
	}
	return e.sayIn(tx, e.set.Feed, Post{Kind: PostFeed, Key: key, Text: "The flows have changed. " + strings.Join(lines, " ") + "   " + entry.Short()})
}

func (e *Engine) tellHeld(tx Tx, t telling, key string, lines []string) error {
	held, err := ReadHeldPolicy(tx)
	if err != nil || held == nil || held.Hash != t.After.Hash {
		return err // released, or changed again, meanwhile
	}
	held.Lines = lines
	if err := putMeta(tx, metaHeld, held); err != nil {
		return err
	}
	return e.tellAdmins(tx, key, "The file’s new flows would let people have more. "+strings.Join(lines, " ")+
		" The flows before stay in force until an admin releases the new ones in App Home.", 0)
}

// endForbidden ends, under the brake, the live grants that a deny flow covers. Whoever cannot be looked up keeps what they have until
// they can be: false.
func (e *Engine) endForbidden(ctx context.Context) (known bool, err error) {
	p, err := e.current(ctx)
	if err != nil {
		return false, err
	}
	suspects, err := e.maybeForbidden(ctx, p)
	if err != nil {
		return false, err
	}
	known = true
	why := map[GrantID]string{}
	for _, s := range suspects {
		n := newNeeds(s.grant.Person)
		p.whoNeeds(n, s.resource, s.grant.Entitlement.Permission)
		c := p.Cover(s.resource, s.grant.Entitlement.Permission, e.gather(ctx, n))
		if c.Denied != nil {
			why[s.grant.ID] = "The flow " + c.Denied.Name + " forbids it."
		}
		known = known && c.Unknown == ""
	}
	return known, e.store.Change(ctx, func(tx Tx) error {
		moved, err := e.moved(tx, p)
		if err != nil {
			return err
		}
		if moved {
			return WantSync(tx, PolicyWork, tx.Real())
		}
		return e.endDenied(tx, why)
	})
}

func (p *Policy) denies() bool {
	return slices.ContainsFunc(p.Flows, func(f *Flow) bool { return f.Deny })
}

// wantForbidden has deny flows looked at again: a sync may have brought somebody, or something, under one.
func (e *Engine) wantForbidden(ctx context.Context) error {
	p, err := e.current(ctx)
	if err != nil || !p.denies() {
		return err
	}
	return e.store.Change(ctx, func(tx Tx) error { return WantSync(tx, PolicyWork, tx.Real()) })
}

type suspect struct {
	grant    *Grant
	resource Resource
}

// maybeForbidden are the live grants on what some deny flow's lines cover; for whom is still to be asked.
func (e *Engine) maybeForbidden(ctx context.Context, p *Policy) (out []suspect, err error) {
	if !p.denies() {
		return nil, nil
	}
	err = e.store.View(ctx, func(tx Tx) error {
		out = nil
		live, err := tx.Grants(GrantFilter{States: []GrantState{Granting, Active}})
		if err != nil {
			return err
		}
		for _, g := range live {
			r, err := tx.Resource(g.Entitlement.ResourceKey)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(p.Flows, func(f *Flow) bool {
				covered, _ := f.line(r, g.Entitlement.Permission)
				return f.Deny && covered
			}) {
				out = append(out, suspect{g, r})
			}
		}
		return nil
	})
	return out, err
}

func (e *Engine) endDenied(tx Tx, why map[GrantID]string) error {
	state, err := tx.Sync(PolicyWork)
	if err != nil {
		return err
	}
	live, err := tx.Grants(GrantFilter{States: []GrantState{Granting, Active}})
	if err != nil {
		return err
	}
	var ends []*Grant
	for _, g := range live {
		if why[g.ID] != "" {
			ends = append(ends, g)
		}
	}
	state.Integration = PolicyWork
	if key := brakeKey(ends); tooMany(len(ends), len(live)) && state.Released != key {
		return e.brake(tx, state, key, fmt.Sprintf("The deny flows would end %d of %d running grants.", len(ends), len(live)))
	}
	if len(ends) == 0 && state.HeldKey == "" {
		return nil
	}
	for _, g := range ends {
		if err := e.end(tx, g, ReasonGone, "", why[g.ID]); err != nil {
			return err
		}
	}
	state.Held, state.HeldKey = "", ""
	return tx.PutSync(state)
}
