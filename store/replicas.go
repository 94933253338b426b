package store

import (
	"fmt"
	"strings"

	"hallpass/flows"
)

func (t *tx) Replicas() ([]flows.Replica, error) {
	var all []flows.Replica
	err := t.rows("SELECT owner, until_at, sockets, counted FROM replicas ORDER BY owner", nil, func(scan scan) error {
		var r flows.Replica
		var until int64
		err := scan(&r.Owner, &until, &r.Sockets, &r.Counted)
		r.Until = fromMoment(until)
		all = append(all, r)
		return err
	})
	return all, err
}

func (t *tx) PutReplica(r flows.Replica) error {
	return t.put("INSERT INTO replicas (owner, until_at, sockets, counted) VALUES ($1, $2, $3, $4) ON CONFLICT (owner) DO UPDATE"+
		" SET until_at = excluded.until_at, sockets = excluded.sockets, counted = excluded.counted", r.Owner, r.Until.UnixMilli(), r.Sockets, r.Counted)
}

func (t *tx) DropReplica(owner string) error {
	return t.put("DELETE FROM replicas WHERE owner = $1", owner)
}

// FreeClaims drops every claim but those of the owners that are named: the intents are free again, due when they were.
func (t *tx) FreeClaims(but ...string) error {
	text, args := "UPDATE intents SET owner = '', claimed_to = NULL WHERE owner <> ''", make([]any, len(but))
	marks := make([]string, len(but))
	for i, owner := range but {
		marks[i], args[i] = fmt.Sprintf("$%d", i+1), owner
	}
	if len(but) > 0 {
		text += " AND owner NOT IN (" + strings.Join(marks, ", ") + ")"
	}
	n, err := t.exec(text, args...)
	t.wanted = t.wanted || n > 0
	return err
}

// Shared reports whether other processes may work on this state too.
func (s *Store) Shared() bool { return s.sql.listen != nil }
