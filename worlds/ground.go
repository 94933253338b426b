package worlds

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"

	"hallpass/store"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// Ground is a schema of PostgreSQL in which one concurrent world after the other takes place. The schema's own clock_timestamp is that of its world. It
// is alone in a database of its own, since a notification wakes all that listen to anything in the same one.
type Ground struct {
	name, dsn string
	server    *sql.DB // another database, from which this one is made and dropped
	db        *sql.DB
	clean     string // sets it back to an empty store
	lines     *warm  // the connections of all Hallpasses of it
}

// Break makes a new database beside the one that a dsn names, with a store in it. Close drops it.
func Break(ctx context.Context, dsn string) (*Ground, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, err
	}
	g := &Ground{name: fmt.Sprintf("hallpass_world_%d", rand.Uint64()), lines: newWarm()}
	if g.server, err = sql.Open("pgx", dsn); err != nil {
		return nil, err
	}
	if _, err := g.server.ExecContext(ctx, "CREATE DATABASE "+g.name); err != nil {
		return nil, errors.Join(err, g.server.Close())
	}
	u.Path = "/" + g.name
	q := u.Query()
	q.Set("search_path", g.name+",pg_catalog") // in this order, so that the clock is the world's
	q.Set("application_name", g.name)
	u.RawQuery = q.Encode()
	g.dsn = u.String()
	q.Set("application_name", "teller")
	u.RawQuery = q.Encode()
	if g.db, err = sql.Open("pgx", u.String()); err != nil {
		return nil, errors.Join(err, g.drop())
	}
	g.db.SetMaxIdleConns(2)
	g.db.SetMaxOpenConns(6)
	if err := g.lay(ctx); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

const ownClock = `CREATE FUNCTION clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS $$
	SELECT pg_catalog.clock_timestamp() + (SELECT ahead FROM %s.world_clock) * interval '1 microsecond' $$`

// leaps sets the clock ahead, under the lock of who writes, and with it until when replicas are taken to live. It answers -1 where somebody is at work.
const leaps = `CREATE FUNCTION world_leaps(micros bigint, living text[], saying text[], anyway boolean) RETURNS bigint LANGUAGE plpgsql AS $$
	DECLARE now_ahead bigint;
	BEGIN
		PERFORM pg_advisory_xact_lock(hashtext(current_schema()), 4210);
		IF NOT anyway AND EXISTS (SELECT FROM intents WHERE owner = ANY(living)) THEN
			RETURN -1;
		END IF;
		UPDATE replicas SET until_at = until_at + micros / 1000 WHERE owner = ANY(saying);
		UPDATE world_clock SET ahead = ahead + micros RETURNING ahead INTO now_ahead;
		RETURN now_ahead;
	END $$`

const sequencesAsTheyAre = `SELECT format('SELECT setval(%L, %s, %L)', schemaname || '.' || sequencename, COALESCE(last_value, start_value), last_value IS NOT NULL)
	FROM pg_sequences WHERE schemaname = current_schema()`

// lay makes the schema, and finds out how to set it back.
func (g *Ground) lay(ctx context.Context) error {
	if _, err := g.db.ExecContext(ctx, "CREATE SCHEMA "+g.name); err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{DSN: g.dsn, Clock: standing{}, Installation: "worlds"})
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	tables, err := g.list(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
	if err != nil {
		return err
	}
	sequences, err := g.list(ctx, sequencesAsTheyAre)
	if err != nil {
		return err
	}
	first := []string{"CREATE SCHEMA " + g.name + "_kept", "CREATE TABLE world_clock (ahead BIGINT NOT NULL)", "INSERT INTO world_clock VALUES (0)",
		fmt.Sprintf(ownClock, g.name), leaps}
	again := []string{"SET session_replication_role = replica"} // no key is looked after while everything goes
	for _, t := range tables {
		kept := g.name + "_kept." + t
		first = append(first, "CREATE TABLE "+kept+" AS SELECT * FROM "+t)
		again = append(again, "DELETE FROM "+t, "INSERT INTO "+t+" OVERRIDING SYSTEM VALUE SELECT * FROM "+kept)
	}
	again = append(again, sequences...)
	g.clean = strings.Join(append(again, "UPDATE world_clock SET ahead = 0", "RESET session_replication_role"), "; ")
	_, err = g.db.ExecContext(ctx, strings.Join(first, "; "))
	return err
}

func (g *Ground) list(ctx context.Context, text string) (all []string, err error) {
	rows, err := g.db.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// Close drops the database.
func (g *Ground) Close() error {
	g.lines.cut()
	return errors.Join(g.db.Close(), g.drop())
}

func (g *Ground) drop() error {
	_, err := g.server.Exec("DROP DATABASE " + g.name + " WITH (FORCE)")
	return errors.Join(err, g.server.Close())
}
