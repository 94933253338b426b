package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"hallpass/flows"
)

// logged is a store with five entries, one of them with typed text.
func logged(t *testing.T, change ...func(*Options)) *Store {
	t.Helper()
	s := opened(t, change...)
	err := s.Change(context.Background(), func(tx flows.Tx) error {
		return errors.Join(
			tx.Append(&flows.Entry{Action: flows.ActAsked, Actor: "ann", Request: 1, Text: "because of OPS-1", Data: map[string]string{"flow": "db"}}),
			tx.Append(&flows.Entry{Action: flows.ActApproved, Actor: "max", Request: 1}),
			tx.Append(&flows.Entry{Action: flows.ActGiven, Request: 1, Grant: 1, Holding: 1}),
			tx.Append(&flows.Entry{Action: flows.ActTakenBack, Request: 1, Grant: 1, Holding: 1}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tamper changes tables behind the store's back, as somebody with the file could.
func tamper(t *testing.T, s *Store, texts ...string) {
	t.Helper()
	err := s.Change(context.Background(), func(tx flows.Tx) error {
		for _, text := range texts {
			if err := rawPut(tx, text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rawPut(f flows.Tx, text string) error { return f.(*tx).put(text) }

func TestTamperingIsNoticedWhereItBegins(t *testing.T) {
	for name, c := range map[string]struct {
		do  []string
		seq int64
	}{
		"an entry's words":      {[]string{"UPDATE entries SET bytes = replace(bytes, 'max', 'eve') WHERE seq = 3"}, 3},
		"an entry's hash":       {[]string{"UPDATE entries SET hash = 'x' WHERE seq = 3"}, 3},
		"a link":                {[]string{"UPDATE entries SET prev = 'x' WHERE seq = 3"}, 3},
		"a format":              {[]string{"UPDATE entries SET format = 2 WHERE seq = 4"}, 4},
		"an entry taken out":    {[]string{"DELETE FROM entries WHERE seq = 4"}, 4},
		"entries changed round": {[]string{"UPDATE entries SET seq = 9 WHERE seq = 3", "UPDATE entries SET seq = 3 WHERE seq = 4", "UPDATE entries SET seq = 4 WHERE seq = 9"}, 3},
		"the first taken out":   {[]string{"DELETE FROM entries WHERE seq = 1"}, 1},
		"the last taken out":    {[]string{"DELETE FROM entries WHERE seq = 5"}, 5},
		"another text":          {[]string{"UPDATE entry_words SET words = 'because of fun'"}, 2},
		"another salt":          {[]string{"UPDATE entry_words SET salt = 'x'"}, 2},
		"a head that never was": {[]string{"UPDATE chain_head SET hash = 'x'"}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			s := logged(t)
			tamper(t, s, c.do...)
			n, err := s.Verify(context.Background())
			var broken *ChainError
			if !errors.As(err, &broken) || broken.Seq != c.seq || n != c.seq-1 {
				t.Errorf("Verify says %d entries and %v, want the first broken one to be %d", n, err, c.seq)
			}
		})
	}
}

func TestAnExportIsCheckedWithoutADatabase(t *testing.T) {
	s := logged(t)
	export := func() string {
		t.Helper()
		var b bytes.Buffer
		if n, err := s.Export(context.Background(), &b); n != 5 || err != nil {
			t.Fatalf("Export wrote %d entries: %v", n, err)
		}
		return b.String()
	}
	whole := export()
	_, head, err := s.head()
	if err != nil {
		t.Fatal(err)
	}
	if n, got, err := VerifyExport(strings.NewReader(whole)); n != 5 || got != head || err != nil {
		t.Errorf("the export holds %d entries up to %s: %v", n, got, err)
	}
	if err := s.EraseText(context.Background(), 2); err != nil {
		t.Fatal(err)
	}
	erased := export()
	if strings.Contains(erased, "OPS-1") {
		t.Error("an erased text was exported")
	}
	if n, got, err := VerifyExport(strings.NewReader(erased)); n != 5 || got != head || err != nil {
		t.Errorf("after erasing, the export holds %d entries up to %s: %v", n, got, err)
	}
	lines := strings.SplitAfter(whole, "\n")
	for name, c := range map[string]struct {
		text string
		seq  int64
	}{
		"a changed word": {strings.Replace(whole, "max", "eve", 1), 3},
		"a changed text": {strings.Replace(whole, "OPS-1", "OPS-2", 1), 2},
		"a line missing": {lines[0] + lines[1] + lines[3] + lines[4], 3},
		"no beginning":   {lines[1] + lines[2], 1},
		"a torn line":    {lines[0] + lines[1][:40], 2},
	} {
		n, _, err := VerifyExport(strings.NewReader(c.text))
		var broken *ChainError
		if !errors.As(err, &broken) || broken.Seq != c.seq || n != c.seq-1 {
			t.Errorf("%s: %d entries hold and the error is %v, want the first broken one to be %d", name, n, err, c.seq)
		}
	}
}

func (s *Store) head() (seq int64, hash string, err error) {
	err = s.View(context.Background(), func(tx flows.Tx) (err error) {
		seq, hash, err = tx.Head()
		return err
	})
	return seq, hash, err
}

// The format is fixed: a log written by an older Hallpass must verify with a newer one.
func TestTheHashOfAnEntryIsFixed(t *testing.T) {
	s := logged(t, func(o *Options) { o.Rand = bytes.NewReader(bytes.Repeat([]byte{7}, 1000)) })
	err := s.View(context.Background(), func(tx flows.Tx) error {
		all, err := tx.Entries(flows.EntryFilter{Request: 1, Limit: 1})
		const wantBytes = `{"seq":2,"at":"2026-11-23T12:00:00.000Z","action":"asked","actor":"ann","request":1,"data":{"flow":"db"},` +
			`"words":"WORDS"}`
		words := hashWords(bytes.Repeat([]byte{7}, saltBytes), "because of OPS-1")
		if got := string(all[0].Bytes); got != strings.Replace(wantBytes, "WORDS", words, 1) {
			t.Errorf("the bytes are %s", got)
		}
		if got := all[0].Hash; got != "e025f5e6fd487f316cf6ef93fad33409362d632ed9d351730834e0e5b266c447" {
			t.Errorf("the hash is %s", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestALongLogIsReadPageByPage(t *testing.T) {
	s := opened(t)
	const more = verifyPage + 5
	err := s.Change(context.Background(), func(tx flows.Tx) error {
		for range more {
			if err := tx.Append(&flows.Entry{Action: flows.ActAsked}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Verify(context.Background()); n != more+1 || err != nil {
		t.Errorf("Verify says %d, %v", n, err)
	}
	tamper(t, s, fmt.Sprintf("UPDATE entries SET prev = 'x' WHERE seq = %d", verifyPage+2))
	if n, err := s.Verify(context.Background()); n != verifyPage+1 || err == nil {
		t.Errorf("Verify says %d, %v", n, err)
	}
}
