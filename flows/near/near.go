// Package near says how far apart two words are, so that what was probably meant can be proposed. What is near enough is for whoever asks to
// say. Nothing is ever decided by it.
package near

// Longest is how many characters a word may have. Longer ones are simply far apart, so that a pasted novel costs nothing.
const Longest = 64

// Distance counts the insertions, deletions, replacements and swaps of neighbours between two words, in characters; Longest where one of them is
// longer than that.
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > Longest || len(y) > Longest {
		return Longest
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
