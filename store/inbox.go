package store

import (
	"errors"

	"hallpass/flows"
)

func numberDeed(d *flows.Deed, id int64) { d.ID = id }

// AddDeed gives back the very deed that it added, or a fresh copy of the first with the same key. Deeds without a key never repeat.
func (t *tx) AddDeed(d *flows.Deed) (*flows.Deed, bool, error) {
	if err := t.writable(); err != nil {
		return nil, false, err
	}
	if d.Key != "" {
		first, err := oneNumbered(t, "SELECT id, doc FROM deeds WHERE key = $1", []any{d.Key}, numberDeed)
		if err == nil {
			return first, false, nil
		}
		if !errors.Is(err, flows.ErrNotFound) {
			return nil, false, err
		}
	}
	id, err := t.insert("INSERT INTO deeds (key, doc) VALUES ($1, $2) RETURNING id", orNull(d.Key), toDoc(d))
	if err != nil {
		return nil, false, err
	}
	d.ID = id
	return d, true, nil
}

func (t *tx) Deed(id int64) (*flows.Deed, error) {
	return oneNumbered(t, "SELECT id, doc FROM deeds WHERE id = $1", []any{id}, numberDeed)
}

func (t *tx) PutDeed(d *flows.Deed) error {
	if d.ID == 0 {
		_, _, err := t.AddDeed(d)
		return err
	}
	doc, err := rewritten(t, d, "deeds WHERE id = $1", d.ID)
	if err != nil {
		return err
	}
	return t.replace("UPDATE deeds SET key = $1, doc = $2 WHERE id = $3", orNull(d.Key), doc, d.ID)
}
