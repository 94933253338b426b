package okta

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/integrations/rest"
	"hallpass/integrations/suite"
	stand "hallpass/sandbox/okta"
	"hallpass/sandbox/spectest"
)

const token = "00tokenOfAnAdmin"

var database = flows.Entitlement{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00gDatabase"}, Permission: "member"}

// acme is a small organisation.
func acme(t *testing.T, change func(*stand.Options)) *stand.Org {
	t.Helper()
	options := stand.Options{Token: token}
	if change != nil {
		change(&options)
	}
	org, err := stand.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = org.Close() })
	person := func(id, email, first, last, manager, slack string, status stand.Status) error {
		profile := map[string]any{"title": first + "'s work", "slackId": slack}
		if manager != "" {
			profile["managerId"] = manager
		}
		return org.AddUser(stand.User{ID: id, Email: email, FirstName: first, LastName: last, Status: status, Profile: profile})
	}
	for _, err := range []error{
		person("00uAna", "Ana.Silva@acme.com", "Ana", "Silva", "00uCaro", "U01ANA", stand.Active),
		person("00uBen", "ben@acme.com", "Ben", "Okafor", "00uCaro", "U01TWIN", stand.Active),
		person("00uCaro", "caro@acme.com", "Caro", "Lind", "DORA@acme.com", "U01TWIN", stand.Active),
		person("00uDora", "dora@acme.com", "Dora", "Top", "", "U01DORA", stand.Active),
		person("00uEmil", "emil@acme.com", "Emil", "Away", "00uCaro", "U01EMIL", stand.Suspended),
		person("00uFay", "fay@acme.com", "Fay", "Gone", "00uCaro", "U01FAY", stand.Deprovisioned),
		org.AddGroup(stand.Group{ID: "00gDatabase", Name: "prod-db", Description: "read and write", Profile: map[string]any{"jitTags": "env=prod, team=payments"}}),
		org.AddGroup(stand.Group{ID: "00gTeam", Name: "team"}),
		org.AddGroup(stand.Group{ID: "00gEveryone", Name: "Everyone", Type: stand.BuiltIn}),
		org.AddGroup(stand.Group{ID: "00gImported", Name: "imported", Type: stand.AppGroup}),
		org.AddGroup(stand.Group{ID: "00gRuled", Name: "engineers"}),
		org.AddRule(stand.Rule{Name: "all-engineers", Expression: `user.slackId=="U01DORA"`, GroupIDs: []string{"00gRuled"}}),
		org.AddMember("00gTeam", "00uAna"), org.AddMember("00gTeam", "00uEmil"), org.AddMember("00gEveryone", "00uAna"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return org
}

// client talks to the organisation, each call held against Okta's own document; through the wire, if there is one.
func client(t *testing.T, org *stand.Org, w *suite.Wire, change func(*Config)) *Okta {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	checked := spectest.Transport(t, spectest.Okta, transport)
	config := Config{
		BaseURL: org.URL(), Token: rest.NewSecret(token), TagsFrom: "jitTags", SessionsOutlive: time.Hour, SessionsOutliveKnown: true,
		Transport: checked, Timeout: suite.Timeout,
	}
	if w != nil {
		config.Transport = w.Over(checked)
	}
	if change != nil {
		change(&config)
	}
	o, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOktaKeepsTheObligationsOfATarget(t *testing.T) {
	t.Parallel()
	suite.Target(t, func(t *testing.T, w *suite.Wire) suite.TargetWorld {
		org := acme(t, nil)
		nothing := database
		nothing.ID = "00gNothing"
		return suite.TargetWorld{
			Target: client(t, org, w, nil), Entitlement: database, Person: "00uBen", Nobody: "00uNobody", Nothing: nothing,
			Has:     func() bool { return slices.Contains(org.Members("00gDatabase"), "00uBen") },
			Secrets: []string{token}, Residual: flows.Residual{For: time.Hour, Known: true},
		}
	})
}

func TestOktaKeepsTheObligationsOfADirectory(t *testing.T) {
	t.Parallel()
	suite.Directory(t, func(t *testing.T, w *suite.Wire) suite.DirectoryWorld {
		ana := flows.Person{
			ID: "00uAna", Login: "Ana.Silva@acme.com", Email: "ana.silva@acme.com", Name: "Ana Silva", Title: "Ana's work", Status: flows.StatusActive,
			Attributes: map[string]string{
				"login": "Ana.Silva@acme.com", "email": "Ana.Silva@acme.com", "firstName": "Ana", "lastName": "Silva",
				"title": "Ana's work", "slackId": "U01ANA", "managerId": "00uCaro",
			},
		}
		return suite.DirectoryWorld{
			Directory: client(t, acme(t, nil), w, nil), Ana: ana, Boss: "00uCaro", Top: "00uDora", Suspended: "00uEmil",
			Left: flows.Person{ID: "00uFay", Email: "fay@acme.com"}, Nobody: "00uNobody",
			Attribute: "slackId", Value: "U01ANA", Twins: "U01TWIN", Group: "00gTeam", GroupName: "team", NoGroup: "00gNothing",
			Secrets: []string{token},
		}
	})
}
