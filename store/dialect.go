package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
)

// dialect is everything in which SQLite and PostgreSQL differ. The rest of the SQL runs on both.
type dialect struct {
	// open makes a pool of connections: of one that writes, or of readers.
	open func(o Options, writes bool) (*sql.DB, error)
	// columnTypes replaces the marks in the migrations by what this database calls them. Ids are never used twice, so that a late
	// Finish of a deleted intent cannot meet a new one. Sorted text compares by bytes.
	columnTypes *strings.Replacer
	// beginWrite opens a transaction of the writer, with a savepoint for its first change; once it is open, nobody else writes until it ends.
	beginWrite string
	beginRead  string
	beginCopy  string // as beginWrite, for long, and with an end to the waiting
	isUnique   func(error) bool
	// endsStatements says that a connection which ends takes its statements with it, so that nobody has to end each of them.
	endsStatements bool
	// beforeCommit is run last, with whether workers should be woken, and by whom. It answers with what settles a commit whose answer was lost.
	beforeCommit func(s *session, wake bool, voice string) (ticket string, err error)
	// committed says of such a commit whether it was done. nil: a commit that failed was not.
	committed func(s *session, ticket string) (bool, error)
	// listen calls wake whenever another replica, with another voice, has made something due, until ctx ends. nil: there are no others.
	listen func(ctx context.Context, o Options, voice string, wake func())

	// skipNumbers has the next row of a table ($1) numbered above a number ($2). lastNumber is the highest that its counter gave.
	skipNumbers []string
	lastNumber  func(s *session, table string) (int64, error)

	docField         string // the text of a field of the doc, its name as %s
	tableExists      string
	countTables      string
	countLiving      string // how many processes say that they work on the store; empty where Hold knows
	listColumns      string // table, column, type, and whether it gives ids
	listReferences   string // the table that refers and the one to which it does
	foreignKeysOff   string // around a migration, outside a transaction; empty where it is not needed
	foreignKeysOn    string
	foreignKeysCheck string // how many rows point to nothing
}

const savepoint = "SAVEPOINT one_change"

// dialectOf chooses by the scheme of the dsn.
func dialectOf(o Options) (*dialect, error) {
	path, file := strings.CutPrefix(o.DSN, sqliteScheme)
	switch {
	case o.Clock == nil:
		return nil, errors.New("the store needs a clock")
	case file && path != "" && !strings.HasPrefix(path, ":"):
		return &sqliteDialect, nil
	case strings.HasPrefix(o.DSN, "postgres://"), strings.HasPrefix(o.DSN, "postgresql://"):
		return &postgresDialect, nil
	}
	return nil, fmt.Errorf("the store's dsn is not understood; write it like sqlite:hallpass.db or postgres://user@host/database")
}

// Place names where a dsn leads to, without a password.
func Place(dsn string) string {
	if path, file := strings.CutPrefix(dsn, sqliteScheme); file {
		return path
	}
	return withoutPassword(dsn)
}

func (o Options) place() string { return Place(o.DSN) }

// There reports whether a database is there that Hallpass has written before. Nothing is made.
func There(ctx context.Context, dsn string) (bool, error) {
	if path, file := strings.CutPrefix(dsn, sqliteScheme); file {
		_, err := os.Stat(path)
		return err == nil, nil
	}
	conn, err := connect(ctx, dsn, nil)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var n int
	err = conn.QueryRow(ctx, postgresDialect.tableExists, "schema_version").Scan(&n)
	return n > 0, err
}
