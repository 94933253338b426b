package jira

import "slices"

// Status is a state of an issue.
type Status struct {
	ID       string
	Name     string
	Category Category
}

// Category groups statuses by how far the work is.
type Category string

// The categories, by the keys that Jira gives them.
const (
	ToDo       Category = "new"
	InProgress Category = "indeterminate"
	Done       Category = "done"
)

// categories are the further marks of each category.
var categories = map[Category]struct {
	id          int
	name, color string
}{
	ToDo:       {2, "To Do", "blue-gray"},
	InProgress: {4, "In Progress", "yellow"},
	Done:       {3, "Done", "green"},
}

// Transition moves an issue from some statuses to one.
type Transition struct {
	ID       string
	Name     string
	From     []string // names of statuses
	To       string
	Requires []string // fields that must be given with it, such as resolution
}

// Workflow is the statuses of a project, the first for new issues, and the ways between them.
type Workflow struct {
	Statuses    []Status
	Transitions []Transition
}

// Simple is the workflow of a project that names no other.
func Simple() Workflow {
	return Workflow{
		Statuses: []Status{{"10010", "To Do", ToDo}, {"10011", "In Progress", InProgress}, {"10012", "Done", Done}},
		Transitions: []Transition{
			{ID: "11", Name: "Start work", From: []string{"To Do"}, To: "In Progress"},
			{ID: "21", Name: "Finish", From: []string{"In Progress"}, To: "Done"},
			{ID: "31", Name: "Drop", From: []string{"To Do"}, To: "Done"},
			{ID: "41", Name: "Reopen", From: []string{"Done"}, To: "To Do"},
		},
	}
}

// Strict is a workflow that knows one way only: Open, In Progress, Done.
func Strict() Workflow {
	return Workflow{
		Statuses: []Status{{"1", "Open", ToDo}, {"3", "In Progress", InProgress}, {"10001", "Done", Done}},
		Transitions: []Transition{
			{ID: "711", Name: "Take", From: []string{"Open"}, To: "In Progress"},
			{ID: "721", Name: "Resolve", From: []string{"In Progress"}, To: "Done"},
			{ID: "731", Name: "Reopen", From: []string{"Done"}, To: "Open"},
		},
	}
}

// status finds a status by name.
func (w Workflow) status(name string) Status {
	i := slices.IndexFunc(w.Statuses, func(s Status) bool { return s.Name == name })
	if i < 0 {
		return Status{}
	}
	return w.Statuses[i]
}

// from are the transitions that lead out of a status.
func (w Workflow) from(status string) []Transition {
	var out []Transition
	for _, t := range w.Transitions {
		if slices.Contains(t.From, status) {
			out = append(out, t)
		}
	}
	return out
}
