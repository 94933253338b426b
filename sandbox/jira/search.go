package jira

import (
	"encoding/base64"
	"net/http"
	"strconv"
)

// Pages of a search (Jira Cloud platform v3).
const (
	searchPage     = 50
	searchPageMost = 5000
)

// query is a search as callers write it.
type query struct {
	JQL           string
	NextPageToken string
	MaxResults    *int
	Fields        []string
	Properties    []string
}

func (s *Site) searchByBody(w http.ResponseWriter, r *http.Request) {
	var q query
	if readBody(w, r, &q) {
		s.search(w, r, q)
	}
}

func (s *Site) searchByQuery(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	q := query{JQL: v.Get("jql"), NextPageToken: v.Get("nextPageToken"), Fields: commas(v["fields"]), Properties: commas(v["properties"])}
	if v.Has("maxResults") {
		n := numberOr(v.Get("maxResults"), searchPage)
		q.MaxResults = &n
	}
	s.search(w, r, q)
}

// search answers a page. Without fields an issue is its id only; there is no total.
func (s *Site) search(w http.ResponseWriter, r *http.Request, q query) {
	clauses, err := parseJQL(q.JQL)
	if err == nil {
		err = s.checkValues(clauses)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	start, okToken := startOf(q.NextPageToken)
	if !okToken {
		refuse(w, http.StatusBadRequest, "The nextPageToken is not valid.")
		return
	}
	most := searchPage
	if q.MaxResults != nil {
		most = min(max(1, *q.MaxResults), searchPageMost)
	}
	hits := s.hits(clauses)
	end := min(len(hits), start+most)
	page := []any{}
	for _, i := range hits[min(start, end):end] {
		if len(q.Fields) == 0 && len(q.Properties) == 0 {
			page = append(page, map[string]any{"id": i.ID})
			continue
		}
		page = append(page, s.viewIssue(r, i, q.Fields, q.Properties))
	}
	answer := map[string]any{"issues": page, "isLast": end == len(hits)}
	if end < len(hits) {
		answer["nextPageToken"] = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end)))
	}
	writeJSON(w, http.StatusOK, answer)
}

// hits are the issues that a search finds, newest first; it counts the search.
func (s *Site) hits(clauses []clause) []*issue {
	s.searches++
	var out []*issue
	for n := len(s.issues) - 1; n >= 0; n-- {
		i := s.issues[n]
		fits := i.seenFrom < s.searches
		for _, c := range clauses {
			fits = fits && c.matches(i)
		}
		if fits {
			out = append(out, i)
		}
	}
	return out
}

// checkValues refuses projects that do not exist, as Jira does; unknown labels are simply not found.
func (s *Site) checkValues(clauses []clause) error {
	for _, c := range clauses {
		for _, v := range c.values {
			if c.field == "project" && s.project(v) == nil {
				return jqlError("The value '" + v + "' does not exist for the field '" + c.field + "'.")
			}
		}
	}
	return nil
}

func startOf(token string) (int, bool) {
	if token == "" {
		return 0, true
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(string(raw))
	return n, err == nil && n >= 0
}
