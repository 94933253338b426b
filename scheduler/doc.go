// Package scheduler says when things happen: it carries out the intents that are due.
//
// Words: an intent is an outward act that a change recorded; a lane is a set of intents that share a fate (one integration, one chat
// workspace), with its own concurrency; a claim is a lease on an intent; a handler does the work of one kind.
//
// Promised: an intent is worked by one claimer at a time and again if the claimer dies; ends come first in a lane; trouble with a
// vendor closes its lane and one probe every ten seconds opens it; one intent's own refusal backs off that intent only; a panic parks
// the intent with its stack, but an end is never parked for good.
//
// Not done here: no SQL, no vendor, no policy. What to do is the handlers' business; how often and in which order is ours.
package scheduler
