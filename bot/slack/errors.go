package slack

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"hallpass/flows"

	api "github.com/slack-go/slack"
)

// deed says what an unclear end of a call means.
type deed int

const (
	reading deed = iota // reads, updates, deletions: asking again is harmless
	posting             // a message may stand although no answer came; Slack has no idempotency keys
)

// refusals are the answers that asking again will not change. Source: the error lists of chat.postMessage, chat.update, chat.delete,
// chat.postEphemeral, conversations.open, views.open, views.update and views.publish at docs.slack.dev, 2026.
var refusals = map[string]string{
	"channel_not_found":                   "The Slack channel does not exist, or Hallpass was not invited to it",
	"not_in_channel":                      "Hallpass is not a member of the Slack channel. Invite it there",
	"is_archived":                         "The Slack channel is archived",
	"is_inactive":                         "The Slack channel is no longer active",
	"messages_tab_disabled":               "The app's messages tab is switched off. Switch it on in the app's settings under App Home",
	"user_not_found":                      "Slack does not know this person",
	"user_disabled":                       "This person's Slack account is deactivated",
	"user_not_visible":                    "Slack does not show this person to Hallpass",
	"user_not_in_channel":                 "This person is not in the Slack channel",
	"cannot_dm_bot":                       "A bot cannot get direct messages",
	"message_not_found":                   "The Slack message is no longer there",
	"cant_update_message":                 "The Slack message cannot be edited by Hallpass",
	"cant_delete_message":                 "The Slack message cannot be deleted by Hallpass",
	"edit_window_closed":                  "The Slack message can no longer be edited",
	"cannot_reply_to_message":             "The Slack thread is no longer there",
	"thread_not_found":                    "The Slack thread is no longer there",
	"restricted_action":                   "A rule of the workspace forbids Hallpass to post there",
	"expired_trigger_id":                  "The form could not be opened in time. Try again",
	"exchanged_trigger_id":                "The form was opened already",
	"invalid_trigger_id":                  "The form could not be opened. Try again",
	"trigger_exchanged":                   "The form was opened already",
	"not_found":                           "The form is no longer open",
	"hash_conflict":                       "The form has changed meanwhile",
	"view_too_large":                      "The form is too large for Slack",
	"not_enabled":                         "The app's Home tab is switched off. Switch it on in the app's settings under App Home",
	"ekm_access_denied":                   "The workspace's encryption keys do not let Hallpass post there",
	"restricted_action_read_only_channel": "The Slack channel is read-only",
}

// gone are the refusals that say: there is no such message, conversation or form (any more).
var gone = map[string]bool{"message_not_found": true, "channel_not_found": true, "thread_not_found": true,
	"cannot_reply_to_message": true, "not_found": true}

// unclear are the answers after which something may have happened nevertheless.
var unclear = map[string]bool{"internal_error": true, "fatal_error": true, "request_timeout": true, "service_unavailable": true}

// crowded are the answers of a Slack that has had enough for now.
var crowded = map[string]bool{"ratelimited": true, "rate_limited": true, "message_limit_exceeded": true, "accesslimited": true}

// classify turns the error of a call into a *flows.CallError.
func (s *Slack) classify(ctx context.Context, d deed, err error) error {
	var already *flows.CallError
	var limited *api.RateLimitedError
	var status api.StatusCodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &already):
		return err
	case errors.As(err, &limited):
		return later("Slack asks us to slow down", err, limited.RetryAfter)
	case code(err) != "":
		return s.answered(ctx, d, err)
	case errors.As(err, &status) && status.Code == http.StatusTooManyRequests:
		return later("Slack asks us to slow down", err, 0)
	case neverSent(err):
		return later("Slack cannot be reached", err, 0)
	}
	return noAnswer(d, "Slack does not answer", hidden(err))
}

// answered classifies an answer with ok:false.
func (s *Slack) answered(ctx context.Context, d deed, err error) error {
	c := code(err)
	if fatal := asFatal("slack.bot_token", err); fatal != nil {
		s.alarm(ctx, fatal.Error())
		return later("Slack refuses Hallpass's token", err, 0)
	}
	sentence, known := refusals[c]
	switch {
	case known:
		if gone[c] {
			err = errors.Join(flows.ErrNotFound, err)
		}
		return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: sentence, Cause: err}
	case crowded[c]:
		return later("Slack asks us to slow down", err, 0)
	case unclear[c]:
		return noAnswer(d, "Slack has trouble of its own", err)
	}
	return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "Slack refused this (" + c + ")", Cause: details(err)}
}

func later(sentence string, cause error, wait time.Duration) error {
	return &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, RetryAfter: wait, Sentence: sentence, Cause: hidden(cause)}
}

// noAnswer is an end that nobody knows: a message may stand, anything else is simply tried again.
func noAnswer(d deed, sentence string, cause error) error {
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

// details adds what Slack says is wrong with the blocks; it names places, not what was typed.
func details(err error) error {
	var refused api.SlackErrorResponse
	if !errors.As(err, &refused) || len(refused.ResponseMetadata.Messages) == 0 {
		return err
	}
	return &detailed{err, refused.ResponseMetadata.Messages}
}

type detailed struct {
	error
	messages []string
}

func (d *detailed) Unwrap() error { return d.error }

func (d *detailed) Error() string {
	text := d.error.Error()
	for _, m := range d.messages {
		text += "; " + m
	}
	return text
}
