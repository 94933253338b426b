package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrHeld is in the answer when another process works on a database.
var ErrHeld = errors.New("somebody else works on this database")

type held struct{ sentence string }

func (e held) Error() string        { return e.sentence }
func (e held) Is(target error) bool { return target == ErrHeld }

// heldSuffix names the companion of a SQLite file whose lock says that a process works on it.
const heldSuffix = "-held"

// Hold makes this process the only one that works on a SQLite file until it lets go or dies. Reading it, as an audit does, takes no hold. PostgreSQL
// has room for many, and nothing is held there. The lock is one of SQLite, on a file of its own, so that it is the same on every system.
func Hold(dsn string) (letGo func() error, err error) {
	path, file := strings.CutPrefix(dsn, sqliteScheme)
	if !file || strings.HasPrefix(path, ":") { // of the latter Open says what is wrong
		return func() error { return nil }, nil
	}
	if err := createPrivate(path + heldSuffix); err != nil {
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", fileURL(path+heldSuffix, url.Values{"_pragma": {"busy_timeout(0)"}}))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
		return nil, errors.Join(notHeld(path, err), db.Close())
	}
	return db.Close, nil
}

func notHeld(path string, err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY {
		return held{fmt.Sprintf("another hallpass works on %s; one file takes one process, so stop that one first", path)}
	}
	return fmt.Errorf("hold %s: %w", path+heldSuffix, err)
}

// holding runs f while this process is the only one on a database that is there.
func holding(dsn string, f func() error) error {
	if path, file := strings.CutPrefix(dsn, sqliteScheme); file {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return errors.New("nothing is there; hallpass serve makes a new one")
		} else if err != nil {
			return err
		}
	}
	letGo, err := Hold(dsn)
	if err != nil {
		return err
	}
	return errors.Join(f(), letGo())
}
