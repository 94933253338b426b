package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"hallpass/app"
	"hallpass/config"
	"hallpass/store"
)

type auditCommand struct {
	Verify verifyCommand `cmd:"" help:"Recompute the chain of the log, in a database or an export."`
	Export exportCommand `cmd:"" help:"Write the log as JSON lines."`
}

type verifyCommand struct {
	DSN    string `help:"The database." default:"sqlite:hallpass.db" xor:"from"`
	Export string `help:"An export, checked without any database." type:"existingfile" xor:"from"`
}

// Run says how many entries hold, or the first that does not.
func (c *verifyCommand) Run(ctx context.Context, s streams) error {
	n, err := c.verify(ctx)
	var broken *store.ChainError
	switch {
	case errors.As(err, &broken):
		return fmt.Errorf("the log does not hold: %w", err)
	case err != nil:
		return fmt.Errorf("the log could not be read: %w", err)
	}
	fmt.Fprintf(s.out, "%d entries, every one chained to the one before\n", n)
	return nil
}

func (c *verifyCommand) verify(ctx context.Context) (int64, error) {
	if c.Export != "" {
		f, err := os.Open(c.Export)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		n, _, err := store.VerifyExport(f)
		return n, err
	}
	st, err := openExisting(ctx, c.DSN)
	if err != nil {
		return 0, err
	}
	n, err := st.Verify(ctx)
	return n, errors.Join(err, st.Close())
}

type exportCommand struct {
	DSN string `help:"The database." default:"sqlite:hallpass.db"`
}

// Run writes every entry, one JSON object a line.
func (c *exportCommand) Run(ctx context.Context, s streams) error {
	st, err := openExisting(ctx, c.DSN)
	if err != nil {
		return err
	}
	_, err = st.Export(ctx, s.out)
	return errors.Join(err, st.Close())
}

// openExisting opens a database for reading: also one that another program works on, or that was moved.
func openExisting(ctx context.Context, dsn string) (*store.Store, error) {
	dsn, err := existing(ctx, dsn)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{DSN: dsn, Clock: app.NewClock(time.Time{}), Reads: true})
}

// existing is a dsn, with what env:NAME or file:PATH stands for. It keeps a mistyped name from making an empty database.
func existing(ctx context.Context, dsn string) (string, error) {
	dsn, err := config.DSN(dsn, config.Options{})
	if err != nil {
		return "", wrong(err)
	}
	there, err := store.There(ctx, dsn)
	switch {
	case err != nil:
		return "", err
	case !there:
		return "", wrong(fmt.Errorf("there is no database at %s; name it with --dsn sqlite:PATH, or postgres://USER@HOST/DATABASE", store.Place(dsn)))
	}
	return dsn, nil
}
