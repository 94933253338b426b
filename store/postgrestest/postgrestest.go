// Package postgrestest finds the PostgreSQL that tests may use. Without one they say so and end well: `go test ./...` needs nothing but Go.
package postgrestest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// variable names a PostgreSQL in which tests may make and drop schemas, and concurrent worlds databases: postgres://user@host/database.
const variable = "HALLPASS_TEST_POSTGRES"

// Server is the dsn of the PostgreSQL that is named, or nothing.
func Server() string { return os.Getenv(variable) }

// OnServer runs a test where a PostgreSQL is named.
func OnServer(t *testing.T, test func(t *testing.T, server string)) {
	if Server() == "" {
		t.Logf("%s names no PostgreSQL", variable)
		return
	}
	t.Run("postgres", func(t *testing.T) { test(t, Server()) })
}

// On runs a test where a PostgreSQL is named, in an empty schema that goes when the test ends.
func On(t *testing.T, test func(t *testing.T, dsn string)) {
	OnServer(t, func(t *testing.T, _ string) { test(t, Schema(t)) })
}

// Schema is an empty schema on the server that goes when the test ends, as a dsn.
func Schema(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(Server())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("hallpass_test_%d", rand.Uint64())
	Exec(t, "CREATE SCHEMA "+name)
	t.Cleanup(func() { Exec(t, "DROP SCHEMA "+name+" CASCADE") })
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// Exec runs statements on the server, each by itself.
func Exec(t testing.TB, statements ...string) {
	t.Helper()
	ctx := context.Background() // also when the test is over, and its own has ended
	c, err := pgx.Connect(ctx, Server())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
