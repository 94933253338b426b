package okta

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// call is one authorised API call on its way through a handler.
type call struct {
	w  http.ResponseWriter
	r  *http.Request
	by actor
}

// refusal is an answer that says no, with Okta's error code and its sentence.
type refusal struct {
	status  int
	code    string
	summary string
}

// The refusals that are always the same. Of the codes only E0000047 is documented by Okta; the others are what is seen.
var (
	errInvalidToken = refusal{http.StatusUnauthorized, "E0000011", "Invalid token provided"}
	errForbidden    = refusal{http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action"}
	errWrongStatus  = refusal{http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status."}
	errSearch       = refusal{http.StatusBadRequest, "E0000031", "Invalid search criteria."}
	errRateLimit    = refusal{http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests."}
	errNoEndpoint   = refusal{http.StatusMethodNotAllowed, "E0000022", "The endpoint does not support the provided HTTP method"}
)

func errNotFound(kind, id string) refusal {
	return refusal{http.StatusNotFound, "E0000007", fmt.Sprintf("Not found: Resource not found: %s (%s)", id, kind)}
}

func errInvalid(what string) refusal {
	return refusal{http.StatusBadRequest, "E0000001", "Api validation failed: " + what}
}

// refuse writes a refusal with Okta's error body.
func (o *Org) refuse(w http.ResponseWriter, e refusal) {
	writeJSON(w, e.status, map[string]any{
		"errorCode": e.code, "errorSummary": e.summary, "errorLink": e.code,
		"errorId": "oae" + w.Header().Get(headerRequest), "errorCauses": []any{},
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // into memory; a client that is gone does not read it
}

// limitOf reads the limit parameter: standard where absent, most where more was asked for.
func limitOf(q url.Values, standard, most int) (int, bool) {
	if !q.Has("limit") {
		return standard, true
	}
	n, err := strconv.Atoi(q.Get("limit"))
	return min(n, most), err == nil && n > 0
}

// cursorOf reads the after parameter, which callers must not understand.
func cursorOf(q url.Values) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(q.Get("after"))
	return string(raw), err == nil
}

// linkPage writes the Link headers of one page: itself, and the next where there is one.
func linkPage(w http.ResponseWriter, r *http.Request, next string) {
	q := r.URL.Query()
	w.Header().Add("Link", fmt.Sprintf(`<%s>; rel="self"`, pageURL(r, q)))
	if next == "" {
		return
	}
	q.Set("after", base64.RawURLEncoding.EncodeToString([]byte(next)))
	w.Header().Add("Link", fmt.Sprintf(`<%s>; rel="next"`, pageURL(r, q)))
}

func pageURL(r *http.Request, q url.Values) string {
	u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: q.Encode()}
	return u.String()
}

// writePage answers with one page of a shelf.
func writePage[T any](o *Org, c *call, s *shelf[T], standard, most int, keep func(T) bool, view func(T) any) {
	limit, ok := limitOf(c.r.URL.Query(), standard, most)
	cursor, okCursor := cursorOf(c.r.URL.Query())
	if !ok || !okCursor {
		o.refuse(c.w, errInvalid("limit or after"))
		return
	}
	page, last, more := s.after(cursor, limit, keep)
	if !more {
		last = ""
	}
	views := make([]any, 0, len(page))
	for _, v := range page {
		views = append(views, view(v))
	}
	linkPage(c.w, c.r, last)
	writeJSON(c.w, http.StatusOK, views)
}
