package store

import (
	"errors"
	"fmt"
)

// Several releases may meet on one database: replicas that are replaced one after the other, an older program started by mistake, a step
// back. So each group of changes begins with a look at what the database says about itself, under the writer's lock.

// ErrUnfit is in the answer of every verb once the database has become one on which this program must not work.
var ErrUnfit = errors.New("the database is not for this program any more")

// unfit is a refusal of the whole database, in words for whoever runs the program.
type unfit struct{ sentence string }

func (e unfit) Error() string        { return e.sentence }
func (e unfit) Is(target error) bool { return target == ErrUnfit }

// standing is what a database says about itself.
type standing struct {
	version   int    // how many steps of the schema it has taken, 0 for an empty one
	worksFrom int    // the oldest schema whose program still works on it
	step      string // the name of its newest step, when that is newer than this program knows
	moved     string // where the state was copied to; nothing may change here any more
}

// metaMoved is the key in meta that says where a store was copied to.
const metaMoved = "moved to"

// standingOf reads it, of an empty database too.
func standingOf(s *session, known int) (standing, error) {
	var there int
	if err := s.row(s.sql.tableExists, []any{"schema_version"}, &there); err != nil || there == 0 {
		return standing{}, err
	}
	var version int
	if err := s.row("SELECT version FROM schema_version", nil, &version); err != nil || version == 0 {
		return standing{}, err
	}
	return readStanding(s, known)
}

// readStanding is quick: it stands before each group of changes. Only a version that is not the expected one is looked into.
func readStanding(s *session, known int) (is standing, err error) {
	err = s.row("SELECT version, COALESCE((SELECT value FROM meta WHERE key = $1), '') FROM schema_version", []any{metaMoved}, &is.version, &is.moved)
	is.worksFrom = is.version
	if err != nil || is.version <= known || is.version < besideFrom {
		return is, err
	}
	err = s.row("SELECT works_from, name FROM schema_steps WHERE version = $1", []any{is.version}, &is.worksFrom, &is.step)
	return is, err
}

// fits refuses a database for a program that knows so many steps and wants the schema to be at one of them.
func (is standing) fits(known, wants int) error {
	switch {
	case is.moved != "":
		return unfit{fmt.Sprintf("this store was moved to %s, and nothing may change here any more; name that one as store.dsn in the configuration. "+
			"If nothing has happened in the copy yet, hallpass store reopen makes this one the store again", is.moved)}
	case is.version <= known:
		return nil
	case wants < known:
		return unfit{fmt.Sprintf("this database was written by a newer Hallpass (its schema is %d, this program knows %d); "+
			"only that program knows the way back: run its hallpass store migrate", is.version, known)}
	case is.version > known+1, is.worksFrom > known:
		return unfit{fmt.Sprintf("this database was written by a newer Hallpass (its schema is %d, this program knows %d) beside which this program does not work; "+
			"run the newer program, or restore a backup from before the upgrade", is.version, known)}
	}
	return nil
}

// readable refuses what this program cannot read as it is.
func readable(s *session, all []migration) error {
	is, err := standingOf(s, len(all))
	switch {
	case err != nil:
		return err
	case is.version == 0:
		return errors.New("it holds nothing")
	case is.version < len(all):
		return unfit{fmt.Sprintf("its schema is %d, and this program reads %d; read it with the program that runs on it, or upgrade it first: hallpass serve does, or hallpass store migrate",
			is.version, len(all))}
	}
	is.moved = ""
	return is.fits(len(all), len(all))
}

// look refuses a group of changes when the database is not as this program needs it. Views follow the writer's finding.
func (s *Store) look() error {
	known := len(s.migrations)
	is, err := readStanding(s.writer, known)
	if err != nil {
		return err
	}
	err = is.fits(known, known)
	if err == nil && is.version < known {
		err = unfit{fmt.Sprintf("this database was taken back to schema %d, and this program needs %d; run the program of the release before, or start this one anew to upgrade it again",
			is.version, known)}
	}
	if err != nil {
		s.refusal.Store(&err)
		return err
	}
	s.beside = is.version > known
	s.refusal.Store(nil)
	return nil
}

// Unfit is what the writer last found against the database as a whole, nil while it may be worked on. A program to which that happens should end: nothing
// that it is told can be kept.
func (s *Store) Unfit() error {
	if err := s.refusal.Load(); err != nil {
		return *err
	}
	return nil
}
