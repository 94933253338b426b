package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"hallpass/flows"
)

// Limits of what is taken from an answer that is no success.
const (
	longestSentence = 200 // characters of a vendor's sentence
	longestWait     = time.Hour
)

// Refusal is the cause inside a CallError when the vendor answered with a status that is no success.
type Refusal struct {
	Status int
	Code   string // the vendor's own, if it has one
	Text   string // the vendor's sentence, clean
	call   string // "PUT /api/v1/groups/00g1/users/00u1"
}

func (r *Refusal) Error() string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s: %d %s %s", r.call, r.Status, r.Code, r.Text)), " ")
}

// RefusalOf is the vendor's answer inside an error, nil when there was none.
func RefusalOf(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// failed makes a CallError with everything secret taken out.
func (c *Client) failed(o flows.Outcome, lane bool, sentence, cause string) *flows.CallError {
	e := &flows.CallError{Outcome: o, Lane: lane, Sentence: c.scrub.clean(sentence)}
	if cause != "" {
		e.Cause = errors.New(c.scrub.clean(cause))
	}
	return e
}

// lost is the outcome of a call whose answer did not come: a read can be made again, a change may have happened.
func lost(safe bool) flows.Outcome {
	if safe {
		return flows.OutcomeLater
	}
	return flows.OutcomeUnknown
}

// noAnswer sorts what happens instead of an answer.
func (c *Client) noAnswer(ctx context.Context, safe bool, err error) *flows.CallError {
	cause := bare(err)
	switch {
	case neverSent(err):
		return c.failed(flows.OutcomeLater, true, c.vendor+" cannot be reached", cause)
	case ctx.Err() == context.Canceled:
		return c.failed(lost(safe), false, "the call to "+c.vendor+" was given up", cause)
	case ctx.Err() != nil:
		return c.failed(lost(safe), true, c.vendor+" does not answer", cause)
	}
	return c.failed(lost(safe), true, c.vendor+" broke the connection before it had answered", cause)
}

// neverSent reports whether an error proves that the request did not leave: there was nobody to send it to.
func neverSent(err error) bool {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	return (errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")) || errors.As(err, &certificate)
}

// bare is an error's text without the address that net/http puts before it.
func bare(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}

// unreadable is a success whose words could not be read.
func (c *Client) unreadable(safe bool, err error) *flows.CallError {
	return c.failed(lost(safe), false, c.vendor+"'s answer could not be read", err.Error())
}

// slowDown is a call that the rate limit forbids.
func (c *Client) slowDown(wait time.Duration, lane bool, cause string) *flows.CallError {
	e := c.failed(flows.OutcomeLater, lane, c.vendor+" asks us to slow down", cause)
	e.RetryAfter = wait
	return e
}

// refusal sorts an answer that is no success.
func (c *Client) refusal(asked *http.Request, answer *http.Response, date time.Time, body []byte, safe bool) *flows.CallError {
	r := &Refusal{Status: answer.StatusCode, call: asked.Method + " " + asked.URL.Path}
	if c.explain != nil {
		r.Text, r.Code = c.explain(answer.StatusCode, body)
	}
	r.Text, r.Code, r.call = c.tidy(r.Text), c.tidy(r.Code), c.scrub.clean(r.call)
	e := &flows.CallError{Outcome: flows.OutcomeRefused, Cause: r, Sentence: c.wording(r)}
	switch {
	case r.Status == http.StatusTooManyRequests:
		e.Outcome, e.RetryAfter = flows.OutcomeLater, c.wait(answer.Header, date)
		e.Lane = c.narrow == nil || !c.narrow(answer.Header)
	case r.Status >= 500 || r.Status == http.StatusRequestTimeout:
		e.Outcome, e.Lane = lost(safe), true
		e.RetryAfter, _ = retryAfter(answer.Header, date)
	case r.Status == http.StatusUnauthorized:
		e.Lane = true // no call with this credential can go well
	}
	return e
}

// wording is the sentence for people.
func (c *Client) wording(r *Refusal) string {
	switch {
	case r.Status == http.StatusTooManyRequests:
		return c.vendor + " asks us to slow down"
	case r.Status >= 500 || r.Status == http.StatusRequestTimeout:
		return fmt.Sprintf("%s has trouble (%d)", c.vendor, r.Status)
	case r.Status == http.StatusUnauthorized:
		return c.vendor + " does not accept our credential; an admin must renew it"
	case r.Status/100 == 3:
		return c.vendor + " answers with a redirect to another address; an admin must check api_url"
	case r.Text != "":
		return c.vendor + " refuses: " + strings.TrimRight(r.Text, ".")
	case r.Status == http.StatusForbidden:
		return c.vendor + " does not allow this to our credential"
	}
	return fmt.Sprintf("%s refuses the call (%d)", c.vendor, r.Status)
}

// tidy makes a vendor's text fit to be shown: one line, bounded, nothing secret.
func (c *Client) tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return flows.Cut(c.scrub.clean(strings.Join(strings.Fields(text), " ")), longestSentence)
}

// wait is how long a 429 asks us to wait: by Retry-After, else by the vendor's own headers. Zero when it does not say.
func (c *Client) wait(h http.Header, date time.Time) time.Duration {
	if d, ok := retryAfter(h, date); ok || c.limits == nil {
		return d
	}
	b, _ := c.limits(h, date)
	return bounded(b.Renews)
}

// retryAfter reads Retry-After in seconds or as a time, counted from the answer's own Date.
func retryAfter(h http.Header, date time.Time) (time.Duration, bool) {
	after := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(after); err == nil {
		return bounded(time.Duration(min(n, int(longestWait/time.Second))) * time.Second), true
	}
	at, err := http.ParseTime(after)
	if err != nil {
		return 0, false
	}
	return bounded(at.Sub(date)), true
}

func bounded(d time.Duration) time.Duration { return min(max(d, 0), longestWait) }
