package store

import (
	"context"
	"path/filepath"
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
