package config

import (
	"fmt"
	"strings"
)

// nearest is the known word most like what was written, empty when none is near enough to be meant.
func nearest(word string, known []string) string {
	best, closest := "", tolerance(word)+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < closest {
			best, closest = k, d
		}
	}
	return best
}

// tolerance is how many slips a word may have: one in the shortest, then two, then a third of it.
func tolerance(word string) int {
	if len(word) < 4 {
		return 1
	}
	return max(2, len(word)/3)
}

// meant finishes a sentence about an unknown word: the nearest known one, or all of them.
func meant(word string, known []string) string {
	if n := nearest(word, known); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	if len(known) == 0 {
		return "none is known here"
	}
	return "known here: " + strings.Join(known, ", ")
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between two words. Words longer than
// longestWord are simply far apart, so that a pasted novel costs nothing.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > longestWord || len(y) > longestWord {
		return longestWord
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			rows[i][j] = step(rows, x, y, i, j)
		}
	}
	return rows[len(x)][len(y)]
}

const longestWord = 64

func step(rows [][]int, x, y []rune, i, j int) int {
	replace := rows[i-1][j-1]
	if x[i-1] != y[j-1] {
		replace++
	}
	d := min(rows[i-1][j]+1, rows[i][j-1]+1, replace)
	if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
		d = min(d, rows[i-2][j-2]+1)
	}
	return d
}
