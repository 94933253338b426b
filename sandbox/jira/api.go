package jira

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// longestSummary is how many characters a summary may have, and a label too.
const longestSummary = 255

// commentsPage is how many comments a page has where nothing is asked for.
const commentsPage = 100

// asIssue is an issue as callers write it.
type asIssue struct {
	Fields     map[string]json.RawMessage
	Properties []struct {
		Key   string
		Value json.RawMessage
	}
}

// createIssue makes an issue, or says what is wrong with each field.
func (s *Site) createIssue(w http.ResponseWriter, r *http.Request) {
	var body asIssue
	if !readBody(w, r, &body) {
		return
	}
	p, d, description, wrong := s.checkFields(body.Fields)
	if len(wrong) > 0 {
		refuseFields(w, wrong)
		return
	}
	d.Reporter = s.opts.AccountID
	i := s.newIssue(p, d, description)
	i.seenFrom = s.searches + s.searchLag
	for _, property := range body.Properties {
		i.properties[property.Key] = property.Value
	}
	writeJSON(w, http.StatusCreated, map[string]any{"id": i.ID, "key": i.Key, "self": issueURL(r, i)})
}

// checkFields reads the fields of a new issue and says what is wrong with each.
func (s *Site) checkFields(fields map[string]json.RawMessage) (p *project, d Issue, description json.RawMessage, wrong map[string]string) {
	wrong, description = map[string]string{}, json.RawMessage("null")
	if p = s.project(nameIn(fields["project"], "key", "id")); p == nil {
		wrong["project"] = "Specify a valid project ID or key"
	}
	d.Type = typeIn(p, fields["issuetype"])
	if d.Type == "" {
		wrong["issuetype"] = "Specify a valid issue type"
	}
	d.Summary = checkSummary(fields["summary"], wrong)
	d.Labels = checkLabels(fields["labels"], wrong)
	if d.Assignee = nameIn(fields["assignee"], "accountId", "id"); d.Assignee != "" && s.person(d.Assignee) == nil {
		wrong["assignee"] = "Specify a valid value for assignee"
	}
	if raw, ok := fields["description"]; ok && string(raw) != "null" {
		description = raw
		if checkDocument(raw) != nil {
			wrong["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
		}
	}
	for name := range fields {
		if !slices.Contains([]string{"project", "issuetype", "summary", "description", "labels", "assignee"}, name) {
			wrong[name] = fmt.Sprintf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", name)
		}
	}
	return p, d, description, wrong
}

func checkSummary(raw json.RawMessage, wrong map[string]string) string {
	var summary string
	switch err := json.Unmarshal(raw, &summary); {
	case err != nil || strings.TrimSpace(summary) == "":
		wrong["summary"] = "You must specify a summary of the issue."
	case strings.ContainsAny(summary, "\r\n"):
		wrong["summary"] = "The summary is invalid because it contains newline characters."
	case len([]rune(summary)) > longestSummary:
		wrong["summary"] = "Summary must be less than 255 characters."
	}
	return summary
}

func checkLabels(raw json.RawMessage, wrong map[string]string) []string {
	var labels []string
	if raw == nil {
		return nil
	}
	if json.Unmarshal(raw, &labels) != nil {
		wrong["labels"] = "data was not an array"
	}
	for _, l := range labels {
		if strings.ContainsAny(l, " \t\n") || l == "" || len([]rune(l)) > longestSummary {
			wrong["labels"] = fmt.Sprintf("The label '%s' contains spaces which is invalid.", l)
		}
	}
	return labels
}

// nameIn reads the first of some members of an object, "" where there is none.
func nameIn(raw json.RawMessage, members ...string) string {
	var object map[string]any
	_ = json.Unmarshal(raw, &object) // what is not an object has no members
	for _, m := range members {
		if s, ok := object[m].(string); ok {
			return s
		}
	}
	return ""
}

// typeIn finds the issue type that a field names, by name or id.
func typeIn(p *project, raw json.RawMessage) string {
	if p == nil {
		return ""
	}
	for name, id := range p.types {
		if id == nameIn(raw, "id") || name == nameIn(raw, "name") {
			return name
		}
	}
	return ""
}

func (s *Site) readIssue(w http.ResponseWriter, r *http.Request) {
	if i := s.found(w, r); i != nil {
		q := r.URL.Query()
		writeJSON(w, http.StatusOK, s.viewIssue(r, i, commas(q["fields"]), commas(q["properties"])))
	}
}

// found finds the issue of the path, or refuses.
func (s *Site) found(w http.ResponseWriter, r *http.Request) *issue {
	i := s.issue(r.PathValue("issue"))
	if i == nil {
		refuse(w, http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
	}
	return i
}

// foundToWrite finds the issue of the path and counts a write to it, or refuses.
func (s *Site) foundToWrite(w http.ResponseWriter, r *http.Request) *issue {
	i := s.found(w, r)
	if i == nil || s.tooFast(w, i) {
		return nil
	}
	return i
}

func (s *Site) listComments(w http.ResponseWriter, r *http.Request) {
	i := s.found(w, r)
	if i == nil {
		return
	}
	q := r.URL.Query()
	all := slices.Clone(i.comments)
	if q.Get("orderBy") == "-created" {
		slices.Reverse(all)
	}
	start, most := numberOr(q.Get("startAt"), 0), numberOr(q.Get("maxResults"), commentsPage)
	end := min(len(all), start+most)
	out := []any{}
	for _, c := range all[min(start, end):end] {
		out = append(out, s.viewComment(r, i, c))
	}
	writeJSON(w, http.StatusOK, map[string]any{"startAt": start, "maxResults": most, "total": len(all), "comments": out})
}

func (s *Site) createComment(w http.ResponseWriter, r *http.Request) {
	i := s.foundToWrite(w, r)
	var body struct{ Body json.RawMessage }
	if i == nil || !readBody(w, r, &body) {
		return
	}
	if checkDocument(body.Body) != nil {
		refuseFields(w, map[string]string{"comment": "Comment body is not valid!"})
		return
	}
	writeJSON(w, http.StatusCreated, s.viewComment(r, i, s.comment(i, s.opts.AccountID, body.Body)))
}

func (s *Site) listTransitions(w http.ResponseWriter, r *http.Request) {
	i := s.found(w, r)
	if i == nil {
		return
	}
	out := []any{}
	for _, t := range i.project.Workflow.from(i.Status) {
		out = append(out, viewTransition(r, i.project, t))
	}
	writeJSON(w, http.StatusOK, map[string]any{"expand": "transitions", "transitions": out})
}

// makeTransition moves an issue, if the transition leads out of its status and brings the fields that it requires.
func (s *Site) makeTransition(w http.ResponseWriter, r *http.Request) {
	i := s.foundToWrite(w, r)
	var body struct {
		Transition struct{ ID string }
		Fields     map[string]json.RawMessage
	}
	if i == nil || !readBody(w, r, &body) {
		return
	}
	if s.conflicts[i.Key] > 0 {
		s.conflicts[i.Key]--
		refuse(w, http.StatusConflict, "The issue has been changed by somebody else at the same time.")
		return
	}
	ways := i.project.Workflow.from(i.Status)
	n := slices.IndexFunc(ways, func(t Transition) bool { return t.ID == body.Transition.ID })
	if n < 0 {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("Transition id '%s' is not valid for this issue.", body.Transition.ID))
		return
	}
	missing := map[string]string{}
	for _, field := range ways[n].Requires {
		if _, ok := body.Fields[field]; !ok {
			missing[field] = field + " is required."
		}
	}
	if len(missing) > 0 {
		refuseFields(w, missing)
		return
	}
	s.move(i, ways[n].To, s.opts.AccountID)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Site) readProject(w http.ResponseWriter, r *http.Request) {
	p := s.project(r.PathValue("project"))
	if p == nil {
		refuse(w, http.StatusNotFound, fmt.Sprintf("No project could be found with key '%s'.", r.PathValue("project")))
		return
	}
	v := viewProject(r, p)
	v["issueTypes"], v["description"] = viewTypes(r, p), ""
	writeJSON(w, http.StatusOK, v)
}

func (s *Site) listTypes(w http.ResponseWriter, r *http.Request) {
	out := []any{}
	for _, p := range s.projects {
		out = append(out, viewTypes(r, p)...)
	}
	writeJSON(w, http.StatusOK, out)
}

func (s *Site) readMyself(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, s.viewPerson(r, s.opts.AccountID))
}

func numberOr(text string, standard int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return standard
	}
	return n
}

// commas reads a list that may be written with commas or by repeating the parameter.
func commas(values []string) []string {
	var out []string
	for _, v := range values {
		for _, each := range strings.Split(v, ",") {
			if each = strings.TrimSpace(each); each != "" {
				out = append(out, each)
			}
		}
	}
	return out
}
