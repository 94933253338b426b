// Package rest is the one HTTP client that every integration talks through.
//
// The vocabulary: a Client speaks to one vendor at one base address; a Call is one request with the path in segments and JSON on
// both sides; a Budget is what the vendor's rate limit leaves in a bucket; a Secret is a value that prints as dots.
//
// What is promised: every failure is a *flows.CallError whose class says what may have happened. A call that surely did nothing is
// "later" or "refused"; a call that changes something and whose answer was lost is "unknown", never tried again in here. Secrets
// and query strings stay out of every error. Nothing is sent to another host than the one that was configured, neither by a
// redirect nor by a next link. An answer is bounded in time and size.
//
// What is not done: patience. Backoff, lanes and retries live around the integrations; the one exception is Client.Patient,
// for long background reads that would otherwise never come to an end.
package rest
