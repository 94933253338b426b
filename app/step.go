package app

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"hallpass/bot"
	"hallpass/config"
	"hallpass/scheduler"
)

// A world in virtual time takes the place of Run: it says who acts next, and nothing acts by itself.

// Work is Run without chats, whose part the caller takes by Inbound, and with a clock that others set. A world whose goroutines run as they like
// has it.
func (a *App) Work(ctx context.Context) error { return a.run(ctx) }

// Step carries out what is due now, one after the other, and returns.
func (a *App) Step(ctx context.Context) (scheduler.Report, error) {
	return a.runner.Load().RunOnce(ctx)
}

// Rest is how long nothing is due, as far as is known now, and at most so long.
func (a *App) Rest(ctx context.Context, most time.Duration) time.Duration {
	return a.runner.Load().Rest(ctx, most)
}

// Watch tells people once about ends that a vendor's silence holds up, and about a clock that is off.
func (a *App) Watch(ctx context.Context) error {
	return errors.Join(a.engine.WatchLanes(ctx), a.watchClock(ctx))
}

// Sweep looks once for state without an intent. It must find nothing.
func (a *App) Sweep(ctx context.Context) ([]string, error) { return a.engine.Sweep(ctx) }

// Beat says once that this replica lives, and takes over from the dead. Where the store is nobody else's there is nothing to say.
func (a *App) Beat(ctx context.Context) error {
	if a.replica == nil {
		return nil
	}
	return a.replica.RunOnce(ctx)
}

// Propose takes flows that were changed, as Reload does with those of the file.
func (a *App) Propose(ctx context.Context, c *config.Config) error {
	return a.propose(ctx, c.Flows, c.Guarded)
}

// Inbound is what a chat's adapter hands people's acts to.
func (a *App) Inbound() bot.Inbound { return a.bot }

// ownName names this process in its claims; newID makes nonces; jitter draws how much of a pause is left out. Without a source of its own each
// takes the usual one.
func (a *App) ownName() string {
	if a.o.Rand == nil {
		return ""
	}
	return a.drawn(8)
}

func (a *App) newID() func() string {
	if a.o.Rand == nil {
		return nil
	}
	return func() string { return a.drawn(16) }
}

func (a *App) drawn(n int) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(a.o.Rand, b); err != nil {
		panic(err) // a source of randomness that ends is none
	}
	return hex.EncodeToString(b)
}

func (a *App) jitter() func(time.Duration) time.Duration {
	if a.o.Rand == nil {
		return nil
	}
	return func(most time.Duration) time.Duration {
		var b [8]byte
		if _, err := io.ReadFull(a.o.Rand, b[:]); err != nil {
			panic(err)
		}
		return time.Duration(binary.LittleEndian.Uint64(b[:]) % uint64(most+1))
	}
}
