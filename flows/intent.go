package flows

import (
	"fmt"
	"time"
)

// IntentKind says which outward act, or which piece of later work.
type IntentKind string

// The kinds of intents and their subjects.
const (
	IntentHold   IntentKind = "hold"   // subject: a holding. Make the target what its leases say
	IntentPost   IntentKind = "post"   // subject: a post. Show what its request says
	IntentThread IntentKind = "thread" // subject: a request. Add its entries to the feed's thread after the cursor
	IntentTicket IntentKind = "ticket" // subject: a request. Bring its ticket up to date
	IntentAsk    IntentKind = "ask"    // subject: a request. Gather facts and evaluate again
	IntentTimer  IntentKind = "timer"  // subject: a request or a grant. What falls due by company time
	IntentDeed   IntentKind = "deed"   // subject: an inbox row. Work a committed deed
	IntentSync   IntentKind = "sync"   // subject: an integration
)

// Time scale of an intent's due time.
type Scale string

// The two clocks.
const (
	ByCompany Scale = "company"
	ByMachine Scale = "machine"
)

// Ranks order work inside a lane, lowest first. Ends come first, the riskiest of them at RankEnd and the others up to four behind it.
const (
	RankEnd    = 0
	RankGrant  = 10
	RankNotice = 20
	RankCard   = 30
	RankSync   = 50
)

// Intent is an outward act recorded in the same transaction as the change that asks for it. There is one open intent per kind and
// subject; wanting it again raises its generation and pulls its due time forward.
type Intent struct {
	ID         int64
	Kind       IntentKind
	Subject    string
	Lane       string // "target:okta", "slack:T01", "jira", "engine", "inbox"
	Rank       int
	Scale      Scale
	Due        time.Time
	Generation int64
	Attempt    int
	Owner      string
	ClaimedTo  time.Time // machine time
	LastError  string
	Parked     bool // a panic parked it; its stack is in LastError
}

// Lane names.
const (
	LaneEngine = "engine"
	LaneInbox  = "inbox"
	LaneClock  = "clock"
)

// LaneTarget is the lane of an integration.
func LaneTarget(integration string) string { return "target:" + integration }

// LaneChat is the lane of one chat workspace.
func LaneChat(platform, workspace string) string { return platform + ":" + workspace }

// LaneTickets is the lane of a ticket system.
func LaneTickets(integration string) string { return "tickets:" + integration }

// SubjectOf words a numbered subject: "holding/12".
func SubjectOf[T ~int64](noun string, id T) string { return fmt.Sprintf("%s/%d", noun, int64(id)) }
