package store

import (
	"errors"

	"hallpass/flows"
)

func (t *tx) FlowText(hash string) ([]byte, error) {
	var body []byte
	err := t.row("SELECT body FROM flow_texts WHERE hash = $1", []any{hash}, &body)
	return body, err
}

// PutFlowText keeps the first text of a hash: the hash is of the text.
func (t *tx) PutFlowText(hash string, text []byte) error {
	if text == nil {
		text = []byte{}
	}
	return t.put("INSERT INTO flow_texts (hash, body) VALUES ($1, $2) ON CONFLICT DO NOTHING", hash, text)
}

func (t *tx) Pin(kind, name string) (string, error) {
	var id string
	err := t.row("SELECT pinned FROM pins WHERE kind = $1 AND name = $2", []any{kind, name}, &id)
	return id, err
}

func (t *tx) PutPin(kind, name, id string) error {
	return t.put("INSERT INTO pins (kind, name, pinned) VALUES ($1, $2, $3)"+
		" ON CONFLICT (kind, name) DO UPDATE SET pinned = excluded.pinned", kind, name, id)
}

func (t *tx) Meta(key string) (string, error) {
	var value string
	err := t.row("SELECT value FROM meta WHERE key = $1", []any{key}, &value)
	if errors.Is(err, flows.ErrNotFound) {
		return "", nil
	}
	return value, err
}

func (t *tx) PutMeta(key, value string) error {
	return t.put("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
}
