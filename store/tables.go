package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Tables as the database itself knows them, for whoever handles all of them alike: a copy names no table, so that none can be forgotten.

// table is one of the tables of a store.
type table struct {
	name     string
	columns  []column // by name
	numbered bool     // its ids are given by the database, none twice
}

type column struct {
	name string
	kind kind
}

// kind is what a column holds. A value of it is the same in both databases once it is read as one.
type kind string

const (
	aNumber kind = "number"
	aTruth  kind = "boolean"
	aText   kind = "text"
	aBytes  kind = "bytes"
)

// kindOf reads the name of a column's type, as either database has it.
func kindOf(name string) (kind, error) {
	switch strings.ToUpper(name) {
	case "BIGINT", "INTEGER":
		return aNumber, nil
	case "BOOLEAN":
		return aTruth, nil
	case "TEXT":
		return aText, nil
	case "BLOB", "BYTEA":
		return aBytes, nil
	}
	return "", fmt.Errorf("a column of type %s is not known to copies", name)
}

// number reads one number.
func (s *session) number(text string, args ...any) (n int64, err error) {
	err = s.row(text, args, &n)
	return n, err
}

// tablesOf are all tables, each after those to which it refers.
func tablesOf(s *session) ([]table, error) {
	found := map[string]*table{}
	err := s.each(s.sql.listColumns, nil, func(scan scan) error {
		var name, of, typed string
		var numbered bool
		if err := scan(&of, &name, &typed, &numbered); err != nil {
			return err
		}
		k, err := kindOf(typed)
		t := found[of]
		if t == nil {
			t = &table{name: of}
			found[of] = t
		}
		t.columns = append(t.columns, column{name, k})
		t.numbered = t.numbered || numbered
		return err
	})
	if err != nil {
		return nil, err
	}
	needs := map[string][]string{}
	err = s.each(s.sql.listReferences, nil, func(scan scan) error {
		var from, to string
		err := scan(&from, &to)
		needs[from] = append(needs[from], to)
		return err
	})
	return inOrder(found, needs), err
}

// inOrder puts a table after those that it needs.
func inOrder(found map[string]*table, needs map[string][]string) []table {
	names := make([]string, 0, len(found))
	for name, t := range found {
		slices.SortFunc(t.columns, func(a, b column) int { return cmp.Compare(a.name, b.name) })
		names = append(names, name)
	}
	slices.Sort(names)
	var out []table
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] || found[name] == nil {
			return
		}
		seen[name] = true
		for _, first := range needs[name] {
			visit(first)
		}
		out = append(out, *found[name])
	}
	for _, name := range names {
		visit(name)
	}
	return out
}

// columnsOf is a list to compare two databases by.
func columnsOf(all []table) []string {
	var out []string
	for _, t := range all {
		for _, c := range t.columns {
			out = append(out, fmt.Sprintf("%s.%s (%s)", t.name, c.name, c.kind))
		}
	}
	slices.Sort(out)
	return out
}

// unlike are the members of only one of two lists.
func unlike(a, b []string) []string {
	var out []string
	for _, s := range slices.Concat(a, b) {
		if !slices.Contains(a, s) || !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

func (t table) names() string {
	names := make([]string, len(t.columns))
	for n, c := range t.columns {
		names[n] = c.name
	}
	return strings.Join(names, ", ")
}

// tally tells two sets of rows apart: how many there are, and the sum of their hashes, which no order changes.
type tally struct {
	rows int64
	hash string
}

func (s tally) String() string { return s.hash[:12] }

// eachRow reads all rows of a table, hands each to take, and sums them up.
func eachRow(s *session, t table, take func(values []any) error) (tally, error) {
	rows, err := s.query("SELECT " + t.names() + " FROM " + t.name)
	if err != nil {
		return tally{}, err
	}
	defer rows.Close()
	out, total, limit := tally{}, new(big.Int), new(big.Int).Lsh(big.NewInt(1), 8*sha256.Size)
	for rows.Next() {
		values, into := make([]any, len(t.columns)), make([]any, len(t.columns))
		for n := range values {
			into[n] = &values[n]
		}
		if err := rows.Scan(into...); err != nil {
			return tally{}, err
		}
		if err := t.plain(values); err != nil {
			return tally{}, err
		}
		out.rows++
		hash := sha256.Sum256(line(values))
		total.Mod(total.Add(total, new(big.Int).SetBytes(hash[:])), limit)
		if take != nil {
			if err := take(values); err != nil {
				return tally{}, err
			}
		}
	}
	b := make([]byte, sha256.Size)
	out.hash = hex.EncodeToString(total.FillBytes(b))
	return out, rows.Err()
}

// plain makes of what a driver read what the column's kind says.
func (t table) plain(values []any) error {
	for n, c := range t.columns {
		switch v := values[n].(type) {
		case nil:
		case int64:
			if c.kind == aTruth {
				values[n] = v != 0
				continue
			}
			if c.kind != aNumber {
				return c.odd(v)
			}
		case bool:
			if c.kind != aTruth {
				return c.odd(v)
			}
		case string:
			switch c.kind {
			case aText:
			case aBytes:
				values[n] = []byte(v)
			default:
				return c.odd(v)
			}
		case []byte:
			switch c.kind {
			case aBytes:
			case aText:
				values[n] = string(v)
			default:
				return c.odd(v)
			}
		default:
			return c.odd(v)
		}
	}
	return nil
}

func (c column) odd(v any) error {
	return fmt.Errorf("column %s holds a %T where it should hold %s", c.name, v, c.kind)
}

// line is a row as bytes; no two rows have the same.
func line(values []any) []byte {
	var b []byte
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			b = append(b, 'n')
		case int64:
			b = strconv.AppendInt(append(b, 'i'), v, 10)
		case bool:
			b = strconv.AppendBool(append(b, 'b'), v)
		case string:
			b = append(strconv.AppendInt(append(b, 't'), int64(len(v)), 10), ' ')
			b = append(b, v...)
		case []byte:
			b = append(strconv.AppendInt(append(b, 'x'), int64(len(v)), 10), ' ')
			b = append(b, v...)
		}
		b = append(b, '\n')
	}
	return b
}

// filler writes rows, many to a statement.
type filler struct {
	ctx  context.Context
	to   *session
	t    table
	args []any
}

// valuesAtOnce is how many values one statement writes at most.
const valuesAtOnce = 2000

func newFiller(ctx context.Context, to *session, t table) *filler {
	return &filler{ctx: ctx, to: to, t: t}
}

func (f *filler) add(values []any) error {
	f.args = append(f.args, values...)
	if len(f.args)+len(f.t.columns) <= valuesAtOnce {
		return nil
	}
	return f.flush()
}

func (f *filler) flush() error {
	if err := f.ctx.Err(); err != nil || len(f.args) == 0 {
		return err
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + f.t.name + " (" + f.t.names() + ") VALUES ")
	for n := range f.args {
		switch {
		case n == 0:
			b.WriteString("(")
		case n%len(f.t.columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(n+1))
	}
	b.WriteString(")")
	_, err := f.to.exec(b.String(), f.args...)
	f.args = f.args[:0]
	return err
}

// lastNumber is the highest id that a table ever gave, also to a row that is gone.
func (s *session) lastNumber(of string) (int64, error) {
	given, err := s.sql.lastNumber(s, of)
	if err != nil {
		return 0, err
	}
	there, err := s.number("SELECT COALESCE(MAX(id), 0) FROM " + of)
	return max(given, there), err
}

// setLastNumber has the next row of a table numbered above n, which is 1 or more.
func (s *session) setLastNumber(of string, n int64) error {
	for _, text := range s.sql.skipNumbers {
		if _, err := s.exec(text, of, n); err != nil {
			return err
		}
	}
	return nil
}

// each hands over every row of a query.
func (s *session) each(text string, args []any, take func(scan) error) error {
	rows, err := s.query(text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
