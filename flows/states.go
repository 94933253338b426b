package flows

import "slices"

// RequestState is where a request is in being decided.
type RequestState string

// The states of a request.
const (
	Pending  RequestState = "pending"
	Approved RequestState = "approved"
	Denied   RequestState = "denied"
	Canceled RequestState = "canceled"
	Lapsed   RequestState = "lapsed"
)

// GrantState is where a lease is.
type GrantState string

// The states of a grant. Waiting is "to be used", Active is "in use".
const (
	Waiting  GrantState = "waiting"
	Granting GrantState = "granting"
	Active   GrantState = "active"
	Revoking GrantState = "revoking"
	Ended    GrantState = "ended"
	Dropped  GrantState = "dropped"
	Failed   GrantState = "failed"
)

// Move is one allowed step of a machine.
type Move struct{ From, To string }

// RequestStates and GrantStates list every state; RequestMoves and GrantMoves every allowed step. They are the one table: the store
// fills its own from them, and docs/state-machine.md is compared with them by a test.
var (
	RequestStates = []RequestState{Pending, Approved, Denied, Canceled, Lapsed}
	GrantStates   = []GrantState{Waiting, Granting, Active, Revoking, Ended, Dropped, Failed}

	RequestMoves = []Move{
		{"pending", "approved"}, {"pending", "denied"}, {"pending", "canceled"}, {"pending", "lapsed"},
		{"approved", "pending"},
	}
	GrantMoves = []Move{
		{"waiting", "granting"}, {"waiting", "dropped"},
		{"granting", "active"}, {"granting", "failed"}, {"granting", "revoking"},
		{"active", "revoking"}, {"active", "ended"},
		{"revoking", "ended"},
	}
)

// CanMove reports whether the table allows the step.
func (s RequestState) CanMove(to RequestState) bool {
	return slices.Contains(RequestMoves, Move{string(s), string(to)})
}

// CanMove reports whether the table allows the step.
func (s GrantState) CanMove(to GrantState) bool {
	return slices.Contains(GrantMoves, Move{string(s), string(to)})
}

// Leans reports whether a grant in this state holds its holding up: the access is there or should be, because of it.
func (s GrantState) Leans() bool { return s == Granting || s == Active }

// Over reports whether a grant has reached its end.
func (s GrantState) Over() bool { return s == Ended || s == Dropped || s == Failed }
