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

// pins are the ids that names are pinned to, by kind and name.
type pins map[[2]string]string

// pins reads what names of groups and addresses are pinned to, all at once.
func (e *Engine) pins(ctx context.Context, groups, users map[string]bool) (pins, error) {
	found := pins{}
	if len(groups)+len(users) == 0 {
		return found, nil
	}
	return found, e.store.View(ctx, func(tx Tx) error {
		return errors.Join(found.read(tx, pinGroup, groups), found.read(tx, pinUser, users))
	})
}

func (p pins) read(tx Tx, kind string, names map[string]bool) error {
	for name := range names {
		id, err := pinOf(tx, kind, name)
		if err != nil {
			return err
		}
		p[[2]string{kind, name}] = id
	}
	return nil
}

// lookAndPin is the id behind a name that is pinned to none: what look finds, which is pinned. Surely nobody is the empty id.
func (e *Engine) lookAndPin(ctx context.Context, kind, name string, look func(context.Context, string) (string, error)) Fact[string] {
	f := ask(e, e.out.DirectoryName, func() (string, error) { return look(ctx, name) })
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
