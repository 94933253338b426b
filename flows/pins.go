package flows

import (
	"context"
	"errors"
	"fmt"
)

// Names that the file uses for people and groups are looked up once and pinned to ids. A name that comes to mean another id is told to
// the admins; the pinned id stays in force.
const (
	pinGroup = "group"
	pinUser  = "user"
	pinHuman = "human"
)

// pinOf is the id that a name is pinned to, empty when it is not.
func pinOf(tx Tx, kind, name string) (string, error) {
	id, err := tx.Pin(kind, name)
	return id, ignoreMissing(err)
}

// pinned is the id behind a name: the pinned one, else what look finds, which is pinned. Surely nobody is the empty id.
func (e *Engine) pinned(ctx context.Context, kind, name string, look func() (string, error)) Fact[string] {
	id := ""
	if err := e.store.View(ctx, func(tx Tx) (err error) {
		id, err = pinOf(tx, kind, name)
		return err
	}); err != nil {
		return Fact[string]{Trouble: "the store does not answer"}
	}
	if id != "" {
		return Fact[string]{Value: id, Source: e.out.DirectoryName, ReadAt: e.clock.Machine()}
	}
	f := ask(e, e.out.DirectoryName, look)
	if f.Trouble != "" || f.Value == "" {
		return f
	}
	if err := e.store.Change(ctx, func(tx Tx) error {
		id, err := pinOf(tx, kind, name)
		if err != nil || id != "" { // pinned meanwhile: the first one stands
			f.Value = firstNonEmpty(id, f.Value)
			return err
		}
		if err := e.renew(tx); err != nil {
			return err
		}
		if kind == pinGroup {
			return pinGroupName(tx, e.policy.Load(), name, f.Value)
		}
		return tx.PutPin(kind, name, f.Value)
	}); err != nil {
		return Fact[string]{Trouble: "the store does not answer"}
	}
	return f
}

func (e *Engine) lookGroup(ctx context.Context, name string) (string, error) {
	return e.out.Directory.GroupID(ctx, name)
}

func (e *Engine) lookUser(ctx context.Context, address string) (string, error) {
	p, err := e.lookAddress(ctx, address)
	return string(p.ID), err
}

// groupID is the id of a group that the file names.
func (e *Engine) groupID(ctx context.Context, name string) Fact[string] {
	return e.pinned(ctx, pinGroup, name, func() (string, error) { return e.lookGroup(ctx, name) })
}

// userNamed is the person that the file names by an address.
func (e *Engine) userNamed(ctx context.Context, address string) Fact[Person] {
	id := e.pinned(ctx, pinUser, address, func() (string, error) { return e.lookUser(ctx, address) })
	if id.Trouble != "" || id.Value == "" {
		return Fact[Person]{Source: id.Source, ReadAt: id.ReadAt, Trouble: id.Trouble}
	}
	return e.person(ctx, PersonID(id.Value))
}

// checkPins looks whether the names of the policy still mean the ids that they are pinned to.
func (e *Engine) checkPins(ctx context.Context) error {
	n := newNeeds("")
	n.who(e.set.Admins)
	p, err := e.current(ctx)
	if err != nil {
		return err
	}
	for _, g := range p.Guarded {
		n.groups[g] = true
	}
	for _, f := range p.Flows {
		n.who(f.Who.Any)
		n.who(f.Who.Except)
		n.who(f.Who.Skip)
		n.approval(f, Resource{})
	}
	for _, name := range sortedKeys(n.groups) {
		if err := e.checkPin(ctx, pinGroup, name, e.lookGroup); err != nil {
			return err
		}
	}
	for _, address := range sortedKeys(n.users) {
		if err := e.checkPin(ctx, pinUser, address, e.lookUser); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) checkPin(ctx context.Context, kind, name string, look func(context.Context, string) (string, error)) error {
	found, err := look(ctx, name)
	several := errors.Is(err, ErrAmbiguous)
	if err != nil && !several && !errors.Is(err, ErrNotFound) {
		return err
	}
	return e.store.Change(ctx, func(tx Tx) error {
		id, err := pinOf(tx, kind, name)
		if err == nil && id != "" && several { // whoever may make one of the same name must not hold the sync up
			words := fmt.Sprintf("%s has more than one %s %s now. The one that the configuration has always meant (%s) stays in force. Give the other one another name.",
				e.out.title(e.out.DirectoryName), kind, name, id)
			return e.alarmOnce(tx, fmt.Sprintf("pin/%s/%s/several", kind, name), words)
		}
		if err != nil || id == "" || found == "" || id == found {
			return err
		}
		key := fmt.Sprintf("pin/%s/%s/%s", kind, name, found)
		words := fmt.Sprintf("The %s %s of the configuration now names somebody or something else in %s (%s, it was %s). The first one stays in force. If the new one is meant, give it another name.",
			kind, name, e.out.title(e.out.DirectoryName), found, id)
		return e.alarmOnce(tx, key, words)
	})
}
