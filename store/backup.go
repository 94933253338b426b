package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hallpass/flows"
)

// ErrOwnBackups is the answer for a database that has its own means of being copied.
var ErrOwnBackups = errors.New("PostgreSQL has its own backups: use pg_dump, a base backup with its WAL, or what your provider has. " +
	"The witness stands outside of them all the same, so an older database is noticed and made good after a restore")

// Backup writes a copy of a SQLite database into a file that is not there yet, also while a bot writes to it, and checks the copy's log. It
// returns how many entries the copy has. What was committed before the call is in it; a copy that could not be finished is taken away.
func Backup(ctx context.Context, dsn, to string) (entries int64, err error) {
	from, file := strings.CutPrefix(dsn, sqliteScheme)
	if !file {
		return 0, ErrOwnBackups
	}
	if _, err := os.Stat(from); err != nil {
		return 0, err
	}
	if err := reserve(to); err != nil {
		return 0, err
	}
	if err := copySQLite(ctx, from, to); err != nil {
		return 0, errors.Join(worded(err), os.Remove(to))
	}
	return verifyFile(ctx, to)
}

// reserve makes an empty file that only its owner reads, never in the place of another: SQLite fills a file that is there and empty.
func reserve(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already; a backup never writes over anything, so name another file", path)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// copySQLite reads one snapshot, the writer goes on meanwhile, and returns once the copy is on the disk.
func copySQLite(ctx context.Context, from, to string) error {
	db, err := sqliteDialect.open(Options{DSN: sqliteScheme + from}, false)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "PRAGMA query_only = 0"); err != nil { // SQLite counts the new file as a write
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return err
	}
	return syncFile(to)
}

// syncFile has a file, and its name in its folder, survive a power cut.
func syncFile(path string) error {
	for _, name := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// verifyFile checks the log of a database that nobody uses, without changing it: neither its schema nor its mode.
func verifyFile(ctx context.Context, path string) (int64, error) {
	db, err := sqliteDialect.open(Options{DSN: sqliteScheme + path}, false)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	reader, err := newSession(db, &sqliteDialect)
	if err != nil {
		return 0, err
	}
	defer reader.close()
	s := &Store{sql: &sqliteDialect, clock: noTime{}}
	return verified(s.newTx(reader, ctx))
}

// noTime is the clock of a reading that asks for no time.
type noTime struct{}

func (noTime) Company() time.Time { return time.Time{} }
func (noTime) Machine() time.Time { return time.Time{} }

var _ flows.Clock = noTime{}
