package config

import (
	"regexp"
	"strings"
)

// Slack says how to reach the workspace.
type Slack struct {
	AppToken    Secret
	BotToken    Secret
	TeamIDs     []string // only people of these workspaces act
	APIURL      string   // ends with a slash
	Connections int      // sockets kept open
}

// Slack's own address, and how many sockets of Socket Mode to keep open. Slack allows ten for one app in all.
const (
	DefaultSlackURL    = "https://slack.com/api"
	DefaultConnections = 2
	MinConnections     = 2
	MaxConnections     = 10
)

var (
	teamID    = regexp.MustCompile(`^[TE][A-Z0-9]+$`)
	channelID = regexp.MustCompile(`^[CG][A-Z0-9]+$`)
)

func readSlack(v value) (Slack, rooms) {
	if !v.present() {
		return Slack{}, rooms{}
	}
	o := v.object(sectionSlack)
	s := Slack{
		AppToken:    o.token("app_token", "xoxb-", "a bot token; app_token is the one that begins with xapp-"),
		BotToken:    o.token("bot_token", "xapp-", "an app-level token; bot_token is the one that begins with xoxb-"),
		TeamIDs:     teams(o.need("team_ids", "only people of these workspaces may act, such as [T01ACME]")),
		APIURL:      o.get("api_url").url(DefaultSlackURL) + "/",
		Connections: o.get("connections").number(MinConnections, MaxConnections, DefaultConnections),
	}
	return s, o.rooms("slack", first(s.TeamIDs), value.channel)
}

// Used reports whether the file has Slack.
func (s Slack) Used() bool { return len(s.TeamIDs) > 0 }

// token reads one of Slack's two tokens and notices when it is the other one.
func (o object) token(key, other, sentence string) Secret {
	v := o.need(key, "write it as env:NAME or file:PATH")
	s := v.secret()
	if strings.HasPrefix(s.Reveal(), other) {
		v.say("%s holds %s", s.From(), sentence)
	}
	return s
}

func teams(v value) []string {
	var out []string
	for _, item := range v.list() {
		id := item.text()
		if id != "" && !teamID.MatchString(id) {
			item.say("%s must be a workspace id such as T01ACME", item.name())
		}
		out = append(out, id)
	}
	return out
}

func (v value) channel() string {
	id := v.text()
	if id != "" && !channelID.MatchString(id) {
		v.say("%s must be a channel's id such as C0AUDIT, not its name; Slack shows it in the channel's details", v.name())
	}
	return id
}
