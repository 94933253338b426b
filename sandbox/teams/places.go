package teams

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds of conversation, as conversationType names them.
const (
	personal  = "personal"
	groupChat = "groupChat"
	inChannel = "channel"
)

// Team is a team with its people. Its General channel has the team's own id.
type Team struct {
	ID      string // 19:…@thread.tacv2
	Name    string
	GroupID string // of the Microsoft 365 group
	Members []string
}

// Channel is a channel of a team. A shared channel has members of its own, who may come from other tenants.
type Channel struct {
	ID, Name string // 19:…@thread.tacv2
	TeamID   string
	Members  []string // of a private or shared channel; nil takes the team's
}

// Chat is a group chat, or the chat of a meeting.
type Chat struct {
	ID, Name string // 19:…@thread.v2
	Members  []string
}

// conversation is a place for messages.
type conversation struct {
	id, name  string
	kind      string
	with      string // the person of a personal chat
	team      string
	tenant    string   // the host's
	members   []string // nil for the channels of a team that have its people
	installed bool     // the app is in it
	left      bool     // the app was in it, and was taken away
	blocked   bool     // the person blocked the bot
	messages  []*message
	removed   []*message
}

// place adds a conversation. The caller holds the lock.
func (t *Tenant) place(c *conversation) {
	if t.conversations[c.id] == nil {
		t.places = append(t.places, c.id)
	}
	t.conversations[c.id] = c
}

// AddTeam adds a team and its General channel.
func (t *Tenant) AddTeam(team Team) {
	t.change(func() {
		t.teams[team.ID] = &team
		t.place(&conversation{id: team.ID, name: "General", kind: inChannel, team: team.ID, tenant: t.opt.TenantID})
	})
}

// AddChannel adds a channel to a team; the app is in it when it is in the team.
func (t *Tenant) AddChannel(r Channel) {
	t.change(func() {
		c := &conversation{id: r.ID, name: r.Name, kind: inChannel, team: r.TeamID, tenant: t.opt.TenantID, members: r.Members}
		if general := t.conversations[r.TeamID]; general != nil {
			c.installed = general.installed
		}
		t.place(c)
	})
}

// AddChat adds a group chat.
func (t *Tenant) AddChat(c Chat) {
	t.change(func() {
		t.place(&conversation{id: c.ID, name: c.Name, kind: groupChat, tenant: t.opt.TenantID, members: c.Members})
	})
}

// ChangeTeam changes a team, such as its people. Teams tells the bot by a conversationUpdate; here it is not told.
func (t *Tenant) ChangeTeam(id string, edit func(*Team)) {
	t.change(func() {
		if team := t.teams[id]; team != nil {
			edit(team)
		}
	})
}

// Join adds somebody to a group chat or channel of its own members, such as a meeting or a shared channel.
func (t *Tenant) Join(user, where string) {
	t.change(func() {
		if c := t.conversations[where]; c != nil && !slices.Contains(c.members, user) {
			c.members = append(c.members, user)
		}
	})
}

// Conversations are the ids of all channels and group chats, in the order in which they were added.
func (t *Tenant) Conversations() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, id := range t.places {
		if t.conversations[id].kind != personal {
			out = append(out, id)
		}
	}
	return out
}

// peopleOf are the ids of whoever is in a conversation. The caller holds the lock.
func (t *Tenant) peopleOf(c *conversation) []string {
	if c.members == nil && c.team != "" && t.teams[c.team] != nil {
		return t.teams[c.team].Members
	}
	return c.members
}

func (t *Tenant) has(c *conversation, user string) bool {
	return c != nil && slices.Contains(t.peopleOf(c), user)
}

// standing finds a conversation that a person is in. The caller holds the lock.
func (t *Tenant) standing(user, where string) (*User, *conversation, error) {
	u, err := t.person(user)
	if err != nil {
		return nil, nil, err
	}
	c := t.conversations[where]
	if !t.has(c, user) {
		return nil, nil, fmt.Errorf("%s is not in conversation %s", u.Name, where)
	}
	return u, c, nil
}

// split takes the thread off a conversation id: 19:…@thread.tacv2;messageid=1481567603816.
func split(id string) (conversation, thread string) {
	conversation, thread, _ = strings.Cut(id, ";messageid=")
	return conversation, thread
}

// teamJSON is a team as GET v3/teams/{id} shows it.
func (team *Team) json() obj {
	return obj{"id": team.ID, "name": team.Name, "aadGroupId": team.GroupID}
}
