package flows

import (
	"fmt"
	"slices"
	"time"
)

// RequestID numbers requests from 1; people see "R142".
type RequestID int64

// String is "R142".
func (id RequestID) String() string { return fmt.Sprintf("R%d", int64(id)) }

// Request is one person asking for one entitlement for a time, with a reason. An extension names the grant that it would lengthen.
type Request struct {
	ID          RequestID
	State       RequestState
	Revision    int // raised by every change; cards show one revision
	Asker       PersonID
	For         PersonID // the one who gets it; the asker, until asking for others is built
	Entitlement Entitlement
	Duration    time.Duration     // as asked, Indefinite when without an end; what is given is Grants' own, never longer
	Until       time.Time         // the moment named as its end, if one was: it lasts no longer, however long deciding takes
	Approved    time.Duration     // as approved: an approver may shorten; zero until approved
	Reason      string            // typed text: plain, stored beside the chain
	TicketKey   string            // the ticket that the asker named, where the flow wants one
	TicketSeen  TicketSeen        // what that ticket was like when it was asked
	Fields      map[string]string // answers to the own questions of the flow, by name: typed text
	Extends     GrantID           // the grant this lengthens, 0 for an ordinary request
	FlowName    string
	FlowHash    string // the flow as it was when asked
	Guarded     bool   // it is a group that decides about access, so two admins decide too
	ForGroup    string // the group whose override of that flow holds for the asker, empty for none
	Nonce       string // one opened form makes at most one request
	Via         Account
	Made        time.Time
	Lapses      time.Time
	StepIndex   int       // the step that is being asked now, 0-based; len(steps) when none is left
	StepAsked   time.Time // when the people of this step were first asked
	Asked       []Asked   // who has been asked so far, with the requirement
	Reminders   int       // sent about this step
	Escalated   bool      // others were asked because nobody had decided for so long
	Widened     bool      // more people of a group were asked after a while
	Trouble     string    // why it waits for an outside answer ("PagerDuty does not answer"), empty when it does not
	Closed      time.Time
	ClosedBy    PersonID
	Ending      string    // the sentence of its end: the denier's comment, why it was canceled
	Policy      string    // hash of the flow as now, when last evaluated
	Ticket      string    // the ticket's key, when there is one
	TicketStage int       // how far the ticket has been brought: 1 opened, 2 granted, 3 ended
	TicketLands time.Time // until when (machine time) a ticket could still come of a call that was lost
	Stray       bool      // nobody asked: access that was found after the database had been set back
	Open        []OpenRequirement
	NotAtOnce   *NotAtOnce // the shift that would have let it through without a human, had it been planned for longer
}

// TicketSeen is what cards show of a ticket that was named.
type TicketSeen struct {
	Status   string
	Assignee string // name, empty for nobody
}

// Asked is one person who was asked to decide, and by which right.
type Asked struct {
	Person PersonID
	Key    string    // the requirement's selector key
	Right  string    // words: "manager", "on call, SRE primary"
	Until  time.Time // end of the shift that gives the right, when there is one
	Step   int
	Gone   bool // no longer asked: handed over, suspended, decided
	// Unreached is set while no chat can bring the question to this person.
	Unreached bool `json:",omitempty"`
}

// OpenRequirement is what the last evaluation found still missing, kept for the cards.
type OpenRequirement struct {
	Key        string
	Words      string // "one of database-owners", "your manager"
	Lacks      int    // so many approvals are missing
	Candidates []Candidate
	Fallback   bool   // nobody was there, so the fallback is asked instead
	Unknown    string // the outside does not answer; its sentence
}

// Candidate is somebody who could meet a requirement. OnCallUntil is set for those on a shift.
type Candidate struct {
	Person  PersonID
	Right   string
	Until   time.Time // end of the shift, for those on call
	Primary bool      // asked at first; the others after a while
	Source  string    // where the fact came from
	ReadAt  time.Time // machine time
	Via     string    // the selector key that makes the candidate eligible: the requirement's, or the fallback's
	Key     string    // the requirement that a yes would meet; another than the open one if that frees a decision for it
}

// CanDecide reports whether a decision can still be made.
func (r *Request) CanDecide() bool { return r.State == Pending }

// CouldDecide reports whether this person could decide it when it was last evaluated, asked already or not.
func (r *Request) CouldDecide(who PersonID) bool {
	could := slices.ContainsFunc(r.Open, func(o OpenRequirement) bool {
		return slices.ContainsFunc(o.Candidates, func(c Candidate) bool { return c.Person == who })
	})
	return r.CanDecide() && (could || isAsked(r, who))
}

// Given is the duration that holds: the approved one if somebody shortened it.
func (r *Request) Given() time.Duration {
	if r.Approved > 0 {
		return r.Approved
	}
	return r.Duration
}

// EndsAfter is when something that begins now is over: after its time, or at the moment that was named. It is zero when it has no end.
func (r *Request) EndsAfter(start time.Time, d time.Duration) time.Time {
	switch {
	case d == Indefinite:
		return r.Until
	case r.Until.IsZero():
		return start.Add(d)
	}
	return earlier(start.Add(d), r.Until)
}

// windowOver reports whether the end that was named for it is so near, or past, that nothing is worth beginning.
func (r *Request) windowOver(now time.Time) bool {
	return !r.Until.IsZero() && r.Until.Sub(now) < time.Minute
}

const windowWords = "The time that it was asked for was over before it could be given."

// Right is why a decision counts: the requirement it can meet, and how its maker came by it.
type Right struct {
	Key    string // selector key of the requirement
	Via    string // selector key that made the maker eligible: the same, or one of the fallback's
	Words  string // "manager", "on call, SRE primary"
	Source string // where the fact came from: "okta", "pagerduty"
	ReadAt time.Time
	Shared bool `json:",omitempty"` // for a step of SamePerson: it counts in such steps only
}

// Decision is one person's yes or no.
type Decision struct {
	ID       int64
	Request  RequestID
	Person   PersonID
	Yes      bool
	Comment  string
	Duration time.Duration // a shorter duration, 0 when unchanged
	Rights   []Right
	Step     int
	Proof    string // "" counts at once; "waiting" until a fresh sign-in is bound to it
	Via      Account
	At       time.Time
}
