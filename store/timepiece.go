package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Timepiece reads the database's own clock, by which several replicas agree about the time. It has a connection of its own, so that no change makes
// it wait. One goroutine uses it at a time.
type Timepiece struct {
	dsn  string
	dial Dial
	conn *pgx.Conn
}

// NewTimepiece is nil where the database has no clock of its own: SQLite's is the machine's.
func NewTimepiece(dsn string, dial Dial) *Timepiece {
	if strings.HasPrefix(dsn, sqliteScheme) {
		return nil
	}
	return &Timepiece{dsn: dsn, dial: dial}
}

// Time asks the database, in one round trip once it is connected.
func (p *Timepiece) Time(ctx context.Context) (t time.Time, err error) {
	if p.conn == nil {
		if p.conn, err = connect(ctx, p.dsn, p.dial); err != nil {
			return t, err
		}
	}
	if err = p.conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&t); err != nil {
		return t, errors.Join(err, p.Close())
	}
	return t, nil
}

// Close ends the connection; the next Time makes another.
func (p *Timepiece) Close() error {
	if p == nil || p.conn == nil {
		return nil
	}
	conn := p.conn
	p.conn = nil
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	return conn.Close(ctx)
}
