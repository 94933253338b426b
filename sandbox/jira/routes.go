package jira

import (
	"encoding/json"
	"io"
	"net/http"
)

// base is where the API lies on a site.
const base = "/rest/api/3"

// largestBody bounds what a caller may send.
const largestBody = 1 << 20

func (s *Site) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]http.HandlerFunc{
		"POST " + base + "/issue":                             s.createIssue,
		"GET " + base + "/issue/{issue}":                      s.readIssue,
		"GET " + base + "/issue/{issue}/comment":              s.listComments,
		"POST " + base + "/issue/{issue}/comment":             s.createComment,
		"GET " + base + "/issue/{issue}/transitions":          s.listTransitions,
		"POST " + base + "/issue/{issue}/transitions":         s.makeTransition,
		"GET " + base + "/issue/{issue}/properties":           s.listProperties,
		"GET " + base + "/issue/{issue}/properties/{name}":    s.readProperty,
		"PUT " + base + "/issue/{issue}/properties/{name}":    s.putProperty,
		"DELETE " + base + "/issue/{issue}/properties/{name}": s.deleteProperty,
		"GET " + base + "/project/{project}":                  s.readProject,
		"GET " + base + "/issuetype":                          s.listTypes,
		"GET " + base + "/myself":                             s.readMyself,
		"GET " + base + "/search/jql":                         s.searchByQuery,
		"POST " + base + "/search/jql":                        s.searchByBody,
		"GET " + base + "/search":                             gone,
		"POST " + base + "/search":                            gone,
		"/":                                                   func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "dead link") },
	} {
		mux.HandleFunc(pattern, serve)
	}
	return mux
}

// gone is what the search without page tokens answers since 2025.
func gone(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.")
}

// guard lets only the token's account through, one call at a time, and wakes waiters after a change.
func (s *Site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		email, token, ok := r.BasicAuth()
		if !ok || s.opts.Token == "" || email != s.opts.Email || token != s.opts.Token {
			w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
			refuse(w, http.StatusUnauthorized, "Client must be authenticated to access this resource.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, largestBody)
		next.ServeHTTP(w, r)
		if r.Method != http.MethodGet {
			s.bell.Ring()
		}
	})
}

// refuse writes an error of the whole call.
func refuse(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]any{"errorMessages": []string{message}, "errors": map[string]string{}})
}

// refuseFields writes errors of single fields.
func refuseFields(w http.ResponseWriter, errors map[string]string) {
	writeJSON(w, http.StatusBadRequest, map[string]any{"errorMessages": []string{}, "errors": errors})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // into memory; a client that is gone does not read it
}

// readBody decodes a body, or refuses it and returns false.
func readBody(w http.ResponseWriter, r *http.Request, into any) bool {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "The request is too large.")
		return false
	}
	if json.Unmarshal(raw, into) != nil {
		refuse(w, http.StatusBadRequest, "There was an error parsing JSON. Check that your request body is valid.")
		return false
	}
	return true
}
