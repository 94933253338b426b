package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/store/postgrestest"
)

// One file takes one process: a second one would free the claims of the first, and do its work once more.
func TestAFileIsHeldByOneProcess(t *testing.T) {
	ctx := context.Background()
	dsn := sqliteFile(t, "state.db")
	full(t, dsn)
	letGo, err := Hold(dsn)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := sqliteFile(t, "copy.db")
	for name, try := range map[string]func() error{
		"held again": func() error { _, err := Hold(dsn); return err },
		"moved": func() error {
			_, err := Copy(ctx, Move{From: Options{DSN: dsn}, To: Options{DSN: elsewhere}})
			return err
		},
		"migrated": func() error { _, err := Migrate(ctx, Options{DSN: dsn, Clock: newClock()}, 1); return err },
		"reopened": func() error { return Reopen(ctx, Options{DSN: dsn}, Options{DSN: elsewhere}) },
	} {
		if err := try(); !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), "another hallpass works on "+Place(dsn)) {
			t.Errorf("it is %s: %v", name, err)
		}
	}
	if _, err := Copy(ctx, Move{From: Options{DSN: dsn}, To: Options{DSN: elsewhere}, Try: true}); err != nil {
		t.Errorf("a trial is refused: %v", err)
	}
	if _, err := Backup(ctx, dsn, Place(elsewhere)); err != nil {
		t.Errorf("a backup is refused: %v", err)
	}
	if err := letGo(); err != nil {
		t.Fatal(err)
	}
	again, err := Hold(dsn)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestAStoreOnWhichReplicasLiveIsNotMoved(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		s := opened(t, at(dsn))
		says := func(until time.Time) {
			changed(t, s, func(tx flows.Tx) error { return tx.PutReplica(flows.Replica{Owner: "a", Until: until}) })
		}
		to := sqliteFile(t, "copy.db")
		says(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
		_, err := Copy(context.Background(), Move{From: Options{DSN: dsn}, To: Options{DSN: to}})
		if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), "1 of hallpass serve work on it") {
			t.Errorf("it was moved: %v", err)
		}
		if _, err := Copy(context.Background(), Move{From: Options{DSN: dsn}, To: Options{DSN: to}, Try: true}); err != nil {
			t.Errorf("a trial is refused: %v", err)
		}
		says(noon.AddDate(-10, 0, 0)) // it was killed a while ago
		moved(t, dsn, to)
	})
}
