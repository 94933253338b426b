package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hallpass/app"
	"hallpass/config"
	"hallpass/store"
)

type storeCommand struct {
	Backup  backupCommand  `cmd:"" help:"Copy a database while the bot runs, and check the copy."`
	Recover recoverCommand `cmd:"" help:"Find and settle what a database does not know that was set back to an older copy."`
	Copy    copyCommand    `cmd:"" help:"Move the store to another, empty database, from SQLite to PostgreSQL or back, and check every row."`
	Reopen  reopenCommand  `cmd:"" help:"Undo a move: make the old database the store again, as long as nothing has happened in its copy."`
	Migrate migrateCommand `cmd:"" help:"Take the database to the schema of another release: the way back from an upgrade."`
}

type backupCommand struct {
	DSN string `help:"The database." default:"sqlite:hallpass.db"`
	To  string `arg:"" help:"The copy: a file that is not there yet." type:"path"`
}

// Run says what the copy holds.
func (c *backupCommand) Run(ctx context.Context, s streams) error {
	n, err := store.Backup(ctx, c.DSN, c.To)
	var broken *store.ChainError
	switch {
	case errors.Is(err, store.ErrOwnBackups):
		return wrong(err)
	case errors.As(err, &broken):
		return fmt.Errorf("the copy is at %s, but the log in it does not hold, as in the database itself: %w", c.To, err)
	case err != nil:
		return fmt.Errorf("no copy was made: %w", err)
	}
	fmt.Fprintf(s.out, "%s holds %d entries, every one chained to the one before\n", c.To, n)
	return nil
}

type recoverCommand struct {
	Config  string    `help:"The configuration." default:"config.yaml" type:"path" placeholder:"FILE"`
	Since   time.Time `help:"Look at everything since then, though no witness says that something is missing: 2026-11-28T12:00:00Z." placeholder:"TIME"`
	Compare []string  `help:"Compare the members of this target: it does not say who wrote." placeholder:"TARGET"`
	Log     string    `help:"How much to log: debug, info, warn or error." default:"error" enum:"debug,info,warn,error"`
}

// Run says what is waited for, and what came of it.
func (c *recoverCommand) Run(ctx context.Context, s streams) error {
	set, err := config.Load(c.Config, config.Options{})
	if err != nil {
		return wrong(err)
	}
	return app.Recover(ctx, app.Options{Config: set, Clock: app.NewClock(time.Time{}), Log: logger(s.err, c.Log)},
		app.Recovering{Since: c.Since, Compare: c.Compare, Say: func(words string) { fmt.Fprintln(s.out, words) }})
}
