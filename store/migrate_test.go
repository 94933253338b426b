package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hallpass/flows"
)

// rawSession is a connection to a file that no store has touched.
func rawSession(t *testing.T, path string) *session {
	t.Helper()
	db, err := sql.Open("sqlite", writerDSN(path, "OFF"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSession(db, &sqliteDialect)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close(); db.Close() })
	return s
}

func schemaOf(t *testing.T, s *session) []string {
	t.Helper()
	rows, err := s.query("SELECT name || ' ' || COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

func TestMigrationsGoUpDownAndUp(t *testing.T) {
	s := rawSession(t, filepath.Join(t.TempDir(), "state.db"))
	to := func(version int) []string {
		t.Helper()
		if _, err := migrate(s, migrations, version); err != nil {
			t.Fatal(err)
		}
		if got, err := standingOf(s, len(migrations)); got.version != version || err != nil {
			t.Errorf("the schema is %d, %v, want %d", got.version, err, version)
		}
		return schemaOf(t, s)
	}
	up := make([][]string, len(migrations)+1)
	for v := 1; v <= len(migrations); v++ {
		up[v] = to(v)
	}
	for v := len(migrations) - 1; v >= 1; v-- {
		if got := to(v); !slices.Equal(got, up[v]) {
			t.Errorf("down to %d leaves another schema:\n%s", v, strings.Join(got, "\n"))
		}
	}
	if got := to(0); len(got) != 1 {
		t.Errorf("at the bottom there is still:\n%s", strings.Join(got, "\n"))
	}
	if got := to(len(migrations)); !slices.Equal(got, up[len(migrations)]) {
		t.Errorf("the second way up ends elsewhere:\n%s", strings.Join(got, "\n"))
	}
}

func TestEveryMigrationFileIsListed(t *testing.T) {
	files, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for n, m := range migrations {
		name := m.name
		if !strings.HasPrefix(name, fmt.Sprintf("%04d_", n+1)) {
			t.Errorf("migration %d is named %s", n+1, name)
		}
		want = append(want, name+".down.sql", name+".up.sql")
	}
	for _, f := range files {
		got = append(got, f.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the files are %v, want %v", got, want)
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	raw := rawSession(t, path)
	if _, err := migrate(raw, migrations, len(migrations)); err != nil {
		t.Fatal(err)
	}
	if err := raw.script("UPDATE schema_version SET version = 99; INSERT INTO schema_steps (version, name, works_from) VALUES (99, 'far', 99)"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{DSN: "sqlite:" + path, Clock: newClock()})
	want := fmt.Sprintf("this database was written by a newer Hallpass (its schema is 99, this program knows %d) beside which this program does not work; "+
		"run the newer program, or restore a backup from before the upgrade", len(migrations))
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("a newer database was answered %v", err)
	}
}

// A start adds the moves that flows has; it takes none away, since the release before may make them beside this one. A step that contracts does.
func TestTheMovesAreThoseOfFlows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	raw := rawSession(t, path)
	if _, err := migrate(raw, migrations, len(migrations)); err != nil {
		t.Fatal(err)
	}
	before := "INSERT INTO grant_moves (from_state, to_state) VALUES ('ended', 'active'); DELETE FROM grant_moves WHERE from_state = 'waiting'"
	if err := raw.script(before); err != nil {
		t.Fatal(err)
	}
	allowed := func(noun string) (got []string) {
		t.Helper()
		rows, err := raw.query("SELECT from_state || ' ' || to_state FROM " + noun + "_moves ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var m string
			if err := rows.Scan(&m); err != nil {
				t.Fatal(err)
			}
			got = append(got, m)
		}
		return got
	}
	want := func(moves []flows.Move, more ...string) []string {
		for _, m := range moves {
			more = append(more, m.From+" "+m.To)
		}
		slices.Sort(more)
		return more
	}
	opened(t, func(o *Options) { o.DSN = "sqlite:" + path }).Close()
	if got := allowed("grant"); !slices.Equal(got, want(flows.GrantMoves, "ended active")) {
		t.Errorf("after a start the store allows the grant moves %v", got)
	}
	contracted := append(slices.Clone(migrations), future("contracts", false))
	opened(t, func(o *Options) { o.DSN = "sqlite:" + path; o.migrations = contracted }).Close()
	if got := allowed("grant"); !slices.Equal(got, want(flows.GrantMoves)) {
		t.Errorf("after a step that contracts the store allows the grant moves %v", got)
	}
	if got := allowed("request"); !slices.Equal(got, want(flows.RequestMoves)) {
		t.Errorf("the store allows the request moves %v", got)
	}
}

func TestABrokenReferenceStopsAMigration(t *testing.T) {
	raw := rawSession(t, filepath.Join(t.TempDir(), "state.db"))
	if _, err := migrate(raw, migrations, len(migrations)); err != nil {
		t.Fatal(err)
	}
	if err := raw.script("PRAGMA foreign_keys = OFF; INSERT INTO decisions (request_id, doc) VALUES (99, '{}')"); err != nil {
		t.Fatal(err)
	}
	err := settle(raw, len(migrations))
	if err == nil || !strings.Contains(err.Error(), "1 rows point to nothing") {
		t.Errorf("a row that points nowhere was answered %v", err)
	}
}

// emptied are the tables from which rows go; a row of another table must not lean on them unless every release knows.
var emptied = []string{"intents", "entry_words", "members", "request_asked", "turns"}

// shape is what the release before counts on.
type shape struct {
	tables  map[string]bool
	columns map[string]string // table.column: whether an INSERT may leave it out
	unique  map[string]bool
	refers  map[string]string // where a foreign key starts, and to which table it leads
}

func shapeOf(t *testing.T, s *session) shape {
	t.Helper()
	out := shape{map[string]bool{}, map[string]string{}, map[string]bool{}, map[string]string{}}
	each := func(text string, take func(a, b, c string)) {
		rows, err := s.query(text)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var a, b, c string
			if err := rows.Scan(&a, &b, &c); err != nil {
				t.Fatal(err)
			}
			take(a, b, c)
		}
	}
	const tables = " FROM sqlite_master m, "
	each("SELECT m.name, c.name, c.type || CASE WHEN c.\"notnull\" = 1 AND c.dflt_value IS NULL THEN ' needed' ELSE '' END"+tables+
		"pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'", func(table, column, kind string) {
		out.tables[table] = true
		out.columns[table+"."+column] = kind
	})
	each("SELECT m.name, (SELECT GROUP_CONCAT(i.name) FROM pragma_index_info(l.name) i), l.partial"+tables+
		"pragma_index_list(m.name) l WHERE l.\"unique\" = 1", func(table, columns, partial string) { out.unique[table+" "+columns+" "+partial] = true })
	each("SELECT m.name, f.\"from\", f.\"table\""+tables+"pragma_foreign_key_list(m.name) f", func(table, column, to string) { out.refers[table+"."+column] = to })
	return out
}

// contracting says what of a step the release before would stumble over.
func contracting(before, after shape) (why []string) {
	for column, kind := range before.columns {
		if after.columns[column] != kind {
			why = append(why, fmt.Sprintf("%s was %q and is %q", column, kind, after.columns[column]))
		}
	}
	for column, kind := range after.columns {
		table, _, _ := strings.Cut(column, ".")
		if _, there := before.columns[column]; !there && before.tables[table] && strings.HasSuffix(kind, "needed") {
			why = append(why, column+" must be written, and the release before does not know it; give it a default")
		}
		if _, there := before.columns[column]; !there && before.tables[table] && slices.Contains(emptied, table) && table != "intents" {
			why = append(why, column+" would be lost when the release before writes the rows of "+table+" anew; use a table of its own")
		}
	}
	for key := range after.unique {
		if table, _, _ := strings.Cut(key, " "); !before.unique[key] && before.tables[table] {
			why = append(why, "unique "+key+" refuses what the release before writes")
		}
	}
	for column, to := range after.refers {
		if before.refers[column] == "" && slices.Contains(emptied, to) {
			why = append(why, column+" leans on "+to+", whose rows the release before deletes")
		}
		if table, _, _ := strings.Cut(column, "."); before.refers[column] == "" && before.columns[column] != "" && before.tables[table] {
			why = append(why, column+" must point somewhere, which the release before does not know")
		}
	}
	slices.Sort(why)
	return why
}

func TestAStepThatSaysItExpandsOnlyExpands(t *testing.T) {
	walk := func(all []migration, check func(m migration, why []string)) {
		s := rawSession(t, filepath.Join(t.TempDir(), "state.db"))
		before := shape{}
		for v, m := range all {
			if _, err := migrate(s, all, v+1); err != nil {
				t.Fatal(err)
			}
			after := shapeOf(t, s)
			if v > 0 {
				check(m, contracting(before, after))
			}
			before = after
		}
	}
	walk(migrations, func(m migration, why []string) {
		if m.expands && len(why) > 0 {
			t.Errorf("%s says that it only expands, but:\n%s", m.name, strings.Join(why, "\n"))
		}
	})
	for want, up := range map[string]string{
		"meta.must must be written, and the release before does not know it; give it a default":                  "CREATE TABLE meta2 (key TEXT PRIMARY KEY, value TEXT NOT NULL, must TEXT NOT NULL); DROP TABLE meta; ALTER TABLE meta2 RENAME TO meta",
		"turns.more would be lost when the release before writes the rows of turns anew; use a table of its own": "ALTER TABLE turns ADD COLUMN more TEXT",
		"unique people doc 0 refuses what the release before writes":                                             "CREATE UNIQUE INDEX odd ON people (doc)",
		"leaning.i leans on intents, whose rows the release before deletes":                                      "CREATE TABLE leaning (i BIGINT REFERENCES intents (id))",
		"members.since_at was \"BIGINT needed\" and is \"\"":                                                     "ALTER TABLE members DROP COLUMN since_at",
		"": "ALTER TABLE grants ADD COLUMN more TEXT; CREATE TABLE more (g BIGINT REFERENCES grants (id), k TEXT UNIQUE)",
	} {
		walk(append(slices.Clone(migrations), migration{name: "later", expands: true, up: up, down: "SELECT 1"}), func(m migration, why []string) {
			if m.name == "later" && strings.Join(why, "\n") != want {
				t.Errorf("%s: found\n%s\nwant\n%s", up, strings.Join(why, "\n"), want)
			}
		})
	}
}
