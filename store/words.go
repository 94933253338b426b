package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteWords and postgresWords say what to do about what a database answers, by its code. Sources: sqlite.org/rescode.html;
// postgresql.org/docs/15, "PostgreSQL Error Codes".
var (
	sqliteWords = map[int]string{
		sqlite3.SQLITE_BUSY:     "another program keeps the file locked; close it (a shell of sqlite3, a backup that hangs), and try again",
		sqlite3.SQLITE_FULL:     "the disk is full; make room. What was acknowledged is kept",
		sqlite3.SQLITE_CORRUPT:  "the file is damaged; keep it aside, look at the disk, and restore the newest backup",
		sqlite3.SQLITE_NOTADB:   "the file is not a database of SQLite, or its beginning is damaged; look whether the name is right, or restore the newest backup",
		sqlite3.SQLITE_READONLY: "the file cannot be written; look who owns it and its folder, and whether the volume is mounted for writing",
		sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; look whether its folder is there, and who owns it",
		sqlite3.SQLITE_IOERR:    "the disk does not read or write as it should; look at the system's log",
	}
	postgresWords = map[string]string{
		"28000": "PostgreSQL does not let this user in; look at the dsn, and at pg_hba.conf",
		"28P01": "PostgreSQL does not accept the password of the dsn",
		"3D000": "PostgreSQL has no such database; create it, empty",
		"3F000": "the schema that search_path of the dsn names is not there; create it, empty",
		"42501": "the user may not make tables there; give it a schema or a database of its own",
		"42883": "this PostgreSQL lacks a function; Hallpass needs version 13 or newer",
		"25006": "this PostgreSQL only reads; it is a standby, so name the primary",
		"53100": "the disk of PostgreSQL is full; make room. What was acknowledged is kept",
		"53300": "PostgreSQL has no connection left; raise max_connections, or close others",
		"55P03": "somebody else keeps the lock of the store; try again",
		"57P03": "PostgreSQL is starting or stopping; try again",
	}
)

// worded puts before what a database answered what it means for whoever runs it. Other errors stay as they are.
func worded(err error) error {
	var lite *sqlite.Error
	var post *pgconn.PgError
	var away *pgconn.ConnectError
	sentence := ""
	switch {
	case errors.As(err, &lite):
		sentence = sqliteWords[lite.Code()&0xff]
	case errors.As(err, &post):
		sentence = postgresWords[post.Code]
	case errors.As(err, &away):
		sentence = "PostgreSQL does not answer there; look whether it runs, and at host and port of the dsn"
	}
	if sentence == "" {
		return err
	}
	return fmt.Errorf("%s (%w)", sentence, err)
}
