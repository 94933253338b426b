// Package config reads config.yaml into checked settings and compiled flows.
//
// The words: a problem is one thing wrong, with its file, line and column; a reference names a secret (env:NAME or file:PATH)
// without being it; a section is a mapping with a fixed set of keys, listed in schema.go; a note is something that is allowed but
// hardly meant.
//
// Promised: every problem is reported at once, in the order of the file, and a file with a problem gives no settings at all. An
// unknown key, a key that stands twice, a key that belongs to a later version, a value of another type are problems, never ignored.
// No problem ever shows the value of a secret, nor a line of the file, because a line may hold one that was pasted by mistake.
// What comes out is complete: defaults are filled in, paths are resolved against the folder of the file that names them, addresses
// are lower case, references to integrations exist and have a kind that can do what is asked of it. Whatever goes through without a
// human is bounded by in_total and has a human past it. A flow that Print wrote reads back with the same hash, and whatever Parse
// accepts fits the JSON Schema that Schema prints.
//
// Not done: nothing is called to see whether a token works or a group exists (that is for doctor and the first sync), and the file
// is never written. Only keys that begin with x-, at the top level, are free: they hold anchors.
package config
