package teams

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"time"

	"hallpass/flows"
)

// activity holds what we use of an activity. Whatever differs from kind to kind stays raw until the kind is known: one odd entity must not
// cost the whole message. Source: learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability, 2026.
type activity struct {
	Type         string          `json:"type"`
	ID           string          `json:"id"`
	Name         string          `json:"name"` // of an invoke
	Zone         string          `json:"localTimezone"`
	Timestamp    string          `json:"timestamp"`
	Service      string          `json:"serviceUrl"`
	ChannelID    string          `json:"channelId"`
	From         party           `json:"from"`
	Recipient    party           `json:"recipient"`
	Conversation conversation    `json:"conversation"`
	ReplyTo      string          `json:"replyToId"` // the message of the pressed card
	Text         string          `json:"text"`
	TextFormat   string          `json:"textFormat"`
	Action       string          `json:"action"` // of an installationUpdate
	Added        []party         `json:"membersAdded"`
	Removed      []party         `json:"membersRemoved"`
	Value        json.RawMessage `json:"value"`
	ChannelData  json.RawMessage `json:"channelData"`
	Entities     json.RawMessage `json:"entities"`
}

// party is somebody in a conversation. ID is theirs towards this bot only; Object is the directory's.
type party struct {
	ID     string `json:"id"`
	Object string `json:"aadObjectId"`
}

type conversation struct {
	ID     string `json:"id"`
	Kind   string `json:"conversationType"` // personal, groupChat, channel
	Tenant string `json:"tenantId"`
}

// channelData is what Teams adds to the Bot Framework's activity.
type channelData struct {
	Tenant struct {
		ID string `json:"id"`
	} `json:"tenant"`
}

// decode reads an activity.
func decode(raw []byte) (activity, error) {
	var a activity
	if err := json.Unmarshal(raw, &a); err != nil {
		return activity{}, fmt.Errorf("an activity does not decode: %w", err)
	}
	return a, nil
}

// threadMark stands between a channel and the thread that an activity belongs to: "19:…@thread.tacv2;messageid=170…".
const threadMark = ";messageid="

// place is the conversation without the thread, under which messages are kept and found again.
func (a activity) place() string {
	id, _, _ := strings.Cut(a.Conversation.ID, threadMark)
	return id
}

// personal tells the direct conversation with one person.
func (a activity) personal() bool { return a.Conversation.Kind == "personal" }

// tenant is the directory that an activity comes from. Two statements that differ make a tenant that nobody has allowed.
func (a activity) tenant() string {
	var data channelData
	_ = json.Unmarshal(a.ChannelData, &data) // left out, or no object: then the conversation alone says it
	one, other := strings.ToLower(data.Tenant.ID), strings.ToLower(a.Conversation.Tenant)
	switch {
	case one == "":
		return other
	case other == "" || one == other:
		return one
	}
	return one + "+" + other
}

// account is who sent an activity. Somebody without an object id (a guest of a meeting) goes by the id of the conversation, which Profile refuses.
func (a activity) account() flows.Account {
	user := strings.ToLower(a.From.Object)
	if user == "" {
		user = a.From.ID
	}
	return flows.Account{Platform: Platform, Workspace: a.tenant(), User: user}
}

// key is the same for an activity that is delivered again. Where it has no id, what it holds and when it was sent stand for it.
func (a activity) key() string {
	if a.ID != "" {
		return "activity:" + a.Conversation.ID + ":" + a.ID + ":" + a.Name
	}
	return "activity:" + digest(a.Conversation.ID, a.From.ID, a.Timestamp, a.Type, a.Name, a.ReplyTo, a.Text, string(a.Value))
}

// mention is one entity of a message: somebody's name as it stands in the text.
type mention struct {
	Type      string `json:"type"`
	Text      string `json:"text"`
	Mentioned struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"mentioned"`
}

// said is what somebody typed: without the mention of the bot, with other people's names, and without the command's own word.
func (a activity) said() string {
	text := a.Text
	for _, m := range a.mentions() {
		name := m.Mentioned.Name
		if m.Mentioned.ID == a.Recipient.ID {
			name = ""
		}
		text = strings.Replace(text, m.Text, name, 1)
	}
	if a.TextFormat == "xml" {
		text = html.UnescapeString(text)
	}
	text = strings.TrimSpace(strings.NewReplacer("&nbsp;", " ", "\u00a0", " ").Replace(text))
	word, rest, _ := strings.Cut(text, " ")
	if strings.EqualFold(strings.TrimPrefix(word, "/"), commandWord) {
		return strings.TrimSpace(rest)
	}
	return text
}

// commandWord is the word that a command may begin with, as it does on other chats.
const commandWord = "access"

// mentions are the mentions of a message; what is no mention, or has no text, is left out.
func (a activity) mentions() []mention {
	var raw []json.RawMessage
	_ = json.Unmarshal(a.Entities, &raw) // no list, no mentions
	var out []mention
	for _, r := range raw {
		var m mention
		if json.Unmarshal(r, &m) == nil && m.Type == "mention" && m.Text != "" && m.Mentioned.ID != "" {
			out = append(out, m)
		}
	}
	return out
}

// zone is the time zone that somebody's client names, empty when it names none that we know.
func (a activity) zone() string {
	if a.Zone == "" || a.Zone == "Local" {
		return ""
	}
	if _, err := time.LoadLocation(a.Zone); err != nil {
		return ""
	}
	return a.Zone
}

// installed tells that the bot itself was added here, and removed that it was taken away.
func (a activity) installed() (added, removed bool) {
	if a.Type == "installationUpdate" {
		return strings.HasPrefix(a.Action, "add"), strings.HasPrefix(a.Action, "remove")
	}
	for _, p := range a.Added {
		added = added || p.ID != "" && p.ID == a.Recipient.ID
	}
	for _, p := range a.Removed {
		removed = removed || p.ID != "" && p.ID == a.Recipient.ID
	}
	return added, removed
}
