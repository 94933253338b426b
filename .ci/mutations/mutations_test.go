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
	"strings"
	"testing"
)

var (
	seeds = flag.Int("seeds", 60, "within how many worlds each must be caught")
	only  = flag.String("mutation", "", "try this one only")
)

// TestMutations breaks the program in one way after the other. The worlds must notice each, and TestEveryOrder those in deciding.
func TestMutations(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	over, err := overlay(root, dir, everyMutation())
	if err != nil {
		t.Fatal(err)
	}
	worlds, orders := build(t, root, over, dir, "worlds"), build(t, root, over, dir, "flows")
	t.Run("all", func(t *testing.T) {
		for _, m := range everyMutation() {
			if !wanted(m) {
				continue
			}
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				if !named(Deciding, m.Name) {
					caughtByWorlds(t, worlds, dir, m.Name)
				}
				if named(Deciding, m.Name) || slices.Contains(alsoDeciding, m.Name) {
					caughtByOrders(t, orders, dir, m.Name)
				}
			})
		}
	})
}

func everyMutation() []Mutation { return slices.Concat(Mutations, Deciding, Unproven) }

func named(list []Mutation, name string) bool {
	return slices.ContainsFunc(list, func(m Mutation) bool { return m.Name == name })
}

// wanted are those that must be noticed, or the one that was named.
func wanted(m Mutation) bool {
	if *only != "" {
		return m.Name == *only
	}
	return !named(Unproven, m.Name)
}

// build makes the tests of a package, with every mutation asleep in it.
func build(t *testing.T, root, over, dir, pkg string) string {
	t.Helper()
	binary := filepath.Join(dir, pkg+".test")
	b := exec.Command("go", "test", "-c", "-overlay", over, "-o", binary, "./"+pkg)
	b.Dir = root
	if out, err := b.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

var set = regexp.MustCompile(`(?m)^ +--- FAIL: TestEveryOrder/(\S+) `)

// caughtByOrders tries every order of the quick sets, and says in which of them it was.
func caughtByOrders(t *testing.T, binary, dir, name string) {
	run := exec.Command(binary, "-test.run", "TestEveryOrder$", "-test.failfast", "-test.timeout", "30m")
	run.Dir = dir
	run.Env = append(os.Environ(), "HALLPASS_MUTATION="+name)
	out, err := run.CombinedOutput()
	found := set.FindSubmatch(out)
	if err == nil || found == nil {
		t.Fatalf("not caught in any order (%v)\n%s", err, tail(out))
	}
	t.Logf("caught in the orders of %s", strings.ReplaceAll(string(found[1]), "_", " "))
}

var failed = regexp.MustCompile(`(?m)^ +--- FAIL: \S+/seed=(\d+) `)

// caughtByWorlds runs worlds until one fails and says which it was.
func caughtByWorlds(t *testing.T, binary, dir, name string) {
	run := exec.Command(binary, "-test.run", "TestWorld$", "-test.failfast", "-test.timeout", "30m", fmt.Sprintf("-seeds=%d", *seeds))
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
