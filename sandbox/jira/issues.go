package jira

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Person is somebody with an account on the site.
type Person struct {
	AccountID string
	Name      string
	Email     string
	HideEmail bool // as profile visibility may have it: the API does not show the address
}

// Project is a project of the site.
type Project struct {
	Key        string
	Name       string
	IssueTypes []string // names; Task where nil
	Workflow   Workflow // Simple where empty
}

// project is what the site keeps of a project.
type project struct {
	Project
	id    string
	types map[string]string // name → id
	last  int               // number of the newest issue
}

// Issue is an issue as a person reads it.
type Issue struct {
	ID          string
	Key         string
	Project     string
	Type        string
	Summary     string
	Description string // as plain text
	Labels      []string
	Status      string
	Reporter    string // account id
	Assignee    string // account id, "" for nobody
	Comments    []Comment
	History     []Change
	Created     time.Time
}

// Comment is a comment as a person reads it.
type Comment struct {
	Author string // account id
	Text   string
	At     time.Time
}

// Change is one move of an issue between statuses.
type Change struct {
	By       string // account id, Console for the inner side where nobody is named
	From, To string
	At       time.Time
}

// Console is who acts on the inner side where nobody is named.
const Console = "console"

// issue is what the site keeps of an issue.
type issue struct {
	Issue
	project     *project
	description json.RawMessage // the document, null where there is none
	comments    []comment
	properties  map[string]json.RawMessage
	updated     time.Time
	seenFrom    int         // the search from which on it is found
	writes      []time.Time // for the limit
}

// comment is what the site keeps of a comment.
type comment struct {
	Comment
	id   string
	body json.RawMessage
}

// AddPerson adds an account.
func (s *Site) AddPerson(p Person) error {
	return s.change(func() error {
		if s.person(p.AccountID) != nil {
			return fmt.Errorf("there is already an account %s", p.AccountID)
		}
		s.people = append(s.people, p)
		return nil
	})
}

// AddProject adds a project.
func (s *Site) AddProject(d Project) error {
	return s.change(func() error {
		if s.project(d.Key) != nil {
			return fmt.Errorf("there is already a project %s", d.Key)
		}
		if d.IssueTypes == nil {
			d.IssueTypes = []string{"Task"}
		}
		if len(d.Workflow.Statuses) == 0 {
			d.Workflow = Simple()
		}
		p := &project{Project: d, id: s.newID(), types: map[string]string{}}
		for _, name := range d.IssueTypes {
			p.types[name] = s.newID()
		}
		s.projects = append(s.projects, p)
		return nil
	})
}

// Open makes an issue by a person's hand; of the issue given, Project, Type, Summary, Description, Labels, Reporter and
// Assignee are taken. It returns the key. A person's issue is found by searches at once.
func (s *Site) Open(d Issue) (key string, err error) {
	err = s.change(func() error {
		p := s.project(d.Project)
		if p == nil {
			return fmt.Errorf("the site has no project %s", d.Project)
		}
		if d.Type == "" {
			d.Type = p.IssueTypes[0]
		}
		i := s.newIssue(p, d, document(d.Description))
		key = i.Key
		return nil
	})
	return key, err
}

// newIssue files an issue in the first status of its project's workflow.
func (s *Site) newIssue(p *project, d Issue, description json.RawMessage) *issue {
	p.last++
	d.ID, d.Key, d.Project = s.newID(), p.Key+"-"+strconv.Itoa(p.last), p.Key
	d.Status, d.Created = p.Workflow.Statuses[0].Name, s.now()
	d.Comments, d.History = nil, nil
	i := &issue{Issue: d, project: p, description: description, properties: map[string]json.RawMessage{}, updated: s.now(), seenFrom: s.searches}
	s.issues = append(s.issues, i)
	return i
}

// Move puts an issue into a status by a person's hand, whatever its workflow says.
func (s *Site) Move(key, status string) error {
	return s.withIssue(key, func(i *issue) error {
		if i.project.Workflow.status(status).Name == "" {
			return fmt.Errorf("project %s has no status %q", i.Project, status)
		}
		s.move(i, status, Console)
		return nil
	})
}

func (s *Site) move(i *issue, status, by string) {
	i.History = append(i.History, Change{By: by, From: i.Status, To: status, At: s.now()})
	i.Status, i.updated = status, s.now()
}

// Assign gives an issue to an account; "" takes it from everybody.
func (s *Site) Assign(key, accountID string) error {
	return s.withIssue(key, func(i *issue) error {
		if accountID != "" && s.person(accountID) == nil {
			return fmt.Errorf("the site has no account %s", accountID)
		}
		i.Assignee, i.updated = accountID, s.now()
		return nil
	})
}

// Comment writes a comment by a person's hand.
func (s *Site) Comment(key, accountID, text string) error {
	return s.withIssue(key, func(i *issue) error {
		s.comment(i, accountID, document(text))
		return nil
	})
}

func (s *Site) comment(i *issue, by string, body json.RawMessage) comment {
	c := comment{Comment{Author: by, Text: textOf(body), At: s.now()}, s.newID(), body}
	i.comments = append(i.comments, c)
	i.updated = s.now()
	return c
}

// Delete removes an issue; reads answer 404 from then on.
func (s *Site) Delete(key string) error {
	return s.withIssue(key, func(gone *issue) error {
		s.issues = slices.DeleteFunc(s.issues, func(i *issue) bool { return i == gone })
		return nil
	})
}

// Issue returns an issue by its key.
func (s *Site) Issue(key string) (Issue, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.issue(key)
	if i == nil {
		return Issue{}, false
	}
	return i.read(), true
}

// Issues returns every issue in the order in which they were made.
func (s *Site) Issues() []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Issue, 0, len(s.issues))
	for _, i := range s.issues {
		out = append(out, i.read())
	}
	return out
}

// read copies an issue for a person to read.
func (i *issue) read() Issue {
	out := i.Issue
	out.Description = textOf(i.description)
	out.Labels, out.History = slices.Clone(i.Labels), slices.Clone(i.History)
	for _, c := range i.comments {
		out.Comments = append(out.Comments, c.Comment)
	}
	return out
}

func (s *Site) withIssue(key string, f func(*issue) error) error {
	return s.change(func() error {
		i := s.issue(key)
		if i == nil {
			return fmt.Errorf("the site has no issue %s", key)
		}
		return f(i)
	})
}

// issue finds an issue by key in any case, or by id.
func (s *Site) issue(name string) *issue {
	for _, i := range s.issues {
		if strings.EqualFold(i.Key, name) || i.ID == name {
			return i
		}
	}
	return nil
}

// project finds a project by key in any case, or by id.
func (s *Site) project(name string) *project {
	for _, p := range s.projects {
		if strings.EqualFold(p.Key, name) || p.id == name {
			return p
		}
	}
	return nil
}

func (s *Site) person(accountID string) *Person {
	for i := range s.people {
		if s.people[i].AccountID == accountID {
			return &s.people[i]
		}
	}
	return nil
}

func (s *Site) newID() string {
	s.serial++
	return strconv.Itoa(s.serial)
}
