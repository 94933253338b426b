// Package app puts the parts together into a running program. It is the only package that knows all of them.
//
// New opens the store, builds the integrations that the configuration names, and joins engine, bot, chat and scheduler; Run works until
// its context ends or something fatal happens. The demo and the tests boot the very same program, with another clock and other hooks.
package app
