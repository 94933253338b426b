package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"hallpass/flows"
)

// verifyPage is how many entries are read at a time, so that a long log does not stand in memory.
const verifyPage = 1000

// Verify recomputes the whole chain and says how many entries hold. A broken one is a *ChainError that names the first. Entries whose
// text was erased hold as before; a text that is there must be the one that was hashed.
func (s *Store) Verify(ctx context.Context) (count int64, err error) {
	err = s.View(ctx, func(f flows.Tx) (err error) {
		count, err = verified(f.(*tx))
		return err
	})
	return count, err
}

func verified(t *tx) (int64, error) {
	check := &chainCheck{}
	if err := eachLink(t, check.next); err != nil {
		return check.count, err
	}
	return check.count, checkHead(t, check)
}

// checkHead notices entries taken from the end, and those never linked.
func checkHead(t *tx, check *chainCheck) error {
	seq, hash, err := t.Head()
	if err != nil {
		return err
	}
	if seq != check.count || hash != check.head {
		return &ChainError{Seq: check.count + 1, Why: fmt.Sprintf("the log's head is entry %d, the last one there is entry %d", seq, check.count)}
	}
	return nil
}

// eachLink hands over every entry from the first one. take's own error comes back as it is.
func eachLink(t *tx, take func(link) error) error {
	last := int64(-1)
	for {
		var page []link
		err := t.links(" WHERE e.seq > $1 ORDER BY e.seq LIMIT $2", []any{last, verifyPage}, func(l link) error {
			page = append(page, l)
			return nil
		})
		if err != nil {
			return err
		}
		for _, l := range page {
			if err := take(l); err != nil {
				return err
			}
			last = l.Seq
		}
		if len(page) < verifyPage {
			return nil
		}
	}
}

// Export writes every entry as a line of JSON, with the exact bytes that were hashed, and the texts that were not erased.
func (s *Store) Export(ctx context.Context, w io.Writer) (count int64, err error) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err = s.View(ctx, func(f flows.Tx) error {
		return eachLink(f.(*tx), func(l link) error {
			count++
			return enc.Encode(l)
		})
	})
	return count, err
}

// VerifyExport checks what Export wrote, without a database. It returns how many entries hold and the hash of the last, which is to be
// compared with what a witness has seen: nothing in a file can show that its end was cut off.
func VerifyExport(r io.Reader) (count int64, head string, err error) {
	check := &chainCheck{}
	dec := json.NewDecoder(r)
	for {
		var l link
		err := dec.Decode(&l)
		if errors.Is(err, io.EOF) {
			return check.count, check.head, nil
		}
		if err != nil {
			return check.count, check.head, &ChainError{Seq: check.count + 1, Why: "its line is no JSON of an export: " + err.Error()}
		}
		if err := check.next(l); err != nil {
			return check.count, check.head, err
		}
	}
}

// EraseText removes the typed text of entries. Their hashes, and the chain, stay as they are.
func (s *Store) EraseText(ctx context.Context, seqs ...int64) error {
	return s.Change(ctx, func(f flows.Tx) error {
		for _, seq := range seqs {
			if err := f.(*tx).put("DELETE FROM entry_words WHERE seq = $1", seq); err != nil {
				return err
			}
		}
		return nil
	})
}
