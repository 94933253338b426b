package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	api "github.com/slack-go/slack"
)

// The flags by which an app tells who may act, as slack-go reads them.
func TestUserFlags(t *testing.T) {
	w := open(t, Options{})
	client := clientFor(w)
	tests := []struct {
		user User
		look func(*api.User) bool
	}{
		{User{ID: "U1", RealName: "Plain", Email: "p@acme.com"}, func(u *api.User) bool {
			return u.TeamID == "T01ACME" && u.Profile.Email == "p@acme.com" && !u.IsRestricted && !u.IsBot && u.TZ == "UTC"
		}},
		{User{ID: "U2", Restricted: true}, func(u *api.User) bool { return u.IsRestricted && !u.IsUltraRestricted }},
		{User{ID: "U3", UltraRestricted: true}, func(u *api.User) bool { return u.IsRestricted && u.IsUltraRestricted }},
		{User{ID: "U4", Stranger: true, TeamID: "T0OTHER", Email: "s@other.com"}, func(u *api.User) bool {
			return u.IsStranger && u.TeamID == "T0OTHER" && u.Profile.Email == ""
		}},
		{User{ID: "U5", Bot: true}, func(u *api.User) bool { return u.IsBot }},
		{User{ID: "U6", Deleted: true, TZ: "Europe/Berlin"}, func(u *api.User) bool { return u.Deleted && u.TZ == "" }},
		{User{ID: "U7", TZ: "Asia/Kolkata"}, func(u *api.User) bool { return u.TZOffset == 19800 }},
	}
	for _, test := range tests {
		w.AddUser(test.user)
		u, err := client.GetUserInfo(test.user.ID)
		if err != nil || !test.look(u) {
			t.Errorf("%+v is shown as %+v, %v", test.user, u, err)
		}
	}
	raw := post(t, w, "users.info", obj{"user": slackbotID})["user"].(obj)
	if raw["is_bot"] != false {
		t.Error("Slackbot says that it is a bot, which Slack's does not")
	}
	for id, key := range map[string]string{"U8": "is_invited_user", "U9": "is_email_confirmed"} {
		w.AddUser(User{ID: id, Invited: id == "U8", EmailUnconfirmed: id == "U9"})
		if got := post(t, w, "users.info", obj{"user": id})["user"].(obj)[key]; got != (id == "U8") {
			t.Errorf("%s of %s is %v", key, id, got)
		}
	}
}

func TestLookups(t *testing.T) {
	w := open(t, Options{})
	client := clientFor(w)
	if u, err := client.GetUserByEmail("ANA@acme.com"); err != nil || u.ID != "U0ANA" {
		t.Errorf("by address: %+v, %v", u, err)
	}
	w.ChangeUser("U0ANA", func(u *User) { u.Deleted = true })
	if _, err := client.GetUserByEmail("ana@acme.com"); err == nil || err.Error() != "users_not_found" {
		t.Errorf("a deactivated person by address: %v", err)
	}
	if dm, _, _, err := client.OpenConversation(&api.OpenConversationParameters{Users: []string{"U0BEN"}}); err != nil || dm.ID != w.DM("U0BEN") {
		t.Errorf("direct message: %+v, %v", dm, err)
	}
	if c, err := client.GetConversationInfo(&api.GetConversationInfoInput{ChannelID: "C0SEC"}); err != nil || c.Name != "security" || !c.IsMember {
		t.Errorf("channel: %+v, %v", c, err)
	}
	w.AddUsergroup(Usergroup{ID: "S0SRE", Handle: "sre", Users: []string{"U0BEN"}})
	if groups, err := client.GetUserGroups(api.GetUserGroupsOptionIncludeUsers(true)); err != nil || fmt.Sprint(groups[0].Users) != "[U0BEN]" {
		t.Errorf("user groups: %+v, %v", groups, err)
	}
	if me, err := client.AuthTest(); err != nil || me.UserID != "U0BOT" || me.TeamID != "T01ACME" || me.BotID != "B0BOT" {
		t.Errorf("auth.test: %+v, %v", me, err)
	}
}

// Pages of a list, as slack-go walks them.
func TestPages(t *testing.T) {
	w := open(t, Options{})
	for i := range 25 {
		w.AddUser(User{ID: fmt.Sprintf("U1%02d", i)})
	}
	users, err := clientFor(w).GetUsers(api.GetUsersOptionLimit(10))
	if err != nil || len(users) != 29 { // Slackbot, the bot, Ana and Ben too
		t.Fatalf("%d people, %v", len(users), err)
	}
	if calls := w.Calls()["users.list"]; calls != 3 {
		t.Errorf("it took %d calls", calls)
	}
}

func TestTokens(t *testing.T) {
	w := open(t, Options{Scopes: []string{"chat:write", "users:read"}})
	tests := []struct{ token, method, want string }{
		{"", "auth.test", "not_authed"},
		{"xoxb-wrong", "auth.test", "invalid_auth"},
		{"xapp-sandbox", "auth.test", "not_allowed_token_type"},
		{"xoxb-sandbox", "apps.connections.open", "not_allowed_token_type"},
		{"xoxb-sandbox", "usergroups.list", "missing_scope"},
		{"xoxb-sandbox", "auth.test", "ok"},
	}
	for _, test := range tests {
		if got := refused(callAs(t, w, test.token, test.method, nil)); got != test.want {
			t.Errorf("%s with %q answers %s, want %s", test.method, test.token, got, test.want)
		}
	}
	missing := post(t, w, "usergroups.list", nil)
	if missing["needed"] != "usergroups:read" || missing["provided"] != "chat:write,users:read" {
		t.Errorf("a missing scope is told as %v", missing)
	}
	if u := post(t, w, "users.info", obj{"user": "U0ANA"})["user"].(obj); u["profile"].(obj)["email"] != nil {
		t.Error("an address is shown without users:read.email")
	}
	w.RevokeToken()
	if got := refused(post(t, w, "auth.test", nil)); got != "token_revoked" {
		t.Errorf("a revoked token answers %s", got)
	}
	gone := open(t, Options{})
	gone.Uninstall()
	if got := refused(post(t, gone, "auth.test", nil)); got != "account_inactive" {
		t.Errorf("after uninstalling it answers %s", got)
	}
}

// slack-go gives up on tokens that are no good, and so it must be told.
func TestSlackGoStopsOnARevokedToken(t *testing.T) {
	d := newDesk(t, Options{})
	d.w.RevokeAppToken()
	d.until("the client asked again", func() bool { return d.w.Calls()["apps.connections.open"] == 2 })
	if _, _, err := d.client.StartSocketModeContext(d.ctx); err == nil || err.Error() != "token_revoked" {
		t.Errorf("the client is told %v", err)
	}
}

// What people cannot do in Slack, they cannot do here.
func TestWhatPeopleCannotDo(t *testing.T) {
	w := open(t, Options{})
	w.AddUser(User{ID: "U0EXT", RealName: "Eve", Stranger: true, TeamID: "T0OTHER"})
	w.AddUser(User{ID: "U0GONE", RealName: "Gus", Deleted: true})
	w.ChangeChannel("C0SEC", func(c *Channel) { c.ExtShared = true; c.Members = append(c.Members, "U0EXT") })
	card := post(t, w, "chat.postMessage", obj{"channel": "C0SEC", "text": "x", "blocks": inActionsBlock(oneButton)})["ts"].(string)
	ctx := t.Context()
	press := func(user, channel, ts, action string) error { return w.Press(ctx, user, channel, ts, action) }
	command := func(user, channel string) error { _, err := w.Slash(ctx, user, channel, "/access", ""); return err }
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"a stranger's command", command("U0EXT", "C0SEC"), "offers its commands to nobody else"},
		{"a stranger's shortcut", w.Shortcut(ctx, "U0EXT", "ask"), "offers its shortcuts to nobody else"},
		{"a leaver's command", command("U0GONE", ""), "deactivated"},
		{"a bot's command", command("U0BOT", "C0SEC"), "is a bot"},
		{"nobody's command", command("U0NOBODY", "C0SEC"), "nobody in the workspace"},
		{"a press elsewhere", press("U0ANA", w.DM("U0BEN"), card, "a#"), "cannot see channel"},
		{"a press on nothing", press("U0ANA", "C0SEC", "1.2", "a#"), "sees no message"},
		{"a press on what is not there", press("U0ANA", "C0SEC", card, "deny"), "there are: a#"},
		{"a modal that is not open", w.PressInView(ctx, "U0ANA", "V0GONE", "x"), "not on top"},
		{"a stranger's press", press("U0EXT", "C0SEC", card, "a#"), "dispatch_failed"}, // allowed; only nobody listens here
	}
	for _, test := range tests {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, test.err, test.want)
		}
	}
}

// The payload of a stranger names the installing workspace as team, and the home workspace on the user.
func TestStrangersPress(t *testing.T) {
	w := open(t, Options{})
	w.AddUser(User{ID: "U0EXT", RealName: "Eve", Stranger: true, TeamID: "T0OTHER"})
	w.ChangeChannel("C0SEC", func(c *Channel) { c.Members = append(c.Members, "U0EXT") })
	ts := post(t, w, "chat.postMessage", obj{"channel": "C0SEC", "text": "x", "blocks": inActionsBlock(oneButton)})["ts"].(string)
	a, _ := dial(t, w)
	done := make(chan error, 1)
	go func() { done <- w.Press(t.Context(), "U0EXT", "C0SEC", ts, "a#") }()
	frame := a.read()
	a.ack(frame, nil)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	payload := frame["payload"].(obj)
	if payload["team"].(obj)["id"] != "T01ACME" || payload["user"].(obj)["team_id"] != "T0OTHER" {
		t.Errorf("the app was told %v and %v", payload["team"], payload["user"])
	}
}

// A press on an old version, and one that nobody could make.
func TestStaleAndForgedPresses(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	ts := post(t, w, "chat.postMessage", obj{"channel": "C0SEC", "text": "x", "blocks": inActionsBlock(oneButton)})["ts"].(string)
	seen, _ := w.Message("C0SEC", ts)
	post(t, w, "chat.update", obj{"channel": "C0SEC", "ts": ts, "text": "done"})
	payloads := make(chan obj, 2)
	go func() {
		for range 2 {
			frame := a.read()
			a.ack(frame, nil)
			payloads <- frame["payload"].(obj)
		}
	}()
	if err := w.PressStale(t.Context(), "U0ANA", seen, "a#"); err != nil {
		t.Fatal(err)
	}
	if p := <-payloads; p["message"].(obj)["blocks"] == nil || p["actions"].([]any)[0].(obj)["action_id"] != "a#" {
		t.Errorf("the stale press says %v", p)
	}
	forged := obj{"actions": []any{obj{"type": "button", "action_id": "approve", "value": "R999"}}}
	if err := w.PressForged(t.Context(), "U0NOBODY", forged); err != nil {
		t.Fatal(err)
	}
	if p := <-payloads; p["user"].(obj)["id"] != "U0NOBODY" || p["trigger_id"] == nil || p["type"] != "block_actions" {
		t.Errorf("the forged press says %v", p)
	}
}

func TestWaitEndsWithItsCaller(t *testing.T) {
	w := open(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Wait(ctx, func() bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting ends with %v", err)
	}
	w.Close()
	if err := w.Wait(t.Context(), func() bool { return false }); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close it ends with %v", err)
	}
	w.Close()
}
