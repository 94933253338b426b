// Package policy tries flows out before they are in force: worked cases, and the difference between two configurations.
//
// The words: a world is a small company given in a file (people, groups, shifts, things, a clock). A case is a request in a world, and what
// is expected of it. A difference is who gains and who loses what when one configuration takes the place of another.
//
// What is promised: the answers come from the very functions that decide requests (flows.Policy.Rule); a case that fails says what was
// expected, what came instead and why; a mistake in a file names its line. What is not done: nothing outside is asked but the directory and
// the shifts that are handed in, and nothing is written.
package policy
