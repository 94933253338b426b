package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"hallpass/flows"
)

// UserAgent names us to vendors, who ask for it when they look into trouble, and keep it with what we did.
const UserAgent = "hallpass"

// traits are what the client must know of a request beside its bytes.
type traits struct {
	safe       bool // changes nothing
	background bool
	bucket     string
}

// Exchange carries a request that a vendor's own library made. The answer is always a success whose body is already read;
// everything else is a *flows.CallError.
func (c *Client) Exchange(r *http.Request, bucket string) (*http.Response, error) {
	if !sameOrigin(r.URL, c.base) {
		return nil, c.failed(flows.OutcomeRefused, false, c.vendor+" was not asked: the call is for another host", "")
	}
	return c.exchange(r, traits{safe: reads(r.Method), bucket: bucket})
}

// exchange sends a request and reads the whole answer, within the time and the size allowed.
func (c *Client) exchange(r *http.Request, t traits) (*http.Response, error) {
	if wait, ok := c.budgets.closed(t, c.now()); ok {
		return nil, c.slowDown(wait, !t.background, "our share is used up until then")
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-r.Context().Done():
		return nil, c.failed(flows.OutcomeLater, false, "the call was given up before it was made", "")
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.timeout)
	defer cancel()
	r = r.WithContext(ctx)
	r.Header.Set("User-Agent", UserAgent)
	if err := c.authorize(r); err != nil {
		return nil, err
	}
	told := func(time.Time) {}
	if c.observe != nil {
		told = c.observe()
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, c.noAnswer(ctx, t.safe, err)
	}
	if d, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		told(d)
	}
	return c.read(r, answer, t)
}

// authorize lets the credential be put on; an error means that nothing was sent.
func (c *Client) authorize(r *http.Request) error {
	if c.auth == nil {
		return nil
	}
	err := c.auth(r)
	if err == nil {
		return nil
	}
	var known *flows.CallError
	if errors.As(err, &known) {
		return err
	}
	return c.failed(flows.OutcomeRefused, true, "the credential for "+c.vendor+" cannot be used", err.Error())
}

// read takes the body in and sorts the answer by its status.
func (c *Client) read(r *http.Request, answer *http.Response, t traits) (*http.Response, error) {
	defer func() { _ = answer.Body.Close() }() // read to its end or given up; nothing is lost by closing
	date := c.date(answer)
	if c.limits != nil {
		if b, ok := c.limits(answer.Header, date); ok {
			c.budgets.note(t.bucket, b, c.now())
		}
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.maxAnswer+1))
	if answer.StatusCode/100 != 2 {
		return nil, c.refusal(r, answer, date, body, t.safe)
	}
	if err != nil {
		return nil, c.noAnswer(r.Context(), t.safe, err)
	}
	if int64(len(body)) > c.maxAnswer {
		return nil, c.unreadable(t.safe, fmt.Errorf("the answer is longer than %d bytes", c.maxAnswer))
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// date is the answer's own time, our machine's where it has none.
func (c *Client) date(answer *http.Response) time.Time {
	d, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return c.now()
	}
	return d
}
