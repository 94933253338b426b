package flows

import (
	"context"
	"strconv"
	"strings"
)

// Accounts of the directory that `people.same_human` joins are one human. The file names them by address; the first person seen with
// an address is pinned to it, so that a changed address parts nobody and joins nobody.

// human is the one human behind a person's accounts in the directory.
func (e *Engine) human(id PersonID) PersonID {
	if h, ok := e.humans.Load().of[id]; ok {
		return h
	}
	return id
}

// joined is the human that the file makes of an address, empty when it names the address nowhere.
func (e *Engine) joined(address string) PersonID {
	for _, same := range e.set.SameHuman {
		for _, a := range same {
			if SameAddress(a, address) {
				return PersonID("human:" + strings.ToLower(same[0]))
			}
		}
	}
	return ""
}

// knowHumans reads who is one human, and pins those that a sync has newly found.
func (e *Engine) knowHumans(ctx context.Context) error {
	if len(e.set.SameHuman) == 0 {
		return nil
	}
	return e.store.Change(ctx, func(tx Tx) error {
		people, err := tx.People()
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := e.pinHuman(tx, p); err != nil {
				return err
			}
		}
		count, err := tx.Meta(metaHumans)
		if err != nil {
			return err
		}
		return e.readHumans(tx, count)
	})
}

// pinHuman pins a person to their address, when the file joins it and nobody is pinned to it yet.
func (e *Engine) pinHuman(tx Tx, p Person) error {
	if e.joined(p.Email) == "" {
		return nil
	}
	id, err := pinOf(tx, pinHuman, strings.ToLower(p.Email))
	if err != nil || id != "" {
		return err
	}
	if err := tx.PutPin(pinHuman, strings.ToLower(p.Email), string(p.ID)); err != nil {
		return err
	}
	return countMeta(tx, metaHumans)
}

// countMeta raises a number, so that whoever remembers it notices.
func countMeta(tx Tx, key string) error {
	text, err := tx.Meta(key)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(text)
	return tx.PutMeta(key, strconv.Itoa(n+1))
}

// noteHuman joins somebody who acts before any sync has seen them.
func (e *Engine) noteHuman(ctx context.Context, p Person) error {
	if e.joined(p.Email) == "" || e.human(p.ID) != p.ID {
		return nil
	}
	if err := e.store.Change(ctx, func(tx Tx) error { return e.pinHuman(tx, p) }); err != nil {
		return err
	}
	return e.knowHumans(ctx)
}
