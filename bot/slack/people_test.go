package slack

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"hallpass/bot"
	"hallpass/flows"
	sandbox "hallpass/sandbox/slack"
)

func TestProfile(t *testing.T) {
	d := newDesk(t, sandbox.Options{}, nil)
	got, err := d.s.Profile(d.ctx, d.ana())
	d.must(err)
	want := flows.Profile{Account: d.ana(), Name: "Ana Silva", Email: "ana@acme.com", Zone: "Europe/Berlin", Confirmed: true}
	if got != want {
		t.Errorf("Ana is %+v", got)
	}
	for refused, edit := range map[string]func(*sandbox.User){
		refuseGone:     func(u *sandbox.User) { u.Deleted = true },
		refuseBot:      func(u *sandbox.User) { u.Bot = true },
		refuseGuest:    func(u *sandbox.User) { u.Restricted = true },
		refuseStranger: func(u *sandbox.User) { u.Stranger = true },
		refuseInvited:  func(u *sandbox.User) { u.Invited = true },
	} {
		d.w.AddUser(sandbox.User{ID: "U0CASE", RealName: "Case"})
		d.w.ChangeUser("U0CASE", edit)
		d.s.people.Forget(account("T01ACME", "U0CASE"))
		if p, err := d.s.Profile(d.ctx, account("T01ACME", "U0CASE")); err != nil || p.Refused != refused {
			t.Errorf("want %q, got %+v, %v", refused, p, err)
		}
	}
	for what, c := range map[string]struct {
		user    sandbox.User
		account flows.Account
		refused string
	}{
		"single-channel guest":        {sandbox.User{ID: "U1", UltraRestricted: true}, account("T01ACME", "U1"), refuseGuest},
		"another workspace":           {sandbox.User{ID: "U2", TeamID: "T0OTHER"}, account("T0OTHER", "U2"), refuseStranger},
		"claims to be of ours":        {sandbox.User{ID: "U3", TeamID: "T0OTHER"}, account("T01ACME", "U3"), refuseStranger},
		"claims to be of another":     {sandbox.User{ID: "U4"}, account("T0OTHER", "U4"), refuseStranger},
		"no workspace in the payload": {sandbox.User{ID: "U5"}, account("", "U5"), refuseStranger},
		"Slackbot":                    {sandbox.User{ID: "U6"}, account("T01ACME", "USLACKBOT"), refuseBot},
		"nobody":                      {sandbox.User{ID: "U7"}, account("T01ACME", "U0NOBODY"), refuseUnknown},
	} {
		d.w.AddUser(c.user)
		if p, err := d.s.Profile(d.ctx, c.account); err != nil || p.Refused != c.refused {
			t.Errorf("%s: want %q, got %+v, %v", what, c.refused, p, err)
		}
	}
	d.w.AddUser(sandbox.User{ID: "U0NEW", Email: "new@acme.com", EmailUnconfirmed: true})
	if p, err := d.s.Profile(d.ctx, account("T01ACME", "U0NEW")); err != nil || p.Confirmed || p.Refused != "" {
		t.Errorf("an unconfirmed address: %+v, %v", p, err)
	}
}

// What Slack leaves out counts against the account.
func TestMissingFlagsFailClosed(t *testing.T) {
	whole := `"id":"U1","team_id":"T1","deleted":false,"is_bot":false,"is_restricted":false,"is_ultra_restricted":false,"is_email_confirmed":true`
	for text, want := range map[string]string{
		`{` + whole + `}`: "",
		`{"id":"U1","team_id":"T1","is_bot":false,"is_restricted":false,"is_ultra_restricted":false}`:       refuseUnsure,
		`{"id":"U1","team_id":"T1","deleted":false,"is_restricted":false,"is_ultra_restricted":false}`:      refuseUnsure,
		`{"id":"U1","team_id":"T1","deleted":false,"is_bot":false,"is_ultra_restricted":false}`:             refuseUnsure,
		`{"id":"U1","team_id":"T1","deleted":false,"is_bot":false,"is_restricted":false}`:                   refuseUnsure,
		`{"team_id":"T1","deleted":false,"is_bot":false,"is_restricted":false,"is_ultra_restricted":false}`: refuseUnsure,
		`{"id":"U1","deleted":false,"is_bot":false,"is_restricted":false,"is_ultra_restricted":false}`:      refuseStranger,
		`{}`:                                 refuseUnsure,
		`{` + whole + `,"is_app_user":true}`: refuseBot, `{` + whole + `,"is_workflow_bot":true}`: refuseBot,
		`{` + whole + `,"is_connector_bot":true}`: refuseBot,
	} {
		var u user
		if err := json.Unmarshal([]byte(text), &u); err != nil {
			t.Fatal(err)
		}
		if got := refusal(account("T1", "U1"), u, []string{"T1"}); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	var unsure user
	if err := json.Unmarshal([]byte(`{"id":"U1"}`), &unsure); err != nil || profile(account("T1", "U1"), unsure, nil).Confirmed {
		t.Errorf("an address is confirmed though Slack did not say so (%v)", err)
	}
}

// On Enterprise Grid somebody belongs to workspaces and to the organization.
func TestGrid(t *testing.T) {
	text := `{"id":"W1","team_id":"T1","deleted":false,"is_bot":false,"is_restricted":false,"is_ultra_restricted":false,
		"enterprise_user":{"enterprise_id":"E1","teams":["T1","T2"]}}`
	var u user
	if err := json.Unmarshal([]byte(text), &u); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		workspace string
		teams     []string
		want      string
	}{
		{"T1", []string{"T2"}, ""}, {"T2", []string{"E1"}, ""}, {"E1", []string{"T1"}, ""},
		{"T3", []string{"T1", "T3"}, refuseStranger}, {"T1", []string{"T3"}, refuseStranger}, {"T1", nil, refuseStranger},
	} {
		if got := refusal(account(c.workspace, "W1"), u, c.teams); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestFind(t *testing.T) {
	d := newDesk(t, sandbox.Options{}, nil)
	got, err := d.s.Find(d.ctx, Platform, "T01ACME", "ANA@acme.com")
	d.must(err)
	if got.Account != d.ana() || got.Refused != "" || !got.Confirmed {
		t.Errorf("found %+v", got)
	}
	d.w.AddUser(sandbox.User{ID: "U0GONE", Email: "gone@acme.com", Deleted: true})
	for _, c := range [][3]string{{Platform, "T01ACME", "nobody@acme.com"}, {Platform, "T01ACME", "gone@acme.com"},
		{Platform, "T0OTHER", "ana@acme.com"}, {"teams", "T01ACME", "ana@acme.com"}} {
		if _, err := d.s.Find(d.ctx, c[0], c[1], c[2]); !errors.Is(err, flows.ErrNotFound) {
			t.Errorf("%v gives %v", c, err)
		}
	}
}

// Typing in a search asks Slack once in a while; every deed of an account, and every change of it, asks anew.
func TestProfilesAreFresh(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	at := d.post(approverCard())
	asks := func() int { return d.w.Calls()["users.info"] }
	read := func() flows.Profile { p, err := d.s.Profile(d.ctx, d.ana()); d.must(err); return p }
	read()
	before := asks()
	read()
	if asks() != before {
		t.Error("a profile that was just read was read again")
	}
	d.must(d.w.Press(d.ctx, "U0ANA", at.Channel, at.TS, "approve"))
	read()
	if asks() != before+1 {
		t.Error("after a press the profile was not read anew")
	}
	d.w.ChangeUser("U0ANA", func(u *sandbox.User) { u.Restricted = true })
	d.in.until(t, "the change arrives", func() bool { return len(d.in.changed) == 1 })
	if p := read(); p.Refused != refuseGuest {
		t.Errorf("after a change the profile is %+v", p)
	}
	var p bot.Profiles
	now := time.Now()
	p.Remember(flows.Profile{Account: d.ana(), Name: "old"}, now.Add(-time.Minute), now.Add(-2*time.Minute))
	if _, known := p.Recall(d.ana(), now.Add(-20*time.Second)); known {
		t.Error("an old profile was used")
	}
}

func TestFit(t *testing.T) {
	d := newDesk(t, sandbox.Options{}, nil)
	bots := []string{"U0ANA", "U0BOT"}
	for want, c := range map[string]sandbox.Channel{
		"":                              {ID: "C1", Name: "fine", Members: bots},
		"The Slack channel is archived": {ID: "C2", Name: "old", Archived: true, Members: bots},
		"The Slack channel is shared with another company":                    {ID: "C3", Name: "shared", ExtShared: true, Members: bots},
		"Hallpass is not a member of the Slack channel. Invite it there":      {ID: "C4", Name: "others", Members: []string{"U0ANA"}},
		"The Slack channel does not exist, or Hallpass was not invited to it": {ID: "C5", Name: "secret", Private: true, Members: []string{"U0ANA"}},
	} {
		d.w.AddChannel(c)
		if got, err := d.s.Fit(d.ctx, "T01ACME", c.ID); err != nil || got != want {
			t.Errorf("%s: %q, %v", c.Name, got, err)
		}
	}
	if got, err := d.s.Fit(d.ctx, "T01ACME", d.w.DM("U0ANA")); err != nil || got != "" {
		t.Errorf("a direct conversation: %q, %v", got, err)
	}
}

func TestDirectIsRemembered(t *testing.T) {
	d := newDesk(t, sandbox.Options{}, nil)
	for range 3 {
		at, err := d.s.Direct(d.ctx, d.ana())
		d.must(err)
		if at.Channel != d.w.DM("U0ANA") || at.Workspace != "T01ACME" || at.TS != "" {
			t.Errorf("Ana's conversation is %+v", at)
		}
	}
	if got := d.w.Calls()["conversations.open"]; got != 1 {
		t.Errorf("Slack was asked %d times", got)
	}
	d.w.AddUser(sandbox.User{ID: "U0GONE", Deleted: true})
	_, err := d.s.Direct(d.ctx, account("T01ACME", "U0GONE"))
	if got := asEnded(err); got != (finish{Outcome: flows.OutcomeRefused}) {
		t.Errorf("somebody who left: %v", err)
	}
}
