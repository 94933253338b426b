package slack

import (
	"slices"
	"strings"
)

func conversationMethods() map[string]method {
	reads := "channels:read,groups:read,im:read,mpim:read"
	return map[string]method{
		"conversations.open": {scope: "im:write", args: []string{"users", "channel", "return_im", "prevent_creation"}, perMin: tier3,
			run: (*Workspace).conversationsOpen},
		"conversations.info": {scope: reads, args: []string{"channel", "include_num_members", "include_locale"},
			required: []string{"channel"}, perMin: tier3, run: (*Workspace).conversationsInfo},
		"conversations.members": {scope: reads, args: []string{"channel", "cursor", "limit"}, required: []string{"channel"},
			perMin: tier4, run: (*Workspace).conversationsMembers},
		"conversations.list": {scope: reads, args: []string{"cursor", "limit", "types", "exclude_archived", "team_id"}, perMin: tier2,
			run: (*Workspace).conversationsList},
	}
}

// conversationsOpen opens the direct message with one person; group messages are not played here.
func (w *Workspace) conversationsOpen(c call) (obj, error) {
	if id := c.text("channel"); id != "" {
		ch := w.channels[id]
		if ch == nil || ch.with == "" {
			return nil, apiError{code: "channel_not_found"}
		}
		return w.opened(ch, c), nil
	}
	users := strings.Split(c.text("users"), ",")
	switch {
	case c.text("users") == "":
		return nil, apiError{code: "users_list_not_supplied"}
	case len(users) > 1:
		return nil, apiError{code: "invalid_user_combination"}
	}
	u, known := w.people[users[0]]
	switch {
	case !known:
		return nil, apiError{code: "user_not_found"}
	case u.Deleted:
		return nil, apiError{code: "user_disabled"}
	case u.Bot || u.ID == slackbotID:
		return nil, apiError{code: "cannot_dm_bot"}
	}
	return w.opened(w.channels[dmID(u.ID)], c), nil
}

func (w *Workspace) opened(ch *channel, c call) obj {
	if c.flag("return_im") {
		return obj{"channel": w.channelJSON(ch)}
	}
	return obj{"channel": obj{"id": ch.ID}}
}

// seen finds a conversation the bot can see: public channels, and whatever it is a member of.
func (w *Workspace) seen(id string) (*channel, error) {
	ch := w.channels[id]
	if ch == nil || (ch.Private && !ch.has(w.opt.BotUserID)) {
		return nil, apiError{code: "channel_not_found"}
	}
	return ch, nil
}

func (w *Workspace) conversationsInfo(c call) (obj, error) {
	ch, err := w.seen(c.text("channel"))
	if err != nil {
		return nil, err
	}
	out := w.channelJSON(ch)
	if c.flag("include_num_members") {
		out["num_members"] = len(ch.Members)
	}
	return obj{"channel": out}, nil
}

func (w *Workspace) conversationsMembers(c call) (obj, error) {
	ch, err := w.seen(c.text("channel"))
	if err != nil {
		return nil, err
	}
	page, next, err := paged(ch.Members, c)
	if err != nil {
		return nil, err
	}
	return obj{"members": append([]string{}, page...), "response_metadata": obj{"next_cursor": next}}, nil
}

func (w *Workspace) conversationsList(c call) (obj, error) {
	types := c.text("types")
	if types == "" {
		types = "public_channel"
	}
	var ids []string
	for id, ch := range w.channels {
		kind := "public_channel"
		switch {
		case ch.with != "":
			kind = "im"
		case ch.Private:
			kind = "private_channel"
		}
		_, err := w.seen(id)
		if err == nil && strings.Contains(types, kind) && !(ch.Archived && c.flag("exclude_archived")) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	page, next, err := paged(ids, c)
	if err != nil {
		return nil, err
	}
	channels := []obj{}
	for _, id := range page {
		channels = append(channels, w.channelJSON(w.channels[id]))
	}
	return obj{"channels": channels, "response_metadata": obj{"next_cursor": next}}, nil
}
