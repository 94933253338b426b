package config

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"hallpass/flows"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// maxFile is the longest file read, in bytes, and maxLine the longest line, in characters: the parser needs a time that grows
	// with the square of a line.
	maxFile = 1 << 20
	maxLine = 10_000
	// maxValues bounds the work that aliases of aliases can cause.
	maxValues = 1 << 20
	// byteOrderMark begins files that some editors write.
	byteOrderMark = "\ufeff"
	// maxSentence is the longest sentence about a problem, in characters.
	maxSentence = 400
)

// place is where something stands in a file, counted from one.
type place struct{ line, col int }

// document is one file being read: its tree, what is wrong, and where each path stands.
type document struct {
	*reader
	file    string
	aliases map[*ast.AliasNode]ast.Node
	places  map[string]place
	bad     []string // paths that have a problem already
}

// reader is shared by the files of one configuration.
type reader struct {
	opts     Options
	problems Problems
	notes    Problems
	values   int
	named    []named
	mentions []Mention
}

// parse reads a file's text and gives its root. After a syntax error there is no root.
func (r *reader) parse(file string, text []byte) (value, bool) {
	d := &document{reader: r, file: file, aliases: map[*ast.AliasNode]ast.Node{}, places: map[string]place{}}
	root := value{doc: d, at: place{1, 1}}
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	if sentence, at := unreadable(text); sentence != "" {
		d.sayAt(at, "%s", sentence)
		return root, false
	}
	docs, ok := d.tree(text)
	if !ok {
		return root, false
	}
	if len(docs) > 1 {
		d.sayAt(placeOf(docs[1].Start), "one document only; remove the line ---")
		return root, false
	}
	if len(docs) == 1 && docs[0].Body != nil {
		d.anchors(docs[0].Body, map[string]ast.Node{})
		root.node = d.unwrap(docs[0].Body)
	}
	return root, true
}

// unreadable says what is wrong with the bytes themselves.
func unreadable(text []byte) (string, place) {
	if len(text) > maxFile {
		return fmt.Sprintf("the file is too long; the limit is %d MB", maxFile>>20), place{1, 1}
	}
	line, col := 1, 1
	for rest := text; len(rest) > 0; col++ {
		c, n := utf8.DecodeRune(rest)
		switch rest = rest[n:]; {
		case c == utf8.RuneError && n == 1:
			return "the file is not UTF-8 text", place{line, col}
		case c == '\n':
			line, col = line+1, 0
		case col > maxLine:
			return "this line is too long", place{line, col}
		}
	}
	return "", place{}
}

// tree runs the parser. A panic of the parser's is a syntax error without a place: it must not take the program down.
func (d *document) tree(text []byte) (docs []*ast.DocumentNode, ok bool) {
	defer func() {
		if recover() != nil {
			d.sayAt(place{1, 1}, "this is not YAML that can be read")
			docs, ok = nil, false
		}
	}()
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return nil, false
	}
	for _, one := range file.Docs {
		if one.Body != nil || one.Start != nil {
			docs = append(docs, one)
		}
	}
	return docs, true
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// syntax reports the parser's complaint in its own words, without anything it quotes from the file.
func (d *document) syntax(err error) {
	var e interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if !errors.As(err, &e) {
		d.sayAt(place{1, 1}, "this is not YAML that can be read")
		return
	}
	d.sayAt(placeOf(e.GetToken()), "not valid YAML: %s", quoted.ReplaceAllString(e.GetMessage(), "…"))
}

// anchors walks the tree in its order, so that an alias means the last anchor of its name above it. An anchor is known only after
// its own value, so no alias can contain itself.
func (d *document) anchors(n ast.Node, known map[string]ast.Node) {
	switch x := n.(type) {
	case *ast.MappingNode:
		for _, v := range x.Values {
			d.anchors(v, known)
		}
	case *ast.MappingValueNode:
		d.anchors(x.Key, known)
		d.anchors(x.Value, known)
	case *ast.SequenceNode:
		for _, v := range x.Values {
			d.anchors(v, known)
		}
	case *ast.TagNode:
		d.sayAt(placeOf(x.Start), "tags such as !!str are not read here; write the plain value")
		d.anchors(x.Value, known)
	case *ast.AnchorNode:
		d.anchors(x.Value, known)
		known[nameOf(x.Name)] = x.Value
	case *ast.AliasNode:
		target, ok := known[nameOf(x.Value)]
		if !ok {
			d.sayAt(placeOf(x.Start), "no anchor &%s stands above", nameOf(x.Value))
		}
		d.aliases[x] = target
	}
}

func nameOf(n ast.Node) string {
	if n == nil || n.GetToken() == nil {
		return ""
	}
	return n.GetToken().Value
}

// unwrap follows anchors, aliases and tags to the value itself; nil when an alias leads nowhere.
func (d *document) unwrap(n ast.Node) ast.Node {
	for {
		switch x := n.(type) {
		case *ast.AnchorNode:
			n = x.Value
		case *ast.AliasNode:
			n = d.aliases[x]
		case *ast.TagNode:
			n = x.Value
		default:
			return n
		}
	}
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{max(1, t.Position.Line), max(1, t.Position.Column)}
}

// start is where a value stands: a block mapping or list has no sign of its own, so it stands where its key does.
func start(n ast.Node, key place) place {
	switch x := n.(type) {
	case nil, *ast.NullNode, *ast.MappingValueNode:
		return key
	case *ast.MappingNode:
		if !x.IsFlowStyle {
			return key
		}
	case *ast.SequenceNode:
		if !x.IsFlowStyle {
			return key
		}
	}
	return placeOf(n.GetToken())
}

// sayAt reports one problem, on one line whatever the words that it quotes hold.
func (d *document) sayAt(at place, format string, args ...any) {
	d.problems = append(d.problems, d.problemAt(at, format, args...))
}

// noteAt notes what is allowed but hardly meant.
func (d *document) noteAt(at place, format string, args ...any) {
	d.notes = append(d.notes, d.problemAt(at, format, args...))
}

func (d *document) problemAt(at place, format string, args ...any) Problem {
	sentence := flows.Cut(strings.Map(printable, fmt.Sprintf(format, args...)), maxSentence)
	return Problem{d.file, at.line, at.col, sentence}
}

func printable(c rune) rune {
	if unicode.IsPrint(c) {
		return c
	}
	return ' '
}

// resolve makes a path that the file names independent of where Hallpass was started.
func (d *document) resolve(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.file), path)
}

// where finds the place of a path, or of what encloses it.
func (d *document) where(path string, otherwise place) place {
	for path != "" {
		if at, ok := d.places[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return otherwise
}

// told reports whether a problem at this path, above or below it was reported already.
func (d *document) told(path string) bool {
	for _, b := range d.bad {
		if b == path || within(b, path) || within(path, b) {
			return true
		}
	}
	return false
}

func within(path, outer string) bool {
	return len(path) > len(outer) && strings.HasPrefix(path, outer) && (path[len(outer)] == '.' || path[len(outer)] == '[')
}
