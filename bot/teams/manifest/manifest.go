// Package manifest makes the app package of Hallpass for Microsoft Teams: the zip that an administrator uploads to the organisation's
// catalogue, with the manifest and two icons in it.
//
// The manifest is of schema 1.19: a bot in all three scopes with its command lists, and nothing that would need more rights. Source of the
// rules: learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema, 2026. The same App gives the same bytes.
package manifest

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The schema that the manifest keeps to.
const (
	schemaVersion = "1.19"
	schemaURL     = "https://developer.microsoft.com/json-schemas/teams/v" + schemaVersion + "/MicrosoftTeams.schema.json"
)

// DefaultVersion is the package's own version, raised with every change of what this program writes into it.
const DefaultVersion = "1.0.0"

// App says whose app it is.
type App struct {
	BotID     string // the client id of the bot's registration; it is the app's id too, so that a package made again is an update
	Version   string // three numbers; Teams takes an update only where it is higher than the one before
	Name      string // as people see it, at most 30 characters
	Developer string // who runs it, at most 32 characters

	// Three pages that Teams shows about every app. All begin with https://.
	Website, Privacy, Terms string
}

// Lengths, in characters, of schema 1.19.
const (
	nameLength      = 30
	developerLength = 32
	urlLength       = 2048
)

var (
	guid   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	triple = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}$`)
)

// Problems are all mistakes of an App.
func (a App) Problems() error {
	var all []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	wrong(!guid.MatchString(a.BotID), "the bot's id must be the client id of its app registration")
	wrong(!triple.MatchString(a.Version), "the version must be three numbers such as %s, not %q", DefaultVersion, a.Version)
	for _, n := range []struct {
		what, text string
		most       int
	}{{"the app's name", a.Name, nameLength}, {"the name of who runs it", a.Developer, developerLength}} {
		length := utf8.RuneCountInString(n.text)
		wrong(strings.TrimSpace(n.text) == "", "%s is missing", n.what)
		wrong(length > n.most, "%s has %d characters, Teams takes %d", n.what, length, n.most)
	}
	for _, p := range []struct{ what, address string }{{"website", a.Website}, {"privacy", a.Privacy}, {"terms", a.Terms}} {
		u, err := url.Parse(p.address)
		wrong(err != nil || u.Scheme != "https" || u.Host == "" || utf8.RuneCountInString(p.address) > urlLength,
			"the %s page must be an address that begins with https://, not %q", p.what, p.address)
	}
	return errors.Join(all...)
}

// document is manifest.json, its fields in the order of the documentation.
type document struct {
	Schema      string      `json:"$schema"`
	Manifest    string      `json:"manifestVersion"`
	Version     string      `json:"version"`
	ID          string      `json:"id"`
	Developer   developer   `json:"developer"`
	Name        name        `json:"name"`
	Description description `json:"description"`
	Icons       icons       `json:"icons"`
	Accent      string      `json:"accentColor"`
	Bots        []bot       `json:"bots"`
	Permissions []string    `json:"permissions"`
	Domains     []string    `json:"validDomains"`
}

type developer struct {
	Name    string `json:"name"`
	Website string `json:"websiteUrl"`
	Privacy string `json:"privacyUrl"`
	Terms   string `json:"termsOfUseUrl"`
}

type name struct {
	Short string `json:"short"`
	Full  string `json:"full"`
}

type description struct {
	Short string `json:"short"`
	Full  string `json:"full"`
}

type icons struct {
	Color   string `json:"color"`
	Outline string `json:"outline"`
}

type bot struct {
	ID         string        `json:"botId"`
	Scopes     []string      `json:"scopes"`
	Files      bool          `json:"supportsFiles"`
	OneWay     bool          `json:"isNotificationOnly"`
	Suggestion []commandList `json:"commandLists"`
}

type commandList struct {
	Scopes   []string  `json:"scopes"`
	Commands []command `json:"commands"`
}

type command struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

// What people read about the app before they open it.
const (
	shortWords = "Ask for access, get it for a while, and have it taken back"
	fullWords  = "Ask for access in chat: say what, for how long and why. The people who may decide are asked, and when they agree you have it. " +
		"You are warned before it ends; when it ends it is taken back, and that is checked. Everything that happens is written down."
)

// The scopes of the bot. A search inside a card (Data.Query) works in a group chat only where the app has that scope.
const (
	personal = "personal"
	team     = "team"
	group    = "groupChat"
)

// suggestions are the commands that Teams offers to who begins to write: of each list ten at the most are shown.
var suggestions = []commandList{
	{[]string{personal}, []command{
		{"access", "Ask for access: access prod-db for 2h because OPS-1"},
		{"mine", "What you have, and what you have asked for"},
		{"pending", "What waits for your decision"},
		{"give back", "Give back what you no longer need: give back prod-db"},
		{"cancel", "Cancel a request that nobody has decided: cancel R142"},
		{"why", "Why something may or may not be asked for: why prod-db"},
		{"home", "All of it on one page"},
		{"active", "Who has what now (admins)"},
		{"revoke", "Take access back: revoke R142 laptop lost (admins)"},
		{"help", "What can be typed"},
	}},
	{[]string{team, group}, []command{
		{"access", "Ask for access: access prod-db for 2h because OPS-1"},
		{"mine", "What you have, and what you have asked for"},
		{"pending", "What waits for your decision"},
		{"help", "What can be typed"},
	}},
}

func (a App) document() document {
	return document{
		Schema: schemaURL, Manifest: schemaVersion, Version: a.Version, ID: strings.ToLower(a.BotID),
		Developer:   developer{a.Developer, a.Website, a.Privacy, a.Terms},
		Name:        name{a.Name, a.Name},
		Description: description{shortWords, fullWords},
		Icons:       icons{colorName, outlineName},
		Accent:      accentHex,
		Bots:        []bot{{ID: strings.ToLower(a.BotID), Scopes: []string{personal, team, group}, Suggestion: suggestions}},
		Permissions: []string{"identity", "messageTeamMembers"},
		Domains:     []string{},
	}
}
