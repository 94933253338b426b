package teams

import (
	"maps"
	"strings"
)

// Names of invokes.
const (
	invokeExecute = "adaptiveCard/action"
	invokeFetch   = "task/fetch"
	invokeSubmit  = "task/submit"
	invokeSearch  = "application/search"
)

// activity is what all activities of a person share; thread is empty outside channels. The caller holds the lock.
func (t *Tenant) activity(u *User, c *conversation, thread, kind string) obj {
	now := t.opt.Now()
	return obj{"type": kind, "id": "f:" + newUUID(), "channelId": ChannelID, "serviceUrl": t.serviceURL,
		"timestamp": now.UTC().Format("2006-01-02T15:04:05.0000000Z"), "localTimestamp": now.In(zone(u.TZ)).Format("2006-01-02T15:04:05.0000000Z07:00"),
		"localTimezone": u.TZ, "locale": u.Locale,
		"from": t.account(u), "recipient": obj{"id": t.BotID(), "name": t.opt.BotName},
		"conversation": t.conversationJSON(u, c, thread), "channelData": t.channelData(u, c),
		"entities": []any{t.clientInfo(u)}}
}

func (t *Tenant) clientInfo(u *User) obj {
	_, country, _ := strings.Cut(u.Locale, "-")
	return obj{"type": "clientInfo", "locale": u.Locale, "country": country, "platform": "Web", "timezone": u.TZ}
}

// conversationJSON is the conversation as activities name it: with its thread in a channel, with the person's own tenant in a personal chat.
func (t *Tenant) conversationJSON(u *User, c *conversation, thread string) obj {
	out := obj{"id": c.id, "conversationType": c.kind, "tenantId": t.tenantOf(u, c)}
	if c.kind != personal {
		out["isGroup"] = true
		if c.name != "" {
			out["name"] = c.name
		}
	}
	if thread != "" {
		out["id"] = c.id + ";messageid=" + thread
	}
	return out
}

// tenantOf is the tenant that an activity names: the host's, and in a personal chat the person's own, which for a guest is the host's.
func (t *Tenant) tenantOf(u *User, c *conversation) string {
	if c.kind == personal && !u.Guest {
		return u.TenantID
	}
	return t.opt.TenantID
}

func (t *Tenant) channelData(u *User, c *conversation) obj {
	out := obj{"tenant": obj{"id": t.tenantOf(u, c)}}
	if team := t.teams[c.team]; team != nil {
		out["team"] = obj{"id": team.ID, "name": team.Name, "aadGroupId": team.GroupID}
		out["channel"] = obj{"id": c.id, "name": c.name}
	}
	return out
}

// said is the message activity of a message that a person wrote. The caller holds the lock.
func (t *Tenant) said(u *User, c *conversation, m *message, mention bool) obj {
	out := t.activity(u, c, m.Thread, "message")
	out["id"], out["text"], out["textFormat"] = m.ID, m.Text, "plain"
	out["attachments"] = []any{obj{"contentType": "text/html", "content": "<p>" + escapeHTML.Replace(m.Text) + "</p>"}}
	if m.Thread != "" && m.Thread != m.ID {
		out["replyToId"] = m.Thread
	}
	if mention {
		at := t.at()
		out["entities"] = []any{t.clientInfo(u), obj{"type": "mention", "text": at, "mentioned": obj{"id": t.BotID(), "name": t.opt.BotName}}}
	}
	return out
}

// at is the bot's name as a mention writes it.
func (t *Tenant) at() string { return "<at>" + t.opt.BotName + "</at>" }

var escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// invoke is an invoke activity; m is the message whose card was used, nil for none. The caller holds the lock.
func (t *Tenant) invoke(u *User, c *conversation, m *message, name string, value obj) obj {
	thread := ""
	if m != nil {
		thread = m.Thread
	}
	out := t.activity(u, c, thread, "invoke")
	out["name"], out["value"] = name, value
	if m != nil {
		out["replyToId"] = m.ID
	}
	object(out, "channelData")["source"] = obj{"name": "message"}
	return out
}

// installed are the activities of an installation: the bot came into the conversation, and the app was added. The caller holds the lock.
func (t *Tenant) installed(u *User, c *conversation, added bool) []obj {
	update := t.activity(u, c, "", "conversationUpdate")
	delete(update, "entities")
	members, event, action := "membersAdded", "teamMemberAdded", "add"
	if !added {
		members, event, action = "membersRemoved", "teamMemberRemoved", "remove"
	}
	update[members] = []any{obj{"id": t.BotID()}}
	if c.kind == inChannel {
		maps.Copy(object(update, "channelData"), obj{"eventType": event})
	}
	install := t.activity(u, c, "", "installationUpdate")
	install["action"] = action
	maps.Copy(object(install, "channelData"), obj{"source": obj{"name": "message"}, "settings": obj{"selectedChannel": obj{"id": c.id}}})
	if c.kind == personal && !added {
		return []obj{install} // a personal chat is not told of members that left
	}
	return []obj{update, install}
}
