// Package demo shows Hallpass living: the company of package sandbox, a configuration for it, a story told in the terminal, and the world
// behind the demo page.
//
// It knows Hallpass only from outside, as people and vendors do: it starts no part of it and imports none. Whoever calls it runs the
// program against the configuration that Files writes.
package demo
