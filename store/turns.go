package store

import "hallpass/flows"

func (t *tx) Turns(s flows.Shift) ([]flows.Turn, error) {
	var all []flows.Turn
	err := t.rows("SELECT person, from_at, to_at, since_at FROM turns WHERE integration = $1 AND schedule = $2 AND level = $3 ORDER BY person, from_at",
		[]any{s.In, s.Schedule, s.Level}, func(scan scan) error {
			var turn flows.Turn
			var from, to, since int64
			err := scan(&turn.Person, &from, &to, &since)
			turn.From, turn.To, turn.Since = fromMoment(from), fromMoment(to), fromMoment(since)
			all = append(all, turn)
			return err
		})
	return all, err
}

// PutTurns writes a shift's turns anew: there are few, and they change seldom. Since is rounded up, so that nothing is known for longer than it was.
func (t *tx) PutTurns(s flows.Shift, list []flows.Turn) error {
	if err := t.put("DELETE FROM turns WHERE integration = $1 AND schedule = $2 AND level = $3", s.In, s.Schedule, s.Level); err != nil {
		return err
	}
	for _, x := range list {
		err := t.put("INSERT INTO turns (integration, schedule, level, person, from_at, to_at, since_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			s.In, s.Schedule, s.Level, string(x.Person), x.From.UnixMilli(), x.To.UnixMilli(), dueMoment(x.Since))
		if err != nil {
			return err
		}
	}
	return nil
}
