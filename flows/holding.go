package flows

import "time"

// HoldingID numbers holdings from 1.
type HoldingID int64

// Before says what was there before the first grant call. It is read and committed before that call and never derived again.
type Before string

// What was there before. Only evidence (a sync before the request was made, and not our own write) makes BeforePresent.
const (
	BeforeUnknown Before = ""
	BeforeAbsent  Before = "absent"
	BeforePresent Before = "present"
)

// ProofKind says how a holding was closed.
type ProofKind string

// The proofs. Nothing else closes a holding.
const (
	ProofGone       ProofKind = "gone"        // read absent twice, in calls of their own
	ProofKept       ProofKind = "kept"        // another source gives it; named
	ProofTargetGone ProofKind = "target_gone" // group or person no longer exist, on two reads
	ProofAttested   ProofKind = "attested"    // two admins with a reason; counted as unproved
)

// Holding is the access itself: what one person has on one entitlement, and what was there before.
type Holding struct {
	ID          HoldingID
	Person      PersonID
	Entitlement Entitlement
	Open        bool
	Before      Before
	BeforeWords string // the evidence: "seen in the sync of 12:00"
	// GrantLands and RemoveLands are committed before every call: until then (machine time) a call that we sent could still land.
	// They are cleared when its answer is known. No read before GrantLands proves absence, none before RemoveLands presence.
	GrantLands  time.Time
	RemoveLands time.Time
	// FirstRead is when the access was first read absent (or gone) after the last removal; company time. Zero: not yet.
	FirstRead     time.Time
	FirstReadReal time.Time // the same in machine time
	FirstReadGone string    // what the first read said when the target itself is gone
	SecondRead    time.Time
	PutBack       int       // how often a second writer put it back after it was read absent
	Stuck         string    // why removing has stopped and an alarm is on, empty when it has not
	LateSince     time.Time // machine time since when a removal is overdue for trouble outside; zero when it is not
	Alarms        int       // how many alarms of that trouble have been told
	Proof         ProofKind
	ProofWords    string
	Opened        time.Time
	Closed        time.Time
	Revision      int
}
