package flows

import "time"

// Action names what an entry records.
type Action string

// The actions of the audit log.
const (
	ActInstalled     Action = "installed"
	ActPolicy        Action = "policy loaded"
	ActPolicyHeld    Action = "policy held"       // it widens, and waits for an admin's press
	ActPolicyFreed   Action = "policy released"   // by an admin's press
	ActPolicyTold    Action = "policy difference" // who gains and who loses what
	ActMoveHeld      Action = "move held"         // a name or tags that a laxer flow would cover
	ActMoveFreed     Action = "move released"
	ActAsked         Action = "asked"
	ActPeopleAsked   Action = "people asked"
	ActApproved      Action = "agreed"
	ActDenied        Action = "denied"
	ActRefused       Action = "refused" // a press, a command or a form that was not allowed
	ActRequestOK     Action = "approved"
	ActReopened      Action = "asked again" // the policy became stricter before anything was given
	ActCanceled      Action = "canceled"
	ActLapsed        Action = "lapsed"
	ActReminded      Action = "reminded"
	ActEscalated     Action = "escalated"
	ActFallback      Action = "fallback asked"
	ActUnreached     Action = "not reached" // an approver whom no chat can bring the question to
	ActTrouble       Action = "waiting for an answer"
	ActBefore        Action = "read before"
	ActGiving        Action = "giving"
	ActGiven         Action = "given"
	ActNotGiven      Action = "not given"
	ActExtended      Action = "extended"
	ActWarned        Action = "warned"
	ActEnding        Action = "ending"
	ActTakenBack     Action = "taken back"
	ActReleased      Action = "released"
	ActKept          Action = "kept"
	ActPutBack       Action = "put back by somebody else"
	ActLate          Action = "late"
	ActLinked        Action = "linked"
	ActLinkSuspended Action = "link suspended"
	ActLeaver        Action = "left"
	ActBrake         Action = "brake"
	ActBrakeReleased Action = "brake released"
	ActAlarm         Action = "alarm"
	ActRecovering    Action = "recovering"        // the database is older than what was done with it, or nothing says that it is not
	ActRecovered     Action = "recovered"         // what it did not know is found and settled
	ActStray         Action = "found"             // access that our credential gave and nothing explains
	ActStrayAsked    Action = "put before admins" // access that nobody can tell who gave
	ActStrayKept     Action = "kept by an admin"  // for a time
	ActStrayLeft     Action = "left by an admin"  // not ours
	ActCameBack      Action = "came back"         // after a time in which no Hallpass ran
)

// Entry is one line of the audit log. What is hashed never holds typed or personal text: Text is hashed with a salt
// that the store draws, and both lie beside.
type Entry struct {
	Seq     int64
	At      time.Time // company time
	Action  Action
	Actor   PersonID // empty for Hallpass itself
	Via     string   // the account it came through
	Request RequestID
	Grant   GrantID
	Holding HoldingID
	Data    map[string]string // facts: flow, hash, rights, sources. No typed text
	Text    string            // typed or personal text, erasable
	Hash    string            // 64 hexadecimal digits, set by the store
	Prev    string
	Bytes   []byte // exactly what was hashed, set by the store
}

// Short is the short hash that the feed shows, 6 digits.
func (e Entry) Short() string {
	if len(e.Hash) < 6 {
		return e.Hash
	}
	return e.Hash[:6]
}
