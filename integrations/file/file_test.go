package file

import (
	"testing"

	"hallpass/flows"
	"hallpass/integrations/suite"
)

var team = []Person{
	{ID: "ana", Name: "Ana Silva", Email: "Ana.Silva@acme.com", Title: "Engineer", Manager: "Caro@acme.com", Groups: []string{"team", "team"}, Attributes: map[string]string{"slackId": "U01ANA"}},
	{ID: "ben", Name: "Ben Okafor", Email: "ben@acme.com", Attributes: map[string]string{"slackId": "U01TWIN"}},
	{ID: "caro", Name: "Caro Lind", Email: "caro@acme.com", Manager: "dora", Attributes: map[string]string{"slackId": "U01TWIN"}},
	{ID: "dora", Name: "Dora Top", Email: "dora@acme.com", Manager: "dora"},
	{ID: "emil", Name: "Emil Away", Email: "emil@acme.com", Status: flows.StatusSuspended, Groups: []string{"team"}},
	{ID: "fay", Name: "Fay Gone", Email: "fay@acme.com", Status: flows.StatusLeft},
}

func TestAFileKeepsTheObligationsOfADirectory(t *testing.T) {
	suite.Directory(t, func(t *testing.T, _ *suite.Wire) suite.DirectoryWorld {
		d, err := New(team)
		if err != nil {
			t.Fatal(err)
		}
		return suite.DirectoryWorld{
			Directory: d, Local: true,
			Ana: flows.Person{
				ID: "ana", Login: "ana", Email: "ana.silva@acme.com", Name: "Ana Silva", Title: "Engineer", Status: flows.StatusActive,
				Attributes: map[string]string{"slackId": "U01ANA"},
			},
			Boss: "caro", Top: "dora", Suspended: "emil", Left: flows.Person{ID: "fay", Email: "fay@acme.com"}, Nobody: "nobody",
			Attribute: "slackId", Value: "U01ANA", Twins: "U01TWIN", Group: "team", GroupName: "team", NoGroup: "nothing",
		}
	})
}

func TestMistakesAreToldAllAtOnce(t *testing.T) {
	_, err := New([]Person{{ID: "ana", Manager: "zoe"}, {Name: "no id"}, {ID: "ana"}, {ID: "ben", Status: "away"}})
	want := `person 2 of the list has no id
the id ana is there twice
ben has the status "away"; it is active, suspended or left
the manager of ana is "zoe", who is not in the list`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestWhatWasLoadedStaysAsItWas(t *testing.T) {
	d, err := New(team)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := d.Person(t.Context(), "ana")
	p.Attributes["slackId"] = "U02MALLORY"
	if q, _ := d.Person(t.Context(), "ana"); q.Attributes["slackId"] != "U01ANA" {
		t.Error("a caller changed the directory")
	}
}
