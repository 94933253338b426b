package jira

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
	"hallpass/integrations/suite"
	stand "hallpass/sandbox/jira"
)

func TestATicketIsReadAsItIsNow(t *testing.T) {
	s, j, _ := site(t)
	ok(t, s.AddPerson(stand.Person{AccountID: "712020:ana", Name: "Ana Silva", Email: "ana@acme.com"}),
		s.AddPerson(stand.Person{AccountID: "712020:ben", Name: "Ben Okafor", Email: "ben@acme.com", HideEmail: true}))
	key, err := s.Open(stand.Issue{Project: "SEC", Summary: "Replay", Labels: []string{"payments"}, Reporter: "712020:ben", Assignee: "712020:ana"})
	ok(t, err)
	read := func(key string, want flows.TicketFacts) {
		t.Helper()
		got, err := j.Read(t.Context(), key)
		ok(t, err)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", key, d)
		}
	}
	want := flows.TicketFacts{Key: key, Project: "SEC", Status: "Open", Assignee: "ana@acme.com", AssigneeID: "712020:ana", AssigneeName: "Ana Silva",
		Labels: []string{"payments"}, Creator: "712020:ben"}
	read(key, want)
	ok(t, s.Move(key, "In Progress"), s.Assign(key, "712020:ben"))
	want.Status, want.Assignee, want.AssigneeID, want.AssigneeName = "In Progress", "", "712020:ben", "Ben Okafor"
	read("sec-1", want)
	ok(t, s.Assign(key, ""))
	want.AssigneeID, want.AssigneeName = "", ""
	read(key, want)

	ours := open(t, j)
	got, err := j.Read(t.Context(), ours)
	ok(t, err)
	if !got.Ours || !cmp.Equal(got.Labels, []string{"hallpass-r142"}) {
		t.Errorf("our own ticket is %+v", got)
	}
}

func TestATicketThatCannotBeRead(t *testing.T) {
	_, j, wire := site(t)
	if _, err := j.Read(t.Context(), "SEC-99"); !errors.Is(err, flows.ErrNotFound) {
		t.Errorf("no such ticket: %v", err)
	}
	for name, key := range map[string]string{"of the path": "SEC-1/../../myself", "of a query": "SEC-1?expand=x"} {
		if _, err := j.Read(t.Context(), key); !errors.Is(err, flows.ErrNotFound) {
			t.Errorf("a key %s: %v", name, err)
		}
	}
	wire.Break(suite.Unavailable)
	if _, err := j.Read(t.Context(), "SEC-1"); err == nil || errors.Is(err, flows.ErrNotFound) {
		t.Errorf("503 is %v", err)
	}
}
