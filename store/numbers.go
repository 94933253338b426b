package store

import (
	"maps"
	"slices"

	"hallpass/flows"
)

// Numbers are the newest numbers that requests and grants have; zero where there are none.
func (t *tx) Numbers() (r flows.RequestID, g flows.GrantID, err error) {
	var request, grant int64
	err = t.row("SELECT (SELECT COALESCE(MAX(id), 0) FROM requests), (SELECT COALESCE(MAX(id), 0) FROM grants)", nil, &request, &grant)
	return flows.RequestID(request), flows.GrantID(grant), err
}

// SkipNumbers has the next request and grant numbered above these. What was numbered higher already stays so.
func (t *tx) SkipNumbers(r flows.RequestID, g flows.GrantID) error {
	if err := t.writable(); err != nil {
		return err
	}
	above := map[string]int64{"requests": int64(r), "grants": int64(g)}
	for _, table := range []string{"decisions", "holdings", "intents", "posts", "deeds"} {
		var newest int64
		if err := t.row("SELECT COALESCE(MAX(id), 0) FROM "+table, nil, &newest); err != nil {
			return err
		}
		above[table] = newest + numbersUnshown
	}
	for _, table := range slices.Sorted(maps.Keys(above)) {
		for _, text := range t.store.sql.skipNumbers {
			if err := t.put(text, table, above[table]); err != nil {
				return err
			}
		}
	}
	return nil
}

// numbersUnshown is how far the numbers leap that nobody is shown. What is under way may still hold one that was lost.
const numbersUnshown = 1_000_000

// RedoClaimed raises the generation of what is claimed, so that whoever works on it does not complete it.
func (t *tx) RedoClaimed() error {
	if err := t.writable(); err != nil {
		return err
	}
	return t.put("UPDATE intents SET generation = generation + 1 WHERE owner <> ''")
}
