package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hallpass/cli"
	"hallpass/flows"
)

// pages are the documents that people read, with their text.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, name := range append(names, "README.md", "CONTRIBUTING.md", "config.example.yaml") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = string(text)
	}
	return found
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	for name, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// A command is named in code, at the start of a line or after a backtick: `hallpass audit verify`.
var command = regexp.MustCompile("(?m)(?:^#?\\s*(?:\\./|\\$ )?|`)hallpass((?: [a-z]+)+)((?: --?[a-z-]+)*)")

func TestEveryCommandExists(t *testing.T) {
	named := 0
	for name, text := range pages(t) {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			args := strings.Fields(m[1])
			usage, ok := help(args)
			if !ok && len(args) > 1 { // the last word may be an argument
				usage, ok = help(args[:1])
			}
			if named++; !ok {
				t.Errorf("%s names the command hallpass%s, which does not exist", name, m[1])
			}
			for _, flag := range strings.Fields(m[2]) {
				if !strings.Contains(usage, flag) {
					t.Errorf("%s names %s of hallpass%s, which does not exist", name, flag, m[1])
				}
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d commands were found; the pages are written otherwise than this test reads them", named)
	}
}

func help(args []string) (string, bool) {
	var out, errs bytes.Buffer
	status := cli.Run(context.Background(), append(slices.Clone(args), "--help"), &out, &errs)
	return out.String(), status == 0
}

var testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`)

func TestEveryTestThatIsNamedExists(t *testing.T) {
	there := testsOfTheTree(t)
	for name, text := range pages(t) {
		for _, test := range testName.FindAllString(text, -1) {
			if !there[test] && test != "TestName" {
				t.Errorf("%s names %s, which does not exist", name, test)
			}
		}
	}
}

var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

func testsOfTheTree(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return filepath.SkipDir
		case !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		for _, m := range testFunc.FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A file that a page names in code is there: `flows/hold.go`, `.ci/run`.
var file = regexp.MustCompile("`([a-z.]+(?:/[a-z_.-]+)*\\.(?:go|yaml|md|sql))`")

func TestEveryFileThatIsNamedExists(t *testing.T) {
	for name, text := range pages(t) {
		for _, m := range file.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(m[1], "/") { // named within the folder of the sentence
				continue
			}
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s names the file %s, which is not there", name, m[1])
			}
		}
	}
}

var requirement = regexp.MustCompile(`(?m)^(?:require)?\s+([a-z0-9.]+\.[a-z]+/\S+) v\S+$`) // without "// indirect"

func TestEveryDependencyHasItsReason(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	page := pages(t)["docs/dependencies.md"]
	var direct []string
	for _, m := range requirement.FindAllStringSubmatch(string(text), -1) {
		direct = append(direct, m[1])
	}
	for _, module := range direct {
		if !strings.Contains(page, "| "+module+" |") {
			t.Errorf("docs/dependencies.md gives no reason for %s", module)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+) \|`).FindAllStringSubmatch(page, -1) {
		if !slices.Contains(direct, m[1]) {
			t.Errorf("docs/dependencies.md gives a reason for %s, which is no direct dependency", m[1])
		}
	}
}

var scope = regexp.MustCompile(`(?m)^      - ([a-z_.:]+)$`)

func TestEveryScopeAndEventOfTheManifestIsExplained(t *testing.T) {
	manifest, err := os.ReadFile("docs/slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	page := pages(t)["docs/slack.md"]
	found := scope.FindAllSubmatch(manifest, -1)
	for _, m := range found {
		if !strings.Contains(page, "`"+string(m[1])+"`") {
			t.Errorf("docs/slack.md does not explain %s", m[1])
		}
	}
	if len(found) < 10 {
		t.Errorf("only %d scopes and events were found in the manifest", len(found))
	}
}

var (
	action  = regexp.MustCompile(`(?m)^\tAct\w+ +(?:Action +)?= "([a-z ]+)"`)
	actions = regexp.MustCompile("(?m)^\\| ((?:`[a-z ]+`(?:, )?)+) \\|")
)

func TestEveryActionOfTheLogIsExplained(t *testing.T) {
	code, err := os.ReadFile("flows/entry.go")
	if err != nil {
		t.Fatal(err)
	}
	var there, told []string
	for _, m := range action.FindAllStringSubmatch(string(code), -1) {
		there = append(there, m[1])
	}
	for _, m := range actions.FindAllStringSubmatch(pages(t)["docs/audit.md"], -1) {
		told = append(told, strings.Split(strings.Trim(m[1], "`"), "`, `")...)
	}
	slices.Sort(there)
	slices.Sort(told)
	if len(there) < 30 || !slices.Equal(there, told) {
		t.Errorf("flows/entry.go has the actions\n%q\nand docs/audit.md explains\n%q", there, told)
	}
}

var move = regexp.MustCompile(`(?m)^\| ([a-z]+) \| ([a-z]+) \| `)

func TestTheStateMachinesArePictured(t *testing.T) {
	text := pages(t)["docs/state-machine.md"]
	request, grant, found := strings.Cut(text, "## Grant")
	if !found {
		t.Fatal("docs/state-machine.md has no section on grants")
	}
	for name, c := range map[string]struct {
		text  string
		moves []flows.Move
	}{"requests": {request, flows.RequestMoves}, "grants": {grant, flows.GrantMoves}} {
		var pictured []flows.Move
		for _, m := range move.FindAllStringSubmatch(c.text, -1) {
			if m[1] != "from" {
				pictured = append(pictured, flows.Move{From: m[1], To: m[2]})
			}
		}
		for _, m := range c.moves {
			if !slices.Contains(pictured, m) {
				t.Errorf("the page of %s lacks %s to %s", name, m.From, m.To)
			}
		}
		for _, m := range pictured {
			if !slices.Contains(c.moves, m) {
				t.Errorf("the page of %s has %s to %s, which flows does not allow", name, m.From, m.To)
			}
		}
	}
}
