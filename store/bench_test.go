package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/store/postgrestest"
)

// anAct is a change as the engine makes them: a state, an entry and an intent.
func anAct(n int64) func(flows.Tx) error {
	return func(tx flows.Tx) error {
		r := &flows.Request{State: flows.Pending, Asker: "ann", Made: tx.Now(), Reason: "a reason of some length, as people type them"}
		if err := tx.PutRequest(r); err != nil {
			return err
		}
		if err := tx.Append(&flows.Entry{Action: flows.ActAsked, Actor: "ann", Request: r.ID, Text: r.Reason}); err != nil {
			return err
		}
		return tx.Want(flows.Intent{Kind: flows.IntentAsk, Subject: fmt.Sprint("request/", n), Lane: flows.LaneEngine, Rank: flows.RankNotice})
	}
}

// syncedInserts measures the floor: bare inserts, each in a transaction of its own, synced to the disk.
func syncedInserts(b *testing.B) time.Duration {
	db, err := sql.Open("sqlite", writerDSN(filepath.Join(b.TempDir(), "floor.db"), "FULL"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE floor (id INTEGER PRIMARY KEY, text TEXT)"); err != nil {
		b.Fatal(err)
	}
	const inserts = 500
	start := time.Now()
	for range inserts {
		if _, err := db.Exec("INSERT INTO floor (text) VALUES ('x')"); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start) / inserts
}

// BenchmarkChange reports how many whole acts are committed in a second, by so many callers at once, and on SQLite in the time of one bare synced
// insert. On PostgreSQL, "2 replicas" have two stores share the callers.
func BenchmarkChange(b *testing.B) {
	for name, open := range databases() {
		for _, callers := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s/%d callers", name, callers), func(b *testing.B) {
				floor := syncedInserts(b)
				acts(b, callers, open(b, func(o *Options) { o.Synchronous = "FULL" }))
				if name == "sqlite" {
					b.ReportMetric(float64(floor)*float64(b.N)/float64(b.Elapsed()), "acts/floor")
				}
			})
		}
	}
	if postgrestest.Server() != "" {
		b.Run("postgres/2 replicas, 64 callers", func(b *testing.B) {
			dsn := func(o *Options) { o.DSN = postgrestest.Schema(b) }
			first := opened(b, dsn)
			acts(b, 32, first, opened(b, func(o *Options) { o.DSN = first.options.DSN }))
		})
	}
}

// acts has so many callers commit one act after the other, in turn on each of the stores.
func acts(b *testing.B, callers int, stores ...*Store) {
	var n atomic.Int64
	b.SetParallelism(callers)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			i := n.Add(1)
			if err := stores[int(i)%len(stores)].Change(context.Background(), anAct(i)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acts/s")
}

// BenchmarkSearch looks through 100,000 resources: something common, something rare and something that is not there.
func BenchmarkSearch(b *testing.B) {
	s := opened(b)
	const resources = 100_000
	err := s.Change(context.Background(), func(tx flows.Tx) error {
		for n := range resources {
			r := flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: fmt.Sprintf("00g%06d", n)},
				Name: fmt.Sprintf("Team %06d production database", n), Permissions: []string{"member"}}
			if err := tx.PutResource(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want int
	}{{"database", 100}, {"099999", 1}, {"nowhere", 0}} {
		b.Run(c.text, func(b *testing.B) {
			for range b.N {
				err := s.View(context.Background(), func(tx flows.Tx) error {
					all, err := tx.Resources(flows.ResourceFilter{Text: c.text, Limit: 100})
					if len(all) != c.want {
						b.Errorf("found %d", len(all))
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkClaim takes and completes ten of 50,000 intents, most of them not yet due.
func BenchmarkClaim(b *testing.B) {
	clock := newClock()
	s := opened(b, func(o *Options) { o.Clock = clock })
	const waiting = 50_000
	err := s.Change(context.Background(), func(tx flows.Tx) error {
		for n := range waiting {
			i := flows.Intent{Kind: flows.IntentTimer, Subject: fmt.Sprint(n), Lane: fmt.Sprint("lane ", n%20), Rank: n % 5 * 10, Scale: flows.ByCompany}
			if n%2 == 0 {
				i.Due = clock.company.Add(time.Hour)
			}
			if err := tx.Want(i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := s.Change(context.Background(), func(tx flows.Tx) error {
			all, err := tx.Claim(flows.ClaimQuery{Owner: "worker", Company: clock.company, Machine: clock.machine,
				Until: clock.machine.Add(time.Minute), Room: map[string]int{"": 4}, Limit: 10})
			for _, i := range all {
				if _, err := tx.Finish(i, flows.Finish{Scale: flows.ByCompany}); err != nil {
					return err
				}
			}
			if len(all) != 10 {
				b.Errorf("claimed %d", len(all))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
