package cli

import (
	"context"
	"fmt"
	"time"

	"hallpass/app"
	"hallpass/flows"
	"hallpass/store"
)

type migrateCommand struct {
	DSN string `help:"The database." default:"sqlite:hallpass.db"`
	To  int    `help:"The schema that the other release knows, as it says when it refuses the database; this program's own unless given." placeholder:"N"`
}

// Run takes the database to a schema, which is needed for the way back only: hallpass serve goes forward by itself.
func (c *migrateCommand) Run(ctx context.Context, s streams) error {
	dsn, err := existing(ctx, c.DSN)
	if err != nil {
		return err
	}
	to := c.To
	if to == 0 {
		to = store.Latest()
	}
	from, err := store.Migrate(ctx, store.Options{DSN: dsn, Clock: app.NewClock(time.Time{})}, to)
	switch {
	case flows.KindOf(err) == flows.KindInvalid:
		return wrong(err)
	case err != nil:
		return err
	case from == to:
		fmt.Fprintf(s.out, "%s has schema %d already\n", store.Place(dsn), to)
	case from < to:
		fmt.Fprintf(s.out, "%s had schema %d and has %d now\n", store.Place(dsn), from, to)
	default:
		fmt.Fprintf(s.out, "%s had schema %d and has %d now. Start the release that knows that one; this program's serve would go forward again\n", store.Place(dsn), from, to)
	}
	return nil
}
