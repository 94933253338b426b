package store

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	sqliteScheme = "sqlite:"
	// busyMillis is how long a statement waits for another process that holds the file's lock.
	busyMillis = "5000"
)

var sqliteDialect = dialect{
	open: openSQLite,
	columnTypes: strings.NewReplacer(
		"{{id}}", "INTEGER PRIMARY KEY AUTOINCREMENT",
		"{{bytes}}", "BLOB",
		"{{sorted}}", "TEXT",
	),
	beginWrite:   "BEGIN IMMEDIATE; " + savepoint,
	beginRead:    "BEGIN",
	beginCopy:    "BEGIN IMMEDIATE",
	isUnique:     isUniqueSQLite,
	beforeCommit: func(*session, bool, string) (string, error) { return "", nil },

	skipNumbers: []string{ // a table has its line once it had a row
		"INSERT INTO sqlite_sequence (name, seq) SELECT $1, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
		"UPDATE sqlite_sequence SET seq = MAX(seq, $2) WHERE name = $1",
	},

	docField:   "CAST(json_extract(doc, '$.%s') AS TEXT)",
	lastNumber: lastNumberSQLite,

	countTables: "SELECT COUNT(*) FROM sqlite_master",
	listColumns: "SELECT m.name, c.name, c.type, c.pk > 0 AND m.sql LIKE '%AUTOINCREMENT%' FROM sqlite_master m, pragma_table_info(m.name) c" +
		" WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~'",
	listReferences: `SELECT m.name, f."table" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
	tableExists:    "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
	// SQLite rebuilds tables, and turns foreign keys off only outside a transaction.
	foreignKeysOff:   "PRAGMA foreign_keys = OFF",
	foreignKeysOn:    "PRAGMA foreign_keys = ON",
	foreignKeysCheck: "SELECT COUNT(*) FROM pragma_foreign_key_check",
}

func openSQLite(o Options, writes bool) (*sql.DB, error) {
	path := strings.TrimPrefix(o.DSN, sqliteScheme)
	if !writes {
		return sql.Open("sqlite", readerDSN(path))
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	synchronous := o.Synchronous
	if synchronous == "" {
		synchronous = "FULL"
	}
	return sql.Open("sqlite", writerDSN(path, synchronous))
}

// createPrivate makes the file readable by its owner only; SQLite gives its companions the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

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

// isUniqueSQLite reports whether an error says that a unique key is taken.
func isUniqueSQLite(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// lastNumberSQLite reads the counter of AUTOINCREMENT.
func lastNumberSQLite(s *session, table string) (int64, error) {
	return s.number("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = $1", table)
}
