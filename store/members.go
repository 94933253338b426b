package store

import (
	"errors"
	"time"

	"hallpass/flows"
)

// ReplaceMembers writes only the difference, because most people stay from sync to sync. Whoever is said to have been seen later than now, by a clock that
// was set back since, is seen now.
func (t *tx) ReplaceMembers(e flows.Entitlement, people []flows.PersonID) error {
	if err := t.writable(); err != nil {
		return err
	}
	before, err := t.membersOf(e)
	if err != nil {
		return err
	}
	now := t.now.UnixMilli()
	for _, p := range people {
		since, there := before[p]
		delete(before, p)
		if there && since <= now {
			continue
		}
		err := t.put("INSERT INTO members (integration, type, resource, permission, person, since_at) VALUES ($1, $2, $3, $4, $5, $6)"+
			" ON CONFLICT (integration, type, resource, permission, person) DO UPDATE SET since_at = excluded.since_at", e.Integration, e.Type, e.ID, e.Permission, string(p), now)
		if err != nil {
			return err
		}
	}
	for p := range before {
		err := t.put("DELETE FROM members WHERE integration = $1 AND type = $2 AND resource = $3 AND permission = $4 AND person = $5",
			e.Integration, e.Type, e.ID, e.Permission, string(p))
		if err != nil {
			return err
		}
	}
	return nil
}

// membersOf are the members and since when each is known to be one.
func (t *tx) membersOf(e flows.Entitlement) (map[flows.PersonID]int64, error) {
	members := map[flows.PersonID]int64{}
	err := t.rows("SELECT person, since_at FROM members WHERE integration = $1 AND type = $2 AND resource = $3 AND permission = $4",
		[]any{e.Integration, e.Type, e.ID, e.Permission}, func(scan scan) error {
			var p string
			var since int64
			err := scan(&p, &since)
			members[flows.PersonID(p)] = since
			return err
		})
	return members, err
}

func (t *tx) SeenSince(e flows.Entitlement, p flows.PersonID) (time.Time, bool, error) {
	var since int64
	err := t.row("SELECT since_at FROM members WHERE integration = $1 AND type = $2 AND resource = $3 AND permission = $4 AND person = $5",
		[]any{e.Integration, e.Type, e.ID, e.Permission, string(p)}, &since)
	if errors.Is(err, flows.ErrNotFound) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return fromMoment(since), true, nil
}

func (t *tx) SeenAtLatest(at time.Time) error {
	return t.put("UPDATE members SET since_at = $1 WHERE since_at > $1", at.UnixMilli())
}

func (t *tx) Sync(integration string) (flows.SyncState, error) {
	s, err := oneDoc[flows.SyncState](t, "SELECT doc FROM syncs WHERE integration = $1", integration)
	if errors.Is(err, flows.ErrNotFound) {
		return flows.SyncState{Integration: integration}, nil
	}
	if err != nil {
		return flows.SyncState{}, err
	}
	return *s, nil
}

func (t *tx) PutSync(s flows.SyncState) error {
	doc, err := rewritten(t, &s, "syncs WHERE integration = $1", s.Integration)
	if err != nil {
		return err
	}
	return t.put("INSERT INTO syncs (integration, doc) VALUES ($1, $2) ON CONFLICT (integration) DO UPDATE SET doc = excluded.doc",
		s.Integration, doc)
}
