package slack

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// User is a person (or a bot) of the workspace, or of another one that shares a channel with it.
type User struct {
	ID       string
	TeamID   string // the home workspace; the workspace's own by default
	Name     string // the legacy handle, as in @name
	RealName string
	Email    string
	Title    string
	TZ       string // IANA name, UTC by default

	Deleted          bool
	Bot              bool
	Restricted       bool // multi-channel guest
	UltraRestricted  bool // single-channel guest
	Stranger         bool // external, seen through a shared channel
	Invited          bool // invited, never signed in
	EmailUnconfirmed bool
	Admin            bool

	updated time.Time
}

// Usergroup is a handle for several people.
type Usergroup struct {
	ID, Handle, Name string
	Users            []string
	Disabled         bool
}

const slackbotID = "USLACKBOT"

// AddUser adds a person, or replaces the one with the same id. A direct message with the bot exists from then on.
func (w *Workspace) AddUser(u User) {
	w.mu.Lock()
	if u.TeamID == "" {
		u.TeamID = w.opt.TeamID
	}
	if u.TZ == "" {
		u.TZ = "UTC"
	}
	u.updated = w.opt.Now()
	if _, known := w.people[u.ID]; !known {
		w.order = append(w.order, u.ID)
	}
	w.people[u.ID] = &u
	if dm := dmID(u.ID); w.channels[dm] == nil {
		w.channels[dm] = &channel{Channel: Channel{ID: dm, Members: []string{u.ID, w.opt.BotUserID}}, with: u.ID}
	}
	announce := w.everSocketed
	w.touch()
	body := w.userJSON(u)
	w.mu.Unlock()
	if announce {
		w.emit("team_join", obj{"type": "team_join", "user": body})
	}
}

// ChangeUser changes a person; the app hears of it by user_change.
func (w *Workspace) ChangeUser(id string, edit func(*User)) {
	w.mu.Lock()
	u, known := w.people[id]
	if !known {
		w.mu.Unlock()
		return
	}
	edit(u)
	u.updated = w.opt.Now()
	w.touch()
	event := obj{"type": "user_change", "user": w.userJSON(*u), "cache_ts": u.updated.Unix()}
	w.mu.Unlock()
	w.emit("user_change", event)
}

// Users returns everybody, in the order in which they were added, without Slackbot.
func (w *Workspace) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	var users []User
	for _, id := range w.order {
		if id != slackbotID {
			users = append(users, *w.people[id])
		}
	}
	return users
}

// AddUsergroup adds a user group, or replaces the one with the same id and tells the app that its members changed.
func (w *Workspace) AddUsergroup(g Usergroup) {
	w.mu.Lock()
	at := slices.IndexFunc(w.groups, func(have Usergroup) bool { return have.ID == g.ID })
	if at < 0 {
		w.groups = append(w.groups, g)
	} else {
		w.groups[at] = g
	}
	w.touch()
	w.mu.Unlock()
	if at >= 0 {
		w.emit("subteam_members_changed", obj{"type": "subteam_members_changed", "subteam_id": g.ID, "team_id": w.opt.TeamID,
			"date_update": w.opt.Now().Unix()})
	}
}

func dmID(user string) string { return "D" + strings.TrimLeft(user, "UW") }

// DM is the id of the direct message between a person and the app's bot.
func (w *Workspace) DM(user string) string { return dmID(user) }

// person finds somebody who can act in Slack. The caller holds the lock.
func (w *Workspace) person(id string) (*User, error) {
	u, known := w.people[id]
	switch {
	case !known:
		return nil, fmt.Errorf("nobody in the workspace has the id %s: add them with AddUser", id)
	case u.Deleted:
		return nil, fmt.Errorf("%s is deactivated and cannot sign in", u.RealName)
	case u.Bot:
		return nil, fmt.Errorf("%s is a bot, not a person", u.RealName)
	}
	return u, nil
}

// userJSON is a user object as users.info shows it to the bot. The caller holds the lock.
func (w *Workspace) userJSON(u User) obj {
	profile := obj{"real_name": u.RealName, "real_name_normalized": u.RealName, "display_name": u.Name,
		"display_name_normalized": u.Name, "title": u.Title, "team": u.TeamID, "avatar_hash": "", "status_text": "",
		"status_emoji": "", "phone": "", "skype": ""}
	if u.Email != "" && !u.Bot && !u.Stranger && w.granted("users:read.email") {
		profile["email"] = u.Email
	}
	user := obj{"id": u.ID, "team_id": u.TeamID, "name": u.Name, "deleted": u.Deleted, "profile": profile,
		"is_bot": u.Bot, "is_app_user": false, "updated": u.updated.Unix()}
	if u.Bot {
		profile["bot_id"], profile["api_app_id"] = w.botID(), w.opt.AppID
	}
	if u.Deleted {
		return user // Slack drops zone, real name and roles of the deactivated
	}
	_, offset := w.opt.Now().In(zone(u.TZ)).Zone()
	for key, value := range (obj{"real_name": u.RealName, "tz": u.TZ, "tz_label": u.TZ, "tz_offset": offset, "color": "9f69e7",
		"is_admin": u.Admin, "is_owner": false, "is_primary_owner": false, "is_restricted": u.Restricted || u.UltraRestricted,
		"is_ultra_restricted": u.UltraRestricted, "is_email_confirmed": !u.EmailUnconfirmed && !u.Invited}) {
		user[key] = value
	}
	if u.Stranger {
		user["is_stranger"] = true
	}
	if u.Invited {
		user["is_invited_user"] = true
	}
	return user
}

// zone is the named time zone, UTC when the name is unknown.
func zone(name string) *time.Location {
	place, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return place
}

func (w *Workspace) botID() string { return "B" + strings.TrimLeft(w.opt.BotUserID, "UW") }
