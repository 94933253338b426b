package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong. Line and Col count from one; Line is zero when the whole file is meant.
type Problem struct {
	File     string
	Line     int
	Col      int
	Sentence string
}

// String is `config.yaml:12:5: unknown key "aproval"; did you mean "approval"?`, which editors can jump to.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Sentence
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Sentence)
}

// Problems is everything wrong with a configuration, ordered by line within each file, the main file first.
type Problems []Problem

// Error is one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Sorted orders problems and leaves out repeats, which come from anchors used more than once.
func (p Problems) Sorted(first string) Problems {
	seen := map[Problem]bool{}
	p = slices.DeleteFunc(p, func(one Problem) bool {
		again := seen[one]
		seen[one] = true
		return again
	})
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(rank(a.File, first)-rank(b.File, first), cmp.Compare(a.File, b.File), a.Line-b.Line, a.Col-b.Col)
	})
	return p
}

func rank(file, first string) int {
	if file == first {
		return 0
	}
	return 1
}
