package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// stopped is a clock that stands still until it is moved.
type stopped struct{ company, machine time.Time }

func (c *stopped) Company() time.Time { return c.company }
func (c *stopped) Machine() time.Time { return c.machine }

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newClock() *stopped { return &stopped{company: noon, machine: noon.Add(-time.Hour)} }

// opened is a store in a directory of its own, changed by what the test wants otherwise.
func opened(t testing.TB, change ...func(*Options)) *Store {
	t.Helper()
	o := Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "state.db"), Clock: newClock(), Installation: "test", Synchronous: "OFF"}
	for _, c := range change {
		c(&o)
	}
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestANewDatabaseNamesItsInstallation(t *testing.T) {
	s := opened(t)
	err := s.View(context.Background(), func(tx flows.Tx) error {
		all, err := tx.Entries(flows.EntryFilter{})
		if len(all) != 1 || all[0].Action != flows.ActInstalled || all[0].Data["installation"] != "test" {
			t.Errorf("the first entries are %+v", all)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if n, err := s.Verify(context.Background()); n != 1 || err != nil {
		t.Errorf("Verify says %d, %v", n, err)
	}
}

func TestStateIsThereAfterReopening(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "odd name #1?.db")
	ctx := context.Background()
	for n := range 3 {
		s, err := Open(ctx, Options{DSN: dsn, Clock: newClock()})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Change(ctx, func(tx flows.Tx) error {
			r := &flows.Request{State: flows.Pending, Asker: "ann", Made: tx.Now()}
			if err := tx.PutRequest(r); err != nil {
				return err
			}
			if r.ID != flows.RequestID(n+1) {
				t.Errorf("the request has id %s", r.ID)
			}
			return tx.Want(flows.Intent{Kind: flows.IntentAsk, Subject: flows.SubjectOf("request", r.ID), Lane: flows.LaneEngine})
		})
		if err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatWasAcknowledgedIsOnTheDisk(t *testing.T) {
	s := opened(t, func(o *Options) { o.Synchronous = "" })
	ctx := context.Background()
	if err := s.Change(ctx, func(tx flows.Tx) error { return tx.PutMeta("a", "kept") }); err != nil {
		t.Fatal(err)
	}
	// A killed process closes nothing: what the files hold now is what the next start finds.
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(s.Path() + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+end, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	after := opened(t, func(o *Options) { o.DSN = "sqlite:" + copied })
	if got := metaOf(t, after, "a"); got != "kept" {
		t.Errorf("after the crash a is %q", got)
	}
	if n, err := after.Verify(ctx); n != 1 || err != nil {
		t.Errorf("Verify says %d, %v", n, err)
	}
}

func TestTheFileIsPrivateAndSynced(t *testing.T) {
	s := opened(t, func(o *Options) { o.Synchronous = "" })
	info, err := os.Stat(s.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
	err = s.Change(context.Background(), func(tx flows.Tx) error {
		for text, want := range map[string]string{
			"PRAGMA synchronous": "2", "PRAGMA journal_mode": "wal", "PRAGMA foreign_keys": "1", "PRAGMA busy_timeout": busyMillis,
		} {
			var got string
			if err := sessionOf(tx).row(text, nil, &got); err != nil || got != want {
				t.Errorf("%s is %q, %v, want %s", text, got, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	text := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is a letter, not a database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"no dsn":         {Options{Clock: newClock()}, "write it like sqlite:hallpass.db"},
		"another engine": {Options{DSN: "mysql:x", Clock: newClock()}, "write it like sqlite:hallpass.db"},
		"in memory":      {Options{DSN: "sqlite::memory:", Clock: newClock()}, "write it like sqlite:hallpass.db"},
		"no clock":       {Options{DSN: "sqlite:x.db"}, "needs a clock"},
		"no folder":      {Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "none", "x.db"), Clock: newClock()}, "no such file or directory"},
		"no database":    {Options{DSN: "sqlite:" + text, Clock: newClock()}, "not a database"},
	} {
		s, err := Open(context.Background(), c.o)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Open says %v, want %q in it", name, err, c.want)
		}
	}
}

func TestAnExistingDatabaseKeepsItsName(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "state.db")
	for _, name := range []string{"first", "second", ""} {
		s, err := Open(context.Background(), Options{DSN: dsn, Clock: newClock(), Installation: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := metaOf(t, s, MetaInstallation); got != "first" {
			t.Errorf("the installation is named %q", got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsAheadIsReadAnewAfterAWrite(t *testing.T) {
	s := opened(t)
	err := s.Change(context.Background(), func(tx flows.Tx) error {
		for n, lane := range []string{"b", "a", "b"} {
			if err := tx.Want(flows.Intent{Kind: flows.IntentTimer, Subject: lane + string(rune('0'+n)), Lane: lane}); err != nil {
				return err
			}
			if err := tx.PutLane(flows.Lane{Name: lane, Closed: true}); err != nil {
				return err
			}
			open, err := tx.OpenLanes()
			if err != nil {
				return err
			}
			closed, err := tx.Lanes()
			if err != nil {
				return err
			}
			if want := min(n+1, 2); len(open) != want || len(closed) != want {
				t.Errorf("after %d: %v are open, %v closed", n+1, open, closed)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestALookIsOneStatement(t *testing.T) {
	onEach(t, func(t *testing.T, open func(t testing.TB, change ...func(*Options)) *Store) {
		s := open(t)
		ctx := context.Background()
		changed(t, s, add)
		var n int
		if err := s.Look(ctx, func(tx flows.Tx) error { return count(tx, &n) }); n != 1 || err != nil {
			t.Errorf("a look reads %d, %v", n, err)
		}
		twice := func(tx flows.Tx) error { return errors.Join(count(tx, &n), count(tx, &n)) }
		if err := s.Look(ctx, twice); !errors.Is(err, ErrSingle) {
			t.Errorf("a second statement is answered %v", err)
		}
		var kept flows.Tx
		if err := s.Look(ctx, func(tx flows.Tx) error { kept = tx; return tx.PutMeta("count", "7") }); !errors.Is(err, ErrReadOnly) {
			t.Errorf("a write is answered %v", err)
		}
		if err := count(kept, &n); !errors.Is(err, ErrOver) {
			t.Errorf("a look that is over is answered %v", err)
		}
		away, leave := context.WithCancel(ctx)
		leave()
		if err := s.Look(away, add); !errors.Is(err, context.Canceled) {
			t.Errorf("who has left is answered %v", err)
		}
		changed(t, s, add)
		if err := s.View(ctx, func(tx flows.Tx) error { return count(tx, &n) }); n != 2 || err != nil {
			t.Errorf("afterwards %d are there, %v", n, err)
		}
	})
}
