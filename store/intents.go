package store

import (
	"database/sql"
	"errors"
	"time"

	"hallpass/flows"
)

// Open intents only: a completed one is deleted. Its id is never given again, so a late owner's Finish finds nothing. An intent that
// was parked without a due time rests (due_at is NULL) until it is wanted again.

const intentColumns = "i.id, i.kind, i.subject, q.lane, q.rank, q.scale, i.due_at, i.generation, i.attempt," +
	" i.owner, i.claimed_to, i.last_error, i.parked FROM intents i JOIN queues q ON q.id = i.queue_id"

// scanIntent makes an intent of a row of intentColumns.
func scanIntent(scan scan) (flows.Intent, error) {
	var i flows.Intent
	var due, claimedTo sql.NullInt64
	err := scan(&i.ID, &i.Kind, &i.Subject, &i.Lane, &i.Rank, &i.Scale, &due, &i.Generation, &i.Attempt,
		&i.Owner, &claimedTo, &i.LastError, &i.Parked)
	if due.Valid {
		i.Due = fromMoment(due.Int64)
	}
	if claimedTo.Valid {
		i.ClaimedTo = fromMoment(claimedTo.Int64)
	}
	return i, err
}

func (t *tx) intents(clause string, args []any) ([]flows.Intent, error) {
	var all []flows.Intent
	err := t.rows("SELECT "+intentColumns+clause, args, func(scan scan) error {
		i, err := scanIntent(scan)
		all = append(all, i)
		return err
	})
	return all, err
}

func (t *tx) intent(condition string, args ...any) (*flows.Intent, error) {
	all, err := t.intents(" WHERE "+condition, args)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, flows.ErrNotFound
	}
	return &all[0], nil
}

func (t *tx) Intent(kind flows.IntentKind, subject string) (*flows.Intent, error) {
	return t.intent("i.kind = $1 AND i.subject = $2", string(kind), subject)
}

// Intents come in the order of their ids.
func (t *tx) Intents(f flows.IntentFilter) ([]flows.Intent, error) {
	w := &where{}
	is(w, "i.kind", string(f.Kind))
	is(w, "q.lane", f.Lane)
	return t.intents(w.limited("i.id", f.Limit), w.args)
}

// clockOf is the present on a scale; a scale that is not named is the machine's.
func (t *tx) clockOf(s flows.Scale) time.Time {
	if s == flows.ByCompany {
		return t.now
	}
	return t.real
}

// Want opens an intent or asks an open one again. A zero Due is now. While an intent waits out an error only a zero Due pulls it
// forward; a resting one is due again as wanted.
func (t *tx) Want(i flows.Intent) error {
	if err := t.writable(); err != nil {
		return err
	}
	if i.Scale == "" {
		i.Scale = flows.ByMachine
	}
	now := i.Due.IsZero()
	if now {
		i.Due = t.clockOf(i.Scale)
	}
	t.wanted = true
	open, err := t.Intent(i.Kind, i.Subject)
	if errors.Is(err, flows.ErrNotFound) {
		return t.openIntent(i)
	}
	if err != nil {
		return err
	}
	wanted := *open
	wanted.Generation++
	wanted.Lane, wanted.Rank = i.Lane, min(open.Rank, i.Rank)
	if t.pulls(open, i, now) {
		wanted.Scale, wanted.Due = i.Scale, i.Due
	}
	if open.Due.IsZero() {
		wanted.Parked = false
	}
	return t.putIntent(wanted)
}

// pulls reports whether the wanted due time takes the place of the open one's. Times on different scales are compared by how far
// off they are.
func (t *tx) pulls(open *flows.Intent, i flows.Intent, now bool) bool {
	if open.Due.IsZero() {
		return true
	}
	if open.LastError != "" && open.Owner == "" && !now {
		return false
	}
	return i.Due.Sub(t.clockOf(i.Scale)) < open.Due.Sub(t.clockOf(open.Scale))
}

func (t *tx) openIntent(i flows.Intent) error {
	queue, err := t.queue(i)
	if err != nil {
		return err
	}
	return t.put("INSERT INTO intents (kind, subject, queue_id, due_at, generation, attempt, owner, claimed_to, last_error, parked)"+
		" VALUES ($1, $2, $3, $4, 1, 0, '', NULL, '', FALSE)", string(i.Kind), i.Subject, queue, dueMoment(i.Due))
}

func (t *tx) putIntent(i flows.Intent) error {
	queue, err := t.queue(i)
	if err != nil {
		return err
	}
	var due any
	if !i.Due.IsZero() {
		due = dueMoment(i.Due)
	}
	return t.put("UPDATE intents SET queue_id = $1, due_at = $2, generation = $3, owner = $4, claimed_to = $5, last_error = $6, parked = $7"+
		" WHERE id = $8", queue, due, i.Generation, i.Owner, moment(i.ClaimedTo), i.LastError, i.Parked, i.ID)
}

// queue is the number of an intent's queue, made when it is the first. Queues stay; there are only as many as lanes times ranks.
func (t *tx) queue(i flows.Intent) (int64, error) {
	var id int64
	key := []any{i.Lane, string(i.Scale), i.Rank}
	err := t.row("SELECT id FROM queues WHERE lane = $1 AND scale = $2 AND rank = $3", key, &id)
	if errors.Is(err, flows.ErrNotFound) {
		return t.insert("INSERT INTO queues (lane, scale, rank) VALUES ($1, $2, $3) RETURNING id", key...)
	}
	return id, err
}

// Finish compares owner, attempt and generation. Somebody else's claim, or one that somebody else has ended, is left as it is; an
// intent wanted again meanwhile is free and due now, however it ended. Both answer false.
func (t *tx) Finish(claimed flows.Intent, f flows.Finish) (bool, error) {
	if err := t.writable(); err != nil {
		return false, err
	}
	open, err := t.intent("i.id = $1", claimed.ID)
	if errors.Is(err, flows.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if open.Owner == "" || open.Owner != claimed.Owner || open.Attempt != claimed.Attempt {
		return false, nil
	}
	if open.Generation != claimed.Generation {
		return false, t.reopen(*open, f.Error)
	}
	if f.Done {
		return true, t.put("DELETE FROM intents WHERE id = $1", open.ID)
	}
	return true, t.putOff(*open, f)
}

// reopen frees an intent that was wanted again while it was worked on.
func (t *tx) reopen(i flows.Intent, failed string) error {
	i.Owner, i.ClaimedTo, i.LastError, i.Parked = "", time.Time{}, failed, false
	i.Due = t.clockOf(i.Scale)
	t.wanted = true
	return t.putIntent(i)
}

func (t *tx) putOff(i flows.Intent, f flows.Finish) error {
	i.Owner, i.ClaimedTo, i.LastError, i.Parked = "", time.Time{}, f.Error, f.Park
	if f.Scale != "" {
		i.Scale = f.Scale
	}
	i.Due = f.Due
	if f.Due.IsZero() && !f.Park {
		i.Due = t.clockOf(i.Scale)
	}
	t.wanted = true
	return t.putIntent(i)
}
