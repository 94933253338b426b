package flows

import (
	"fmt"
	"time"
)

// GrantID numbers grants from 1.
type GrantID int64

// String is "G17".
func (id GrantID) String() string { return fmt.Sprintf("G%d", int64(id)) }

// EndCause says why a grant ended.
type EndCause string

// Why a grant ends. Released means that something else still leans on the holding.
const (
	Expired    EndCause = "expired"
	GivenBack  EndCause = "given back"
	Revoked    EndCause = "revoked"
	PersonLeft EndCause = "left"
	ReasonGone EndCause = "reason gone"
	Unfinished EndCause = "not finished"
	WasOver    EndCause = "was over" // it had ended already, in the time that a restored database does not know
)

// Grant is a lease: one entitlement given to one person until a time, or until it is revoked.
type Grant struct {
	ID          GrantID
	State       GrantState
	Request     RequestID
	Person      PersonID
	Entitlement Entitlement
	Holding     HoldingID
	Duration    time.Duration // Indefinite when it has no end
	Started     time.Time     // company time; when access was confirmed
	Ends        time.Time     // company time; zero until started, and when it has no end
	Extended    int
	Warned      bool
	Cause       EndCause // set when it starts to end
	EndBy       PersonID // who revoked or gave it back
	EndWhy      string   // the revoker's words, or why it failed
	Ended       time.Time
	Released    string // what still holds it: another request ("R150") or ReleasedBefore; empty when it was taken away
	Late        string // why the end is late ("Okta does not answer"), empty when it is not
}

// ReleasedBefore says that the access was there before Hallpass, so it stays.
const ReleasedBefore = "before"

// Live reports whether the grant still has to be ended or is on its way to being given.
func (g *Grant) Live() bool { return !g.State.Over() }

// WarnAt is when to warn: `warn` before the end, or a tenth of the time, at least 5 and at most 15 min, when the flow does not say.
// The second result is false when the grant is too short to leave time for a warning.
func (g *Grant) WarnAt(warn time.Duration) (time.Time, bool) {
	if g.Ends.IsZero() {
		return time.Time{}, false
	}
	if warn == 0 {
		warn = min(max(g.Ends.Sub(g.Started)/10, 5*time.Minute), 15*time.Minute)
	}
	at := g.Ends.Add(-warn)
	return at, at.After(g.Started)
}
