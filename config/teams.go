package config

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"hallpass/flows"
)

// Teams says how to reach the bot's registration and the connector of Microsoft Teams. The zero value means that Teams is not used.
type Teams struct {
	AppID  string
	Secret Secret
	Tenant string // the directory that the app is registered in, and whose people act
	Listen string // host:port on which activities come in, at /api/messages
	Link   *Link  // how accounts are linked, nil where people.link says it
	Rooms  []string
	Cloud  TeamsCloud
}

// TeamsCloud are the addresses of a cloud. The zero value of each is the public one's.
type TeamsCloud struct {
	Metadata, Issuer, TokenURL, Scope, ServiceURL string
	ServiceHosts                                  []string
}

// Used reports whether the file has Teams.
func (t Teams) Used() bool { return t.AppID != "" }

// DefaultTeamsListen is where activities come in, unless the file says; a proxy in front of it ends TLS.
const DefaultTeamsListen = "127.0.0.1:3978"

var (
	guid        = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	teamChannel = regexp.MustCompile(`^19:[A-Za-z0-9_-]+@thread\.(tacv2|skype|v2)$`)
)

func readTeams(v value) (Teams, rooms) {
	if !v.present() {
		return Teams{}, rooms{}
	}
	o := v.object(sectionTeams)
	t := Teams{
		AppID:  o.need("app_id", "it is the client id of the bot's registration").guid("the client id of the bot's registration"),
		Secret: o.need("secret", "write it as env:NAME or file:PATH").secret(),
		Tenant: o.need("tenant", "only people of this directory may act").guid("the id of your Entra directory"), // in small letters, as activities and accounts have it
		Listen: o.get("listen").listen(DefaultTeamsListen),
		Cloud: TeamsCloud{
			Metadata: o.get("metadata_url").url(""), Issuer: o.get("issuer").url(""), TokenURL: o.get("token_url").urlWith("{tenant}"),
			Scope: o.get("scope").text(), ServiceURL: o.get("service_url").url(""),
		},
	}
	for _, item := range o.get("service_hosts").list() {
		t.Cloud.ServiceHosts = append(t.Cloud.ServiceHosts, item.url(""))
	}
	for _, item := range o.get("rooms").list() {
		t.Rooms = append(t.Rooms, item.teamsChannel())
	}
	if link := o.get("link"); link.present() {
		l := readLink(link)
		t.Link = &l
	}
	return t, o.rooms("teams", t.Tenant, value.teamsChannel)
}

// guid reads an id of Entra, without saying what was there: it may have been a secret by mistake.
func (v value) guid(what string) string {
	id := v.text()
	if id != "" && !guid.MatchString(id) {
		v.say("%s must be %s, such as 11111111-2222-3333-4444-555555555555", v.name(), what)
		return ""
	}
	return strings.ToLower(id)
}

func (v value) teamsChannel() string {
	id := v.text()
	if id != "" && !teamChannel.MatchString(id) {
		v.say("%s must be a channel's id such as 19:…@thread.tacv2, not its name; it stands in “Get link to channel”", v.name())
	}
	return id
}

// listen reads host:port.
func (v value) listen(otherwise string) string {
	at := v.text()
	if at == "" {
		return otherwise
	}
	if _, port, err := net.SplitHostPort(at); err != nil || port == "" {
		v.say("%s must be host:port, such as %s", v.name(), otherwise)
		return otherwise
	}
	return at
}

// urlWith reads an address in which a word in braces stands for something.
func (v value) urlWith(word string) string {
	written := v.text()
	if written == "" {
		return ""
	}
	u, err := url.Parse(written)
	if err != nil || u.Host == "" || (u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname()))) {
		v.say("%s must be an address that begins with https://, in which %s stands for the directory", v.name(), word)
		return ""
	}
	return written
}

// rooms are the channels that a chat is to carry, and where the file says so.
type rooms struct {
	feed, audit     flows.Place
	feedAt, auditAt value
	hideReason      bool
}

func (o object) rooms(platform, workspace string, id func(value) string) rooms {
	place := func(v value) flows.Place {
		if channel := id(v); channel != "" {
			return flows.Place{Platform: platform, Workspace: workspace, Channel: channel}
		}
		return flows.Place{}
	}
	r := rooms{feedAt: o.get("feed_channel"), auditAt: o.get("audit_channel")}
	r.feed, r.audit = place(r.feedAt), place(r.auditAt)
	r.hideReason = o.get("feed").object(sectionFeed).get("reason").word("show", "hide") == "hide"
	return r
}

// readChats reads the chats, who is who in them, and what they have to do with each other.
func (c *Config) readChats(o object) {
	var inSlack, inTeams rooms
	slack, teams := o.get("slack"), o.get("teams")
	c.Slack, inSlack = readSlack(slack)
	c.Teams, inTeams = readTeams(teams)
	c.People = readPeople(o.need("people", "it says who people are"))
	switch {
	case o.ok && !slack.present() && !teams.present() && !o.doc.told(slack.path) && !o.doc.told(teams.path):
		slack.say("slack is missing, and so is teams; one of them must say how to reach your people")
	case slack.present() && c.Teams.Used() && c.Teams.Link == nil && c.People.Link.Attribute != "":
		teams.say("say here how Teams accounts are linked, such as link: {attribute: entraId}; %s holds the ids of Slack", c.People.Link.Attribute)
	}
	c.HideReason = inSlack.hideReason || inTeams.hideReason
	c.Feed = only(inSlack.feed, inTeams.feed, inTeams.feedAt, "the feed")
	c.Audit = only(inSlack.audit, inTeams.audit, inTeams.auditAt, "the audit")
	if c.Feed == (flows.Place{}) { // it goes to the audit channel unless it has its own
		c.Feed = c.Audit
	}
}

// only is the one place that was named.
func only(a, b flows.Place, at value, what string) flows.Place {
	switch {
	case a == flows.Place{}:
		return b
	case b != flows.Place{}:
		at.say("%s is kept in one channel; name it under slack or under teams, not both", what)
	}
	return a
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
