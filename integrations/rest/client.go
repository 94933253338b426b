package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hallpass/flows"
)

// Defaults and limits of a client.
const (
	defaultTimeout    = 10 * time.Second
	defaultMaxAnswer  = 16 << 20
	defaultConcurrent = 16
	dialTimeout       = 5 * time.Second
	idleTimeout       = 30 * time.Second
	maxRedirects      = 3
)

// Config says how to talk to one vendor. Only Vendor and BaseURL are required.
type Config struct {
	Vendor  string // the name in sentences: "Okta"
	BaseURL string

	// Auth puts the credential on a request. Its error ends the call before anything is sent.
	Auth func(*http.Request) error
	// Renew is told that the credential was not accepted (401, so nothing was done) and says whether the call is worth one more try.
	Renew   func() bool
	Conceal []Secret // what must never show in an error

	Transport  http.RoundTripper // a pooled one of its own where nil
	Timeout    time.Duration     // for one call, machine time; 10 s where 0
	Concurrent int               // calls under way at one time; 16 where 0
	MaxAnswer  int64             // bytes; 16 MiB where 0

	Now   func() time.Time                           // machine time
	Sleep func(context.Context, time.Duration) error // how Patient waits
	// Observe is called as a call leaves, from any goroutine; what it gives is told the Date of the answer. To notice a clock that is off.
	Observe func() (told func(date time.Time))

	// Explain reads the vendor's own sentence and code from an answer that is no success.
	Explain func(status int, body []byte) (sentence, code string)
	// Limits reads the vendor's rate-limit headers; date is the answer's own.
	Limits func(h http.Header, date time.Time) (Budget, bool)
	// Narrow reports whether a 429 is about one thing only and not about all calls to the vendor.
	Narrow func(h http.Header) bool
}

// Client talks to one vendor.
type Client struct {
	vendor    string
	base      *url.URL
	http      *http.Client
	auth      func(*http.Request) error
	renew     func() bool
	scrub     *scrubber
	timeout   time.Duration
	maxAnswer int64
	slots     chan struct{}
	budgets   budgets
	now       func() time.Time
	sleep     func(context.Context, time.Duration) error
	observe   func() func(time.Time)
	explain   func(int, []byte) (string, string)
	limits    func(http.Header, time.Time) (Budget, bool)
	narrow    func(http.Header) bool
}

// New checks the address and makes a client.
func New(c Config) (*Client, error) {
	base, err := ParseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	c = c.filled()
	client := &Client{
		vendor: c.Vendor, base: base, auth: c.Auth, renew: c.Renew, scrub: newScrubber(c.Conceal), timeout: c.Timeout,
		maxAnswer: c.MaxAnswer, slots: make(chan struct{}, c.Concurrent), now: c.Now, sleep: c.Sleep, observe: c.Observe,
		explain: c.Explain, limits: c.Limits, narrow: c.Narrow,
	}
	client.http = &http.Client{Transport: c.Transport, CheckRedirect: stayHome(base)}
	return client, nil
}

func (c Config) filled() Config {
	if c.Transport == nil {
		c.Transport = newTransport(c.Concurrent)
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Concurrent <= 0 {
		c.Concurrent = defaultConcurrent
	}
	if c.MaxAnswer <= 0 {
		c.MaxAnswer = defaultMaxAnswer
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	return c
}

// newTransport keeps connections alive. Dialing has a limit of its own, so that a host that is not there is told apart from one that
// took the call and does not answer.
func newTransport(concurrent int) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: idleTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: max(concurrent, defaultConcurrent),
		IdleConnTimeout:     idleTimeout,
	}
}

// stayHome follows a redirect only for a read and only on the same host; anything else is handed back as the answer it is.
func stayHome(base *url.URL) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects || via[0].Method != http.MethodGet || !sameOrigin(r.URL, base) {
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// CloseIdle lets go of the connections that wait for reuse.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// Conceal keeps a secret that was learned on the way (an access token) out of every later error.
func (c *Client) Conceal(s Secret) { c.scrub.remember(s) }

// Call is one request.
type Call struct {
	Method string
	Path   []string // segments below the base address, unescaped
	Query  url.Values
	Body   any        // sent as JSON, if not nil
	Form   url.Values // sent as a form, if not nil
	Into   any        // the answer is decoded into this, if not nil

	Bucket     string // the rate-limit bucket it counts in
	Background bool   // leaves a reserve of the budget to others
	Reads      bool   // a POST that changes nothing
}

// reads reports whether a repeat of the request changes nothing.
func reads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead
}

// Do makes a call. Every error is a *flows.CallError.
func (c *Client) Do(ctx context.Context, call Call) error {
	u, err := join(c.base, call.Path)
	if err != nil {
		return c.failed(flows.OutcomeRefused, false, c.vendor+" was not asked: the address would be wrong", err.Error())
	}
	u.RawQuery = call.Query.Encode()
	_, err = c.send(ctx, call, u)
	return err
}

// send makes a call to an address that was checked.
func (c *Client) send(ctx context.Context, call Call, u *url.URL) (*http.Response, error) {
	safe := call.Reads || reads(call.Method)
	answer, err := c.once(ctx, call, u, safe)
	if r := RefusalOf(err); r != nil && r.Status == http.StatusUnauthorized && c.renew != nil && c.renew() {
		answer, err = c.once(ctx, call, u, safe)
	}
	if err != nil {
		return nil, err
	}
	if call.Into == nil {
		return answer, nil
	}
	if err := json.NewDecoder(answer.Body).Decode(call.Into); err != nil {
		return nil, c.unreadable(safe, err)
	}
	return answer, nil
}

func (c *Client) once(ctx context.Context, call Call, u *url.URL, safe bool) (*http.Response, error) {
	request, err := newRequest(ctx, call, u)
	if err != nil {
		return nil, c.failed(flows.OutcomeRefused, false, c.vendor+" was not asked: the request cannot be written", err.Error())
	}
	return c.exchange(request, traits{safe: safe, background: call.Background, bucket: call.Bucket})
}

func newRequest(ctx context.Context, call Call, u *url.URL) (*http.Request, error) {
	var body io.Reader
	kind := ""
	switch {
	case call.Form != nil:
		body, kind = strings.NewReader(call.Form.Encode()), "application/x-www-form-urlencoded"
	case call.Body != nil:
		text, err := json.Marshal(call.Body)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(text), "application/json"
	}
	r, err := http.NewRequestWithContext(ctx, call.Method, u.String(), body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r, nil
}
