package store

import (
	"cmp"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"hallpass/flows"
)

// queueRow is a queue, the earliest due time of its free intents and the earliest end of a claim in it. Reading it costs one step in an index, however
// many wait, and one for each that is claimed.
type queueRow struct {
	id    int64
	lane  string
	scale flows.Scale
	rank  int
	due   sql.NullInt64
	ends  sql.NullInt64
}

// ahead is what there is to do and what stands in its way. It is read once, in one round trip, as long as nothing was written since.
type ahead struct {
	queues []queueRow
	lanes  []flows.Lane
}

const readAhead = "SELECT 0, name, '', 0, NULL, NULL, doc FROM lanes UNION ALL" +
	" SELECT q.id, q.lane, q.scale, q.rank, (SELECT MIN(i.due_at) FROM intents i WHERE i.queue_id = q.id AND i.owner = ''), c.ends, ''" +
	" FROM queues q LEFT JOIN (SELECT queue_id, MIN(claimed_to) AS ends FROM intents WHERE owner <> '' GROUP BY queue_id) c ON c.queue_id = q.id"

func (t *tx) lookAhead() (*ahead, error) {
	if t.ahead != nil {
		return t.ahead, t.usable()
	}
	var all ahead
	err := t.rows(readAhead, nil, func(scan scan) error {
		var q queueRow
		var doc string
		if err := scan(&q.id, &q.lane, &q.scale, &q.rank, &q.due, &q.ends, &doc); err != nil {
			return err
		}
		if doc == "" {
			all.queues = append(all.queues, q)
			return nil
		}
		l, err := fromDoc[flows.Lane](doc)
		if err == nil {
			all.lanes = append(all.lanes, *l)
		}
		return err
	})
	if err != nil {
		return &ahead{}, err
	}
	t.ahead = &all
	return t.ahead, nil
}

func (t *tx) queues() ([]queueRow, error) {
	a, err := t.lookAhead()
	return a.queues, err
}

// room is how many intents of a lane may be taken. Without a map there is no limit; with one, a lane that is neither listed nor
// covered by "" has none.
func room(c flows.ClaimQuery, lane string) int {
	if slices.Contains(c.Skip, lane) {
		return 0
	}
	if c.Room == nil {
		return math.MaxInt
	}
	if n, ok := c.Room[lane]; ok {
		return n
	}
	return c.Room[""]
}

func nowOf(c flows.ClaimQuery, s flows.Scale) time.Time {
	if s == flows.ByCompany {
		return c.Company
	}
	return c.Machine
}

var errNobody = errors.New("a claim needs an owner")

// Claim gathers at most as many of each queue as could be taken, and those whose claim has lapsed, and takes the first of them all.
func (t *tx) Claim(c flows.ClaimQuery) ([]flows.Intent, error) {
	if err := t.writable(); err != nil {
		return nil, err
	}
	if c.Owner == "" {
		return nil, errNobody
	}
	if c.Limit <= 0 {
		return nil, nil
	}
	free, err := t.freeIntents(c)
	if err != nil {
		return nil, err
	}
	lapsed, err := t.lapsedIntents(c)
	if err != nil {
		return nil, err
	}
	chosen := choose(c, append(free, lapsed...))
	for n := range chosen {
		if err := t.lease(&chosen[n], c); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

func (t *tx) freeIntents(c flows.ClaimQuery) ([]flows.Intent, error) {
	queues, err := t.queues()
	if err != nil {
		return nil, err
	}
	var all []flows.Intent
	for _, q := range queues {
		now := nowOf(c, q.scale).UnixMilli()
		places := min(room(c, q.lane), c.Limit)
		if places <= 0 || !q.due.Valid || q.due.Int64 > now {
			continue
		}
		some, err := t.intents(" WHERE i.queue_id = $1 AND i.owner = '' AND i.due_at <= $2 ORDER BY i.due_at, i.id LIMIT $3",
			[]any{q.id, now, places})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// lapsedIntents are those whose claimer has gone. There are never more than were being worked on.
func (t *tx) lapsedIntents(c flows.ClaimQuery) ([]flows.Intent, error) {
	queues, err := t.queues()
	if err != nil || !slices.ContainsFunc(queues, func(q queueRow) bool { return q.ends.Valid && q.ends.Int64 <= c.Machine.UnixMilli() }) {
		return nil, err
	}
	all, err := t.intents(" WHERE i.owner <> '' AND i.claimed_to <= $1", []any{c.Machine.UnixMilli()})
	return slices.DeleteFunc(all, func(i flows.Intent) bool { return i.Due.After(nowOf(c, i.Scale)) }), err
}

// choose takes in the order rank, due, id as long as lanes and limit have room.
func choose(c flows.ClaimQuery, all []flows.Intent) []flows.Intent {
	slices.SortFunc(all, func(a, b flows.Intent) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	taken := map[string]int{}
	var chosen []flows.Intent
	for _, i := range all {
		if len(chosen) == c.Limit {
			break
		}
		if taken[i.Lane] < room(c, i.Lane) {
			taken[i.Lane]++
			chosen = append(chosen, i)
		}
	}
	return chosen
}

func (t *tx) lease(i *flows.Intent, c flows.ClaimQuery) error {
	i.Owner, i.ClaimedTo = c.Owner, fromMoment(c.Until.UnixMilli())
	i.Attempt++
	return t.put("UPDATE intents SET owner = $1, claimed_to = $2, attempt = $3 WHERE id = $4",
		i.Owner, i.ClaimedTo.UnixMilli(), i.Attempt, i.ID)
}

func (t *tx) NextDue(s flows.Scale, skip []string) (time.Time, bool, error) {
	queues, err := t.queues()
	if err != nil {
		return time.Time{}, false, err
	}
	earliest := int64(math.MaxInt64)
	for _, q := range queues {
		if slices.Contains(skip, q.lane) {
			continue
		}
		if q.scale == s && q.due.Valid {
			earliest = min(earliest, q.due.Int64)
		}
		if s == flows.ByMachine && q.ends.Valid {
			earliest = min(earliest, q.ends.Int64)
		}
	}
	if earliest == math.MaxInt64 {
		return time.Time{}, false, nil
	}
	return fromMoment(earliest), true, nil
}
