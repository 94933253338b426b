package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"hallpass/flows"
)

// lose takes entries from the end of a log, with a store that has seen nothing: as a failover does, or a copy that was put back.
func lose(t *testing.T, s *Store, after int64) {
	t.Helper()
	other := opened(t, func(o *Options) { o.DSN = s.options.DSN })
	tamper(t, other, fmt.Sprintf("DELETE FROM entry_words WHERE seq > %d", after), fmt.Sprintf("DELETE FROM entries WHERE seq > %d", after),
		fmt.Sprintf("UPDATE chain_head SET seq = %d, hash = (SELECT hash FROM entries WHERE seq = %d)", after, after))
}

// notices is a store that writes an entry when it finds less than it had committed.
func notices(told *[]string, refuse *error) func(*Options) {
	return func(o *Options) {
		o.Older = func(tx flows.Tx, seen flows.Head, how string) error {
			*told = append(*told, fmt.Sprint(seen.Seq, ": ", how))
			return errors.Join(*refuse, tx.Append(&flows.Entry{Action: flows.ActAlarm}))
		}
	}
}

func TestALostEndIsNoticedBeforeAnythingElseIsWritten(t *testing.T) {
	onEach(t, func(t *testing.T, open func(t testing.TB, change ...func(*Options)) *Store) {
		var told []string
		var refuse error
		s := open(t, notices(&told, &refuse))
		for range 5 {
			changed(t, s, func(tx flows.Tx) error { return tx.Append(&flows.Entry{Action: flows.ActAsked}) })
		}
		lose(t, s, 3)
		refuse = errors.New("not now")
		if err := s.Change(context.Background(), func(tx flows.Tx) error { return tx.Append(&flows.Entry{Action: flows.ActAsked}) }); !errors.Is(err, refuse) {
			t.Errorf("written although nobody could be told: %v", err)
		}
		refuse, told = nil, nil
		for range 2 {
			changed(t, s, func(tx flows.Tx) error { return tx.Append(&flows.Entry{Action: flows.ActAsked}) })
		}
		if len(told) != 1 || told[0] != "6: its log ends with entry 3, and entry 6 was there before" {
			t.Errorf("told %q", told)
		}
		var list []flows.Entry
		if err := s.View(context.Background(), func(tx flows.Tx) (err error) {
			list, err = tx.Entries(flows.EntryFilter{After: 3})
			return err
		}); err != nil || len(list) != 3 || list[0].Action != flows.ActAlarm || list[1].Action != flows.ActAsked {
			t.Errorf("after the loss the log has %v, %v", list, err)
		}
	})
}

// Another replica may have gone on from the loss, so that the log is long enough again.
func TestALossThatOthersHaveWrittenOverIsNoticedOnANewConnection(t *testing.T) {
	onEach(t, func(t *testing.T, open func(t testing.TB, change ...func(*Options)) *Store) {
		var told []string
		var refuse error
		s := open(t, notices(&told, &refuse))
		for range 5 {
			changed(t, s, func(tx flows.Tx) error { return tx.Append(&flows.Entry{Action: flows.ActAsked}) })
		}
		lose(t, s, 3)
		other := opened(t, func(o *Options) { o.DSN = s.options.DSN })
		for range 5 {
			changed(t, other, func(tx flows.Tx) error { return tx.Append(&flows.Entry{Action: flows.ActDenied}) })
		}
		s.unsure = true
		changed(t, s, put("a"))
		if len(told) != 1 || told[0] != "6: entry 6 of its log is not the one that was there before" {
			t.Errorf("told %q", told)
		}
		s.unsure = true
		changed(t, s, put("a"))
		if len(told) != 1 {
			t.Errorf("told again: %q", told)
		}
	})
}

func TestANewConnectionToTheSameDatabaseIsNoLoss(t *testing.T) {
	onEach(t, func(t *testing.T, open func(t testing.TB, change ...func(*Options)) *Store) {
		var told []string
		var refuse error
		s := open(t, notices(&told, &refuse))
		changed(t, s, func(tx flows.Tx) error { return tx.Append(&flows.Entry{Action: flows.ActAsked}) })
		other := opened(t, func(o *Options) { o.DSN = s.options.DSN })
		changed(t, other, func(tx flows.Tx) error { return tx.Append(&flows.Entry{Action: flows.ActDenied}) })
		s.unsure = true
		changed(t, s, put("a"))
		if len(told) > 0 || s.unsure {
			t.Errorf("told %q, unsure %v", told, s.unsure)
		}
	})
}
