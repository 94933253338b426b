package slack

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

func appMethods() map[string]method {
	return map[string]method{
		"auth.test": {perMin: special, run: (*Workspace).authTest},
		"team.info": {scope: "team:read", args: []string{"team", "domain"}, perMin: tier3, run: (*Workspace).teamInfo},
		"apps.connections.open": {app: true, perMin: tier3, run: func(w *Workspace, _ call) (obj, error) {
			return w.openConnection()
		}},
	}
}

func peopleMethods() map[string]method {
	return map[string]method{
		"users.info": {scope: "users:read", args: []string{"user", "include_locale"}, required: []string{"user"}, perMin: tier4,
			run: (*Workspace).usersInfo},
		"users.list": {scope: "users:read", args: []string{"cursor", "limit", "include_locale", "team_id", "presence"}, perMin: tier2,
			run: (*Workspace).usersList},
		"users.lookupByEmail": {scope: "users:read.email", args: []string{"email"}, required: []string{"email"}, perMin: tier3,
			run: (*Workspace).usersLookupByEmail},
		"users.profile.get": {scope: "users.profile:read", args: []string{"user", "include_labels"}, perMin: tier4,
			run: (*Workspace).usersProfileGet},
		"usergroups.list": {scope: "usergroups:read", args: []string{"include_users", "include_count", "include_disabled", "team_id"},
			perMin: tier2, run: (*Workspace).usergroupsList},
		"usergroups.users.list": {scope: "usergroups:read", args: []string{"usergroup", "include_disabled", "team_id"},
			required: []string{"usergroup"}, perMin: tier2, run: (*Workspace).usergroupsUsersList},
	}
}

func (w *Workspace) authTest(call) (obj, error) {
	return obj{"url": "https://" + w.domain() + ".slack.com/", "team": w.opt.TeamName, "user": w.opt.BotName,
		"team_id": w.opt.TeamID, "user_id": w.opt.BotUserID, "bot_id": w.botID(), "is_enterprise_install": false}, nil
}

func (w *Workspace) teamInfo(c call) (obj, error) {
	if team := c.text("team"); team != "" && team != w.opt.TeamID {
		return nil, apiError{code: "team_not_found"}
	}
	return obj{"team": obj{"id": w.opt.TeamID, "name": w.opt.TeamName, "domain": w.domain(), "email_domain": "",
		"icon": obj{"image_default": true}}}, nil
}

func (w *Workspace) usersInfo(c call) (obj, error) {
	u, known := w.people[c.text("user")]
	if !known {
		return nil, apiError{code: "user_not_found"}
	}
	return obj{"user": w.userJSON(*u)}, nil
}

func (w *Workspace) usersList(c call) (obj, error) {
	page, next, err := paged(w.order, c)
	if err != nil {
		return nil, err
	}
	members := make([]obj, 0, len(page))
	for _, id := range page {
		members = append(members, w.userJSON(*w.people[id]))
	}
	return obj{"members": members, "cache_ts": w.opt.Now().Unix(), "response_metadata": obj{"next_cursor": next}}, nil
}

// usersLookupByEmail does not find the deactivated, nor people of other workspaces.
func (w *Workspace) usersLookupByEmail(c call) (obj, error) {
	for _, id := range w.order {
		u := w.people[id]
		if strings.EqualFold(u.Email, c.text("email")) && !u.Deleted && !u.Bot && !u.Stranger {
			return obj{"user": w.userJSON(*u)}, nil
		}
	}
	return nil, apiError{code: "users_not_found"}
}

func (w *Workspace) usersProfileGet(c call) (obj, error) {
	id := c.text("user")
	if id == "" {
		id = w.opt.BotUserID
	}
	u, known := w.people[id]
	if !known {
		return nil, apiError{code: "user_not_found"}
	}
	return obj{"profile": w.userJSON(*u)["profile"]}, nil
}

func (w *Workspace) usergroupsList(c call) (obj, error) {
	groups := []obj{}
	for _, g := range w.groups {
		if g.Disabled && !c.flag("include_disabled") {
			continue
		}
		out := obj{"id": g.ID, "team_id": w.opt.TeamID, "is_usergroup": true, "name": g.Name, "handle": g.Handle,
			"description": "", "is_external": false, "date_delete": 0}
		if c.flag("include_users") {
			out["users"] = g.Users
		}
		if c.flag("include_count") {
			out["user_count"] = len(g.Users)
		}
		groups = append(groups, out)
	}
	return obj{"usergroups": groups}, nil
}

func (w *Workspace) usergroupsUsersList(c call) (obj, error) {
	at := slices.IndexFunc(w.groups, func(g Usergroup) bool { return g.ID == c.text("usergroup") })
	if at < 0 {
		return nil, apiError{code: "no_such_subteam"}
	}
	return obj{"users": w.groups[at].Users}, nil
}

// maxPage is the most that a list method gives at once.
const maxPage = 1000

// paged cuts one page out of a list; the cursor is the opaque form of the next offset.
func paged(all []string, c call) ([]string, string, error) {
	limit := c.number("limit")
	if limit <= 0 {
		limit = len(all)
	}
	limit = min(limit, maxPage)
	from := 0
	if cursor := c.text("cursor"); cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		if err != nil {
			return nil, "", apiError{code: "invalid_cursor"}
		}
		from, err = strconv.Atoi(string(raw))
		if err != nil || from < 0 || from > len(all) {
			return nil, "", apiError{code: "invalid_cursor"}
		}
	}
	to := min(from+limit, len(all))
	if to == len(all) {
		return all[from:to], "", nil
	}
	return all[from:to], base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(to))), nil
}
