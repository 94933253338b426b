package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallpass/flows"
)

func TestABackupIsTakenWhileOthersWrite(t *testing.T) {
	s := logged(t)
	from := s.Path()
	stop, ended := make(chan struct{}), make(chan error, 1)
	ctx := patient(t)
	go func() {
		for {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			if err := s.Change(ctx, func(tx flows.Tx) error { return tx.Append(&flows.Entry{Action: flows.ActAsked}) }); err != nil {
				ended <- err
				return
			}
		}
	}()
	to := filepath.Join(t.TempDir(), "copy.db")
	var last int64
	for n := range 5 {
		path := strings.TrimSuffix(to, ".db") + string(rune('0'+n)) + ".db"
		entries, err := Backup(t.Context(), "sqlite:"+from, path)
		if err != nil || entries < 5 || entries < last {
			t.Fatalf("the copy holds %d entries after one of %d: %v", entries, last, err)
		}
		last = entries
		if mode, err := os.Stat(path); err != nil || mode.Mode().Perm() != 0o600 {
			t.Errorf("the copy's mode is %v, %v", mode.Mode(), err)
		}
		if rest, _ := filepath.Glob(path + "-*"); len(rest) > 0 {
			t.Errorf("beside the copy lies %v", rest)
		}
	}
	close(stop)
	if err := comes(t, "the end of the writing", ended); err != nil {
		t.Fatal(err)
	}
	whole := opened(t, func(o *Options) { o.DSN = "sqlite:" + strings.TrimSuffix(to, ".db") + "4.db" })
	if n, err := whole.Verify(t.Context()); n != last || err != nil {
		t.Errorf("the copy, opened, holds %d entries, %v", n, err)
	}
}

func TestABackupWritesOverNothing(t *testing.T) {
	s := logged(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(to, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Backup(t.Context(), "sqlite:"+s.Path(), to); err == nil || !strings.Contains(err.Error(), "name another file") {
		t.Errorf("the answer is %v", err)
	}
	if text, _ := os.ReadFile(to); string(text) != "mine" {
		t.Errorf("the file holds %q now", text)
	}
}

func TestABackupOfABrokenLogSaysSo(t *testing.T) {
	s := logged(t)
	tamper(t, s, "UPDATE entries SET hash = 'x' WHERE seq = 3")
	to := filepath.Join(t.TempDir(), "copy.db")
	_, err := Backup(t.Context(), "sqlite:"+s.Path(), to)
	var broken *ChainError
	if !errors.As(err, &broken) || broken.Seq != 3 {
		t.Errorf("the answer is %v", err)
	}
	if _, err := os.Stat(to); err != nil {
		t.Errorf("the copy is the only one there may be, and was taken away: %v", err)
	}
}

func TestPostgresHasItsOwnBackups(t *testing.T) {
	if _, err := Backup(t.Context(), "postgres://nobody@nowhere/nothing", filepath.Join(t.TempDir(), "copy")); !errors.Is(err, ErrOwnBackups) {
		t.Errorf("the answer is %v", err)
	}
}
