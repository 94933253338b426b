package flows_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// undo takes a database back to how it was, row by row: triggers note for each change the statement that reverses it. The store works
// on the same file and knows nothing of it; it must be at rest while something is taken back.
type undo struct {
	w    *world
	conn *sql.Conn
}

// numbers are how far each table has counted. They are no table of ours, so they are kept beside the notes.
type numbers map[string]int64

// undoable prepares a world's open store.
func undoable(w *world) *undo {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?_pragma=synchronous(OFF)&_pragma=busy_timeout(5000)&_pragma=temp_store(MEMORY)")
	w.must(err)
	w.t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(context.Background())
	w.must(err)
	u := &undo{w: w, conn: conn}
	u.do("CREATE TABLE undo (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
	for _, table := range u.words("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('undo', 'sqlite_sequence')") {
		u.watch(table)
	}
	return u
}

func (u *undo) do(text string) {
	u.w.t.Helper()
	_, err := u.conn.ExecContext(context.Background(), text)
	u.w.must(err)
}

func (u *undo) words(query string, args ...any) (out []string) {
	u.w.t.Helper()
	rows, err := u.conn.QueryContext(context.Background(), query, args...)
	u.w.must(err)
	defer rows.Close()
	for rows.Next() {
		var s string
		u.w.must(rows.Scan(&s))
		out = append(out, s)
	}
	u.w.must(rows.Err())
	return out
}

// watch notes what reverses each change of a table.
func (u *undo) watch(table string) {
	u.w.t.Helper()
	columns := u.words("SELECT name FROM pragma_table_info('" + table + "')")
	if len(u.words("SELECT name FROM pragma_table_info('"+table+"') WHERE type = 'INTEGER' AND pk = 1")) == 0 {
		columns = append(columns, "rowid") // else a column is the row's number
	}
	var sets, values []string
	for _, c := range columns {
		sets = append(sets, "'"+c+"='||quote(old."+c+")")
		values = append(values, "quote(old."+c+")")
	}
	for when, text := range map[string]string{
		"INSERT": "'DELETE FROM " + table + " WHERE rowid='||new.rowid",
		"UPDATE": "'UPDATE " + table + " SET '||" + strings.Join(sets, "||','||") + "||' WHERE rowid='||new.rowid",
		"DELETE": "'INSERT INTO " + table + "(" + strings.Join(columns, ",") + ") VALUES('||" + strings.Join(values, "||','||") + "||')'",
	} {
		u.do(fmt.Sprintf("CREATE TRIGGER undo_%s_%s AFTER %s ON %s BEGIN INSERT INTO undo (text) VALUES (%s); END", table, when, when, table, text))
	}
}

// mark is a moment to come back to.
func (u *undo) mark() (at int64, n numbers) {
	u.w.t.Helper()
	u.w.must(u.conn.QueryRowContext(context.Background(), "SELECT COALESCE(MAX(id), 0) FROM undo").Scan(&at))
	n = numbers{}
	rows, err := u.conn.QueryContext(context.Background(), "SELECT name, seq FROM sqlite_sequence")
	u.w.must(err)
	defer rows.Close()
	for rows.Next() {
		var name string
		var seq int64
		u.w.must(rows.Scan(&name, &seq))
		n[name] = seq
	}
	u.w.must(rows.Err())
	return at, n
}

// back takes back whatever was done since.
func (u *undo) back(at int64, n numbers) {
	u.w.t.Helper()
	list := u.words("SELECT text FROM undo WHERE id > $1 ORDER BY id DESC", at)
	list = append(list, "DELETE FROM sqlite_sequence")
	for name, seq := range n {
		list = append(list, fmt.Sprintf("INSERT INTO sqlite_sequence (name, seq) VALUES ('%s', %d)", name, seq))
	}
	u.do("BEGIN IMMEDIATE;" + strings.Join(list, ";") + fmt.Sprintf(";DELETE FROM undo WHERE id > %d;COMMIT", at))
}
