package store

import (
	"testing"

	"hallpass/flows"
	"hallpass/store/postgrestest"
	"hallpass/store/storetest"
)

// databases are where the tests of this package keep their state: SQLite, and PostgreSQL where the variable names one.
func databases() map[string]func(t testing.TB, change ...func(*Options)) *Store {
	all := map[string]func(t testing.TB, change ...func(*Options)) *Store{"sqlite": opened}
	if postgrestest.Server() != "" {
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

func openedPostgres(t testing.TB, change ...func(*Options)) *Store {
	t.Helper()
	dsn := postgrestest.Schema(t)
	return opened(t, append([]func(*Options){func(o *Options) { o.DSN = dsn }}, change...)...)
}

func TestTheSuite(t *testing.T) {
	onEach(t, func(t *testing.T, open func(t testing.TB, change ...func(*Options)) *Store) {
		storetest.Run(t, func(t *testing.T, clock flows.Clock) flows.Store {
			return open(t, func(o *Options) { o.Clock = clock })
		})
	})
}
