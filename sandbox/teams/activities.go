package teams

import (
	"encoding/json"
	"net/http"
	"strings"
)

// create is POST v3/conversations: the personal chat with one person, the same one every time, or a new thread in a channel. The caller holds the
// lock, as for all operations.
func (t *Tenant) create(c call) (any, error) {
	channel := text(object(object(c.body, "channelData"), "channel"), "id")
	members, _ := c.body["members"].([]any)
	switch {
	case channel != "":
		return t.beginThread(c, channel)
	case len(members) == 1:
		return t.beginChat(c, members[0])
	}
	return nil, badSyntax("a conversation is created with one member, or with channelData.channel.id and an activity: bots make no group chats")
}

func (t *Tenant) beginChat(c call, member any) (any, error) {
	tenant := text(c.body, "tenantId")
	if tenant == "" {
		tenant = text(object(object(c.body, "channelData"), "tenant"), "id")
	}
	if c.body["isGroup"] == true {
		return nil, badSyntax("a chat with one person is no group")
	}
	if bot := text(object(c.body, "bot"), "id"); bot != "" && bot != t.BotID() {
		return nil, badArgument("bot.id is " + bot + ", which is not this bot")
	}
	account, _ := member.(obj)
	u := t.known(text(account, "id"))
	if tenant == "" {
		return nil, badSyntax("tenantId or channelData.tenant.id is missing")
	}
	if u == nil || u.TenantID != tenant && !(u.Guest && tenant == t.opt.TenantID) {
		return nil, notFound("ConversationNotFound", "nobody in that tenant has the id "+text(account, "id"))
	}
	chat := t.conversations[t.dm(u.ID)]
	if err := t.writable(chat); err != nil {
		return nil, err
	}
	if said := object(c.body, "activity"); said != nil {
		m, err := t.read(c, said, chat)
		if err != nil {
			return nil, err
		}
		t.append(chat, m)
		return obj{"id": chat.id, "activityId": m.ID}, nil
	}
	return obj{"id": chat.id}, nil
}

func (t *Tenant) beginThread(c call, channel string) (any, error) {
	where, _ := split(channel)
	place := t.conversations[where]
	if place == nil || place.kind != inChannel {
		return nil, notFound("ConversationNotFound", "there is no channel "+channel)
	}
	if err := t.writable(place); err != nil {
		return nil, err
	}
	said := object(c.body, "activity")
	if said == nil {
		return nil, badSyntax("a thread in a channel begins with an activity")
	}
	m, err := t.read(c, said, place)
	if err != nil {
		return nil, err
	}
	t.append(place, m)
	return obj{"id": place.id + ";messageid=" + m.ID, "activityId": m.ID}, nil
}

// send is POST v3/conversations/{id}/activities, and the same with an activity to reply to.
func (t *Tenant) send(c call) (any, error) {
	place := t.conversations[c.where]
	if err := t.writable(place); err != nil {
		return nil, err
	}
	m, err := t.read(c, c.body, place)
	if err != nil {
		return nil, err
	}
	if m.Thread, err = place.threadOf(c); err != nil {
		return nil, err
	}
	if c.targeted() {
		if err := t.target(c, m, place); err != nil {
			return nil, err
		}
	}
	if text(c.body, "type") == "typing" {
		return obj{"id": ""}, nil
	}
	t.append(place, m)
	return obj{"id": m.ID}, nil
}

// threadOf is the thread that a call writes to, empty for a new one.
func (c *conversation) threadOf(about call) (string, error) {
	if about.thread != "" && c.find(about.thread) == nil {
		return "", notFound("ConversationNotFound", "there is no thread "+about.thread)
	}
	if about.about == "" || c.kind != inChannel {
		return about.thread, nil
	}
	to := c.find(about.about)
	if to == nil {
		return "", notFound("ActivityNotFoundInConversation", "there is no activity "+about.about)
	}
	return to.Thread, nil
}

// update is PUT v3/conversations/{id}/activities/{id}: the whole message anew.
func (t *Tenant) update(c call) (any, error) {
	place := t.conversations[c.where]
	m, err := t.own(c, place)
	if err != nil {
		return nil, err
	}
	next, err := t.read(c, c.body, place)
	if err != nil {
		return nil, err
	}
	t.rewrite(m, next)
	return obj{"id": m.ID}, nil
}

// remove is DELETE v3/conversations/{id}/activities/{id}.
func (t *Tenant) remove(c call) (any, error) {
	place := t.conversations[c.where]
	m, err := t.own(c, place)
	if err != nil {
		return nil, err
	}
	t.takeAway(place, m)
	return nil, nil
}

// own finds a message that the bot sent. A targeted one is found by targeted calls only, and the others by others.
func (t *Tenant) own(c call, place *conversation) (*message, error) {
	if err := t.writable(place); err != nil {
		return nil, err
	}
	m := place.find(c.about)
	switch {
	case m == nil || m.Targeted != c.targeted():
		return nil, notFound("ActivityNotFoundInConversation", "there is no activity "+c.about)
	case m.User != "": // the code is not documented
		return nil, apiError{status: http.StatusForbidden, code: "NotEnoughPermissions", message: "the message was not sent by this bot"}
	}
	return m, nil
}

// blockedBody is what Teams answers for a person who blocked or uninstalled the bot. Source: Teams platform, "Proactive messages".
var blockedBody = obj{"errorCode": 209, "message": "{\r\n  \"subCode\": \"MessageWritesBlocked\",\r\n  \"details\": \"Thread is blocked from message writes.\"," +
	"\r\n  \"errorCode\": null,\r\n  \"errorSubCode\": null\r\n}"}

// writable tells why the bot cannot write to a conversation.
func (t *Tenant) writable(c *conversation) error {
	switch {
	case c == nil:
		return notFound("ConversationNotFound", "Conversation not found.")
	case c.installed && !c.blocked:
		return nil
	case c.kind != personal:
		return apiError{status: http.StatusForbidden, code: "BotNotInConversationRoster", message: "The bot is not part of the conversation roster."}
	case c.blocked || c.left:
		return apiError{status: http.StatusForbidden, code: "MessageWritesBlocked", body: blockedBody}
	}
	return apiError{status: http.StatusForbidden, code: "ForbiddenOperationException", message: "The bot is not installed in user's personal scope"}
}

// object is an object among the fields of another, nil when there is none.
func object(fields obj, name string) obj {
	o, _ := fields[name].(obj)
	return o
}

// text is a text among the fields of an object.
func text(fields obj, name string) string {
	s, _ := fields[name].(string)
	return s
}

// list are the objects of an array among the fields of an object.
func list(fields obj, name string) []obj {
	items, _ := fields[name].([]any)
	var out []obj
	for _, item := range items {
		if o, isObject := item.(obj); isObject {
			out = append(out, o)
		}
	}
	return out
}

// compact is JSON without the whitespace it came with.
func compact(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}
