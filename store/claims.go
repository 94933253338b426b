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

// queueRow is a queue and the earliest due time of its free intents. Reading it costs one step in an index, however many wait.
type queueRow struct {
	id    int64
	lane  string
	scale flows.Scale
	rank  int
	due   sql.NullInt64
}

func (t *tx) queues() ([]queueRow, error) {
	var all []queueRow
	err := t.rows("SELECT q.id, q.lane, q.scale, q.rank,"+
		" (SELECT MIN(i.due_at) FROM intents i WHERE i.queue_id = q.id AND i.owner = '') FROM queues q", nil,
		func(scan scan) error {
			var q queueRow
			err := scan(&q.id, &q.lane, &q.scale, &q.rank, &q.due)
			all = append(all, q)
			return err
		})
	return all, err
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
		if q.scale == s && q.due.Valid && !slices.Contains(skip, q.lane) {
			earliest = min(earliest, q.due.Int64)
		}
	}
	if s == flows.ByMachine {
		err = t.rows("SELECT q.lane, i.claimed_to FROM intents i JOIN queues q ON q.id = i.queue_id WHERE i.owner <> ''", nil,
			func(scan scan) error {
				var lane string
				var ends int64
				err := scan(&lane, &ends)
				if !slices.Contains(skip, lane) {
					earliest = min(earliest, ends)
				}
				return err
			})
	}
	if err != nil || earliest == math.MaxInt64 {
		return time.Time{}, false, err
	}
	return fromMoment(earliest), true, nil
}
