package jira

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// stamp writes a time as Jira does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+0000") }

func at(r *http.Request, path string) string { return "http://" + r.Host + base + path }

func issueURL(r *http.Request, i *issue) string { return at(r, "/issue/"+i.ID) }

// viewIssue is an issue with the fields asked for: names, *all, *navigable, and names after a minus that are left out.
func (s *Site) viewIssue(r *http.Request, i *issue, fields, properties []string) map[string]any {
	all := s.viewFields(r, i)
	everything := len(fields) == 0 || slices.Contains(fields, "*all") || slices.Contains(fields, "*navigable")
	picked := map[string]any{}
	for name, value := range all {
		asked := everything || slices.Contains(fields, name)
		if asked && !slices.Contains(fields, "-"+name) {
			picked[name] = value
		}
	}
	v := map[string]any{"id": i.ID, "key": i.Key, "self": issueURL(r, i), "expand": "changelog,transitions", "fields": picked}
	if len(properties) > 0 {
		shown := maps.Clone(i.properties)
		maps.DeleteFunc(shown, func(name string, _ json.RawMessage) bool {
			return !slices.Contains(properties, name) && !slices.Contains(properties, "*all")
		})
		v["properties"] = shown
	}
	return v
}

func (s *Site) viewFields(r *http.Request, i *issue) map[string]any {
	comments := []any{}
	for _, c := range i.comments {
		comments = append(comments, s.viewComment(r, i, c))
	}
	return map[string]any{
		"summary": i.Summary, "description": i.description, "labels": append([]string{}, i.Labels...),
		"status": viewStatus(r, i.project.Workflow.status(i.Status)), "project": viewProject(r, i.project),
		"issuetype": viewType(r, i.project, i.Type), "created": stamp(i.Created), "updated": stamp(i.updated),
		"reporter": s.viewPersonOrNull(r, i.Reporter), "creator": s.viewPersonOrNull(r, i.Reporter),
		"assignee": s.viewPersonOrNull(r, i.Assignee), "resolution": nil,
		"comment": map[string]any{"comments": comments, "total": len(comments), "startAt": 0, "maxResults": len(comments)},
	}
}

func viewStatus(r *http.Request, st Status) map[string]any {
	c := categories[st.Category]
	return map[string]any{
		"id": st.ID, "name": st.Name, "description": "", "self": at(r, "/status/"+st.ID), "iconUrl": at(r, "/icon"),
		"statusCategory": map[string]any{
			"id": c.id, "key": string(st.Category), "name": c.name, "colorName": c.color, "self": at(r, "/statuscategory/"+string(st.Category)),
		},
	}
}

func viewProject(r *http.Request, p *project) map[string]any {
	return map[string]any{
		"id": p.id, "key": p.Key, "name": p.Name, "self": at(r, "/project/"+p.id), "projectTypeKey": "software", "simplified": false,
	}
}

func viewTypes(r *http.Request, p *project) []any {
	out := []any{}
	for _, name := range p.IssueTypes {
		out = append(out, viewType(r, p, name))
	}
	return out
}

func viewType(r *http.Request, p *project, name string) map[string]any {
	id := p.types[name]
	return map[string]any{
		"id": id, "name": name, "description": "", "self": at(r, "/issuetype/"+id), "subtask": false, "hierarchyLevel": 0,
	}
}

func viewTransition(r *http.Request, p *project, t Transition) map[string]any {
	return map[string]any{
		"id": t.ID, "name": t.Name, "to": viewStatus(r, p.Workflow.status(t.To)), "hasScreen": len(t.Requires) > 0,
		"isAvailable": true, "isConditional": false, "isGlobal": false, "isInitial": false,
	}
}

func (s *Site) viewComment(r *http.Request, i *issue, c comment) map[string]any {
	who := s.viewPersonOrNull(r, c.Author)
	v := map[string]any{
		"id": c.id, "self": issueURL(r, i) + "/comment/" + c.id, "body": c.body,
		"created": stamp(c.At), "updated": stamp(c.At), "jsdPublic": true,
	}
	if who != nil {
		v["author"], v["updateAuthor"] = who, who
	}
	return v
}

// viewPersonOrNull is null where nobody is meant or the account is not known.
func (s *Site) viewPersonOrNull(r *http.Request, accountID string) any {
	if s.person(accountID) == nil {
		return nil
	}
	return s.viewPerson(r, accountID)
}

// viewPerson shows an account; the address only where its owner lets it be seen.
func (s *Site) viewPerson(r *http.Request, accountID string) map[string]any {
	p := s.person(accountID)
	v := map[string]any{
		"self": at(r, "/user?accountId="+strings.ReplaceAll(accountID, ":", "%3A")), "accountId": p.AccountID,
		"accountType": "atlassian", "active": true, "displayName": p.Name, "timeZone": "Etc/UTC",
	}
	if !p.HideEmail {
		v["emailAddress"] = p.Email
	}
	return v
}
