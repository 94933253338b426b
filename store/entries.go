package store

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"io"

	"hallpass/flows"
)

// MetaInstallation is the key of Tx.Meta under which the name in the first entry stands.
const MetaInstallation = "installation"

// install writes the first entry of a new database.
func (s *Store) install() error {
	return inTransaction(s.writer, func() error {
		t := s.newTx(s.writer, nil)
		seq, _, err := t.Head()
		if err != nil || seq > 0 {
			return err
		}
		name := s.options.Installation
		if name == "" {
			if name, err = s.randomName(); err != nil {
				return err
			}
		}
		if err := t.PutMeta(MetaInstallation, name); err != nil {
			return err
		}
		return t.Append(&flows.Entry{Action: flows.ActInstalled, Data: map[string]string{"installation": name}})
	})
}

func (s *Store) randomName() (string, error) {
	b, err := s.random(saltBytes)
	return hex.EncodeToString(b), err
}

func (s *Store) random(n int) ([]byte, error) {
	from := s.options.Rand
	if from == nil {
		from = rand.Reader
	}
	b := make([]byte, n)
	_, err := io.ReadFull(from, b)
	return b, err
}

func (t *tx) Append(e *flows.Entry) error {
	if err := t.writable(); err != nil {
		return err
	}
	seq, prev, err := t.Head()
	if err != nil {
		return err
	}
	if seq < t.store.seen.Seq {
		return t.spoil(errOlder)
	}
	e.Seq, e.Prev, e.At = seq+1, prev, t.now
	var salt []byte
	var words string
	if e.Text != "" {
		if salt, err = t.store.random(saltBytes); err != nil {
			return err
		}
		words = hashWords(salt, e.Text)
	}
	if e.Bytes, err = docOfEntry(e, words).bytes(); err != nil {
		return err
	}
	e.Hash = hashEntry(chainFormat, e.Prev, e.Bytes)
	return t.putEntry(e, salt)
}

func (t *tx) putEntry(e *flows.Entry, salt []byte) error {
	err := t.put("INSERT INTO entries (seq, format, action, request_id, prev, hash, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		e.Seq, chainFormat, string(e.Action), orNull(int64(e.Request)), e.Prev, e.Hash, e.Bytes)
	if err == nil && salt != nil {
		err = t.put("INSERT INTO entry_words (seq, salt, words) VALUES ($1, $2, $3)", e.Seq, salt, e.Text)
	}
	if err == nil {
		err = t.put("UPDATE chain_head SET seq = $1, hash = $2 WHERE one = 1", e.Seq, e.Hash)
	}
	t.head.Seq, t.head.Hash = e.Seq, e.Hash
	return err
}

func (t *tx) Head() (seq int64, hash string, err error) {
	err = t.row("SELECT seq, hash FROM chain_head WHERE one = 1", nil, &seq, &hash)
	return seq, hash, err
}

func (t *tx) Entries(f flows.EntryFilter) ([]flows.Entry, error) {
	w := &where{}
	if f.After > 0 {
		w.and("e.seq > ?", f.After)
	}
	is(w, "e.request_id", int64(f.Request))
	in(w, "e.action", f.Actions)
	var all []flows.Entry
	err := t.links(w.limited("e.seq", f.Limit), w.args, func(l link) error {
		e, err := l.entry()
		all = append(all, e)
		return err
	})
	return all, err
}

func (l link) entry() (flows.Entry, error) {
	d, err := readEntryDoc([]byte(l.Bytes))
	if err != nil {
		return flows.Entry{}, err
	}
	e, err := d.entry()
	e.Prev, e.Hash, e.Bytes = l.Prev, l.Hash, []byte(l.Bytes)
	if l.Text != nil {
		e.Text = *l.Text
	}
	return e, err
}

func (t *tx) links(clause string, args []any, take func(link) error) error {
	return t.rows("SELECT e.format, e.seq, e.prev, e.hash, e.bytes, w.salt, w.words FROM entries e"+
		" LEFT JOIN entry_words w ON w.seq = e.seq"+clause, args, func(scan scan) error {
		var l link
		var words sql.NullString
		if err := scan(&l.Format, &l.Seq, &l.Prev, &l.Hash, &l.Bytes, &l.Salt, &words); err != nil {
			return err
		}
		if words.Valid {
			l.Text = &words.String
		}
		return take(l)
	})
}
