package main

import (
	"cmp"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ours begins the path of every package of this module.
const ours = "hallpass/"

// edges are the imports between our own packages that are allowed; whatever is not listed is forbidden. "x/..." stands for x and all
// below it. Arrows point to flows, and flows imports nothing of ours but what lies below it. Only app and cli see everything. bot/slack and
// bot/teams never meet; scheduler sees no SQL and no vendor; the sandbox imports nothing of ours but itself, so that it cannot share our mistakes.
var edges = map[string][]string{
	".":                      {"cli"},
	"app":                    {"bot/...", "config", "flows/...", "integrations/...", "scheduler", "store"},
	"cli":                    {"app", "bot/teams/manifest", "config", "demo/...", "flows/...", "policy", "sandbox", "store"},
	"config":                 {"flows/..."},
	"policy":                 {"config", "flows/..."},
	"flows":                  {"flows/..."},
	"flows/...":              {},
	"flows/when":             {"flows/near"},
	"store":                  {"flows/..."},
	"store/storetest":        {"flows/..."},
	"store/postgrestest":     {},
	"scheduler":              {"flows/..."},
	"bot":                    {"flows/..."},
	"bot/slack":              {"bot", "flows/..."},
	"bot/teams":              {"bot", "flows/..."},
	"bot/teams/manifest":     {},
	"integrations/rest":      {"flows/..."},
	"integrations/suite":     {"flows/..."},
	"integrations/file":      {"flows/..."},
	"integrations/jira":      {"flows/...", "integrations/rest"},
	"integrations/okta":      {"flows/...", "integrations/rest"},
	"integrations/pagerduty": {"flows/...", "integrations/rest"},
	"demo":                   {"demo/page", "sandbox/..."},
	"worlds":                 {"app", "bot", "config", "flows/...", "sandbox/...", "scheduler", "store", "worlds/checker"},
	"worlds/checker":         {}, // it shares nothing with the program, so that it cannot share its mistakes
	"demo/page":              {},
	"demo/playground":        {"sandbox/..."},
	"sandbox/...":            {"sandbox/..."},
}

// bare is the package that, with all below it, imports the standard library only.
const bare = "flows/..."

func TestImportsPointInwards(t *testing.T) {
	for pkg, imports := range importsOfEveryPackage(t) {
		allowed, known := edgesOf(pkg)
		if !known {
			t.Errorf("%s is a new package: say in edges_test.go what it may import", pkg)
			continue
		}
		for _, imported := range imports {
			to, mine := strings.CutPrefix(imported, ours)
			switch {
			case mine && to != pkg && !slices.ContainsFunc(allowed, func(p string) bool { return covers(p, to) }):
				t.Errorf("%s must not import %s", pkg, to)
			case !mine && covers(bare, pkg) && strings.Contains(imported, "."):
				t.Errorf("%s imports %s; the standard library is all it may use", pkg, imported)
			}
		}
	}
}

// importsOfEveryPackage reads what each folder's program files import; tests may import what they like.
func importsOfEveryPackage(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := eachProgramFile(func(name string) error {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Dir(name)
		if found[pkg] == nil {
			found[pkg] = []string{} // also one that imports nothing
		}
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			found[pkg] = append(found[pkg], imported)
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("the packages could not be read: %v", err)
	}
	return found
}

// eachProgramFile visits every Go file of this module that is no test, by its path with slashes.
func eachProgramFile(visit func(name string) error) error {
	return filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		elsewhere := []string{"tools", "testdata", "node_modules"}
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains(elsewhere, d.Name())):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		return visit(filepath.ToSlash(name))
	})
}

// edgesOf finds the line of a package, the longest where several cover it.
func edgesOf(pkg string) ([]string, bool) {
	if own, ok := edges[pkg]; ok {
		return own, true
	}
	var lines []string
	for line := range edges {
		if covers(line, pkg) {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, false
	}
	return edges[slices.MaxFunc(lines, func(a, b string) int { return cmp.Compare(len(a), len(b)) })], true
}

func covers(pattern, pkg string) bool {
	root, deep := strings.CutSuffix(pattern, "/...")
	return pkg == root || (deep && strings.HasPrefix(pkg, root+"/"))
}

// clocks are the only program files outside the sandbox that read the machine's time or sleep by it. Everything else gets a clock, so that
// a test can stand still and a demo can run fast.
var clocks = []string{"app/clock.go", "bot/slack/slack.go", "integrations/suite/wire.go", "worlds/time.go"}

var readsTime = regexp.MustCompile(`\btime\.(Now|Sleep|Since|Until)\(`)

func TestTheTimeIsReadInFewPlaces(t *testing.T) {
	err := eachProgramFile(func(name string) error {
		text, err := os.ReadFile(name)
		if readsTime.Match(text) && !slices.Contains(clocks, name) && !strings.HasPrefix(name, "sandbox/") {
			t.Errorf("%s reads the machine's time; have a clock passed in", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
