// Package store keeps the state that package flows describes, behind flows.Store: in one SQLite file, or in one schema of a PostgreSQL
// database that several replicas share.
//
// Words: a change is one function given to Change; a group is the changes that one commit carries; a session is one connection
// with its prepared statements; a row is what stands in a table, its columns for what is searched or constrained and its doc (JSON)
// for the rest; a queue is the intents of one lane, scale and rank; the chain is the audit log, each entry hashed over the one before.
//
// Promised: a change that returned nil is on the disk. Changes happen one after the other, each wholly or not at all, and one that
// fails takes no other with it. States move only along the table of flows. An entry of the chain can neither be altered nor taken
// out unnoticed by Verify, while its typed text can be erased. Intents are claimed by one owner at a time.
//
// A doc holds the fields of flows by their Go names, so renaming or retyping a field there needs a migration here.
//
// Not done here: no decision about what a state means, no retry of an outward act, no network. Contexts of callers never reach the
// writer's SQL, because cancelling one statement would roll back the whole group. The SQL is one text for both databases; what differs
// stands in dialect.go, sqlite.go and postgres.go. Nothing is deleted by cascade.
package store
