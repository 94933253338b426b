package store

import "hallpass/flows"

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
	for table, n := range map[string]int64{"requests": int64(r), "grants": int64(g)} {
		for _, text := range t.store.sql.skipNumbers {
			if err := t.put(text, table, n); err != nil {
				return err
			}
		}
	}
	return nil
}
