package flows

import (
	"context"
	"maps"
	"strings"
)

// Which policy is in force and who is one human is kept in memory, and another replica may have changed either. So both are compared with the store
// when state is loaded to decide by, and once more inside the Change that decides: two rows are read where nothing is new.

// metaHumans counts the pins of `people.same_human`, so that a new one is noticed by everybody.
const metaHumans = "people/joined"

// humans are the people whose accounts the file joins, as of a count of pins.
type humans struct {
	count string
	of    map[PersonID]PersonID
}

// renew makes what is kept in memory what the store says.
func (e *Engine) renew(tx Tx) error {
	if e.considered {
		return nil
	}
	if err := e.renewPolicy(tx); err != nil {
		return err
	}
	return e.renewHumans(tx)
}

func (e *Engine) renewPolicy(tx Tx) error {
	hash, err := tx.Meta(metaPolicy)
	if err != nil || hash == "" || hash == e.policy.Load().Hash {
		return err
	}
	p, err := e.policyOf(tx)
	if err == nil && p != nil {
		e.policy.Store(p)
	}
	return err
}

// policyOf reads the policy that the store says is in force; nil when there never was one.
func (e *Engine) policyOf(tx Tx) (*Policy, error) {
	r, err := readMeta[policyRecord](tx, metaInForce)
	if err != nil || r == nil {
		return nil, err
	}
	return r.policy(tx, e.out.DirectoryName, e.set.Admins...)
}

func (e *Engine) renewHumans(tx Tx) error {
	if len(e.set.SameHuman) == 0 {
		return nil
	}
	count, err := tx.Meta(metaHumans)
	if err != nil || count == e.humans.Load().count {
		return err
	}
	return e.readHumans(tx, count)
}

// readHumans keeps who is pinned to which address that the file joins.
func (e *Engine) readHumans(tx Tx, count string) error {
	h := humans{count: count, of: map[PersonID]PersonID{}}
	for _, same := range e.set.SameHuman {
		for _, address := range same {
			id, err := pinOf(tx, pinHuman, strings.ToLower(address))
			if err != nil {
				return err
			}
			if id != "" {
				h.of[PersonID(id)] = e.joined(address)
			}
		}
	}
	if now := e.humans.Load(); now.count != h.count || !maps.Equal(now.of, h.of) {
		e.humans.Store(&h)
	}
	return nil
}

// moved reports, inside a Change, whether another policy is in force than the one that facts were gathered for.
func (e *Engine) moved(tx Tx, since *Policy) (bool, error) {
	err := e.renew(tx)
	return e.policy.Load().Hash != since.Hash, err
}

// current is the policy in force.
func (e *Engine) current(ctx context.Context) (*Policy, error) {
	err := e.store.View(ctx, e.renew)
	return e.policy.Load(), err
}
