package policy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"hallpass/config"
	"hallpass/flows"
)

// File is a file of worked cases. Keys that begin with x- are the reader's own.
type File struct {
	Path   string `yaml:"-"`
	Config string `yaml:"config"` // the configuration that is tried, from the folder of the file
	Given  World  `yaml:"given"`  // holds for every case
	Cases  []Case `yaml:"cases"`
}

// Case is one request in the world, and what is expected of it.
type Case struct {
	Line    int     `yaml:"-"`
	Name    string  `yaml:"name"`
	Given   World   `yaml:"given"`
	Request Request `yaml:"request"`
	Expect  any     `yaml:"expect"`
	expect  expectation
}

// Request says who asks for what.
type Request struct {
	By         string `yaml:"by"`
	For        string `yaml:"for"`        // the thing
	Permission string `yaml:"permission"` // the thing's first when empty
	HowLong    string `yaml:"how_long"`   // or indefinite; the flow's usual time when empty
}

// Problem is a mistake in a file of cases. Line is zero when the whole file is meant.
type Problem struct {
	File     string
	Line     int
	Sentence string
}

// String is "cases.yaml:12: sentence".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Sentence
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Sentence)
}

// Problems is everything wrong with a file.
type Problems []Problem

// Error is one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Read reads a file of cases. Whatever is wrong with it comes back as Problems.
func Read(path string) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text)
}

// The longest file and line that are read, in bytes: the parser needs a time that grows with the square of a line.
const (
	maxFile = 1 << 20
	maxLine = 10_000
)

// Parse reads the text of a file of cases.
func Parse(path string, text []byte) (f *File, err error) {
	defer func() { // the parser is not ours, and text is anybody's
		if r := recover(); r != nil {
			f, err = nil, Problems{{path, 0, "the file is not YAML that can be read"}}
		}
	}()
	if n := tooLong(text); len(text) > maxFile || n > 0 {
		return nil, Problems{{path, n, "the file or one of its lines is too long"}}
	}
	return parse(path, text)
}

// tooLong is the first line that is, counted from one, or 0.
func tooLong(text []byte) int {
	n := 0
	for line := range bytes.Lines(text) {
		if n++; len(line) > maxLine {
			return n
		}
	}
	return 0
}

func parse(path string, text []byte) (*File, error) {
	f := &File{Path: path}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.AllowFieldPrefixes("x-")).Decode(f); err != nil {
		return nil, Problems{problemOf(path, err)}
	}
	lines, err := linesOf(text)
	if err != nil {
		return nil, Problems{problemOf(path, err)}
	}
	var wrong Problems
	for i := range f.Cases {
		c := &f.Cases[i]
		if i < len(lines) {
			c.Line = lines[i]
		}
		for _, sentence := range c.check() {
			wrong = append(wrong, Problem{path, c.Line, sentence})
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return f, nil
}

func problemOf(path string, err error) Problem {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		return Problem{path, y.GetToken().Position.Line, oneLine(y.GetMessage())}
	}
	return Problem{path, 0, oneLine(err.Error())}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// linesOf are the lines on which the cases begin.
func linesOf(text []byte) ([]int, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil || len(file.Docs) == 0 {
		return nil, err
	}
	root, ok := file.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		return nil, nil
	}
	var out []int
	for _, v := range root.Values {
		list, ok := v.Value.(*ast.SequenceNode)
		if !ok || v.Key.String() != "cases" {
			continue
		}
		for _, item := range list.Values {
			out = append(out, lineOf(item))
		}
	}
	return out, nil
}

func lineOf(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key.GetToken().Position.Line
	}
	return n.GetToken().Position.Line
}

func (c *Case) check() (wrong []string) {
	if c.Request.By == "" {
		wrong = append(wrong, "request.by is missing; name one of the people")
	}
	if c.Request.For == "" {
		wrong = append(wrong, "request.for is missing; name one of the resources")
	}
	var more []string
	c.expect, more = readExpectation(c.Expect)
	return append(wrong, more...)
}

// Configuration loads what the file is about, or another configuration.
func (f *File) Configuration(path string) (*config.Config, error) {
	if path == "" {
		if f.Config == "" {
			return nil, Problems{{f.Path, 0, "config is missing; name the configuration that is tried, or give --config"}}
		}
		path = f.Config
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(f.Path), path)
		}
	}
	return config.Load(path, config.Options{WithoutSecrets: true})
}

// expectation is what a case says should come of it. What is not said is not compared.
type expectation struct {
	fate    flows.Fate
	flow    string
	longest time.Duration
	steps   [][]someone
	stepped bool
}

// someone is a requirement: exactly these people could meet it, and so many of them are needed.
type someone struct {
	people []string
	need   int
}

var fates = map[string]flows.Fate{"denied": flows.FateDenied, "automatic": flows.FateAutomatic, "unknown": flows.FateUnknown, "asks": flows.FateAsks}

const fateWords = "denied, automatic, unknown or asks"

// readExpectation reads a word, or a mapping with outcome, flow, longest and steps.
func readExpectation(v any) (e expectation, wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	switch x := v.(type) {
	case string:
		e.outcome(x, say)
	case map[string]any:
		for key, v := range x {
			e.key(key, v, say)
		}
		if e.stepped && e.fate == "" {
			e.fate = flows.FateAsks
		}
	case nil:
		say("expect is missing; write denied, automatic, or {steps: [[ana, [ben, caro]]], longest: 8h}")
	default:
		say("expect is %s, or a mapping with steps, longest, flow and outcome", fateWords)
	}
	return e, wrong
}

func (e *expectation) outcome(word string, say func(string, ...any)) {
	var ok bool
	if e.fate, ok = fates[word]; !ok {
		say("expect: the outcome is %s, not %q", fateWords, word)
	}
}

func (e *expectation) key(key string, v any, say func(string, ...any)) {
	text, isText := v.(string)
	switch {
	case key == "steps":
		e.stepped = true
		e.steps = readSteps(v, say)
	case !isText:
		say("expect.%s must be text", key)
	case key == "outcome":
		e.outcome(text, say)
	case key == "flow":
		e.flow = text
	case key == "longest":
		d, err := flows.ParseHowLong(text)
		if err != nil {
			say("expect.longest: %v", err)
		}
		e.longest = d
	default:
		say("expect.%s is not known; write outcome, flow, longest or steps", key)
	}
}

const stepsForm = "expect.steps is a list of steps, each a list of requirements: one person, a list of those who could, or {of: [ana, ben], at_least: 2}"

func readSteps(v any, say func(string, ...any)) (out [][]someone) {
	list, ok := v.([]any)
	if !ok {
		say(stepsForm)
		return nil
	}
	for _, step := range list {
		reqs, ok := step.([]any)
		if !ok {
			say(stepsForm)
			return nil
		}
		var one []someone
		for _, r := range reqs {
			s, ok := readSomeone(r)
			if !ok {
				say(stepsForm)
			}
			one = append(one, s)
		}
		out = append(out, one)
	}
	return out
}

func readSomeone(v any) (s someone, ok bool) {
	s.need = 1
	switch x := v.(type) {
	case string:
		s.people = []string{x}
		return s, true
	case []any:
		s.people, ok = words(x)
		return s, ok
	case map[string]any:
		of, isList := x["of"].([]any)
		n, isNumber := x["at_least"].(uint64)
		s.people, ok = words(of)
		s.need = int(n)
		return s, ok && isList && isNumber && len(x) == 2
	}
	return s, false
}

func words(list []any) (out []string, ok bool) {
	for _, v := range list {
		s, isText := v.(string)
		if !isText {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}
