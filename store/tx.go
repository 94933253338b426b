package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"hallpass/flows"
)

// Errors of a Tx that is misused.
var (
	ErrReadOnly = errors.New("a View or a Look cannot write; use Change")
	ErrSingle   = errors.New("a Look is one statement; use View for more")
	ErrOver     = errors.New("this Tx is over; it counts only inside the function that it was given to")
)

// tx is one function's handle. After a statement failed it answers with that error only, as PostgreSQL would, and is rolled back.
type tx struct {
	store     *Store
	session   *session
	view      context.Context // looked at between the statements of a View; nil in a Change
	now, real time.Time
	over      bool
	failed    error
	single    bool // a Look: it has one statement
	asked     bool // and that was it

	ahead  *ahead     // what lookAhead has read; nil once something is written
	wrote  bool       // something was written, so that a commit is due
	wanted bool       // an intent became due, so that workers should be woken
	head   flows.Head // the newest entry appended here and the newest numbers given here, zero for none
}

func (s *Store) newTx(session *session, view context.Context) *tx {
	return &tx{
		store: s, session: session, view: view,
		now: whole(s.clock.Company()), real: whole(s.clock.Machine()),
	}
}

// whole cuts a time to the milliseconds that are stored, so that what is compared in memory and in SQL is the same.
func whole(t time.Time) time.Time { return t.Truncate(time.Millisecond).UTC() }

func (t *tx) Now() time.Time  { return t.now }
func (t *tx) Real() time.Time { return t.real }

func (t *tx) usable() error {
	switch {
	case t.over:
		return ErrOver
	case t.failed != nil:
		return t.failed
	case t.view != nil:
		return t.view.Err()
	}
	return nil
}

func (t *tx) writable() error {
	if t.view != nil && !t.over {
		return ErrReadOnly
	}
	return t.usable()
}

// spoil notes a statement's failure. A taken unique key becomes a conflict.
func (t *tx) spoil(err error) error {
	if t.store.sql.isUnique(err) {
		err = &flows.Error{Kind: flows.KindConflict, Sentence: "this exists already", Cause: err}
	}
	t.failed = err
	return err
}

// exec writes and says how many rows it touched.
func (t *tx) exec(text string, args ...any) (int64, error) {
	if err := t.writable(); err != nil {
		return 0, err
	}
	t.wrote, t.ahead = true, nil
	result, err := t.session.exec(text, args...)
	if err != nil {
		return 0, t.spoil(err)
	}
	return result.RowsAffected()
}

// put writes where no count is of interest.
func (t *tx) put(text string, args ...any) error {
	_, err := t.exec(text, args...)
	return err
}

// replace writes one row that must be there.
func (t *tx) replace(text string, args ...any) error {
	n, err := t.exec(text, args...)
	if err == nil && n == 0 {
		return flows.ErrNotFound
	}
	return err
}

// insert writes a row and reads the id that it got.
func (t *tx) insert(text string, args ...any) (int64, error) {
	if err := t.writable(); err != nil {
		return 0, err
	}
	t.wrote, t.ahead = true, nil
	var id int64
	if err := t.session.row(text, args, &id); err != nil {
		return 0, t.spoil(err)
	}
	return id, nil
}

// readable reports whether another statement may read.
func (t *tx) readable() error {
	if err := t.usable(); err != nil {
		return err
	}
	if t.single && t.asked {
		return ErrSingle
	}
	t.asked = true
	return nil
}

// row reads one row, ErrNotFound when there is none.
func (t *tx) row(text string, args []any, into ...any) error {
	if err := t.readable(); err != nil {
		return err
	}
	err := t.session.row(text, args, into...)
	if errors.Is(err, sql.ErrNoRows) {
		return flows.ErrNotFound
	}
	if err != nil {
		return t.spoil(err)
	}
	return nil
}

type scan func(into ...any) error

// rows reads every row of a query. take must not use the Tx.
func (t *tx) rows(text string, args []any, take func(scan) error) error {
	if err := t.readable(); err != nil {
		return err
	}
	rows, err := t.session.query(text, args...)
	if err != nil {
		return t.spoil(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return t.spoil(err)
		}
	}
	if err := rows.Err(); err != nil {
		return t.spoil(err)
	}
	return nil
}

// oneDoc reads the value in a doc column.
func oneDoc[T any](t *tx, text string, args ...any) (*T, error) {
	var doc string
	if err := t.row(text, args, &doc); err != nil {
		return nil, err
	}
	return fromDoc[T](doc)
}

// allDocs reads the values in a doc column.
func allDocs[T any](t *tx, text string, args ...any) ([]*T, error) {
	var all []*T
	err := t.rows(text, args, func(scan scan) error {
		var doc string
		if err := scan(&doc); err != nil {
			return err
		}
		v, err := fromDoc[T](doc)
		all = append(all, v)
		return err
	})
	return all, err
}

// oneNumbered reads an id and a doc. The id is set from its column: the doc was written before its row had one.
func oneNumbered[T any](t *tx, text string, args []any, number func(*T, int64)) (*T, error) {
	var id int64
	var doc string
	if err := t.row(text, args, &id, &doc); err != nil {
		return nil, err
	}
	v, err := fromDoc[T](doc)
	if err == nil {
		number(v, id)
	}
	return v, err
}

// allNumbered reads ids and docs.
func allNumbered[T any](t *tx, text string, args []any, number func(*T, int64)) ([]*T, error) {
	var all []*T
	err := t.rows(text, args, func(scan scan) error {
		var id int64
		var doc string
		if err := scan(&id, &doc); err != nil {
			return err
		}
		v, err := fromDoc[T](doc)
		if err == nil {
			number(v, id)
			all = append(all, v)
		}
		return err
	})
	return all, err
}

// values takes the values out of their pointers.
func values[T any](all []*T, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	out := make([]T, len(all))
	for i, v := range all {
		out[i] = *v
	}
	return out, nil
}

func fromDoc[T any](doc string) (*T, error) {
	v := new(T)
	if err := json.Unmarshal([]byte(doc), v); err != nil {
		return nil, err
	}
	return v, nil
}

// toDoc cannot fail: the values are plain structs of strings, numbers, times and maps.
func toDoc(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
