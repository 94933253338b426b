package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// questionsKept bounds how many accesses wait for an admin at one time; admins are told when there are more.
const questionsKept = 200

// Question is access that nobody can tell who gave: an admin says what it is.
type Question struct {
	Key         string // what a button names
	Entitlement Entitlement
	Person      PersonID
	Why         string
	Since       time.Time
}

const metaQuestions = "questions"

// Questions are the accesses that wait for an admin, oldest first.
func Questions(tx Tx) ([]Question, error) {
	list, err := readMeta[[]Question](tx, metaQuestions)
	if err != nil || list == nil {
		return nil, err
	}
	return *list, nil
}

// question puts access before an admin, once.
func (e *Engine) question(tx Tx, r *Recovery, k having, why string) error {
	list, err := Questions(tx)
	if err != nil || slices.ContainsFunc(list, func(q Question) bool { return q.Entitlement == k.Entitlement && q.Person == k.Person }) {
		return err
	}
	if len(list) >= questionsKept {
		words := fmt.Sprintf("More than %d people have access that nobody can tell who gave, so not all of them stand in App Home. Settle those, then run hallpass store recover once more: it finds the others.", questionsKept)
		return e.alarmOnce(tx, fmt.Sprintf("questions/%d", r.Number), words)
	}
	entry := &Entry{Action: ActStrayAsked, Data: map[string]string{"entitlement": k.Entitlement.String(), "person": string(k.Person), "why": why}}
	if err := e.log(tx, entry); err != nil {
		return err
	}
	r.Questions++
	return putMeta(tx, metaQuestions, append(list, Question{Key: entry.Short() + "-" + string(k.Person), Entitlement: k.Entitlement, Person: k.Person, Why: why, Since: tx.Now()}))
}

// compareMembers settles a target that cannot say who wrote. What Hallpass gave as of the last sync kept outside is ours. What came after that is
// put before an admin, and so is everything new where nothing was kept.
func (e *Engine) compareMembers(ctx context.Context, r *Recovery, name string, target Target) error {
	snap, err := target.Sync(ctx)
	if err != nil {
		return err
	}
	var kept KeptMembers
	known := false
	if e.set.Beside != nil {
		if kept, known, err = e.set.Beside.KeptMembers(name); err != nil {
			return err
		}
	}
	lists := map[Entitlement]KeptList{}
	for _, l := range kept.Lists {
		lists[l.Entitlement] = l
	}
	c := comparison{e: e, r: r, name: name, kept: kept, known: known, lists: lists}
	for _, ent := range sortedEntitlements(snap.Members) {
		if err := e.store.Change(ctx, func(tx Tx) error { return c.entitlement(tx, ent, snap.Members[ent]) }); err != nil {
			return err
		}
	}
	return e.store.Change(ctx, func(tx Tx) error { return c.absent(tx, snap.Members) })
}

func sortedEntitlements(of map[Entitlement][]PersonID) (out []Entitlement) {
	for e := range of {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Entitlement) int { return cmp.Compare(a.String(), b.String()) })
	return out
}

// comparison is one target's members, now and as they were.
type comparison struct {
	e     *Engine
	r     *Recovery
	name  string
	kept  KeptMembers
	known bool
	lists map[Entitlement]KeptList
}

// entitlement settles those who have one entitlement now.
func (c comparison) entitlement(tx Tx, ent Entitlement, people []PersonID) error {
	now, err := sameRecovery(tx, c.r)
	if err != nil || now == nil {
		return err
	}
	for _, p := range people {
		if err := c.one(tx, now, having{ent, p}); err != nil {
			return err
		}
	}
	return putMeta(tx, metaRecovering, now)
}

func (c comparison) one(tx Tx, now *Recovery, k having) error {
	h, err := tx.OpenHolding(k.Person, k.Entitlement)
	switch {
	case ignoreMissing(err) != nil:
		return err
	case err == nil:
		using, err := tx.Grants(GrantFilter{Holding: h.ID, States: []GrantState{Granting, Active, Revoking}})
		if err != nil || len(using) > 0 {
			return err // it has an end
		}
	default:
		h = nil
	}
	list := c.lists[k.Entitlement]
	switch {
	case slices.Contains(list.Ours, k.Person):
		if closed, err := closedSince(tx, k, c.kept.At); err != nil || closed {
			return err
		}
		now.Strays++
		_, err := c.e.stray(tx, k, h, c.kept.At, strayGrace)
		return err
	case slices.Contains(list.People, k.Person):
		return nil // it was there, and not through us
	}
	since, seen, err := tx.SeenSince(k.Entitlement, k.Person)
	if err != nil {
		return err
	}
	ours, err := gaveBefore(tx, 0, k, since)
	if err != nil || seen && since.Before(now.Since) && !ours {
		return err // the database saw it there, and had not given it
	}
	why := "it came after " + c.kept.At.UTC().Format("2 January 15:04") + " (UTC), when the members were last kept outside"
	if !c.known {
		why = "the last sync that the database knows did not see it, and no members were kept outside"
	}
	return c.e.question(tx, now, k, why)
}

// absent ends the leases whose access is gone: their end was carried out, or somebody has taken it away.
func (c comparison) absent(tx Tx, members map[Entitlement][]PersonID) error {
	now, err := sameRecovery(tx, c.r)
	if err != nil || now == nil {
		return err
	}
	list, err := tx.Grants(GrantFilter{States: []GrantState{Active}})
	if err != nil {
		return err
	}
	for _, g := range list {
		people, read := members[g.Entitlement]
		if g.Entitlement.Integration != c.name || !read || slices.Contains(people, g.Person) || g.Started.After(now.Since) {
			continue
		}
		if err := c.e.wasOver(tx, now, g.ID); err != nil {
			return err
		}
	}
	return putMeta(tx, metaRecovering, now)
}

// keepBeside keeps the members of a complete sync outside the database, with which of them are ours. Not while recovering: what was kept then is
// what tells.
func (e *Engine) keepBeside(ctx context.Context, name string, at time.Time, snap Snapshot) error {
	if e.set.Beside == nil {
		return nil
	}
	ours := map[having]bool{}
	recovering := false
	if err := e.store.View(ctx, func(tx Tx) error {
		r, err := ReadRecovery(tx)
		if recovering = r != nil; err != nil || recovering {
			return err
		}
		open, err := tx.Holdings(HoldingFilter{OpenOnly: true, Integration: name})
		for _, h := range open {
			ours[having{h.Entitlement, h.Person}] = h.Before == BeforeAbsent
		}
		return err
	}); err != nil || recovering {
		return err
	}
	m := KeptMembers{At: at}
	for _, ent := range sortedEntitlements(snap.Members) {
		l := KeptList{Entitlement: ent, People: snap.Members[ent]}
		for _, p := range l.People {
			if ours[having{ent, p}] {
				l.Ours = append(l.Ours, p)
			}
		}
		m.Lists = append(m.Lists, l)
	}
	return e.set.Beside.KeepMembers(name, m)
}
