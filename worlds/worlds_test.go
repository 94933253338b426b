package worlds

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hallpass/worlds/checker"
)

var (
	seeds = flag.Int("seeds", 200, "how many worlds TestWorld tells")
	first = flag.Uint64("first", 1, "the seed of the first")
	story = flag.Bool("story", false, "print stories and logs also of worlds in which all promises hold")
	calls = flag.Bool("calls", false, "have the story name every call")
	cost  = flag.Bool("cost", false, "say how much happened in each world")
	seed  = flag.Uint64("seed", 0, "tell this one world, with its story")
)

var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "worlds")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	return Template(dir)
})

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(800) // worlds make much and keep little
	os.Exit(m.Run())
}

func TestWorld(t *testing.T) {
	if _, err := template(); err != nil {
		t.Fatal(err)
	}
	from, n := *first, uint64(*seeds)
	if *seed != 0 {
		from, n = *seed, 1
	}
	var next atomic.Uint64
	for k := range min(runtime.GOMAXPROCS(0), int(n)) {
		t.Run(fmt.Sprintf("teller %d", k+1), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for i := next.Add(1) - 1; i < n && !t.Failed(); i = next.Add(1) - 1 {
				tell(t, from+i, dir)
			}
		})
	}
}

func tell(t *testing.T, seed uint64, dir string) {
	t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			schema, _ := template()
			w, err := New(seed, dir, schema)
			if err != nil {
				t.Fatal(err)
			}
			w.Calls = *calls
			s, err := w.Tell()
			if err != nil {
				t.Error(err)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			if s != nil {
				if *cost {
					t.Logf("%d steps, %d claims, %d lives, %v, %d requests, %d entries", w.steps, w.claims, w.lives, time.Since(w.began), w.asked, strings.Count(string(s.Log), "\n"))
				}
				for _, wrong := range checker.Check(s) {
					t.Error(wrong)
				}
			}
			if *story && s != nil {
				t.Logf("%s", s.Log)
			}
			if t.Failed() || *story {
				t.Logf("%s\nTell it again: go test ./worlds -run 'TestWorld$' -seed=%d", w.Story(), seed)
			}
		})
	})
}

// TestReplay is the promise that a seed tells one story: its audit log is the same, byte for byte.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	for seed := uint64(1); seed <= 6; seed++ {
		var logs [2]string
		for i := range logs {
			synctest.Test(t, func(t *testing.T) {
				schema, err := template()
				if err != nil {
					t.Fatal(err)
				}
				w, err := New(seed, dir, schema)
				if err != nil {
					t.Fatal(err)
				}
				s, err := w.Tell()
				if err != nil {
					t.Fatal(err)
				}
				logs[i] = string(s.Log)
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		if logs[0] != logs[1] {
			a, b := strings.Split(logs[0], "\n"), strings.Split(logs[1], "\n")
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Fatalf("seed %d tells two stories; they part at entry %d:\n%s\n%s", seed, i+1, a[i], b[i])
				}
			}
			t.Fatalf("seed %d tells two stories, one longer: %d and %d entries", seed, len(a), len(b))
		}
	}
}
