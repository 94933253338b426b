package config

import (
	"fmt"
	"strings"

	"hallpass/flows/near"
)

// nearest is the known word most like what was written, empty when none is near enough to be meant.
func nearest(word string, known []string) string {
	best, closest := "", tolerance(word)+1
	for _, k := range known {
		if d := near.Distance(strings.ToLower(word), strings.ToLower(k)); d < closest {
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

// longestWord is how much of an unknown word is shown.
const longestWord = near.Longest
