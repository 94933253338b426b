package flows

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the class of an error, for code to switch on.
type Kind string

// The kinds of errors that reach people.
const (
	KindInvalid  Kind = "invalid"  // what was asked cannot be; the sentence says what to do
	KindNotFound Kind = "notfound" // surely not there
	KindRefused  Kind = "refused"  // not allowed
	KindConflict Kind = "conflict" // the state has moved on
	KindUnknown  Kind = "unknown"  // somebody outside did not answer; wait
)

// Error has a kind for code, a sentence for the person and a cause for the log.
type Error struct {
	Kind     Kind
	Sentence string
	Field    string // the form's field it belongs to, if any: "resource", "permission", "duration", "reason"
	Cause    error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Sentence + ": " + e.Cause.Error()
	}
	return e.Sentence
}

func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an Error of a kind with a sentence for people.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Sentence: fmt.Sprintf(format, args...)}
}

// KindOf is the kind of an error, KindUnknown for anything untyped.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindUnknown
}

// The two answers of a directory that are surely answers.
var (
	ErrNotFound  = &Error{Kind: KindNotFound, Sentence: "not found"}
	ErrAmbiguous = &Error{Kind: KindInvalid, Sentence: "more than one person matches"}
)

// Outcome is how a call to the outside ended.
type Outcome string

// The outcomes. OutcomeLater surely did nothing; OutcomeUnknown may have taken effect.
const (
	OutcomeDone    Outcome = "done"
	OutcomeLater   Outcome = "later"
	OutcomeRefused Outcome = "refused"
	OutcomeUnknown Outcome = "unknown"
)

// CallError is how every integration reports a call that did not simply succeed.
type CallError struct {
	Outcome Outcome
	// RetryAfter is how long the vendor asked us to wait; zero when it did not say.
	RetryAfter time.Duration
	// Lane is set when the whole lane should close (429, timeout, 5xx), not only this one call.
	Lane     bool
	Sentence string // "Okta does not answer"; no secret, no address
	Cause    error
}

func (e *CallError) Error() string {
	if e.Cause != nil {
		return e.Sentence + ": " + e.Cause.Error()
	}
	return e.Sentence
}

func (e *CallError) Unwrap() error { return e.Cause }

// AsCall reads an error as a CallError. Anything untyped is unknown and closes the lane.
func AsCall(err error) *CallError {
	if err == nil {
		return nil
	}
	var c *CallError
	if errors.As(err, &c) {
		return c
	}
	return &CallError{Outcome: OutcomeUnknown, Lane: true, Sentence: "no clear answer", Cause: err}
}
