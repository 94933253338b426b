package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/slack"
)

// waits asks for prod-db, and gives what stands on the asker's card once somebody is waited for.
func (w *town) waits(request, forWhom string) string {
	w.Helper()
	w.asks(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.gets(caro, request+" ·", "Approve, 1 h")
	return w.text(w.gets(ana, request+" ·", "Waiting for "+forWhom), ana)
}

// syncs has Okta looked at now, and waits until it was.
func (w *town) syncs() {
	w.Helper()
	var before time.Time
	if err := w.app.Store().Change(w.Context(), func(tx flows.Tx) error {
		s, err := tx.Sync("okta")
		if err != nil {
			return err
		}
		before = s.Complete
		return flows.WantSync(tx, "okta", tx.Real())
	}); err != nil {
		w.Fatal(err)
	}
	w.later(time.Second)
	w.holds("Okta was looked at", func(tx flows.Tx) (bool, error) {
		s, err := tx.Sync("okta")
		return s.Complete.After(before), err
	})
}

// lends presses Approve on somebody's card as somebody else, as if they had it on their screen.
func (w *town) lends(owner sandbox.Person, card slack.Message, user string) {
	w.Helper()
	payload, err := w.c.Slack.Payload(owner.Slack, card.Channel, card.TS, "approve")
	if err != nil {
		w.Fatal(err)
	}
	delete(payload, "user")
	delete(payload, "trigger_id")
	if err := w.c.Slack.PressForged(w.Context(), user, payload); err != nil {
		w.Fatal(err)
	}
}

// overrides takes the shift of SRE primary over for the next hours, as anybody can in PagerDuty.
func (w *town) overrides(user string) {
	w.Helper()
	now := w.time.Now()
	body := fmt.Sprintf(`{"overrides":[{"start":%q,"end":%q,"user":{"id":%q,"type":"user_reference"}}]}`, now.Add(-time.Minute).Format(time.RFC3339), now.Add(8*time.Hour).Format(time.RFC3339), user)
	req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.c.PagerDuty.URL()+"/schedules/"+sandbox.PrimarySchedule+"/overrides", strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("Authorization", "Token token="+sandbox.PagerDutyToken)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/vnd.pagerduty+json;version=2")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		w.Fatalf("PagerDuty answers %s", answer.Status)
	}
}

// root is Ana's account for administration, which is one of the database owners.
var root = sandbox.Person{Name: "Root", Email: "ana.admin@acme.example", Okta: "00uanaadmin000000009", Slack: "U0ANAADMIN"}

func secondAccount(c *sandbox.Company) {
	_ = c.Okta.AddUser(okta.User{ID: root.Okta, Email: root.Email, FirstName: "Ana", LastName: "Admin", Profile: map[string]any{"slackId": root.Slack}})
	_ = c.Okta.AddMember(sandbox.DatabaseOwnersGroup, root.Okta)
	c.Slack.AddUser(slack.User{ID: root.Slack, TeamID: sandbox.TeamID, Name: "anaadmin", RealName: "Ana Admin", Email: root.Email, TZ: "Europe/Lisbon"})
}

// added is how often somebody came into a group.
func (w *town) added(group, user string) (n int) {
	for _, c := range w.c.Okta.History() {
		if c.Group == group && c.User == user && c.Added && c.ByAPI {
			n++
		}
	}
	return n
}
