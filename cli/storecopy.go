package cli

import (
	"context"
	"fmt"

	"hallpass/config"
	"hallpass/store"
)

type copyCommand struct {
	From string `help:"The database as it is: sqlite:PATH, postgres://USER@HOST/DATABASE, or env:NAME or file:PATH where that is written." required:"" placeholder:"DSN"`
	To   string `help:"An empty one, written likewise." required:"" placeholder:"DSN"`
	Try  bool   `help:"Do and check everything, and keep nothing: to see how long it takes."`
}

// Run moves the store and says what arrived.
func (c *copyCommand) Run(ctx context.Context, s streams) error {
	from, err := existing(ctx, c.From)
	if err != nil {
		return err
	}
	to, err := config.DSN(c.To, config.Options{})
	if err != nil {
		return wrong(err)
	}
	done, err := store.Copy(ctx, store.Move{From: store.Options{DSN: from}, To: store.Options{DSN: to}, Try: c.Try})
	if err != nil {
		return err
	}
	rows := int64(0)
	for _, t := range done.Tables {
		fmt.Fprintf(s.out, "%10d  %s\n", t.Rows, t.Name)
		rows += t.Rows
	}
	fmt.Fprintf(s.out, "%d rows are the same on both sides; the log holds with its %d entries, and its head is %s\n", rows, done.Entries, done.Head)
	if c.Try {
		fmt.Fprintf(s.out, "It was a trial: %s is empty as before, and %s is in use as before\n", store.Place(to), store.Place(from))
		return nil
	}
	fmt.Fprintf(s.out, "%s is now the store: name it as store.dsn in the configuration, and start hallpass serve. %s is marked as moved and refuses every change\n",
		store.Place(to), store.Place(from))
	return nil
}

type reopenCommand struct {
	DSN  string `help:"The database that was moved." default:"sqlite:hallpass.db"`
	Copy string `help:"The copy, in which nothing may have happened." required:"" placeholder:"DSN"`
}

// Run makes the store that was moved the store again.
func (c *reopenCommand) Run(ctx context.Context, s streams) error {
	dsn, err := existing(ctx, c.DSN)
	if err != nil {
		return err
	}
	copied, err := config.DSN(c.Copy, config.Options{})
	if err != nil {
		return wrong(err)
	}
	if err := store.Reopen(ctx, store.Options{DSN: dsn}, store.Options{DSN: copied}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s is the store again, and %s is not\n", store.Place(dsn), store.Place(copied))
	return nil
}
