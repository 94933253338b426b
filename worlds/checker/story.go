// Package checker judges a world by what can be seen from outside: the exported audit log, what the stand-ins recorded, and what the world itself
// did to them. It shares no code with the program, so that it cannot share its mistakes: it reads the export byte by byte, recomputes the chain,
// and evaluates the flows by rules of its own.
//
// What it knows of time is generous where a promise is: facts may be a minute old, and answers may lag behind writes. It is strict where the
// promise is: an end is late once its target has answered for a few minutes on end.
package checker

import "time"

// Story is everything that is judged.
type Story struct {
	Log      []byte // as `hallpass audit export` writes it
	Begun    time.Time
	Ended    time.Time
	People   []Person
	Policies []Policy
	Changes  []Change // of memberships, oldest first, from the target's own history
	Reads    []Read   // of somebody's memberships by Hallpass, oldest first
	Facts    []Fact   // who was what and when
	Troubles []Trouble
	Acks     []Ack
	Sends    []Send // messages and tickets that were made, in order
	Messages []Message
	Tickets  []Ticket
	Left     []string      // what Hallpass still means to do at the end, but for what it always does
	Swept    []string      // what its own sweep found forgotten
	Lag      time.Duration // how far the target's reads ever lagged behind its writes
	Clocks   []Clock       // by which the log was written, in order; one that is right until the first
	Problems []string      // what the vendors' stand-ins would have punished
}

// Person is a human of the company, by the directory's id.
type Person struct {
	ID, Name string
	Human    string // the same for accounts that are one human
	Account  string // in the chat
	Allowed  bool   // may use Hallpass at all
}

// Policy is flows in force together, under the hash by which the log names them.
type Policy struct {
	Hash  string
	Flows []Flow
}

// Flow is one flow in plain data.
type Flow struct {
	Hash, Name string
	Things     []string // ids of the groups that it gives
	Deny       bool
	Automatic  bool
	Who        string // the group of those who may ask; empty for everybody
	Steps      [][]Need
	Fallback   string
	Longest    time.Duration
	Warn       time.Duration
	Tickets    bool
}

// Need is a requirement: so many of "manager", "shift", or the people of a group.
type Need struct {
	From  string
	Count int
}

// Change is a membership that began or ended.
type Change struct {
	At          time.Time
	Thing, Who  string
	Added, Ours bool
	Head        int64 // how many entries of the log were committed when Hallpass sent the call
}

// Read is one answered look of Hallpass at somebody's memberships.
type Read struct {
	At   time.Time
	Who  string
	Has  []string
	Head int64
}

// Fact says that somebody was something from a moment to another: a member of a people's group, the manager of somebody ("manager/ID"), on the
// shift ("shift"), active ("active").
type Fact struct {
	What, Who string
	From, To  time.Time // To is zero while it holds
}

// Trouble is a time in which a system was not well: "okta", "slack", "pagerduty", "jira", or "hallpass" itself, which was down then.
type Trouble struct {
	System   string
	From, To time.Time
}

// Clock is how wrong the clock was by which the log goes after an entry, since a moment.
type Clock struct {
	After int64
	Off   time.Duration // positive where it is ahead
	Since time.Time
}

// Ack is something that somebody did and that Hallpass took in.
type Ack struct {
	At      time.Time
	Account string
	Kind    string // ask, extend, decide, cancel, give back, revoke
	Yes     bool
	Request int64
	Grant   int64
	Key     string // what makes a repeat harmless
}

// Send is a message or ticket that Hallpass made, under the key or label that it gave it.
type Send struct {
	At   time.Time
	Key  string
	Head int64
}

// Message is one of Hallpass's messages as it stands at the end.
type Message struct {
	Key, Channel, Text string
	Thread             string // text of the replies below it
	Deleted            bool
}

// Ticket is a ticket as it stands at the end.
type Ticket struct {
	Key, Status string
	Labels      []string
	Made        time.Time
}
