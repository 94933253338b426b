package pagerduty

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hallpass/sandbox/faults"
)

// Pages of every list (PagerDuty/api-schema).
const (
	pageStandard = 25
	pageMost     = 100
	reachMost    = 10_000 // offset and limit together
)

// refusal is an answer that says no, with PagerDuty's code.
type refusal struct {
	status  int
	code    int
	message string
	errors  []string
}

// The refusals that are always the same. Of the codes only 2020 is documented; the others are what is seen.
var (
	errUnauthorized = refusal{status: http.StatusUnauthorized, code: 2006, message: "Authentication failed"}
	errForbidden    = refusal{status: http.StatusForbidden, code: 2010, message: "Access Denied"}
	errNotFound     = refusal{status: http.StatusNotFound, code: 2100, message: "Not Found"}
	errRateLimit    = refusal{status: http.StatusTooManyRequests, code: 2020, message: "Rate Limit Exceeded"}
)

func errInvalid(why string) refusal {
	return refusal{http.StatusBadRequest, 2001, "Invalid Input Provided", []string{why}}
}

func refuse(w http.ResponseWriter, e refusal) {
	v := map[string]any{"message": e.message, "code": e.code}
	if len(e.errors) > 0 {
		v["errors"] = e.errors
	}
	writeJSON(w, e.status, map[string]any{"error": v})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // into memory; a client that is gone does not read it
}

// writeList answers with one page of a list under its name.
func writeList(w http.ResponseWriter, q url.Values, name string, all []any) {
	limit, offset, bad := pageOf(q)
	if bad != "" {
		refuse(w, errInvalid(bad))
		return
	}
	end := min(len(all), offset+limit)
	page := append([]any{}, all[min(offset, end):end]...)
	answer := map[string]any{name: page, "limit": limit, "offset": offset, "more": end < len(all), "total": nil}
	if q.Get("total") == "true" {
		answer["total"] = len(all)
	}
	writeJSON(w, http.StatusOK, answer)
}

// pageOf reads limit and offset, or says what is wrong with them.
func pageOf(q url.Values) (limit, offset int, bad string) {
	limit, okLimit := number(q.Get("limit"), pageStandard)
	offset, okOffset := number(q.Get("offset"), 0)
	if !okLimit || !okOffset {
		return 0, 0, "Limit and offset must be positive numbers."
	}
	limit = min(limit, pageMost)
	if limit+offset > reachMost {
		return 0, 0, "Offset and limit together must not be greater than 10000."
	}
	return limit, offset, ""
}

func number(s string, standard int) (int, bool) {
	if s == "" {
		return standard, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0
}

// guard answers rate limit, key and method, in this order, then lets the call through.
func (a *Account) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		ok := a.limit.Take(a.now())
		a.writeLimit(w, a.limit.Left(), a.limit.Until().Sub(a.now()))
		key, isToken := strings.CutPrefix(r.Header.Get("Authorization"), "Token token=")
		full := isToken && a.opts.Token != "" && key == a.opts.Token
		readOnly := isToken && a.opts.ReadOnlyToken != "" && key == a.opts.ReadOnlyToken
		switch {
		case !ok:
			refuse(w, errRateLimit)
		case !full && !readOnly:
			refuse(w, errUnauthorized)
		case !full && r.Method != http.MethodGet:
			refuse(w, errForbidden)
		default:
			next.ServeHTTP(w, r)
			if r.Method != http.MethodGet {
				a.bell.Ring()
			}
		}
	})
}

// writeLimit puts the state of the count into the headers of an answer; reset is in seconds from now.
func (a *Account) writeLimit(w http.ResponseWriter, left int, reset time.Duration) {
	w.Header().Set("ratelimit-limit", strconv.Itoa(a.limit.Allowed))
	w.Header().Set("ratelimit-remaining", strconv.Itoa(left))
	w.Header().Set("ratelimit-reset", faults.Seconds(reset))
}

// writeRateLimited is the fault switch's 429.
func (a *Account) writeRateLimited(w http.ResponseWriter, _ *http.Request, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writeLimit(w, 0, wait)
	refuse(w, errRateLimit)
}
