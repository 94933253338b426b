package app

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hallpass/bot/slack"
	"hallpass/flows"
	"hallpass/scheduler"
	"hallpass/store"
)

// followEvery is how often the database's clock is asked for the time, where several replicas share it.
const followEvery = 10 * time.Second

// leapt is how far the database's clock may be from where it was expected before the log says so.
const leapt = time.Second

// follow sets the clock by the database's before anything reads it, where there is one that several machines share.
func (a *App) follow(ctx context.Context) error {
	if a.time = store.NewTimepiece(a.o.Config.Store.DSN.Reveal(), a.o.Dial); a.time == nil {
		return nil
	}
	off, err := a.o.Clock.Follow(ctx, a.time.Time)
	if err != nil {
		return fmt.Errorf("the database does not say what time it is: %w", err)
	}
	a.o.Log.Info().Dur("off", off).Msg("the time is the database's")
	return nil
}

// keepTime asks the database's clock again and again. While it does not answer, this machine's goes on from the last time.
func (a *App) keepTime(ctx context.Context) error {
	return scheduler.Every(ctx, followEvery, func(ctx context.Context) error {
		within, stop := context.WithTimeout(ctx, followEvery)
		defer stop()
		off, err := a.o.Clock.Follow(within, a.time.Time)
		switch {
		case err != nil && ctx.Err() == nil:
			a.o.Log.Warn().Err(err).Msg("the database does not say what time it is")
		case off.Abs() > leapt:
			a.o.Log.Error().Dur("by", off).Msg("the database's clock has leapt; look after its time service")
		}
		return nil
	})
}

// appear makes this process one of those that work on the store. Where it is surely alone, whoever claimed anything is dead.
func (a *App) appear(ctx context.Context) error {
	if !a.store.Shared() {
		return a.store.Change(ctx, func(tx flows.Tx) error { return tx.FreeClaims() })
	}
	return a.replica.RunOnce(ctx)
}

// among makes the replica, where there may be others.
func (a *App) among() {
	a.owner = cmp.Or(a.ownName(), uuid.NewString())
	if !a.store.Shared() {
		return
	}
	c := scheduler.ReplicaConfig{Store: a.store, Clock: a.o.Clock, Owner: a.owner, Counted: a.counted, Trouble: func(err error) {
		a.o.Log.Warn().Err(err).Msg("cannot tell the other replicas that this one lives")
	}}
	if a.o.Config.Slack.Used() {
		c.Sockets = a.o.Config.Slack.Connections
	}
	a.replica = scheduler.NewReplica(c)
}

// counted is how many connections Slack may rightly count for this process.
func (a *App) counted() int {
	if a.chats.slack == nil {
		return 0
	}
	return a.chats.slack.Counted()
}

// slots are this process's share of the sockets to Slack; nil where nobody else has any.
func (a *App) slots() slack.Slots {
	if a.replica == nil {
		return nil
	}
	return a.replica
}

// lives is the runner's question whether it may claim; nil where nobody else works on the store.
func (a *App) lives() func(flows.Tx) (bool, error) {
	if a.replica == nil {
		return nil
	}
	return a.replica.Lives
}

// leave frees everything for the others at a stop.
func (a *App) leave() error {
	if a.replica == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), stopWithin)
	defer stop()
	return a.replica.Leave(ctx)
}
