package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hallpass/flows"
)

var chainStories = []story{
	{"the first entry names the installation", firstEntry},
	{"an entry comes back whole", entryWhole},
	{"entries by filter, oldest first", entryFilters},
	{"the chain holds, and holds after erasing", chainHolds},
	{"the bytes hold no typed text", noTypedText},
}

func entries(w *world, f flows.EntryFilter) []flows.Entry {
	w.Helper()
	return read(w, func(tx flows.Tx) ([]flows.Entry, error) { return tx.Entries(f) })
}

func appended(w *world, e flows.Entry) flows.Entry {
	w.Helper()
	return made(w, func(tx flows.Tx) (flows.Entry, error) { err := tx.Append(&e); return e, err })
}

func auditor(w *world) Auditor {
	w.Helper()
	a, ok := w.store.(Auditor)
	if !ok {
		w.Fatal("this store has no Verify, Export and EraseText")
	}
	return a
}

// checkChain verifies the chain and how long it is.
func checkChain(w *world, length int64) {
	w.Helper()
	n, err := auditor(w).Verify(w.Context())
	if err != nil || n != length {
		w.Errorf("Verify says %d entries and %v, want %d", n, err, length)
	}
}

func firstEntry(w *world) {
	all := entries(w, flows.EntryFilter{})
	if len(all) != 1 || all[0].Seq != 1 || all[0].Action != flows.ActInstalled || len(all[0].Data) == 0 || all[0].Prev != "" {
		w.Errorf("a new store has the entries %+v", all)
	}
	checkChain(w, 1)
}

func entryWhole(w *world) {
	e := filled[flows.Entry]()
	before := entries(w, flows.EntryFilter{})[0]
	stored := appended(w, e)
	if stored.Seq != 2 || stored.Prev != before.Hash || len(stored.Hash) != 64 || !stored.At.Equal(Noon) || len(stored.Bytes) == 0 {
		w.Errorf("Append made %+v", stored)
	}
	ignored := cmpopts.IgnoreFields(flows.Entry{}, "Seq", "At", "Hash", "Prev", "Bytes")
	if diff := cmp.Diff(e, stored, ignored); diff != "" {
		w.Errorf("Append changed what it was given:\n%s", diff)
	}
	w.same("the entry read again", entries(w, flows.EntryFilter{After: 1}), []flows.Entry{stored})
	w.view(func(tx flows.Tx) error {
		seq, hash, err := tx.Head()
		if seq != 2 || hash != stored.Hash {
			w.Errorf("the head is %d %s", seq, hash)
		}
		return err
	})
}

func entryFilters(w *world) {
	appended(w, flows.Entry{Action: flows.ActAsked, Request: 1})    // 2
	appended(w, flows.Entry{Action: flows.ActApproved, Request: 1}) // 3
	appended(w, flows.Entry{Action: flows.ActAsked, Request: 2})    // 4
	appended(w, flows.Entry{Action: flows.ActAlarm})                // 5
	for name, c := range map[string]struct {
		f    flows.EntryFilter
		want []int64
	}{
		"all":     {flows.EntryFilter{}, []int64{1, 2, 3, 4, 5}},
		"after":   {flows.EntryFilter{After: 3}, []int64{4, 5}},
		"request": {flows.EntryFilter{Request: 1}, []int64{2, 3}},
		"actions": {flows.EntryFilter{Actions: []flows.Action{flows.ActAsked, flows.ActAlarm}}, []int64{2, 4, 5}},
		"several": {flows.EntryFilter{Request: 1, After: 2, Actions: []flows.Action{flows.ActApproved}}, []int64{3}},
		"limit":   {flows.EntryFilter{After: 1, Limit: 2}, []int64{2, 3}},
		"none":    {flows.EntryFilter{Request: 3}, []int64{}},
	} {
		got := []int64{}
		for _, e := range entries(w, c.f) {
			got = append(got, e.Seq)
		}
		w.same("Entries, "+name, got, c.want)
	}
}

func chainHolds(w *world) {
	secret := appended(w, flows.Entry{Action: flows.ActAsked, Text: "because of <Anna's> illness"})
	same := appended(w, flows.Entry{Action: flows.ActAsked, Text: "because of <Anna's> illness"})
	if bytes.Contains(same.Bytes, wordsOf(w, secret)) {
		w.Error("the same text has the same hash twice, so it can be guessed from another")
	}
	checkChain(w, 3)
	if err := auditor(w).EraseText(w.Context(), secret.Seq); err != nil {
		w.Fatal(err)
	}
	checkChain(w, 3)
	got := entries(w, flows.EntryFilter{After: 1})
	if got[0].Text != "" || got[0].Hash != secret.Hash || got[1].Text != same.Text {
		w.Errorf("after erasing one text the entries are %+v", got)
	}
	var export strings.Builder
	n, err := auditor(w).Export(w.Context(), &export)
	if n != 3 || err != nil || strings.Count(export.String(), "illness") != 1 {
		w.Errorf("the export has %d entries, error %v:\n%s", n, err, export.String())
	}
}

// wordsOf is the salted hash in an entry's bytes.
func wordsOf(w *world, e flows.Entry) []byte {
	var doc struct{ Words string }
	if err := json.Unmarshal(e.Bytes, &doc); err != nil || len(doc.Words) != 64 {
		w.Fatal(errors.Join(errors.New("the bytes have no salted hash of the text: "+string(e.Bytes)), err))
	}
	return []byte(doc.Words)
}

func noTypedText(w *world) {
	e := appended(w, flows.Entry{Action: flows.ActDenied, Actor: "max", Text: "typed", Data: map[string]string{"flow": "db <prod>", "b": "2", "a": "1"}})
	if bytes.Contains(e.Bytes, []byte("typed")) {
		w.Errorf("typed text is in what was hashed: %s", e.Bytes)
	}
	if !bytes.Contains(e.Bytes, []byte(`"data":{"a":"1","b":"2","flow":"db <prod>"}`)) {
		w.Errorf("the facts are not in order: %s", e.Bytes)
	}
}
