// Package worlds is a small company that breaks while Hallpass runs in it, in virtual time and told by a seed.
//
// A World holds the very program (app, with engine, store, scheduler, integrations and bot) and the very stand-ins of the vendors, inside a
// bubble of testing/synctest, where days pass in milliseconds. Nothing in it acts by itself: the world says who acts next, so that the same seed
// gives the same audit log, byte for byte. All effects leave by two doors, the store's commits (the hooks) and the calls to the outside (the
// gate). Faults stand in those doors, and a crash shuts both at once.
//
// Plan draws what happens from a seed: who asks, who presses, what breaks. Tell carries it out, heals everything, lets everything end and hands
// package checker what is to be judged: the exported log, and what the stand-ins saw. The checker shares no code with the program.
//
// A concurrent world (Free) tells the same kind of story to several Hallpasses on one PostgreSQL, in real time that leaps over what nobody waits
// for, with goroutines that run as they like. It promises no replay and keeps its story.
//
// Not done here: sockets to Slack (what people do enters where the adapter hands it over), and TCP (a call goes to its handler directly; the wire is
// tested with the integrations).
package worlds
