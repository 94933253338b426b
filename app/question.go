package app

import (
	"context"
	"errors"
	"time"

	"hallpass/config"
	"hallpass/flows"
	"hallpass/store"
)

// Question answers from a configuration and a database without running anything: people and shifts are asked live, things are those of
// the last syncs. It opens the database as the running bot does and writes nothing that counts.
type Question struct {
	Engine  *flows.Engine
	Outside flows.Outside
	Store   *store.Store
	clock   *Clock
}

// Ask prepares a Question. The database must be there. Close it afterwards.
func Ask(ctx context.Context, c *config.Config, dsn string) (*Question, error) {
	clock := NewClock(time.Time{})
	out, err := connect(c, clock, nil)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Options{DSN: dsn, Clock: clock, Reads: true})
	if err != nil {
		return nil, err
	}
	a := &App{o: Options{Config: c, Clock: clock}, out: out, store: st}
	q := &Question{Engine: flows.NewEngine(st, clock, out.Outside, a.settings(), nil), Outside: out.Outside, Store: st, clock: clock}
	if err := q.Engine.Consider(ctx, c.Flows, c.Guarded); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return q, nil
}

// Connect is the outside of a configuration, for one who asks once and needs no database.
func Connect(c *config.Config) (flows.Outside, error) {
	out, err := connect(c, NewClock(time.Time{}), nil)
	if err != nil {
		return flows.Outside{}, err
	}
	return out.Outside, nil
}

// Close closes the database.
func (q *Question) Close() error { return q.Store.Close() }

// Now is company time.
func (q *Question) Now() time.Time { return q.clock.Company() }
