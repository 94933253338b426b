package mutations

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

var (
	seeds = flag.Int("seeds", 60, "within how many worlds each must be caught")
	only  = flag.String("mutation", "", "try this one only")
)

// TestMutations breaks the program in one way after the other. The worlds must notice each.
func TestMutations(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	over, err := overlay(root, dir, append(slices.Clone(Mutations), Unproven...))
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "worlds.test")
	build := exec.Command("go", "test", "-c", "-overlay", over, "-o", binary, "./worlds")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("all", func(t *testing.T) {
		for _, m := range chosen() {
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				caught(t, binary, dir, m.Name)
			})
		}
	})
}

// chosen are the mutations to try: those that must be noticed, or the one that was named.
func chosen() []Mutation {
	if *only == "" {
		return Mutations
	}
	return slices.DeleteFunc(append(slices.Clone(Mutations), Unproven...), func(m Mutation) bool { return m.Name != *only })
}

var failed = regexp.MustCompile(`(?m)^ +--- FAIL: \S+/seed=(\d+) `)

// caught runs worlds until one fails and says which it was.
func caught(t *testing.T, binary, dir, name string) {
	run := exec.Command(binary, "-test.run", "TestWorld$", "-test.failfast", "-test.timeout", "9m", fmt.Sprintf("-seeds=%d", *seeds))
	run.Dir = dir
	run.Env = append(os.Environ(), "HALLPASS_MUTATION="+name, "GOMAXPROCS=1")
	out, err := run.CombinedOutput()
	found := failed.FindSubmatch(out)
	if err == nil || found == nil {
		t.Fatalf("not caught within %d worlds (%v)\n%s", *seeds, err, tail(out))
	}
	n, _ := strconv.Atoi(string(found[1]))
	t.Logf("caught by world %d: %s", n, sentence(out))
}

var said = regexp.MustCompile(`worlds_test\.go:\d+: (.*)`)

func sentence(out []byte) string {
	if m := said.FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return "it did not come to its end"
}

func tail(out []byte) []byte { return out[max(0, len(bytes.TrimSpace(out))-2000):] }
