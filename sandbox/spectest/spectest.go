// Package spectest holds what a client sends and what a stand-in answers against the vendors' own OpenAPI documents.
//
// It is for tests only. A Transport sits between client and server and checks each request and each answer that passes; what
// does not fit fails the test with the call and the place in the schema. The documents are not part of this project: they
// lie in ../shared/specs beside the checkout, and where that folder is absent a Transport changes nothing.
//
// Checked are: the path and method exist, every query parameter is one that the document knows, parameters, headers and
// bodies fit their schemas, and a successful answer has a status that the document names. Refusals with a status that the
// document does not mention are let pass, because the documents leave out most of them.
//
// Not checked is what a call means. Where a document contradicts the living service, the exceptions in exceptions.go say so.
package spectest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// The vendors with a document.
const (
	Okta      = "okta"
	PagerDuty = "pagerduty"
	Jira      = "jira"
)

// folder is where the documents lie, seen from the root of the checkout.
const folder = "../shared/specs"

// Available tells whether the vendors' documents lie beside the checkout.
func Available() bool { return specs() != "" }

// Transport returns base with every exchange checked against the vendor's document, failing t where one does not fit.
// A nil base means http.DefaultTransport. Without the folder of documents it returns base unchanged.
func Transport(t testing.TB, vendor string, base http.RoundTripper) http.RoundTripper {
	t.Helper()
	if base == nil {
		base = http.DefaultTransport
	}
	dir := specs()
	if dir == "" {
		return base
	}
	router, err := load(filepath.Join(dir, vendor+".json"), exceptions[vendor])
	if err != nil {
		t.Fatalf("the document of %s cannot be used: %v", vendor, err)
	}
	c := &checker{vendor: vendor, base: base, router: router, fail: t.Errorf}
	t.Cleanup(c.stop)
	return c
}

// checker is the transport with the document.
type checker struct {
	vendor string
	base   http.RoundTripper
	router routers.Router

	mu      sync.Mutex
	fail    func(format string, args ...any)
	stopped bool
}

// RoundTrip checks the request, sends it and checks the answer.
func (c *checker) RoundTrip(r *http.Request) (*http.Response, error) {
	out, asked, err := copyRequest(r)
	if err != nil {
		return nil, err
	}
	if undocumented(c.vendor, r) {
		return c.base.RoundTrip(out)
	}
	input := c.checkRequest(asked)
	res, err := c.base.RoundTrip(out)
	if err != nil || input == nil {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	c.checkAnswer(input, res, body)
	return res, nil
}

// checkRequest reports what is wrong with a request; nil means that the document does not know the call at all.
func (c *checker) checkRequest(r *http.Request) *openapi3filter.RequestValidationInput {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.report(r, "the request", err)
		return nil
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			MultiError: true, SkipSettingDefaults: true, IncludeResponseStatus: true,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		c.report(r, "the request", err)
	}
	for name := range r.URL.Query() {
		if !knows(route, name) {
			c.report(r, "the request", fmt.Errorf("the document knows no query parameter %q here", name))
		}
	}
	return input
}

// checkAnswer reports what is wrong with an answer.
func (c *checker) checkAnswer(input *openapi3filter.RequestValidationInput, res *http.Response, body []byte) {
	if res.StatusCode/100 != 2 && input.Route.Operation.Responses.Status(res.StatusCode) == nil {
		return
	}
	if len(body) == 0 && res.StatusCode == http.StatusNoContent {
		return // some documents name a content type for an answer that has none
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Options: input.Options,
	}
	answer.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(input.Request.Context(), answer); err != nil {
		c.report(input.Request, fmt.Sprintf("the answer %d %s", res.StatusCode, body), err)
	}
}

// report fails the test, unless it has ended and must not be touched any more.
func (c *checker) report(r *http.Request, what string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped {
		c.fail("%s %s: %s does not fit the document of %s: %v", r.Method, r.URL, what, c.vendor, err)
	}
}

func (c *checker) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
}

// copyRequest gives one copy to send and one to read, both with the whole body.
func copyRequest(r *http.Request) (send, read *http.Request, err error) {
	send, read = r.Clone(r.Context()), r.Clone(r.Context())
	if r.Body == nil || r.Body == http.NoBody {
		return send, read, nil
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, nil, err
	}
	send.Body, read.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	return send, read, nil
}

// knows tells whether the document has a query parameter of that name for this call.
func knows(route *routers.Route, name string) bool {
	is := func(p *openapi3.ParameterRef) bool {
		return p.Value.In == openapi3.ParameterInQuery && p.Value.Name == name
	}
	return slices.ContainsFunc(route.Operation.Parameters, is) || slices.ContainsFunc(route.PathItem.Parameters, is)
}

// loaded keeps the parsed documents, which are large.
var loaded sync.Map // path → routers.Router

// load parses a document, applies what the living service does otherwise, and makes a router of it.
func load(path string, except func(*openapi3.T)) (routers.Router, error) {
	if r, ok := loaded.Load(path); ok {
		return r.(routers.Router), nil
	}
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // the calls go to loopback
	if except != nil {
		except(doc)
	}
	router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation(), openapi3.DisableSchemaDefaultsValidation())
	if err != nil {
		return nil, err
	}
	loaded.Store(path, router)
	return router, nil
}

// specs finds the folder of documents from wherever in the checkout the test runs, or returns "".
func specs() string {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, no := os.Stat(filepath.Join(dir, "go.mod")); no == nil {
			found := filepath.Join(dir, filepath.FromSlash(folder))
			if _, no := os.Stat(found); no == nil {
				return found
			}
			return ""
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// undocumented names the calls that the excerpts leave out although the vendor has them.
func undocumented(vendor string, r *http.Request) bool {
	switch vendor {
	case Okta: // the org authorization server has a document of its own
		return strings.HasPrefix(r.URL.Path, "/oauth2/v1/")
	case PagerDuty: // ending an override is left out of the excerpt
		return r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/overrides/")
	case Jira: // so are the properties of issues
		return strings.Contains(r.URL.Path, "/properties/") || strings.HasSuffix(r.URL.Path, "/properties")
	}
	return false
}
