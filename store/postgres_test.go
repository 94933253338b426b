package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"hallpass/flows"
	"hallpass/store/storetest"
)

// postgresVariable names a PostgreSQL in which tests may make and drop schemas: postgres://user@host/database.
const postgresVariable = "HALLPASS_TEST_POSTGRES"

// databases are where the tests of this package keep their state: SQLite, and PostgreSQL where the variable names one.
func databases() map[string]func(t testing.TB, change ...func(*Options)) *Store {
	all := map[string]func(t testing.TB, change ...func(*Options)) *Store{"sqlite": opened}
	if os.Getenv(postgresVariable) != "" {
		all["postgres"] = openedPostgres
	}
	return all
}

// onEach runs a test over every database.
func onEach(t *testing.T, test func(t *testing.T, open func(t testing.TB, change ...func(*Options)) *Store)) {
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// schema is an empty schema that goes when the test ends, as a dsn.
func schema(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(os.Getenv(postgresVariable))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("hallpass_test_%d", rand.Uint64())
	sql := func(text string) {
		c, err := pgx.Connect(context.Background(), u.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(context.Background())
		if _, err := c.Exec(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
	sql("CREATE SCHEMA " + name)
	t.Cleanup(func() { sql("DROP SCHEMA " + name + " CASCADE") })
	q := u.Query()
	q.Set("search_path", name)
	own := *u
	own.RawQuery = q.Encode()
	return own.String()
}

func openedPostgres(t testing.TB, change ...func(*Options)) *Store {
	t.Helper()
	dsn := schema(t)
	return opened(t, append([]func(*Options){func(o *Options) { o.DSN = dsn }}, change...)...)
}

func TestTheSuite(t *testing.T) {
	onEach(t, func(t *testing.T, open func(t testing.TB, change ...func(*Options)) *Store) {
		storetest.Run(t, func(t *testing.T, clock flows.Clock) flows.Store {
			return open(t, func(o *Options) { o.Clock = clock })
		})
	})
}
