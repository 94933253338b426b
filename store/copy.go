package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hallpass/flows"
)

// A store is moved while its writer's lock is held, so that it is one state that arrives. Everything happens in one transaction of the destination: its
// schema, the rows, the numbers that were ever given, the comparison of what was written with what was read, and the check of the log. Then the source is
// marked, in the transaction that has held its lock all the while, so that no change can come in between and nobody goes on with it by mistake.

// Copied says what a copy carried.
type Copied struct {
	Tables  []CopiedTable // those with rows, in the order in which they were written
	Entries int64         // of the log
	Head    string        // the hash of its last entry, the same on both sides
}

// CopiedTable is a table and how many rows it has.
type CopiedTable struct {
	Name string
	Rows int64
}

// Move is a copy from one database to another. The clocks of its Options are not needed.
type Move struct {
	From, To Options
	// Try does everything and keeps nothing: the destination stays empty and the source unmarked.
	Try bool
}

// Copy moves the state of one database to an empty one and marks the first as moved. When it fails, the destination is empty and the source as it was.
func Copy(ctx context.Context, m Move) (Copied, error) {
	m.From.Clock, m.To.Clock = noTime{}, noTime{}
	c := &copying{ctx: ctx, Move: m}
	if err := c.run(); err != nil {
		return Copied{}, fmt.Errorf("copy %s to %s: %w", Place(c.From.DSN), Place(c.To.DSN), worded(err))
	}
	return c.done, nil
}

// copying is one copy under way.
type copying struct {
	Move
	ctx      context.Context
	from, to *session
	tables   []table
	done     Copied
}

func (c *copying) run() error {
	reads, err := dialectOf(c.From)
	if err != nil {
		return err
	}
	writes, err := dialectOf(c.To)
	if err != nil {
		return err
	}
	if err := c.there(); err != nil {
		return err
	}
	fresh := c.untouched()
	all := func() error {
		return reads.alone(c.From, func(from *session) error {
			c.from = from
			return c.locked(from, c.Try, func() error {
				return writes.alone(c.To, func(to *session) error {
					c.to = to
					return c.into()
				})
			}, c.mark)
		})
	}
	if c.Try {
		err = all()
	} else {
		err = holding(c.From.DSN, all)
	}
	if err != nil || c.Try {
		return errors.Join(err, fresh.removed())
	}
	return fresh.synced()
}

// there refuses a source that is not there, before a mistyped name makes a new file.
func (c *copying) there() error {
	if path, file := strings.CutPrefix(c.From.DSN, sqliteScheme); file {
		_, err := os.Stat(path)
		return err
	}
	return nil
}

// locked runs f while nobody else can write to the source, and then what ends it there.
func (c *copying) locked(s *session, undo bool, f, then func() error) error {
	if err := s.script(s.sql.beginCopy); err != nil {
		return err
	}
	err := c.readable()
	if err == nil {
		err = f()
	}
	if err != nil || undo {
		return errors.Join(err, s.script("ROLLBACK"))
	}
	if err := then(); err != nil {
		s.script("ROLLBACK")
		return fmt.Errorf("the copy is whole, but the source could not be marked as moved. Never start Hallpass on both: %w", err)
	}
	return nil
}

// readable refuses a source that this program would not work on as it is.
func (c *copying) readable() error {
	all := c.From.steps()
	is, err := standingOf(c.from, len(all))
	if err != nil {
		return err
	}
	switch {
	case is.version == 0:
		return errors.New("the source holds nothing")
	case is.version < len(all):
		return fmt.Errorf("the source has schema %d, and this program needs %d; bring it there first, with hallpass store migrate", is.version, len(all))
	case is.version > len(all):
		return fmt.Errorf("the source has schema %d, which is newer than this program's %d; copy it with the newer program", is.version, len(all))
	}
	if err := is.fits(len(all), len(all)); err != nil || c.Try || c.from.sql.countLiving == "" {
		return err
	}
	n, err := c.from.number(c.from.sql.countLiving)
	if n > 0 {
		return held{fmt.Sprintf("%d of hallpass serve work on it; stop them all first (one that was killed is forgotten after half a minute)", n)}
	}
	return err
}

// into makes the destination, in one transaction.
func (c *copying) into() (err error) {
	if n, err := c.to.number(c.to.sql.countTables); err != nil || n > 0 {
		return errors.Join(err, occupied(n))
	}
	if off := c.to.sql.foreignKeysOff; off != "" {
		if err := c.to.script(off); err != nil {
			return err
		}
	}
	if err := c.to.begin(); err != nil {
		return err
	}
	if err := c.write(); err != nil || c.Try {
		return errors.Join(err, c.to.script("ROLLBACK"))
	}
	if err := c.to.script("COMMIT"); err != nil {
		return fmt.Errorf("whether the copy was kept is not known; the source goes on as before. Empty the destination and begin anew: %w", err)
	}
	return nil
}

func occupied(tables int64) error {
	if tables == 0 {
		return nil
	}
	return fmt.Errorf("the destination is not empty, it has %d tables; nothing is ever written over. Name an empty one", tables)
}

func (c *copying) write() error {
	// Once more, now that nobody else can make them.
	if n, err := c.to.number(c.to.sql.countTables); err != nil || n > 0 {
		return errors.Join(err, occupied(n))
	}
	all := c.From.steps()
	if err := walk(c.to, all, 0, len(all)); err != nil {
		return err
	}
	var err error
	if c.tables, err = tablesOf(c.to); err != nil {
		return err
	}
	if err := c.sameTables(); err != nil {
		return err
	}
	for _, t := range slices.Backward(c.tables) { // what the schema itself wrote is in the source too
		if err := c.to.script("DELETE FROM " + t.name); err != nil {
			return err
		}
	}
	for _, t := range c.tables {
		if err := c.carry(t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return c.proven()
}

func (c *copying) sameTables() error {
	theirs, err := tablesOf(c.from)
	if err != nil {
		return err
	}
	if got, want := columnsOf(theirs), columnsOf(c.tables); !slices.Equal(got, want) {
		return fmt.Errorf("the source has other tables than this program makes; what differs: %s", strings.Join(unlike(got, want), ", "))
	}
	return nil
}

// carry copies one table's rows and numbers, and compares what arrived.
func (c *copying) carry(t table) error {
	w := newFiller(c.ctx, c.to, t)
	sent, err := eachRow(c.from, t, w.add)
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return err
	}
	arrived, err := eachRow(c.to, t, nil)
	if err != nil {
		return err
	}
	if sent != arrived {
		return fmt.Errorf("%d rows were read and %d are there, or what they hold differs (checksums %s and %s)", sent.rows, arrived.rows, sent, arrived)
	}
	if sent.rows > 0 {
		c.done.Tables = append(c.done.Tables, CopiedTable{t.name, sent.rows})
	}
	if !t.numbered {
		return nil
	}
	last, err := c.from.lastNumber(t.name)
	if err != nil || last == 0 {
		return err
	}
	if err := c.to.setLastNumber(t.name, last); err != nil {
		return err
	}
	if now, err := c.to.lastNumber(t.name); err != nil || now != last {
		return fmt.Errorf("the next number follows %d and not %d (%v)", now, last, err)
	}
	return nil
}

// proven checks what stands in the destination: every reference and the whole log, whose head is the source's.
func (c *copying) proven() error {
	if n, err := c.to.number(c.to.sql.foreignKeysCheck); err != nil || n > 0 {
		return errors.Join(err, fmt.Errorf("%d rows point to nothing", n))
	}
	n, err := verified(c.reading(c.to))
	if err != nil {
		return fmt.Errorf("the log does not hold, in the source as in the copy: %w", err)
	}
	seq, head, err := c.reading(c.to).Head()
	if err != nil {
		return err
	}
	was, before, err := c.reading(c.from).Head()
	if err != nil {
		return err
	}
	if seq != was || head != before {
		return fmt.Errorf("the head of the log is entry %d, %s, and was %d, %s", seq, head, was, before)
	}
	c.done.Entries, c.done.Head = n, head
	return nil
}

// reading is a Tx that reads in the transaction of a session.
func (c *copying) reading(s *session) *tx {
	return (&Store{sql: s.sql, clock: noTime{}}).newTx(s, c.ctx)
}

// mark says in the source where its state has gone, and lets its lock go.
func (c *copying) mark() error {
	if err := markMoved(c.from, c.To.address()); err != nil {
		return err
	}
	return c.from.script("COMMIT")
}

func markMoved(s *session, to string) error {
	_, err := s.exec("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", metaMoved, to)
	return err
}

// address is where a store is, for somebody in another folder, without a password.
func (o Options) address() string {
	if path, file := strings.CutPrefix(o.DSN, sqliteScheme); file {
		if whole, err := filepath.Abs(path); err == nil {
			path = whole
		}
		return sqliteScheme + path
	}
	return Place(o.DSN)
}

// newFile is the destination's file, where that did not exist before.
type newFile string

func (c *copying) untouched() newFile {
	path, file := strings.CutPrefix(c.To.DSN, sqliteScheme)
	if _, err := os.Stat(path); !file || !errors.Is(err, os.ErrNotExist) {
		return ""
	}
	return newFile(path)
}

func (f newFile) removed() (err error) {
	if f == "" {
		return nil
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if gone := os.Remove(string(f) + end); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func (f newFile) synced() error {
	if f == "" {
		return nil
	}
	return syncFile(string(f))
}

var _ flows.Clock = noTime{}
