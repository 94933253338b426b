package worlds

import (
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"hallpass/store/postgrestest"
	"hallpass/worlds/checker"
)

var (
	concurrent = flag.Int("concurrent", 4, "how many worlds TestConcurrentWorld tells, where a PostgreSQL is named")
	atOnce     = flag.Int("at-once", 6, "how many of them at once")
	logged     = flag.Bool("log", false, "write what the replicas of a concurrent world log")
)

// TestConcurrentWorld tells worlds in which two replicas on one PostgreSQL run as they like. They cannot be told again; a failure prints its story.
func TestConcurrentWorld(t *testing.T) {
	var next, told atomic.Uint64
	since := now()
	n := uint64(*concurrent)
	postgrestest.OnServer(t, func(t *testing.T, dsn string) {
		for k := range min(*atOnce, *concurrent) {
			t.Run(fmt.Sprintf("teller %d", k+1), func(t *testing.T) {
				t.Parallel()
				g, err := Break(t.Context(), dsn)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := g.Close(); err != nil {
						t.Error(err)
					}
				})
				dir := t.TempDir()
				for i := next.Add(1) - 1; i < n && !t.Failed(); i = next.Add(1) - 1 {
					t.Run(fmt.Sprintf("seed=%d", *first+i), func(t *testing.T) { tellFree(t, *first+i, dir, g) })
					told.Add(1)
				}
			})
		}
	})
	t.Logf("%d concurrent worlds were told in %s", told.Load(), now().Sub(since).Round(time.Second))
}

func tellFree(t *testing.T, seed uint64, dir string, g *Ground) {
	w, err := NewFree(seed, dir, g)
	if err != nil {
		t.Fatal(err)
	}
	w.Calls = *calls
	if *logged {
		w.Log = os.Stderr
	}
	s, err := w.TellFree()
	if err != nil {
		t.Error(err)
	}
	if err := w.CloseFree(); err != nil {
		t.Error(err)
	}
	if s != nil {
		for _, wrong := range checker.Check(s) {
			t.Error(wrong)
		}
	}
	if s != nil && (*story || t.Failed()) {
		t.Logf("%s", s.Log)
	}
	if t.Failed() || *story {
		t.Logf("%s\nThe seed is %d: go test ./worlds -run 'TestConcurrentWorld$' -first=%d -concurrent=1 tells a world alike, in an order of its own.", w.Story(), seed, seed)
	}
}
