package store

import (
	"errors"
	"net/url"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Everything in which SQLite and PostgreSQL differ stands in this file. The rest of the SQL runs on both.

const (
	driverName = "sqlite"
	dsnScheme  = "sqlite:"

	beginWrite = "BEGIN IMMEDIATE"
	beginRead  = "BEGIN"

	// forClaim would be " FOR UPDATE SKIP LOCKED" on PostgreSQL, so that replicas pass over each other's claims. SQLite has one writer.
	forClaim = ""

	// busyMillis is how long a statement waits for another process that holds the file's lock.
	busyMillis = "5000"
)

// columnTypes replaces the marks in the migrations by what this database calls them. Ids are never used twice, so that a late
// Finish of a deleted intent cannot meet a new one. Sorted text compares by bytes.
var columnTypes = strings.NewReplacer(
	"{{id}}", "INTEGER PRIMARY KEY AUTOINCREMENT",
	"{{bytes}}", "BLOB",
	"{{sorted}}", "TEXT",
)

func writerDSN(path, synchronous string) string {
	// In a file, the journal of the savepoints halves the rate of commits (measured: 3,800 to 6,700 acts a second).
	const savepointsInMemory = "temp_store(MEMORY)"
	q := url.Values{"_txlock": {"immediate"}}
	q["_pragma"] = []string{
		"busy_timeout(" + busyMillis + ")", "journal_mode(WAL)", "synchronous(" + synchronous + ")", "foreign_keys(1)",
		savepointsInMemory,
	}
	return fileURL(path, q)
}

func readerDSN(path string) string {
	return fileURL(path, url.Values{"_pragma": {"busy_timeout(" + busyMillis + ")", "query_only(1)", "foreign_keys(1)"}})
}

func fileURL(path string, q url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// isUnique reports whether an error says that a unique key is taken.
func isUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// rebuilding runs a migration with foreign keys off, which SQLite allows only outside a transaction, and checks them before the commit.
const (
	foreignKeysOff   = "PRAGMA foreign_keys = OFF"
	foreignKeysOn    = "PRAGMA foreign_keys = ON"
	foreignKeysCheck = "SELECT COUNT(*) FROM pragma_foreign_key_check"
	tableExists      = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
)
