package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallpass/store/postgrestest"
)

// What a stranger reads who cannot start: what to do, and then what the database said.
func TestTroubleWithTheFileIsSaidInWords(t *testing.T) {
	for name, c := range map[string]struct {
		trouble func(t *testing.T, path string) error
		want    string
	}{
		"locked": {func(t *testing.T, path string) error {
			other, err := sql.Open("sqlite", fileURL(path, url.Values{"_pragma": {"busy_timeout(0)"}}))
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			raw := rawSession(t, path)
			if err := raw.begin(); err != nil {
				t.Fatal(err)
			}
			_, err = other.Exec("BEGIN IMMEDIATE")
			return worded(err)
		}, "another program keeps the file locked; close it (a shell of sqlite3, a backup that hangs), and try again (database is locked (5) (SQLITE_BUSY))"},
		"damaged": {func(t *testing.T, path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for n := 100; n < len(b); n++ { // all but the header
				b[n] = 0x5a
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			return start(path)
		}, "the file is damaged; keep it aside, look at the disk, and restore the newest backup (database disk image is malformed (11))"},
		"a folder": {func(t *testing.T, path string) error { return start(filepath.Dir(path)) }, "is a directory"},
		"full": {func(t *testing.T, path string) error {
			raw := rawSession(t, path)
			return worded(errors.Join(raw.script("PRAGMA max_page_count = 1"), raw.script("CREATE TABLE large (x); INSERT INTO large VALUES (zeroblob(10000000))")))
		}, "the disk is full; make room. What was acknowledged is kept (database or disk is full (13)"},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := sqliteFile(t, "state.db")
			opened(t, at(dsn)).Close()
			if err := c.trouble(t, Place(dsn)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says %v\nwant %s", err, c.want)
			}
		})
	}
}

func start(path string) error {
	s, err := Open(context.Background(), Options{DSN: sqliteScheme + path, Clock: newClock()})
	if err == nil {
		return s.Close()
	}
	return err
}

func TestTroubleWithPostgresIsSaidInWords(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		with := func(change func(u *url.URL)) string {
			u, err := url.Parse(dsn)
			if err != nil {
				t.Fatal(err)
			}
			change(u)
			return u.String()
		}
		for name, c := range map[string]struct{ dsn, want string }{
			"nobody there": {with(func(u *url.URL) { u.Host = "127.0.0.1:1" }), "PostgreSQL does not answer there; look whether it runs, and at host and port of the dsn"},
			"no such user": {with(func(u *url.URL) { u.User = url.UserPassword("nobody_"+u.Query().Get("search_path"), "THE-SECRET") }),
				"PostgreSQL does not let this user in; look at the dsn, and at pg_hba.conf"},
			"no such database": {with(func(u *url.URL) { u.Path = "/no_such_database" }), "PostgreSQL has no such database; create it, empty"},
			"no such schema": {with(func(u *url.URL) {
				q := u.Query()
				q.Set("search_path", "no_such_schema")
				u.RawQuery = q.Encode()
			}), "the schema that search_path of the dsn names is not there; create it, empty"},
			"one that only reads": {with(func(u *url.URL) {
				q := u.Query()
				q.Set("default_transaction_read_only", "on")
				u.RawQuery = q.Encode()
			}), "this PostgreSQL only reads; it is a standby, so name the primary"},
		} {
			s, err := Open(context.Background(), Options{DSN: c.dsn, Clock: newClock()})
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "THE-SECRET") {
				t.Errorf("%s: it says %v\nwant %s", name, err, c.want)
			}
		}
	})
}

// A disk that damages the log ahead of the file takes its end away, and SQLite says nothing of it. What is left are whole changes, whose log holds; only the
// head that is kept outside tells that something is missing.
func TestADamagedWALLosesItsEndAndNothingElse(t *testing.T) {
	s := opened(t, func(o *Options) { o.Synchronous = "" })
	const changes = 20
	for range changes {
		changed(t, s, add)
	}
	file, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(s.Path() + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	fewer := 0
	for at := 40; at < len(wal); at += len(wal)/15 + 7 {
		damaged := sqliteFile(t, "damaged.db")
		bytes := append([]byte(nil), wal...)
		bytes[at] ^= 0xff
		if err := errors.Join(os.WriteFile(Place(damaged), file, 0o600), os.WriteFile(Place(damaged)+"-wal", bytes, 0o600)); err != nil {
			t.Fatal(err)
		}
		left := opened(t, func(o *Options) { o.DSN = damaged })
		n, err := left.Verify(context.Background())
		if got := sum(t, left); err != nil || n != int64(got)+1 || got > changes {
			t.Errorf("damaged at byte %d: %d changes and %d entries are left, %v", at, got, n, err)
		}
		if n < changes+1 {
			fewer++
		}
	}
	if fewer < 10 {
		t.Errorf("only %d of the damages took anything away", fewer)
	}
}
