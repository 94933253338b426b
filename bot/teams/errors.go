package teams

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"hallpass/bot"
	"hallpass/flows"
)

// deed says what an unclear end of a call means.
type deed int

const (
	reading deed = iota // reads, updates, deletions: asking again is harmless
	posting             // a message may stand although no answer came; the connector has no idempotency keys
)

// answered is an answer of the connector that is no success.
type answered struct {
	Status int
	Code   string // the connector's own word
	Wait   time.Duration
}

func (a *answered) Error() string { return fmt.Sprintf("status %d %s", a.Status, a.Code) }

// unreached are the words of a connector that cannot bring anything to this person or into this conversation, whatever is sent. Source:
// learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis, 2026.
var unreached = map[string]string{
	"MessageWritesBlocked":        "This person has blocked or removed the app in Teams",
	"BotNotInConversationRoster":  "The Teams app is not installed there",
	"BotDisabledByAdmin":          "An administrator of Teams has disabled the app",
	"ForbiddenOperationException": "Teams does not let the app write there; it may not be installed",
}

// statusOf is the status of the connector's answer in an error, 0 when there is none.
func statusOf(err error) int {
	var a *answered
	if errors.As(err, &a) {
		return a.Status
	}
	return 0
}

// classify turns the error of a call into a *flows.CallError.
func classify(d deed, err error) error {
	var already *flows.CallError
	var a *answered
	switch {
	case err == nil:
		return nil
	case errors.As(err, &already):
		return err
	case errors.As(err, &a):
		return byStatus(d, a)
	case neverSent(err):
		return later("Teams cannot be reached", err, 0)
	}
	return noAnswer(d, "Teams does not answer", hidden(err))
}

// byStatus classifies an answer. A message that met a 5xx may have been delivered all the same. Source: the page above.
func byStatus(d deed, a *answered) error {
	switch a.Status {
	case http.StatusUnauthorized:
		return later("Teams does not take Hallpass's token", a, 0)
	case http.StatusTooManyRequests: // of this conversation: the others go on
		return &flows.CallError{Outcome: flows.OutcomeLater, RetryAfter: a.Wait, Sentence: "Teams asks us to slow down", Cause: a}
	case http.StatusConflict, http.StatusPreconditionFailed:
		return &flows.CallError{Outcome: flows.OutcomeLater, RetryAfter: a.Wait, Sentence: "Something else is going on in this conversation", Cause: a}
	case http.StatusNotFound, http.StatusGone:
		return refused("The Teams message or conversation is no longer there", a, true)
	case http.StatusForbidden:
		sentence, known := unreached[a.Code]
		if !known {
			sentence = "Teams does not let the app do this"
		}
		return refused(sentence, a, d == posting)
	case http.StatusRequestEntityTooLarge:
		return refused("The message is too large for Teams", a, false)
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e := noAnswer(d, "Teams has trouble of its own", a)
		e.RetryAfter = a.Wait
		return e
	}
	return refused("Teams refused this (status "+strconv.Itoa(a.Status)+")", a, false)
}

// refused is an answer that asking again will not change. gone says that nothing stands there, or nobody can be reached there.
func refused(sentence string, cause error, gone bool) *flows.CallError {
	if gone {
		cause = errors.Join(flows.ErrNotFound, cause)
	}
	return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: sentence, Cause: cause}
}

func later(sentence string, cause error, wait time.Duration) *flows.CallError {
	return &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, RetryAfter: wait, Sentence: sentence, Cause: hidden(cause)}
}

// noAnswer is an end that nobody knows: a message may stand, anything else is simply tried again.
func noAnswer(d deed, sentence string, cause error) *flows.CallError {
	e := &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: sentence, Cause: cause}
	if d == posting {
		e.Outcome = flows.OutcomeUnknown
	}
	return e
}

// neverSent tells errors from before the request left: nothing can have happened.
func neverSent(err error) bool {
	var op *net.OpError
	var name *net.DNSError
	return errors.As(err, &name) || (errors.As(err, &op) && op.Op == "dial")
}

// hidden takes addresses out of an error: those of the connector hold people's ids.
func hidden(err error) error {
	var withAddress *url.Error
	if errors.As(err, &withAddress) {
		return withAddress.Err
	}
	return err
}

// answerOf reads an answer that is no success.
func answerOf(resp *http.Response, body []byte, now time.Time) *answered {
	a := &answered{Status: resp.StatusCode, Wait: retryAfter(resp.Header.Get("Retry-After"), now)}
	a.Code = bot.ClampText(oneLine(wordOf(body)), codeLength)
	return a
}

// wordOf is the connector's word for what is wrong. Somebody who has blocked the app is told in a form of its own: JSON within the message.
func wordOf(body []byte) string {
	var said struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
		Message string `json:"message"`
	}
	var inner struct {
		Code string `json:"subCode"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	if said.Error.Code == "" && json.Unmarshal([]byte(said.Message), &inner) == nil {
		return inner.Code
	}
	return said.Error.Code
}

// retryAfter reads a Retry-After in either of its forms; 0 when there is none.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
