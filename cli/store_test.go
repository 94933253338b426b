package cli_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallpass/app"
	"hallpass/store"
)

func TestStoreBackup(t *testing.T) {
	dir := t.TempDir()
	dsn := "sqlite:" + filepath.Join(dir, "hallpass.db")
	s, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: app.NewClock(time.Time{})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	to := filepath.Join(dir, "copy.db")
	if status, out, errs := run(t, "store", "backup", "--dsn", dsn, to); status != 0 || !strings.Contains(out, "copy.db holds 1 entries, every one chained to the one before") {
		t.Errorf("a first copy: %d %q %q", status, out, errs)
	}
	if status, _, errs := run(t, "store", "backup", "--dsn", dsn, to); status != 1 || !strings.Contains(errs, "never writes over anything") {
		t.Errorf("a second to the same place: %d %q", status, errs)
	}
	if status, _, errs := run(t, "store", "backup", "--dsn", "sqlite:"+filepath.Join(dir, "nothing.db"), filepath.Join(dir, "other.db")); status != 1 || !strings.Contains(errs, "no copy was made") {
		t.Errorf("of nothing: %d %q", status, errs)
	}
	if status, _, errs := run(t, "store", "backup", "--dsn", "postgres://nobody@nowhere/nothing", filepath.Join(dir, "other.db")); status != 2 || !strings.Contains(errs, "pg_dump") {
		t.Errorf("of PostgreSQL: %d %q", status, errs)
	}
}

// What an operator does to move the store, to change his mind, and to go back over an upgrade.
func TestStoreMoves(t *testing.T) {
	dir := t.TempDir()
	first, second := "sqlite:"+filepath.Join(dir, "first.db"), "sqlite:"+filepath.Join(dir, "second.db")
	s, err := store.Open(t.Context(), store.Options{DSN: first, Clock: app.NewClock(time.Time{}), Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HALLPASS_TEST_SECOND", second)
	latest := store.Latest()
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"store copy --from " + first + " --to env:HALLPASS_TEST_NO_SUCH", 2, "HALLPASS_TEST_NO_SUCH is not set"},
		{"store copy --from " + first + "x --to env:HALLPASS_TEST_SECOND", 2, "there is no database at"},
		{"store copy --from " + first + " --to env:HALLPASS_TEST_SECOND --try", 0, "It was a trial: " + filepath.Join(dir, "second.db") + " is empty as before"},
		{"store copy --from " + first + " --to env:HALLPASS_TEST_SECOND", 0, "the log holds with its 1 entries"},
		{"store copy --from " + second + " --to " + first, 1, "the destination is not empty"},
		{"store migrate --dsn " + first, 1, "migrate the database " + filepath.Join(dir, "first.db") + ": this store was moved to " + second},
		{"audit verify --dsn " + first, 0, "1 entries"},
		{"audit verify --dsn " + second, 0, "1 entries"},
		{"store reopen --dsn " + first + " --copy env:HALLPASS_TEST_SECOND", 0, "first.db is the store again, and " + filepath.Join(dir, "second.db") + " is not"},
		{"audit verify --dsn " + first, 0, "1 entries"},
		{"store migrate --dsn " + second, 1, "this store was moved to " + first},
		{fmt.Sprintf("store migrate --dsn %s --to %d", first, latest-1), 0, fmt.Sprintf("had schema %d and has %d now. Start the release that knows that one", latest, latest-1)},
		{"audit verify --dsn " + first, 1, fmt.Sprintf("its schema is %d, and this program reads %d", latest-1, latest)},
		{"store migrate --dsn " + first, 0, fmt.Sprintf("had schema %d and has %d now", latest-1, latest)},
		{"store migrate --dsn " + first, 0, fmt.Sprintf("has schema %d already", latest)},
		{"store migrate --dsn " + first + " --to 99", 2, fmt.Sprintf("this program knows the schemas 1 to %d", latest)},
	} {
		status, out, errs := run(t, strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(out+errs, c.says) {
			t.Errorf("hallpass %s: status %d, %s%s\nwant %d, %s", c.args, status, out, errs, c.status, c.says)
		}
	}
}
