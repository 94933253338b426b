package cli_test

import (
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
