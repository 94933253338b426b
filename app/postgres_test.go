package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// postgresVariable names a PostgreSQL in which tests may make and drop schemas: postgres://user@host/database.
const postgresVariable = "HALLPASS_TEST_POSTGRES"

// onPostgres runs a test where a PostgreSQL is named, in an empty schema that goes when the test ends. Replicas need one.
func onPostgres(t *testing.T, test func(t *testing.T, dsn string)) {
	written := os.Getenv(postgresVariable)
	if written == "" {
		t.Logf("%s names no PostgreSQL", postgresVariable)
		return
	}
	t.Run("postgres", func(t *testing.T) {
		u, err := url.Parse(written)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("hallpass_app_%d", rand.Uint64())
		sql := func(text string) {
			c, err := pgx.Connect(context.Background(), written)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(context.Background())
			if _, err := c.Exec(context.Background(), text); err != nil {
				t.Error(err)
			}
		}
		sql("CREATE SCHEMA " + name)
		t.Cleanup(func() { sql("DROP SCHEMA " + name + " CASCADE") })
		q := u.Query()
		q.Set("search_path", name)
		u.RawQuery = q.Encode()
		test(t, u.String())
	})
}
