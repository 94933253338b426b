package flows

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// brakeFloor is how many grants a sync may end by itself, if that is at most a tenth of them.
const brakeFloor = 5

// syncAgain is how soon a sync that failed is tried again, in machine time.
const syncAgain = time.Minute

// Sync reads a target and, when it is the directory, its people. What fails or is incomplete changes nothing. It carries out IntentSync,
// under the name PolicyWork what follows from a change of the flows, under PlanWork the reading of plans, and under RecoveryWork what an
// older database does not know.
func (e *Engine) Sync(ctx context.Context, name string, every time.Duration) Result {
	switch name {
	case PolicyWork:
		return e.followPolicy(ctx)
	case PlanWork:
		return e.readPlans(ctx)
	case RecoveryWork:
		return e.recover(ctx)
	}
	err := e.sync(ctx, name)
	if err != nil {
		e.noteTrouble(name, err)
		if kept := e.syncFailed(ctx, name, err); kept != nil {
			return failed(kept)
		}
		every = min(every, syncAgain)
	}
	return againReal(e.clock.Machine().Add(every))
}

func (e *Engine) sync(ctx context.Context, name string) error {
	if name == e.out.DirectoryName {
		if err := e.syncPeople(ctx); err != nil {
			return err
		}
	}
	target := e.out.Targets[name]
	if target == nil {
		return e.wantForbidden(ctx)
	}
	started := e.clock.Company()
	snap, err := target.Sync(ctx)
	if err != nil {
		return err
	}
	if err := e.store.Change(ctx, func(tx Tx) error { return e.keepSnapshot(tx, name, started, snap) }); err != nil {
		return err
	}
	if err := e.keepBeside(ctx, name, started, snap); err != nil {
		e.noteTrouble("the members beside the witness", err) // the sync itself is kept
	}
	return e.wantForbidden(ctx)
}

func (e *Engine) syncFailed(ctx context.Context, name string, cause error) error {
	return e.store.Change(ctx, func(tx Tx) error {
		s, err := tx.Sync(name)
		if err != nil {
			return err
		}
		s.Integration, s.Failed = name, AsCall(cause).Sentence
		return tx.PutSync(s)
	})
}

// keepSnapshot records a complete sync. What it takes away ends live grants, under the brake.
func (e *Engine) keepSnapshot(tx Tx, name string, started time.Time, snap Snapshot) error {
	state, err := tx.Sync(name)
	if err != nil {
		return err
	}
	state.Integration, state.Failed = name, ""
	seen := map[ResourceKey]bool{}
	for _, r := range snap.Resources {
		seen[r.ResourceKey] = true
	}
	ends, total, err := e.vanished(tx, name, func(k ResourceKey) bool { return !seen[k] })
	if err != nil {
		return err
	}
	if key := brakeKey(ends); tooMany(len(ends), total) && state.Released != key {
		return e.brake(tx, state, key, fmt.Sprintf("The last sync of %s would end %d of %d running grants, because their resources are no longer there.", e.out.title(name), len(ends), total))
	}
	state.Held, state.HeldKey, state.Complete = "", "", started
	if err := e.keepResources(tx, name, snap, seen); err != nil {
		return err
	}
	for _, g := range ends {
		if err := e.end(tx, g, ReasonGone, "", "It no longer exists in "+e.out.title(name)+"."); err != nil {
			return err
		}
	}
	return tx.PutSync(state)
}

func (e *Engine) keepResources(tx Tx, name string, snap Snapshot, seen map[ResourceKey]bool) error {
	old, err := tx.Resources(ResourceFilter{Integration: name, All: true})
	if err != nil {
		return err
	}
	known := map[ResourceKey]Resource{}
	for _, r := range old {
		known[r.ResourceKey] = r
		if !seen[r.ResourceKey] && !r.Gone {
			r.Gone, r.Held = true, Became{}
			if err := tx.PutResource(r); err != nil {
				return err
			}
		}
	}
	if err := e.renew(tx); err != nil {
		return err
	}
	settled, err := e.settleMoves(tx, name, known, snap.Resources)
	if err != nil {
		return err
	}
	for _, r := range settled {
		if reflect.DeepEqual(r, known[r.ResourceKey]) { // most are as they were, and a change that writes them all holds everybody up
			continue
		}
		if err := tx.PutResource(r); err != nil {
			return err
		}
	}
	if err := keepOwning(tx, e.policy.Load(), name, settled); err != nil {
		return err
	}
	for ent, people := range snap.Members {
		if err := tx.ReplaceMembers(ent, people); err != nil {
			return err
		}
	}
	return nil
}

// vanished are the live grants on what a sync no longer sees, and how many live grants there are in all.
func (e *Engine) vanished(tx Tx, name string, gone func(ResourceKey) bool) (ends []*Grant, total int, err error) {
	live, err := tx.Grants(GrantFilter{States: []GrantState{Granting, Active}})
	for _, g := range live {
		if g.Entitlement.Integration == name && gone(g.Entitlement.ResourceKey) {
			ends = append(ends, g)
		}
	}
	return ends, len(live), err
}

func brakeKey(ends []*Grant) string {
	var ids []string
	for _, g := range ends {
		ids = append(ids, g.ID.String())
	}
	slices.Sort(ids)
	key := strings.Join(ids, " ")
	if len(key) > longestKey {
		return fmt.Sprintf("%d grants %x", len(ids), shortSum(key))
	}
	return key
}

// longestKey keeps the key of what is held within a button's value (2,000 characters on Slack), with room for what stands before it.
const longestKey = 1000

// tooMany reports whether so many ends at once wait for an admin.
func tooMany(ends, total int) bool {
	return ends > 0 && (ends > brakeFloor || ends*10 > total)
}

// brake holds what would end too much, until an admin presses. Words say what that is.
func (e *Engine) brake(tx Tx, s SyncState, key, words string) error {
	if s.HeldKey == key {
		return nil
	}
	s.HeldKey = key
	s.Held = words + " That waits for an admin: release it in App Home if it is right."
	if err := tx.PutSync(s); err != nil {
		return err
	}
	if err := e.log(tx, &Entry{Action: ActBrake, Data: map[string]string{"integration": s.Integration, "grants": key}}); err != nil {
		return err
	}
	return e.tellAdmins(tx, fmt.Sprintf("brake/%s/%x", s.Integration, shortSum(key)), s.Held, 0)
}

// ReleaseBrake lets a held sync through, exactly as it was held. Only admins can.
func (e *Engine) ReleaseBrake(ctx context.Context, by Actor, integration, heldKey string) (Answer, error) {
	var a Answer
	err := e.store.Change(ctx, func(tx Tx) error {
		a = Answer{}
		s, err := tx.Sync(integration)
		if err != nil {
			return err
		}
		switch {
		case !by.Admin:
			a.Sentence = "Only admins of Hallpass can release this."
		case s.HeldKey == "" || s.HeldKey != heldKey:
			a.Sentence = "Nothing is held any more, or something else is. Look again."
		}
		if a.Sentence != "" {
			return e.refusal(tx, by, "release brake of "+integration, a.Sentence)
		}
		s.Released = heldKey
		if err := tx.PutSync(s); err != nil {
			return err
		}
		a.Sentence = "Released. It takes effect with the next sync, which starts now."
		if err := e.log(tx, &Entry{Action: ActBrakeReleased, Actor: by.Person.ID, Via: by.Account.String(), Data: map[string]string{"integration": integration, "grants": heldKey}}); err != nil {
			return err
		}
		return WantSync(tx, integration, tx.Real())
	})
	return a, err
}

// WantSync has an integration synced.
func WantSync(tx Tx, name string, at time.Time) error {
	return tx.Want(Intent{Kind: IntentSync, Subject: "sync/" + name, Lane: "sync:" + name, Rank: RankSync, Scale: ByMachine, Due: at})
}

// atOnce is how many people one change writes: nobody else writes meanwhile, on any replica.
const atOnce = 200

// syncPeople keeps copies of people and notices leavers. Each leaver is confirmed by a read of its own, so the brake does not hold them.
func (e *Engine) syncPeople(ctx context.Context) error {
	people, err := e.out.Directory.People(ctx)
	if err != nil {
		return err
	}
	now := map[PersonID]Person{}
	for _, p := range people {
		now[p.ID] = p
	}
	known := map[PersonID]Person{} // as the last sync left them
	var suspects []Person
	if err := e.store.View(ctx, func(tx Tx) error {
		suspects = nil
		old, err := tx.People()
		for _, p := range old {
			known[p.ID] = p
			if n, here := now[p.ID]; p.Active() && (!here || !n.Active()) {
				suspects = append(suspects, p)
			}
		}
		return err
	}); err != nil {
		return err
	}
	for _, p := range suspects {
		if err := e.confirmLeaver(ctx, p); err != nil {
			return err
		}
		delete(now, p.ID)
	}
	people = slices.DeleteFunc(people, func(p Person) bool {
		_, keep := now[p.ID]
		return !keep || p.same(known[p.ID])
	})
	for some := range slices.Chunk(people, atOnce) {
		if err := e.store.Change(ctx, func(tx Tx) error {
			for _, p := range some {
				if err := tx.PutPerson(p); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := e.findAdmins(ctx); err != nil {
		return err
	}
	if err := e.knowHumans(ctx); err != nil {
		return err
	}
	if err := e.checkAttributes(ctx); err != nil {
		return err
	}
	return e.checkPins(ctx)
}

// confirmLeaver asks once more for the one person, and ends what runs and waits if they surely may no longer act.
func (e *Engine) confirmLeaver(ctx context.Context, p Person) error {
	f := e.person(ctx, p.ID)
	if f.Trouble != "" {
		return Errorf(KindUnknown, "%s", f.Trouble)
	}
	if f.Value.Active() {
		return nil
	}
	if f.Value.ID == "" {
		f.Value, f.Value.Status = p, StatusLeft
	}
	return e.store.Change(ctx, func(tx Tx) error { return e.leaveOnce(tx, f.Value) })
}

// leaveOnce is leave, unless it was noticed before that this person may no longer act.
func (e *Engine) leaveOnce(tx Tx, p Person) error {
	known, err := tx.Person(p.ID)
	if err != nil || !known.Active() {
		return ignoreMissing(err)
	}
	return e.leave(tx, p)
}

// leave ends everything of somebody who may no longer act; what they should decide is asked anew.
func (e *Engine) leave(tx Tx, p Person) error {
	if err := tx.PutPerson(p); err != nil {
		return err
	}
	if err := e.log(tx, &Entry{Action: ActLeaver, Actor: p.ID, Data: map[string]string{"status": string(p.Status)}}); err != nil {
		return err
	}
	grants, err := tx.Grants(GrantFilter{Person: p.ID, States: []GrantState{Waiting, Granting, Active}})
	if err != nil {
		return err
	}
	for _, g := range grants {
		if err := e.end(tx, g, PersonLeft, "", ""); err != nil {
			return err
		}
	}
	if err := lookAgain(tx, RequestFilter{Asker: p.ID, States: []RequestState{Pending}}); err != nil {
		return err
	}
	return lookAgain(tx, RequestFilter{AskedOf: p.ID, States: []RequestState{Pending}})
}

// findAdmins keeps who the admins are, for alarms.
func (e *Engine) findAdmins(ctx context.Context) error {
	n := newNeeds("")
	n.people(e.set.Admins)
	f := &Facts{}
	if len(e.set.Admins) > 0 {
		f = e.gather(ctx, n)
	}
	var ids []string
	for _, s := range e.set.Admins {
		list, trouble := candidates(s, f)
		if trouble != "" {
			return nil // the last known admins stay
		}
		for _, c := range list {
			ids = append(ids, string(c.Person))
		}
	}
	slices.Sort(ids)
	return e.store.Change(ctx, func(tx Tx) error { return tx.PutMeta("admins", strings.Join(slices.Compact(ids), "\n")) })
}
