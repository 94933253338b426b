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
		if err := migrate(s, version); err != nil {
			t.Fatal(err)
		}
		if got, err := schemaVersion(s); got != version || err != nil {
			t.Errorf("the schema is %d, %v, want %d", got, err, version)
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
	for n, name := range migrations {
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
	if err := migrate(raw, len(migrations)); err != nil {
		t.Fatal(err)
	}
	if err := settle(raw, 99); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{DSN: "sqlite:" + path, Clock: newClock()})
	want := fmt.Sprintf("this database was written by a newer Hallpass (its schema is 99, this program knows %d); "+
		"run the newer program, or restore a backup from before the upgrade", len(migrations))
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("a newer database was answered %v", err)
	}
}

func TestTheMovesAreThoseOfFlows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	raw := rawSession(t, path)
	if err := migrate(raw, len(migrations)); err != nil {
		t.Fatal(err)
	}
	// What an older program allowed and this one does not.
	if _, err := raw.exec("INSERT INTO grant_moves (from_state, to_state) VALUES ('ended', 'active')"); err != nil {
		t.Fatal(err)
	}
	s := opened(t, func(o *Options) { o.DSN = "sqlite:" + path })
	for noun, moves := range map[string][]flows.Move{"request": flows.RequestMoves, "grant": flows.GrantMoves} {
		var got []string
		err := s.View(context.Background(), func(f flows.Tx) error {
			return f.(*tx).rows("SELECT from_state || ' ' || to_state FROM "+noun+"_moves ORDER BY 1", nil, func(scan scan) error {
				var m string
				err := scan(&m)
				got = append(got, m)
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, m := range moves {
			want = append(want, m.From+" "+m.To)
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("the store allows the %s moves %v, flows %v", noun, got, want)
		}
	}
}

func TestABrokenReferenceStopsAMigration(t *testing.T) {
	raw := rawSession(t, filepath.Join(t.TempDir(), "state.db"))
	if err := migrate(raw, len(migrations)); err != nil {
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
